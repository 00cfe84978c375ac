import JSON
import Measurement
import Scenario
import Testing

@testable import Verdict

@Suite struct NeverJudgeTests {
  func judge(
    _ requests: [(outcome: String, sent: UInt64, returned: UInt64)], _ outcomes: [String] = ["lost"],
    isSequential: Bool = false, series: [SeriesRecord] = []
  ) -> Finding {
    var source = MemoryOperations([("issue", "issued"), ("issue", "lost"), ("issue", "timeout")])
    for (place, request) in requests.enumerated() {
      source.add(request.outcome, sent: request.sent, returned: request.returned, user: UInt32(place))
    }
    let invariant = Invariant(
      name: "nothing lost", rule: .never(outcomes.map { OutcomeReference(step: "issue", outcome: $0) }),
      isSequential: isSequential, range: SourceRange(0, 0))
    return Judgement.of(.sample(series), scenario: .sample(invariants: [invariant]), operations: source).findings[0]
  }

  @Test("an outcome that did not occur passes, and one that did is shown, first sent first")
  func occurs() {
    let clean = judge([("issued", 0, 10), ("issued", 5, 15)])
    #expect(clean.verdict == .pass)
    #expect(clean.message == "none of 2 requests ended as issue.lost, up to 2 at once")
    let finding = judge([("issued", 0, 10), ("lost", 9, 20), ("lost", 5, 15), ("timeout", 7, .max)])
    #expect(finding.verdict == .fail)
    #expect(finding.message == "2 requests ended as issue.lost")
    #expect(finding.counterexample?.requests.map(\.user) == [2, 1])
    #expect(judge([("issued", 0, 10), ("timeout", 5, .max)], ["lost", "timeout"]).verdict == .fail)
  }

  @Test("what was never sent is counted though it is on no record")
  func unsent() {
    let finding = judge([], ["connect_refused"], series: [.of("connect_refused", .transport, count: 3)])
    #expect(finding.verdict == .fail)
    #expect(finding.counterexample?.total == 3)
  }

  @Test("no request, or never two at once, proves nothing")
  func nothing() {
    #expect(judge([]).verdict == .invalid)
    #expect(judge([("issued", 0, 10), ("issued", 10, 15)]).verdict == .invalid)
    #expect(judge([("issued", 0, 10), ("issued", 10, 15)], isSequential: true).verdict == .pass)
    #expect(judge([("issued", 0, 10), ("lost", 10, 15)]).verdict == .fail)
    #expect(judge([("issued", 0, 10), ("issued", 5, 15)], series: [.of("issued", count: 3)]).verdict == .inconclusive)
  }
}
