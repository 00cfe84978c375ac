/// Holds published results against what their seeds and inputs give when they are worked out again: the winners of a
/// draw, for one.
///
/// A result that depends on anything but seed and input, such as the order in which a hash table gave its entries, shows
/// as one that differs.
///
/// - Complexity: `add` O(result) time beside that of `replay`; no memory but for the first violation.
package struct ReplayChecker<Element: Equatable> {
  package enum Reason: Sendable, Hashable {
    /// The published result has another element at `position` than the replayed one.
    case differs(position: Int)
    /// All elements that both have are equal, and the published result has `published` of `replayed`.
    case lengthDiffers(published: Int, replayed: Int)
  }

  private var count = 0
  private var violation: HistoryViolation<Reason>?

  package init() {}

  /// A published result, and what it comes to when it is worked out again from what was published with it.
  ///
  /// Of results without an order, such as a set of winners, give both sorted.
  package mutating func add(published: [Element], replay: () -> [Element]) {
    let index = count
    count += 1
    let replayed = replay()
    guard published != replayed else { return }
    if violation == nil {
      let position = zip(published, replayed).enumerated().first { $0.element.0 != $0.element.1 }?.offset
      let reason: Reason =
        position.map { .differs(position: $0) }
        ?? .lengthDiffers(published: published.count, replayed: replayed.count)
      violation = HistoryViolation(reason, operations: [index], total: 0)
    }
    violation?.total += 1
  }

  package func result() -> HistoryResult<Reason> { violation.map { .violated($0) } ?? .holds }
}
