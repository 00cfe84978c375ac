import Testing

@testable import Verdict

@Suite struct CappedSequenceCheckerTests {
  typealias Reason = CappedSequenceChecker.Reason

  static func check(_ history: [CounterOperation], cap: Int) -> HistoryResult<Reason> {
    var checker = CappedSequenceChecker(cap: cap)
    for operation in history { checker.add(operation) }
    let result = checker.result()
    // In ranges of numbers it comes to the same; of two that returned at one instant either may be shown.
    var ranged = CappedSequenceChecker(cap: cap, ranges: 3)
    for operation in history { ranged.add(operation) }
    for _ in 1..<ranged.rangeCount {
      ranged.endRange()
      for (index, operation) in history.enumerated() { ranged.addAgain(operation, index: index) }
    }
    let other = ranged.result()
    if other.violation?.reason != result.violation?.reason || other.violation?.total != result.violation?.total
      || other.violation?.operations.map({ history[$0].returned })
        != result.violation?.operations.map({ history[$0].returned })
    {
      Issue.record("\(result), in ranges \(other): \(history)")
    }
    return result
  }

  /// Each planted in a history that a correct counter may leave.
  struct Fault: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var cap: Int
    var history: [CounterOperation]
    var violation: HistoryViolation<Reason>
  }

  static let faults: [Fault] = [
    Fault(
      testDescription: "a number beyond the cap", cap: 2,
      history: [
        .won(1, 0...1), .won(4, 0...2), .won(3, 0...3), .won(2, 0...3),
      ], violation: HistoryViolation(.numberOutside(3), operations: [2], total: 2)),
    Fault(
      testDescription: "a number below one", cap: 2, history: [.won(1, 0...1), .won(0, 0...2)],
      violation: HistoryViolation(.numberOutside(0), operations: [1])),
    Fault(
      testDescription: "a number given twice", cap: 3,
      history: [.won(2, 0...5), .won(1, 0...9), .won(2, 0...4), .won(2, 0...6)],
      violation: HistoryViolation(.numberRepeated(2), operations: [2, 0], total: 2)),
    Fault(
      testDescription: "accepted after the cap was reached", cap: 2,
      history: [.won(1, 0...1), .lost(2...3), .won(2, 4...5)],
      violation: HistoryViolation(.acceptedAfterRejection, operations: [1, 2])),
    Fault(
      testDescription: "a smaller number after a larger one", cap: 9,
      history: [.won(3, 0...1), .won(1, 2...5), .won(2, 9...10)],
      violation: HistoryViolation(.inverted(returned: 3, invokedLater: 2), operations: [0, 2])),
    Fault(
      testDescription: "a number that nobody got", cap: 9, history: [.won(3, 0...1), .won(1, 0...2)],
      violation: HistoryViolation(.numberMissing(2, needed: 1, candidates: 0), operations: [0])),
    Fault(
      testDescription: "a number that the unanswered came too late for", cap: 9,
      history: [.won(3, 0...4), .won(1, 0...2), .lostTrack(5)],
      violation: HistoryViolation(.numberMissing(2, needed: 1, candidates: 0), operations: [0])),
    Fault(
      testDescription: "the cap reached at one less", cap: 3,
      history: [.won(2, 0...1), .won(1, 0...2), .lost(3...4), .lost(3...9)],
      violation: HistoryViolation(.numberMissing(3, needed: 1, candidates: 0), operations: [2])),
    Fault(
      testDescription: "the cap reached before anybody was accepted", cap: 1_000_000_000,
      history: [.lost(0...4), .lostTrack(0), .lostTrack(4), .lostTrack(5)],
      violation: HistoryViolation(
        .numberMissing(3, needed: 3, candidates: 2), operations: [0], total: 999_999_998)),
  ]

  @Test("no order of events explains it", arguments: faults)
  func fails(_ fault: Fault) {
    #expect(CappedSequenceCheckerTests.check(fault.history, cap: fault.cap) == .violated(fault.violation))
  }

  @Test("what a correct counter may leave holds")
  func correct() {
    let histories: [[CounterOperation]] = [
      [],
      [.lostTrack(3)],
      [.won(2, 0...4), .won(1, 4...5)],
      [.won(2, 0...1), .lostTrack(1)],
      [.won(1, 0...9), .won(2, 1...2), .won(3, 1...3), .lost(3...4)],
      [.lostTrack(0), .lostTrack(2), .lostTrack(4), .lost(1...4)],
    ]
    for history in histories { #expect(CappedSequenceCheckerTests.check(history, cap: 3) == .holds) }
  }

  @Test("it agrees with the search through all orders, and its witnesses are a proof")
  func oracle() {
    var histories = RandomHistories(seed: 1)
    var violations = 0
    let rounds = oracleHistories(200_000)
    for round in 0..<rounds {
      let cap = histories.number(1...4)
      let history = histories.counter(cap: cap, most: 7, isChanged: round % 4 != 0)
      let result = CappedSequenceCheckerTests.check(history, cap: cap)
      let isExplained = LinearizabilitySearch.explains(history, cap: cap, numbered: true)
      if isExplained != (result == .holds) {
        Issue.record("cap \(cap), explained \(isExplained), \(result): \(history)")
        return
      }
      guard let violation = result.violation else { continue }
      violations += 1
      let shown = violation.operations.map { history[$0] }
      switch violation.reason {
      case .inverted, .acceptedAfterRejection, .numberRepeated:
        // Two that no order explains, whoever got the numbers between.
        let others = (0..<cap).map { _ in CounterOperation(.ambiguous, invoked: 0) }
        if LinearizabilitySearch.explains(shown + others, cap: cap, numbered: true) {
          Issue.record("no proof: \(violation) of \(history)")
          return
        }
      case .numberOutside(let number): #expect(shown.map(\.number) == [number])
      case .numberMissing(let number, let needed, let candidates):
        if shown.count != 1 || needed != candidates + 1 || shown[0].answer == .accepted && shown[0].number < number {
          Issue.record("no proof: \(violation) of \(history)")
          return
        }
      }
    }
    let share = Double(violations) / Double(rounds)
    #expect((0.4...0.6).contains(share), "\(violations) of \(rounds)")
  }
}

