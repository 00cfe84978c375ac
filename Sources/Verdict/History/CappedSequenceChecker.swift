/// Decides whether a counter that numbers those it accepts, 1, 2, 3, … up to a cap, can have given the recorded answers.
///
/// The history is linearizable if and only if
/// - the numbers are unique and within 1…cap;
/// - nobody returned with a larger number, or told that the cap was reached, before somebody was invoked who then got
///   a smaller one;
/// - each number that nobody was seen to get, up to the largest that somebody got (up to the cap, where anyone was
///   told that it was reached), can have gone to an unanswered request: to the k-th missing number belongs the k-th
///   unanswered request to be invoked, no later than the first return with a larger number.
///
/// - Complexity: `add` O(1); `result` O(n log n) time. 32 bytes of memory for each accepted request, 8 for each
///   unanswered one, none for the rejected; `result` takes 8 more for each accepted one.
package struct CappedSequenceChecker: Sendable {
  package enum Reason: Sendable, Hashable {
    /// Shown: the request with the lowest such number. Offending: all with such numbers.
    case numberOutside(Int64)
    /// Shown: the first two to return with the lowest such number. Offending: all but the first with each number.
    case numberRepeated(Int64)
    /// Shown: the first to be told that the cap was reached, and the last to be accepted though invoked after that.
    /// Offending: those so accepted.
    case acceptedAfterRejection
    /// Shown: the one with the larger number, which had returned, and the one with the smaller number, invoked later;
    /// of all such pairs the one with the most time between. Offending: those with the larger numbers.
    case inverted(returned: Int64, invokedLater: Int64)
    /// Shown: the first to return with a larger number, or told that the cap was reached. By then `needed` numbers
    /// up to this one had gone to requests that nobody saw accepted, and `candidates`, too few, had been invoked.
    case numberMissing(Int64, needed: Int, candidates: Int)
  }

  private struct Accepted {
    var number: Int64
    var invoked: UInt64
    var returned: UInt64
    var index: Int
  }

  private let cap: Int64
  private var count = 0
  private var accepted: [Accepted] = []
  private var ambiguous: [UInt64] = []
  /// The first to be told that the cap was reached.
  private var rejection: (returned: UInt64, index: Int)?

  /// - Precondition: `cap` is not negative.
  package init(cap: Int) {
    precondition(cap >= 0, "a cap is not negative")
    self.cap = Int64(cap)
  }

  package mutating func add(_ operation: CounterOperation) {
    switch operation.answer {
    case .accepted:
      accepted.append(
        Accepted(
          number: operation.number, invoked: operation.invoked, returned: operation.returned, index: count))
    case .rejected:
      if operation.returned < rejection?.returned ?? .max { rejection = (operation.returned, count) }
    case .ambiguous: ambiguous.append(operation.invoked)
    }
    count += 1
  }

  package func result() -> HistoryResult<Reason> {
    let ordered = accepted.sorted { ($0.number, $0.returned, $0.index) < ($1.number, $1.returned, $1.index) }
    let violation =
      outside(ordered) ?? repeated(ordered) ?? afterRejection(ordered) ?? inverted(ordered) ?? missing(ordered)
    return violation.map { .violated($0) } ?? .holds
  }

  private func outside(_ ordered: [Accepted]) -> HistoryViolation<Reason>? {
    let outside = ordered.filter { $0.number < 1 || $0.number > cap }
    return outside.first.map {
      HistoryViolation(.numberOutside($0.number), operations: [$0.index], total: outside.count)
    }
  }

  private func repeated(_ ordered: [Accepted]) -> HistoryViolation<Reason>? {
    var first: Int?
    var total = 0
    for place in ordered.indices.dropFirst() where ordered[place].number == ordered[place - 1].number {
      first = first ?? place
      total += 1
    }
    return first.map {
      HistoryViolation(
        .numberRepeated(ordered[$0].number), operations: [ordered[$0 - 1].index, ordered[$0].index], total: total)
    }
  }

  private func afterRejection(_ ordered: [Accepted]) -> HistoryViolation<Reason>? {
    guard let rejection, let last = ordered.max(by: { $0.invoked < $1.invoked }), last.invoked > rejection.returned
    else { return nil }
    return HistoryViolation(
      .acceptedAfterRejection, operations: [rejection.index, last.index],
      total: ordered.count { $0.invoked > rejection.returned })
  }

  private func inverted(_ ordered: [Accepted]) -> HistoryViolation<Reason>? {
    guard var latest = ordered.first else { return nil }
    var widest: (gap: UInt64, larger: Accepted, smaller: Accepted)?
    var total = 0
    for operation in ordered.dropFirst() {
      if operation.returned < latest.invoked {
        total += 1
        let gap = latest.invoked - operation.returned
        if gap > widest?.gap ?? 0 { widest = (gap, operation, latest) }
      }
      if operation.invoked > latest.invoked { latest = operation }
    }
    return widest.map {
      HistoryViolation(
        .inverted(returned: $0.larger.number, invokedLater: $0.smaller.number),
        operations: [$0.larger.index, $0.smaller.index], total: total)
    }
  }

  /// - Precondition: The numbers of `ordered` are unique and within 1…cap.
  private func missing(_ ordered: [Accepted]) -> HistoryViolation<Reason>? {
    let end = rejection == nil ? (ordered.last?.number ?? 0) : cap
    let needed = Int(end) - ordered.count
    guard needed > 0 else { return nil }
    // For each place the first to return of those from there on; a rejection comes after all of them.
    var deadlines = [(returned: UInt64, index: Int)](repeating: rejection ?? (.max, -1), count: ordered.count + 1)
    for place in ordered.indices.reversed() {
      let operation = ordered[place]
      deadlines[place] =
        operation.returned <= deadlines[place + 1].returned
        ? (operation.returned, operation.index) : deadlines[place + 1]
    }
    let invocations = ambiguous.sorted()
    var filled = 0
    var expected: Int64 = 1
    for place in deadlines.indices {
      let next = place < ordered.count ? ordered[place].number : end + 1
      // Ends by running out of requests, if not of numbers.
      while expected < next {
        guard filled < invocations.count, invocations[filled] <= deadlines[place].returned else {
          return HistoryViolation(
            .numberMissing(expected, needed: filled + 1, candidates: filled),
            operations: [deadlines[place].index], total: needed - filled)
        }
        filled += 1
        expected += 1
      }
      expected = next + 1
    }
    return nil
  }
}
