import JSON
import Measurement
import Scenario

/// Holds two quantities against each other, for each value of a variable or all together.
///
/// - Complexity: O(n + rows + keys) time; memory for the keys of one portion, about 100 bytes each.
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
    let exercise = try context.exercise(context.series(of: outcomes))
    let left = try told(rule.left, Invariant.Equal.leftSuffix, &conclusion)
    let right = try told(rule.right, Invariant.Equal.rightSuffix, &conclusion)
    var comparison = Comparison()
    if let left, let right {
      if let column {
        try context.source.forEachPortion(by: column) { portion throws(OperationSourceError) in
          try comparison.add(compare((portion, column), left, right))
        }
      } else {
        comparison = try compare(nil, left, right)
      }
    }
    report(comparison, &conclusion)
    checkExercise(comparison, exercise, outcomes, read: left != nil && right != nil, &conclusion)
    context.checkCompleteness(of: outcomes.steps, recorded: exercise.measured, &conclusion)
    let noun = rule.variable.map { "\(counted(comparison.compared, "value")) of \($0)" } ?? "both sides"
    return context.finding(
      conclusion, observed: comparison.differing.first.flatMap { Self.observed($0.left) },
      bound: comparison.differing.first.flatMap { Self.observed($0.right) }, samples: exercise.requests,
      otherwise: rule.variable == nil
        ? "both come to \(comparison.sample?.text ?? "the same")" : "both sides agree for \(noun)",
      counterexample: conclusion.verdict == .fail ? counterexample(comparison) : nil,
      contention: exercise.requests == 0
        ? nil : Contention(peakInFlight: exercise.overlap.peak, isLowerBound: exercise.overlap.isLowerBound))
  }

  /// What is known of an amount beside requests; `nil`, and `conclusion` says so, where the target did not say what it was
  /// asked.
  private func told(
    _ amount: Invariant.Amount, _ suffix: String, _ conclusion: inout Conclusion
  ) throws(OperationSourceError) -> AmountReading.Told? {
    if case .sum(_, let outcomes) = amount { return try AmountReading.Told(takesAway: takesAway(outcomes)) }
    guard case .told(let ledger) = amount else { return AmountReading.Told() }
    guard let record = context.record.ledgers[context.invariant.name + suffix] else {
      conclusion.add(.inconclusive, "what the target says at \(ledger.path.text) was not read")
      return nil
    }
    if let failure = record.failure {
      conclusion.add(.inconclusive, "what the target says at \(ledger.path.text) could not be read: \(failure)")
      return nil
    }
    return AmountReading.Told(record: record)
  }

  private func takesAway(_ outcomes: [OutcomeReference]) throws(OperationSourceError) -> Bool {
    let accepting = context.outcomes(outcomes)
    var takesAway = false
    try context.source.forEach { operation in
      if operation.sequence < 0, operation.flags.contains(.sequenced), accepting.at(operation.outcome) {
        takesAway = true
      }
    }
    return takesAway
  }

  private static func observed(_ bracket: Bracket) -> Quantity? {
    bracket.value.map { Quantity(Double($0), .count) }
  }

  // MARK: - Comparison

  private struct Pair {
    var key: String
    /// In its portion; 0 where no request has the key.
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
    /// Of the first that differs: the first few of its requests.
    var requests: [Witness] = []
    var keyless: UInt64 = 0
    var unreadable: [AmountReading.Unreadable] = []

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

    /// Adds what other keys came to.
    mutating func add(_ other: Comparison) {
      if differing.isEmpty { requests = other.requests }
      compared += other.compared
      differingCount += other.differingCount
      openCount += other.openCount
      differing = Array((differing + other.differing).prefix(InvariantContext.shown))
      open = Array((open + other.open).prefix(InvariantContext.shown))
      sample = sample ?? other.sample
      keyless += other.keyless
      if unreadable.isEmpty {
        unreadable = other.unreadable
      } else {
        for index in unreadable.indices { unreadable[index].count += other.unreadable[index].count }
      }
    }
  }

  private func compare(
    _ keys: (portion: any OperationPortion, column: Int)?, _ toldOfLeft: AmountReading.Told,
    _ toldOfRight: AmountReading.Told
  ) throws(OperationSourceError) -> Comparison {
    var reading = AmountReading(context: context, keys)
    // A value that was read says how things stood then: the other side is what had happened by that time.
    try reading.readLast(rule.left)
    try reading.readLast(rule.right)
    let left = try reading.side(rule.left, toldOfLeft)
    let right = try reading.side(rule.right, toldOfRight)
    var comparison = Comparison()
    comparison.keyless = reading.keyless
    comparison.unreadable = reading.unreadable
    guard let keys else {
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
          key: keys.portion.text(ofKey: UInt32(number)), number: UInt32(number), left: leftValue, right: rightValue))
    }
    // Keys that the target names and that no request had.
    for key in Set(left.foreign.keys).union(right.foreign.keys).sorted() {
      guard let leftValue = left.foreign[key].map({ Bracket(exactly: $0) }) ?? left.otherwise,
        let rightValue = right.foreign[key].map({ Bracket(exactly: $0) }) ?? right.otherwise
      else { continue }
      comparison.add(Pair(key: key, number: 0, left: leftValue, right: rightValue))
    }
    // All taken together, no few requests show a difference.
    if let first = comparison.differing.first, first.number != 0 {
      let counted = context.outcomes(rule.left.outcomes + rule.right.outcomes)
      var few = FirstFew<Operation>(InvariantContext.shown) { ($0.invoked, $0.user) < ($1.invoked, $1.user) }
      try keys.portion.forEach { operation in
        if counted.at(operation.outcome), operation.keys[keys.column] == first.number { few.insert(operation) }
      }
      comparison.requests = few.sorted.map { Witness($0, in: keys.portion) }
    }
    return comparison
  }

  private func report(_ comparison: Comparison, _ conclusion: inout Conclusion) {
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
    for unreadable in comparison.unreadable where unreadable.count > 0 {
      conclusion.add(
        .inconclusive,
        "\(counted(unreadable.count, "request")) answered \(unreadable.outcomes) without a whole number \(unreadable.name)"
      )
    }
    if comparison.keyless > 0, let variable = rule.variable {
      conclusion.add(.inconclusive, "\(counted(comparison.keyless, "request")) without a \(variable)")
    }
  }

  private func checkExercise(
    _ comparison: Comparison, _ exercise: InvariantContext.Exercise, _ outcomes: [OutcomeReference], read: Bool,
    _ conclusion: inout Conclusion
  ) {
    guard read else { return }
    if !outcomes.isEmpty, exercise.requests == 0 {
      conclusion.add(context.unexercised, "not exercised: no request of \(outcomes.steps.listed) was sent")
    } else if comparison.compared == 0 {
      conclusion.add(
        context.unexercised, "not exercised: there is nothing on both sides that could be compared")
    } else if !outcomes.isEmpty {
      context.checkOverlap(exercise.overlap, of: outcomes.steps, &conclusion)
    }
  }

  // MARK: - Counterexample

  private func counterexample(_ comparison: Comparison) -> Counterexample? {
    guard let first = comparison.differing.first else { return nil }
    let whose = rule.variable.map { " for \($0) \(first.key)" } ?? ""
    let rows = comparison.differing.filter { !$0.key.isEmpty }.map { pair in
      "\(pair.key): "
        + "\(rule.left.words) is \(pair.left.text), \(rule.right.words) is "
        + pair.right.text
    }
    return Counterexample(
      summary: "\(rule.left.words) is \(first.left.text)\(whose), and \(rule.right.words) is \(first.right.text)",
      explanation: "Whichever of the requests without a clear answer took effect, the two never meet.",
      requests: comparison.requests, rows: comparison.requests.isEmpty ? rows : [],
      totalRows: comparison.requests.isEmpty && rule.variable != nil ? UInt64(comparison.differingCount) : 0)
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
