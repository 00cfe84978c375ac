/// Counts exactly how many samples are above a budget, by time.
///
/// A verdict on "p(95) < b" is one on the share of samples above b: counted here, it does not depend on the width of
/// histogram buckets. Time is kept because neighbouring samples are alike in a queue, which a verdict must account for.
///
/// Time is cut into 256 slots of equal width, 2^20 ns (1.05 ms) at first. When a sample comes past the last one,
/// neighbouring slots merge and the width doubles, so that memory is fixed at 4 KB (none before the first sample) and
/// more than half of the slots are in use from the run's start on.
///
/// - Thread rule: a value; one thread at a time records into it.
package struct ExceedanceCounter: Sendable {
  /// Samples of a stretch of time.
  package struct Slot: Sendable, Hashable {
    package var count: UInt64 = 0
    /// Those above the budget.
    package var exceedances: UInt64 = 0

    package init(count: UInt64 = 0, exceedances: UInt64 = 0) {
      self.count = count
      self.exceedances = exceedances
    }
  }

  /// A stretch of the run, from `start` up to `end`, nanoseconds since its start.
  package struct Batch: Sendable, Hashable {
    package var start: UInt64
    package var end: UInt64
    package var count: UInt64
    package var exceedances: UInt64

    package init(start: UInt64, end: UInt64, count: UInt64, exceedances: UInt64) {
      self.start = start
      self.end = end
      self.count = count
      self.exceedances = exceedances
    }
  }

  package let budgetNanoseconds: UInt64
  package private(set) var count: UInt64 = 0
  /// Samples above the budget; one that is equal to it is within.
  package private(set) var exceedances: UInt64 = 0
  /// log2 of a slot's width in nanoseconds.
  package private(set) var widthMagnitude = Self.firstMagnitude
  /// `slotCount` of them, or none before the first sample.
  package private(set) var slots: [Slot] = []

  package static let slotCount = 256
  static let firstMagnitude = 20

  package init(budgetNanoseconds: UInt64) { self.budgetNanoseconds = budgetNanoseconds }

  /// Of one slot. Nanoseconds.
  package var slotWidth: UInt64 { 1 << UInt64(widthMagnitude) }

  /// Adds a sample.
  ///
  /// - Parameters:
  ///   - elapsed: When, in nanoseconds since the run's start; any order.
  ///   - value: Nanoseconds.
  /// - Complexity: O(1), amortized.
  package mutating func record(at elapsed: UInt64, value: UInt64) {
    var index = elapsed &>> UInt64(truncatingIfNeeded: widthMagnitude)
    if index >= UInt64(slots.count) {
      makeRoom(for: elapsed)
      index = elapsed >> UInt64(widthMagnitude)
    }
    let exceeds: UInt64 = value > budgetNanoseconds ? 1 : 0
    count &+= 1
    exceedances &+= exceeds
    slots[Int(truncatingIfNeeded: index)].count &+= 1
    slots[Int(truncatingIfNeeded: index)].exceedances &+= exceeds
  }

  /// Adds the samples of another counter on the same clock: the same as if all had been recorded here.
  ///
  /// - Precondition: both have the same budget.
  package mutating func merge(_ other: ExceedanceCounter) {
    precondition(budgetNanoseconds == other.budgetNanoseconds, "exceedances of different budgets do not add up")
    guard other.count > 0 else { return }
    if slots.isEmpty {
      self = other
      return
    }
    widen(to: max(widthMagnitude, other.widthMagnitude))
    let shift = widthMagnitude - other.widthMagnitude
    for (index, slot) in other.slots.enumerated() where slot.count > 0 {
      slots[index >> shift].count += slot.count
      slots[index >> shift].exceedances += slot.exceedances
    }
    count += other.count
    exceedances += other.exceedances
  }

  /// Forgets all samples, and keeps the memory.
  package mutating func removeAll() {
    guard count > 0 else { return }
    count = 0
    exceedances = 0
    widthMagnitude = Self.firstMagnitude
    for index in slots.indices { slots[index] = Slot() }
  }

  /// The time from the first sample's slot to the last one's, cut into batches that differ by at most one slot.
  ///
  /// - Parameter wanted: How many; fewer where fewer slots are in use. A run of under 20 slots (21 ms) gives less than 20.
  /// - Returns: In order of time, without gaps; those without samples too. Empty where there is no sample.
  package func batches(_ wanted: Int = 20) -> [Batch] {
    precondition(wanted > 0, "no batches are wanted")
    guard let first = slots.firstIndex(where: { $0.count > 0 }), let last = slots.lastIndex(where: { $0.count > 0 })
    else { return [] }
    let used = last - first + 1
    let batchCount = min(wanted, used)
    return (0..<batchCount).map { number in
      let start = first + number * used / batchCount
      let end = first + (number + 1) * used / batchCount
      let (past, isEndOfTime) = UInt64(end).multipliedReportingOverflow(by: slotWidth)
      var batch = Batch(
        start: UInt64(start) * slotWidth, end: isEndOfTime ? .max : past, count: 0, exceedances: 0)
      for slot in slots[start..<end] {
        batch.count += slot.count
        batch.exceedances += slot.exceedances
      }
      return batch
    }
  }
}

extension ExceedanceCounter {
  @inline(never)
  private mutating func makeRoom(for elapsed: UInt64) {
    if slots.isEmpty { slots = [Slot](repeating: Slot(), count: Self.slotCount) }
    let significantBits = UInt64.bitWidth - elapsed.leadingZeroBitCount
    widen(to: max(widthMagnitude, significantBits - Self.slotCount.trailingZeroBitCount))
  }

  /// Merges neighbouring slots until they are this wide.
  private mutating func widen(to magnitude: Int) {
    guard magnitude > widthMagnitude else { return }
    let shift = magnitude - widthMagnitude
    for index in slots.indices where index >> shift != index {
      let slot = slots[index]
      slots[index] = Slot()
      slots[index >> shift].count += slot.count
      slots[index >> shift].exceedances += slot.exceedances
    }
    widthMagnitude = magnitude
  }

  /// A counter as it was kept elsewhere: the slots that have samples, with their index.
  ///
  /// - Returns: `nil` where no counter can have such slots.
  init?(budgetNanoseconds: UInt64, widthMagnitude: Int, slots kept: [(index: Int, slot: Slot)]) {
    guard (Self.firstMagnitude..<UInt64.bitWidth).contains(widthMagnitude) else { return nil }
    self.init(budgetNanoseconds: budgetNanoseconds)
    self.widthMagnitude = widthMagnitude
    if !kept.isEmpty { slots = [Slot](repeating: Slot(), count: Self.slotCount) }
    for (index, slot) in kept {
      let (total, overflow) = count.addingReportingOverflow(slot.count)
      guard slots.indices.contains(index), slots[index].count == 0, slot.exceedances <= slot.count, !overflow,
        // So that no sum over a journal can overflow.
        total <= 1 << 40
      else { return nil }
      slots[index] = slot
      count = total
      exceedances += slot.exceedances
    }
  }
}

extension ExceedanceCounter: Equatable {
  package static func == (left: ExceedanceCounter, right: ExceedanceCounter) -> Bool {
    left.budgetNanoseconds == right.budgetNanoseconds && left.count == right.count
      && (left.count == 0 || (left.widthMagnitude == right.widthMagnitude && left.slots == right.slots))
  }
}
