import JSON
import Measurement
import Scenario
import Testing

@testable import Verdict

@Suite struct AtMostJudgeTests {
  struct History {
    var source = MemoryOperations(
      [("issue", "issued"), ("issue", "sold_out"), ("issue", "timeout")], keys: ["policy", "buyer"])
    var record = RunRecord.sample()

    init(_ outcomes: [(buyer: String, outcome: String)]) {
      for (buyer, outcome) in outcomes { add(buyer, outcome) }
    }

    mutating func add(_ buyer: String, _ outcome: String) {
      let place = UInt64(source.operations.count)
      let isAmbiguous = outcome == "timeout"
      source.add(
        outcome, sent: place, returned: isAmbiguous ? Operation.never : 1000 - place, user: UInt32(place),
        keys: ["p", buyer], flags: isAmbiguous ? .ambiguous : [])
    }

    func judge(_ invariant: Invariant, ledger: [String]? = nil) -> Finding {
      var record = record
      if let ledger { record.ledgers[invariant.name] = LedgerRecord(keys: ledger) }
      return Judgement.of(record, scenario: .sample(invariants: [invariant]), operations: source).findings[0]
    }
  }

  @Test("a value within its limit passes where somebody asked for more, and the message says so")
  func clean() {
    let finding = History([("a", "issued"), ("a", "sold_out"), ("b", "issued")]).judge(.atMost(1))
    #expect(finding.verdict == .pass)
    #expect(
      finding.message
        == "at most 1 issued for each of 2 values of buyer; 1 of them asked for more and got no more, "
        + "1 with more requests in flight than were left")
    #expect(finding.observed == Quantity(1, .count))
    #expect(finding.text == "at most 1 issue.issued per buyer")
    #expect(finding.contention == Contention(peakInFlight: 3, contendedKeys: 1, contestedLimits: 1))
  }

  @Test("a limit that nobody asked beyond was not put to the test")
  func noDemand() {
    let once = History([("a", "issued"), ("b", "issued"), ("c", "sold_out")])
    #expect(once.judge(.atMost(1)).verdict == .invalid)
    #expect(once.judge(.atMost(1)).message == "not exercised: no value of buyer asked more than once")
    let twice = History([("a", "issued"), ("a", "issued"), ("b", "issued")])
    #expect(twice.judge(.atMost(2)).message == "not exercised: no value of buyer asked more than 2 times")
    // A violation is one whatever the demand.
    #expect(twice.judge(.atMost(1)).verdict == .fail)
  }

  @Test("requests that came one after the other for each value contend for nothing, unless that is not the point")
  func serial() {
    var source = MemoryOperations([("issue", "issued"), ("issue", "sold_out")], keys: ["buyer"])
    for (place, buyer) in ["a", "b"].enumerated() {
      source.add("issued", sent: UInt64(place), returned: 10, keys: [buyer])
      source.add("sold_out", sent: 20 + UInt64(place), returned: 30, keys: [buyer])
    }
    var invariant = Invariant.atMost(1)
    func judge() -> Finding {
      Judgement.of(.sample(), scenario: .sample(invariants: [invariant]), operations: source).findings[0]
    }
    #expect(judge().verdict == .invalid)
    #expect(
      judge().message
        == "not exercised: no two requests with the same buyer were in flight together, so nothing contended")
    invariant.isSequential = true
    #expect(judge().verdict == .pass)
  }

  @Test("answers that tell of the same effect again count once")
  func distinct() {
    var source = MemoryOperations([("issue", "issued")], keys: ["buyer", "coupon"])
    for (buyer, coupon) in [("a", "c1"), ("a", "c1"), ("b", "c2"), ("b", "c2")] {
      source.add("issued", sent: 0, returned: 10, keys: [buyer, coupon])
    }
    var invariant = Invariant.atMost(1)
    func judge() -> Finding {
      Judgement.of(.sample(), scenario: .sample(invariants: [invariant]), operations: source).findings[0]
    }
    #expect(judge().verdict == .fail)
    guard case .atMost(var rule) = invariant.rule else { return }
    rule.distinct = "coupon"
    invariant.rule = .atMost(rule)
    #expect(judge().verdict == .pass, "\(judge().message)")
    #expect(judge().message.contains("(2 were told the same again)"))
    source.add("issued", sent: 5, returned: 20, keys: ["b", "c3"])
    #expect(judge().verdict == .fail)
    #expect(judge().counterexample?.requests.compactMap { $0.keys.last?.value } == ["c2", "c3"])
  }

  @Test("a value over its limit fails, and its requests are shown in the order of their answers")
  func violated() throws {
    var history = History([("a", "issued"), ("b", "issued"), ("a", "issued"), ("c", "sold_out")])
    let finding = history.judge(.atMost(1))
    #expect(finding.verdict == .fail)
    #expect(finding.message == "1 value of buyer with more than 1 issued: 1 too many")
    let counterexample = try #require(finding.counterexample)
    #expect(counterexample.requests.map(\.user) == [2, 0])
    #expect(counterexample.requests.allSatisfy { $0.keys == [Witness.Key("policy", "p"), Witness.Key("buyer", "a")] })
    #expect(counterexample.total == 2)
    #expect(history.judge(.atMost(2)).verdict == .invalid)
    history.add("a", "issued")
    history.add("b", "issued")
    #expect(history.judge(.atMost(1)).message == "2 values of buyer with more than 1 issued: 3 too many")
    #expect(history.judge(.atMost(2)).verdict == .fail)
  }

  @Test("the limit is per variable that the rule names, not per another one that is recorded")
  func column() {
    let history = History([("a", "issued"), ("b", "issued"), ("a", "sold_out")])
    #expect(history.judge(.atMost(1)).verdict == .pass)
    #expect(history.judge(.atMost(1, per: "policy")).verdict == .fail)
    #expect(history.judge(.atMost(1, per: "absent")).message == "the requests on record do not have absent")
  }

  @Test("a request without a clear answer leaves its value undecided, unless a ledger tells")
  func ambiguous() {
    let history = History([("a", "issued"), ("a", "timeout"), ("b", "issued"), ("c", "timeout")])
    let open = history.judge(.atMost(1))
    #expect(open.verdict == .inconclusive)
    #expect(open.message.hasPrefix("1 value of buyer had requests without a clear answer"))
    let keyed = Invariant.atMost(1, ledger: .keyed(by: "buyer"))
    #expect(history.judge(keyed, ledger: ["a", "b"]).verdict == .pass)
    #expect(history.judge(keyed, ledger: ["a", "b", "c"]).verdict == .pass)
    let twice = history.judge(keyed, ledger: ["a", "b", "a"])
    #expect(twice.verdict == .fail)
    #expect(twice.message == "the ledger holds more than 1 row for 1 value of buyer")
    #expect(twice.counterexample?.rows == ["a (2 rows)"])
    #expect(history.judge(keyed).message.hasPrefix("the ledger was not read"))
  }

  @Test("a row that was acknowledged and is not there, and one that nobody asked for")
  func conservation() {
    let history = History([("a", "issued"), ("b", "issued")])
    let keyed = Invariant.atMost(1, ledger: .keyed(by: nil))
    let lost = history.judge(keyed, ledger: ["a"])
    #expect(lost.verdict == .fail)
    #expect(lost.counterexample?.rows == ["b"])
    let phantom = history.judge(keyed, ledger: ["a", "b", "z"])
    #expect(phantom.verdict == .fail)
    #expect(phantom.counterexample?.rows == ["z"])
    #expect(
      phantom.counterexample?.requests == [] && phantom.counterexample?.summary == "in the ledger, and nobody was told")
    let refused = History([("a", "issued"), ("b", "issued"), ("c", "sold_out")]).judge(keyed, ledger: ["a", "b", "c"])
    #expect(refused.counterexample?.summary == "answered sold_out, and the ledger holds a row of the same buyer")
    #expect(refused.counterexample?.requests.map(\.outcome) == ["sold_out"])
    #expect(refused.observed?.text == "1 row too many")
  }

  @Test("nothing accepted proves nothing")
  func nothingAccepted() {
    #expect(History([]).judge(.atMost(1)).verdict == .invalid)
    let finding = History([("a", "sold_out")]).judge(.atMost(1))
    #expect(finding.verdict == .invalid)
    #expect(finding.message == "not exercised: no request of issue was issued")
  }

  @Test("an accepted request without a value cannot be put to anyone's account")
  func keyless() {
    let finding = History([("a", "issued"), ("", "issued"), ("", "issued"), ("a", "sold_out")]).judge(.atMost(1))
    #expect(finding.verdict == .inconclusive)
    #expect(finding.message == "2 requests answered issued without a buyer")
  }

  @Test("a row whose request is not on record is no phantom")
  func notWhole() {
    let keyed = Invariant.atMost(1, ledger: .keyed(by: "buyer"))
    var history = History([("a", "issued"), ("a", "sold_out"), ("b", "issued")])
    #expect(history.judge(keyed, ledger: ["a", "b", "z"]).verdict == .fail)
    history.record.series = [.of("issued", count: 3), .of("sold_out", count: 1)]
    #expect(history.judge(keyed, ledger: ["a", "b", "z"]).verdict == .inconclusive)
    history.record.series = []
    history.record.ending = .interrupted("SIGINT")
    let finding = history.judge(keyed, ledger: ["a", "b", "z"])
    #expect(finding.verdict == .inconclusive)
    #expect(
      finding.message
        == "the ledger holds 1 row that no request on record accounts for: requests that are not on record may make up "
        + "for it")
    #expect(history.judge(keyed, ledger: ["a", "b"]).verdict == .pass)
    #expect(history.judge(keyed, ledger: ["a", "b", "b"]).verdict == .fail)
    #expect(history.judge(keyed, ledger: ["b"]).verdict == .fail)
  }

  @Test("a lost answer that would have told the key accounts for a row, and without a ledger leaves it open")
  func unknownKeys() {
    let keyed = Invariant.atMost(1, ledger: .keyed(by: "buyer"))
    let history = History([("a", "issued"), ("a", "sold_out"), ("", "timeout"), ("b", "issued")])
    #expect(history.judge(keyed, ledger: ["a", "b", "c"]).verdict == .pass)
    #expect(history.judge(keyed, ledger: ["a", "b", "c", "d"]).verdict == .fail)
    #expect(history.judge(keyed, ledger: ["a", "b", "b"]).verdict == .fail)
    let open = history.judge(.atMost(1))
    #expect(open.verdict == .inconclusive)
    #expect(
      open.message
        == "1 request without a clear answer has no buyer on record, and may have been issued once too often: only a "
        + "ledger can tell")
    // One more cannot be one too many here.
    let free = History([("a", "issued"), ("a", "sold_out"), ("a", "sold_out"), ("", "timeout"), ("b", "issued")])
    #expect(free.judge(.atMost(2)).verdict == .pass)
    // What may be another's may be theirs too.
    var others = keyed
    guard case .atMost(var rule) = others.rule else { return }
    rule.ledger?.allowsOthers = true
    others.rule = .atMost(rule)
    #expect(history.judge(others, ledger: ["a", "b", "c"]).verdict == .pass)
    #expect(history.judge(others, ledger: ["a", "b", "c", "c"]).verdict == .inconclusive)
  }

  @Test("a row of a promise without a key is no phantom, though nobody knows which it is")
  func keylessRows() {
    let history = History([("a", "issued"), ("", "issued"), ("a", "sold_out")])
    let keyed = Invariant.atMost(1, ledger: .keyed(by: "buyer"))
    #expect(history.judge(keyed, ledger: ["a", "b"]).verdict == .inconclusive)
    #expect(history.judge(keyed, ledger: ["a", "b", "c"]).verdict == .fail)
  }

  @Test("an answer that was told twice has one row")
  func alikeInLedger() {
    var source = MemoryOperations([("issue", "issued")], keys: ["buyer", "coupon"])
    for (buyer, coupon) in [("a", "c1"), ("a", "c1"), ("b", "c2")] {
      source.add("issued", sent: 0, returned: 10, keys: [buyer, coupon])
    }
    var invariant = Invariant.atMost(1, ledger: .keyed(by: "buyer"))
    guard case .atMost(var rule) = invariant.rule else { return }
    rule.distinct = "coupon"
    invariant.rule = .atMost(rule)
    var record = RunRecord.sample()
    record.ledgers[invariant.name] = LedgerRecord(keys: ["a", "b"])
    let finding = Judgement.of(record, scenario: .sample(invariants: [invariant]), operations: source).findings[0]
    #expect(finding.verdict == .pass, "\(finding.message)")
  }
}
