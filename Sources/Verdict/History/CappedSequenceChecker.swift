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
/// Requests are given once in full. Those of them with numbers can be many more than fit into memory: they can be looked at a
/// range of numbers after another, each of which is given again.
///
/// - Complexity: O(n log n) time. Memory: 32 bytes for each accepted request of a range, and 8 more in `endRange`; 8 for each
///   unanswered one, none for the rejected.
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

  fileprivate struct Accepted {
    var number: Int64
    var invoked: UInt64
    var returned: UInt64
    var index: Int
  }

  /// The first to be told something.
  fileprivate struct First {
    var returned: UInt64
    var index: Int

    static let never = First(returned: .max, index: -1)
  }

  private let cap: Int64
  private let width: Int64
  private var count = 0
  private var acceptedCount = 0
  private var largest: Int64 = 0
  private var ambiguous: [UInt64] = []
  /// The first to be told that the cap was reached.
  private var rejection: First?
  /// Of each range the first to return; numbers beyond all ranges are in the last, those below in the first.
  private var firstOfRange: [First]
  /// Numbers of this range.
  private var accepted: [Accepted] = []
  private var range = 0
  private var scan: CappedSequenceScan?

  /// - Parameters:
  ///   - cap: The largest number there can be.
  ///   - largest: The largest number expected; what is beyond is looked at with the last range.
  ///   - ranges: Into how many the numbers are divided.
  /// - Precondition: `cap` is not negative, and there is a range.
  package init(cap: Int, largest: Int64? = nil, ranges: Int = 1) {
    precondition(cap >= 0 && ranges > 0, "a cap is not negative, and there is a range")
    self.cap = Int64(cap)
    width = max(1, (largest ?? Int64(cap)) / Int64(ranges) + 1)
    firstOfRange = Array(repeating: .never, count: ranges)
  }

  /// In how many ranges the numbers are looked at.
  package var rangeCount: Int { firstOfRange.count }

  private func range(of number: Int64) -> Int { Int(min(max(0, number) / width, Int64(rangeCount - 1))) }

  /// A request, given for the first time.
  package mutating func add(_ operation: CounterOperation) {
    switch operation.answer {
    case .accepted:
      acceptedCount += 1
      largest = max(largest, operation.number)
      let range = range(of: operation.number)
      if operation.returned < firstOfRange[range].returned {
        firstOfRange[range] = First(returned: operation.returned, index: count)
      }
      keep(operation, index: count)
    case .rejected:
      if operation.returned < rejection?.returned ?? .max {
        rejection = First(returned: operation.returned, index: count)
      }
    case .ambiguous: ambiguous.append(operation.invoked)
    }
    count += 1
  }

  /// A request, given again to look at another range.
  ///
  /// - Parameter index: Its place among all, as they were added.
  package mutating func addAgain(_ operation: CounterOperation, index: Int) {
    if operation.answer == .accepted { keep(operation, index: index) }
  }

  private mutating func keep(_ operation: CounterOperation, index: Int) {
    guard range(of: operation.number) == range else { return }
    accepted.append(
      Accepted(number: operation.number, invoked: operation.invoked, returned: operation.returned, index: index))
  }

  /// Looks at the range that was given, and goes on to the next.
  package mutating func endRange() {
    // For what is missing the first to return counts, of those with larger numbers.
    var later = rejection ?? .never
    for first in firstOfRange[(range + 1)...].reversed() where first.returned <= later.returned && first.index >= 0 {
      later = first
    }
    var scan =
      self.scan
      ?? CappedSequenceScan(
        cap: cap, end: rejection == nil ? largest : cap, acceptedCount: acceptedCount, rejection: rejection,
        ambiguous: ambiguous.sorted())
    accepted.sort { ($0.number, $0.returned, $0.index) < ($1.number, $1.returned, $1.index) }
    scan.add(accepted, before: later)
    accepted.removeAll(keepingCapacity: true)
    range += 1
    if range == rangeCount { scan.finish() }
    self.scan = scan
  }

  /// - Precondition: All ranges but the last have been ended.
  package func result() -> HistoryResult<Reason> {
    var checker = self
    if range < rangeCount { checker.endRange() }
    precondition(checker.range == checker.rangeCount, "not all ranges of numbers were looked at")
    return checker.scan?.violation.map { .violated($0) } ?? .holds
  }
}

