/// The few smallest of many elements, in order, in memory for the few alone.
///
/// - Complexity: O(log limit) for an element that is kept, O(1) for one that is not.
struct FirstFew<Element> {
  /// What is kept so far, as a heap: the largest first, the others in no order.
  private(set) var heap: [Element] = []
  private let limit: Int
  private let precedes: (Element, Element) -> Bool

  /// Elements that compare alike are kept in the order in which they came.
  init(_ limit: Int, by precedes: @escaping (Element, Element) -> Bool) {
    self.limit = limit
    self.precedes = precedes
  }

  mutating func insert(_ element: Element) {
    if heap.count < limit {
      heap.append(element)
      siftUp(heap.count - 1)
    } else if limit > 0, precedes(element, heap[0]) {
      heap[0] = element
      siftDown(0)
    }
  }

  /// Smallest first.
  var sorted: [Element] { heap.sorted(by: precedes) }

  private mutating func siftUp(_ start: Int) {
    var index = start
    while index > 0 {
      let parent = (index - 1) / 2
      guard precedes(heap[parent], heap[index]) else { return }
      heap.swapAt(parent, index)
      index = parent
    }
  }

  private mutating func siftDown(_ start: Int) {
    var index = start
    while true {
      var largest = index
      for child in [2 * index + 1, 2 * index + 2] where child < heap.count && precedes(heap[largest], heap[child]) {
        largest = child
      }
      guard largest != index else { return }
      heap.swapAt(index, largest)
      index = largest
    }
  }
}

/// Which numbers have been seen, in pages of bits: half a byte or less for each number where they lie close together.
struct SeenNumbers {
  private static let pageBits: Int64 = 4096
  private var pages: [Int64: [UInt64]] = [:]

  /// Whether `number` is new.
  mutating func insert(_ number: Int64) -> Bool {
    // Arithmetic shift and mask: right for negative numbers too.
    let page = number >> 12
    let bit = Int(number & (SeenNumbers.pageBits - 1))
    let mask = UInt64(1) << UInt64(bit & 63)
    return pages[page, default: [UInt64](repeating: 0, count: Int(SeenNumbers.pageBits / 64))].withNew(bit >> 6, mask)
  }
}

extension [UInt64] {
  /// Sets the bits of `mask` in a word; whether they were clear before.
  fileprivate mutating func withNew(_ index: Int, _ mask: UInt64) -> Bool {
    let isNew = self[index] & mask == 0
    self[index] |= mask
    return isNew
  }
}
