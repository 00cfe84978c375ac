import JSON
import Measurement
import Scenario

/// Holds "at most so many of an outcome for each value of a variable" against the recorded requests and the ledger.
///
/// - Complexity: O(n + keys) time; memory for the keys of one portion, 12 bytes each.
struct AtMostJudge {
  let rule: Invariant.AtMost
  let context: InvariantContext

  private var count: Int { rule.count }
  private var outcome: OutcomeReference { rule.outcome }
  private var variable: String { rule.variable }

  func judge() throws(OperationSourceError) -> Finding {
    guard let column = context.column(variable) else { return context.missing(variable) }
    let distinct = rule.distinct.flatMap { context.column($0) }
    let exercise = try context.exercise(context.series(of: outcome.step))
    var conclusion = Conclusion()
    let ledger = readLedger(&conclusion)
    let isWhole = context.isWhole([outcome.step], recorded: exercise.measured)
    var tally = AtMostTally()
    try context.source.forEachPortion(by: column, also: distinct.map { [$0] } ?? []) {
      portion throws(OperationSourceError) in
      try tally.add(AtMostTally(self, portion, column: column, distinct: distinct, ledger: ledger))
    }
    if tally.offending > 0 {
      conclusion.add(
        .fail,
        "\(counted(tally.offending, "value")) of \(variable) with more than \(Quantity.grouped(count)) "
          + "\(outcome.outcome): \(Quantity.grouped(tally.excess)) too many")
    }
    tally.comparison.allow(unknown: tally.unknown + tally.keyless, isWhole: isWhole)
    tally.comparison.allow(context.ledgerRows?.doubt)
    if ledger != nil { checkLedger(tally, &conclusion) }
    checkDoubts(exercise, tally, ledgerSettles: ledger != nil, &conclusion)
    context.checkCompleteness(of: outcome.step, recorded: exercise.measured, &conclusion)
    let observed = observed(tally, hasLedger: ledger != nil)
    return context.finding(
      conclusion, observed: observed, bound: observed.noun.isEmpty ? .count(count) : .count(0),
      samples: exercise.requests, otherwise: praise(tally),
      counterexample: conclusion.verdict == .fail ? try counterexample(tally, column, hasLedger: ledger != nil) : nil,
      contention: exercise.requests == 0
        ? nil
        : Contention(
          peakInFlight: exercise.overlap.peak, isLowerBound: exercise.overlap.isLowerBound,
          contendedKeys: tally.contention.keys, contestedLimits: tally.contention.contests))
  }

  /// What broke the limit, in number; where nothing did, the most that a key had.
  private func observed(_ tally: AtMostTally, hasLedger: Bool) -> Quantity {
    guard tally.offending == 0, hasLedger else { return .count(tally.most) }
    if let fullest = tally.fullest.sorted.first { return .count(fullest.rows) }
    return tally.comparison.observed ?? .count(tally.most)
  }

  private func praise(_ tally: AtMostTally) -> String {
    let alike = tally.alike > 0 ? " (\(Quantity.grouped(tally.alike)) were told the same again)" : ""
    return "at most \(Quantity.grouped(tally.most)) \(outcome.outcome) for each of "
      + "\(counted(tally.tried, "value")) of \(variable); \(Quantity.grouped(tally.again)) of them asked for more and got "
      + "no more\(alike), \(Quantity.grouped(tally.contention.contests)) with more requests in flight than were left"
  }

  /// The ledger's rows; `nil` where there are none to be read.
  private func readLedger(_ conclusion: inout Conclusion) -> AtMostTally.Ledger? {
    guard let ledger = rule.ledger, context.ledger(&conclusion) != nil, let rows = context.ledgerRows else {
      return nil
    }
    return AtMostTally.Ledger(rows: rows.keys, allowsOthers: ledger.allowsOthers)
  }

  private func checkLedger(_ tally: AtMostTally, _ conclusion: inout Conclusion) {
    if tally.overfull > 0 {
      conclusion.add(
        .fail,
        "the ledger holds more than \(counted(count, "row")) for \(counted(tally.overfull, "value")) of \(variable)")
    }
    guard let rows = context.ledgerRows else { return }
    tally.comparison.report(into: &conclusion, acknowledgement: outcome.outcome, rows, in: context)
  }

  private func checkDoubts(
    _ exercise: InvariantContext.Exercise, _ tally: AtMostTally, ledgerSettles: Bool, _ conclusion: inout Conclusion
  ) {
    if exercise.requests == 0 {
      context.addUnexercised(
        "no request of \(outcome.step) was sent", &conclusion)
    } else if tally.accepted == 0 {
      context.addUnexercised(
        "no request of \(outcome.step) was \(outcome.outcome)", &conclusion)
    } else if tally.again == 0 {
      context.addUnexercised(
        "no value of \(variable) asked more than "
          + (count == 1 ? "once" : "\(counted(count, "time"))"), &conclusion)
    } else {
      context.checkContests(tally.contention, of: variable, Quantity.grouped(count), &conclusion)
    }
    if tally.keyless > 0 {
      conclusion.add(
        .inconclusive, "\(counted(tally.keyless, "request")) answered \(outcome.outcome) without a \(variable)")
    }
    if !ledgerSettles, tally.doubtful > 0 {
      conclusion.add(
        .inconclusive,
        "\(counted(tally.doubtful, "value")) of \(variable) had requests without a clear answer that may have been "
          + "\(outcome.outcome) once too often: only a ledger can tell")
    }
    // Theirs may be any value's, and with a list that has rows of others, any row's.
    let isOpen = ledgerSettles ? tally.othersOverfull > 0 : tally.mostPossible + tally.unknown > UInt64(count)
    if tally.unknown > 0, isOpen {
      conclusion.add(
        .inconclusive,
        "\(counted(tally.unknown, "request")) without a clear answer \(tally.unknown == 1 ? "has" : "have") no "
          + "\(variable) on record, and may have been \(outcome.outcome) once too often"
          + (ledgerSettles ? "" : ": only a ledger can tell"))
    }
  }

  // MARK: - Counterexample

  private func counterexample(
    _ tally: AtMostTally, _ column: Int, hasLedger: Bool
  ) throws(OperationSourceError) -> Counterexample? {
    if tally.offending > 0 {
      return Counterexample(
        summary:
          "\(outcome.outcome) more than \(count == 1 ? "once" : counted(count, "time")) for the same \(variable)",
        explanation: "Each of them took effect, and in whatever order they did, "
          + "\(count == 0 ? "none" : "all but \(Quantity.grouped(count))") came when that \(variable) had its share.",
        requests: tally.worst, total: tally.acceptedOfOffending)
    }
    guard hasLedger else { return nil }
    if tally.overfull > 0 {
      return Counterexample(
        summary: "in the ledger more than \(counted(count, "time")), by \(variable)",
        explanation: "The target's own list says so, whatever was answered.",
        rows: tally.fullest.sorted.map { "\($0.key.asShownKey) (\(counted($0.rows, "row")))" },
        totalRows: UInt64(tally.overfull))
    }
    return try tally.comparison.counterexample(of: [outcome], column: column, in: context)
  }
}
