/// A moment as the calendar names it, in UTC; leap seconds are not told apart.
package struct UTCTime: Sendable, Hashable {
  package let year, month, day, hour, minute, second: Int

  /// - Parameter nanoseconds: since 1970-01-01T00:00:00Z.
  package init(nanosecondsSince1970 nanoseconds: UInt64) {
    let seconds = Int(nanoseconds / 1_000_000_000)
    (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60)
    // Years are counted from March, so that the leap day is a year's last; eras are 400 years, 146,097 days.
    let days = seconds / 86400 + 719_468
    let dayOfEra = days % 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
    month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    year = yearOfEra + days / 146_097 * 400 + (month <= 2 ? 1 : 0)
  }

  /// `2025-11-20T12:57:00Z`.
  package var text: String {
    "\(year)-\(two(month))-\(two(day))T\(two(hour)):\(two(minute)):\(two(second))Z"
  }

  /// `20251120T125700Z`, for names of files.
  package var compact: String {
    "\(year)\(two(month))\(two(day))T\(two(hour))\(two(minute))\(two(second))Z"
  }

  private func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
