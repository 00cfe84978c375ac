import JSON
import Measurement
import Scenario

/// Holds "at most so many of an outcome for each value of a variable" against the recorded requests and the ledger.
///
/// - Complexity: O(n + keys) time; 12 bytes of memory a key.
struct AtMostJudge {
  let invariant: Invariant
  let count: Int
  let outcome: OutcomeReference
  let variable: String
  let ledger: Invariant.Ledger?
  let context: InvariantContext

  private struct Survey {
    var requests: UInt64 = 0
    var measured: UInt64 = 0
    var accepted: UInt64 = 0
    /// Accepted, and the variable had no value.
    var keyless: UInt64 = 0
    /// By key number: accepted, may have been, and all.
    var acceptedOf: [UInt32]
    var ambiguousOf: [UInt32]
    var requestsOf: [UInt32]
  }

  func judge() throws(OperationSourceError) -> Finding {
    guard let column = context.column(variable) else {
      return Finding(
        kind: .invariant, name: invariant.name, text: invariant.text, verdict: .inconclusive,
        message: "the requests on record do not have \(variable)", range: invariant.range)
    }
    let survey = try survey(column)
    var conclusion = Conclusion()
    let limit = UInt32(clamping: count)
    let offending = survey.acceptedOf.indices.dropFirst().filter { survey.acceptedOf[$0] > limit }
    let excess = offending.reduce(into: UInt64(0)) { $0 += UInt64(survey.acceptedOf[$1] - limit) }
    if !offending.isEmpty {
      conclusion.add(
        .fail,
        "\(counted(offending.count, "value")) of \(variable) with more than \(Quantity.grouped(count)) "
          + "\(outcome.outcome): \(Quantity.grouped(excess)) too many")
    }
    let rows = checkLedger(survey, column, &conclusion)
    checkDoubts(survey, limit, ledgerSettles: rows != nil, &conclusion)
    context.checkCompleteness(of: outcome.step, recorded: survey.measured, &conclusion)
    let most = survey.acceptedOf.dropFirst().max() ?? 0
    return Finding(
      kind: .invariant, name: invariant.name, text: invariant.text, verdict: conclusion.verdict,
      observed: Quantity(Double(most), .count), bound: Quantity(Double(count), .count), samples: survey.requests,
      message: conclusion.message(otherwise: praise(survey, most: most, limit: limit)), range: invariant.range,
      counterexample: conclusion.verdict == .fail
        ? try counterexample(survey, offending, excess, rows, column) : nil)
  }

  private func praise(_ survey: Survey, most: UInt32, limit: UInt32) -> String {
    let tried = survey.requestsOf.dropFirst().count { $0 > 0 }
    let again = survey.requestsOf.dropFirst().count { $0 > limit }
    let asked =
      again == 0
      ? "none of them asked for more" : "\(Quantity.grouped(again)) of them asked for more and got no more"
    return "at most \(Quantity.grouped(most)) \(outcome.outcome) for each of "
      + "\(counted(tried, "value")) of \(variable); \(asked)"
  }

  private func survey(_ column: Int) throws(OperationSourceError) -> Survey {
    let accepting = context.outcomes(outcome)
    let ofStep = context.series(of: outcome.step)
    let zeros = [UInt32](repeating: 0, count: context.source.keyCount + 1)
    var survey = Survey(acceptedOf: zeros, ambiguousOf: zeros, requestsOf: zeros)
    try context.source.forEach { operation in
      guard ofStep.at(operation.outcome) else { return }
      let key = Int(operation.keys[column])
      survey.requests += 1
      if !operation.flags.contains(.warmUp) { survey.measured += 1 }
      survey.requestsOf[key] += 1
      if accepting.at(operation.outcome) {
        survey.accepted += 1
        if key == 0 { survey.keyless += 1 } else { survey.acceptedOf[key] += 1 }
      } else if operation.flags.contains(.ambiguous), key != 0 {
        survey.ambiguousOf[key] += 1
      }
    }
    return survey
  }

