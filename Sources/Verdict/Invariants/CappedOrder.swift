import Measurement
import Scenario

/// Holds the answers of a counter with a cap against every order of events that can have led to them.
struct CappedOrder {
  private let rule: Invariant.Capped
  private let accepting: [Bool]
  private let rejecting: [Bool]?
  private let ofStep: [Bool]
  private let source: any OperationSource
  /// About how many numbers are looked at together.
  private static let rangeLength: UInt64 = 1 << 20

  init(_ rule: Invariant.Capped, _ context: InvariantContext) {
    self.rule = rule
    source = context.source
    accepting = context.outcomes(rule.accepted)
    rejecting = rule.rejected.map { context.outcomes($0) }
    ofStep = context.series(of: rule.accepted.step)
  }

  /// What a request was to the counter; `nil` where it had no effect there and says nothing of it.
  func answer(_ operation: Operation) -> HistoryAnswer? {
    if rejecting?.at(operation.outcome) == true { return .rejected }
    guard ofStep.at(operation.outcome) else { return nil }
    if accepting.at(operation.outcome) { return .accepted }
    return operation.flags.contains(.ambiguous) ? .ambiguous : nil
  }

  /// Why no order explains the answers, where their counts and numbers taken for themselves do not tell.
  ///
  /// - Parameter survey: Of the same requests.
  /// - Complexity: O(n log n) time, a pass over the requests for each million of numbers.
  func disorder(_ survey: CappedJudge.Survey) throws(OperationSourceError) -> CappedDisorder? {
    if rule.sequence != nil, survey.unnumbered == 0 {
      // What numbers alone tell has been counted.
      guard survey.outside == 0, survey.repeated == 0 else { return nil }
      return try numbered(survey).violation.flatMap { disorder($0) }
    } else {
      guard survey.accepted <= UInt64(rule.cap) else { return nil }
      var checker = CappedCountChecker(cap: rule.cap)
      try forEach { operation, _ in checker.add(operation) }
      return checker.result().violation.flatMap { disorder($0) }
    }
  }

  private func numbered(
    _ survey: CappedJudge.Survey
  ) throws(OperationSourceError) -> HistoryResult<CappedSequenceChecker.Reason> {
    let ranges = Int((survey.accepted + Self.rangeLength - 1) / Self.rangeLength)
    var checker = CappedSequenceChecker(cap: rule.cap, largest: survey.largestNumber, ranges: max(1, ranges))
    try forEach { operation, _ in checker.add(operation) }
    for _ in 1..<max(1, ranges) {
      checker.endRange()
      try forEach { operation, index in checker.addAgain(operation, index: index) }
    }
    return checker.result()
  }

  /// Calls `body` with what each request was to the counter, and its place among them.
  private func forEach(_ body: (CounterOperation, Int) -> Void) throws(OperationSourceError) {
    var index = 0
    try source.forEach { operation in
      guard let answer = answer(operation) else { return }
      body(
        CounterOperation(
          answer, invoked: operation.invoked, returned: operation.returned, number: operation.sequence), index)
      index += 1
    }
  }

  private func disorder(_ violation: HistoryViolation<CappedSequenceChecker.Reason>) -> CappedDisorder? {
    let outcome = rule.accepted.outcome
    switch violation.reason {
    case .numberOutside, .numberRepeated: return nil
    case .acceptedAfterRejection: return afterRejection(violation.operations, violation.total)
    case .inverted(let larger, let smaller):
      return CappedDisorder(
        message: "\(counted(violation.total, "request")) answered \(outcome) with a larger sequence number than one "
          + "that was sent only after the answer",
        summary: "\(Quantity.grouped(larger)) had been given out before the request was sent that got "
          + Quantity.grouped(smaller),
        explanation: "Numbers are given in order, and number \(Quantity.grouped(larger)) had been answered before the "
          + "request for number \(Quantity.grouped(smaller)) was sent.",
        operations: violation.operations, total: violation.operations.count)
    case .numberMissing(let number, let needed, let candidates):
      let missing =
        needed == 1
        ? "sequence number \(Quantity.grouped(number)) was"
        : "\(Quantity.grouped(needed)) sequence numbers up to \(Quantity.grouped(number)) were"
      return CappedDisorder(
        message: "\(missing) given to no request, and "
          + (candidates == 0 ? "none" : "no more than \(Quantity.grouped(candidates))")
          + " without a clear answer had been sent before a later answer",
        summary: "answered when \(missing) given to no request",
        explanation: "Whoever got what is missing had to be asking by the time of this answer, and of the requests "
          + "without a clear answer too few were.",
        operations: violation.operations, total: violation.operations.count, isShortage: true)
    }
  }

  private func disorder(_ violation: HistoryViolation<CappedCountChecker.Reason>) -> CappedDisorder? {
    switch violation.reason {
    case .tooMany: return nil
    case .acceptedAfterRejection: return afterRejection(violation.operations, violation.total)
    case .rejectedTooEarly(let possible):
      let rejected = rule.rejected?.outcome ?? ""
      let state =
        "no more than \(Quantity.grouped(possible)) of \(Quantity.grouped(rule.cap)) can have been "
        + rule.accepted.outcome
      return CappedDisorder(
        message: "answered \(rejected) when \(state)",
        summary: "answered \(rejected) when \(state)",
        explanation: "Counting every request that was accepted and every one without a clear answer that had been sent "
          + "by then, something was left.",
        operations: violation.operations, total: violation.operations.count, isShortage: true)
    }
  }

  private func afterRejection(_ operations: [Int], _ total: Int) -> CappedDisorder {
    let (accepted, rejected) = (rule.accepted.outcome, rule.rejected?.outcome ?? "")
    return CappedDisorder(
      message: "\(counted(total, "request")) answered \(accepted) though sent after another was answered \(rejected)",
      summary: "answered \(rejected), and a request sent after that answered \(accepted)",
      explanation: "The first was turned away before the second was sent, and what is used up does not come back.",
      operations: operations, total: total + 1)
  }
}

/// Answers that no order of events explains.
struct CappedDisorder {
  static let notReset = " (a target that was not reset before the run looks the same)"

  var message: String
  /// Of the requests that prove it.
  var summary: String
  /// Why no order explains them.
  var explanation: String
  /// Their places among those that were added.
  var operations: [Int]
  /// How many requests offend in all, with those that prove it.
  var total: Int
  /// It rests on nobody having got what is missing.
  var isShortage = false
}
