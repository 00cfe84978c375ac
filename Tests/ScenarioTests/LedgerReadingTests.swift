import JSON
import Testing

@testable import Scenario

@Suite("Reading where a ledger comes from") struct LedgerReadingTests {
  private func scenario(_ ledger: String) -> String {
    """
    { name: 'l', data: { buyer: { sequence: 'b-{n}' } }, set_up: [{ name: 'up', post: '/p', capture: { policy: '$.id' } }],
      traffic: { all: { load: { burst: 10 }, steps: [{ name: 'issue', post: '/i/${buyer}', outcomes: { issued: 201 } }] } },
      invariants: { kept: { conserved: { of: 'issue.issued', per: 'buyer', ledger: { \(ledger) } } } } }
    """
  }

  private func read(_ ledger: String) -> (ledger: Invariant.Ledger?, diagnostics: [Diagnostic]) {
    let source = SourceText(name: "l.json5", scenario(ledger))
    let (scenario, diagnostics) = ScenarioReader.read(source, options: ReadOptions())
    return (scenario?.invariants.first?.rule.ledgers.first?.ledger, diagnostics.filter { $0.severity == .error })
  }

  private static let list = "get: '/rows', rows: '$.rows', key: '$.user'"

  @Test("pages are counted, skipped over, or followed")
  func pages() throws {
    typealias Paging = Invariant.Ledger.Paging
    func page(_ text: String) -> Paging? { read("\(Self.list), page: \(text)").ledger?.page }
    #expect(page("{ parameter: 'page' }") == Paging(parameter: "page", first: 1))
    #expect(
      page("{ parameter: 'p', first: 0, size_parameter: 's', size: 9 }")
        == Paging(parameter: "p", first: 0, sizeParameter: "s", size: 9))
    #expect(page("{ parameter: 'offset', by: 'rows' }") == Paging(parameter: "offset", first: 0, advance: .rows))
    #expect(page("{ parameter: 'startIndex', by: 'rows', first: 1 }")?.first == 1)
    #expect(
      page("{ parameter: 'cursor', next: '$.next' }")?.advance == .cursor(.json(try JSONPath("$.next"))))
    #expect(page("{ parameter: 'cursor', next: { header: 'X-Next' } }")?.advance == .cursor(.header("X-Next")))
    #expect(page("{ next: { header: 'Link' } }") == Paging(parameter: nil, first: 1, advance: .link(.header("Link"))))
    #expect(page("{ next: { link: '$.next' } }")?.advance == .link(.json(try JSONPath("$.next"))))
    #expect(read("\(Self.list), page: 'none'").ledger?.isOnePage == true)
  }

  @Test("limits, times and totals")
  func limits() throws {
    let ledger = try #require(
      read(
        "\(Self.list), total: { header: 'X-Total-Count' }, eventually: '5s', before: false, timeout: '9s', limits: { pages: 3, rows: 4, bytes: '5KiB' }"
      ).ledger)
    #expect(ledger.total == .header("X-Total-Count") && ledger.eventually == 5_000_000_000 && !ledger.isReadBefore)
    #expect(ledger.limits.pages == 3 && ledger.limits.rows == 4 && ledger.limits.bytes == 5 << 10)
    #expect(ledger.limits.time == 9_000_000_000)
    let usual = try #require(read("\(Self.list), total: '$.total'").ledger)
    #expect(usual.total == .json(try JSONPath("$.total")) && usual.isReadBefore && usual.limits == LedgerLimits())
  }

  @Test("a program prints a table, lines or JSON")
  func commands() throws {
    let table = try #require(
      read("command: ['psql', '-c', 'select ${policy}'], format: 'csv', columns: ['a', 'b'], key: 'b'").ledger)
    guard case .command(let command) = table.source else { return #expect(Bool(false)) }
    #expect(command.words.map(\.text) == ["psql", "-c", "select ${policy}"] && command.columns == ["a", "b"])
    #expect(table.key?.segments == [.member("b")] && table.rows == nil && table.isCommand)
    #expect(read("command: ['x'], format: 'ndjson', key: '$.u'").ledger?.rows == nil)
    #expect(read("command: ['x', 1, true], format: 'json', rows: '$.r', key: '$.u'").ledger?.rows != nil)
  }

  private static let faults: [(ledger: String, message: String)] = [
    ("rows: '$.r', key: '$.u'", "a ledger needs 'get'"),
    ("get: '/r', command: ['x'], format: 'json', rows: '$.r', key: '$.u'", "is read from one place"),
    ("\(list), format: 'json'", "'format' has no meaning beside 'get'"),
    ("\(list), page: 'all'", "an object that says how pages are asked for, or 'none'"),
    ("\(list), page: { by: 'rows' }", "'parameter'"),
    ("\(list), page: { parameter: 'p', by: 'bytes' }", "unknown what the parameter counts 'bytes'"),
    ("\(list), page: { next: '$.next' }", "a cursor needs the 'parameter'"),
    ("\(list), page: { parameter: 'c', next: '$.next', first: 1 }", "'first' has no meaning beside 'next'"),
    ("\(list), page: { parameter: 'c', next: { link: '$.next' } }", "'parameter' has no meaning beside a link"),
    ("\(list), page: { next: {} }", "'next' needs one of"),
    ("\(list), page: { next: { header: 'a b' } }", "cannot be the name of a header"),
    ("\(list), total: { header: '' }", "the name of a header"),
    ("\(list), eventually: 5", "a duration"),
    ("command: [], format: 'csv', key: 'a'", "the command is empty"),
    ("command: 'psql', format: 'csv', key: 'a'", "a list of the program and its arguments"),
    ("command: ['psql'], key: 'a'", "'format'"),
    ("command: ['psql'], format: 'xml', key: 'a'", "unknown format 'xml'"),
    ("command: ['psql'], format: 'csv', rows: '$', key: 'a'", "'rows' has no meaning here"),
    ("command: ['psql'], format: 'csv', columns: ['a', 'a'], key: 'a'", "the same name"),
    ("command: ['psql'], format: 'csv', columns: ['a'], key: 'b'", "there is no column 'b'"),
    ("command: ['psql'], format: 'json', columns: ['a'], rows: '$', key: '$.b'", "only with format: 'csv'"),
    (
      "command: ['psql'], format: 'json', rows: '$', key: '$.b', page: { parameter: 'p' }",
      "'page' has no meaning beside"
    ),
    ("command: ['psql', '${nobody}'], format: 'csv', key: 'a'", "nobody"),
    ("command: ['psql'], format: 'csv', key: 'a', headers: { A: 'b' }", "'headers' has no meaning beside 'command'"),
  ]

  @Test("what cannot be read is told", arguments: faults)
  func fault(ledger: String, message: String) {
    let found = read(ledger).diagnostics
    #expect(found.contains { $0.message.contains(message) }, "\(found.map(\.message))")
  }

  @Test("an offset that is taken for a page's number is a warning", arguments: ["offset", "skip", "startIndex"])
  func offset(parameter: String) {
    let text = scenario("\(Self.list), page: { parameter: '\(parameter)', first: 0 }")
    let (_, diagnostics) = ScenarioReader.read(SourceText(name: "l.json5", text), options: ReadOptions())
    #expect(diagnostics.contains { $0.severity == .warning && $0.hint?.contains("by: 'rows'") == true })
  }

  @Test("a quantity that the target says comes from a program, too")
  func amounts() throws {
    func diagnostics(_ amount: String) -> [String] {
      let text = scenario("\(Self.list)").replacing(
        "invariants: {", with: "invariants: { same: { equal: { left: 'issue.issued', right: \(amount) } },")
      return ScenarioReader.read(SourceText(name: "l.json5", text), options: ReadOptions()).diagnostics
        .filter { $0.severity == .error }.map(\.message)
    }
    #expect(diagnostics("{ command: ['psql', '-Atc', 'select count(*) from c'], format: 'json', value: '$' }") == [])
    #expect(diagnostics("{ command: ['psql'], format: 'csv' }") == [])
    #expect(diagnostics("{ command: ['psql'], format: 'csv', sum: 'xp', eventually: '1s' }") == [])
    #expect(diagnostics("{ command: ['psql'], format: 'json' }").first?.contains("either a number at 'value'") == true)
    #expect(diagnostics("{ get: '/r', value: '$.n', total: '$.t' }").first?.contains("beside 'value'") == true)
    #expect(diagnostics("{ count: 'issue.issued', eventually: '1s' }").first?.contains("beside 'count'") == true)
  }
}