  /// The ledger's rows by key, and how it differs; `nil` where there is none to be read.
  private func checkLedger(
    _ survey: Survey, _ column: Int, _ conclusion: inout Conclusion
  ) -> (excess: [String: Int], comparison: LedgerComparison)? {
    guard let ledger else { return nil }
    guard let record = context.record.ledgers[invariant.name] else {
      conclusion.add(.inconclusive, "the ledger was not read")
      return nil
    }
    if let failure = record.failure {
      conclusion.add(.inconclusive, "the ledger could not be read: \(failure)")
      return nil
    }
    var rows: [String: Int] = [:]
    for key in record.keys { rows[key, default: 0] += 1 }
    let excess = rows.filter { $0.value > count }
    if !excess.isEmpty {
      conclusion.add(
        .fail,
        "the ledger holds more than \(counted(count, "row")) for \(counted(excess.count, "value")) of \(variable)")
    }
    let comparison =
      if (ledger.variable ?? variable) == variable {
        LedgerComparison(
          rows: record.keys, acknowledged: survey.acceptedOf, ambiguous: survey.ambiguousOf,
          text: context.source.text(ofKey:))
      } else {
        LedgerComparison(
          rows: record.keys.count, acknowledged: survey.accepted,
          ambiguous: survey.ambiguousOf.reduce(into: 0) { $0 += UInt64($1) })
      }
    comparison.report(into: &conclusion, acknowledgement: outcome.outcome)
    return (excess, comparison)
  }

  private func checkDoubts(
    _ survey: Survey, _ limit: UInt32, ledgerSettles: Bool, _ conclusion: inout Conclusion
  ) {
    if survey.requests == 0 {
      conclusion.add(context.unexercised, "not exercised: no request of \(outcome.step) was sent")
    } else if survey.accepted == 0 {
      conclusion.add(context.unexercised, "not exercised: no request of \(outcome.step) was \(outcome.outcome)")
    }
    if survey.keyless > 0 {
      conclusion.add(
        .inconclusive, "\(counted(survey.keyless, "request")) answered \(outcome.outcome) without a \(variable)")
    }
    guard !ledgerSettles else { return }
    let doubtful = survey.acceptedOf.indices.dropFirst().count {
      survey.acceptedOf[$0] <= limit && survey.acceptedOf[$0] + survey.ambiguousOf[$0] > limit
    }
    if doubtful > 0 {
      conclusion.add(
        .inconclusive,
        "\(counted(doubtful, "value")) of \(variable) had requests without a clear answer that may have been "
          + "\(outcome.outcome) once too often: only a ledger can tell")
    }
  }

  // MARK: - Counterexample

  private func counterexample(
    _ survey: Survey, _ offending: [Int], _ excess: UInt64,
    _ ledger: (excess: [String: Int], comparison: LedgerComparison)?,
    _ column: Int
  ) throws(OperationSourceError) -> Counterexample? {
    if !offending.isEmpty {
      // Those with the most first; of equal ones those that came first.
      var worst = FirstFew<Int>(InvariantContext.shown) {
        (survey.acceptedOf[$1], $0) < (survey.acceptedOf[$0], $1)
      }
      for key in offending { worst.insert(key) }
      let shown = try requests(of: worst.sorted, column)
      let all = offending.reduce(into: UInt64(0)) { $0 += UInt64(survey.acceptedOf[$1]) }
      return Counterexample(
        summary: "\(outcome.outcome) more than \(Quantity.grouped(count)) times for the same \(variable)",
        requests: shown.map(context.witness), total: all)
    }
    guard let ledger else { return nil }
    if !ledger.excess.isEmpty {
      let worst = ledger.excess.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
      return Counterexample(
        summary: "in the ledger more than \(counted(count, "time")), by \(variable)",
        rows: worst.prefix(InvariantContext.shown).map { "\($0.key) (\(counted($0.value, "row")))" },
        totalRows: UInt64(ledger.excess.count))
    }
    let comparison = ledger.comparison
    if comparison.lost > 0 {
      return Counterexample(
        summary: "answered \(outcome.outcome), and not in the ledger", rows: comparison.lostKeys,
        totalRows: comparison.lost)
    }
    return Counterexample(
      summary: "in the ledger, and nobody was told", rows: comparison.phantomKeys, totalRows: comparison.phantom)
  }

  /// The accepted requests of these keys, key by key, each in the order of its answers; at most `count` and two a key.
  private func requests(of keys: [Int], _ column: Int) throws(OperationSourceError) -> [Operation] {
    let accepting = context.outcomes(outcome)
    var found: [Int: FirstFew<Operation>] = [:]
    for key in keys {
      found[key] = FirstFew(min(count, InvariantContext.shown) + 2) {
        ($0.returned, $0.invoked) < ($1.returned, $1.invoked)
      }
    }
    try context.source.forEach { operation in
      if accepting.at(operation.outcome) { found[Int(operation.keys[column])]?.insert(operation) }
    }
    return keys.flatMap { found[$0]?.sorted ?? [] }
  }
}