/// Goes through accepted requests by number, lowest first.
private struct CappedSequenceScan {
  typealias Reason = CappedSequenceChecker.Reason
  typealias Accepted = CappedSequenceChecker.Accepted
  typealias First = CappedSequenceChecker.First

  private let cap: Int64
  /// The last number that somebody must have got.
  private let end: Int64
  private let needed: Int
  private let rejection: First?
  /// When the unanswered were invoked, in order.
  private let ambiguous: [UInt64]

  private var outside: HistoryViolation<Reason>?
  private var repeated: HistoryViolation<Reason>?
  private var last: Accepted?
  private var sentAfterRejection = 0
  /// Of those so far the last to be invoked.
  private var latest: Accepted?
  private var previous: Accepted?
  private var widest: (gap: UInt64, larger: Accepted, smaller: Accepted)?
  private var inversions = 0
  private var missing: HistoryViolation<Reason>?
  private var filled = 0
  private var expected: Int64 = 1

  init(cap: Int64, end: Int64, acceptedCount: Int, rejection: First?, ambiguous: [UInt64]) {
    self.cap = cap
    self.end = end
    self.rejection = rejection
    self.ambiguous = ambiguous
    needed = Int(clamping: end) - acceptedCount
  }

  var violation: HistoryViolation<Reason>? { outside ?? repeated ?? afterRejection ?? inverted ?? missing }

  /// Accepted requests with the next numbers.
  ///
  /// - Parameter later: The first to return of all that come after them.
  mutating func add(_ ordered: [Accepted], before later: First) {
    for operation in ordered {
      if operation.number < 1 || operation.number > cap {
        outside = outside ?? HistoryViolation(.numberOutside(operation.number), operations: [operation.index], total: 0)
        outside?.total += 1
      }
      if let previous, previous.number == operation.number {
        repeated =
          repeated
          ?? HistoryViolation(
            .numberRepeated(operation.number), operations: [previous.index, operation.index], total: 0)
        repeated?.total += 1
      }
      previous = operation
      if let rejection, operation.invoked > rejection.returned { sentAfterRejection += 1 }
      if operation.invoked > last?.invoked ?? 0 || last == nil { last = operation }
      addOrder(operation)
    }
    if outside == nil, repeated == nil, needed > 0 { fill(ordered, before: later) }
  }

  private mutating func addOrder(_ operation: Accepted) {
    guard let latest else {
      self.latest = operation
      return
    }
    if operation.returned < latest.invoked {
      inversions += 1
      let gap = latest.invoked - operation.returned
      if gap > widest?.gap ?? 0 { widest = (gap, operation, latest) }
    }
    if operation.invoked > latest.invoked { self.latest = operation }
  }

  private var afterRejection: HistoryViolation<Reason>? {
    guard let rejection, let last, last.invoked > rejection.returned else { return nil }
    return HistoryViolation(
      .acceptedAfterRejection, operations: [rejection.index, last.index], total: sentAfterRejection)
  }

  private var inverted: HistoryViolation<Reason>? {
    widest.map {
      HistoryViolation(
        .inverted(returned: $0.larger.number, invokedLater: $0.smaller.number),
        operations: [$0.larger.index, $0.smaller.index], total: inversions)
    }
  }

  /// Gives each missing number to an unanswered request.
  ///
  /// - Precondition: The numbers so far are unique and within 1…cap.
  private mutating func fill(_ ordered: [Accepted], before later: First) {
    // For each place the first to return of those from there on.
    var deadlines = [First](repeating: later, count: ordered.count)
    var deadline = later
    for place in ordered.indices.reversed() {
      if ordered[place].returned <= deadline.returned {
        deadline = First(returned: ordered[place].returned, index: ordered[place].index)
      }
      deadlines[place] = deadline
    }
    for place in ordered.indices { fill(to: ordered[place].number, deadlines[place]) }
  }

  private mutating func fill(to next: Int64, _ deadline: First) {
    // Ends by running out of requests, if not of numbers.
    while missing == nil, expected < next {
      guard filled < ambiguous.count, ambiguous[filled] <= deadline.returned else {
        missing = HistoryViolation(
          .numberMissing(expected, needed: filled + 1, candidates: filled), operations: [deadline.index],
          total: needed - filled)
        return
      }
      filled += 1
      expected += 1
    }
    expected = next + 1
  }

  /// After the last.
  mutating func finish() {
    if outside == nil, repeated == nil, needed > 0 { fill(to: end + 1, rejection ?? .never) }
  }
}
