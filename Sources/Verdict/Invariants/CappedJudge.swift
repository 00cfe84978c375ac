import JSON
import Measurement
import Scenario

/// Holds a counter with a cap against the recorded requests and the target's own ledger.
///
/// - Complexity: O(n log n) time in the recorded requests. Memory: 40 bytes for each of a million accepted ones, where they have
///   numbers, and 24 for each, up to the cap, where they have none; 8 for each unanswered one; 8 for each up to the cap, where
///   it was used up; and the keys of one portion, where there is a ledger, 8 bytes each.
struct CappedJudge {
  let rule: Invariant.Capped
  let context: InvariantContext
  /// `nil` where there is none, or it could not be read.
  let rows: LedgerRows?

  init(rule: Invariant.Capped, context: InvariantContext) {
    self.rule = rule
    self.context = context
    rows = rule.ledger == nil ? nil : context.ledgerRows
  }

  var invariant: Invariant { context.invariant }

  /// What one pass over the requests tells.
  struct Survey {
    var accepted: UInt64 = 0
    var rejected: UInt64 = 0
    /// Of the accepting step, may have taken effect.
    var ambiguous: UInt64 = 0
    /// Accepted or ambiguous, and the key of their row is not on record: such as the answer would have told.
    var keyless: UInt64 = 0
    var unknown: UInt64 = 0
    /// All requests are on record.
    var isWhole = true
    /// Of the accepting step, all of them and those outside warm-up.
    var requests: UInt64 = 0
    var measured: UInt64 = 0
    /// The largest number within the cap that was given out.
    var largestNumber: Int64 = 0
    /// Accepted, and no number was captured.
    var unnumbered: UInt64 = 0
    /// Accepted with a number that is not in 1…cap.
    var outside: UInt64 = 0
    /// Accepted with a number that another had before.
    var repeated: UInt64 = 0
    /// Accepted with a number that another has too, all that have it.
    var sharing: UInt64 = 0
    var overlap = OverlapSurvey()
    var peakOverlap = 0
    /// In flight when the answer came that used the cap up.
    var atCap: Int?
    /// More requests were in flight together than were left to be had.
    var isContested = false
    var firstOutside: [Operation] = []
    var firstRepeated: Set<Int64> = []
    /// Why no order of events explains the answers, where the counts alone do not tell.
    var disorder: CappedDisorder?
  }

  func judge() throws(OperationSourceError) -> Finding {
    var survey = try survey()
    var conclusion = Conclusion()
    let comparison = try comparison(&survey)
    checkCounts(survey, &conclusion)
    if isRejectedEarly(survey), !explainsShortage(comparison) { addShortage(survey, &conclusion) }
    if let disorder = survey.disorder,
      !(disorder.isShortage && (isRejectedEarly(survey) || explainsShortage(comparison)))
    {
      if disorder.isShortage {
        addShortage(disorder.message, survey, &conclusion)
      } else {
        conclusion.add(.fail, disorder.message)
      }
    }
    checkLedger(comparison, &conclusion)
    if survey.keyless > 0, let variable = rule.ledger?.variable {
      conclusion.add(
        .inconclusive, "\(counted(survey.keyless, "request")) answered \(rule.accepted.outcome) without a \(variable)")
    }
    checkExercise(survey, &conclusion)
    context.checkCompleteness(of: rule.accepted.step, recorded: survey.measured, &conclusion)
    let counterexample =
      conclusion.verdict == .fail ? try counterexample(survey, comparison) : nil
    let observed = observed(survey, comparison)
    return context.finding(
      conclusion, observed: observed, bound: observed.noun.isEmpty ? .count(rule.cap) : .count(0),
      samples: survey.requests, otherwise: praise(survey), counterexample: counterexample,
      contention: survey.requests == 0
        ? nil
        : Contention(
          peakInFlight: survey.peakOverlap, isLowerBound: survey.overlap.isLowerBound, atCap: survey.atCap,
          contestedLimits: survey.isContested ? 1 : 0))
  }

