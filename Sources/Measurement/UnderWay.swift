/// How long the requests of a step have waited so far that have not been answered yet.
package struct UnderWay: Sendable {
  package var group: String
  package var step: String
  /// Of each request that was sent, and of each arrival that waits for a free user: now − intended.
  package var ages: Histogram

  package init(group: String, step: String) {
    self.group = group
    self.step = step
    ages = Histogram()
  }
}

extension [UnderWay] {
  /// Adds what is under way elsewhere at the same time.
  package mutating func merge(_ others: [UnderWay]) {
    for other in others { self[place(of: other.step, in: other.group)].ages.merge(other.ages) }
  }

  /// Adds a request. Nanoseconds.
  package mutating func add(_ age: UInt64, step: String, group: String) {
    self[place(of: step, in: group)].ages.record(age)
  }

  private mutating func place(of step: String, in group: String) -> Int {
    if let place = firstIndex(where: { $0.step == step && $0.group == group }) { return place }
    append(UnderWay(group: group, step: step))
    return count - 1
  }
}
