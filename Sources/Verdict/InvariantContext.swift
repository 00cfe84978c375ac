import Measurement
import Scenario

/// What the checks of invariants share: the recorded requests, whose outcome is whose, and how to name a request.
struct InvariantContext {
  /// How many requests a counterexample shows.
  static let shown = 5

  let record: RunRecord
  let source: any OperationSource

  /// For each number that `Operation.outcome` can be, whether its series is `reference` in any group.
  func outcomes(_ reference: OutcomeReference) -> [Bool] {
    source.series.map { $0.step == reference.step && $0.outcome == reference.outcome }
  }

  /// For each number that `Operation.outcome` can be, whether its series is of `step`.
  func series(of step: String) -> [Bool] { source.series.map { $0.step == step } }

  /// The column of `Operation.keys` that holds `variable`.
  func column(_ variable: String) -> Int? { source.keyNames.firstIndex(of: variable) }

  func witness(_ operation: Operation) -> Witness {
    let index = Int(operation.outcome)
    let series = index < source.series.count ? source.series[index] : SeriesKey(group: "", step: "", outcome: "")
    var keys: [Witness.Key] = []
    for (column, name) in source.keyNames.enumerated() where column < operation.keys.count {
      let key = operation.keys[column]
      if key != 0 { keys.append(Witness.Key(name, source.text(ofKey: key))) }
    }
    return Witness(
      group: series.group, step: series.step, outcome: series.outcome, status: operation.status, user: operation.user,
      iteration: operation.iteration, keys: keys, sent: operation.invoked,
      returned: operation.returned == Operation.never ? nil : operation.returned,
      sequence: operation.flags.contains(.sequenced) ? operation.sequence : nil)
  }

  /// The run went to its end, so that what it did not do is not owed to its being cut short.
  var ranToItsEnd: Bool { record.ending == .completed || record.ending == .aborted }

  /// A run that did not put an invariant to the test is spoiled; one that was cut short had no time to.
  var unexercised: Verdict { ranToItsEnd ? .invalid : .inconclusive }

  /// How many requests of `step` were counted outside warm-up; what was never sent is counted, and is no operation.
  func counted(_ step: String) -> UInt64 {
    record.series.reduce(into: UInt64(0)) {
      if $1.key.step == step, !BuiltInOutcome.neverSent.contains($1.key.outcome) { $0 += $1.count }
    }
  }

  /// Says so where fewer requests of `step` are on record than were counted.
  func checkCompleteness(of step: String, recorded: UInt64, _ conclusion: inout Conclusion) {
    let counted = counted(step)
    guard recorded < counted else { return }
    conclusion.add(
      .inconclusive,
      "only \(Quantity.grouped(recorded)) of \(Quantity.grouped(counted)) requests of \(step) are on record")
  }
}

/// A ledger held against what the client was told, key by key or in number.
struct LedgerComparison {
  /// Acknowledged to the client and not in the ledger.
  var lost: UInt64 = 0
  /// In the ledger, and no request that was acknowledged or may have taken effect accounts for it.
  var phantom: UInt64 = 0
  /// The first keys of each, where keys are compared.
  var lostKeys: [String] = []
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
        if lostKeys.count < InvariantContext.shown { lostKeys.append(key) }
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
}
