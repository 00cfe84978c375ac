import JSON
import Measurement
import Scenario
import Testing

@testable import Verdict

@Suite struct ConservedJudgeTests {
  struct History {
    var source = MemoryOperations(
      [("issue", "issued"), ("issue", "sold_out"), ("issue", "timeout"), ("put", "stored")], keys: ["buyer"])
    var record = RunRecord.sample()
    var variable: String? = "buyer"
    var isOneRow = false
    var ledger: [String]?
    var allowsOthers = false

    init(_ requests: [(outcome: String, buyer: String)], ledger: [String]?) {
      self.ledger = ledger
      for (place, request) in requests.enumerated() {
        let isAmbiguous = request.outcome == "timeout"
        source.add(
          request.outcome, step: request.outcome == "stored" ? "put" : "issue", sent: UInt64(place),
          returned: isAmbiguous ? Operation.never : 100 + UInt64(place), user: UInt32(place), keys: [request.buyer],
          flags: isAmbiguous ? .ambiguous : [])
      }
    }

    func judge() -> Finding {
      var list = Invariant.Ledger.keyed(by: variable)
      list.allowsOthers = allowsOthers
      let rule = Invariant.Conserved(
        outcomes: [
          OutcomeReference(step: "issue", outcome: "issued"), OutcomeReference(step: "put", outcome: "stored"),
        ], variable: variable, isOneRow: isOneRow, ledger: list)
      let invariant = Invariant(name: "kept", rule: .conserved(rule), range: SourceRange(0, 0))
      var record = record
      if let ledger { record.ledgers["kept"] = LedgerRecord(keys: ledger) }
      return Judgement.of(record, scenario: .sample(invariants: [invariant]), operations: source).findings[0]
    }
  }

  @Test("rows for all that was acknowledged, and for what may have been, agree")
  func clean() {
    let requests = [("issued", "a"), ("issued", "b"), ("sold_out", "c"), ("timeout", "d"), ("stored", "e")]
    for ledger in [["a", "b", "e"], ["d", "e", "b", "a"]] {
      let finding = History(requests, ledger: ledger).judge()
      #expect(finding.verdict == .pass, "\(finding.message)")
      #expect(finding.observed == Quantity(Double(ledger.count), .count))
    }
    #expect(
      History(requests, ledger: ["a", "b", "e"]).judge().message
        == "3 rows in the ledger for 3 requests issued and stored and 1 without a clear answer, up to 4 at once")
  }

  @Test("an answer that was lost, and would have told the key, accounts for one row")
  func unknownKeys() {
    let requests = [("issued", "a"), ("timeout", ""), ("issued", "b")]
    #expect(History(requests, ledger: ["a", "b", "c"]).judge().verdict == .pass)
    let finding = History(requests, ledger: ["a", "b", "c", "d"]).judge()
    #expect(finding.verdict == .fail)
    #expect(finding.message.hasPrefix("the ledger holds 1 row that no request accounts for"))
  }

  @Test("rows of others are left out where the list may have them, and rows that are missing are not")
  func others() {
    var history = History([("issued", "a"), ("issued", "b")], ledger: ["a", "x", "y", "b"])
    #expect(history.judge().verdict == .fail)
    history.allowsOthers = true
    #expect(history.judge().verdict == .pass)
    history.ledger = ["a", "x", "y"]
    #expect(history.judge().verdict == .fail)
  }

  @Test("what was acknowledged and is not there is lost, and its request is shown")
  func lost() throws {
    let finding = History([("issued", "a"), ("issued", "b"), ("issued", "b")], ledger: ["a", "b"]).judge()
    #expect(finding.verdict == .fail)
    #expect(finding.message == "1 request answered issued and stored, and the ledger does not hold them")
    #expect(finding.counterexample?.requests.map(\.user) == [2])
    #expect(finding.counterexample?.total == 1)
  }

  @Test("a row that no request accounts for is a phantom, unless not all requests are on record")
  func phantom() {
    var history = History([("issued", "a"), ("sold_out", "b"), ("timeout", "c")], ledger: ["a", "b", "c", "z", "c"])
    let finding = history.judge()
    #expect(finding.verdict == .fail)
    #expect(finding.counterexample?.rows == ["b", "z", "c"])
    #expect(finding.observed?.text == "3 rows too many")
    #expect(finding.counterexample?.requests.map(\.outcome) == ["sold_out", "timeout"])
    #expect(finding.counterexample?.summary == "the ledger holds more rows than these requests account for")
    history.record.series = [.of("issued", count: 9)]
    #expect(history.judge().verdict == .inconclusive)
    #expect(
      history.judge().message
        == "the ledger holds 3 rows that no request on record accounts for: requests that are not on record may make up "
        + "for it; only 3 of 9 requests of issue and put are on record")
  }

  @Test("requests that share a row leave one, however many they are")
  func oneRow() {
    let requests = [("stored", "a"), ("stored", "a"), ("timeout", "b"), ("timeout", "b"), ("stored", "c")]
    func judge(_ ledger: [String]) -> Finding {
      var history = History(requests, ledger: ledger)
      history.isOneRow = true
      return history.judge()
    }
    #expect(judge(["a", "c"]).verdict == .pass)
    #expect(judge(["a", "b", "c"]).verdict == .pass)
    #expect(judge(["a", "c", "b", "b"]).counterexample?.rows == ["b"])
    #expect(judge(["a", "a", "c"]).counterexample?.rows == ["a"])
    #expect(judge(["a"]).counterexample?.requests.map(\.user) == [4])
  }

  @Test("without a variable the counts are compared")
  func counts() {
    var history = History([("issued", "a"), ("issued", "b"), ("timeout", "c")], ledger: ["x", "y"])
    history.variable = nil
    #expect(history.judge().verdict == .pass)
    history.ledger = ["x", "y", "z", "z"]
    #expect(history.judge().verdict == .fail)
    history.ledger = ["x"]
    #expect(history.judge().counterexample?.totalRows == 1)
  }

  @Test("without a ledger, or without anything acknowledged, there is no verdict")
  func nothing() {
    #expect(History([("issued", "a"), ("issued", "b")], ledger: nil).judge().message == "the ledger was not read")
    #expect(History([("sold_out", "a")], ledger: []).judge().verdict == .invalid)
    #expect(History([], ledger: []).judge().verdict == .invalid)
    #expect(History([("issued", "a")], ledger: ["a"]).judge().verdict == .invalid)
    #expect(History([("issued", "a"), ("issued", "")], ledger: ["a"]).judge().verdict == .inconclusive)
  }

  @Test("after a run that was cut short a row may be that of a request that is not on record")
  func cutShort() {
    for variable in ["buyer", nil] {
      var history = History([("issued", "a"), ("issued", "b")], ledger: ["a", "b", "z"])
      history.variable = variable
      #expect(history.judge().verdict == .fail)
      history.record.ending = .cutOff
      #expect(history.judge().verdict == .inconclusive)
      #expect(history.judge().counterexample == nil)
      history.ledger = ["a"]
      #expect(history.judge().verdict == .fail)
    }
  }
}
