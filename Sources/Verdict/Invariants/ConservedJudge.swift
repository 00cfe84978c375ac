import JSON
import Measurement
import Scenario

/// Holds the target's own list against what the clients were told, key by key: nothing acknowledged is lost, and nothing
/// is there that no request accounts for.
///
/// - Complexity: O(n + rows + keys) time; memory for the rows' texts and, of one portion of the keys, 8 bytes an
///   acknowledged request and 8 bytes a key.
struct ConservedJudge {
  let rule: Invariant.Conserved
  let context: InvariantContext

  private struct Survey {
    var requests: UInt64 = 0
    var measured: UInt64 = 0
    var accepted: UInt64 = 0
    var ambiguous: UInt64 = 0
    var keyless: UInt64 = 0
    /// Without a clear answer, and the variable is what the answer would have told: any row may be theirs.
    var unknown: UInt64 = 0
    var overlap = OverlapSurvey()
  }

  private var acknowledgement: String { Set(rule.outcomes.map(\.outcome)).sorted().listed }
  private var steps: [String] { rule.outcomes.steps }

  func judge() throws(OperationSourceError) -> Finding {
    let column: Int?
    if let variable = rule.variable {
      column = context.column(variable)
      if column == nil { return context.missing(variable) }
    } else {
      column = nil
    }
    var conclusion = Conclusion()
    let survey = try survey(column)
    let (difference, counterexample) = try checkLedger(survey, column, &conclusion)
    checkExercise(survey, &conclusion)
    context.checkCompleteness(of: steps, recorded: survey.measured, &conclusion)
    let ledgerRows = context.ledgerRows
    let rows = ledgerRows?.keys.count ?? 0
    return context.finding(
      conclusion, observed: difference ?? .count(rows), bound: difference.map { _ in .count(0) },
      samples: survey.requests,
      otherwise: "\(counted(rows, "row")) in the ledger for \(counted(survey.accepted, "request")) \(acknowledgement)"
        + (survey.ambiguous > 0 ? " and \(Quantity.grouped(survey.ambiguous)) without a clear answer" : "")
        + LedgerRows.words(known: ledgerRows?.known ?? 0) + ", up to \(Quantity.grouped(survey.overlap.peak)) at once",
      counterexample: counterexample,
      contention: survey.requests == 0
        ? nil : Contention(peakInFlight: survey.overlap.peak, isLowerBound: survey.overlap.isLowerBound))
  }

  private func survey(_ column: Int?) throws(OperationSourceError) -> Survey {
    var survey = Survey()
    try scan(context.source) { operation, answer in
      survey.requests += 1
      if !operation.flags.contains(.warmUp) { survey.measured += 1 }
      survey.overlap.add(invoked: operation.invoked, returned: operation.returned)
      guard let answer else { return }
      if answer == .accepted { survey.accepted += 1 } else { survey.ambiguous += 1 }
      guard let column, operation.keys[column] == 0 else { return }
      if answer == .accepted { survey.keyless += 1 } else { survey.unknown += 1 }
    }
    return survey
  }

  /// Calls `body` with each request of the steps; the answer is `nil` where it accounts for no row.
  private func scan(
    _ source: any OperationSequence, _ body: (Operation, HistoryAnswer?) -> Void
  ) throws(OperationSourceError) {
    let accepting = context.outcomes(rule.outcomes)
    let ofSteps = context.series(of: rule.outcomes)
    try source.forEach { operation in
      guard ofSteps.at(operation.outcome) else { return }
      let answer: HistoryAnswer? =
        accepting.at(operation.outcome) ? .accepted : operation.flags.contains(.ambiguous) ? .ambiguous : nil
      body(operation, answer)
    }
  }

  private func checkLedger(
    _ survey: Survey, _ column: Int?, _ conclusion: inout Conclusion
  ) throws(OperationSourceError) -> (difference: Quantity?, Counterexample?) {
    guard context.ledger(&conclusion) != nil, let rows = context.ledgerRows else { return (nil, nil) }
    var comparison = LedgerComparison(rows: 0, acknowledged: 0, ambiguous: 0)
    if let column {
      try context.source.forEachPortion(by: column) { portion throws(OperationSourceError) in
        try comparison.add(self.comparison(of: portion, column, rows))
      }
    } else {
      comparison = LedgerComparison(
        rows: rows.keys.count, acknowledged: survey.accepted, ambiguous: survey.ambiguous)
    }
    comparison.allow(
      unknown: survey.unknown + survey.keyless, isWhole: context.isWhole(steps, recorded: survey.measured))
    comparison.allow(rows.doubt)
    comparison.report(into: &conclusion, acknowledgement: acknowledgement, rows, in: context)
    var counterexample = try comparison.counterexample(of: rule.outcomes, column: column, in: context)
    if column != nil, comparison.lost > 0 { counterexample?.totalRows = 0 }
    return (comparison.observed, counterexample)
  }

