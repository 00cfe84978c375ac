/// Something that fires at an instant. Subclassed by what waits; a class so that cancelling needs no look-up.
open class LoopTimer {
  /// Monotonic nanoseconds; meaningful while armed.
  package fileprivate(set) final var deadline: UInt64 = 0
  fileprivate final var index: Int = -1
  fileprivate final var order: UInt64 = 0

  public init() {}

  package final var isArmed: Bool { index >= 0 }

  /// Called on the loop's thread once `deadline` has passed. The timer is disarmed by then and may be armed again.
  open func fire() {}
}

/// A binary heap of timers by deadline; equal deadlines fire in the order in which they were armed.
package struct TimerHeap {
  private var heap: [LoopTimer] = []
  private var nextOrder: UInt64 = 0

  package init() {}

  package var count: Int { heap.count }

  /// The earliest deadline, or `nil` where nothing is armed.
  package var earliest: UInt64? { heap.first?.deadline }

  /// Arms `timer`, or moves it if it is armed.
  ///
  /// - Complexity: O(log n).
  package mutating func arm(_ timer: LoopTimer, at deadline: UInt64) {
    nextOrder &+= 1
    if timer.index >= 0 {
      timer.deadline = deadline
      timer.order = nextOrder
      siftUp(timer.index)
      siftDown(timer.index)
    } else {
      timer.deadline = deadline
      timer.order = nextOrder
      timer.index = heap.count
      heap.append(timer)
      siftUp(timer.index)
    }
  }

  /// Disarms `timer`; nothing happens where it is not armed.
  ///
  /// - Complexity: O(log n).
  package mutating func cancel(_ timer: LoopTimer) {
    let index = timer.index
    if index < 0 { return }
    let last = heap.removeLast()
    timer.index = -1
    if last === timer { return }
    heap[index] = last
    last.index = index
    siftUp(index)
    siftDown(last.index)
  }

  /// Disarms and returns the earliest timer whose deadline is at or before `now`.
  ///
  /// - Complexity: O(log n).
  package mutating func popDue(at now: UInt64) -> LoopTimer? {
    guard let first = heap.first, first.deadline <= now else { return nil }
    cancel(first)
    return first
  }

  private func precedes(_ left: LoopTimer, _ right: LoopTimer) -> Bool {
    left.deadline != right.deadline ? left.deadline < right.deadline : left.order < right.order
  }

  private mutating func siftUp(_ start: Int) {
    let timer = heap[start]
    var index = start
    while index > 0 {
      let parent = (index - 1) / 2
      if !precedes(timer, heap[parent]) { break }
      heap[index] = heap[parent]
      heap[index].index = index
      index = parent
    }
    heap[index] = timer
    timer.index = index
  }

  private mutating func siftDown(_ start: Int) {
    let timer = heap[start]
    var index = start
    while true {
      var child = 2 * index + 1
      if child >= heap.count { break }
      if child + 1 < heap.count, precedes(heap[child + 1], heap[child]) { child += 1 }
      if !precedes(heap[child], timer) { break }
      heap[index] = heap[child]
      heap[index].index = index
      index = child
    }
    heap[index] = timer
    timer.index = index
  }
}
