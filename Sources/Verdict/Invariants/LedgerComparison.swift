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
  /// All keys of `phantom`, in the order of the ledger.
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
      phantomKeys.append(row)
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

  /// What is wrong, in number; `nil` where nothing is.
  var observed: Quantity? {
    if lost > 0 { return .count(lost, lost == 1 ? "row missing" : "rows missing") }
    if phantom > 0 { return .count(phantom, phantom == 1 ? "row too many" : "rows too many") }
    return nil
  }

  /// What shows the difference; `nil` where there is none.
  ///
  /// - Parameter column: Of the key; with it the requests are shown.
  func counterexample(
    of outcomes: [OutcomeReference], column: Int?, in context: InvariantContext
  ) throws(OperationSourceError) -> Counterexample? {
    let acknowledgement = Set(outcomes.map(\.outcome)).sorted().listed
    guard let column else { return counterexample(acknowledgement: acknowledgement) }
    if lost == 0, let counterexample = try phantoms(of: outcomes, column: column, in: context) { return counterexample }
    guard lost > 0, var counterexample = counterexample(acknowledgement: acknowledgement) else {
      return counterexample(acknowledgement: acknowledgement)
    }
    let accepting = context.outcomes(outcomes)
    var found: [UInt32: Operation] = [:]
    try context.source.forEach { operation in
      let key = operation.keys[column]
      guard accepting.at(operation.outcome), lostNumbers.contains(key) else { return }
      // Where a key has several, the last to be answered is the one that most surely should be there.
      if found[key].map({ $0.returned < operation.returned }) ?? true { found[key] = operation }
    }
    counterexample.requests = lostNumbers.compactMap { found[$0] }.map(context.witness)
    counterexample.total = lost
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
      rows: Array(phantomKeys.prefix(InvariantContext.shown)), totalRows: phantom)
  }

  /// The requests that had the keys of phantom rows, each of which was told something else; `nil` where there are none.
  ///
  /// - Complexity: O(n + keys) time.
  func phantoms(
    of outcomes: [OutcomeReference], column: Int, in context: InvariantContext
  ) throws(OperationSourceError) -> Counterexample? {
    guard phantom > 0 else { return nil }
    var order: [String: Int] = [:]
    for (place, key) in phantomKeys.enumerated() where order[key] == nil { order[key] = place }
    var places: [UInt32: Int] = [:]
    for number in 0..<UInt32(context.source.keyCount) {
      if let place = order[context.source.text(ofKey: number + 1)] { places[number + 1] = place }
    }
    let ofSteps = context.series(of: outcomes)
    let accepting = context.outcomes(outcomes)
    var first = FirstFew<Operation>(InvariantContext.shown) { [places] in
      (places[$0.keys[column]]!, $0.invoked, $0.user) < (places[$1.keys[column]]!, $1.invoked, $1.user)
    }
    var total: UInt64 = 0
    var told: Set<String> = []
    var isAccountedFor = false
    try context.source.forEach { operation in
      guard ofSteps.at(operation.outcome), places[operation.keys[column]] != nil else { return }
      total += 1
      first.insert(operation)
      told.insert(context.source.series[Int(operation.outcome)].outcome)
      if accepting.at(operation.outcome) || operation.flags.contains(.ambiguous) { isAccountedFor = true }
    }
    guard total > 0 else { return nil }
    return Counterexample(
      summary: isAccountedFor
        ? "the ledger holds more rows than these requests account for"
        : "answered \(told.sorted().joined(separator: " or ")), and the ledger holds a row of the same "
          + context.source.keyNames[column],
      explanation: isAccountedFor
        ? "Every row that these requests can have left is counted, and there are more."
        : "None of these answers grants a row, and no other request accounts for one: the ledger was read after the "
          + "last answer.",
      requests: first.sorted.map(context.witness), total: total,
      rows: Array(phantomKeys.prefix(InvariantContext.shown)), totalRows: phantom)
  }
}