  /// What a portion of the keys and their rows come to.
  private func comparison(
    of portion: any OperationPortion, _ column: Int, _ ledgerRows: LedgerRows
  ) throws(OperationSourceError) -> LedgerComparison {
    let ledger = ledgerRows.all
    var known = ledgerRows.before
    var checker = ConservationChecker()
    if rule.isOneRow {
      for key in try addOneOfEachKey(of: portion, column, to: &checker) {
        // The row that was there before is the one that its requests changed.
        let text = KeyText(portion.text(ofKey: key))
        if let count = known[text] { known[text] = max(0, count - 1) }
      }
    } else {
      try scan(portion) { operation, answer in
        if let answer, operation.keys[column] != 0 { checker.add(answer, key: operation.keys[column]) }
      }
    }
    let rows = ledger.indices.filter { portion.holds(ledger[$0]) }
    var numbers: [KeyText: UInt32] = [:]
    for row in rows { numbers[KeyText(ledger[row])] = 0 }
    if portion.keyCount > 0 {
      for number in 1...UInt32(portion.keyCount) {
        let text = KeyText(portion.text(ofKey: number))
        if numbers[text] != nil { numbers[text] = number }
      }
    }
    var counted = rule.ledger.allowsOthers ? rows.filter { numbers[KeyText(ledger[$0])] != 0 } : rows
    if !known.isEmpty {
      counted = counted.filter { row in
        guard let count = known[KeyText(ledger[row])], count > 0 else { return true }
        known[KeyText(ledger[row])] = count - 1
        return false
      }
    }
    for row in counted { checker.addRow(key: numbers[KeyText(ledger[row])] ?? 0) }
    var comparison = LedgerComparison(rows: 0, acknowledged: 0, ambiguous: 0)
    guard let violation = checker.result().violation else { return comparison }
    comparison.lost = UInt64(violation.operations.count)
    comparison.phantom = UInt64(violation.rows.count)
    comparison.phantomRows = violation.rows.map { (counted[$0], ledger[counted[$0]]) }
    if comparison.lost > 0 {
      let accepting = context.outcomes(rule.outcomes)
      let ofSteps = context.series(of: rule.outcomes)
      let places = Array(violation.operations.prefix(InvariantContext.shown))
      comparison.lostRequests = try context.operations(at: places, in: portion) { operation in
        ofSteps.at(operation.outcome) && operation.keys[column] != 0
          && (accepting.at(operation.outcome) || operation.flags.contains(.ambiguous))
      }.map { Witness($0, in: portion) }
    }
    return comparison
  }

  /// Of the requests that share a row, the first that was acknowledged stands for all; else one that may have been.
  ///
  /// - Returns: the numbers of the keys that have a row by that.
  private func addOneOfEachKey(
    of portion: any OperationPortion, _ column: Int, to checker: inout ConservationChecker
  ) throws(OperationSourceError) -> [UInt32] {
    var isAcknowledged = [Bool](repeating: false, count: portion.keyCount + 1)
    var isPossible = isAcknowledged
    try scan(portion) { operation, answer in
      let key = Int(operation.keys[column])
      guard key != 0, let answer else { return }
      // Every place is taken by a request, so that the checker's indices stay those of the requests.
      if answer == .accepted, !isAcknowledged[key] {
        isAcknowledged[key] = true
        checker.add(.accepted, key: UInt32(key))
      } else {
        if answer == .ambiguous { isPossible[key] = true }
        checker.add(.rejected, key: UInt32(key))
      }
    }
    for key in isPossible.indices where isPossible[key] && !isAcknowledged[key] {
      checker.add(.ambiguous, key: UInt32(key))
    }
    return isAcknowledged.indices.filter { isAcknowledged[$0] || isPossible[$0] }.map { UInt32($0) }
  }

  private func checkExercise(_ survey: Survey, _ conclusion: inout Conclusion) {
    if survey.requests == 0 {
      context.addUnexercised(
        "no request of \(steps.listed) was sent", &conclusion)
    } else if survey.accepted == 0 {
      context.addUnexercised(
        "no request of \(steps.listed) was \(acknowledgement)", &conclusion)
    } else {
      context.checkOverlap(survey.overlap, of: steps, &conclusion)
    }
    if survey.keyless > 0, let variable = rule.variable {
      conclusion.add(
        .inconclusive, "\(counted(survey.keyless, "request")) answered \(acknowledgement) without a \(variable)")
    }
  }
}
