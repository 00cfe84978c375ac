import JSON
import Measurement
import Scenario
import Testing

@testable import Verdict

/// What was in a ledger before the load, what could not be read of it, and what it may not hold whole.
@Suite struct LedgerRowsTests {
  static let accepted = OutcomeReference(step: "issue", outcome: "issued")

  /// Each of `issued` was answered so, each of `refused` sold out, all at once.
  struct History {
    var issued: [String]
    var refused: [String] = []
    var before: LedgerRecord?
    var after: LedgerRecord
    var ending = RunEnding.completed

    func judge(_ rule: Invariant.Rule, suffix: String = "") -> Finding {
      var source = MemoryOperations([("issue", "issued"), ("issue", "sold_out")], keys: ["buyer"])
      for (place, buyer) in (issued + refused).enumerated() {
        source.add(
          place < issued.count ? "issued" : "sold_out", sent: UInt64(place), returned: 1000 + UInt64(place),
          user: UInt32(place), keys: [buyer])
      }
      var record = RunRecord.sample()
      record.ending = ending
      record.ledgers["rule" + suffix] = after
      record.ledgersBefore["rule" + suffix] = before
      let invariant = Invariant(name: "rule", rule: rule, isSequential: true, range: SourceRange(0, 0))
      return Judgement.of(record, scenario: .sample(invariants: [invariant]), operations: source).findings[0]
    }
  }

  static func capped(_ cap: Int) -> Invariant.Rule {
    .capped(
      Invariant.Capped(
        accepted: accepted, rejected: OutcomeReference(step: "issue", outcome: "sold_out"), cap: cap, sequence: nil,
        ledger: .keyed(by: "buyer")))
  }

  static let atMost = Invariant.Rule.atMost(
    Invariant.AtMost(count: 1, of: accepted, per: "buyer", ledger: .keyed(by: "buyer")))

  static func conserved(isOneRow: Bool = false, per variable: String? = "buyer") -> Invariant.Rule {
    .conserved(
      Invariant.Conserved(
        outcomes: [accepted], variable: variable, isOneRow: isOneRow, ledger: .keyed(by: variable)))
  }

  /// The ledger is the left side.
  static func equal(_ right: Invariant.Amount, per variable: String? = nil) -> Invariant.Rule {
    var ledger = Invariant.Ledger.keyed(by: nil)
    if variable == nil { ledger.key = nil }
    return .equal(Invariant.Equal(left: .told(ledger), right: right, variable: variable))
  }

  @Test("old rows are no phantoms and no over-issue")
  func oldRows() {
    let old = LedgerRecord(keys: ["x", "y", "a"])
    let new = LedgerRecord(keys: ["x", "a", "y", "a", "b"])
    let history = History(issued: ["a", "b"], refused: ["c"], before: old, after: new)
    for rule in [Self.capped(2), Self.conserved(), Self.conserved(per: nil)] {
      let finding = history.judge(rule)
      #expect(finding.verdict == .pass, "\(finding.message)")
      #expect(finding.message.contains("2 rows in the ledger"))
      #expect(finding.message.contains("(3 rows more were there before the load)"), "\(finding.message)")
    }
    let again = History(issued: ["a", "b"], refused: ["a"], before: old, after: new)
    #expect(again.judge(Self.atMost).verdict == .pass, "\(again.judge(Self.atMost).message)")
    // Without the reading before, they are what they look like.
    for rule in [Self.capped(2), Self.conserved()] {
      #expect(History(issued: ["a", "b"], refused: ["c"], after: new).judge(rule).verdict == .fail)
    }
  }

  @Test("among old rows, one row too many and one too few are found")
  func amongOldRows() {
    let old = LedgerRecord(keys: ["x", "y", "a"])
    for (after, verdict) in [
      (["x", "a", "y", "a", "b"], Verdict.pass), (["x", "a", "y", "b"], .fail),
      (["x", "a", "y", "a", "b", "z"], .fail),
      (["x", "a", "y", "a", "b", "x"], .fail), (["a", "a", "b"], .pass),
    ] {
      for rule in [Self.conserved(), Self.capped(2)] {
        let finding = History(
          issued: ["a", "b"], refused: ["c"], before: old, after: LedgerRecord(keys: after)
        ).judge(rule)
        #expect(finding.verdict == verdict, "\(after): \(finding.message)")
      }
    }
  }

  @Test("a row that was there before is the one that an upsert changed")
  func upserts() {
    let old = LedgerRecord(keys: ["a", "x"])
    for (after, verdict) in [
      (["a", "b", "x"], Verdict.pass), (["a", "x"], .fail), (["a", "a", "b", "x"], .fail),
      (["a", "b", "x", "x"], .fail),
      (["b", "x"], .fail),
    ] {
      let finding = History(issued: ["a", "a", "b"], before: old, after: LedgerRecord(keys: after))
        .judge(Self.conserved(isOneRow: true))
      #expect(finding.verdict == verdict, "\(after): \(finding.message)")
    }
  }

  @Test("sold out before the cap is reached is open where old rows may count toward it")
  func capAndOldRows() {
    let old = LedgerRecord(keys: ["x", "y"])
    let finding = History(
      issued: ["a", "b"], refused: ["c", "d", "e"], before: old, after: LedgerRecord(keys: ["x", "y", "a", "b"])
    ).judge(Self.capped(4))
    #expect(finding.verdict == .inconclusive)
    #expect(finding.message.contains("2 rows were in the ledger before the load, and may count toward the cap"))
  }

