import Testing

@testable import Scenario

@Suite("Data")
struct DataReadingTests {
  private func source(_ text: String, options: ReadOptions = ReadOptions()) throws -> DataSource {
    try #require(try Read(file(more: "data: { d: \(text) },"), options: options).valid().data.first)
  }

  private func told(_ text: String, files: [String: String] = [:]) -> [String] {
    Read(file(more: "data: { d: \(text) },"), options: Self.files(files)).told
  }

  private static func files(_ files: [String: String]) -> ReadOptions {
    ReadOptions(readFile: { path in
      guard let text = files[path] else { throw ReadOptions.UnreadableFile() }
      return Array(text.utf8)
    })
  }

  @Test("as sequences count up, each number once")
  func sequences() throws {
    let source = try source("{ sequence: 'user-{n:05}@x', count: 10, start: 7 }")
    guard case .sequence(let pattern, 7, 10) = source.rows else { throw Unexpected() }
    #expect(pattern == SequencePattern(prefix: "user-", width: 5, suffix: "@x"))
    #expect(source.order == .unique)
    #expect(source.columns.isEmpty)
    guard case .sequence(let endless, 1, nil) = try self.source("{ sequence: '{n}' }").rows else { throw Unexpected() }
    #expect(endless == SequencePattern(prefix: "", width: 0, suffix: ""))
  }

  @Test(
    "as lists are rows of one column or of named ones",
    arguments: [
      ("['a', 1, 2.5, true]", [], [["a"], ["1"], ["2.5"], ["true"]]),
      ("{ list: ['a'], order: 'random' }", [], [["a"]]),
      ("{ list: ['a'], columns: ['x'] }", ["x"], [["a"]]),
      ("[{ id: 1, name: 'x' }, { name: 'y', id: 2 }]", ["id", "name"], [["1", "x"], ["2", "y"]]),
      ("{ list: [[1, 'x'], [2, 'y']], columns: ['id', 'name'] }", ["id", "name"], [["1", "x"], ["2", "y"]]),
    ] as [(String, [String], [[String]])])
  func lists(text: String, columns: [String], rows: [[String]]) throws {
    let source = try source(text)
    #expect(source.columns == columns)
    guard case .list(DataRows(rows)) = source.rows else { throw Unexpected() }
  }

  @Test("as files have their columns in the first line or from the scenario")
  func tables() throws {
    let options = Self.files(["u.csv": "id,name\r\n1,x\r\n2,\"y, z\"\r\n"])
    let source = try source("{ csv: 'u.csv', order: 'per_user' }", options: options)
    #expect(source.columns == ["id", "name"])
    #expect(source.order == .perUser)
    guard case .list([["1", "x"], ["2", "y, z"]]) = source.rows else { throw Unexpected() }
    let named = try self.source("{ csv: 'u.csv', columns: ['a', 'b'] }", options: options)
    #expect(named.columns == ["a", "b"])
    #expect(named.rowCount == 3)
  }

