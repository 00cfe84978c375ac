import JSON
import Measurement
import Scenario
import Testing

@testable import Verdict

@Suite struct DailyLimitJudgeTests {
  /// 23:59:50 on 28 February 2026 in Seoul, nanoseconds since 1970.
  static let start: UInt64 = 1_772_290_790 * second
  static let second: UInt64 = 1_000_000_000

  struct History {
    var source = MemoryOperations([("play", "played"), ("play", "full"), ("play", "timeout")], keys: ["player"])
    var record = RunRecord.sample()
    var tolerance: UInt64? = 0
    var zone = Invariant.Zone(name: "Asia/Seoul", secondsAhead: 9 * 3600)
    var isSequential = true

    init() { record.clock.startedAt = start }

    /// - Parameter sent: Seconds after the start; answered half a second later, unless it is said.
    mutating func add(_ outcome: String, _ sent: Double, returned: Double? = nil, player: String = "a") {
      let returned = outcome == "timeout" ? Operation.never : UInt64((returned ?? sent + 0.5) * 1e9)
      source.add(
        outcome, step: "play", sent: UInt64(sent * 1e9), returned: returned, user: UInt32(source.operations.count),
        keys: [player], flags: outcome == "timeout" ? .ambiguous : [])
    }

    func judge(limit: Int = 2) -> Finding {
      let rule = Invariant.DailyLimit(
        limit: limit, accepted: OutcomeReference(step: "play", outcome: "played"),
        rejected: OutcomeReference(step: "play", outcome: "full"), variable: "player", zone: zone, tolerance: tolerance)
      let invariant = Invariant(
        name: "two a day", rule: .dailyLimit(rule), isSequential: isSequential, range: SourceRange(0, 0))
      return Judgement.of(record, scenario: .sample(invariants: [invariant]), operations: source).findings[0]
    }
  }

  @Test("a share that begins anew at midnight of the zone passes, and midnight elsewhere does not count")
  func midnight() {
    var history = History()
    for sent in [1.0, 2, 11, 12] { history.add("played", sent) }
    for sent in [3.0, 13] { history.add("full", sent) }
    let finding = history.judge()
    #expect(finding.verdict == .pass, "\(finding.message)")
    #expect(finding.message.hasPrefix("at most 2 played on each of 2 days for each of 1 value of player, and up to 3"))
    #expect(finding.text == "at most 2 play.played a day (Asia/Seoul) per player")
    history.zone = Invariant.Zone(name: "UTC", secondsAhead: 0)
    #expect(history.judge().verdict == .fail)
  }

  @Test("one too many fails, and names the day and the requests")
  func tooMany() throws {
    var history = History()
    for sent in [11.0, 12, 13] { history.add("played", sent) }
    history.add("full", 14)
    let finding = history.judge()
    #expect(finding.verdict == .fail)
    #expect(finding.message == "1 request played beyond the limit of 2 a day")
    let counterexample = try #require(finding.counterexample)
    #expect(counterexample.summary == "played 3 times on 2026-03-01 (Asia/Seoul) for player a, where 2 may be")
    #expect(counterexample.requests.map(\.user) == [0, 1, 2])
    #expect(!counterexample.explanation.isEmpty)
  }

  @Test("what was under way at midnight counts for the day that has room")
  func straddler() {
    var history = History()
    for sent in [1.0, 2] { history.add("played", sent) }
    history.add("played", 9.9, returned: 10.1)
    history.add("played", 12)
    history.add("full", 5)
    #expect(history.judge().verdict == .pass)
    history.add("played", 13)
    #expect(history.judge().verdict == .fail)
  }

  @Test("a clock that may be off makes straddlers of those near to midnight")
  func tolerance() {
    var history = History()
    for sent in [10.2, 12, 13] { history.add("played", sent) }
    history.add("full", 15)
    #expect(history.judge().verdict == .fail)
    history.tolerance = nil
    #expect(history.judge().verdict == .pass)
  }

  @Test("turned away while something was left of the day fails, unless it may have been the day before")
  func tooEarly() {
    var history = History()
    history.add("played", 11)
    history.add("full", 12)
    for sent in [1.0, 2] { history.add("played", sent) }
    history.add("full", 3)
    let finding = history.judge()
    #expect(finding.verdict == .fail)
    #expect(finding.message == "1 value of player told full with something left of the day")
    #expect(finding.observed?.text == "1 full too early")
    #expect(finding.bound?.value == 0)
    history.record.ending = .interrupted("SIGINT")
    #expect(history.judge().verdict != .fail)
  }

  @Test("a request without a clear answer that may be one too many leaves it open")
  func ambiguous() {
    var history = History()
    for sent in [11.0, 12] { history.add("played", sent) }
    history.add("timeout", 13)
    let finding = history.judge()
    #expect(finding.verdict == .inconclusive)
    #expect(finding.message == "1 request had no clear answer, and may have been played once too often on a day")
  }

