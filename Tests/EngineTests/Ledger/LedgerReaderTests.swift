import HTTPClient
import JSON
import Load
import Measurement
import Scenario
import Testing
import Verdict

@testable import Engine

@Suite("Reading a ledger")
struct LedgerReaderTests {
  static let seeds: Range<UInt64> = 0..<500

  /// A service whose list ends near a page's end, as it often goes wrong there.
  static func service(_ seed: UInt64) -> PagedService {
    var generator = SeededGenerator(seed: seed)
    func draw(_ range: ClosedRange<Int>) -> Int {
      Int(generator.integer(in: Int64(range.lowerBound)...Int64(range.upperBound)))
    }
    let style = PagedService.Style.allCases[draw(0...PagedService.Style.allCases.count - 1)]
    let size = [1, 2, 3, 7, 10, 50, 100, 999, 1000, draw(1...1000)][draw(0...9)]
    let count = max(1, draw(0...4) * size + draw(-1...1))
    var service = PagedService(
      style: style, rows: (0..<min(count, 3000)).map { (id: $0, user: "user-\($0)") }, size: size)
    service.first = draw(0...1)
    service.saysTotal = draw(0...1) == 1
    // A list in any order.
    for place in service.rows.indices.reversed() where place > 0 { service.rows.swapAt(place, draw(0...place)) }
    return service
  }

