import Measurement
import Verdict

/// Recorded requests as a person reads them in a terminal.
package struct HistoryView {
  private let source: any OperationSource
  /// By step: what the captured number is called where it is no sequence number.
  private let numberNames: [String: String]
  private let width: Int
  private let style: TextStyle

  package init(_ source: any OperationSource, numberNames: [String: String] = [:], width: Int, style: TextStyle) {
    self.source = source
    self.numberNames = numberNames
    self.width = min(width, 100)
    self.style = style
  }

  private func text(_ layout: Layout) -> String {
    layout.lines.reduce(into: "") { $0 += $1.text(style) + "\n" }
  }

  // MARK: - All

  /// How many requests there are of each step and outcome, and by what they can be told apart.
  package func overview() throws(OperationSourceError) -> String {
    var counts = [Int](repeating: 0, count: source.series.count)
    var ambiguous = 0
    try source.forEach { operation in
      if Int(operation.outcome) < counts.count { counts[Int(operation.outcome)] += 1 }
      if operation.flags.contains(.ambiguous) { ambiguous += 1 }
    }
    var layout = Layout(width: width)
    let total = counts.reduce(0, +)
    layout.add(StyledLine(Self.requests(total) + " on record", .strong))
    var steps: [(name: String, items: [StyledLine])] = []
    for (index, key) in source.series.enumerated() where counts[index] > 0 {
      let name = "\(key.group) / \(key.step)"
      if steps.last?.name != name { steps.append((name, [])) }
      steps[steps.count - 1].items.append(StyledLine("\(key.outcome) \(Quantity.grouped(counts[index]))"))
    }
    for step in steps {
      layout.add(items: [StyledLine(step.name + ":", .faint)] + step.items, separator: StyledLine("  "), indent: 2)
    }
    if ambiguous > 0 {
      layout.add("\(Quantity.grouped(ambiguous)) without a clear answer: they may have taken effect", indent: 2)
    }
    if !source.keyNames.isEmpty { layout.add("by \(source.keyNames.joined(separator: ", "))", .faint, indent: 2) }
    return text(layout)
  }

  // MARK: - By key

  private struct KeyCount {
    var text: String
    var requests: Int
    var outcomes: [UInt32: Int] = [:]
    var invoked: [UInt64] = []
    var returned: [UInt64] = []
  }

  /// The values of a variable that had the most requests, each with what came of them and how many were in flight at
  /// once.
  ///
  /// - Precondition: The filter names no value.
  /// - Complexity: O(n + keys log keys) time; memory for the keys of one portion and the requests of those shown.
  package func keys(
    of variable: String, _ filter: HistoryFilter, limit: Int
  ) throws(OperationSourceError) -> String {
    precondition(filter.value == nil, "the requests of one value are shown one by one")
    guard let column = source.keyNames.firstIndex(of: variable) else { return "" }
    var (values, keyless) = (0, 0)
    var shown: [KeyCount] = []
    for index in 0..<source.portionCount {
      let portion = try source.portion(index, by: column, also: [])
      let found = try Self.keys(of: portion, column, filter, limit: limit)
      values += found.values
      keyless += found.keyless
      // Those of earlier portions first, where they are equal.
      let all = (shown + found.shown).enumerated()
      shown = all.sorted { ($1.element.requests, $0.offset) < ($0.element.requests, $1.offset) }
        .prefix(limit).map(\.element)
    }
    var layout = Layout(width: width)
    layout.add(
      StyledLine(
        "\(Quantity.grouped(values)) \(values == 1 ? "value" : "values") of \(variable)"
          + (shown.count < values ? ", the \(shown.count) with the most requests:" : ":"), .strong))
    for count in shown {
      let peak = peakOverlap(invoked: count.invoked, returned: count.returned)
      let outcomes = count.outcomes.sorted { $0.key < $1.key }.map { outcome, number in
        StyledLine("\(source.series[Int(outcome)].outcome) \(Quantity.grouped(number))")
      }
      layout.add(
        items: [
          StyledLine(count.text, .strong),
          StyledLine("\(Self.requests(count.requests)), \(Quantity.grouped(peak)) at once:", .faint),
        ] + outcomes, separator: StyledLine("  "), indent: 2, hanging: 4)
    }
    if keyless > 0 { layout.add("\(Self.requests(keyless)) without a \(variable)", .faint, indent: 2) }
    return text(layout)
  }

  /// Those of a portion that had the most, most first, how many there are, and how many requests have none.
  private static func keys(
    of portion: any OperationPortion, _ column: Int, _ filter: HistoryFilter, limit: Int
  ) throws(OperationSourceError) -> (shown: [KeyCount], values: Int, keyless: Int) {
    var requests = [Int](repeating: 0, count: portion.keyCount + 1)
    try filter.forEach(in: portion, numbers: nil) { requests[Int($0.keys[column])] += 1 }
    let numbers = requests.indices.dropFirst().filter { requests[$0] > 0 }
    let most = numbers.sorted { (requests[$1], $0) < (requests[$0], $1) }.prefix(limit)
    var places: [UInt32: Int] = [:]
    for (place, number) in most.enumerated() { places[UInt32(number)] = place }
    var shown = most.map { KeyCount(text: portion.text(ofKey: UInt32($0)), requests: requests[$0]) }
    try filter.forEach(in: portion, numbers: nil) { operation in
      guard let place = places[operation.keys[column]] else { return }
      shown[place].outcomes[operation.outcome, default: 0] += 1
      shown[place].invoked.append(operation.invoked)
      shown[place].returned.append(operation.returned)
    }
    return (shown, numbers.count, requests[0])
  }

  // MARK: - One by one

  /// The first requests that are meant, in the order in which they were sent, on one axis of time.
  ///
  /// - Returns: the text, and how many there are in all.
  /// - Complexity: O(n log limit) time, O(limit) memory.
  package func timeline(
    _ filter: HistoryFilter, limit: Int
  ) throws(OperationSourceError) -> (text: String, total: Int) {
    var total = 0
    var first: [Operation] = []
    try filter.forEach(in: source) { operation in
      total += 1
      first.append(operation)
      // Kept short by sorting now and then.
      if first.count >= max(64, 4 * limit) { first = Array(Self.sorted(first).prefix(limit)) }
    }
    let shown = Self.sorted(first).prefix(limit).map { operation in
      var witness = Witness(operation, in: source)
      witness.numberName = numberNames[witness.step]
      return witness
    }
    var layout = Layout(width: width)
    layout.add(
      StyledLine(
        Self.requests(total)
          + (shown.count < total ? ", the first \(shown.count) of them:" : ""), .strong))
    RequestTimeline(requests: shown).add(to: &layout, indent: 2) { [$0.step] + $0.facts }
    return (text(layout), total)
  }

  private static func requests(_ count: Int) -> String {
    "\(Quantity.grouped(count)) request\(count == 1 ? "" : "s")"
  }

  private static func sorted(_ operations: [Operation]) -> [Operation] {
    operations.sorted { ($0.invoked, $0.returned, $0.user) < ($1.invoked, $1.returned, $1.user) }
  }
}
