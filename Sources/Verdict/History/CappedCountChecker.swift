/// Decides whether a counter with a cap can have given the recorded answers, where it does not number those it accepts.
///
/// The history is linearizable if and only if no more than `cap` were accepted and, where anyone was told that the cap
/// was reached, by the first return of such an answer
/// - every accepted request had been invoked, and
/// - enough unanswered requests had been invoked to make up the cap together with the accepted ones.
///
/// A linearizable history in which more than the cap may have been accepted, counting the unanswered, is undecided: the
/// smallest over-issue that is sure to be found is the number of unanswered requests and one.
///
/// - Complexity: `add` O(1); `result` O(n) time, O(n log n) where more than the cap were accepted. 24 bytes of memory for
///   each accepted request, 8 for each unanswered one, none for the rejected.
package struct CappedCountChecker: Sendable {
  package enum Reason: Sendable, Hashable {
    /// Shown: the first to return after `cap` others had. Offending: all beyond the cap.
    case tooMany(accepted: Int)
    /// Shown: the first to be told that the cap was reached, and the last to be accepted though invoked after that.
    /// Offending: those so accepted.
    case acceptedAfterRejection
    /// Shown: the first to be told that the cap was reached, when no more than `possible` can have been accepted.
    case rejectedTooEarly(possible: Int)
  }

  private struct Accepted {
    var invoked: UInt64
    var returned: UInt64
    var index: Int
  }

  private let cap: Int
  private var count = 0
  private var accepted: [Accepted] = []
  private var ambiguous: [UInt64] = []
  /// The first to be told that the cap was reached.
  private var rejection: (returned: UInt64, index: Int)?

  /// - Precondition: `cap` is not negative.
  package init(cap: Int) {
    precondition(cap >= 0, "a cap is not negative")
    self.cap = cap
  }

  package mutating func add(_ operation: CounterOperation) {
    switch operation.answer {
    case .accepted:
      accepted.append(Accepted(invoked: operation.invoked, returned: operation.returned, index: count))
    case .rejected:
      if operation.returned < rejection?.returned ?? .max { rejection = (operation.returned, count) }
    case .ambiguous: ambiguous.append(operation.invoked)
    }
    count += 1
  }

  package func result() -> HistoryResult<Reason> {
    if accepted.count > cap {
      let ordered = accepted.sorted { ($0.returned, $0.index) < ($1.returned, $1.index) }
      return .violated(
        HistoryViolation(
          .tooMany(accepted: accepted.count), operations: [ordered[cap].index], total: accepted.count - cap))
    }
    if let rejection {
      if let last = accepted.max(by: { $0.invoked < $1.invoked }), last.invoked > rejection.returned {
        return .violated(
          HistoryViolation(
            .acceptedAfterRejection, operations: [rejection.index, last.index],
            total: accepted.count { $0.invoked > rejection.returned }))
      }
      let possible = accepted.count + ambiguous.count { $0 <= rejection.returned }
      if possible < cap {
        return .violated(HistoryViolation(.rejectedTooEarly(possible: possible), operations: [rejection.index]))
      }
    }
    return accepted.count + ambiguous.count > cap ? .undecided : .holds
  }
}
