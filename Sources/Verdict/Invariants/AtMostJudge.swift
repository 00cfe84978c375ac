import JSON
import Measurement
import Scenario

/// Holds "at most so many of an outcome for each value of a variable" against the recorded requests and the ledger.
///
/// - Complexity: O(n + keys) time; 12 bytes of memory a key.
struct AtMostJudge {
  let rule: Invariant.AtMost
  let context: InvariantContext

  private var count: Int { rule.count }
  private var outcome: OutcomeReference { rule.outcome }
  private var variable: String { rule.variable }

  private struct Survey {
    var requests: UInt64 = 0
    var measured: UInt64 = 0
    var accepted: UInt64 = 0
    /// Accepted, and the variable had no value.
    var keyless: UInt64 = 0
    /// Accepted again with a result that the same key had before.
    var alike: UInt64 = 0
    var overlap = KeyOverlapSurvey()
    var contended = 0
    var whole = OverlapSurvey()
    /// By key number: accepted, may have been, and all.
    var acceptedOf: [UInt32]
    var ambiguousOf: [UInt32]
    var requestsOf: [UInt32]
  }

  func judge() throws(OperationSourceError) -> Finding {
    guard let column = context.column(variable) else { return context.missing(variable) }
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
    let observed = observed(most, rows)
    return context.finding(
      conclusion, observed: observed, bound: observed.noun.isEmpty ? .count(count) : .count(0),
      samples: survey.requests, otherwise: praise(survey, most: most, limit: limit),
      counterexample: conclusion.verdict == .fail ? try counterexample(survey, offending, excess, rows, column) : nil,
      contention: survey.requests == 0
        ? nil
        : Contention(
          peakInFlight: survey.whole.peak, isLowerBound: survey.whole.isLowerBound, contendedKeys: survey.contended))
  }

  /// What broke the limit, in number; where nothing did, the most that a key had.
  private func observed(
    _ most: UInt32, _ ledger: (excess: [String: Int], comparison: LedgerComparison)?
  ) -> Quantity {
    guard most <= UInt32(clamping: count), let ledger else { return .count(most) }
    if let rows = ledger.excess.values.max() { return .count(rows) }
    return ledger.comparison.observed ?? .count(most)
  }

  private func praise(_ survey: Survey, most: UInt32, limit: UInt32) -> String {
    let tried = survey.requestsOf.dropFirst().count { $0 > 0 }
    let again = survey.requestsOf.dropFirst().count { $0 > limit }
    let alike = survey.alike > 0 ? " (\(Quantity.grouped(survey.alike)) were told the same again)" : ""
    return "at most \(Quantity.grouped(most)) \(outcome.outcome) for each of "
      + "\(counted(tried, "value")) of \(variable); \(Quantity.grouped(again)) of them asked for more and got no more"
      + alike + ", \(Quantity.grouped(survey.contended)) at once"
  }

  private func survey(_ column: Int) throws(OperationSourceError) -> Survey {
    let accepting = context.outcomes(outcome)
    let ofStep = context.series(of: outcome.step)
    let zeros = [UInt32](repeating: 0, count: context.source.keyCount + 1)
    var survey = Survey(acceptedOf: zeros, ambiguousOf: zeros, requestsOf: zeros)
    let distinct = rule.distinct.flatMap { context.column($0) }
    var seen: Set<UInt64> = []
    try context.source.forEach { operation in
      guard ofStep.at(operation.outcome) else { return }
      let key = Int(operation.keys[column])
      survey.requests += 1
      if !operation.flags.contains(.warmUp) { survey.measured += 1 }
      survey.requestsOf[key] += 1
      survey.whole.add(invoked: operation.invoked, returned: operation.returned)
      survey.overlap.add(key: operation.keys[column], invoked: operation.invoked, returned: operation.returned)
      if accepting.at(operation.outcome) {
        survey.accepted += 1
        if let distinct, key != 0, !seen.insert(UInt64(key) << 32 | UInt64(operation.keys[distinct])).inserted {
          survey.alike += 1
          return
        }
        if key == 0 { survey.keyless += 1 } else { survey.acceptedOf[key] += 1 }
      } else if operation.flags.contains(.ambiguous), key != 0 {
        survey.ambiguousOf[key] += 1
      }
    }
    survey.contended = survey.overlap.contendedKeys
    return survey
  }