  @Test("what may be one too many stays open beside a refusal that proves nothing in a run that was cut short")
  func openBesideShortage() {
    var history = History()
    history.add("played", 11)
    history.add("full", 11.1)
    history.add("played", 11, player: "b")
    history.add("played", 11.1, player: "b")
    history.add("timeout", 11.2, player: "b")
    #expect(history.judge().verdict == .fail)
    history.record.ending = .cutOff
    let finding = history.judge()
    #expect(finding.verdict == .inconclusive)
    #expect(
      finding.message
        == "1 value of player told full with something left of the day: requests that are not on record may make up for it"
        + "; 1 request had no clear answer, and may have been played once too often on a day")
  }

  @Test("a lost answer that would have told the key may be one too many, or have used up what was left")
  func unknownKeys() {
    var history = History()
    for sent in [11.0, 11.1] { history.add("played", sent) }
    history.add("full", 11.2)
    history.add("timeout", 11.3, player: "")
    #expect(history.judge(limit: 2).verdict == .inconclusive)
    #expect(
      history.judge(limit: 2).message
        == "1 request without a clear answer has no player on record, and may have been played once too often on a day")
    // Nobody can have been played three times.
    history.source.operations[2].outcome = 0
    #expect(history.judge(limit: 5).verdict == .invalid)
    // Told full when one was left, unless the lost answer was theirs.
    var early = History()
    early.add("played", 11)
    for sent in [11.1, 11.2] { early.add("full", sent) }
    #expect(early.judge(limit: 2).verdict == .fail)
    early.add("timeout", 11.05, player: "")
    #expect(early.judge(limit: 2).verdict == .inconclusive)
    #expect(early.judge(limit: 3).verdict == .invalid || early.judge(limit: 3).verdict == .fail)
  }

  @Test("without demand, or without two requests of one player at once, nothing was put to the test")
  func notExercised() {
    var history = History()
    history.add("played", 11)
    #expect(history.judge().verdict == .invalid)
    #expect(history.judge().message == "not exercised: no value of player asked more than 2 times on a day")
    for sent in [12.0, 13] { history.add(sent == 12 ? "played" : "full", sent) }
    #expect(history.judge().verdict == .pass)
    history.isSequential = false
    #expect(history.judge().verdict == .invalid)
    // Two at once, when nothing was left.
    history.add("full", 13.1)
    #expect(history.judge().verdict == .invalid && history.judge().contention?.contendedKeys == 1)
    #expect(
      history.judge().message.hasPrefix(
        "not exercised: each player came to its limit of 2 a day with one request at a time"))
    // Two at once, when one was left.
    history.add("full", 12.2)
    #expect(history.judge().verdict == .pass)
    #expect(history.judge().contention?.contestedLimits == 1)
  }

  @Test("the target's own clock counts where it was read, and one that jumped tells nothing")
  func targetClock() {
    var history = History()
    for sent in [1.0, 2, 3] { history.add("played", sent) }
    for sent in [4.0, 5] { history.add("full", sent) }
    #expect(history.judge().verdict == .fail)
    // Two and a half seconds in, it is midnight there.
    let ahead = Int64(7_600_000_000)
    history.record.clock.add(ClockRecord.Reading(ahead: ahead...ahead + 1_000_000, stoppedAt: nil))
    #expect(history.judge().verdict == .pass, "\(history.judge().message)")
    history.record.clock.readings = [ClockRecord.Reading(ahead: -ahead...1 - ahead, stoppedAt: nil)]
    #expect(history.judge().verdict == .fail)
    history.record.clock.add(ClockRecord.Reading(ahead: 90_000_000_000...90_000_000_000, stoppedAt: nil))
    #expect(history.judge().verdict == .inconclusive)
    #expect(history.judge().message.hasSuffix("the target's clock was set while the load went on"))
    history.record.clock = ClockRecord()
    #expect(history.judge().message.hasPrefix("nobody knows which day it was: "))
  }
}

@Suite struct TargetClockTests {
  @Test(
    "days have the dates that the calendar gives them",
    arguments: [
      (0, "1970-01-01"), (-1, "1969-12-31"), (11_016, "2000-02-29"), (20_512, "2026-02-28"), (20_513, "2026-03-01"),
      (47_540, "2100-02-28"), (47_541, "2100-03-01"),
    ] as [(Int32, String)])
  func dates(day: Int32, text: String) { #expect(DayZone.text(ofDay: day) == text) }

  @Test("a clock that stands still has one day, whenever something was asked")
  func stopped() throws {
    var record = ClockRecord()
    record.startedAt = 1
    record.add(ClockRecord.Reading(ahead: 5...6, stoppedAt: DailyLimitJudgeTests.start))
    let clock = try TargetClock.of(record, zone: .kst, tolerance: nil).get()
    var operation = Operation(invoked: 0, returned: 1 << 60, outcome: 0, user: 0, iteration: 0)
    #expect(clock.days(of: operation, isAmbiguous: false) == 20_512...20_512)
    operation.invoked = 1 << 59
    #expect(clock.days(of: operation, isAmbiguous: false) == 20_512...20_512)
    record.add(ClockRecord.Reading(ahead: 5...6, stoppedAt: DailyLimitJudgeTests.start + 1))
    #expect(throws: ClockFault.self) { try TargetClock.of(record, zone: .kst, tolerance: nil).get() }
  }
}
