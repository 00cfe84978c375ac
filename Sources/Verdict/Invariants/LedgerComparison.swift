import Measurement
import Scenario

/// A ledger held against what the client was told, key by key or in number.
struct LedgerComparison {
  /// Acknowledged to the client and not in the ledger.
  var lost: UInt64 = 0
  /// In the ledger, and no request that was acknowledged or may have taken effect accounts for it.
  var phantom: UInt64 = 0
  /// In the ledger, and no request on record accounts for it, where not all requests are on record.
  var unexplained: UInt64 = 0
  /// Acknowledged and not among the rows that were read, when there may be more rows than these.
  var doubtful: UInt64 = 0
  /// Why; where there is any doubt.
  var doubt: LedgerDoubt?
  /// The first keys of each, where keys are compared.
  var lostKeys: [String] = []
  /// For each of `lostKeys` the request that most surely should be there, where it was looked for.
  var lostRequests: [Witness] = []
  /// All keys of `phantom`, with the place of each in the ledger.
  var phantomRows: [(place: Int, key: String)] = []

  /// In number alone.
  init(rows: Int, acknowledged: UInt64, ambiguous: UInt64) {
    let rows = UInt64(rows)
    lost = acknowledged > rows ? acknowledged - rows : 0
    phantom = rows > acknowledged + ambiguous ? rows - acknowledged - ambiguous : 0
  }

  /// Key by key, for the keys of a portion; `acknowledged` and `ambiguous` by its numbers.
  ///
  /// - Parameters:
  ///   - rows: Of the whole ledger.
  ///   - counts: Of a row's key: whether the row is to be accounted for.
  ///   - column: Of the key.
  ///   - isAccepted: Whether a request was acknowledged.
  /// - Complexity: O(rows + keys); another pass over the requests where some are lost.
  init(
    rows: [String], where counts: (String) -> Bool = { _ in true }, acknowledged: [UInt32], ambiguous: [UInt32],
    in portion: any OperationPortion, column: Int,
    _ isAccepted: (Operation) -> Bool
  ) throws(OperationSourceError) {
    var lostNumbers: [UInt32] = []
    var unaccounted: [KeyText: Int] = [:]
    for row in rows where portion.holds(row) && counts(row) { unaccounted[KeyText(row), default: 0] += 1 }
    for number in acknowledged.indices.dropFirst() where acknowledged[number] > 0 || ambiguous[number] > 0 {
      let key = portion.text(ofKey: UInt32(number))
      let held = unaccounted[KeyText(key)] ?? 0
      let told = Int(acknowledged[number])
      if held < told {
        lost += UInt64(told - held)
        if lostKeys.count < InvariantContext.shown {
          lostKeys.append(key)
          lostNumbers.append(UInt32(number))
        }
      }
      unaccounted[KeyText(key)] = max(0, held - told - Int(ambiguous[number]))
    }
    for (place, row) in rows.enumerated() {
      guard let left = unaccounted[KeyText(row)], left > 0 else { continue }
      phantom += UInt64(left)
      phantomRows.append((place, row))
      unaccounted[KeyText(row)] = 0
    }
    guard !lostNumbers.isEmpty else { return }
    var found: [UInt32: Operation] = [:]
    try portion.forEach { operation in
      let key = operation.keys[column]
      guard isAccepted(operation), lostNumbers.contains(key) else { return }
      // Where a key has several, the last to be answered is the one that most surely should be there.
      if found[key].map({ $0.returned < operation.returned }) ?? true { found[key] = operation }
    }
    lostRequests = lostNumbers.compactMap { found[$0] }.map { Witness($0, in: portion) }
  }

  /// Takes out what other requests may account for: those of which nobody knows the key, a row each, and any that are not
  /// on record.
  mutating func allow(unknown: UInt64, isWhole: Bool) {
    phantom -= min(phantom, unknown)
    if !isWhole { (phantom, unexplained) = (0, phantom) }
  }

  /// Takes back what a list that may not be whole does not prove.
  mutating func allow(_ doubt: LedgerDoubt?) {
    guard let doubt, lost > 0 else { return }
    self.doubt = doubt
    (lost, doubtful) = (0, lost)
    // A row that was read twice stands for one that was not read.
    if doubt.kind == .repeatedRows { (phantom, phantomRows) = (0, []) }
  }

  /// Adds what was found for other keys.
  mutating func add(_ other: LedgerComparison) {
    lost += other.lost
    phantom += other.phantom
    lostKeys = Array((lostKeys + other.lostKeys).prefix(InvariantContext.shown))
    lostRequests = Array((lostRequests + other.lostRequests).prefix(InvariantContext.shown))
    phantomRows += other.phantomRows
  }

