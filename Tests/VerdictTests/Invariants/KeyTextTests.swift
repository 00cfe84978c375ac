import JSON
import Measurement
import Scenario
import Testing

@testable import Verdict

@Suite struct KeyTextTests {
  static let stamped = OutcomeReference(step: "issue", outcome: "issued")
  /// The same to Unicode, and two texts to a target.
  static let names = ["caf\u{E9}", "cafe\u{301}"]

  static let rules: [(rule: Invariant.Rule, ledger: String)] = [
    (Invariant.capped(2, rejected: nil, ledger: .keyed(by: "buyer")).rule, "kept"),
    (Invariant.atMost(1, ledger: .keyed(by: "buyer")).rule, "kept"),
    (
      .conserved(
        Invariant.Conserved(outcomes: [stamped], variable: "buyer", isOneRow: false, ledger: .keyed(by: "buyer"))),
      "kept"
    ),
    (
      .equal(
        Invariant.Equal(
          left: .count([stamped]), right: EqualJudgeTests.told(list: true, amount: false), variable: "buyer")),
      "kept (right)"
    ),
  ]

  @Test("texts that are composed otherwise are other keys, in the requests and in the ledger", arguments: 0..<4)
  func composed(place: Int) {
    let (rule, name) = Self.rules[place]
    var source = MemoryOperations([("issue", "issued"), ("issue", "sold_out")], keys: ["buyer"])
    source.portionCount = 1
    for buyer in Self.names {
      source.add("issued", sent: 0, returned: 10, keys: [buyer])
      source.add("sold_out", sent: 1, returned: 11, keys: [buyer])
    }
    func judge(_ rows: [String]) -> Finding {
      var record = RunRecord.sample()
      record.ledgers[name] = LedgerRecord(keys: rows)
      let invariant = Invariant(name: "kept", rule: rule, range: SourceRange(0, 0))
      return Judgement.of(record, scenario: .sample(invariants: [invariant]), operations: source).findings[0]
    }
    #expect(judge(Self.names).verdict == .pass, "\(judge(Self.names).message)")
    #expect(judge([Self.names[0], Self.names[0]]).verdict == .fail)
  }
}
