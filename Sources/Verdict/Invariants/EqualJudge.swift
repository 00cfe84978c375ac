import JSON
import Measurement
import Scenario

/// Holds two quantities against each other, for each value of a variable or all together.
///
/// - Complexity: O(n + rows + keys) time; about 100 bytes of memory a key.
struct EqualJudge {
  let rule: Invariant.Equal
  let context: InvariantContext

  func judge() throws(OperationSourceError) -> Finding {
    var column: Int?
    if let variable = rule.variable {
      column = context.column(variable)
      if column == nil { return context.missing(variable) }
    }
    var conclusion = Conclusion()
    let outcomes = rule.left.outcomes + rule.right.outcomes
    var requests: UInt64 = 0
    var measured: UInt64 = 0
    var overlap = OverlapSurvey()
    let ofSteps = context.series(of: outcomes)
    try context.source.forEach { operation in
      guard ofSteps.at(operation.outcome) else { return }
      requests += 1
      if !operation.flags.contains(.warmUp) { measured += 1 }
      overlap.add(invoked: operation.invoked, returned: operation.returned)
    }
    var reading = AmountReading(context: context, column: column)
    // A value that was read says how things stood then: the other side is what had happened by that time.
    try reading.readLast(rule.left)
    try reading.readLast(rule.right)
    let left = try reading.side(rule.left, suffix: Invariant.Equal.leftSuffix, &conclusion)
    let right = try reading.side(rule.right, suffix: Invariant.Equal.rightSuffix, &conclusion)
    var comparison = Comparison()
    if let left, let right { comparison = compare(left, right, reading) }
    report(comparison, reading, &conclusion)
    checkExercise(comparison, requests: requests, overlap, outcomes, read: left != nil && right != nil, &conclusion)
    context.checkCompleteness(of: outcomes.steps, recorded: measured, &conclusion)
    let noun = rule.variable.map { "\(counted(comparison.compared, "value")) of \($0)" } ?? "both sides"
    return context.finding(
      conclusion, observed: comparison.differing.first.flatMap { Self.observed($0.left) },
      bound: comparison.differing.first.flatMap { Self.observed($0.right) }, samples: requests,
      otherwise: rule.variable == nil
        ? "both come to \(comparison.sample?.text ?? "the same")" : "both sides agree for \(noun)",
      counterexample: conclusion.verdict == .fail ? try counterexample(comparison, column) : nil,
      contention: requests == 0
        ? nil : Contention(peakInFlight: overlap.peak, isLowerBound: overlap.isLowerBound))
  }

  private static func observed(_ bracket: Bracket) -> Quantity? {
    bracket.value.map { Quantity(Double($0), .count) }
  }

  // MARK: - Comparison

  private struct Pair {
    var key: String
    var number: UInt32
    var left: Bracket
    var right: Bracket
  }

  private struct Comparison {
    var compared = 0
    var differingCount = 0
    var openCount = 0
    /// The first few of each.
    var differing: [Pair] = []
    var open: [Pair] = []
    /// Of one that agrees.
    var sample: Bracket?

    mutating func add(_ pair: Pair) {
      compared += 1
      if pair.left.isApart(from: pair.right) {
        differingCount += 1
        if differing.count < InvariantContext.shown { differing.append(pair) }
      } else if pair.left.value == nil || pair.right.value == nil {
        openCount += 1
        if open.count < InvariantContext.shown { open.append(pair) }
      } else {
        sample = sample ?? pair.left
      }
    }
  }

  private func compare(_ left: AmountReading.Side, _ right: AmountReading.Side, _ reading: AmountReading) -> Comparison
  {
    var comparison = Comparison()
    guard rule.variable != nil else {
      if let leftValue = left.brackets[0], let rightValue = right.brackets[0] {
        comparison.add(Pair(key: "", number: 0, left: leftValue, right: rightValue))
      }
      return comparison
    }
    for number in reading.keysSeen.indices.dropFirst() {
      guard reading.keysSeen[number] || left.named.contains(number) || right.named.contains(number),
        let leftValue = left.brackets[number], let rightValue = right.brackets[number]
      else { continue }
      comparison.add(
        Pair(
          key: context.source.text(ofKey: UInt32(number)), number: UInt32(number), left: leftValue, right: rightValue))
    }
    // Keys that the target names and that no request had.
    for key in Set(left.foreign.keys).union(right.foreign.keys).sorted() {
      guard let leftValue = left.foreign[key].map({ Bracket(exactly: $0) }) ?? left.otherwise,
        let rightValue = right.foreign[key].map({ Bracket(exactly: $0) }) ?? right.otherwise
      else { continue }
      comparison.add(Pair(key: key, number: 0, left: leftValue, right: rightValue))
    }
    return comparison
  }

