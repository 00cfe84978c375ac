/// What a check of a history came to.
package enum HistoryResult<Reason: Sendable & Hashable>: Sendable, Hashable {
  /// Some order of events explains every answer.
  case holds
  /// The answers can be explained, and so could a violation that the unanswered requests hide.
  case undecided
  case violated(HistoryViolation<Reason>)

  package var verdict: Verdict {
    switch self {
    case .holds: .pass
    case .undecided: .inconclusive
    case .violated: .fail
    }
  }

  package var violation: HistoryViolation<Reason>? {
    if case .violated(let violation) = self { violation } else { nil }
  }
}

/// Why no order of events explains a history, and the fewest operations that show it.
package struct HistoryViolation<Reason: Sendable & Hashable>: Sendable, Hashable {
  package var reason: Reason
  /// Indices of operations, counted as they were added, in the order in which they prove it.
  package var operations: [Int]
  /// Indices of rows of the target's own list, counted as they were added.
  package var rows: [Int]
  /// How many operations or rows offend in the same way.
  package var total: Int

  package init(_ reason: Reason, operations: [Int] = [], rows: [Int] = [], total: Int = 1) {
    self.reason = reason
    self.operations = operations
    self.rows = rows
    self.total = total
  }
}

/// What the client knows of a request's effect.
package enum HistoryAnswer: UInt8, Sendable, Hashable, CaseIterable {
  /// It took effect between its invocation and its return.
  case accepted
  /// It found the limit reached between its invocation and its return, and had no effect.
  case rejected
  /// It may take effect at any time after its invocation, or never: its return is infinite, whatever is on record.
  case ambiguous
}

/// A request to a counter with a limit, as the client saw it.
///
/// Instants are nanoseconds on one clock. One operation came before another where it returned *before* the other was
/// invoked; two that touch at an instant may have happened in either order.
package struct CounterOperation: Sendable, Hashable {
  package var answer: HistoryAnswer
  package var invoked: UInt64
  /// Of no meaning where the answer is ambiguous.
  package var returned: UInt64
  /// The number that an accepted request was given; of no meaning to checks without numbers.
  package var number: Int64

  package init(_ answer: HistoryAnswer, invoked: UInt64, returned: UInt64 = .max, number: Int64 = 0) {
    self.answer = answer
    self.invoked = invoked
    self.returned = returned
    self.number = number
  }
}
