import JSON
import Measurement
import Scenario
import Testing

@testable import Verdict

@Suite struct CappedJudgeTests {
  /// 10 buyers at once, a cap of 4: 4 are issued, 6 are sold out, and the ledger agrees.
  struct History {
    var source = MemoryOperations(
      [
        ("issue", "issued"), ("issue", "sold_out"), ("issue", "timeout"), ("issue", "unexpected"), ("status", "ok"),
        ("issue", "failed"),
      ], keys: ["buyer"])
    var record = RunRecord.sample()
    var ledger: [String] = []

    /// - Parameter sequence: The numbers given out, in the order of the answers; `nil` for none.
    init(issued: Int = 4, soldOut: Int = 6, numbers: [Int64?]? = nil) {
      for index in 0..<issued {
        add("issued", buyer: "b\(index)", number: numbers?[index])
        ledger.append("b\(index)")
      }
      for index in 0..<soldOut { add("sold_out", buyer: "s\(index)") }
    }

    mutating func add(
      _ outcome: String, buyer: String, number: Int64? = nil, flags: Operation.Flags = [], serial: Bool = false
    ) {
      let place = UInt64(source.operations.count)
      let sent = serial ? 1000 * place : place
      let answered = flags.contains(.ambiguous) ? Operation.never : serial ? 1000 * place + 10 : 1000 + place
      source.add(
        outcome, sent: sent, returned: answered, user: UInt32(place), keys: [buyer], sequence: number, flags: flags)
    }

    func judge(_ invariant: Invariant) -> Finding {
      var record = record
      if case .capped(let rule) = invariant.rule, rule.ledger != nil, record.ledgers.isEmpty {
        record.ledgers[invariant.name] = LedgerRecord(keys: ledger)
      }
      return Judgement.of(record, scenario: .sample(invariants: [invariant]), operations: source).findings[0]
    }
  }

  static let invariants: [Invariant] = [
    .capped(4), .capped(4, rejected: nil), .capped(4, sequence: "seq"), .capped(4, ledger: .keyed(by: nil)),
    .capped(4, sequence: "seq", ledger: .keyed(by: "buyer")),
  ]

  @Test("a cap that held passes", arguments: invariants)
  func clean(_ invariant: Invariant) {
    let finding = History(numbers: [1, 2, 3, 4]).judge(invariant)
    #expect(finding.verdict == .pass, "\(finding.message)")
    #expect(finding.counterexample == nil)
    #expect(finding.samples == 10)
    #expect(finding.message.hasPrefix("4 of 10 requests issued"))
    #expect(finding.message.hasSuffix("up to 10 at once, 7 of them when the cap was used up"))
    #expect(finding.contention == Contention(peakInFlight: 10, atCap: 7, contestedLimits: 1))
  }

  @Test("one too many fails, and the last to be answered is named")
  func overIssued() throws {
    var history = History(issued: 0, soldOut: 0)
    // Answered in the opposite order of being recorded, as by another worker.
    for place in (0..<5).reversed() {
      history.source.add(
        "issued", sent: UInt64(place), returned: 100 + UInt64(place), user: UInt32(place), keys: ["b\(place)"])
    }
    for place in 0..<5 { history.add("sold_out", buyer: "s\(place)") }
    let finding = history.judge(.capped(4))
    #expect(finding.verdict == .fail)
    #expect(finding.message == "5 issued where the cap is 4: 1 over-issued")
    #expect(finding.observed == Quantity(5, .count))
    let counterexample = try #require(finding.counterexample)
    #expect(counterexample.total == 1)
    let witness = try #require(counterexample.requests.first)
    #expect(counterexample.requests.count == 1)
    #expect(witness.user == 4)
    #expect(witness.keys == [Witness.Key("buyer", "b4")])
    #expect(witness.sent == 4)
    #expect(witness.returned == 104)
    #expect(witness.status == 201)
    #expect(witness.outcome == "issued")
  }

  @Test("of requests that were answered at one instant, those sent first are within the cap")
  func answeredTogether() throws {
    var history = History(issued: 0, soldOut: 0)
    for place in (0..<7).reversed() {
      history.source.add(
        "issued", sent: UInt64(place), returned: place < 2 ? 50 : 100, user: UInt32(place), keys: ["b\(place)"])
    }
    for place in 0..<5 { history.add("sold_out", buyer: "s\(place)") }
    let counterexample = try #require(history.judge(.capped(4)).counterexample)
    #expect(counterexample.requests.map(\.user) == [4, 5, 6])
    #expect(counterexample.total == 3)
  }

