import Measurement

/// Which day it was at the target, from the run's instants.
struct TargetClock {
  /// It may be off by as much where the target does not tell the time: clocks that are kept in order are not.
  static let usualTolerance: UInt64 = 1_000_000_000
  /// More between two readings is no drift.
  private static let mostDrift: Int64 = 10_000_000_000

  private enum Time {
    case stopped(UInt64)
    /// Of the run's start, and how much earlier or later it may have been; nanoseconds.
    case running(start: Int64, slack: Int64)
  }

  private let time: Time
  private let zone: DayZone

  private init(_ time: Time, _ zone: DayZone) {
    self.time = time
    self.zone = zone
  }

  /// - Parameter tolerance: How far the target's clock may be from the one it is taken for; `nil` for what suits.
  /// - Returns: the clock, or why there is none to go by.
  static func of(_ record: ClockRecord, zone: DayZone, tolerance: UInt64?) -> Result<TargetClock, ClockFault> {
    if let failure = record.failure { return .failure(ClockFault(failure)) }
    guard record.startedAt > 0 else {
      return .failure(ClockFault("what time it was when the load began is not on record"))
    }
    let start = Int64(clamping: record.startedAt)
    guard let first = record.readings.first else {
      let slack = Int64(clamping: tolerance ?? usualTolerance)
      return .success(TargetClock(.running(start: start, slack: slack), zone))
    }
    let moved = ClockFault("the target's clock was set while the load went on")
    guard record.readings.allSatisfy({ $0.stoppedAt == first.stoppedAt }) else { return .failure(moved) }
    if let stopped = first.stoppedAt { return .success(TargetClock(.stopped(stopped), zone)) }
    let least = record.readings.map(\.ahead.lowerBound).min()!
    let most = record.readings.map(\.ahead.upperBound).max()!
    let spread = most.subtractingReportingOverflow(least)
    guard !spread.overflow, spread.partialValue <= mostDrift else { return .failure(moved) }
    let middle = least + spread.partialValue / 2
    let ahead = start.addingReportingOverflow(middle)
    guard !ahead.overflow, ahead.partialValue >= 0 else {
      return .failure(ClockFault("the target's clock is before 1970"))
    }
    let slack = (spread.partialValue + 1) / 2 + Int64(clamping: min(tolerance ?? 0, 1 << 62))
    return .success(TargetClock(.running(start: ahead.partialValue, slack: slack), zone))
  }

  /// The days to which a request may have counted that took effect between its invocation and its return; of one
  /// without a clear answer the first of them.
  func days(of operation: Operation, isAmbiguous: Bool) -> ClosedRange<Int32> {
    let slack: Int64
    let start: Int64
    switch time {
    case .stopped(let instant):
      let day = zone.day(of: instant)
      return day...day
    case .running(let origin, let distance): (start, slack) = (origin, distance)
    }
    func day(_ instant: UInt64, _ shift: Int64) -> Int32 {
      let sum = Int64(clamping: instant).addingReportingOverflow(start)
      let moved = sum.overflow ? Int64.max : sum.partialValue
      let shifted = moved.addingReportingOverflow(shift)
      return zone.day(of: UInt64(max(0, shifted.overflow ? Int64.max : shifted.partialValue)))
    }
    let first = day(operation.invoked, -slack)
    return first...(isAmbiguous ? first : max(first, day(operation.returned, slack)))
  }
}

/// Why nobody knows which day it was.
struct ClockFault: Error {
  var reason: String
  init(_ reason: String) { self.reason = reason }
}

extension DayZone {
  /// `2026-02-28`, of a day counted from 1 January 1970.
  ///
  /// Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`.
  static func text(ofDay day: Int32) -> String {
    let shifted = Int(day) + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let month = (5 * dayOfYear + 2) / 153
    let civilMonth = month < 10 ? month + 3 : month - 9
    let year = yearOfEra + era * 400 + (civilMonth <= 2 ? 1 : 0)
    func padded(_ number: Int, _ width: Int) -> String {
      let digits = String(number)
      return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }
    return "\(padded(year, 4))-\(padded(civilMonth, 2))-\(padded(dayOfYear - (153 * month + 2) / 5 + 1, 2))"
  }
}
