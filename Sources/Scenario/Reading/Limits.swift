/// How much a scenario may ask for: beyond these a number is taken for a slip of the pen.
enum Limits {
  static let users = 1_000_000
  static let iterations = 1_000_000_000
  static let burst = 10_000_000
  /// Arrivals a second.
  static let rate = 10_000_000.0
  /// Nanoseconds; a week.
  static let duration: UInt64 = 7 * 24 * 3600 * 1_000_000_000
  /// Nanoseconds; an hour, the longest time that the histograms tell apart.
  static let timeout: UInt64 = 3600 * 1_000_000_000
  static let repeats = 1_000_000
  static let bodyBytes = 1 << 30
  static let batchItems = 10_000_000
  static let dataRows = 1_000_000_000
  static let cap = 1_000_000_000
  static let nameLength = 100
}
