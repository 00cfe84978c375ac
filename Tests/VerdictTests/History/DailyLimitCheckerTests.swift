import Testing

@testable import Verdict

@Suite struct DailyLimitCheckerTests {
  typealias Reason = DailyLimitChecker.Reason

  static let day: UInt64 = 86_400_000_000_000
  /// Midnight in Seoul, at the beginning of a day.
  static let midnight = 20_000 * day - 9 * 3_600_000_000_000

  /// An instant of a day that is `length` instants long, as nanoseconds; they lie around midnight.
  static func instant(_ instant: UInt64, length: UInt64) -> UInt64 {
    midnight + instant / length * day + instant % length * (day / length)
  }

  static func check(
    _ history: [CounterOperation], limit: Int, users: Int = 1, length: UInt64 = 10, zone: DayZone = .kst
  ) -> HistoryResult<Reason> {
    var checker = DailyLimitChecker(limit: limit)
    // What makes no difference is dropped now and then: it comes to the same.
    var condensed = DailyLimitChecker(limit: limit, condensingCount: 3)
    for (place, operation) in history.enumerated() {
      var operation = operation
      operation.invoked = instant(operation.invoked, length: length)
      if operation.returned != .max { operation.returned = instant(operation.returned, length: length) }
      let first = zone.day(of: operation.invoked)
      let last = operation.answer == .ambiguous ? first : zone.day(of: operation.returned)
      checker.add(operation, user: UInt32(place % users), days: first...max(first, last))
      condensed.add(operation, user: UInt32(place % users), days: first...max(first, last))
    }
    let (result, other) = (checker.result(), condensed.result())
    if other.verdict != result.verdict || other.violation?.reason != result.violation?.reason
      || other.violation?.total != result.violation?.total
      || other.violation?.operations.count != result.violation?.operations.count
    {
      Issue.record("\(result), condensed \(other): \(history)")
    }
    return result
  }

