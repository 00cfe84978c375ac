import JSON
import Testing

@testable import Scenario

@Suite("Invariants")
struct InvariantReadingTests {
  /// A scenario with two steps, and an invariant in it.
  private func read(_ invariant: String, load: String = "{ burst: 5000 }") -> Read {
    Read(
      """
      { name: 'test', data: { buyer: { sequence: 'u-{n}', count: 9, order: 'cycle' }, card: [{ id: 1 }] },
        set_up: [{ name: 'login', post: '/login', capture: { admin: '$.token' } }],
        traffic: { rush: { load: \(load), steps: [
          { name: 'issue', post: '/issue/${buyer}', outcomes: {
              issued: { status: 201, capture: { seq: '$.sequence', coupon: '$.id' } }, sold_out: 409 } },
          { name: 'api.use', post: '/use', capture: { receipt: '$.r' }, outcomes: { used: 200 } } ] } },
        invariants: { 'the rule': \(invariant) } }
      """)
  }

  private func rule(_ text: String) throws -> Invariant.Rule {
    try #require(try read(text).valid().invariants.first).rule
  }

  @Test("cap a counter")
  func capped() throws {
    let text = """
      { capped: { step: 'issue', accepted: 'issued', rejected: 'sold_out', cap: 1000, sequence: 'seq',
          ledger: { get: '/coupons', rows: '$.coupons', key: '$.userId' } } }
      """
    guard case .capped(let capped) = try rule(text) else { throw Unexpected() }
    #expect(capped.accepted == OutcomeReference(step: "issue", outcome: "issued"))
    #expect(capped.rejected == OutcomeReference(step: "issue", outcome: "sold_out"))
    #expect(capped.cap == 1000)
    #expect(capped.sequence == "seq")
    let ledger = try #require(capped.ledger)
    #expect(ledger.name == "/coupons")
    #expect(ledger.rows?.description == "$.coupons")
    #expect(ledger.key?.description == "$.userId")
    #expect(ledger.variable == nil)
    #expect(ledger.page == nil)
  }

  @Test("limit an outcome for each value of a variable")
  func atMost() throws {
    let text = """
      { at_most: { count: 1, of: 'issue.issued', per: 'buyer',
          ledger: { get: '/coupons', headers: { Authorization: '${admin}' }, rows: '$', key: '$.u',
                    page: { parameter: 'page', first: 0, size_parameter: 'size', size: 200 } } } }
      """
    guard case .atMost(let atMost) = try rule(text), let ledger = atMost.ledger else { throw Unexpected() }
    #expect(atMost.count == 1)
    #expect(atMost.variable == "buyer")
    #expect(atMost.distinct == nil)
    #expect(atMost.outcome == OutcomeReference(step: "issue", outcome: "issued"))
    #expect(ledger.variable == "buyer")
    #expect(ledger.headers.map(\.name) == ["Authorization"])
    #expect(ledger.page == .init(parameter: "page", first: 0, sizeParameter: "size", size: 200))
  }

  @Test(
    "count by data, by an earlier capture, or by one of the outcome itself",
    arguments: [
      ("issue.issued", "buyer"), ("issue.issued", "card.id"), ("issue.issued", "coupon"), ("api.use.used", "coupon"),
      ("api.use.used", "receipt"), ("issue.issued", "admin"),
    ])
  func variables(outcome: String, variable: String) throws {
    guard case .atMost(let atMost) = try rule("{ at_most: { count: 2, of: '\(outcome)', per: '\(variable)' } }")
    else { throw Unexpected() }
    #expect(atMost.variable == variable)
    #expect(atMost.outcome.text == outcome)
  }

