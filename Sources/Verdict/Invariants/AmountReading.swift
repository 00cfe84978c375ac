import JSON
import Measurement
import Scenario

/// Reads the quantities that an invariant compares from the recorded requests and from what the target said.
///
/// Everything is by key number of a portion; where there is no variable, all requests are at 0.
struct AmountReading {
  /// One side of a comparison.
  struct Side {
    /// `nil` where there is nothing to compare.
    var brackets: [Bracket?]
    /// Of keys that the target names and no request had.
    var foreign: [KeyText: (key: String, sum: Int64)] = [:]
    /// The numbers of keys that the target names.
    var named: Set<Int> = []
    /// What a key has that this side says nothing of.
    var otherwise: Bracket?
  }

  /// What is known of an amount beside the requests with some keys.
  struct Told {
    /// What the target said, where it was asked.
    var record: LedgerRecord?
    /// What it said before the load, where the amount is what came with the run.
    var before: LedgerRecord?
    /// Of a sum: some request, whatever its key, had a negative number.
    var takesAway = false
    /// Requests without a clear answer and without a key, such as the answer would have told: any key may be theirs. And
    /// when the first of them was sent.
    var unknown: UInt64 = 0
    var firstUnknown = UInt64.max
    /// All requests are on record.
    var isWhole = true
  }

  /// Requests that should have a number and have none.
  struct Unreadable: Hashable {
    var name: String
    var outcomes: String
    var count: UInt64
  }

  private let context: InvariantContext
  private let source: any OperationSequence
  /// The keys, and where they are.
  private let portion: (any OperationPortion)?
  private let column: Int?
  /// By key: the last request that read how things stand; its instants.
  private var readAt: [(invoked: UInt64, returned: UInt64)?]
  private var isRead = false
  private(set) var keysSeen: [Bool]
  private(set) var keyless: UInt64 = 0
  private(set) var unreadable: [Unreadable] = []

  /// - Parameter keys: A portion of the requests by the keys of a column; `nil` for all requests, whatever their keys.
  init(context: InvariantContext, _ keys: (portion: any OperationPortion, column: Int)?) {
    self.context = context
    (portion, column) = (keys?.portion, keys?.column)
    source = keys?.portion ?? context.source
    let count = keys.map { $0.portion.keyCount + 1 } ?? 1
    readAt = Array(repeating: nil, count: count)
    keysSeen = Array(repeating: false, count: count)
  }

  private func place(_ operation: Operation) -> Int? {
    guard let column else { return 0 }
    let key = Int(operation.keys[column])
    return key == 0 ? nil : key
  }

  /// Looks when a value was read last, where the amount is one that was read.
  mutating func readLast(_ amount: Invariant.Amount) throws(OperationSourceError) {
    guard case .last(_, let outcome) = amount else { return }
    let wanted = context.outcomes(outcome)
    var latest = readAt
    try source.forEach { operation in
      guard wanted.at(operation.outcome), let place = place(operation) else { return }
      if let known = latest[place], known.invoked >= operation.invoked { return }
      latest[place] = (operation.invoked, operation.returned)
    }
    readAt = latest
    isRead = true
  }

  /// - Parameter told: Of this amount.
  mutating func side(
    _ amount: Invariant.Amount, _ told: Told
  ) throws(OperationSourceError) -> Side {
    switch amount {
    case .constant(let value):
      let bracket = Bracket(exactly: value)
      return Side(brackets: Array(repeating: bracket, count: readAt.count), otherwise: bracket)
    case .count(let outcomes): return allowing(told, try counted(outcomes, number: nil, takesAway: false), isSum: false)
    case .sum(let name, let outcomes):
      return allowing(told, try counted(outcomes, number: name, takesAway: told.takesAway), isSum: true)
    case .last(let name, let outcome): return try last(name, outcome)
    case .told(let ledger): return self.told(ledger, told)
    }
  }

  // MARK: - From requests