  /// What broke the cap, in number; where nothing did, how many were accepted.
  private func observed(_ survey: Survey, _ comparison: LedgerComparison?) -> Quantity {
    if survey.accepted > UInt64(rule.cap) { return .count(survey.accepted) }
    if survey.outside > 0 { return .count(survey.outside, "beyond the cap") }
    if survey.repeated > 0 { return .count(survey.repeated, "with another's number") }
    let rows = rows?.keys.count ?? 0
    if rows > rule.cap { return .count(rows - rule.cap, rows - rule.cap == 1 ? "row too many" : "rows too many") }
    return comparison?.observed ?? .count(survey.accepted)
  }

  private func praise(_ survey: Survey) -> String {
    var text = "\(Quantity.grouped(survey.accepted)) of \(counted(survey.requests, "request")) \(rule.accepted.outcome)"
    if survey.ambiguous > 0 { text += " and \(Quantity.grouped(survey.ambiguous)) without a clear answer" }
    if let rows { text += ", \(counted(rows.keys.count, "row")) in the ledger" + LedgerRows.words(known: rows.known) }
    let overlap = Quantity.grouped(survey.peakOverlap)
    text += ", \(survey.overlap.isLowerBound ? "at least " : "up to ")\(overlap) at once"
    return text + (survey.atCap.map { ", \(Quantity.grouped($0)) of them when the cap was used up" } ?? "")
  }

  // MARK: - One pass over the requests

  private func survey() throws(OperationSourceError) -> Survey {
    let accepting = context.outcomes(rule.accepted)
    let rejecting = rule.rejected.map { context.outcomes($0) }
    let ofStep = context.series(of: rule.accepted.step)
    let cap = Int64(rule.cap)
    var survey = Survey()
    var numbers = SeenNumbers()
    var repeatedNumbers = SeenNumbers()
    var outside = FirstFew<Operation>(InvariantContext.shown) {
      ($0.sequence, $0.returned, $0.user) < ($1.sequence, $1.returned, $1.user)
    }
    var repeated = FirstFew<Int64>(InvariantContext.shown, by: <)
    try context.source.forEach { operation in
      let outcome = Int(operation.outcome)
      guard outcome < ofStep.count else { return }
      if let rejecting, rejecting[outcome] { survey.rejected += 1 }
      guard ofStep[outcome] else { return }
      survey.requests += 1
      if !operation.flags.contains(.warmUp) { survey.measured += 1 }
      survey.overlap.add(invoked: operation.invoked, returned: operation.returned)
      if accepting[outcome] {
        survey.accepted += 1
        guard rule.sequence != nil else { return }
        guard operation.flags.contains(.sequenced) else {
          survey.unnumbered += 1
          return
        }
        if operation.sequence < 1 || operation.sequence > cap {
          survey.outside += 1
          outside.insert(operation)
        } else {
          survey.largestNumber = max(survey.largestNumber, operation.sequence)
        }
        if !numbers.insert(operation.sequence) {
          survey.repeated += 1
          survey.sharing += repeatedNumbers.insert(operation.sequence) ? 2 : 1
          if !repeated.heap.contains(operation.sequence) { repeated.insert(operation.sequence) }
        }
      } else if operation.flags.contains(.ambiguous), rejecting?[outcome] != true {
        survey.ambiguous += 1
      }
    }
    survey.peakOverlap = survey.overlap.peak
    survey.firstOutside = outside.sorted
    survey.firstRepeated = Set(repeated.heap)
    survey.isWhole = context.isWhole([rule.accepted.step], recorded: survey.measured)
    survey.disorder = try CappedOrder(rule, context).disorder(survey)
    try CappedContest(rule, context).add(to: &survey)
    return survey
  }

  // MARK: - What it comes to