@Suite struct CappedCountCheckerTests {
  typealias Reason = CappedCountChecker.Reason

  static func check(_ history: [CounterOperation], cap: Int) -> HistoryResult<Reason> {
    var checker = CappedCountChecker(cap: cap)
    for operation in history { checker.add(operation) }
    return checker.result()
  }

  @Test("one too many fails by the first to return beyond the cap")
  func tooMany() {
    let history: [CounterOperation] = [.won(0...9), .won(0...3), .won(0...5), .won(0...7)]
    #expect(
      CappedCountCheckerTests.check(history, cap: 2)
        == .violated(HistoryViolation(.tooMany(accepted: 4), operations: [3], total: 2)))
    #expect(CappedCountCheckerTests.check(history, cap: 4) == .holds)
  }

  @Test("accepted though invoked after somebody was told that the cap was reached fails by the two")
  func afterRejection() {
    let history: [CounterOperation] = [.won(0...1), .lost(2...8), .lost(2...3), .won(4...5), .won(5...6)]
    #expect(
      CappedCountCheckerTests.check(history, cap: 3)
        == .violated(HistoryViolation(.acceptedAfterRejection, operations: [2, 4], total: 2)))
  }

  @Test("told too early that the cap was reached fails by that answer")
  func tooEarly() {
    let history: [CounterOperation] = [.won(0...1), .lost(2...8), .lost(2...3), .lostTrack(4)]
    #expect(
      CappedCountCheckerTests.check(history, cap: 2)
        == .violated(HistoryViolation(.rejectedTooEarly(possible: 1), operations: [2])))
    #expect(CappedCountCheckerTests.check(history.dropLast() + [.lostTrack(3)], cap: 2) == .holds)
  }

  @Test("what the unanswered may hide is undecided")
  func undecided() {
    #expect(CappedCountCheckerTests.check([.won(0...1), .lostTrack(1)], cap: 1) == .undecided)
    #expect(CappedCountCheckerTests.check([.won(0...1), .lostTrack(1)], cap: 2) == .holds)
  }

  @Test("it agrees with the search through all orders")
  func oracle() {
    var histories = RandomHistories(seed: 2)
    var violations = 0
    let rounds = oracleHistories(200_000)
    for round in 0..<rounds {
      let cap = histories.number(1...3)
      let history = histories.counter(cap: cap, most: 7, isChanged: round % 16 != 0)
      let result = CappedCountCheckerTests.check(history, cap: cap)
      let isExplained = LinearizabilitySearch.explains(history, cap: cap, numbered: false)
      if isExplained != (result.violation == nil) {
        Issue.record("cap \(cap), explained \(isExplained), \(result): \(history)")
        return
      }
      if !isExplained { violations += 1 }
      let most = history.count { $0.answer != .rejected }
      if isExplained, (result == .undecided) != (most > cap) {
        Issue.record("cap \(cap), \(result): \(history)")
        return
      }
    }
    let share = Double(violations) / Double(rounds)
    #expect((0.4...0.6).contains(share), "\(violations) of \(rounds)")
  }
}

extension CounterOperation {
  static func won(_ number: Int64, _ span: ClosedRange<UInt64>) -> CounterOperation {
    CounterOperation(.accepted, invoked: span.lowerBound, returned: span.upperBound, number: number)
  }

  static func won(_ span: ClosedRange<UInt64>) -> CounterOperation { won(0, span) }

  static func lost(_ span: ClosedRange<UInt64>) -> CounterOperation {
    CounterOperation(.rejected, invoked: span.lowerBound, returned: span.upperBound)
  }

  static func lostTrack(_ invoked: UInt64) -> CounterOperation { CounterOperation(.ambiguous, invoked: invoked) }
}
