import JSON
import Measurement
import Scenario
import Testing

@testable import Verdict

@Suite struct EqualJudgeTests {
  static let stamped = OutcomeReference(step: "stamp", outcome: "stamped")
  static let shown = OutcomeReference(step: "status", outcome: "shown")

  struct History {
    var source = MemoryOperations(
      [("stamp", "stamped"), ("stamp", "again"), ("stamp", "timeout"), ("status", "shown")], keys: ["player"])
    var record = RunRecord.sample()
    var isSequential = false

    mutating func add(
      _ outcome: String, _ sent: UInt64, _ returned: UInt64 = 0, number: Int64? = nil, player: String = "a"
    ) {
      let isAmbiguous = outcome == "timeout"
      source.add(
        outcome, step: outcome == "shown" ? "status" : "stamp", sent: sent,
        returned: isAmbiguous ? Operation.never : returned, user: UInt32(source.operations.count), keys: [player],
        sequence: number, flags: isAmbiguous ? .ambiguous : [])
    }

    func judge(_ left: Invariant.Amount, _ right: Invariant.Amount, per variable: String? = nil) -> Finding {
      let invariant = Invariant(
        name: "agree", rule: .equal(Invariant.Equal(left: left, right: right, variable: variable)),
        isSequential: isSequential, range: SourceRange(0, 0))
      return Judgement.of(record, scenario: .sample(invariants: [invariant]), operations: source).findings[0]
    }
  }

  static let xp = Invariant.Amount.last("xp", of: shown)
  static let sum = Invariant.Amount.sum("added", of: [stamped])
  static let count = Invariant.Amount.count([stamped])

  static func told(list: Bool = false, amount: Bool = true) -> Invariant.Amount {
    let path = JSONPath(segments: [.member("n")], description: "$.n")
    var ledger = Invariant.Ledger(
      path: Template(literal: "/total"), headers: [], rows: list ? path : nil, key: list ? path : nil,
      amount: amount ? path : nil, variable: nil)
    ledger.isNumber = !list
    return .told(ledger)
  }

  @Test("an unanswered request may have taken away only where some request did, whoever's it was", arguments: 1...3)
  func takingAway(portions: Int) {
    var history = History()
    history.source.portionCount = portions
    history.add("stamped", 0, 10, number: 20)
    history.add("timeout", 5)
    history.add("shown", 20, 30, number: 10)
    history.add("stamped", 0, 10, number: 20, player: "b")
    #expect(history.judge(Self.xp, Self.sum, per: "player").verdict == .fail)
    for player in ["b", "c", "d"] {
      var other = history
      other.add("stamped", 0, 10, number: -5, player: player)
      #expect(other.judge(Self.xp, Self.sum, per: "player").verdict == .inconclusive)
    }
  }

