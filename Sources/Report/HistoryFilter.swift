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
    let isMeant = source.series.map { key in
      (step == nil || key.step == step) && (outcome == nil || key.outcome == outcome)
    }
    var number: UInt32?
    if let value {
      number = source.keyCount == 0 ? nil : (1...UInt32(source.keyCount)).first { source.text(ofKey: $0) == value }
      if number == nil { return }
    }
    let columns = source.keyNames.indices.filter { variable == nil || source.keyNames[$0] == variable }
    try source.forEach { operation in
      guard Int(operation.outcome) < isMeant.count, isMeant[Int(operation.outcome)] else { return }
      if let number, !columns.contains(where: { operation.keys[$0] == number }) { return }
      body(operation)
    }
  }
}