  @Test("a service that lists every row is accused of nothing, whatever its pages", arguments: seeds)
  func correct(seed: UInt64) {
    let service = Self.service(seed)
    let reader = read(service.ledger, service.answer)
    let (verdict, message) = Acknowledged(users: service.rows.map(\.user)).verdict(
      on: reader.record, of: service.ledger)
    #expect(
      verdict == .pass || service.rows.isEmpty, "\(service.style), \(service.rows.count) by \(service.size): \(message)"
    )
  }

  @Test("a row that is missing is found, whatever the pages", arguments: seeds)
  func lost(seed: UInt64) {
    var service = Self.service(seed)
    let acknowledged = Acknowledged(users: service.rows.map(\.user))
    service.rows.remove(at: Int(seed) % service.rows.count)
    let (verdict, message) = acknowledged.verdict(on: read(service.ledger, service.answer).record, of: service.ledger)
    #expect(verdict == .fail, "\(service.style), \(service.rows.count) by \(service.size): \(message)")
  }

  @Test("a row that is there twice is found, whatever the pages", arguments: seeds, [false, true])
  func doubled(seed: UInt64, isSameRow: Bool) {
    var service = Self.service(seed)
    let acknowledged = Acknowledged(users: service.rows.map(\.user))
    let place = Int(seed) % service.rows.count
    var row = service.rows[place]
    if !isSameRow { row.id = service.rows.count }
    service.rows.insert(row, at: isSameRow ? place : Int(seed / 2) % (service.rows.count + 1))
    let (verdict, message) = acknowledged.verdict(on: read(service.ledger, service.answer).record, of: service.ledger)
    #expect(verdict == .fail, "\(service.style), \(service.rows.count) by \(service.size): \(message)")
  }

  @Test(
    "an offset that is sent as a page's number is told from a service that repeats rows", arguments: [2, 3, 10, 100])
  func offsetAsPage(size: Int) {
    let service = PagedService(style: .rows, rows: (0..<size * 3).map { (id: $0, user: "u\($0)") }, size: size)
    var ledger = service.ledger
    ledger.page?.advance = .pages
    let reader = read(ledger, service.answer)
    #expect(reader.fault?.cause == .list)
    #expect(
      reader.record.failure?.contains("'offset' counts rows, as it seems, and not pages; then write by: 'rows'") == true
    )
  }

  @Test("a target that allows fewer rows on a page than are asked for is read whole, and accused of no loss")
  func cappedSize() {
    var service = PagedService(style: .pages, rows: (0..<250).map { (id: $0, user: "u\($0)") }, size: 1000)
    service.mostOnPage = 100
    let acknowledged = Acknowledged(users: service.rows.map(\.user))
    for style in PagedService.Style.allCases {
      service.style = style
      let reader = read(service.ledger, service.answer)
      #expect(reader.record.count == 250)
      #expect(acknowledged.verdict(on: reader.record, of: service.ledger).verdict == .pass)
    }
    service.style = .pages
    service.rows.removeLast()
    let finding = acknowledged.verdict(on: read(service.ledger, service.answer).record, of: service.ledger)
    #expect(finding.verdict == .invalid && finding.message.contains("page 1 had 100 rows, though 1000 were asked for"))
  }

  @Test(
    "a total that is not the number of rows is no loss of rows",
    arguments: [(99, "is 'total'"), (101, "say with 'page'")])
  func wrongTotal(total: Int, hint: String) {
    var service = PagedService(style: .pages, rows: (0..<100).map { (id: $0, user: "u\($0)") }, size: 100)
    service.saysTotal = true
    service.total = total
    var ledger = service.ledger
    ledger.page = nil
    let reader = read(ledger, service.answer)
    #expect(
      reader.record.failure?.contains("there are \(total) rows in all ($.total), and 100 were read: \(hint)") != nil)
    #expect(reader.fault?.cause == .list && reader.record.count == 0)
  }

  struct Unpaged {
    var rows: Int
    var more: JSONValue = [:]
    var headers: [String: [String]] = [:]
    /// What is said of a list of which two rows are missing; `nil`: it is a loss.
    var doubt: String?
    var failure: String?
  }

  static let lists: [Unpaged] = [
    Unpaged(rows: 98), Unpaged(rows: 7), Unpaged(rows: 101),
    Unpaged(rows: 100, doubt: "exactly 100 rows"), Unpaged(rows: 20, doubt: "exactly 20 rows"),
    Unpaged(rows: 256, doubt: "exactly 256 rows"), Unpaged(rows: 98, more: ["total": 300], doubt: "'total': 300"),
    Unpaged(rows: 98, more: ["page": ["totalElements": 300]], doubt: "'page.totalElements': 300"),
    Unpaged(rows: 98, more: ["total": 98]), Unpaged(rows: 98, more: ["total": 5]),
    Unpaged(rows: 98, headers: ["x-total-count": ["99"]], doubt: "'X-Total-Count': 99"),
    Unpaged(rows: 98, headers: ["content-range": ["items 0-97/300"]], doubt: "'Content-Range': 300"),
    Unpaged(rows: 98, more: ["next": "/rows?page=2"], failure: "says 'next': \"/rows?page=2\""),
    Unpaged(rows: 98, more: ["next": .null]), Unpaged(rows: 98, more: ["next": ""]),
    Unpaged(rows: 98, more: ["pagination": ["hasMore": true]], failure: "'pagination.hasMore': true"),
    Unpaged(rows: 98, more: ["pagination": ["hasMore": false]]),
    Unpaged(rows: 98, more: ["_links": ["next": ["href": "/rows?page=2"]]], failure: "'_links.next'"),
    Unpaged(rows: 98, more: ["meta": ["next_cursor": "abc"]], failure: "'meta.next_cursor'"),
    Unpaged(rows: 98, headers: ["link": ["</r?page=2>; rel=next"]], failure: "Link header with rel=next"),
    Unpaged(rows: 98, headers: ["link": ["</r?page=1>; rel=prev"]]),
  ]

  @Test(
    "of a list without declared pages, rows count as lost only where it is whole beyond doubt",
    arguments: lists.indices)
  func incomplete(index: Int) {
    let example = Self.lists[index]
    let users = (0..<example.rows).map { "u\($0)" }
    guard case .object(let more) = example.more else { return }
    let body = JSONValue.object([JSONField("rows", .array(users.map { ["user": .string($0)] }))] + more)
    var ledger = PagedService(style: .pages, rows: [], size: 1).ledger
    ledger.page = nil
    func answer(_ request: LedgerReader.Request) -> LedgerReader.Response {
      LedgerReader.Response(
        status: 200, body: Array(body.text().utf8), header: { example.headers[$0.lowercased()] ?? [] })
    }
    let reader = read(ledger, answer)
    if let failure = example.failure {
      #expect(
        reader.record.failure?.contains(failure) == true && reader.record.failure?.contains("page: 'none'") == true)
    } else {
      let kept = Acknowledged(users: users).verdict(on: reader.record, of: ledger)
      #expect(kept.verdict == .pass, "\(kept.message)")
      let lacking = Acknowledged(users: users + ["x", "y"]).verdict(on: reader.record, of: ledger)
      #expect(lacking.verdict == (example.doubt == nil ? .fail : .invalid), "\(lacking.message)")
      if let doubt = example.doubt { #expect(lacking.message.contains(doubt), "\(lacking.message)") }
    }
    // Whoever says that one response holds all is taken at his word.
    ledger.isOnePage = true
    let lacking = Acknowledged(users: users + ["x"]).verdict(on: read(ledger, answer).record, of: ledger)
    #expect(lacking.verdict == .fail, "\(lacking.message)")
  }

  @Test("rows that were on two pages, while others were on none, are no loss")
  func unsortedPages() {
    let service = PagedService(style: .pages, rows: (0..<30).map { (id: $0, user: "u\($0)") }, size: 10)
    let acknowledged = Acknowledged(users: service.rows.map(\.user))
    var shifted = service
    shifted.rows.swapAt(3, 15)
    let reader = read(service.ledger) { request in
      request.query.first?.value == "2" ? shifted.answer(request) : service.answer(request)
    }
    let finding = acknowledged.verdict(on: reader.record, of: service.ledger)
    #expect(
      finding.verdict == .invalid && finding.message.contains("1 of the 30 rows were on two pages"),
      "\(finding.message)")
  }

  @Test("a list that never ends comes to an end at each limit")
  func limits() {
    let endless = PagedService(style: .rows, rows: [], size: 10)
    func answer(_ request: LedgerReader.Request) -> LedgerReader.Response {
      let offset = Int(request.query[0].value)!
      let rows = (offset..<offset + 10).map { JSONValue.object([JSONField("user", .string("u\($0)"))]) }
      return LedgerReader.Response(
        status: 200, body: Array(JSONValue.object([JSONField("rows", .array(rows))]).text().utf8))
    }
    var ledger = endless.ledger
    ledger.limits.pages = 50
    #expect(
      read(ledger, answer).record.failure
        == "the list does not end after 50 pages; 'limits' sets how many are read: { pages: … }")
    ledger.limits = LedgerLimits()
    ledger.limits.rows = 95
    #expect(read(ledger, answer).record.failure?.hasPrefix("the list is longer than 95 rows") == true)
    ledger.limits = LedgerLimits()
    ledger.limits.bytes = 1000
    let reader = read(ledger, answer)
    #expect(reader.record.failure?.hasPrefix("the responses are longer than 1000 bytes together") == true)
    #expect(reader.record.keys.isEmpty && reader.record.pages < 10)
  }

  @Test("pages that come again end the reading", arguments: [1, 2, 3])
  func cycles(period: Int) {
    for style in [PagedService.Style.pages, .cursor, .linkInBody] {
      let service = PagedService(style: style, rows: (0..<30).map { (id: $0, user: "u\($0)") }, size: 10)
      var asked = 0
      let reader = read(service.ledger) { request in
        asked += 1
        var response = service.answer(
          LedgerReader.Request(query: [
            .init(name: "page", value: String((asked - 1) % period + 1)), .init(name: "size", value: "10"),
          ]))
        var json = try! JSONValue(parsing: response.body)
        if case .object(var fields) = json {
          fields.removeAll { $0.key == "next" || $0.key == "links" }
          fields.append(JSONField("next", .string("c\(asked % period)")))
          fields.append(JSONField("links", ["next": .string("/rows?from=\(asked % period)")]))
          json = .object(fields)
        }
        response.body = Array(json.text().utf8)
        return response
      }
      #expect(reader.fault?.cause == .list && reader.record.pages <= period + 2, "\(style)")
    }
  }

  static let statuses: [(status: Int, cause: LedgerFault.Cause, text: String)] = [
    (404, .scenario, "is the path right?"), (401, .scenario, "'headers' of the ledger"),
    (302, .scenario, "redirects are not followed; ask for '/elsewhere'"), (206, .target, "only a part of the list"),
    (500, .target, "status 500"), (503, .target, "status 503"), (429, .target, "status 429"),
  ]

  @Test("a response that is no list says what it is, without what a terminal would obey", arguments: statuses)
  func status(status: Int, cause: LedgerFault.Cause, text: String) {
    var ledger = PagedService(style: .pages, rows: [], size: 1).ledger
    ledger.page = nil
    let reader = read(ledger) { _ in
      LedgerReader.Response(
        status: status, body: Array("\u{1B}[31mlogin\r\n".utf8),
        header: { $0 == "location" ? ["/elsewhere"] : [] })
    }
    #expect(reader.fault?.cause == cause)
    let failure = reader.record.failure ?? ""
    #expect(failure.contains(text) && failure.contains("[31mlogin") && !failure.contains("\u{1B}"))
  }

  @Test("a page beyond the end that is answered 404 is the end, with a doubt")
  func notFoundAtTheEnd() {
    let service = PagedService(style: .pages, rows: (0..<20).map { (id: $0, user: "u\($0)") }, size: 10)
    let reader = read(service.ledger) { request in
      request.query[0].value == "3" ? LedgerReader.Response(status: 404, body: []) : service.answer(request)
    }
    #expect(reader.record.count == 20 && reader.record.doubt?.text.hasPrefix("page 3 was answered 404") == true)
    let users = service.rows.map(\.user)
    #expect(Acknowledged(users: users).verdict(on: reader.record, of: service.ledger).verdict == .pass)
    #expect(Acknowledged(users: users + ["x"]).verdict(on: reader.record, of: service.ledger).verdict == .invalid)
  }

  @Test("how many rows at the end of a page begin the next one")
  func overlaps() {
    #expect(LedgerPages.overlap([1, 2, 3], [2, 3, 4]) == 2)
    #expect(LedgerPages.overlap([1, 2, 3], [4, 5]) == 0)
    #expect(LedgerPages.overlap([1, 1, 1], [1, 1, 1, 1]) == 3)
    #expect(LedgerPages.overlap([1, 2, 1, 2], [1, 2, 1]) == 2)
    #expect(LedgerPages.overlap([5], [5]) == 1)
  }
}

