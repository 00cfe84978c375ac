import JSON
import Testing

@testable import ReferenceServer

@Suite("The archive's rules")
struct ArchiveDomainTests {
  private static func value(_ text: String) -> JSONValue { try! JSONValue(parsing: Array(text.utf8)) }

  private static func problems(_ text: String, in collection: ArchiveCollection = .news) -> [String] {
    do {
      _ = try ArchiveBatch(value(text), in: collection)
      return []
    } catch {
      return error.problems.map { "\($0.item) \($0.field): \($0.message)" }
    }
  }

  private static func items(_ text: String, in collection: ArchiveCollection = .news) -> [ArchiveItem] {
    try! ArchiveBatch(value(text), in: collection).items
  }

  // MARK: - Validation

  struct Checked: Sendable, CustomTestStringConvertible {
    var item: String
    var collection = ArchiveCollection.news
    var problems: [String] = []
    var testDescription: String { "\(collection.name): \(item)" }
  }

  static let checks = [
    Checked(item: #"{"title":"a","url":"https://a.example"}"#),
    Checked(item: #"{"title":"a","url":"http://a.example/x?y=1","source":null,"keywords":["a","b"]}"#),
    Checked(item: #"{"title":"a","url":"https://a.example","published_at":"2026-02-28"}"#),
    Checked(item: #"{"title":"a","url":"https://a.example","published_at":"2026-02-28T23:00:00Z"}"#),
    Checked(item: #"{"url":"https://a.example"}"#, problems: ["0 title: is required"]),
    Checked(item: #"{"title":null,"url":"https://a.example"}"#, problems: ["0 title: is required"]),
    Checked(item: #"{"title":" ","url":"https://a.example"}"#, problems: ["0 title: must not be empty"]),
    Checked(item: #"{"title":5,"url":"https://a.example"}"#, problems: ["0 title: must be a string"]),
    Checked(
      item: #"{"title":"a","url":"https://a.example","headline":"b","body":"c"}"#,
      problems: ["0 headline: is no field of news", "0 body: is no field of news"]),
    Checked(
      item: #"{"title":"a","url":"ftp://a.example"}"#,
      problems: ["0 url: must be an absolute http or https address of 2048 bytes at the most"]),
    Checked(
      item: #"{"title":"a","url":"https:///x"}"#,
      problems: ["0 url: must be an absolute http or https address of 2048 bytes at the most"]),
    Checked(
      item: #"{"title":"a","url":"https://a b"}"#,
      problems: ["0 url: must be an absolute http or https address of 2048 bytes at the most"]),
    Checked(
      item: #"{"title":"a","url":"https://a.example","published_at":"2026-02-30"}"#,
      problems: [
        "0 published_at: must be a date such as 2026-02-28, or an instant such as 2026-02-28T09:00:00+09:00"
      ]),
    Checked(
      item: #"{"title":"a","url":"https://a.example","keywords":"b"}"#,
      problems: ["0 keywords: must be a list of at most 100 strings of at most 200 bytes"]),
    Checked(item: "[]", problems: ["0 : the batch is empty"]),
    Checked(
      item: #"[{"title":"a","url":"https://a.example"},3,{"url":5}]"#,
      problems: [
        "1 : must be an object", "2 url: must be an absolute http or https address of 2048 bytes at the most",
        "2 title: is required",
      ]),
    Checked(item: #"{"council":"Seoul","url":"https://a.example","session":301}"#, collection: .minutes),
    Checked(item: #"{"url":"https://a.example"}"#, collection: .minutes, problems: ["0 council: is required"]),
    Checked(item: #"{"council":"Seoul"}"#, collection: .segments),
    Checked(
      item: #"{"council":"Seoul","importance":6}"#, collection: .segments,
      problems: ["0 importance: must be an integer from 1 to 5"]),
    Checked(
      item: #"{"council":"Seoul","url":"https://a.example"}"#, collection: .segments,
      problems: ["0 url: is no field of segments"]),
  ]

  @Test("an item is taken, or refused with every problem that it has", arguments: checks)
  func validation(_ check: Checked) {
    #expect(Self.problems(check.item, in: check.collection) == check.problems)
  }

  @Test("a title may have 500 bytes and no more; summary and content as many as the body")
  func lengths() {
    func item(_ field: String, _ bytes: Int) -> String {
      #"{"title":"t","url":"https://a.example",""# + field + #"":""# + String(repeating: "x", count: bytes) + #""}"#
    }
    #expect(Self.problems(item("source", 500)).isEmpty)
    #expect(Self.problems(item("source", 501)) == ["0 source: must be 500 bytes at the most"])
    #expect(Self.problems(item("summary", 100_000)).isEmpty)
    #expect(Self.problems(item("content", 100_000)).isEmpty)
  }

  @Test("the report of problems ends at fifty")
  func manyProblems() {
    let batch = "[" + Array(repeating: "{}", count: 200).joined(separator: ",") + "]"
    #expect(Self.problems(batch).count == ArchiveBatch.maxProblems)
  }

  @Test("within a batch the last item with an address wins")
  func lastWins() {
    let items = Self.items(
      #"[{"title":"one","url":"https://a"},{"title":"two","url":"https://b"},{"title":"three","url":"https://a"}]"#)
    #expect(items.map { $0.values[0].string } == ["two", "three"])
  }

  // MARK: - Segments' identity

  @Test(
    "texts are the same after normalising where they differ in case and white space only",
    arguments: [
      ("a b", "  A \t\n B ", true), ("a b", "ab", false), ("a\u{3000}b", "a b", true), ("a\u{a0}\u{a0}b", "A b", true),
      ("예산 심의", " 예산\n심의", true), ("예산", "예산안", false), ("", "  ", true), ("a", "b", false),
    ])
  func normalising(_ left: String, _ right: String, _ same: Bool) {
    #expect((ArchiveItem.normalised(left) == ArchiveItem.normalised(right)) == same)
  }

  @Test("the digest is that of the identity fields, each ended by a zero")
  func digest() {
    let item = Self.items(
      #"{"council":" Seoul ","committee":"Finance","session":301,"content":"Hello  World","party":"A"}"#, in: .segments)[
        0]
    // council, committee, session, meeting_no, meeting_date, subject, questioner, answerer, content
    let expected = SHA256.digest(of: "seoul\0finance\0" + "301\0\0\0\0\0\0hello world\0")
    #expect(item.key == .digest(expected))
  }

  @Test(
    "segments are one where identity fields agree, whatever else they say",
    arguments: [
      (#"{"council":"Seoul","content":"a","party":"A"}"#, #"{"council":"SEOUL","content":" a","party":"B"}"#, true),
      (#"{"council":"Seoul","content":"a"}"#, #"{"council":"Seoul","content":"b"}"#, false),
      (#"{"council":"Seoul","committee":"a"}"#, #"{"council":"Seoul","subject":"a"}"#, false),
      (#"{"council":"Seoul","session":"301"}"#, #"{"council":"Seoul","session":301}"#, true),
    ])
  func sameSegment(_ left: String, _ right: String, _ same: Bool) {
    #expect((Self.items(left, in: .segments)[0].key == Self.items(right, in: .segments)[0].key) == same)
  }

  // MARK: - The table

  private func news(_ number: Int, day: String? = nil, source: String = "Daily", title: String? = nil) -> [ArchiveItem]
  {
    let date = day.map { #","published_at":"\#($0)""# } ?? ""
    return Self.items(
      #"{"title":"\#(title ?? "Title \(number)")","url":"https://a/\#(number)","source":"\#(source)"\#(date)}"#)
  }

  private func query(_ parameters: [(String, String)], _ collection: ArchiveCollection = .news) throws -> ArchiveQuery {
    try ArchiveQuery(parameters.map { (name: $0.0, value: $0.1) }, for: collection)
  }

  @Test("upsert inserts what is new and replaces what is there, keeping id and time of creation")
  func upsert() {
    var table = ArchiveTable(.news)
    let first = table.upsert(news(1) + news(2), at: 10)
    #expect(first == .init(inserted: 2, updated: 0))
    let second = table.upsert(news(2, title: "New") + news(3), at: 20)
    #expect(second == .init(inserted: 1, updated: 1))
    #expect(table.count == 3)
    let row = table.row(2)!
    #expect(row.values[0].string == "New")
    #expect(row.createdAt == 10)
    #expect(row.updatedAt == 20)
    #expect(table.id(of: .url("https://a/2")) == 2)
  }

  @Test("lists are newest day first, then newest row; rows without a date come last")
  func order() throws {
    var table = ArchiveTable(.news)
    for (number, day) in [(1, "2026-02-02"), (2, "2026-02-03"), (3, nil), (4, "2026-02-02"), (5, "2026-02-01")]
      as [(Int, String?)]
    {
      _ = table.upsert(news(number, day: day), at: 0)
    }
    #expect(try table.page(query([])).rows.map(\.id) == [2, 4, 1, 5, 3])
    func delete(_ id: Int) -> Bool { table.delete(id) }
    // A row whose day changes moves.
    _ = table.upsert(news(2, day: "2026-01-01"), at: 0)
    #expect(try table.page(query([])).rows.map(\.id) == [4, 1, 5, 2, 3])
    #expect(delete(1) == true)
    #expect(delete(1) == false)
    #expect(delete(99) == false)
    #expect(try table.page(query([])).rows.map(\.id) == [4, 5, 2, 3])
    #expect(table.row(1) == nil)
    #expect(table.count == 4)
  }

  struct Asked: Sendable, CustomTestStringConvertible {
    var parameters: [[String]]
    var total: Int
    /// Rows on the page.
    var count: Int
    var first: String?
    var testDescription: String { parameters.map { $0.joined(separator: "=") }.joined(separator: "&") }
  }

  /// 28 rows, one each day of February; odd ones of the Daily, every seventh about the budget.
  static let questions = [
    Asked(parameters: [], total: 28, count: 20, first: "The budget 28"),
    Asked(parameters: [["size", "5"], ["page", "2"]], total: 28, count: 5, first: "Title 23"),
    Asked(parameters: [["size", "5"], ["page", "6"]], total: 28, count: 3, first: "Title 3"),
    Asked(parameters: [["size", "5"], ["page", "7"]], total: 28, count: 0, first: nil),
    Asked(parameters: [["page", "999999999999999999"]], total: 28, count: 0, first: nil),
    Asked(parameters: [["from", "2026-02-10"], ["to", "2026-02-12"]], total: 3, count: 3, first: "Title 12"),
    Asked(parameters: [["from", "2026-02-28"]], total: 1, count: 1, first: "The budget 28"),
    Asked(parameters: [["to", "2026-02-01"]], total: 1, count: 1, first: "Title 1"),
    Asked(parameters: [["from", "2026-03-01"]], total: 0, count: 0, first: nil),
    Asked(parameters: [["source", "Daily"]], total: 14, count: 14, first: "Title 27"),
    Asked(parameters: [["source", "daily"]], total: 0, count: 0, first: nil),
    Asked(parameters: [["q", "BUDGET"]], total: 4, count: 4, first: "The budget 28"),
    Asked(
      parameters: [["q", "budget"], ["source", "Daily"], ["size", "1"]], total: 2, count: 1, first: "The budget 21"),
    Asked(parameters: [["q", "budget"], ["to", "2026-02-07"]], total: 1, count: 1, first: "The budget 7"),
    Asked(parameters: [["q", "nothing like it"]], total: 0, count: 0, first: nil),
  ]

  @Test("a list finds what is asked for, counts all of it, and gives the page", arguments: questions)
  func lists(_ asked: Asked) throws {
    var table = ArchiveTable(.news)
    for day in 1...28 {
      let date = CivilDate(year: 2026, month: 2, day: day).description
      let title = day.isMultiple(of: 7) ? "The budget \(day)" : "Title \(day)"
      _ = table.upsert(news(day, day: date, source: day.isMultiple(of: 2) ? "Herald" : "Daily", title: title), at: 0)
    }
    let asking = try query(asked.parameters.map { ($0[0], $0[1]) })
    let page = table.page(asking)
    #expect(page.total == asked.total)
    #expect(page.rows.first?.values[0].string == asked.first)
    #expect(page.rows.count == asked.count)
  }

  @Test(
    "a query that means nothing is refused for the parameter that is wrong",
    arguments: [
      ("page", "0"), ("page", "x"), ("page", "-1"), ("page", ""), ("size", "0"), ("size", "201"), ("from", "2026-2-1"),
      ("to", "2026-02-30"), ("council", "Seoul"), ("Q", "a"),
    ])
  func refusedQuery(_ name: String, _ value: String) {
    #expect(throws: ArchiveQuery.Refused.self) { try query([(name, value)]) }
    do {
      _ = try query([(name, value), ("size", "0")])
    } catch {
      #expect((error as? ArchiveQuery.Refused)?.problems.map(\.parameter) == [name, "size"])
    }
  }

  @Test("from after to is refused, and an integer filter asks for an integer")
  func refusedCombinations() {
    #expect(throws: ArchiveQuery.Refused.self) { try query([("from", "2026-02-02"), ("to", "2026-02-01")]) }
    #expect(throws: ArchiveQuery.Refused.self) { try query([("importance", "high")], .segments) }
    #expect(throws: Never.self) { try query([("importance", "3"), ("party", "A"), ("district", "B")], .segments) }
    #expect(throws: Never.self) { try query([("council", "a"), ("committee", "b"), ("session", "c")], .minutes) }
  }

  @Test("a long content is kept cut between characters, and its length is told")
  func longContent() throws {
    // Three bytes a character: the cut at 16,384 would fall within one.
    let content = String(repeating: "예", count: 10_000)
    var table = ArchiveTable(.news)
    _ = table.upsert(Self.items(#"{"title":"t","url":"https://a/1","content":"\#(content)"}"#), at: 0)
    let row = table.row(1)!
    #expect(row.contentBytes == 30_000)
    #expect(row.values.last?.string == String(repeating: "예", count: 5_461))
    var bytes: [UInt8] = []
    row.writeWhole(of: .news, into: &bytes)
    let written = try JSONValue(parsing: bytes)
    #expect(written["content_bytes"]?.integer == 30_000)
    bytes = []
    row.writeListed(into: &bytes)
    #expect(try JSONValue(parsing: bytes)["content"] == nil)
  }

  @Test(
    "the rows of the start are written once, and never again after a reset table had rows",
    arguments: ArchiveCollection.all)
  func seeds(_ collection: ArchiveCollection) {
    var table = ArchiveTable(collection)
    table.seed(300)
    #expect(table.count == 300)
    let isDeleted = table.delete(1)
    #expect(isDeleted)
    table.seed(300)
    #expect(table.count == 299)
    let days = Set(table.all.compactMap(\.date))
    #expect(days.min() == CivilDate("2026-02-01"))
    #expect(days.max() == CivilDate("2026-02-28"))
    var empty = ArchiveTable(collection)
    empty.seed(0)
    #expect(empty.count == 0)
  }

  // MARK: - Rate windows

  @Test("a minute admits the limit for each client, the next minute again as many")
  func window() {
    var window = RateWindow()
    func admitted(_ client: String, at seconds: Int64, tries: Int) -> Int {
      var count = 0
      for _ in 0..<tries where window.admit(client, at: seconds, limit: 3) { count += 1 }
      return count
    }
    #expect(admitted("a", at: 119, tries: 5) == 3)
    #expect(admitted("b", at: 119, tries: 2) == 2)
    #expect(admitted("b", at: 119, tries: 2) == 1)
    #expect(admitted("a", at: 120, tries: 5) == 3)
    #expect(admitted("a", at: 179, tries: 5) == 0)
    #expect(admitted("a", at: 180, tries: 1) == 1)
    #expect(RateWindow.secondsLeft(at: 119) == 1)
    #expect(RateWindow.secondsLeft(at: 120) == 60)
  }
}