  @Test("the offending requests are those with numbers beyond the cap, lowest first, and a few of them are shown")
  func beyondCap() throws {
    let finding = History(issued: 20, soldOut: 5, numbers: (1...20).reversed().map { $0 })
      .judge(.capped(4, sequence: "seq"))
    #expect(finding.verdict == .fail)
    #expect(finding.message == "20 issued where the cap is 4: 16 over-issued; 16 sequence numbers beyond 1…4 given out")
    let counterexample = try #require(finding.counterexample)
    #expect(counterexample.requests.map(\.sequence) == [5, 6, 7, 8, 9])
    #expect(counterexample.requests.map { $0.keys[0].value } == ["b15", "b14", "b13", "b12", "b11"])
    #expect(counterexample.total == 16)
  }

  @Test("a number beyond the cap fails though there are not too many", arguments: [5, 0, -1] as [Int64])
  func numberOutside(_ number: Int64) {
    let finding = History(numbers: [1, 2, 3, number]).judge(.capped(4, sequence: "seq"))
    #expect(finding.verdict == .fail)
    #expect(finding.message == "1 sequence number beyond 1…4 given out")
    #expect(finding.counterexample?.requests.map(\.sequence) == [number])
  }

  @Test("a number that two have fails, and both are shown")
  func repeated() throws {
    let finding = History(numbers: [1, 2, 3, 2]).judge(.capped(4, sequence: "seq"))
    #expect(finding.verdict == .fail)
    #expect(finding.message == "1 request issued with a sequence number that another had before")
    let counterexample = try #require(finding.counterexample)
    #expect(counterexample.requests.map { $0.keys[0].value } == ["b1", "b3"])
    #expect(counterexample.requests.map(\.sequence) == [2, 2])
  }

  @Test("an over-issue with repeated numbers below the cap shows the requests that share one")
  func lostUpdate() throws {
    let finding = History(issued: 6, numbers: [1, 1, 2, 2, 3, 4]).judge(.capped(4, sequence: "seq"))
    #expect(finding.message.hasPrefix("6 issued where the cap is 4: 2 over-issued"))
    #expect(finding.counterexample?.requests.map(\.sequence) == [1, 1])
    #expect(finding.counterexample?.total == 4)
  }

  @Test("a missing number leaves the rule undecided")
  func unnumbered() {
    let finding = History(numbers: [1, 2, 3, nil]).judge(.capped(4, sequence: "seq"))
    #expect(finding.verdict == .inconclusive)
    #expect(finding.message == "1 request answered issued without a sequence number")
  }

  @Test("a ledger over the cap fails though the client saw fewer")
  func ledgerOverCap() throws {
    var history = History(issued: 3)
    history.add("timeout", buyer: "t0", flags: .ambiguous)
    history.add("timeout", buyer: "t1", flags: .ambiguous)
    history.ledger = ["b0", "b1", "b2", "t0", "t1"]
    let finding = history.judge(.capped(4, ledger: .keyed(by: "buyer")))
    #expect(finding.verdict == .fail)
    #expect(finding.message == "the ledger holds 5 rows: 1 too many")
    #expect(finding.counterexample?.rows == ["t1"])
    #expect(finding.counterexample?.totalRows == 1)
  }

