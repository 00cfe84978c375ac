/// A first-in-first-out ring of tasks' jobs; grows, never shrinks.
struct JobQueue {
  private var ring: [UnownedJob?] = Array(repeating: nil, count: 64)
  private var head = 0
  private var count = 0

  var isEmpty: Bool { count == 0 }

  /// The job that `popFirst` would return.
  @inline(__always)
  var first: UnownedJob? { count == 0 ? nil : ring[head] }

  /// - Complexity: O(1) amortised.
  @inline(__always)
  mutating func append(_ job: UnownedJob) {
    if count == ring.count { grow() }
    ring[(head &+ count) & (ring.count &- 1)] = job
    count &+= 1
  }

  /// - Complexity: O(1).
  @inline(__always)
  mutating func popFirst() -> UnownedJob? {
    if count == 0 { return nil }
    let job = ring[head]
    head = (head &+ 1) & (ring.count &- 1)
    count &-= 1
    return job
  }

  private mutating func grow() {
    var larger: [UnownedJob?] = []
    larger.reserveCapacity(ring.count * 2)
    for offset in 0..<count { larger.append(ring[(head + offset) & (ring.count - 1)]) }
    larger.append(contentsOf: repeatElement(nil, count: ring.count * 2 - count))
    ring = larger
    head = 0
  }
}