  /// - Parameter rows: The ledger's.
  func report(
    into conclusion: inout Conclusion, acknowledgement: String, _ rows: LedgerRows, in context: InvariantContext
  ) {
    if lost + doubtful + phantom + unexplained > 0 { conclusion.ledgerDiffers = true }
    if doubtful > 0, let doubt {
      conclusion.add(
        context.unexercised,
        "\(counted(doubtful, "request")) answered \(acknowledgement) \(doubtful == 1 ? "is" : "are") not among the "
          + "\(counted(rows.all.count, "row")) that were read, which need not be all: \(doubt.text)")
    }
    if lost > 0 {
      conclusion.add(
        .fail, "\(counted(lost, "request")) answered \(acknowledgement), and the ledger does not hold them")
    }
    if phantom > 0 {
      conclusion.add(
        .fail,
        "the ledger holds \(counted(phantom, "row")) that no request accounts for"
          + (rows.wasReadBefore ? "" : CappedDisorder.notReset))
    }
    if unexplained > 0 {
      conclusion.add(
        .inconclusive,
        "the ledger holds \(counted(unexplained, "row")) that no request on record accounts for"
          + InvariantContext.offRecord)
    }
  }

  /// What is wrong, in number; `nil` where nothing is.
  var observed: Quantity? {
    if lost > 0 { return .count(lost, lost == 1 ? "row missing" : "rows missing") }
    if phantom > 0 { return .count(phantom, phantom == 1 ? "row too many" : "rows too many") }
    return nil
  }

  /// What shows the difference; `nil` where there is none.
  ///
  /// - Parameter column: Of the key; with it the requests are shown.
  func counterexample(
    of outcomes: [OutcomeReference], column: Int?, in context: InvariantContext
  ) throws(OperationSourceError) -> Counterexample? {
    let acknowledgement = Set(outcomes.map(\.outcome)).sorted().listed
    guard let column else { return counterexample(acknowledgement) }
    if lost == 0, let counterexample = try phantoms(of: outcomes, column: column, in: context) { return counterexample }
    var counterexample = counterexample(acknowledgement)
    if lost > 0 {
      counterexample?.requests = lostRequests
      counterexample?.total = lost
    }
    return counterexample
  }

  private func counterexample(_ acknowledgement: String) -> Counterexample? {
    if lost > 0 {
      return Counterexample(
        summary: "answered \(acknowledgement), and not in the ledger",
        explanation: "What was acknowledged had taken effect, and the ledger was read after the last answer.",
        rows: lostKeys.map(\.asShownKey), totalRows: lost)
    }
    guard phantom > 0 else { return nil }
    return Counterexample(
      summary: "in the ledger, and nobody was told",
      explanation: "Neither a request that was answered \(acknowledgement) nor one without a clear answer accounts for "
        + "these rows.",
      rows: shownPhantoms, totalRows: phantom)
  }

  private var shownPhantoms: [String] {
    phantomRows.sorted { $0.place < $1.place }.prefix(InvariantContext.shown).map(\.key.asShownKey)
  }

  /// The requests that had the keys of phantom rows, each of which was told something else; `nil` where there are none.
  ///
  /// - Complexity: O(n + keys) time.
  private func phantoms(
    of outcomes: [OutcomeReference], column: Int, in context: InvariantContext
  ) throws(OperationSourceError) -> Counterexample? {
    guard phantom > 0 else { return nil }
    let places = Dictionary(phantomRows.map { (KeyText($0.key), $0.place) }, uniquingKeysWith: min)
    let ofSteps = context.series(of: outcomes)
    let accepting = context.outcomes(outcomes)
    var first = FirstFew<(place: Int, operation: Operation)>(InvariantContext.shown) {
      ($0.place, $0.operation.invoked, $0.operation.user) < ($1.place, $1.operation.invoked, $1.operation.user)
    }
    var total: UInt64 = 0
    var told: Set<String> = []
    var isAccountedFor = false
    try context.source.forEach { operation in
      guard ofSteps.at(operation.outcome),
        let place = places[KeyText(context.source.text(ofKey: operation.keys[column]))]
      else {
        return
      }
      total += 1
      first.insert((place, operation))
      told.insert(context.source.series[Int(operation.outcome)].outcome)
      if accepting.at(operation.outcome) || operation.flags.contains(.ambiguous) { isAccountedFor = true }
    }
    guard total > 0 else { return nil }
    return Counterexample(
      summary: isAccountedFor
        ? "the ledger holds more rows than these requests account for"
        : "answered \(told.sorted().joined(separator: " or ")), and the ledger holds a row of the same "
          + context.source.keyNames[column],
      explanation: isAccountedFor
        ? "Every row that these requests can have left is counted, and there are more."
        : "None of these answers grants a row, and no other request accounts for one: the ledger was read after the "
          + "last answer.",
      requests: first.sorted.map { context.witness($0.operation) }, total: total, rows: shownPhantoms,
      totalRows: phantom)
  }
}
