import Measurement
import Scenario

/// A ledger held against what the client was told, key by key or in number.
struct LedgerComparison {
  /// Acknowledged to the client and not in the ledger.
  var lost: UInt64 = 0
  /// In the ledger, and no request that was acknowledged or may have taken effect accounts for it.
  var phantom: UInt64 = 0
  /// The first keys of each, where keys are compared.
  var lostKeys: [String] = []
  /// The source's numbers of `lostKeys`.
  var lostNumbers: [UInt32] = []
  var phantomKeys: [String] = []

  /// In number alone.
  init(rows: Int, acknowledged: UInt64, ambiguous: UInt64) {
    let rows = UInt64(rows)
    lost = acknowledged > rows ? acknowledged - rows : 0
    phantom = rows > acknowledged + ambiguous ? rows - acknowledged - ambiguous : 0
  }

  /// Key by key; `acknowledged` and `ambiguous` by the source's numbers.
  ///
  /// - Complexity: O(rows + keys).
  init(rows: [String], acknowledged: [UInt32], ambiguous: [UInt32], text: (UInt32) -> String) {
    var unaccounted: [String: Int] = [:]
    unaccounted.reserveCapacity(rows.count)
    for row in rows { unaccounted[row, default: 0] += 1 }
    for number in acknowledged.indices.dropFirst() where acknowledged[number] > 0 || ambiguous[number] > 0 {
      let key = text(UInt32(number))
      let held = unaccounted[key] ?? 0
      let told = Int(acknowledged[number])
      if held < told {
        lost += UInt64(told - held)
        if lostKeys.count < InvariantContext.shown {
          lostKeys.append(key)
          lostNumbers.append(UInt32(number))
        }
      }
      unaccounted[key] = max(0, held - told - Int(ambiguous[number]))
    }
    for row in rows {
      guard let left = unaccounted[row], left > 0 else { continue }
      phantom += UInt64(left)
      if phantomKeys.count < InvariantContext.shown { phantomKeys.append(row) }
      unaccounted[row] = 0
    }
  }

  func report(into conclusion: inout Conclusion, acknowledgement: String) {
    if lost > 0 {
      conclusion.add(
        .fail, "\(counted(lost, "request")) answered \(acknowledgement), and the ledger does not hold them")
    }
    if phantom > 0 {
      conclusion.add(
        .fail,
        "the ledger holds \(counted(phantom, "row")) that no request accounts for"
          + " (a target that was not reset before the run looks the same)")
    }
  }

  /// What shows the difference; `nil` where there is none.
  ///
  /// - Parameter column: Of the key; with it the requests are shown that were acknowledged.
  func counterexample(
    of outcome: OutcomeReference, column: Int?, in context: InvariantContext
  ) throws(OperationSourceError) -> Counterexample? {
    var counterexample = counterexample(acknowledgement: outcome.outcome)
    guard lost > 0, let column else { return counterexample }
    let accepting = context.outcomes(outcome)
    var found: [UInt32: Operation] = [:]
    try context.source.forEach { operation in
      let key = operation.keys[column]
      guard accepting.at(operation.outcome), lostNumbers.contains(key) else { return }
      // Where a key has several, the last to be answered is the one that most surely should be there.
      if found[key].map({ $0.returned < operation.returned }) ?? true { found[key] = operation }
    }
    counterexample?.requests = lostNumbers.compactMap { found[$0] }.map(context.witness)
    counterexample?.total = lost
    return counterexample
  }

  func counterexample(acknowledgement: String) -> Counterexample? {
    if lost > 0 {
      return Counterexample(
        summary: "answered \(acknowledgement), and not in the ledger",
        explanation: "What was acknowledged had taken effect, and the ledger was read after the last answer.",
        rows: lostKeys, totalRows: lost)
    }
    guard phantom > 0 else { return nil }
    return Counterexample(
      summary: "in the ledger, and nobody was told",
      explanation: "Neither a request that was answered \(acknowledgement) nor one without a clear answer accounts for "
        + "these rows.",
      rows: phantomKeys, totalRows: phantom)
  }
}
