/// How much a scenario may ask for: beyond these a number is taken for a slip of the pen. `docs/scenario.md` lists them.
package enum Limits {
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
  static let batchItems = 1_000_000
  /// Of a `json_batch`, which is laid out in memory before the run.
  static let batchBytes = 64 << 20
  static let dataRows = 1_000_000_000
  static let cap = 1_000_000_000
  static let nameLength = 100

  // MARK: How large a file may be

  /// Bytes of the file.
  package static let fileBytes = 4 << 20
  /// Bytes that are read for all profiles: each is laid over the file, and the whole is read again.
  static let bytesOfProfiles = 32 << 20
  /// Bytes of a text.
  static let textBytes = 1 << 20
  static let groups = 1_000
  /// Of all groups, set-up and tear-down.
  static let steps = 5_000
  /// Of one step.
  static let outcomes = 100
  /// Of all steps.
  static let allOutcomes = 20_000
  /// Variables that responses set.
  static let captures = 1_000
  static let dataSources = 1_000
  static let columns = 1_000
  static let invariants = 1_000
  static let thresholds = 1_000
  static let profiles = 100
  static let incidents = 1_000
  /// Headers, query parameters, form fields, matchers, settings and the like in one object.
  static let members = 1_000
}
