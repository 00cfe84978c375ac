/// The most operations that were open at one instant.
///
/// An operation that returned at the instant at which another was invoked did not overlap with it.
/// - Parameters:
///   - invoked: Of each operation.
///   - returned: Of each operation, in any order.
/// - Complexity: O(n log n).
package func peakOverlap(invoked: [UInt64], returned: [UInt64]) -> Int {
  let starts = invoked.sorted()
  let ends = returned.sorted()
  var (open, peak, ended) = (0, 0, 0)
  for start in starts {
    open += 1
    while ended < ends.count, ends[ended] <= start {
      ended += 1
      open -= 1
    }
    peak = max(peak, open)
  }
  return peak
}

/// The first requests of users that were let go at one instant; times are nanoseconds since then.
package struct ReleasedWave: Sendable {
  private var sent: [UInt64] = []
  private var done: [UInt64] = []

  package init() {}

  package mutating func add(sent: UInt64, done: UInt64) {
    self.sent.append(sent)
    self.done.append(done)
  }

  package mutating func merge(_ other: ReleasedWave) {
    sent += other.sent
    done += other.done
  }

  /// - Complexity: O(n log n).
  package var record: ReleaseRecord {
    let ordered = sent.sorted()
    // By nearest rank.
    let rank = max(1, (ordered.count * 99 + 99) / 100)
    return ReleaseRecord(
      users: ordered.count, skew: ordered.isEmpty ? 0 : ordered[rank - 1],
      peakInFlight: peakOverlap(invoked: sent, returned: done))
  }
}