  @Test(
    "tell what is wrong with them",
    arguments: [
      ("{}", "{ → an invariant needs a rule (one of capped, at_most, …"),
      ("{ sequential: true }", "{ → an invariant needs a rule …"),
      ("{ sequential: 1, never: 'issue.issued' }", "1 → expected true or false, found a number"),
      ("{ atmost: {} }", "atmost → unknown key 'atmost' in an invariant (did you mean 'at_most'?)"),
      ("{ capped: {} }", "{ → 'step' is missing in capped"),
      ("{ capped: {} }", "{ → 'accepted' is missing in capped"),
      ("{ capped: {} }", "{ → 'cap' is missing in capped"),
      (
        "{ capped: { step: 'isue', accepted: 'issued', cap: 5 } }",
        "'isue' → there is no step 'isue' (did you mean 'issue'?)"
      ),
      (
        "{ capped: { step: 'login', accepted: 'ok', cap: 5 } }",
        "'login' → the step 'login' is done once and not measured"
      ),
      (
        "{ capped: { step: 'issue', accepted: 'isued', cap: 5 } }",
        "'isued' → the step 'issue' has no outcome 'isued' (did you mean 'issued'?)"
      ),
      (
        "{ capped: { step: 'issue', accepted: 'issued', rejected: 'issued', cap: 5 } }",
        "'issued' → 'accepted' and 'rejected' are the same outcome"
      ),
      (
        "{ capped: { step: 'issue', accepted: 'issued', rejected: 'timeout', cap: 5 } }",
        "'timeout' → the step 'issue' has no outcome 'timeout' (its outcomes are: issued, sold_out)"
      ),
      (
        "{ capped: { step: 'issue', accepted: 'issued', cap: -1 } }",
        "-1 → 'cap' must be between 0 and 1,000,000,000, found -1"
      ),
      (
        "{ capped: { step: 'issue', accepted: 'issued', cap: 5, sequence: 'sq' } }",
        "'sq' → the outcome 'issue.issued' captures no 'sq' (did you mean 'seq'?)"
      ),
      (
        "{ capped: { step: 'issue', accepted: 'sold_out', cap: 5, sequence: 'seq' } }",
        "'seq' → the outcome 'issue.sold_out' captures no 'seq' (capture: { seq: '$.…' } in the outcome)"
      ),
      (
        "{ capped: { step: 'issue', accepted: 'issued', cap: 5, ledger: {} } }",
        "{ → a ledger needs 'get', the path of the list (or 'command', a program that prints it)"
      ),
      (
        "{ capped: { step: 'issue', accepted: 'issued', cap: 5, ledger: { get: '/${buyer}', rows: '$', key: '$' } } }",
        "${buyer} → the variable 'buyer' is not known here: data is drawn by the iterations of traffic"
      ),
      (
        "{ capped: { step: 'issue', accepted: 'issued', cap: 5, ledger: { get: '/', rows: '$.a[*]', key: '$' } } }",
        "'$.a[*]' → '$.a[*]' leads to many places, and one is needed"
      ),
      (
        "{ capped: { step: 'issue', accepted: 'issued', cap: 5, ledger: { get: '/', rows: '$', key: '$', page: { parameter: 'p', size: 5 } } } }",
        "{ → 'size_parameter' and 'size' belong together"
      ),
      (
        "{ at_most: { count: 1, of: 'issue', per: 'buyer' } }",
        "'issue' → expected a step and its outcome, such as 'issue.issued' …"
      ),
      (
        "{ at_most: { count: 1, of: 'isue.issued', per: 'buyer' } }",
        "isue → there is no step 'isue' (did you mean 'issue'?)"
      ),
      (
        "{ at_most: { count: 1, of: 'issue.isued', per: 'buyer' } }",
        "isued → the step 'issue' has no outcome 'isued' (did you mean 'issued'?)"
      ),
      (
        "{ at_most: { count: 1, of: 'issue.issued', per: 'byer' } }",
        "'byer' → nothing defines the variable 'byer' (did you mean 'buyer'?)"
      ),
      (
        "{ at_most: { count: 1, of: 'issue.issued', per: 'receipt' } }",
        "'receipt' → the variable 'receipt' is not known here: step 'api.use' captures it only later"
      ),
      (
        "{ at_most: { count: 1, of: 'issue.issued', per: 'user' } }",
        "'user' → answers are counted by data or by a captured variable, not by 'user'"
      ),
      ("{ at_most: { count: 1.5, of: 'issue.issued', per: 'buyer' } }", "1.5 → 'count' must be a whole number"),
      ("{ at_most: 5 }", "5 → expected an object for at_most, found a number"),
    ])
  func faults(text: String, expected: String) {
    let read = read(text)
    #expect(read.tells(expected), "\(read.told)")
    #expect(read.scenario == nil)
  }

  @Test(
    "are warned of where the load cannot reach the cap",
    arguments: [
      ("{ burst: 1000 }", true), ("{ burst: 1001 }", false), ("{ users: 10, for: '1s' }", false),
    ])
  func unreached(load: String, warns: Bool) {
    let read = read("{ capped: { step: 'issue', accepted: 'issued', cap: 1000 } }", load: load)
    let warning =
      "'the rule' → warning: the cap of 1,000 is never exceeded: the load makes at most 1,000 requests of 'issue'"
    #expect(read.told == (warns ? [warning] : []))
    #expect(read.scenario != nil)
  }

  @Test("name at most four variables, since so many are recorded with a request")
  func tooManyKeys() {
    let names = ["buyer", "card.id", "coupon", "seq", "admin"]
    let rules = names.map { "'\($0)': { at_most: { count: 1, of: 'issue.issued', per: '\($0)' } }" }
    let text = read("{ at_most: { count: 1, of: 'issue.issued', per: 'buyer' } }").source
    let all = String(decoding: text.bytes, as: UTF8.self)
      .replacing("invariants: {", with: "invariants: { \(rules.joined(separator: ", ")),")
    #expect(Read(all).tells("'admin' → the invariants name more than 4 variables: …"))
  }
}
