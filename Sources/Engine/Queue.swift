/// First in, first out.
struct Queue<Element> {
  private var elements: [Element] = []
  private var head = 0

  var isEmpty: Bool { head == elements.count }

  /// - Complexity: O(1) amortised.
  mutating func append(_ element: Element) { elements.append(element) }

  /// - Complexity: O(1) amortised.
  mutating func popFirst() -> Element? {
    if isEmpty { return nil }
    let first = elements[head]
    head += 1
    if head == elements.count {
      elements.removeAll(keepingCapacity: true)
      head = 0
    } else if head > 4096, head * 2 > elements.count {
      elements.removeFirst(head)
      head = 0
    }
    return first
  }
}