  private func report(_ comparison: Comparison, _ reading: AmountReading, _ conclusion: inout Conclusion) {
    if let first = comparison.differing.first {
      conclusion.add(
        .fail,
        rule.variable == nil
          ? "\(rule.left.words) is \(first.left.text), and \(rule.right.words) \(first.right.text)"
          : "\(counted(comparison.differingCount, "value")) of \(rule.variable!) where \(rule.left.words) is not "
            + "\(rule.right.words)")
    }
    if let first = comparison.open.first {
      let whose =
        rule.variable.map { " for \(counted(comparison.openCount, "value")) of \($0), such as \(first.key)" } ?? ""
      conclusion.add(
        .inconclusive,
        "\(rule.left.words) is \(first.left.text), and \(rule.right.words) \(first.right.text)\(whose): requests without "
          + "a clear answer may make up for it")
    }
    for unreadable in reading.unreadable where unreadable.count > 0 {
      conclusion.add(
        .inconclusive,
        "\(counted(unreadable.count, "request")) answered \(unreadable.outcomes) without a whole number \(unreadable.name)"
      )
    }
    if reading.keyless > 0, let variable = rule.variable {
      conclusion.add(.inconclusive, "\(counted(reading.keyless, "request")) without a \(variable)")
    }
  }

  private func checkExercise(
    _ comparison: Comparison, requests: UInt64, _ overlap: OverlapSurvey, _ outcomes: [OutcomeReference], read: Bool,
    _ conclusion: inout Conclusion
  ) {
    guard read else { return }
    if !outcomes.isEmpty, requests == 0 {
      conclusion.add(context.unexercised, "not exercised: no request of \(outcomes.steps.listed) was sent")
    } else if comparison.compared == 0 {
      conclusion.add(
        context.unexercised, "not exercised: there is nothing on both sides that could be compared")
    } else if !outcomes.isEmpty {
      context.checkOverlap(overlap, of: outcomes.steps, &conclusion)
    }
  }

  // MARK: - Counterexample

  private func counterexample(_ comparison: Comparison, _ column: Int?) throws(OperationSourceError) -> Counterexample?
  {
    guard let first = comparison.differing.first else { return nil }
    let whose = rule.variable.map { " for \($0) \(first.key)" } ?? ""
    let counted = context.outcomes(rule.left.outcomes + rule.right.outcomes)
    var few = FirstFew<Operation>(InvariantContext.shown) { ($0.invoked, $0.user) < ($1.invoked, $1.user) }
    // All taken together, no few requests show a difference.
    if let column, first.number != 0 {
      try context.source.forEach { operation in
        if counted.at(operation.outcome), operation.keys[column] == first.number { few.insert(operation) }
      }
    }
    let rows = comparison.differing.filter { !$0.key.isEmpty }.map { pair in
      "\(pair.key): "
        + "\(rule.left.words) is \(pair.left.text), \(rule.right.words) is "
        + pair.right.text
    }
    return Counterexample(
      summary: "\(rule.left.words) is \(first.left.text)\(whose), and \(rule.right.words) is \(first.right.text)",
      explanation: "Whichever of the requests without a clear answer took effect, the two never meet.",
      requests: few.sorted.map(context.witness), rows: few.sorted.isEmpty ? rows : [],
      totalRows: few.sorted.isEmpty && rule.variable != nil ? UInt64(comparison.differingCount) : 0)
  }
}

extension Invariant.Amount {
  /// What it is, for sentences.
  var words: String {
    switch self {
    case .constant(let value): Quantity.grouped(value)
    case .count(let outcomes): "the number of \(outcomes.texts)"
    case .sum(let variable, let outcomes): "the sum of \(variable) in \(outcomes.texts)"
    case .last(let variable, let outcome): "the last \(variable) in \(outcome.text)"
    case .told(let ledger):
      ledger.rows == nil
        ? "\(ledger.amount?.description ?? "$") of \(ledger.path.text)"
        : ledger.amount.map { "the sum of \($0.description) in \(ledger.path.text)" }
          ?? "the number of rows of \(ledger.path.text)"
    }
  }
}