  @Test("requests without a clear answer are settled by the ledger, and without one by nothing")
  func ambiguous() {
    var history = History(issued: 3)
    history.add("timeout", buyer: "t0", flags: .ambiguous)
    history.add("timeout", buyer: "t1", flags: .ambiguous)
    let open = history.judge(.capped(4))
    #expect(open.verdict == .inconclusive)
    #expect(
      open.message
        == "between 3 and 5 were issued, since 2 requests had no clear answer: "
        + "only a ledger can tell whether the cap of 4 held")
    history.ledger.append("t1")
    #expect(history.judge(.capped(4, ledger: .keyed(by: "buyer"))).verdict == .pass)
  }

  @Test(
    "numbers raise the lower end of what may have been issued, and not the upper one",
    arguments: [(6, 4, 5), (0, 4, 5)])
  func bracketOfNumbers(soldOut: Int, least: Int, most: Int) {
    var history = History(issued: 3, soldOut: soldOut, numbers: [1, 2, 4])
    history.add("timeout", buyer: "t0", flags: .ambiguous)
    history.add("timeout", buyer: "t1", flags: .ambiguous)
    let finding = history.judge(.capped(4, rejected: soldOut == 0 ? nil : "sold_out", sequence: "seq"))
    #expect(finding.verdict == .inconclusive)
    #expect(finding.message.hasPrefix("between \(least) and \(most) were issued"), "\(finding.message)")
    // Without the numbers nobody knows that the third went to anyone.
    #expect(history.judge(.capped(4, rejected: nil)).message.hasPrefix("between 3 and 5 were issued"))
    // One request more than there are numbers for is told by them, and not by the counts.
    let over = History(issued: 3, soldOut: 6, numbers: [1, 2, 5])
    #expect(over.judge(.capped(4, sequence: "seq")).verdict == .fail)
  }

  @Test("acknowledged and not in the ledger is lost", arguments: ["buyer", nil])
  func lost(_ variable: String?) {
    var history = History()
    history.ledger.remove(at: 2)
    let finding = history.judge(.capped(4, ledger: .keyed(by: variable)))
    #expect(finding.verdict == .fail)
    #expect(finding.message == "1 request answered issued, and the ledger does not hold them")
    #expect(finding.counterexample?.rows == (variable == nil ? [] : ["b2"]))
    #expect(finding.counterexample?.requests.map(\.user) == (variable == nil ? [] : [2]))
    #expect(finding.counterexample?.totalRows == 1)
  }

  @Test("in the ledger and accounted for by nobody is a phantom")
  func phantom() {
    var history = History(issued: 3)
    history.add("timeout", buyer: "t0", flags: .ambiguous)
    history.ledger = ["b0", "b1", "b2", "x"]
    let finding = history.judge(.capped(4, ledger: .keyed(by: "buyer")))
    #expect(finding.verdict == .fail)
    #expect(finding.message.hasPrefix("the ledger holds 1 row that no request accounts for"))
    #expect(finding.counterexample?.rows == ["x"])
    // In number alone, the timeout may account for it.
    #expect(history.judge(.capped(4, ledger: .keyed(by: nil))).verdict == .pass)
  }

  @Test(
    "told that nothing happened, and in the ledger: the requests are shown, and no shortage is made of it",
    arguments: ["seq", nil])
  func failedAndApplied(_ sequence: String?) throws {
    var history = History(issued: 2, soldOut: 3, numbers: [1, 4])
    history.add("failed", buyer: "f0", flags: .error)
    history.add("failed", buyer: "f1", flags: .error)
    history.add("failed", buyer: "f2", flags: .error)
    history.ledger += ["f2", "f1"]
    let invariant = Invariant.capped(4, sequence: sequence, ledger: .keyed(by: "buyer"))
    let finding = history.judge(invariant)
    #expect(finding.verdict == .fail)
    #expect(
      finding.message
        == "the ledger holds 2 rows that no request accounts for (a target that was not reset before the run looks the same)"
    )
    #expect(finding.observed?.text == "2 rows too many")
    let counterexample = try #require(finding.counterexample)
    #expect(counterexample.summary == "answered failed, and the ledger holds a row of the same buyer")
    #expect(counterexample.requests.map { $0.keys.map(\.value) } == [["f2"], ["f1"]])
    #expect(counterexample.total == 2)
    #expect(counterexample.rows == ["f2", "f1"])
    // A failure that promises nothing may have left them.
    for place in 5..<8 { history.source.operations[place].flags = [.error, .ambiguous] }
    #expect(history.judge(invariant).verdict == .pass, "\(history.judge(invariant).message)")
    // Nor is it one where the ledger is short too.
    history.ledger.removeLast()
    for place in 5..<8 { history.source.operations[place].flags = .error }
    #expect(history.judge(invariant).message.contains("answered sold_out though no more than 2 of 4") == true)
  }

  @Test("what is shown as observed is what is wrong")
  func observed() {
    func observed(_ history: History, _ invariant: Invariant) -> String? { history.judge(invariant).observed?.text }
    let keyed = Invariant.capped(4, ledger: .keyed(by: "buyer"))
    var history = History()
    #expect(observed(history, keyed) == "4")
    history.ledger = ["b0", "b1", "b2"]
    #expect(observed(history, keyed) == "1 row missing")
    history.ledger = ["b0", "b1", "b2", "b3", "s0", "s1"]
    #expect(observed(history, keyed) == "2 rows too many")
    #expect(observed(History(issued: 5), .capped(4)) == "5")
    #expect(observed(History(numbers: [1, 2, 3, 9]), .capped(4, sequence: "seq")) == "1 beyond the cap")
    #expect(observed(History(numbers: [1, 2, 2, 2]), .capped(4, sequence: "seq")) == "2 with another's number")
  }

  @Test("a ledger that could not be read decides nothing")
  func unreadLedger() {
    var history = History()
    let invariant = Invariant.capped(4, ledger: .keyed(by: "buyer"))
    history.record.ledgers[invariant.name] = LedgerRecord(keys: [], failure: "status 500")
    #expect(history.judge(invariant).verdict == .invalid)
    #expect(history.judge(invariant).message == "the ledger could not be read: status 500")
    history.record.ledgers = ["another": LedgerRecord(keys: [])]
    #expect(history.judge(invariant).message == "the ledger was not read")
  }

  @Test("told sold out while some were left fails")
  func soldOutEarly() {
    let finding = History(issued: 3).judge(.capped(4))
    #expect(finding.verdict == .fail)
    #expect(finding.message.hasPrefix("6 requests answered sold_out though no more than 3 of 4 can have been issued"))
    var history = History(issued: 3)
    history.add("timeout", buyer: "t", flags: .ambiguous)
    #expect(history.judge(.capped(4)).verdict == .pass)
  }

  /// A cap of 2 in real time: each row is sent and answered at the given instants.
  func judge(
    _ rows: [(outcome: String, sent: UInt64, returned: UInt64, number: Int64?)], sequence: String?,
    _ change: (inout History) -> Void = { _ in }
  ) -> Finding {
    var history = History(issued: 0, soldOut: 0)
    for (place, row) in rows.enumerated() {
      history.source.add(
        row.outcome, sent: row.sent, returned: row.returned, user: UInt32(place), keys: ["b\(place)"],
        sequence: row.number, flags: row.outcome == "timeout" ? .ambiguous : [])
    }
    change(&history)
    return history.judge(.capped(2, sequence: sequence))
  }

  @Test("issued though sent after somebody was told sold out fails by the two", arguments: ["seq", nil])
  func afterSoldOut(_ sequence: String?) throws {
    let finding = judge(
      [("issued", 0, 5, 1), ("sold_out", 1, 9, nil), ("issued", 10, 12, 2), ("sold_out", 2, 11, nil)],
      sequence: sequence)
    #expect(finding.verdict == .fail)
    #expect(finding.message == "1 request answered issued though sent after another was answered sold_out")
    #expect(finding.counterexample?.requests.map(\.user) == [1, 2])
  }

  @Test("a larger number answered before the smaller one was asked for fails by the two")
  func inverted() throws {
    let rows: [(outcome: String, sent: UInt64, returned: UInt64, number: Int64?)] = [
      ("sold_out", 1, 30, nil), ("issued", 0, 5, 2), ("issued", 10, 12, 1),
    ]
    let finding = judge(rows, sequence: "seq")
    #expect(finding.verdict == .fail)
    #expect(
      finding.message
        == "1 request answered issued with a larger sequence number than one that was sent only after the answer")
    #expect(finding.counterexample?.summary == "2 had been given out before the request was sent that got 1")
    #expect(finding.counterexample?.requests.map(\.sequence) == [2, 1])
    #expect(judge(rows, sequence: nil).verdict == .pass)
  }

  @Test("a number that nobody can have got fails, unless not all requests are on record")
  func missingNumber() {
    // The timeout was sent too late to have got number 1.
    let rows: [(outcome: String, sent: UInt64, returned: UInt64, number: Int64?)] = [
      ("issued", 0, 5, 2), ("timeout", 6, Operation.never, nil), ("sold_out", 1, 30, nil),
    ]
    let finding = judge(rows, sequence: "seq")
    #expect(finding.verdict == .fail)
    #expect(
      finding.message
        == "sequence number 1 was given to no request, and none without a clear answer had been sent before a later "
        + "answer (a target that was not reset before the run looks the same)")
    #expect(finding.counterexample?.requests.map(\.sequence) == [2])
    #expect(judge(rows, sequence: nil).verdict == .pass)
    #expect(judge(rows, sequence: "seq") { $0.record.ending = .cutOff }.verdict != .fail)
    #expect(judge(rows, sequence: "seq") { $0.record.series = [.of("issued", count: 4)] }.verdict == .inconclusive)
  }

  @Test("what is not on record may have got what is missing, whatever the counts and the numbers seem to tell")
  func notWhole() {
    // As after a kill: one worker's refusals are on record, and the other's acceptances are not.
    let rows: [(outcome: String, sent: UInt64, returned: UInt64, number: Int64?)] = [
      ("issued", 0, 5, 2), ("sold_out", 1, 30, nil), ("sold_out", 2, 31, nil),
    ]
    for sequence in ["seq", nil] {
      #expect(judge(rows, sequence: sequence).verdict == .fail)
      for ending in [RunEnding.cutOff, .interrupted("SIGINT")] {
        let finding = judge(rows, sequence: sequence) { $0.record.ending = ending }
        #expect(finding.verdict == .inconclusive, "\(finding.message)")
        #expect(finding.message.contains("requests that are not on record may make up for it"))
      }
      let short = judge(rows, sequence: sequence) {
        $0.record.series = [.of("issued", count: 2), .of("sold_out", count: 2)]
      }
      #expect(short.verdict == .inconclusive, "\(short.message)")
    }
    // What is on record proves what it proves.
    #expect(judge(rows + [("issued", 40, 50, 1)], sequence: nil) { $0.record.ending = .cutOff }.verdict == .fail)
    #expect(judge(rows + [("issued", 3, 50, 3)], sequence: "seq") { $0.record.ending = .cutOff }.verdict == .fail)
  }

  @Test("a row whose request is not on record is no phantom, and one that is missing is lost all the same")
  func notWholeLedger() {
    for variable in ["buyer", nil] {
      let invariant = Invariant.capped(4, ledger: .keyed(by: variable))
      var history = History(issued: 3)
      history.ledger.append("x")
      #expect(history.judge(invariant).verdict == .fail)
      history.record.series = [.of("issued", count: 4), .of("sold_out", count: 6)]
      let finding = history.judge(invariant)
      #expect(finding.verdict == .inconclusive, "\(finding.message)")
      #expect(finding.observed?.text == "3")
      history.record.series = []
      history.record.ending = .cutOff
      #expect(history.judge(invariant).verdict == .inconclusive)
      history.ledger.removeFirst(2)
      #expect(history.judge(invariant).verdict == .fail)
    }
  }

  @Test("a row of an answer that was lost is no phantom where only the answer would have told its key")
  func unknownKeys() {
    func judge(_ ledger: [String], issued: [String] = ["c1"]) -> Finding {
      var history = History(issued: 0, soldOut: 0)
      for coupon in issued { history.add("issued", buyer: coupon) }
      history.add("timeout", buyer: "", flags: .ambiguous)
      history.add("sold_out", buyer: "")
      history.ledger = ledger
      return history.judge(.capped(2, ledger: .keyed(by: "buyer")))
    }
    #expect(judge(["c1", "c2"]).verdict == .pass, "\(judge(["c1", "c2"]).message)")
    #expect(judge(["c1"]).verdict == .pass)
    #expect(judge(["c2"]).verdict == .fail)
    #expect(judge(["c1", "c2", "c3"]).verdict == .fail)
    // A promise without a key has a row too, and nobody knows which.
    let keyless = judge(["c1", "c2"], issued: ["c1", ""])
    #expect(keyless.verdict == .inconclusive)
    #expect(keyless.message == "1 request answered issued without a buyer")
  }

  @Test("rows beyond those that lost answers can have left are phantoms")
  func unknownKeysAndPhantoms() {
    var history = History(issued: 1, soldOut: 3)
    history.add("timeout", buyer: "", flags: .ambiguous)
    history.ledger += ["x", "y"]
    let finding = history.judge(.capped(4, ledger: .keyed(by: "buyer")))
    #expect(finding.verdict == .fail)
    #expect(finding.message.contains("the ledger holds 1 row that no request accounts for"))
  }

  @Test("told sold out before enough were asked for fails by that answer")
  func soldOutBeforeEnough() {
    let finding = judge(
      [("issued", 0, 5, nil), ("sold_out", 1, 9, nil), ("timeout", 10, Operation.never, nil)], sequence: nil)
    #expect(finding.verdict == .fail)
    #expect(
      finding.message
        == "answered sold_out when no more than 1 of 2 can have been issued "
        + "(a target that was not reset before the run looks the same)")
    #expect(finding.counterexample?.requests.map(\.user) == [1])
    #expect(
      judge(
        [("issued", 0, 5, nil), ("sold_out", 1, 9, nil), ("timeout", 9, Operation.never, nil)], sequence: nil
      ).verdict == .pass)
  }

  @Test(
    "what was not put to the test is invalid",
    arguments: [
      (4, 0, "not exercised: 4 requests cannot pass a cap of 4"),
      (0, 0, "not exercised: no request of issue was sent"),
    ])
  func notExercised(_ issued: Int, _ soldOut: Int, _ message: String) {
    let finding = History(issued: issued, soldOut: soldOut).judge(.capped(4))
    #expect(finding.verdict == .invalid)
    #expect(finding.message == message)
  }

  @Test("a cap that errors kept out of reach was not put to the test")
  func outOfReach() {
    var history = History(issued: 1, soldOut: 0)
    for index in 0..<9 { history.add("unexpected", buyer: "u\(index)") }
    let finding = history.judge(.capped(4))
    #expect(finding.verdict == .invalid)
    #expect(
      finding.message == "not exercised: no more than 1 of 10 requests can have been issued, and the cap is 4")
  }

  @Test("a cap that nobody came after was not put to the test")
  func nobodyAfter() {
    var history = History(issued: 4, soldOut: 0)
    for index in 0..<6 { history.add("unexpected", buyer: "u\(index)") }
    #expect(history.judge(.capped(4)).verdict == .invalid)
    #expect(history.judge(.capped(4)).message.hasPrefix("not exercised: nobody was answered sold_out"))
    #expect(history.judge(.capped(4, rejected: nil)).verdict == .pass)
  }

  @Test("requests one after the other contend for nothing")
  func serial() {
    var history = History(issued: 0, soldOut: 0)
    for index in 0..<4 { history.add("issued", buyer: "b\(index)", serial: true) }
    for index in 0..<6 { history.add("sold_out", buyer: "s\(index)", serial: true) }
    let finding = history.judge(.capped(4))
    #expect(finding.verdict == .invalid)
    #expect(finding.message.hasPrefix("not exercised: no two requests of issue were in flight together"))
  }

  @Test("a run that was cut short had no time to put it to the test")
  func cutShort() {
    var history = History(issued: 2, soldOut: 0)
    history.record.ending = .interrupted("SIGINT")
    #expect(history.judge(.capped(4)).verdict == .inconclusive)
    #expect(History(issued: 2, soldOut: 0).judge(.capped(4)).verdict == .invalid)
  }

  @Test("fewer requests on record than were counted leave the rule undecided")
  func incomplete() {
    var history = History()
    history.record.series = [.of("issued", count: 4), .of("sold_out", count: 7), .of("ok", step: "status", count: 3)]
    #expect(history.judge(.capped(4)).message == "only 10 of 11 requests of issue are on record")
    #expect(history.judge(.capped(4)).verdict == .inconclusive)
    // Requests of the warm-up are on record, and not counted.
    history.add("sold_out", buyer: "w", flags: .warmUp)
    #expect(history.judge(.capped(4)).verdict == .inconclusive)
    history.record.series = [.of("issued", count: 4), .of("sold_out", count: 6)]
    #expect(history.judge(.capped(4)).verdict == .pass)
  }

  @Test("requests of other steps are none of its business")
  func otherSteps() {
    var history = History()
    for place in 0..<20 { history.source.add("ok", step: "status", sent: UInt64(place), returned: 50) }
    #expect(history.judge(.capped(4)).samples == 10)
  }

  @Test("requests that cannot be read leave the rule undecided")
  func unreadable() {
    var history = History()
    history.source.failure = OperationSourceError("history/worker-0: ends within a record")
    let finding = history.judge(.capped(4))
    #expect(finding.verdict == .inconclusive)
    #expect(finding.message == "the recorded requests cannot be read: history/worker-0: ends within a record")
    let none = Judgement.of(.sample(), scenario: .sample(invariants: [.capped(4)])).findings[0]
    #expect(none.verdict == .inconclusive)
    #expect(none.text == "at most 4 issued")
  }

  @Test("in many histories drawn at random, exactly those with a planted over-issue fail")
  func random() {
    var generator = SeededGenerator(state: 42)
    for _ in 0..<300 {
      let cap = Int.random(in: 1...30, using: &generator)
      let excess = Bool.random(using: &generator) ? Int.random(in: 1...5, using: &generator) : 0
      let numbers = (1...Int64(cap + excess)).shuffled(using: &generator)
      let history = History(issued: cap + excess, soldOut: 40, numbers: numbers.map { $0 })
      let invariant = Invariant.capped(cap, sequence: "seq", ledger: .keyed(by: "buyer"))
      let finding = history.judge(invariant)
      #expect(finding.verdict == (excess > 0 ? .fail : .pass), "\(finding.message)")
      #expect(finding.counterexample?.total ?? 0 == UInt64(excess))
    }
  }
}