  private func checkCounts(_ survey: Survey, _ conclusion: inout Conclusion) {
    let cap = UInt64(rule.cap)
    let outcome = rule.accepted.outcome
    if survey.accepted > cap {
      conclusion.add(
        .fail,
        "\(Quantity.grouped(survey.accepted)) \(outcome) where the cap is \(Quantity.grouped(cap)): "
          + "\(Quantity.grouped(survey.accepted - cap)) over-issued")
    }
    if survey.outside > 0 {
      conclusion.add(
        .fail, "\(counted(survey.outside, "sequence number")) beyond 1…\(Quantity.grouped(cap)) given out")
    }
    if survey.repeated > 0 {
      conclusion.add(
        .fail, "\(counted(survey.repeated, "request")) \(outcome) with a sequence number that another had before")
    }
    if survey.unnumbered > 0 {
      conclusion.add(
        .inconclusive, "\(counted(survey.unnumbered, "request")) answered \(outcome) without a sequence number")
    }
    if survey.accepted <= cap, survey.accepted + survey.ambiguous > cap, !ledgerIsRead {
      // Numbers up to the largest that was seen, and all of them where somebody was turned away, went to somebody.
      let isNumbered = rule.sequence != nil && survey.unnumbered == 0
      let least = !isNumbered ? survey.accepted : survey.rejected > 0 ? cap : UInt64(survey.largestNumber)
      conclusion.add(
        .inconclusive,
        "between \(Quantity.grouped(max(least, survey.accepted))) and "
          + "\(Quantity.grouped(survey.accepted + survey.ambiguous)) were \(outcome), since "
          + "\(counted(survey.ambiguous, "request")) had no clear answer: only a ledger can tell whether the cap of "
          + "\(Quantity.grouped(cap)) held")
    }
  }

  private func addShortage(_ survey: Survey, _ conclusion: inout Conclusion) {
    addShortage(
      "\(counted(survey.rejected, "request")) answered \(rule.rejected?.outcome ?? "") though no more than "
        + "\(Quantity.grouped(survey.accepted + survey.ambiguous)) of \(Quantity.grouped(rule.cap)) can have been "
        + rule.accepted.outcome, survey, &conclusion)
  }

  /// It rests on nobody having got what is missing.
  private func addShortage(_ message: String, _ survey: Survey, _ conclusion: inout Conclusion) {
    if let known = rows?.known, mayHaveBeenUsedUp {
      // What was there before may have used up what is missing.
      return conclusion.add(
        .inconclusive,
        message
          + ": \(counted(known, "row")) \(known == 1 ? "was" : "were") in the ledger before the load, and may count "
          + "toward the cap; begin with an empty list")
    }
    conclusion.add(
      survey.isWhole ? .fail : .inconclusive,
      message
        + (survey.isWhole ? rows?.wasReadBefore == true ? "" : CappedDisorder.notReset : InvariantContext.offRecord))
  }

  /// Rows were there before the load, which may count toward the cap: what is missing need not have been left.
  var mayHaveBeenUsedUp: Bool {
    (rows?.known ?? 0) > 0
  }

  /// The counts alone tell that somebody was rejected while there was something left.
  private func isRejectedEarly(_ survey: Survey) -> Bool {
    survey.rejected > 0 && survey.accepted + survey.ambiguous < UInt64(rule.cap)
  }

  private var ledgerIsRead: Bool {
    rows != nil
  }

  private var ledgerIsFull: Bool {
    rows.map { $0.keys.count >= rule.cap } ?? false
  }

  /// The target did give all that there was, to requests that it told something else: nobody was turned away too early.
  func explainsShortage(_ comparison: LedgerComparison?) -> Bool {
    ledgerIsFull && (comparison?.phantom ?? 0) > 0
  }

