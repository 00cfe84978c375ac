import Glibc
import Synchronization

/// The wall clock of the server: real time, shifted, or stopped at an instant. Its days are those of Asia/Seoul,
/// nine hours ahead of UTC all the year round (there has been no summer time since 1988).
package final class KSTClock: Sendable {
  package static let offsetMinutes = 9 * 60

  /// Nanoseconds ahead of real time.
  private let shift = Atomic<Int64>(0)
  /// Nanoseconds since 1970 at which the clock stands; `Int64.min` while it runs.
  private let stoppedAt = Atomic<Int64>(.min)

  package init() {}

  /// Real nanoseconds since 1970, UTC.
  package static func realNow() -> Int64 {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    return Int64(now.tv_sec) * CivilTime.nanosecondsPerSecond + Int64(now.tv_nsec)
  }

  /// Nanoseconds since 1970, UTC, as the server has it.
  package func now() -> Int64 {
    let stopped = stoppedAt.load(ordering: .acquiring)
    return stopped == .min ? Self.realNow() + shift.load(ordering: .relaxed) : stopped
  }

  /// Whole seconds since 1970, UTC.
  package var unixSeconds: Int64 { CivilTime.floorDivide(now(), CivilTime.nanosecondsPerSecond) }

  /// The day in Seoul.
  package var today: CivilDate { Self.day(of: now()) }

  /// The day in Seoul at an instant in nanoseconds since 1970, UTC.
  package static func day(of instant: Int64) -> CivilDate { day(of: instant, offsetMinutes: offsetMinutes) }

  /// The day at an instant where clocks are `offsetMinutes` ahead of UTC.
  package static func day(of instant: Int64, offsetMinutes: Int) -> CivilDate {
    let seconds = CivilTime.floorDivide(instant, CivilTime.nanosecondsPerSecond) + Int64(offsetMinutes) * 60
    return CivilDate(daysSince1970: Int(CivilTime.floorDivide(seconds, CivilTime.secondsPerDay)))
  }

  /// `2026-02-28T09:00:00.123+09:00`.
  package var timestamp: String { Self.timestamp(now()) }

  /// An instant in Seoul's time, to the millisecond.
  package static func timestamp(_ instant: Int64) -> String {
    var text: [UInt8] = []
    text.reserveCapacity(32)
    CivilTime.writeISO(instant, offsetMinutes: offsetMinutes, into: &text)
    return String(decoding: text, as: UTF8.self)
  }

  /// `2026-02-28T00:00:00.123Z`.
  package static func utcTimestamp(_ instant: Int64) -> String {
    var text: [UInt8] = []
    text.reserveCapacity(32)
    CivilTime.writeISO(instant, offsetMinutes: 0, into: &text)
    return String(decoding: text, as: UTF8.self)
  }

  package var isStopped: Bool { stoppedAt.load(ordering: .acquiring) != .min }
  /// Nanoseconds ahead of real time; meaningless while stopped.
  package var shiftNanoseconds: Int64 { shift.load(ordering: .relaxed) }

  /// Sets the clock to `instant` and lets it run on from there.
  package func set(_ instant: Int64) { setShift(instant - Self.realNow()) }

  /// Lets the clock run `nanoseconds` ahead of real time.
  package func setShift(_ nanoseconds: Int64) {
    shift.store(nanoseconds, ordering: .relaxed)
    stoppedAt.store(.min, ordering: .releasing)
  }

  /// Lets the clock stand at `instant`.
  package func stop(at instant: Int64) { stoppedAt.store(instant, ordering: .releasing) }

  /// Back to real time.
  package func reset() { setShift(0) }
}
