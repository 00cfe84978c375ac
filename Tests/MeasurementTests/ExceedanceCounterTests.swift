import Measurement
import Testing

private let second: UInt64 = 1_000_000_000

@Suite struct ExceedanceCounterTests {
  @Test("a sample equal to the budget is within it, one nanosecond more is not")
  func boundary() {
    var counter = ExceedanceCounter(budgetNanoseconds: 1_000)
    for value in [0, 999, 1_000, 1_001, .max] as [UInt64] { counter.record(at: 5, value: value) }
    #expect(counter.count == 5 && counter.exceedances == 2)
  }

  @Test("no sample is lost while slots merge, and each stays in the slot of its time")
  func widening() {
    var generator = TestGenerator(seed: 1)
    var counter = ExceedanceCounter(budgetNanoseconds: 500)
    var recorded: [(elapsed: UInt64, exceeds: Bool)] = []
    for step in 0..<30_000 as Range<UInt64> {
      let elapsed = step * step * 1_000 + UInt64.random(in: 0..<1_000, using: &generator)
      let value = UInt64.random(in: 0...1_000, using: &generator)
      counter.record(at: elapsed, value: value)
      recorded.append((elapsed, value > 500))
    }
    #expect(counter.slots.count == ExceedanceCounter.slotCount)
    for (index, slot) in counter.slots.enumerated() {
      let inSlot = recorded.filter { $0.elapsed / counter.slotWidth == UInt64(index) }
      #expect(slot.count == UInt64(inSlot.count))
      #expect(slot.exceedances == UInt64(inSlot.count { $0.exceeds }))
    }
    #expect(counter.slots.lastIndex { $0.count > 0 }! >= ExceedanceCounter.slotCount / 2)
  }

  @Test("parts on one clock merge to the whole, whichever is wider", arguments: [(0, 1), (1, 0)])
  func merge(first: Int, second: Int) {
    var whole = ExceedanceCounter(budgetNanoseconds: 7)
    var parts = [whole, whole]
    for step in 0..<1_000 as Range<UInt64> {
      // The first part ends after a tenth of the time of the second.
      for (part, elapsed) in [(0, step * 1_000_000), (1, step * 10_000_000)] {
        whole.record(at: elapsed, value: step % 16)
        parts[part].record(at: elapsed, value: step % 16)
      }
    }
    #expect(parts[0].slotWidth < parts[1].slotWidth)
    var merged = ExceedanceCounter(budgetNanoseconds: 7)
    merged.merge(parts[first])
    merged.merge(parts[second])
    #expect(merged == whole)
    // 62 times 0...15 and once 0...7, in each part.
    #expect(merged.exceedances == 2 * 62 * 8)
  }

  @Test("a run of a minute at a steady rate gives twenty batches of nearly equal size that cover it")
  func batches() {
    var counter = ExceedanceCounter(budgetNanoseconds: 10)
    for step in 0..<60_000 as Range<UInt64> { counter.record(at: step * 1_000_000, value: step < 30_000 ? 0 : 20) }
    let batches = counter.batches()
    #expect(batches.count == 20)
    #expect(batches.first!.start == 0)
    #expect(batches.last!.end >= 60 * second && batches.last!.end < 60 * second + counter.slotWidth)
    #expect(zip(batches, batches.dropFirst()).allSatisfy { $0.end == $1.start })
    #expect(batches.reduce(0) { $0 + $1.count } == 60_000)
    #expect(batches.reduce(0) { $0 + $1.exceedances } == 30_000)
    #expect(batches.allSatisfy { (2_500...3_500).contains($0.count) })
    #expect(batches[8].exceedances == 0 && batches[11].exceedances == batches[11].count)
  }

  @Test("batches begin with the first sample, and a stretch without samples is a batch of none")
  func batchesOfAGroupThatStartsLate() {
    var counter = ExceedanceCounter(budgetNanoseconds: 10)
    for step in 0..<1_000 as Range<UInt64> where !(400..<600).contains(step) {
      counter.record(at: 30 * second + step * 1_000_000, value: 1)
    }
    let batches = counter.batches(5)
    #expect(batches.count == 5)
    #expect(batches[0].start <= 30 * second && batches[0].start + counter.slotWidth > 30 * second)
    #expect(batches[2].count == 0 || batches[2].count < 200)
    #expect(ExceedanceCounter(budgetNanoseconds: 1).batches().isEmpty)
  }

  @Test("fewer slots than batches wanted give a batch a slot")
  func fewSlots() {
    var counter = ExceedanceCounter(budgetNanoseconds: 10)
    for slot in 0..<3 as Range<UInt64> { counter.record(at: slot << 20, value: 11) }
    #expect(counter.batches().map(\.exceedances) == [1, 1, 1])
    #expect(counter.batches(1).map(\.exceedances) == [3])
  }

  @Test("after removing all, a counter equals a new one, also for a sample at the far end of time")
  func removeAll() {
    var counter = ExceedanceCounter(budgetNanoseconds: 10)
    counter.record(at: .max, value: 11)
    #expect(counter.batches().map(\.exceedances) == [1])
    counter.removeAll()
    #expect(counter == ExceedanceCounter(budgetNanoseconds: 10))
    counter.record(at: 0, value: 11)
    var fresh = ExceedanceCounter(budgetNanoseconds: 10)
    fresh.record(at: 0, value: 11)
    #expect(counter == fresh)
  }
}
