import HTTPClient
import JSON
import Measurement
import Scenario
import Verdict

@testable import Engine

/// A service that lists its rows in pages, and may have faults; without a connection.
struct PagedService {
  enum Style: CaseIterable {
    case pages, rows, cursor, linkHeader, linkInBody, relativeLink
  }

  var style: Style
  var rows: [(id: Int, user: String)]
  var size: Int
  /// No page has more, whatever is asked for.
  var mostOnPage = Int.max
  /// The first page's number.
  var first = 1
  var saysTotal = false
  /// What the service says of how many rows there are, where it is wrong.
  var total: Int?

  static let origin = "http://ledger.test:8080"

  /// The ledger of a scenario that reads this service rightly.
  var ledger: Invariant.Ledger {
    var ledger = Invariant.Ledger(
      path: Template(literal: "/rows"), headers: [], rows: try! JSONPath("$.rows"), key: try! JSONPath("$.user"),
      variable: "user")
    let advance: Invariant.Ledger.Paging.Advance =
      switch style {
      case .pages: .pages
      case .rows: .rows
      case .cursor: .cursor(.json(try! JSONPath("$.next")))
      case .linkHeader: .link(.header("Link"))
      case .linkInBody, .relativeLink: .link(.json(try! JSONPath("$.links.next")))
      }
    let parameter: String? =
      switch style {
      case .pages: "page"
      case .rows: "offset"
      case .cursor: "cursor"
      case .linkHeader, .linkInBody, .relativeLink: nil
      }
    ledger.page = Invariant.Ledger.Paging(
      parameter: parameter, first: style == .rows ? 0 : first, sizeParameter: "size", size: size, advance: advance)
    if saysTotal { ledger.total = .json(try! JSONPath("$.total")) }
    return ledger
  }

  func answer(_ request: LedgerReader.Request) -> LedgerReader.Response {
    var parameters = Dictionary(uniqueKeysWithValues: request.query.map { ($0.name, $0.value) })
    if let link = request.link, let question = link.firstIndex(of: "?") {
      for pair in link[link.index(after: question)...].split(separator: "&") {
        let parts = pair.split(separator: "=")
        parameters[String(parts[0])] = String(parts[1])
      }
    }
    let size = min(parameters["size"].flatMap { Int($0) } ?? 20, mostOnPage)
    let start =
      switch style {
      case .pages: ((parameters["page"].flatMap { Int($0) } ?? first) - first) * size
      case .rows: parameters["offset"].flatMap { Int($0) } ?? 0
      case .cursor: parameters["cursor"].flatMap { Int($0.dropFirst(1)) } ?? 0
      case .linkHeader, .linkInBody, .relativeLink: parameters["from"].flatMap { Int($0) } ?? 0
      }
    let onPage = rows.dropFirst(start).prefix(size)
    let next = start + size < rows.count ? start + size : nil
    var fields = [
      JSONField(
        "rows", .array(onPage.map { ["id": .integer(Int64($0.id)), "user": .string($0.user)] }))
    ]
    if saysTotal { fields.append(JSONField("total", .integer(Int64(total ?? rows.count)))) }
    if style == .cursor { fields.append(JSONField("next", next.map { .string("c\($0)") } ?? .null)) }
    let path = "/rows?size=\(size)&from="
    let base = style == .linkInBody ? Self.origin : ""
    if style == .linkInBody || style == .relativeLink {
      fields.append(JSONField("links", ["next": next.map { .string("\(base)\(path)\($0)") } ?? .null]))
    }
    var headers: [String: [String]] = [:]
    if style == .linkHeader, let next {
      headers["link"] = ["</rows?from=0>; rel=\"first\", <\(path)\(next)>; rel=\"next\""]
    }
    return LedgerReader.Response(
      status: 200, body: Array(JSONValue.object(fields).text().utf8),
      header: { [headers] in headers[$0.lowercased()] ?? [] },
      url: try? HTTPURL(request.link ?? Self.origin + "/rows"))
  }
}

/// Reads a ledger to its end.
func read(
  _ ledger: Invariant.Ledger, _ answer: (LedgerReader.Request) -> LedgerReader.Response
) -> LedgerReader {
  var reader = LedgerReader(ledger)
  var request = reader.first
  while case .ask(let next) = reader.take(answer(request)) { request = next }
  return reader
}

/// One acknowledged request for each user, all at once.
struct Acknowledged: OperationSource, OperationPortion {
  var users: [String]
  var series = [SeriesKey(group: "g", step: "issue", outcome: "issued")]
  var keyNames = ["user"]
  var keyCount: Int { users.count }
  var portionCount: Int { 1 }

  func text(ofKey number: UInt32) -> String { number == 0 ? "" : users[Int(number) - 1] }
  func numbers(ofKey text: String) -> Set<UInt32> {
    Set(users.indices.filter { users[$0] == text }.map { UInt32($0 + 1) })
  }
  func holds(_ text: String) -> Bool { true }
  func portion(_ index: Int, by column: Int, also columns: [Int]) -> any OperationPortion { self }

  func forEach(_ body: (Operation) -> Void) {
    for place in users.indices {
      var operation = Operation(
        invoked: UInt64(place), returned: 1_000_000 + UInt64(place), outcome: 0, user: UInt32(place),
        iteration: 0)
      operation.keys[0] = UInt32(place + 1)
      operation.status = 201
      body(operation)
    }
  }

  /// What "each acknowledged one has its row, and no other" comes to with these rows.
  func verdict(on record: LedgerRecord, of ledger: Invariant.Ledger) -> (verdict: Verdict, message: String) {
    let rule = Invariant.Conserved(
      outcomes: [OutcomeReference(step: "issue", outcome: "issued")], variable: "user", isOneRow: false, ledger: ledger)
    let invariant = Invariant(name: "kept", rule: .conserved(rule), isSequential: true, range: SourceRange(0, 0))
    var scenario = Scenario(source: SourceText(name: "test.json5", ""), name: "test")
    scenario.invariants = [invariant]
    var run = RunRecord(identity: RunIdentity(scenario: "test", file: "", target: "", seed: 1))
    run.ledgers["kept"] = record
    let finding = Judgement.ofInvariants(run, scenario: scenario, operations: self).findings[0]
    return (finding.verdict, finding.message)
  }
}