  @Test("what the target says is held against this run's answers by what came with the run, and else as it is")
  func equalAndOldRows() {
    let count = Invariant.Amount.count([Self.accepted])
    let old = LedgerRecord(keys: ["", "", ""])
    let new = LedgerRecord(keys: ["", "", "", "", ""])
    func verdict(_ after: LedgerRecord, _ rule: Invariant.Rule) -> Verdict {
      History(issued: ["a", "b"], before: old, after: after).judge(rule, suffix: Invariant.Equal.leftSuffix).verdict
    }
    #expect(verdict(new, Self.equal(count)) == .pass)
    #expect(verdict(LedgerRecord(keys: ["", "", "", ""]), Self.equal(count)) == .fail)
    #expect(verdict(new, Self.equal(.constant(5))) == .pass)
    #expect(verdict(new, Self.equal(.constant(2))) == .fail)
    let keyed = History(
      issued: ["a", "b"], before: LedgerRecord(keys: ["a", "x"]), after: LedgerRecord(keys: ["a", "x", "a", "b"]))
    let rule = Self.equal(count, per: "buyer")
    #expect(keyed.judge(rule, suffix: Invariant.Equal.leftSuffix).verdict == .pass)
  }

  static let rules: [Invariant.Rule] = [capped(2), atMost, conserved()]

  @Test("a ledger that could not be read spoils the run, and leaves an interrupted one open", arguments: rules.indices)
  func unread(rule: Int) {
    var history = History(
      issued: ["a", "b"], refused: ["c", "a"], after: LedgerRecord(keys: [], failure: "status 500"))
    #expect(history.judge(Self.rules[rule]).verdict == .invalid)
    #expect(history.judge(Self.rules[rule]).message.contains("the ledger could not be read: status 500"))
    history.ending = .interrupted("SIGTERM")
    #expect(history.judge(Self.rules[rule]).verdict == .inconclusive)
  }

  @Test("an unread ledger does not hide what the answers show")
  func unreadAndBroken() {
    let history = History(
      issued: ["a", "b", "c"], refused: ["d"], after: LedgerRecord(keys: [], failure: "status 500"))
    #expect(history.judge(Self.capped(2)).verdict == .fail)
  }

  @Test("rows that seem missing in a list that may not be whole are no loss; those that are too many are proven")
  func doubt() {
    let doubt = LedgerDoubt(.moreRows, "the list has exactly 100 rows")
    for rule in [Self.capped(3), Self.atMost, Self.conserved()] {
      var history = History(
        issued: ["a", "b", "c"], refused: ["d", "a"], after: LedgerRecord(keys: ["a", "b"], doubt: doubt))
      let finding = history.judge(rule)
      #expect(
        finding.verdict == .invalid && finding.message.contains("the list has exactly 100 rows"), "\(finding.message)")
      #expect(finding.message.contains("1 request answered issued is not among the 2 rows that were read"))
      history.after = LedgerRecord(keys: ["a", "b", "c"], doubt: doubt)
      #expect(history.judge(rule).verdict == .pass, "\(history.judge(rule).message)")
      history.after = LedgerRecord(keys: ["a", "b", "z"], doubt: doubt)
      #expect(history.judge(rule).verdict == .fail)
      history.after = LedgerRecord(keys: ["a", "b", "b"], doubt: LedgerDoubt(.repeatedRows, "1 row was on two pages"))
      if case .atMost = rule { continue }
      #expect(history.judge(rule).verdict == .invalid, "\(history.judge(rule).message)")
    }
    let rule = Self.equal(.count([Self.accepted]))
    for (rows, verdict) in [(2, Verdict.invalid), (3, .pass), (4, .fail)] {
      let finding = History(
        issued: ["a", "b", "c"], after: LedgerRecord(keys: Array(repeating: "", count: rows), doubt: doubt)
      ).judge(rule, suffix: Invariant.Equal.leftSuffix)
      #expect(finding.verdict == verdict, "\(finding.message)")
    }
  }

  @Test("a ledger that differs from the answers says so, that it may be read again")
  func differs() {
    let history = History(issued: ["a"], refused: ["b"], after: LedgerRecord(keys: []))
    #expect(history.judge(Self.conserved()).ledgerDiffers && history.judge(Self.capped(1)).ledgerDiffers)
    let agreeing = History(issued: ["a"], refused: ["b"], after: LedgerRecord(keys: ["a"]))
    #expect(!agreeing.judge(Self.conserved()).ledgerDiffers && !agreeing.judge(Self.capped(1)).ledgerDiffers)
  }

  @Test("a ledger that the scenario has wrong ends the run as a wrong scenario, in its place")
  func wrongScenario() {
    var record = RunRecord.sample()
    record.ending = .wrongScenario("rule: /rows: status 404", at: SourceRange(3, 9))
    let judgement = Judgement.of(record, scenario: .sample())
    #expect(judgement.exitCode == .configuration && judgement.verdict == .invalid)
    #expect(judgement.findings[0].range == SourceRange(3, 9) && judgement.findings[0].message.contains("status 404"))
  }

  @Test("invariants that were not judged say why, and pass with no option", arguments: [false, true])
  func unjudged(isInterrupted: Bool) {
    var record = RunRecord.sample()
    if isInterrupted { record.ending = .interrupted("SIGINT") }
    let invariant = Invariant(name: "rule", rule: Self.conserved(), range: SourceRange(0, 0))
    let judgement = Judgement.of(
      record, scenario: .sample(invariants: [invariant]), inconclusivePasses: true, unjudged: "there was no time")
    #expect(judgement.findings[0].message == "there was no time")
    #expect(judgement.exitCode == (isInterrupted ? .interrupted : .invalid))
  }
}