  /// How the ledger differs from the answers; `nil` where there is none to be read.
  private func comparison(_ survey: inout Survey) throws(OperationSourceError) -> LedgerComparison? {
    guard let wanted = rule.ledger, let rows else { return nil }
    guard let column = wanted.variable.flatMap({ context.column($0) }) else {
      var comparison = LedgerComparison(
        rows: rows.keys.count, acknowledged: survey.accepted, ambiguous: survey.ambiguous)
      comparison.allow(unknown: 0, isWhole: survey.isWhole)
      comparison.allow(rows.doubt)
      return comparison
    }
    let accepting = context.outcomes(rule.accepted)
    let rejecting = rule.rejected.map { context.outcomes($0) }
    let ofStep = context.series(of: rule.accepted.step)
    var comparison = LedgerComparison(rows: 0, acknowledged: 0, ambiguous: 0)
    try context.source.forEachPortion(by: column) { portion throws(OperationSourceError) in
      // By key number.
      var acknowledged = [UInt32](repeating: 0, count: portion.keyCount + 1)
      var ambiguous = acknowledged
      try portion.forEach { operation in
        guard ofStep.at(operation.outcome) else { return }
        if accepting.at(operation.outcome) {
          acknowledged[Int(operation.keys[column])] += 1
        } else if operation.flags.contains(.ambiguous), rejecting?.at(operation.outcome) != true {
          ambiguous[Int(operation.keys[column])] += 1
        }
      }
      survey.keyless += UInt64(acknowledged[0])
      survey.unknown += UInt64(ambiguous[0])
      try comparison.add(
        LedgerComparison(
          rows: rows.keys, acknowledged: acknowledged, ambiguous: ambiguous, in: portion, column: column
        ) { accepting.at($0.outcome) })
    }
    comparison.allow(unknown: survey.keyless + survey.unknown, isWhole: survey.isWhole)
    comparison.allow(rows.doubt)
    return comparison
  }

  private func checkLedger(_ comparison: LedgerComparison?, _ conclusion: inout Conclusion) {
    guard rule.ledger != nil, context.ledger(&conclusion) != nil, let rows else { return }
    let count = rows.keys.count
    if count > rule.cap, !(rows.doubt?.kind == .repeatedRows && comparison?.doubt != nil) {
      conclusion.add(
        .fail,
        "the ledger holds \(counted(count, "row"))\(LedgerRows.words(known: rows.known)): "
          + "\(Quantity.grouped(count - rule.cap)) too many")
    }
    comparison?.report(into: &conclusion, acknowledgement: rule.accepted.outcome, rows, in: context)
  }

  private func checkExercise(_ survey: Survey, _ conclusion: inout Conclusion) {
    let cap = UInt64(rule.cap)
    guard survey.requests > 0 else {
      context.addUnexercised(
        "no request of \(rule.accepted.step) was sent", &conclusion)
      return
    }
    let reached = survey.accepted + survey.ambiguous
    if survey.requests <= cap {
      context.addUnexercised(
        "\(counted(survey.requests, "request")) cannot pass a cap of \(Quantity.grouped(cap))", &conclusion)
    } else if survey.rejected == 0, reached < cap {
      context.addUnexercised(
        "no more than \(Quantity.grouped(reached)) of \(counted(survey.requests, "request")) can have "
          + "been \(rule.accepted.outcome), and the cap is \(Quantity.grouped(cap))", &conclusion)
    } else if let rejected = rule.rejected, survey.rejected == 0, survey.accepted <= cap, !ledgerIsFull {
      context.addUnexercised(
        "nobody was answered \(rejected.outcome), so nobody came after the cap", &conclusion)
    } else {
      checkContest(survey, &conclusion)
    }
  }

  /// Says so where no two requests met at the cap.
  private func checkContest(_ survey: Survey, _ conclusion: inout Conclusion) {
    guard context.checkOverlap(survey.overlap, of: [rule.accepted.step], &conclusion), !invariant.isSequential,
      !survey.isContested, survey.accepted > 0, rule.cap > 0
    else { return }
    context.addUnexercised(
      "the cap of \(Quantity.grouped(rule.cap)) was reached by one request at a time: no two were in flight together for "
        + "the last one, so nothing contended there; use more users, or a burst", &conclusion)
  }
}

extension [Bool] {
  /// The flag of an outcome; `false` for one that is not in the table.
  func at(_ outcome: UInt32) -> Bool { Int(outcome) < count && self[Int(outcome)] }
}
