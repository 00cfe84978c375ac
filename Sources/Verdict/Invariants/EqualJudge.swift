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
    let isWhole = context.isWhole(outcomes.steps, recorded: exercise.measured)
    let left = try told(
      rule.left, beside: rule.right, Invariant.Equal.leftSuffix, column, isWhole: isWhole, &conclusion)
    let right = try told(
      rule.right, beside: rule.left, Invariant.Equal.rightSuffix, column, isWhole: isWhole, &conclusion)
    var comparison = Comparison()
    var contention: KeyContention?
    if let left, let right {
      if let column {
        var found = KeyContention()
        try context.source.forEachPortion(by: column) { portion throws(OperationSourceError) in
          try comparison.add(compare((portion, column), left, right))
          try found.add(self.contention(of: outcomes, in: portion, column))
        }
        contention = found
      } else {
        comparison = try compare(nil, left, right)
      }
      comparison.settle(left, right)
    }
    report(comparison, isWhole: isWhole, &conclusion)
    checkExercise(comparison, exercise, contention, outcomes, read: left != nil && right != nil, &conclusion)
    context.checkCompleteness(of: outcomes.steps, recorded: exercise.measured, &conclusion)
    let noun = rule.variable.map { "\(counted(comparison.compared, "value")) of \($0)" } ?? "both sides"
    return context.finding(
      conclusion, observed: comparison.differing.first.flatMap { Self.observed($0.left) },
      bound: comparison.differing.first.flatMap { Self.observed($0.right) }, samples: exercise.requests,
      otherwise: rule.variable == nil
        ? "both come to \(comparison.sample?.text ?? "the same")" : "both sides agree for \(noun)",
      counterexample: conclusion.verdict == .fail ? counterexample(comparison) : nil,
      contention: exercise.requests == 0
        ? nil
        : Contention(
          peakInFlight: exercise.overlap.peak, isLowerBound: exercise.overlap.isLowerBound,
          contendedKeys: contention?.keys))
  }

  /// Of how many keys two requests were in flight together: those of different keys never meet.
  private func contention(
    of outcomes: [OutcomeReference], in portion: any OperationPortion, _ column: Int
  ) throws(OperationSourceError) -> KeyContention {
    let ofSteps = context.series(of: outcomes)
    return try KeyContention(limit: nil) { survey throws(OperationSourceError) in
      try portion.forEach { operation in
        guard ofSteps.at(operation.outcome) else { return }
        survey.add(
          key: operation.keys[column],
          Contender(invoked: operation.invoked, returned: operation.returned, isAccepted: false))
      }
    }
  }

  /// What is known of an amount beside requests; `nil`, and `conclusion` says so, where the target did not say what it was
  /// asked.
  private func told(
    _ amount: Invariant.Amount, beside other: Invariant.Amount, _ suffix: String, _ column: Int?, isWhole: Bool,
    _ conclusion: inout Conclusion
  ) throws(OperationSourceError) -> AmountReading.Told? {
    guard case .told(let ledger) = amount else {
      var told = AmountReading.Told(isWhole: isWhole)
      if case .sum(_, let outcomes) = amount { told.takesAway = try takesAway(outcomes) }
      if let column { try addUnknown(amount.outcomes, column, to: &told) }
      return told
    }
    guard let record = context.ledger(&conclusion, "what the target says at \(ledger.name)", suffix) else { return nil }
    // What this run's answers come to is held against what came with the run, and any other number against all there is.
    let before = other.isCounted ? context.record.ledgersBefore[context.invariant.name + suffix] : nil
    return AmountReading.Told(record: record, before: before)
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

  private func addUnknown(
    _ outcomes: [OutcomeReference], _ column: Int, to told: inout AmountReading.Told
  ) throws(OperationSourceError) {
    let accepting = context.outcomes(outcomes)
    let ofSteps = context.series(of: outcomes)
    var (unknown, first) = (UInt64(0), UInt64.max)
    try context.source.forEach { operation in
      guard ofSteps.at(operation.outcome), !accepting.at(operation.outcome), operation.keys[column] == 0,
        operation.flags.contains(.ambiguous)
      else { return }
      unknown += 1
      first = min(first, operation.invoked)
    }
    (told.unknown, told.firstUnknown) = (unknown, first)
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
    /// Either side is a list that may not be whole.
    var doubts: (left: LedgerDoubt?, right: LedgerDoubt?)
    /// Those that more rows on such a side would make agree, and the first.
    var doubtfulCount = 0
    var firstDoubtful: Pair?
    var differingCount = 0
    var openCount = 0
    /// The first few of each.
    var differing: [Pair] = []
    var open: [Pair] = []
    /// Of those that agree only where requests without a key had theirs: how many, the first few, and how many such
    /// requests it takes on either side.
    var bridgedCount = 0
    var bridged: [Pair] = []
    var needed: (left: UInt64, right: UInt64) = (0, 0)
    /// Of one that agrees.
    var sample: Bracket?
    /// Of the first that differs: the first few of its requests.
    var requests: [Witness] = []
    var keyless: UInt64 = 0
    var unreadable: [AmountReading.Unreadable] = []

    mutating func add(_ pair: Pair) {
      compared += 1
      if isDoubtful(pair) {
        doubtfulCount += 1
        firstDoubtful = firstDoubtful ?? pair
      } else if pair.left.isApart(from: pair.right) {
        differingCount += 1
        if differing.count < InvariantContext.shown { differing.append(pair) }
      } else if pair.left.value == nil || pair.right.value == nil {
        openCount += 1
        if open.count < InvariantContext.shown { open.append(pair) }
      } else {
        sample = sample ?? pair.left
      }
    }

    /// The side that falls short may be short of rows only.
    private func isDoubtful(_ pair: Pair) -> Bool {
      if doubts.left != nil, let most = pair.left.most, let least = pair.right.least, most < least { return true }
      if doubts.right != nil, let most = pair.right.most, let least = pair.left.least, most < least { return true }
      return false
    }

    /// Adds a pair of which either side has so many requests that may as well be of another key.
    mutating func add(_ pair: Pair, _ left: UInt64, _ right: UInt64) {
      func needed(_ side: Bracket, _ other: Bracket, _ unknown: UInt64) -> UInt64 {
        guard unknown > 0, let most = side.most, let least = other.least else { return 0 }
        return UInt64(max(0, least - most + Int64(clamping: unknown)))
      }
      let need = (needed(pair.left, pair.right, left), needed(pair.right, pair.left, right))
      guard need != (0, 0), !pair.left.isApart(from: pair.right) else { return add(pair) }
      compared += 1
      bridgedCount += 1
      self.needed.left += need.0
      self.needed.right += need.1
      if bridged.count < InvariantContext.shown { bridged.append(pair) }
    }

    /// Decides on those that requests without a key may bridge: there may be too few of these for all.
    mutating func settle(_ left: AmountReading.Told, _ right: AmountReading.Told) {
      if needed.left > left.unknown || needed.right > right.unknown {
        differingCount += bridgedCount
        differing = Array((differing + bridged).prefix(InvariantContext.shown))
      } else {
        openCount += bridgedCount
        open = Array((open + bridged).prefix(InvariantContext.shown))
      }
    }

    /// Adds what other keys came to.
    mutating func add(_ other: Comparison) {
      if differing.isEmpty { requests = other.requests }
      compared += other.compared
      doubts = (doubts.left ?? other.doubts.left, doubts.right ?? other.doubts.right)
      doubtfulCount += other.doubtfulCount
      firstDoubtful = firstDoubtful ?? other.firstDoubtful
      differingCount += other.differingCount
      openCount += other.openCount
      bridgedCount += other.bridgedCount
      bridged = Array((bridged + other.bridged).prefix(InvariantContext.shown))
      needed = (needed.left + other.needed.left, needed.right + other.needed.right)
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
    var left = try reading.side(rule.left, toldOfLeft)
    var right = try reading.side(rule.right, toldOfRight)
    if !(toldOfLeft.isWhole && toldOfRight.isWhole), !rule.left.isCounted, !rule.right.isCounted {
      // The last reading on record need not be the last.
      if rule.left.isLast { left.forget() }
      if rule.right.isLast { right.forget() }
    }
    // Of what a reading ends, those that came after it are no part.
    let isOpen = !rule.left.isLast && !rule.right.isLast
    let unknown = (
      isOpen && rule.left.isCount ? toldOfLeft.unknown : 0, isOpen && rule.right.isCount ? toldOfRight.unknown : 0
    )
    var comparison = Comparison()
    comparison.doubts = (toldOfLeft.record?.doubt, toldOfRight.record?.doubt)
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
          key: keys.portion.text(ofKey: UInt32(number)), number: UInt32(number), left: leftValue, right: rightValue),
        unknown.0, unknown.1)
    }
    // Keys that the target names and that no request had.
    let foreign = left.foreign.merging(right.foreign) { left, _ in left }
    for (text, (key, _)) in foreign.sorted(by: { $0.value.key < $1.value.key }) {
      guard let leftValue = left.foreign[text].map({ Bracket(exactly: $0.sum) }) ?? left.otherwise,
        let rightValue = right.foreign[text].map({ Bracket(exactly: $0.sum) }) ?? right.otherwise
      else { continue }
      comparison.add(Pair(key: key, number: 0, left: leftValue, right: rightValue), unknown.0, unknown.1)
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

  private func report(_ comparison: Comparison, isWhole: Bool, _ conclusion: inout Conclusion) {
    if comparison.differingCount + comparison.doubtfulCount + comparison.openCount > 0 {
      conclusion.ledgerDiffers = true
    }
    if let first = comparison.firstDoubtful, let doubt = comparison.doubts.left ?? comparison.doubts.right {
      let whose = rule.variable.map {
        " for \(counted(comparison.doubtfulCount, "value")) of \($0), such as \(first.key.asShownKey)"
      }
      conclusion.add(
        context.unexercised,
        "\(rule.left.words) is \(first.left.text), and \(rule.right.words) \(first.right.text)\(whose ?? ""); but "
          + "that need not be all rows: \(doubt.text)")
    }
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
        rule.variable.map { " for \(counted(comparison.openCount, "value")) of \($0), such as \(first.key.asShownKey)" }
        ?? ""
      conclusion.add(
        .inconclusive,
        "\(rule.left.words) is \(first.left.text), and \(rule.right.words) \(first.right.text)\(whose)"
          + (isWhole ? ": requests without a clear answer may make up for it" : InvariantContext.offRecord))
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
    _ comparison: Comparison, _ exercise: InvariantContext.Exercise, _ contention: KeyContention?,
    _ outcomes: [OutcomeReference], read: Bool, _ conclusion: inout Conclusion
  ) {
    guard read else { return }
    if !outcomes.isEmpty, exercise.requests == 0 {
      context.addUnexercised(
        "no request of \(outcomes.steps.listed) was sent", &conclusion)
    } else if comparison.compared == 0 {
      context.addUnexercised(
        "there is nothing on both sides that could be compared", &conclusion)
    } else if !outcomes.isEmpty, let contention, let variable = rule.variable {
      context.checkOverlap(contention, of: variable, &conclusion)
    } else if !outcomes.isEmpty {
      context.checkOverlap(exercise.overlap, of: outcomes.steps, &conclusion)
    }
  }

  // MARK: - Counterexample

  private func counterexample(_ comparison: Comparison) -> Counterexample? {
    guard let first = comparison.differing.first else { return nil }
    let whose = rule.variable.map { " for \($0) \(first.key.asShownKey)" } ?? ""
    let rows = comparison.differing.filter { !$0.key.isEmpty }.map { pair in
      "\(pair.key.asShownKey): "
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

extension AmountReading.Side {
  /// Nothing is known of any key.
  fileprivate mutating func forget() {
    for place in brackets.indices where brackets[place] != nil { brackets[place] = Bracket(least: nil, most: nil) }
  }
}

extension Invariant.Amount {
  fileprivate var isCount: Bool { if case .count = self { true } else { false } }
  fileprivate var isLast: Bool { if case .last = self { true } else { false } }
  /// It is made of all requests up to some time.
  fileprivate var isCounted: Bool { if case .sum = self { true } else { isCount } }

  /// What it is, for sentences.
  var words: String {
    switch self {
    case .constant(let value): Quantity.grouped(value)
    case .count(let outcomes): "the number of \(outcomes.texts)"
    case .sum(let variable, let outcomes): "the sum of \(variable) in \(outcomes.texts)"
    case .last(let variable, let outcome): "the last \(variable) in \(outcome.text)"
    case .told(let ledger):
      ledger.isNumber
        ? "\(ledger.amount?.description ?? "$") of \(ledger.name)"
        : ledger.amount.map { "the sum of \($0.description) in \(ledger.name)" }
          ?? "the number of rows of \(ledger.name)"
    }
  }
}
