import Measurement
import Verdict

/// Which recorded requests are meant.
package struct HistoryFilter: Sendable, Hashable {
  package var step: String?
  package var outcome: String?
  /// The variable that `value` is of; `nil`: any.
  package var variable: String?
  package var value: String?

  package init(step: String? = nil, outcome: String? = nil, variable: String? = nil, value: String? = nil) {
    self.step = step
    self.outcome = outcome
    self.variable = variable
    self.value = value
  }

  /// Calls `body` with each request that is meant, in the source's order.
  ///
  /// - Complexity: O(requests + keys).
  package func forEach(
    in source: any OperationSource, _ body: (Operation) -> Void
  ) throws(OperationSourceError) {
    if let value {
      let numbers = source.numbers(ofKey: value)
      if !numbers.isEmpty { try forEach(in: source, numbers: numbers, body) }
    } else {
      try forEach(in: source, numbers: nil, body)
    }
  }

  /// - Parameter numbers: That `value` has in `operations`.
  func forEach(
    in operations: any OperationSequence, numbers: Set<UInt32>?, _ body: (Operation) -> Void
  ) throws(OperationSourceError) {
    let isMeant = operations.series.map { key in
      (step == nil || key.step == step) && (outcome == nil || key.outcome == outcome)
    }
    let columns = operations.keyNames.indices.filter { variable == nil || operations.keyNames[$0] == variable }
    try operations.forEach { operation in
      guard Int(operation.outcome) < isMeant.count, isMeant[Int(operation.outcome)] else { return }
      if let numbers, !columns.contains(where: { numbers.contains(operation.keys[$0]) }) { return }
      body(operation)
    }
  }
}
