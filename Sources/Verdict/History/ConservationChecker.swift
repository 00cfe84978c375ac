/// Holds the target's own list against what the clients were told: nothing acknowledged is lost, and nothing is there
/// that no request accounts for.
///
/// For each key the rows are at least as many as the acknowledged requests, and no more than these and the unanswered
/// ones together.
///
/// Keys are numbers from 1 without large gaps; 0 is the key of a row that no request has.
///
/// - Complexity: `add` O(1) amortised; `result` O(n + keys) time. 8 bytes of memory for each acknowledged request,
///   4 for each row and each key; `result` takes 8 more for each key.
package struct ConservationChecker: Sendable {
  /// Shown, and offending: all acknowledged requests that no row is left for, and all rows that no request is left
  /// for, both in the order in which they were added.
  package enum Reason: Sendable, Hashable {
    case lost
    case phantom
    case lostAndPhantom
  }

  private var count = 0
  private var rowKeys: [UInt32] = []
  private var acknowledged: [(key: UInt32, index: UInt32)] = []
  /// By key: requests that may account for a row.
  private var accounting: [UInt32] = [0]

  package init() {}

  /// A request; what was rejected accounts for no row.
  package mutating func add(_ answer: HistoryAnswer, key: UInt32) {
    precondition(key > 0, "keys are numbered from 1")
    if answer == .accepted { acknowledged.append((key, UInt32(count))) }
    count += 1
    guard answer != .rejected else { return }
    while accounting.count <= Int(key) { accounting.append(0) }
    accounting[Int(key)] += 1
  }

  /// A row of the target's own list; 0 for a key that no request has.
  package mutating func addRow(key: UInt32) { rowKeys.append(key) }

  package func result() -> HistoryResult<Reason> {
    var left = [UInt32](repeating: 0, count: accounting.count)
    var unclaimed = accounting
    var phantom: [Int] = []
    for (row, key) in rowKeys.enumerated() {
      let key = Int(key)
      guard key < unclaimed.count, unclaimed[key] > 0 else {
        phantom.append(row)
        continue
      }
      unclaimed[key] -= 1
      left[key] += 1
    }
    var lost: [Int] = []
    for (key, index) in acknowledged {
      if left[Int(key)] > 0 { left[Int(key)] -= 1 } else { lost.append(Int(index)) }
    }
    let reason: Reason? =
      switch (lost.isEmpty, phantom.isEmpty) {
      case (true, true): nil
      case (false, true): .lost
      case (true, false): .phantom
      case (false, false): .lostAndPhantom
      }
    guard let reason else { return .holds }
    return .violated(HistoryViolation(reason, operations: lost, rows: phantom, total: lost.count + phantom.count))
  }
}