  /// Each planted among requests that keep a limit of 2; ten instants make a day.
  struct Fault: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var history: [CounterOperation]
    var violation: HistoryViolation<Reason>
  }

  static let faults: [Fault] = [
    Fault(
      testDescription: "three in a day", history: [.won(11...12), .won(19...19), .won(10...15), .won(20...21)],
      violation: HistoryViolation(.tooMany(user: 0, days: 20_001...20_001), operations: [0, 2, 1])),
    Fault(
      testDescription: "three straddlers, of which one is too many for a full next day",
      history: [.won(9...10), .won(8...11), .won(9...12), .won(13...14), .won(15...16)],
      violation: HistoryViolation(.tooMany(user: 0, days: 20_000...20_001), operations: [0, 1, 2, 3, 4])),
    Fault(
      testDescription: "five straddlers of a midnight, and nothing after",
      history: [.won(9...10), .won(9...11), .won(9...12), .won(9...13), .won(9...14), .won(0...1)],
      violation: HistoryViolation(.tooMany(user: 0, days: 20_000...20_001), operations: [5, 0, 1, 2, 3], total: 2)),
    Fault(
      testDescription: "accepted after the limit was reached",
      history: [.won(0...1), .lost(2...3), .won(4...5), .won(9...10)],
      violation: HistoryViolation(.acceptedAfterRejection(user: 0, day: 20_000), operations: [1, 2])),
    Fault(
      testDescription: "the limit reached at one less",
      history: [.won(11...12), .lost(15...16), .lostTrack(17), .won(18...21), .won(1...2)],
      violation: HistoryViolation(.rejectedTooEarly(user: 0, day: 20_001, possible: 1), operations: [1])),
  ]

  @Test("no order of events explains it", arguments: faults)
  func fails(_ fault: Fault) {
    #expect(DailyLimitCheckerTests.check(fault.history, limit: 2) == .violated(fault.violation))
  }

  @Test("what a correct target may answer holds")
  func correct() {
    let histories: [[CounterOperation]] = [
      [],
      [.won(0...1), .won(9...10), .won(9...11), .won(12...13), .lost(14...14)],
      [.won(0...1), .won(2...3), .lost(4...5), .won(10...11)],
      [.won(0...1), .won(3...9), .lost(4...9), .lost(9...10)],
    ]
    for history in histories { #expect(DailyLimitCheckerTests.check(history, limit: 2) == .holds) }
    // One that may have counted for the day, or not.
    #expect(DailyLimitCheckerTests.check([.won(0...1), .lostTrack(1), .lost(2...3)], limit: 2) == .holds)
    #expect(DailyLimitCheckerTests.check([.won(0...1), .won(1...2), .lostTrack(1)], limit: 2) == .undecided)
    // Under way at two midnights, it says nothing of the days.
    #expect(DailyLimitCheckerTests.check([.won(0...1), .won(1...2), .won(5...25)], limit: 2) == .undecided)
  }

  @Test("a day rolls over at midnight in Seoul, which is three in the afternoon in UTC")
  func zone() {
    // Two before midnight in Seoul and two after; in UTC all of them are of one day.
    let history: [CounterOperation] = [.won(9...9), .won(9...9), .won(10...10), .won(10...10)]
    #expect(DailyLimitCheckerTests.check(history, limit: 2) == .holds)
    #expect(DailyLimitCheckerTests.check(history, limit: 2, zone: .utc).verdict == .fail)
    #expect(DayZone.kst.day(of: DailyLimitCheckerTests.midnight) == 20_000)
    #expect(DayZone.kst.day(of: DailyLimitCheckerTests.midnight - 1) == 19_999)
    #expect(DayZone(secondsAhead: -3600).day(of: 0) == -1)
    #expect(DayZone(secondsAhead: -3600).day(of: 3_600_000_000_000) == 0)
  }

  @Test("each user has a limit of their own")
  func users() {
    let history: [CounterOperation] = [.won(1...2), .won(1...2), .won(3...4), .won(3...4), .won(5...6)]
    #expect(DailyLimitCheckerTests.check(history, limit: 2, users: 5) == .holds)
    #expect(
      DailyLimitCheckerTests.check(history, limit: 2, users: 2)
        == .violated(HistoryViolation(.tooMany(user: 0, days: 20_000...20_000), operations: [0, 2, 4])))
  }

  @Test("it agrees with trying every placement and every order of each day, and never fails what some order explains")
  func oracle() {
    var histories = RandomHistories(seed: 3)
    histories.span = 10
    var violations = 0
    let rounds = oracleHistories(20_000)
    for round in 0..<rounds {
      let limit = histories.number(1...2)
      let history = histories.days(limit: limit, most: 6, isChanged: round % 4 != 0)
      let result = DailyLimitCheckerTests.check(history, limit: limit)
      let oracle = DailyOracle(limit: limit, length: histories.span, history: history)
      let isFailed = result.violation != nil
      // Without answers that the limit is reached, the whole is as its days.
      let isWhole = !history.contains { $0.answer == .rejected || $0.returned - $0.invoked > 9 }
      let isExplained = oracle.isExplained
      if isFailed != !(oracle.fits && oracle.eachDayIsExplained) || isFailed && isExplained
        || isWhole && isFailed == isExplained
      {
        Issue.record("limit \(limit), fits \(oracle.fits), explained \(isExplained), \(result): \(history)")
        return
      }
      guard let violation = result.violation else { continue }
      violations += 1
      let shown = DailyOracle(limit: limit, length: histories.span, history: violation.operations.map { history[$0] })
      if case .tooMany = violation.reason, shown.fits {
        Issue.record("no proof: \(violation) of \(history)")
        return
      }
    }
    let share = Double(violations) / Double(rounds)
    #expect((0.4...0.6).contains(share), "\(violations) of \(rounds)")
  }
}
