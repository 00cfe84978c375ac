/// What time it was at a run's start, here and at the target.
package struct ClockRecord: Sendable, Hashable {
  /// The target's clock as it was seen once.
  package struct Reading: Sendable, Hashable {
    /// By how much it was ahead of this machine's, nanoseconds: the truth is between the two.
    package var ahead: ClosedRange<Int64>
    /// It stands still at this instant, nanoseconds since 1970.
    package var stoppedAt: UInt64?

    package init(ahead: ClosedRange<Int64>, stoppedAt: UInt64?) {
      self.ahead = ahead
      self.stoppedAt = stoppedAt
    }
  }

  /// This machine's clock at the instant from which the run's instants count, nanoseconds since 1970; 0 where the load
  /// did not begin.
  package var startedAt: UInt64 = 0
  /// Before the load and after it; empty where the target does not tell.
  package var readings: [Reading] = []
  /// Why the target's clock could not be read.
  package var failure: String?

  package init() {}

  package mutating func add(_ reading: Reading) { readings.append(reading) }
}
