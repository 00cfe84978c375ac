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

  private var invariant: Invariant { context.invariant }

  /// What one pass over the requests tells.
  struct Survey {
    var accepted: UInt64 = 0
    var rejected: UInt64 = 0
    /// Of the accepting step, may have taken effect.
    var ambiguous: UInt64 = 0
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
    var firstOutside: [Operation] = []
    var firstRepeated: Set<Int64> = []
    /// Why no order of events explains the answers, where the counts alone do not tell.
    var disorder: CappedDisorder?
  }

  func judge() throws(OperationSourceError) -> Finding {
    let survey = try survey()
    var conclusion = Conclusion()
    let comparison = try comparison(survey)
    checkCounts(survey, &conclusion)
    if isRejectedEarly(survey), !explainsShortage(comparison) { addShortage(survey, &conclusion) }
    if let disorder = survey.disorder,
      !(disorder.isShortage && (isRejectedEarly(survey) || explainsShortage(comparison)))
    {
      conclusion.add(.fail, disorder.message)
    }
    checkLedger(comparison, &conclusion)
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
          peakInFlight: survey.peakOverlap, isLowerBound: survey.overlap.isLowerBound, atCap: survey.atCap))
  }

  /// What broke the cap, in number; where nothing did, how many were accepted.
  private func observed(_ survey: Survey, _ comparison: LedgerComparison?) -> Quantity {
    if survey.accepted > UInt64(rule.cap) { return .count(survey.accepted) }
    if survey.outside > 0 { return .count(survey.outside, "beyond the cap") }
    if survey.repeated > 0 { return .count(survey.repeated, "with another's number") }
    let rows = ledgerIsRead ? context.record.ledgers[invariant.name]?.keys.count ?? 0 : 0
    if rows > rule.cap { return .count(rows - rule.cap, rows - rule.cap == 1 ? "row too many" : "rows too many") }
    return comparison?.observed ?? .count(survey.accepted)
  }

  private func praise(_ survey: Survey) -> String {
    var text = "\(Quantity.grouped(survey.accepted)) of \(counted(survey.requests, "request")) \(rule.accepted.outcome)"
    if survey.ambiguous > 0 { text += " and \(Quantity.grouped(survey.ambiguous)) without a clear answer" }
    if let ledger = context.record.ledgers[invariant.name], rule.ledger != nil {
      text += ", \(counted(ledger.keys.count, "row")) in the ledger"
    }
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
    let isWhole = context.ranToItsEnd && survey.measured >= context.counted(rule.accepted.step)
    survey.disorder = try CappedOrder(rule, context).disorder(survey, isWhole: isWhole)
    if rule.cap > 0, survey.accepted >= cap { survey.atCap = try inFlightAtCap() }
    return survey
  }

  /// How many requests were in flight when the answer came that used the cap up, that one included.
  private func inFlightAtCap() throws(OperationSourceError) -> Int? {
    let accepting = context.outcomes(rule.accepted)
    let ofStep = context.series(of: rule.accepted.step)
    var answers = FirstFew<UInt64>(rule.cap, by: <)
    try context.source.forEach { operation in
      if accepting.at(operation.outcome) { answers.insert(operation.returned) }
    }
    guard let instant = answers.heap.first else { return nil }
    var count = 0
    try context.source.forEach { operation in
      if ofStep.at(operation.outcome), operation.invoked < instant, operation.returned >= instant,
        operation.returned != Operation.never
      {
        count += 1
      }
    }
    return count
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
    conclusion.add(
      .fail,
      "\(counted(survey.rejected, "request")) answered \(rule.rejected?.outcome ?? "") though no more than "
        + "\(Quantity.grouped(survey.accepted + survey.ambiguous)) of \(Quantity.grouped(rule.cap)) can have been "
        + "\(rule.accepted.outcome) (a target that was not reset before the run looks the same)")
  }

  /// The counts alone tell that somebody was rejected while there was something left.
  private func isRejectedEarly(_ survey: Survey) -> Bool {
    survey.rejected > 0 && survey.accepted + survey.ambiguous < UInt64(rule.cap)
  }

  private var ledgerIsRead: Bool {
    guard rule.ledger != nil, let ledger = context.record.ledgers[invariant.name] else { return false }
    return ledger.failure == nil
  }

  private var ledgerIsFull: Bool {
    ledgerIsRead && (context.record.ledgers[invariant.name]?.keys.count ?? 0) >= rule.cap
  }

  /// The target did give all that there was, to requests that it told something else: nobody was turned away too early.
  private func explainsShortage(_ comparison: LedgerComparison?) -> Bool {
    ledgerIsFull && (comparison?.phantom ?? 0) > 0
  }

  /// How the ledger differs from the answers; `nil` where there is none to be read.
  private func comparison(_ survey: Survey) throws(OperationSourceError) -> LedgerComparison? {
    guard let wanted = rule.ledger, ledgerIsRead, let ledger = context.record.ledgers[invariant.name] else {
      return nil
    }
    guard let column = wanted.variable.flatMap({ context.column($0) }) else {
      return LedgerComparison(rows: ledger.keys.count, acknowledged: survey.accepted, ambiguous: survey.ambiguous)
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
      try comparison.add(
        LedgerComparison(
          rows: ledger.keys, acknowledged: acknowledged, ambiguous: ambiguous, in: portion, column: column
        ) { accepting.at($0.outcome) })
    }
    return comparison
  }

  private func checkLedger(_ comparison: LedgerComparison?, _ conclusion: inout Conclusion) {
    guard rule.ledger != nil else { return }
    guard let ledger = context.record.ledgers[invariant.name] else {
      conclusion.add(.inconclusive, "the ledger was not read")
      return
    }
    if let failure = ledger.failure {
      conclusion.add(.inconclusive, "the ledger could not be read: \(failure)")
      return
    }
    if ledger.keys.count > rule.cap {
      conclusion.add(
        .fail,
        "the ledger holds \(counted(ledger.keys.count, "row")): \(Quantity.grouped(ledger.keys.count - rule.cap)) too many"
      )
    }
    comparison?.report(into: &conclusion, acknowledgement: rule.accepted.outcome)
  }

  private func checkExercise(_ survey: Survey, _ conclusion: inout Conclusion) {
    let cap = UInt64(rule.cap)
    guard survey.requests > 0 else {
      conclusion.add(context.unexercised, "not exercised: no request of \(rule.accepted.step) was sent")
      return
    }
    let reached = survey.accepted + survey.ambiguous
    if survey.requests <= cap {
      conclusion.add(
        context.unexercised,
        "not exercised: \(counted(survey.requests, "request")) cannot pass a cap of \(Quantity.grouped(cap))")
    } else if survey.rejected == 0, reached < cap {
      conclusion.add(
        context.unexercised,
        "not exercised: no more than \(Quantity.grouped(reached)) of \(counted(survey.requests, "request")) can have "
          + "been \(rule.accepted.outcome), and the cap is \(Quantity.grouped(cap))")
    } else if let rejected = rule.rejected, survey.rejected == 0, survey.accepted <= cap, !ledgerIsFull {
      conclusion.add(
        context.unexercised, "not exercised: nobody was answered \(rejected.outcome), so nobody came after the cap")
    }
    context.checkOverlap(survey.overlap, of: [rule.accepted.step], &conclusion)
  }

  // MARK: - Counterexample

  private func counterexample(
    _ survey: Survey, _ comparison: LedgerComparison?
  ) throws(OperationSourceError) -> Counterexample? {
    let cap = UInt64(rule.cap)
    let outcome = rule.accepted.outcome
    if !survey.firstOutside.isEmpty {
      return Counterexample(
        summary: "\(outcome) with a sequence number beyond the cap, lowest number first",
        explanation:
          "A counter that stops at \(Quantity.grouped(cap)) gives these numbers to nobody, in whatever order "
          + "it is asked.",
        requests: survey.firstOutside.map(context.witness), total: survey.outside)
    }
    if !survey.firstRepeated.isEmpty {
      return Counterexample(
        summary: "\(outcome) with the same sequence number, lowest number first",
        explanation: "Whichever of two was served first took the number, and it was there no more for the other.",
        requests: try requests(numbered: Set(survey.firstRepeated.min().map { [$0] } ?? [])).map(context.witness),
        total: survey.sharing)
    }
    if survey.accepted > cap {
      return Counterexample(
        summary: "\(outcome) after the first \(Quantity.grouped(cap)), in the order of their answers",
        explanation: "\(Quantity.grouped(cap)) others were answered \(outcome) too: in whatever order all of them took "
          + "effect, there was nothing left for these.",
        requests: try requestsBeyondCap().map(context.witness), total: survey.accepted - cap)
    }
    if let disorder = survey.disorder, !(disorder.isShortage && explainsShortage(comparison)) {
      return Counterexample(
        summary: disorder.summary, explanation: disorder.explanation,
        requests: try requests(at: disorder.operations).map(context.witness),
        total: UInt64(disorder.total))
    }
    let column = rule.ledger?.variable.flatMap { context.column($0) }
    if let comparison,
      let difference = try comparison.counterexample(of: [rule.accepted], column: column, in: context)
    {
      return difference
    }
    guard let rows = context.record.ledgers[invariant.name]?.keys, rows.count > rule.cap else { return nil }
    return Counterexample(
      summary: "rows of the ledger after the first \(Quantity.grouped(cap))",
      rows: Array(rows.dropFirst(rule.cap).prefix(InvariantContext.shown)), totalRows: UInt64(rows.count - rule.cap))
  }

  /// The first accepted requests after `cap` of them, in the order of their answers.
  private func requestsBeyondCap() throws(OperationSourceError) -> [Operation] {
    let accepting = context.outcomes(rule.accepted)
    var answers = FirstFew<UInt64>(rule.cap + 1, by: <)
    try context.source.forEach { operation in
      if accepting.at(operation.outcome) { answers.insert(operation.returned) }
    }
    // The largest of cap + 1 instants; the first of those that were answered at it may be within the cap.
    guard let first = answers.heap.first else { return [] }
    let within = answers.heap.count { $0 == first } - 1
    var offending = FirstFew<Operation>(within + InvariantContext.shown) {
      ($0.returned, $0.invoked, $0.user) < ($1.returned, $1.invoked, $1.user)
    }
    try context.source.forEach { operation in
      if accepting.at(operation.outcome), operation.returned >= first { offending.insert(operation) }
    }
    return Array(offending.sorted.dropFirst(within))
  }

  /// The requests at these places among those that `CappedOrder` was given, in that order.
  private func requests(at places: [Int]) throws(OperationSourceError) -> [Operation] {
    let order = CappedOrder(rule, context)
    return try context.operations(at: places, in: context.source) { order.answer($0) != nil }
  }

  /// The accepted requests with these numbers, by number, at most two of each.
  private func requests(numbered numbers: Set<Int64>) throws(OperationSourceError) -> [Operation] {
    let accepting = context.outcomes(rule.accepted)
    var found: [Int64: [Operation]] = [:]
    try context.source.forEach { operation in
      guard accepting.at(operation.outcome), operation.flags.contains(.sequenced), numbers.contains(operation.sequence),
        found[operation.sequence, default: []].count < 2
      else { return }
      found[operation.sequence, default: []].append(operation)
    }
    return found.sorted { $0.key < $1.key }.flatMap { $0.value.sorted { $0.returned < $1.returned } }
  }
}

extension [Bool] {
  /// The flag of an outcome; `false` for one that is not in the table.
  func at(_ outcome: UInt16) -> Bool { Int(outcome) < count && self[Int(outcome)] }
}
