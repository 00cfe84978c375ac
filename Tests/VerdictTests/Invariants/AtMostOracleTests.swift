import JSON
import Measurement
import Scenario
import Testing

@testable import Verdict

@Suite struct AtMostOracleTests {
  @Test(
    "the rule for one a key comes to the same as the checker of keys, with a ledger and without",
    arguments: [true, false])
  func oracle(hasLedger: Bool) {
    var generator = SeededGenerator(state: hasLedger ? 5 : 6)
    var counts: [Verdict: Int] = [:]
    for _ in 0..<3_000 {
      var source = MemoryOperations(
        [("issue", "issued"), ("issue", "sold_out"), ("issue", "timeout")], keys: ["buyer"])
      var checker = AtMostOnceChecker(repeats: .rejected)
      let keys = Int.random(in: 1...4, using: &generator)
      for place in 0..<UInt64.random(in: 2...7, using: &generator) {
        let key = Int.random(in: 1...keys, using: &generator)
        let outcome = ["issued", "sold_out", "sold_out", "timeout"].randomElement(using: &generator)!
        let isAmbiguous = outcome == "timeout"
        source.add(
          outcome, sent: place, returned: isAmbiguous ? Operation.never : 100 + place, keys: ["k\(key)"],
          flags: isAmbiguous ? .ambiguous : [])
        checker.add(isAmbiguous ? .ambiguous : outcome == "issued" ? .accepted : .rejected, key: UInt32(key))
      }
      var record = RunRecord.sample()
      var rows: [String] = []
      var isConserved = true
      if hasLedger {
        var conservation = ConservationChecker()
        for operation in source.operations {
          let answer: HistoryAnswer =
            operation.outcome == 0 ? .accepted : operation.outcome == 1 ? .rejected : .ambiguous
          conservation.add(answer, key: operation.keys[0])
          // Mostly what it should be.
          if operation.outcome == 0,
            Int.random(in: 0..<12, using: &generator) > 0
              || operation.outcome == 2 && Bool.random(using: &generator)
          {
            rows.append(source.text(ofKey: operation.keys[0]))
          }
        }
        checker.beginRows()
        for row in rows {
          let number = (1...UInt32(source.keyCount)).first { source.text(ofKey: $0) == row }!
          checker.addRow(key: UInt32(row.dropFirst())!)
          conservation.addRow(key: number)
        }
        isConserved = conservation.result().violation == nil
        record.ledgers["one per buyer"] = LedgerRecord(keys: rows)
      }
      var invariant = Invariant.atMost(1, ledger: hasLedger ? .keyed(by: "buyer") : nil)
      invariant.isSequential = true
      let finding = Judgement.of(record, scenario: .sample(invariants: [invariant]), operations: source).findings[0]
      counts[finding.verdict, default: 0] += 1
      let expected = checker.result()
      #expect(
        (finding.verdict == .fail) == (expected.violation != nil || !isConserved), "\(finding.message): \(expected)")
      if case .undecided = expected { #expect(finding.verdict == .inconclusive || finding.verdict == .invalid) }
      if finding.verdict == .inconclusive { #expect(expected == .undecided) }
    }
    #expect(counts[.fail, default: 0] > 300 && counts[.pass, default: 0] > 300, "\(counts)")
  }
}
