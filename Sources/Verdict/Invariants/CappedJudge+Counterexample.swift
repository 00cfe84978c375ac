import Measurement
import Scenario

extension CappedJudge {
  /// The requests or rows that prove the gravest of what is wrong; `nil` where nothing can be shown.
  func counterexample(
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
    if let disorder = survey.disorder,
      !disorder.isShortage || survey.isWhole && !mayHaveBeenUsedUp && !explainsShortage(comparison)
    {
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
    guard let rows = rows?.keys, rows.count > rule.cap else { return nil }
    return Counterexample(
      summary: "rows of the ledger after the first \(Quantity.grouped(cap))",
      rows: rows.dropFirst(rule.cap).prefix(InvariantContext.shown).map(\.asShownKey),
      totalRows: UInt64(rows.count - rule.cap))
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