  /// How many requests had one of these outcomes, or what their numbers add up to, by the time of the last reading.
  private mutating func counted(
    _ outcomes: [OutcomeReference], number: String?, takesAway: Bool
  ) throws(OperationSourceError) -> Side {
    let accepting = context.outcomes(outcomes)
    let ofSteps = context.series(of: outcomes)
    var brackets = [Bracket](repeating: .zero, count: readAt.count)
    var missing: UInt64 = 0
    var withoutKey: UInt64 = 0
    var seen = keysSeen
    var open = [Bool](repeating: false, count: readAt.count)
    try source.forEach { operation in
      guard ofSteps.at(operation.outcome) else { return }
      let isAccepted = accepting.at(operation.outcome)
      guard isAccepted || operation.flags.contains(.ambiguous) else { return }
      guard let place = place(operation) else {
        if isAccepted { withoutKey += 1 }
        return
      }
      seen[place] = true
      if isRead {
        // Of what was not read there is nothing to say; what was sent after the reading is no part of it.
        guard let reading = readAt[place], operation.invoked <= reading.returned else { return }
      }
      var value: Int64 = 1
      if number != nil {
        if isAccepted, !operation.flags.contains(.sequenced) {
          missing += 1
          open[place] = true
          return
        }
        value = operation.sequence
      }
      let isCertain = isAccepted && (readAt[place].map { operation.returned < $0.invoked } ?? true)
      if isCertain {
        brackets[place].add(value, value)
      } else if isAccepted || number == nil {
        brackets[place].add(min(0, value), max(0, value))
      } else {
        open[place] = true
      }
    }
    // How much a request without an answer added, nobody knows; that it took something away, only where others did.
    for place in open.indices where open[place] {
      brackets[place].most = nil
      if takesAway { brackets[place].least = nil }
    }
    keysSeen = seen
    keyless += withoutKey
    if let number { unreadable.append(Unreadable(name: number, outcomes: outcomes.texts, count: missing)) }
    var side = Side(brackets: brackets, otherwise: isRead ? nil : .zero)
    if isRead { for place in readAt.indices where readAt[place] == nil { side.brackets[place] = nil } }
    return side
  }

  /// A side with what requests may add to it whose key nobody knows, or that are not on record.
  private func allowing(_ told: Told, _ side: Side, isSum: Bool) -> Side {
    func opened(_ bracket: Bracket?, _ unknown: UInt64) -> Bracket? {
      guard var bracket else { return nil }
      if !isSum { bracket.add(0, Int64(clamping: unknown)) }
      if !told.isWhole || isSum && unknown > 0 {
        bracket.most = nil
        if told.takesAway { bracket.least = nil }
      }
      return bracket
    }
    var side = side
    for place in side.brackets.indices {
      let isLater = readAt[place].map { told.firstUnknown > $0.returned } ?? false
      side.brackets[place] = opened(side.brackets[place], isLater ? 0 : told.unknown)
    }
    side.otherwise = opened(side.otherwise, told.unknown)
    return side
  }

  private mutating func last(_ name: String, _ outcome: OutcomeReference) throws(OperationSourceError) -> Side {
    let wanted = context.outcomes(outcome)
    var latest: [(invoked: UInt64, number: Int64?)?] = Array(repeating: nil, count: readAt.count)
    var seen = keysSeen
    var withoutKey: UInt64 = 0
    try source.forEach { operation in
      guard wanted.at(operation.outcome) else { return }
      guard let place = place(operation) else {
        withoutKey += 1
        return
      }
      seen[place] = true
      if let known = latest[place], known.invoked >= operation.invoked { return }
      latest[place] = (operation.invoked, operation.flags.contains(.sequenced) ? operation.sequence : nil)
    }
    keysSeen = seen
    keyless += withoutKey
    unreadable.append(
      Unreadable(
        name: name, outcomes: outcome.text, count: UInt64(latest.count { $0.map { $0.number == nil } ?? false })))
    return Side(brackets: latest.map { reading in reading.flatMap { $0.number.map { Bracket(exactly: $0) } } })
  }

  // MARK: - From the target

  private func told(_ ledger: Invariant.Ledger, _ told: Told) -> Side {
    let record = told.record ?? LedgerRecord(keys: [])
    let before = told.before ?? LedgerRecord(keys: [])
    func amount(_ row: Int, _ record: LedgerRecord) -> Int64 {
      ledger.amount == nil ? 1 : row < record.amounts.count ? record.amounts[row] : 0
    }
    guard let portion else {
      var bracket = Bracket.zero
      for row in record.keys.indices { bracket.add(amount(row, record), amount(row, record)) }
      for row in before.keys.indices { bracket.add(0 &- amount(row, before), 0 &- amount(row, before)) }
      return Side(brackets: [bracket])
    }
    var sums: [KeyText: (key: String, sum: Int64)] = [:]
    for (row, key) in record.keys.enumerated() where portion.holds(key) {
      sums[KeyText(key), default: (key, 0)].sum &+= amount(row, record)
    }
    for (row, key) in before.keys.enumerated() where portion.holds(key) {
      sums[KeyText(key), default: (key, 0)].sum &-= amount(row, before)
    }
    // A key that only old rows have is none of this run's.
    if told.before != nil { sums = sums.filter { $0.value.sum != 0 } }
    var side = Side(brackets: Array(repeating: .zero, count: readAt.count), otherwise: .zero)
    for number in readAt.indices.dropFirst() {
      guard let sum = sums.removeValue(forKey: KeyText(portion.text(ofKey: UInt32(number))))?.sum else { continue }
      side.brackets[number] = Bracket(exactly: sum)
      side.named.insert(number)
    }
    side.foreign = sums
    return side
  }
}