  @Test(
    "tell what is wrong with them",
    arguments: [
      ("{}", "{ → data needs 'sequence', 'list' or 'csv'"),
      ("{ sequence: '{n}', list: [] }", "list → data has either 'sequence' or 'list', not both"),
      ("{ sequence: '{n}', columns: ['x'] }", "columns → 'columns' has no meaning beside 'sequence'"),
      (
        "{ sequence: '{n}', count: 5, order: 'random', each: 2 }",
        "each → 'each' has no meaning beside the order 'random'"
      ),
      ("{ list: ['a'], count: 5 }", "count → 'count' has no meaning beside 'list'"),
      (
        "{ sequence: 'user' }",
        "'user' → the pattern has no place for the number (such as 'user-{n}' or 'user-{n:05}')"
      ),
      (
        "{ sequence: '{m}' }",
        "'{m}' → expected one place for the number in the pattern ({n}, or {n:05} for five digits at least)"
      ),
      ("{ sequence: '{n}{n}' }", "'{n}{n}' → expected one place for the number in the pattern …"),
      ("{ sequence: '{n:99}' }", "'{n:99}' → expected one place for the number in the pattern …"),
      ("{ sequence: '{n}', count: 0 }", "0 → 'count' must be between 1 and 1,000,000,000, found 0"),
      (
        "{ sequence: '{n}', order: 'random' }",
        "'random' → a sequence without 'count' has no end: its order can be 'unique' or 'per_user'"
      ),
      ("{ list: ['a'], order: 'randm' }", "'randm' → unknown order 'randm' (did you mean 'random'?)"),
      ("[]", "[] → the list has no rows"),
      ("[null]", "null → expected a text or a number, found null"),
      ("[['a']]", "[['a']] → a list of rows needs 'columns' ({ list: […], columns: ['id', 'name'] })"),
      ("{ list: [['a'], ['b', 'c']], columns: ['x'] }", "['b', 'c'] → expected 1 values, found 2"),
      ("{ list: ['a'], columns: ['x', 'y'] }", "['a'] → plain values are one column, not 2"),
      ("{ list: ['a'], columns: ['x', 'x'] }", "['x', 'x'] → two columns are named 'x'"),
      ("[{ id: 1 }, { id: 2, nme: 'x' }]", "nme → the first row has no 'nme' (columns are: id)"),
      ("[{ id: 1, name: 'x' }, { id: 2 }]", "{ → 'name' is missing in a row"),
      ("'x.csv'", "'x.csv' → expected an object for a data source, found the text 'x.csv'"),
      ("{ csv: 'none.csv' }", "'none.csv' → 'none.csv' cannot be read: files cannot be read here"),
      ("{ csv: 'empty.csv' }", "'empty.csv' → empty.csv is empty"),
      (
        "{ csv: 'head.csv' }",
        "'head.csv' → head.csv has no rows (the first line names the columns, unless 'columns' does)"
      ),
      ("{ csv: 'bad.csv' }", "'bad.csv' → bad.csv:3: expected 2 fields, found 1"),
      (
        "{ csv: 'twice.csv' }",
        "'twice.csv' → twice.csv:1: two columns are named 'a' (the first line names the columns, unless 'columns' does)"
      ),
      ("{ csv: 'bad.csv', columns: ['x'] }", "'bad.csv' → bad.csv:3: expected 2 fields, found 1"),
      ("{ csv: 'head.csv', columns: ['x'] }", "'head.csv' → 'columns' names 1, and head.csv has 2"),
      ("{ csv: 'many.csv' }", "'many.csv' → many.csv: 2 more faults of this kind"),
    ])
  func faults(text: String, expected: String) {
    let files = [
      "empty.csv": "", "head.csv": "a,b\n", "bad.csv": "a,b\n1,2\n3\n", "twice.csv": "a,a\n1,2\n",
      "many.csv": "a,b\n1\n2\n3\n4\n5\n6\n7\n",
    ]
    let read = Read(file(more: "data: { d: \(text) },"), options: Self.files(files))
    #expect(read.tells(expected), "\(read.told)")
    #expect(read.scenario == nil)
  }

  @Test("that could not be read bring no further errors with them")
  func followUps() {
    let read = Read(file(step: "get: '/${d.id}/${d}'", more: "data: { d: { csv: 'none.csv' } },"))
    #expect(read.told == ["'none.csv' → 'none.csv' cannot be read: files cannot be read here"])
  }

  @Test(
    "have names that templates can tell from their own",
    arguments: [
      ("user", "user → 'user' is a variable that every scenario has (choose another name)"),
      ("'a-b'", "'a-b' → 'a-b' cannot be the name of data (a name is a letter or _, then letters, digits and _)"),
    ])
  func names(name: String, expected: String) {
    #expect(Read(file(more: "data: { \(name): ['x'] },")).told == [expected])
  }

  @Test(
    "that run out before the load does are warned of",
    arguments: [
      ("{ burst: 11 }", "'unique'", true), ("{ burst: 10 }", "'unique'", false), ("{ burst: 11 }", "'cycle'", false),
      ("{ users: 4, iterations: 3 }", "'unique'", true), ("{ users: 4, shared_iterations: 10 }", "'unique'", false),
      ("{ arrivals: '2/s', for: '6s' }", "'unique'", true), ("{ users: 11, for: '1h' }", "'unique'", true),
      ("{ users: 9, for: '40ms' }", "'unique'", false),
    ])
  func runningOut(load: String, order: String, warns: Bool) {
    let data = "data: { d: { sequence: '{n}', count: 10, order: \(order) } },"
    let read = Read(file(load: load, step: "get: '/${d}'", more: data))
    #expect(read.scenario != nil)
    #expect(read.tells("d → warning: 'd' has 10 rows, and the load asks for …") == warns, "\(read.told)")
  }
}
