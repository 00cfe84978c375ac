import Measurement
import Scenario

/// What the requests with a part of the keys tell of "at most so many of an outcome for each value", to be added up.
struct AtMostTally {
  /// The target's own list.
  struct Ledger {
    var rows: [String]
    /// Rows of keys that no request has say nothing.
    var allowsOthers: Bool
  }

  /// Accepted, also such as have no key.
  private(set) var accepted: UInt64 = 0
  private(set) var keyless: UInt64 = 0
  /// Accepted again with a result that the same key had before.
  private(set) var alike: UInt64 = 0
  /// Without a clear answer, and no key is on record: such as the answer would have told.
  private(set) var unknown: UInt64 = 0
  /// The most that a key can have been accepted, these apart.
  private(set) var mostPossible: UInt64 = 0
  private(set) var contention = KeyContention()
  /// Keys that asked, and that asked for more than may be.
  private(set) var tried = 0
  private(set) var again = 0
  /// The most that a key was accepted.
  private(set) var most: UInt32 = 0
  /// Keys that were accepted too often, by how much together, and how often in all.
  private(set) var offending = 0
  private(set) var excess: UInt64 = 0
  private(set) var acceptedOfOffending: UInt64 = 0
  /// Of the key that was accepted most often: the first of its requests, one more than may be, or a few.
  private(set) var worst: [Witness] = []
  /// Keys that may have been accepted too often.
  private(set) var doubtful = 0
  /// Keys with too many rows in the ledger, those that may be another's, and the first of the others.
  private(set) var overfull = 0
  private(set) var othersOverfull = 0
  private(set) var fullest = FirstFew<(key: String, rows: Int)>(InvariantContext.shown) {
    ($1.rows, $0.key) < ($0.rows, $1.key)
  }
  var comparison = LedgerComparison(rows: 0, acknowledged: 0, ambiguous: 0)

  init() {}

  /// Of one portion.
  init(
    _ judge: AtMostJudge, _ portion: any OperationPortion, column: Int, distinct: Int?, ledger: Ledger?
  ) throws(OperationSourceError) {
    let (rule, context) = (judge.rule, judge.context)
    let accepting = context.outcomes(rule.outcome)
    let ofStep = context.series(of: rule.outcome.step)
    let limit = UInt32(clamping: rule.count)
    let zeros = [UInt32](repeating: 0, count: portion.keyCount + 1)
    // By key number.
    var (acceptedOf, ambiguousOf, requestsOf) = (zeros, zeros, zeros)
    var seen: Set<UInt64> = []
    var (accepted, keyless, alike) = (UInt64(0), UInt64(0), UInt64(0))
    try portion.forEach { operation in
      guard ofStep.at(operation.outcome) else { return }
      let key = Int(operation.keys[column])
      requestsOf[key] += 1
      if accepting.at(operation.outcome) {
        accepted += 1
        if let distinct, key != 0, !seen.insert(UInt64(key) << 32 | UInt64(operation.keys[distinct])).inserted {
          alike += 1
          return
        }
        if key == 0 { keyless += 1 } else { acceptedOf[key] += 1 }
      } else if operation.flags.contains(.ambiguous) {
        ambiguousOf[key] += 1
      }
    }
    (self.accepted, self.keyless, self.alike) = (accepted, keyless, alike)
    unknown = UInt64(ambiguousOf[0])
    contention = try KeyContention(limit: rule.count) { survey throws(OperationSourceError) in
      try portion.forEach { operation in
        guard ofStep.at(operation.outcome) else { return }
        survey.add(
          key: operation.keys[column],
          Contender(
            invoked: operation.invoked, returned: operation.returned, isAccepted: accepting.at(operation.outcome),
            result: distinct.map { operation.keys[$0] } ?? 0))
      }
    }
    var worstKey = 0
    for key in acceptedOf.indices.dropFirst() {
      mostPossible = max(mostPossible, UInt64(acceptedOf[key]) + UInt64(ambiguousOf[key]))
      if requestsOf[key] > 0 { tried += 1 }
      if requestsOf[key] > limit { again += 1 }
      if acceptedOf[key] > limit {
        offending += 1
        excess += UInt64(acceptedOf[key] - limit)
        acceptedOfOffending += UInt64(acceptedOf[key])
        // Of equal ones the one that came first.
        if acceptedOf[key] > most { worstKey = key }
      } else if acceptedOf[key] + ambiguousOf[key] > limit {
        doubtful += 1
      }
      most = max(most, acceptedOf[key])
    }
    if offending > 0 {
      worst = try Self.requests(of: worstKey, in: portion, column: column, distinct: distinct, count: rule.count) {
        accepting.at($0.outcome)
      }
    }
    guard let ledger else { return }
    var asked: Set<KeyText> = []
    if ledger.allowsOthers {
      for key in requestsOf.indices.dropFirst() where requestsOf[key] > 0 {
        asked.insert(KeyText(portion.text(ofKey: UInt32(key))))
      }
    }
    let isOwn: (String) -> Bool = ledger.allowsOthers ? { [asked] in asked.contains(KeyText($0)) } : { _ in true }
    var rowsOf: [KeyText: (key: String, rows: Int)] = [:]
    for key in ledger.rows where portion.holds(key) { rowsOf[KeyText(key), default: (key, 0)].rows += 1 }
    for (key, rows) in rowsOf.values where rows > rule.count {
      if isOwn(key) {
        overfull += 1
        fullest.insert((key, rows))
      } else {
        othersOverfull += 1
      }
    }
    comparison = try LedgerComparison(
      rows: ledger.rows, where: isOwn, acknowledged: acceptedOf, ambiguous: ambiguousOf, in: portion, column: column
    ) { accepting.at($0.outcome) }
  }

  /// Adds what other keys had.
  mutating func add(_ other: AtMostTally) {
    accepted += other.accepted
    keyless += other.keyless
    alike += other.alike
    unknown += other.unknown
    mostPossible = max(mostPossible, other.mostPossible)
    contention.add(other.contention)
    tried += other.tried
    again += other.again
    if other.offending > 0, offending == 0 || other.most > most { worst = other.worst }
    most = max(most, other.most)
    offending += other.offending
    excess += other.excess
    acceptedOfOffending += other.acceptedOfOffending
    doubtful += other.doubtful
    overfull += other.overfull
    othersOverfull += other.othersOverfull
    for each in other.fullest.heap { fullest.insert(each) }
    comparison.add(other.comparison)
  }

  /// The first accepted requests of a key, in the order of their answers: one more than may be, or a few.
  private static func requests(
    of key: Int, in portion: any OperationPortion, column: Int, distinct: Int?, count: Int,
    _ isAccepted: (Operation) -> Bool
  ) throws(OperationSourceError) -> [Witness] {
    func precedes(_ left: Operation, _ right: Operation) -> Bool {
      (left.returned, left.invoked) < (right.returned, right.invoked)
    }
    var first = FirstFew<Operation>(min(count, InvariantContext.shown) + 1, by: precedes)
    // The first with each result.
    var firstOf: [UInt32: Operation] = [:]
    try portion.forEach { operation in
      guard Int(operation.keys[column]) == key, isAccepted(operation) else { return }
      guard let distinct else { return first.insert(operation) }
      if let known = firstOf[operation.keys[distinct]], !precedes(operation, known) { return }
      firstOf[operation.keys[distinct]] = operation
    }
    for operation in firstOf.values { first.insert(operation) }
    return first.sorted.map { Witness($0, in: portion) }
  }
}
