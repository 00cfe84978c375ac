import EventLoop
import Testing

@Suite("Timers")
struct TimerHeapTests {
  @Test("timers come due in the order of their deadlines, equal ones in the order in which they were armed")
  func order() {
    var heap = TimerHeap()
    let timers = (0..<500).map { _ in LoopTimer() }
    // A fixed permutation with many equal deadlines.
    for (index, timer) in timers.enumerated() { heap.arm(timer, at: UInt64(index * 7919 % 100)) }
    var seen: [(UInt64, Int)] = []
    while let timer = heap.popDue(at: .max) {
      seen.append((timer.deadline, timers.firstIndex { $0 === timer }!))
    }
    #expect(seen.count == 500)
    #expect(zip(seen, seen.dropFirst()).allSatisfy { $0.0 < $1.0 || ($0.0 == $1.0 && $0.1 < $1.1) })
  }

  @Test("nothing comes due before its deadline")
  func notEarly() {
    var heap = TimerHeap()
    let timer = LoopTimer()
    heap.arm(timer, at: 100)
    #expect(heap.popDue(at: 99) == nil)
    #expect(heap.popDue(at: 100) === timer)
    #expect(!timer.isArmed)
  }

  @Test("a timer that is armed again moves, both ways")
  func rearm() {
    var heap = TimerHeap()
    let timers = (0..<50).map { _ in LoopTimer() }
    for (index, timer) in timers.enumerated() { heap.arm(timer, at: UInt64(100 + index)) }
    heap.arm(timers[30], at: 1)
    heap.arm(timers[0], at: 1000)
    #expect(heap.count == 50)
    #expect(heap.popDue(at: .max) === timers[30])
    #expect(heap.popDue(at: .max) === timers[1])
    var last: LoopTimer?
    while let timer = heap.popDue(at: .max) { last = timer }
    #expect(last === timers[0])
  }

  @Test("cancelling any timer of many leaves the others in order", arguments: [0, 1, 17, 98, 99])
  func cancel(position: Int) {
    var heap = TimerHeap()
    let timers = (0..<100).map { _ in LoopTimer() }
    for (index, timer) in timers.enumerated() { heap.arm(timer, at: UInt64(index * 37 % 100)) }
    heap.cancel(timers[position])
    heap.cancel(timers[position])
    #expect(heap.count == 99)
    var deadlines: [UInt64] = []
    while let timer = heap.popDue(at: .max) {
      #expect(timer !== timers[position])
      deadlines.append(timer.deadline)
    }
    #expect(deadlines == deadlines.sorted())
    #expect(deadlines.count == 99)
  }
}
