/// What a series came to, interval by interval: how many requests, and the sums of their times. From it a verdict tells
/// how much neighbouring requests are alike.
///
/// Intervals are known by their number among those that are measured. Up to 256 are kept apart; then neighbours merge, so
/// that memory is fixed at 12 KB a series.
package struct Timeline: Sendable, Hashable {
  /// Sums of times are in nanoseconds.
  package struct Slot: Sendable, Hashable {
    package var count: UInt64 = 0
    package var latency = 0.0
    package var serviceTime = 0.0
    /// Of those that have a service time: something was sent.
    package var sent: UInt64 = 0
    package var timeToFirstByte = 0.0
    package var answered: UInt64 = 0

    package init() {}

    package mutating func add(_ other: Slot) {
      count += other.count
      latency += other.latency
      serviceTime += other.serviceTime
      sent += other.sent
      timeToFirstByte += other.timeToFirstByte
      answered += other.answered
    }
  }

  /// From the first measured interval on; those after the last one with a request may be missing.
  package private(set) var slots: [Slot] = []
  /// log2 of the intervals in a slot.
  package private(set) var magnitude = 0

  package static let slotLimit = 256

  package init() {}

  /// Adds what an interval brought.
  ///
  /// - Parameter number: Of the interval, from 0.
  /// - Complexity: O(1), amortized.
  package mutating func add(_ slot: Slot, at number: Int) {
    while number >> magnitude >= Self.slotLimit { widen() }
    let index = number >> magnitude
    if index >= slots.count { slots += repeatElement(Slot(), count: index + 1 - slots.count) }
    slots[index].add(slot)
  }

  /// Adds another series of the same run.
  package mutating func merge(_ other: Timeline) {
    widen(to: other.magnitude)
    for (index, slot) in other.slots.enumerated() { add(slot, at: index << other.magnitude) }
  }

  /// Merges neighbours until a slot has at least 2^`magnitude` intervals.
  package mutating func widen(to magnitude: Int) {
    while self.magnitude < magnitude { widen() }
  }

  private mutating func widen() {
    var merged: [Slot] = []
    for index in slots.indices {
      if index % 2 == 0 { merged.append(slots[index]) } else { merged[index / 2].add(slots[index]) }
    }
    slots = merged
    magnitude += 1
  }
}
