import Synchronization

/// Every so many-th of a sequence of events, evenly and without a draw: 10 percent is each tenth.
package final class Cadence: Sendable {
  private let count = Atomic<UInt64>(0)

  package init() {}

  /// Whether this event is one of the `percent` that are hit.
  package func hits(percent: Double) -> Bool {
    let before = Double(count.add(1, ordering: .relaxed).oldValue)
    return ((before + 1) * percent / 100).rounded(.down) > (before * percent / 100).rounded(.down)
  }

  package func reset() { count.store(0, ordering: .relaxed) }
}