  @Test("a value that was read is what had been added by then, for each player")
  func lastAndSum() throws {
    var history = History()
    history.add("stamped", 0, 10, number: 20)
    history.add("stamped", 5, 15, number: 30)
    history.add("shown", 20, 30, number: 50)
    // Added after the reading: no part of it.
    history.add("stamped", 40, 50, number: 7)
    #expect(history.judge(Self.xp, Self.sum, per: "player").verdict == .pass)
    history.add("stamped", 1, 2, number: 20, player: "b")
    history.add("shown", 20, 30, number: 0, player: "b")
    let finding = history.judge(Self.xp, Self.sum, per: "player")
    #expect(finding.verdict == .fail)
    #expect(
      finding.message
        == "1 value of player where the last xp in status.shown is not the sum of added in stamp.stamped")
    let counterexample = try #require(finding.counterexample)
    #expect(
      counterexample.summary
        == "the last xp in status.shown is 0 for player b, and the sum of added in stamp.stamped is 20")
    #expect(counterexample.requests.map(\.user) == [4, 5])
  }

  @Test(
    "what overlapped with the reading may be in it or not",
    arguments: [(20, true), (30, true), (50, true), (51, false), (19, false)] as [(Int64, Bool)])
  func overlapping(read: Int64, isPossible: Bool) {
    var history = History()
    history.add("stamped", 0, 10, number: 20)
    history.add("stamped", 15, 25, number: 30)
    history.add("shown", 20, 30, number: read)
    #expect(history.judge(Self.xp, Self.sum).verdict == (isPossible ? .inconclusive : .fail))
  }

  @Test("requests without a clear answer make a bracket: certain beyond it, open within")
  func bracket() {
    func judge(_ target: Int64) -> Finding {
      var history = History()
      for place in 0..<4 { history.add("stamped", UInt64(place), 100) }
      history.add("timeout", 5)
      history.add("timeout", 6)
      return history.judge(Self.count, .constant(target))
    }
    #expect(judge(3).verdict == .fail)
    #expect(judge(7).verdict == .fail)
    #expect(judge(7).message == "the number of stamp.stamped is between 4 and 6, and 7 7")
    for target in [4, 5, 6] as [Int64] { #expect(judge(target).verdict == .inconclusive) }
    // How much a request without an answer added, nobody knows.
    var history = History()
    history.add("stamped", 0, 10, number: 5)
    history.add("timeout", 1)
    #expect(history.judge(Self.sum, .constant(4)).verdict == .fail)
    #expect(history.judge(Self.sum, .constant(1_000)).verdict == .inconclusive)
    #expect(
      history.judge(Self.sum, .constant(1_000)).message.hasPrefix("the sum of added in stamp.stamped is at least 5"))
  }

  @Test("a number that the target says is held against the answers")
  func told() {
    var history = History()
    for place in 0..<3 { history.add("stamped", UInt64(place), 100) }
    #expect(history.judge(Self.told(), Self.count).message == "what the target says at /total was not read")
    history.record.ledgers["agree (left)"] = LedgerRecord(keys: [""], amounts: [3])
    #expect(history.judge(Self.told(), Self.count).verdict == .pass)
    #expect(history.judge(Self.told(), Self.count).message == "both come to 3")
    history.record.ledgers["agree (left)"] = LedgerRecord(keys: [""], amounts: [2])
    #expect(history.judge(Self.told(), Self.count).message == "$.n of /total is 2, and the number of stamp.stamped 3")
    history.record.ledgers["agree (left)"] = LedgerRecord(keys: [], failure: "status 500")
    #expect(history.judge(Self.told(), Self.count).verdict == .invalid)
  }

  @Test("rows are counted or added up for each key, also of keys that no request had")
  func rows() {
    var history = History()
    history.add("stamped", 0, 10, number: 5)
    history.add("stamped", 1, 11, number: 6)
    history.add("stamped", 1, 11, number: 1, player: "b")
    let list = Self.told(list: true)
    history.record.ledgers["agree (right)"] = LedgerRecord(keys: ["a", "b", "a"], amounts: [4, 1, 7])
    #expect(history.judge(Self.sum, list, per: "player").verdict == .pass)
    #expect(history.judge(Self.count, Self.told(list: true, amount: false), per: "player").verdict == .pass)
    history.record.ledgers["agree (right)"] = LedgerRecord(keys: ["a", "b", "a", "z"], amounts: [4, 1, 7, 9])
    let finding = history.judge(Self.sum, list, per: "player")
    #expect(finding.verdict == .fail)
    #expect(finding.counterexample?.rows.first?.hasPrefix("z: ") == true)
    history.record.ledgers["agree (right)"] = LedgerRecord(keys: ["a"], amounts: [11])
    #expect(history.judge(Self.sum, list, per: "player").verdict == .fail)
  }

  @Test("without a number, a reading or an overlap there is nothing to go by")
  func nothing() {
    var history = History()
    #expect(history.judge(Self.xp, Self.sum).verdict == .invalid)
    history.add("stamped", 0, 10, number: 5)
    #expect(
      history.judge(Self.xp, Self.sum).message == "not exercised: there is nothing on both sides that could be compared"
    )
    history.add("shown", 20, 30, number: 5)
    #expect(history.judge(Self.xp, Self.sum).verdict == .invalid)
    history.isSequential = true
    #expect(history.judge(Self.xp, Self.sum).verdict == .pass)
    history.add("stamped", 1, 2)
    #expect(history.judge(Self.xp, Self.sum).verdict == .inconclusive)
  }

  @Test("what is not on record may have made up the difference, and too much is too much all the same")
  func notWhole() {
    var history = History()
    for place in 0..<3 { history.add("stamped", UInt64(place), 100, number: 10) }
    func judge(_ right: Int64, _ left: Invariant.Amount = Self.count) -> Verdict {
      history.judge(left, .constant(right)).verdict
    }
    #expect(judge(4) == .fail && judge(3) == .pass)
    history.record.ending = .cutOff
    #expect(judge(4) == .inconclusive && judge(3) == .inconclusive && judge(2) == .fail)
    #expect(judge(40, Self.sum) == .inconclusive && judge(20, Self.sum) == .fail)
    history.record.ending = .completed
    history.record.series = [.of("stamped", step: "stamp", count: 4)]
    #expect(judge(4) == .inconclusive && judge(2) == .fail)
    #expect(
      history.judge(Self.count, .constant(4)).message.hasPrefix(
        "the number of stamp.stamped is at least 3, and 4 4: requests that are not on record may make up for it"))
    // Keys that only the target names, too.
    history.record.ledgers["agree (right)"] = LedgerRecord(keys: ["a", "a", "a", "z"])
    let list = Self.told(list: true, amount: false)
    #expect(history.judge(Self.count, list, per: "player").verdict == .inconclusive)
    history.record.series = []
    #expect(history.judge(Self.count, list, per: "player").verdict == .fail)
  }

  @Test("the last reading on record need not be the last, and what was there when it was read is on it")
  func lastNotWhole() {
    var history = History()
    history.add("stamped", 0, 10, number: 20)
    history.add("stamped", 1, 11, number: 20)
    history.add("shown", 20, 30, number: 30)
    #expect(
      history.judge(Self.xp, .constant(60)).verdict == .invalid
        || history.judge(Self.xp, .constant(60)).verdict == .fail)
    history.record.ending = .cutOff
    #expect(history.judge(Self.xp, .constant(60)).verdict == .inconclusive)
    #expect(history.judge(Self.xp, Self.sum).verdict == .fail)
  }

  @Test("a lost answer that would have told the key may be of any key, also of one that only the target names")
  func unknownKeys() {
    let list = Self.told(list: true, amount: false)
    for portions in 1...3 {
      var history = History()
      history.source.portionCount = portions
      history.isSequential = true
      history.add("stamped", 0, 10, number: 5)
      history.add("stamped", 1, 11, number: 5, player: "b")
      func judge(_ left: Invariant.Amount, _ rows: [String], _ right: Invariant.Amount = list) -> Verdict {
        var history = history
        history.record.ledgers["agree (right)"] = LedgerRecord(
          keys: rows, amounts: [Int64](repeating: 5, count: rows.count))
        return history.judge(left, right, per: "player").verdict
      }
      #expect(judge(Self.count, ["a", "b", "c"]) == .fail)
      history.add("timeout", 2, player: "")
      #expect(judge(Self.count, ["a", "b", "c"]) == .inconclusive)
      #expect(judge(Self.count, ["a", "b", "b"]) == .inconclusive)
      #expect(judge(Self.count, ["a", "b", "c", "c"]) == .fail)
      #expect(judge(Self.count, ["a", "b", "c", "d"]) == .fail)
      #expect(judge(Self.count, ["a"]) == .fail)
      #expect(judge(Self.sum, ["a", "b", "c", "c"], Self.told(list: true)) == .inconclusive)
      // What was sent after the reading is no part of it.
      var read = history
      read.add("shown", 20, 30, number: 10)
      #expect(read.judge(Self.xp, Self.sum, per: "player").verdict == .inconclusive)
      read.source.operations[2].invoked = 31
      #expect(read.judge(Self.xp, Self.sum, per: "player").verdict == .fail)
    }
  }

  @Test("requests of different keys never meet: two of the same key have to be in flight together")
  func contention() {
    var history = History()
    history.add("stamped", 0, 10, number: 5)
    history.add("stamped", 1, 11, number: 5, player: "b")
    history.add("shown", 20, 30, number: 5)
    history.add("shown", 21, 31, number: 5, player: "b")
    let apart = history.judge(Self.xp, Self.sum, per: "player")
    #expect(apart.verdict == .invalid && apart.contention?.contendedKeys == 0)
    #expect(apart.message.hasPrefix("not exercised: no two requests with the same player were in flight together"))
    history.isSequential = true
    #expect(history.judge(Self.xp, Self.sum, per: "player").verdict == .pass)
    history.isSequential = false
    history.add("again", 5, 12)
    #expect(history.judge(Self.xp, Self.sum, per: "player").verdict == .pass)
  }
}