  /// The ledger's rows by key, and how it differs; `nil` where there is none to be read.
  private func checkLedger(
    _ survey: Survey, _ column: Int, _ conclusion: inout Conclusion
  ) -> (excess: [String: Int], comparison: LedgerComparison)? {
    guard let ledger = rule.ledger else { return nil }
    guard let record = context.record.ledgers[context.invariant.name] else {
      conclusion.add(.inconclusive, "the ledger was not read")
      return nil
    }
    if let failure = record.failure {
      conclusion.add(.inconclusive, "the ledger could not be read: \(failure)")
      return nil
    }
    let keys =
      ledger.allowsOthers
      ? context.ownKeys(record.keys) { survey.requestsOf[Int($0)] > 0 } : record.keys
    var rows: [String: Int] = [:]
    for key in keys { rows[key, default: 0] += 1 }
    let excess = rows.filter { $0.value > count }
    if !excess.isEmpty {
      conclusion.add(
        .fail,
        "the ledger holds more than \(counted(count, "row")) for \(counted(excess.count, "value")) of \(variable)")
    }
    let comparison =
      if (ledger.variable ?? variable) == variable {
        LedgerComparison(
          rows: keys, acknowledged: survey.acceptedOf, ambiguous: survey.ambiguousOf,
          text: context.source.text(ofKey:))
      } else {
        LedgerComparison(
          rows: keys.count, acknowledged: survey.accepted,
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
    } else if !survey.requestsOf.dropFirst().contains(where: { $0 > limit }) {
      conclusion.add(
        context.unexercised,
        "not exercised: no value of \(variable) asked more than "
          + (count == 1 ? "once" : "\(counted(count, "time"))"))
    } else {
      context.checkOverlap(survey.overlap, of: variable, &conclusion)
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
      // The one with the most; of equal ones the one that came first.
      let worst = offending.max { (survey.acceptedOf[$0], $1) < (survey.acceptedOf[$1], $0) } ?? 0
      let shown = try requests(of: worst, column)
      let all = offending.reduce(into: UInt64(0)) { $0 += UInt64(survey.acceptedOf[$1]) }
      return Counterexample(
        summary:
          "\(outcome.outcome) more than \(count == 1 ? "once" : counted(count, "time")) for the same \(variable)",
        explanation: "Each of them took effect, and in whatever order they did, "
          + "\(count == 0 ? "none" : "all but \(Quantity.grouped(count))") came when that \(variable) had its share.",
        requests: shown.map(context.witness), total: all)
    }
    guard let ledger else { return nil }
    if !ledger.excess.isEmpty {
      let worst = ledger.excess.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
      return Counterexample(
        summary: "in the ledger more than \(counted(count, "time")), by \(variable)",
        explanation: "The target's own list says so, whatever was answered.",
        rows: worst.prefix(InvariantContext.shown).map { "\($0.key) (\(counted($0.value, "row")))" },
        totalRows: UInt64(ledger.excess.count))
    }
    return try ledger.comparison.counterexample(of: [outcome], column: column, in: context)
  }

  /// The first accepted requests of a key, in the order of their answers: one more than may be, or a few.
  private func requests(of key: Int, _ column: Int) throws(OperationSourceError) -> [Operation] {
    let accepting = context.outcomes(outcome)
    let distinct = rule.distinct.flatMap { context.column($0) }
    var found: [Operation] = []
    try context.source.forEach { operation in
      if accepting.at(operation.outcome), Int(operation.keys[column]) == key { found.append(operation) }
    }
    found.sort { ($0.returned, $0.invoked) < ($1.returned, $1.invoked) }
    var seen: Set<UInt32> = []
    if let distinct { found.removeAll { !seen.insert($0.keys[distinct]).inserted } }
    return Array(found.prefix(min(count, InvariantContext.shown) + 1))
  }
}
