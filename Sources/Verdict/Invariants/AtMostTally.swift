import Measurement
import Scenario

/// What the requests with a part of the keys tell of "at most so many of an outcome for each value", to be added up.
struct AtMostTally {
  /// The target's own list.
  struct Ledger {
    var rows: [String]
    /// Rows of keys that no request has say nothing.
    var allowsOthers: Bool
    /// Rows are of the same variable.
    var isByKey: Bool
  }

  /// Accepted, also such as have no key.
  private(set) var accepted: UInt64 = 0
  private(set) var keyless: UInt64 = 0
  /// Accepted again with a result that the same key had before.
  private(set) var alike: UInt64 = 0
  /// Without a clear answer, with a key.
  private(set) var ambiguous: UInt64 = 0
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
  /// Rows of the ledger that count, keys with too many, and the first of these.
  private(set) var rows = 0
  private(set) var overfull = 0
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
    var overlap = KeyOverlapSurvey()
    var (accepted, keyless, alike) = (UInt64(0), UInt64(0), UInt64(0))
    try portion.forEach { operation in
      guard ofStep.at(operation.outcome) else { return }
      let key = Int(operation.keys[column])
      requestsOf[key] += 1
      overlap.add(key: operation.keys[column], invoked: operation.invoked, returned: operation.returned)
      if accepting.at(operation.outcome) {
        accepted += 1
        if let distinct, key != 0, !seen.insert(UInt64(key) << 32 | UInt64(operation.keys[distinct])).inserted {
          alike += 1
          return
        }
        if key == 0 { keyless += 1 } else { acceptedOf[key] += 1 }
      } else if operation.flags.contains(.ambiguous), key != 0 {
        ambiguousOf[key] += 1
      }
    }
    (self.accepted, self.keyless, self.alike) = (accepted, keyless, alike)
    contention = KeyContention(overlap)
    var worstKey = 0
    for key in acceptedOf.indices.dropFirst() {
      ambiguous += UInt64(ambiguousOf[key])
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
    var asked: Set<String> = []
    if ledger.allowsOthers {
      for key in requestsOf.indices.dropFirst() where requestsOf[key] > 0 {
        asked.insert(portion.text(ofKey: UInt32(key)))
      }
    }
    let isOwn: (String) -> Bool = ledger.allowsOthers ? { [asked] in asked.contains($0) } : { _ in true }
    let own = ledger.rows.filter { portion.holds($0) && isOwn($0) }
    rows = own.count
    var rowsOf: [String: Int] = [:]
    for key in own { rowsOf[key, default: 0] += 1 }
    for (key, rows) in rowsOf where rows > rule.count {
      overfull += 1
      fullest.insert((key, rows))
    }
    if ledger.isByKey {
      comparison = try LedgerComparison(
        rows: ledger.rows, where: isOwn, acknowledged: acceptedOf, ambiguous: ambiguousOf, in: portion, column: column
      ) { accepting.at($0.outcome) }
    }
  }

  /// Adds what other keys had.
  mutating func add(_ other: AtMostTally) {
    accepted += other.accepted
    keyless += other.keyless
    alike += other.alike
    ambiguous += other.ambiguous
    contention.add(other.contention)
    tried += other.tried
    again += other.again
    if other.offending > 0, offending == 0 || other.most > most { worst = other.worst }
    most = max(most, other.most)
    offending += other.offending
    excess += other.excess
    acceptedOfOffending += other.acceptedOfOffending
    doubtful += other.doubtful
    rows += other.rows
    overfull += other.overfull
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