@Suite("The link to a next page")
struct WebLinkTests {
  @Test(
    "is the one whose relation says so",
    arguments: [
      ("</a?page=2>; rel=\"next\"", "/a?page=2"), ("</a>; rel=prev, </b>; rel=next", "/b"),
      ("<http://h/a>; title=\"a, b; rel=next\"; rel=\"last next\"", "http://h/a"), ("</a>;rel=next;rel=prev", "/a"),
      ("</a>; rel=prev; rel=next", nil), ("</a>", nil), ("nonsense", nil), ("</a>; rel=\"ne\\xt\"", "/a"), ("", nil),
      ("</a,b>; REL=NEXT", "/a,b"),
    ] as [(String, String?)])
  func header(text: String, url: String?) { #expect(WebLink.next(text) == url) }

  @Test(
    "is followed within its origin only",
    arguments: [
      ("/b?page=2", "http://h:80/b?page=2"), ("?page=2", "http://h:80/list/rows?page=2"),
      ("more?page=2", "http://h:80/list/more?page=2"), ("http://h/b", "http://h:80/b"), ("//h:80/b", "http://h:80/b"),
      ("http://H:80/b", "http://h:80/b"), ("https://h/b", nil), ("http://h:81/b", nil), ("http://evil/b", nil),
      ("//evil/b", nil), ("/b\r\nX: 1", nil), ("/b c", nil), ("http://h@evil/b", nil), ("ftp://h/b", nil),
    ] as [(String, String?)])
  func resolve(link: String, url: String?) throws {
    let result = WebLink.resolve(link, against: try HTTPURL("http://h/list/rows?page=1"))
    let found = try? result.get()
    #expect(try found == url.map { try HTTPURL($0).description })
  }
}
