import Testing

@testable import Engine

/// A worker stops and goes on; what fell due meanwhile goes off afterwards, in order.
@Suite("The clock of intervals")
struct IntervalClockTests {
  private static let millisecond: UInt64 = 1_000_000

  /// What a worker hands over, milliseconds since the start.
  struct Ended: Equatable {
    var end: UInt64
    var isWarmUp: Bool
    var pause: UInt64
  }

  /// Lets a worker's timers go off at their time but for one stop, as its loop does: late ones at the end of the stop, the earlier
  /// first, each reading the clock anew. Milliseconds since the start, which is at an instant that is no round number.
  private static func run(warmUp: UInt64, until end: UInt64, stopped: ClosedRange<UInt64>) -> [Ended] {
    let start: UInt64 = 987_654_321
    var clock = IntervalClock(start: start, warmUp: warmUp * millisecond, interval: 1_000 * millisecond)
    var ended: [Ended] = []
    var pause: UInt64 = 0
    func since(_ instant: UInt64) -> UInt64 { (instant - start) / millisecond }
    func handOver(_ interval: IntervalClock.Ended) {
      ended.append(
        Ended(
          end: since(interval.end), isWarmUp: interval.isWarmUp, pause: max(pause, interval.pause) / millisecond))
      pause = 0
    }
    while true {
      let due = min(clock.intervalEnd, clock.nextPulse)
      if since(due) > end { return ended }
      let now = stopped.contains(since(due)) ? start + stopped.upperBound * millisecond : due
      // Of two that are due at once either may be the first; the pulse is the one that could lose something.
      if clock.nextPulse > clock.intervalEnd {
        handOver(clock.endInterval(at: now))
        continue
      }
      switch clock.pulse(at: now) {
      case .ended(let interval): handOver(interval)
      case .pause(let late): pause = max(pause, late)
      }
    }
  }

  @Test(
    "a stop across the end of the warm-up counts on both sides, on each by what can be known of it",
    arguments: [
      // Seen by a pulse that was due before the warm-up's end.
      (1_950...2_700, [(1_000, true, 0), (2_000, true, 700), (3_000, false, 700)]),
      (1_850...2_700, [(1_000, true, 0), (2_000, true, 800), (3_000, false, 700)]),
      (1_250...2_600, [(1_000, true, 0), (2_000, true, 1_300), (3_000, false, 600)]),
      // Across two ends, of which one is the warm-up's.
      (950...2_600, [(1_000, true, 1_600), (2_000, true, 1_600), (3_000, false, 600)]),
      (1_850...3_400, [(1_000, true, 0), (2_000, true, 1_500), (3_000, false, 1_400)]),
      // On one side only.
      (1_150...1_800, [(1_000, true, 0), (2_000, true, 600), (3_000, false, 0)]),
      (2_050...2_800, [(1_000, true, 0), (2_000, true, 0), (3_000, false, 700)]),
    ] as [(ClosedRange<UInt64>, [(UInt64, Bool, UInt64)])])
  func stopAcrossWarmUp(stopped: ClosedRange<UInt64>, expected: [(UInt64, Bool, UInt64)]) {
    let ended = Self.run(warmUp: 2_000, until: 3_900, stopped: stopped)
    #expect(Array(ended.prefix(3)) == expected.map { Ended(end: $0.0, isWarmUp: $0.1, pause: $0.2) })
  }

  @Test("what counts and turns up first ends the warm-up, and the rest of the stop is counted after it")
  func countedFirst() {
    // An answer of the load is read before any timer is looked at: the pulse was due at 100 ms.
    var clock = IntervalClock(start: 0, warmUp: 150 * Self.millisecond, interval: 1_000 * Self.millisecond)
    let now = 900 * Self.millisecond
    let ended = clock.endInterval(at: now)
    #expect(ended.end == clock.warmUpEnd && ended.isWarmUp && ended.pause == 800 * Self.millisecond)
    #expect(clock.isMeasuring && clock.intervalEnd == 1_000 * Self.millisecond)
    guard case .pause(750_000_000) = clock.pulse(at: now) else {
      Issue.record("of the stop, what came after the warm-up")
      return
    }
    #expect(clock.nextPulse == now + IntervalClock.pulseInterval)
  }

  @Test(
    "the warm-up ends an interval of its own",
    arguments: [
      (0, [1_000, 2_000, 3_000]), (1_000, [1_000, 2_000, 3_000]), (1_500, [1_000, 1_500, 2_000, 3_000]),
      (300, [300, 1_000, 2_000, 3_000]),
    ] as [(UInt64, [UInt64])])
  func ends(warmUp: UInt64, expected: [UInt64]) {
    let ended = Self.run(warmUp: warmUp, until: 3_500, stopped: 9_000...9_000)
    #expect(ended.map(\.end) == expected)
    #expect(ended.map(\.isWarmUp) == expected.map { $0 <= warmUp })
    #expect(ended.allSatisfy { $0.pause == 0 })
  }
}
