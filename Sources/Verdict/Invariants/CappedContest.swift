import Measurement
import Scenario

/// Whether a cap was used up in a contest, and how much was in flight then.
struct CappedContest {
  private let rule: Invariant.Capped
  private let context: InvariantContext
  /// As many accepted requests before the last one are looked at: more than are ever in flight together.
  private static let window = 1 << 17
  /// As many requests are kept at most. Where more are in flight around the cap, the first of the history stand for all.
  private static let limit = 1 << 19

  init(_ rule: Invariant.Capped, _ context: InvariantContext) {
    self.rule = rule
    self.context = context
  }

  /// - Complexity: O(n log n) time; 8 bytes of memory for each accepted request up to the cap, and 32 for each of those
  ///   that were in flight within the window.
  func add(to survey: inout CappedJudge.Survey) throws(OperationSourceError) {
    // Where some may have been used up by requests without an answer, the last that was seen to go stands for the last.
    let slots = min(rule.cap, Int(survey.accepted))
    guard slots > 0 else { return }
    let order = CappedOrder(rule, context)
    let ofStep = context.series(of: rule.accepted.step)
    var answers = FirstFew<UInt64>(slots, by: <)
    try context.source.forEach { operation in
      if order.answer(operation) == .accepted { answers.insert(operation.returned) }
    }
    let returns = answers.sorted
    let last = returns[slots - 1]
    let taken = max(0, slots - Self.window)
    let first = taken > 0 ? returns[taken - 1] : 0
    var atCap = 0
    var contenders: [Contender] = []
    try context.source.forEach { operation in
      guard operation.invoked < last else { return }
      if ofStep.at(operation.outcome), operation.returned >= last, operation.returned != Operation.never { atCap += 1 }
      let answer = order.answer(operation)
      guard answer != nil || rule.rejected == nil && ofStep.at(operation.outcome) else { return }
      // When the client gave up is not on record: such a request counts at the instant at which it was sent.
      let end = operation.returned == Operation.never ? operation.invoked + 1 : operation.returned
      guard end > first, contenders.count < Self.limit else { return }
      contenders.append(Contender(invoked: operation.invoked, returned: end, isAccepted: answer == .accepted))
    }
    contenders.sort { $0.invoked < $1.invoked }
    survey.isContested = Contest(slots: slots, taken: taken).isHeld(among: contenders[...])
    if survey.accepted >= UInt64(rule.cap) { survey.atCap = atCap }
  }
}
