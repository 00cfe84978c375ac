/// One request that an invariant needs, as the client saw it. 64 bytes in memory and on disk.
package struct Operation: Sendable, Hashable {
  /// `sent`, nanoseconds since the run's start.
  package var invoked: UInt64
  /// `done`; `never` where no answer came.
  package var returned: UInt64
  /// Number of the series: its traffic group, step and outcome.
  package var outcome: UInt32
  package var status: UInt16
  package var flags: Flags
  /// Number of the virtual user in the run, from 0.
  package var user: UInt32
  /// Number of the iteration in its group, from 0.
  package var iteration: UInt32
  /// The variables that invariants name, interned by the worker: 0 is none.
  package var keys: InlineArray<4, UInt32>
  /// The captured sequence number, where `flags` has `sequenced`.
  package var sequence: Int64

  package struct Flags: OptionSet, Sendable, Hashable {
    package let rawValue: UInt16
    package init(rawValue: UInt16) { self.rawValue = rawValue }

    package static let sequenced = Flags(rawValue: 1)
    /// May have taken effect though no answer says so: timeout, reset, 5xx.
    package static let ambiguous = Flags(rawValue: 2)
    package static let error = Flags(rawValue: 4)
    /// Sent during warm-up.
    package static let warmUp = Flags(rawValue: 8)
  }

  package static let never = UInt64.max
  /// No instant of a run is later: a year. Sums of instants stay far from any overflow.
  package static let latest: UInt64 = 366 * 24 * 3600 * 1_000_000_000

  package init(invoked: UInt64, returned: UInt64, outcome: UInt32, user: UInt32, iteration: UInt32) {
    self.invoked = invoked
    self.returned = returned
    self.outcome = outcome
    self.user = user
    self.iteration = iteration
    status = 0
    flags = []
    keys = InlineArray(repeating: 0)
    sequence = 0
  }

  package static func == (left: Operation, right: Operation) -> Bool {
    left.invoked == right.invoked && left.returned == right.returned
      && left.outcome == right.outcome && left.user == right.user && left.iteration == right.iteration
      && left.sequence == right.sequence && left.flags == right.flags && left.status == right.status
      && left.keys.indices.allSatisfy { left.keys[$0] == right.keys[$0] }
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(invoked)
    hasher.combine(user)
    hasher.combine(iteration)
    hasher.combine(outcome)
  }
}
