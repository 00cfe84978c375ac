@testable import Verdict

/// Decides whether something took effect at most once for each key: one coupon per buyer, one payment per
/// idempotency key. Written apart from `AtMostJudge`, which is held against it.
///
/// Rejected and accepted answers are definite; an ambiguous one may have taken effect. With the target's own list of
/// effects, each key has at most one row there, and exactly one where a request with it was accepted. Without it, a key
/// of which an unanswered request may have taken effect beside another is undecided.
///
/// Keys are numbers from 1 without large gaps; requests without a key are not added.
///
/// - Complexity: `add` O(1) amortised; `result` O(keys) time. 32 bytes of memory for each key, none for the requests.
struct AtMostOnceChecker: Sendable {
  /// What becomes of a request that repeats another's key.
  enum Repeats: Sendable, Hashable {
    /// It is not accepted.
    case rejected
    /// It is answered as the first was, to the byte, and has no effect: idempotency.
    case answeredAlike
  }

  enum Reason: Sendable, Hashable {
    /// Shown: the first two accepted requests with the key. Offending: all accepted but the first of each key.
    case acceptedAgain(key: UInt32)
    /// Shown: the first definite answer to the key, and the first that differs. Offending: all that differ.
    case answersDiffer(key: UInt32)
    /// Shown: the first two rows of the key. Offending: all rows but the first of each key.
    case rowRepeated(key: UInt32)
    /// Shown: the first accepted request with the key. Offending: the keys that were accepted and have no row.
    case rowMissing(key: UInt32)
  }

  private struct Key {
    var firstAccepted: Int32 = -1
    var firstDefinite: Int32 = -1
    var firstRow: Int32 = -1
    var answer: UInt64 = 0
    var accepted: UInt32 = 0
    var ambiguous: UInt32 = 0
  }

  private let repeats: Repeats
  private var keys: [Key] = []
  private var count = 0
  private var rowCount = 0
  private var readsRows = false
  private var acceptedAgain: HistoryViolation<Reason>?
  private var answersDiffer: HistoryViolation<Reason>?
  private var rowRepeated: HistoryViolation<Reason>?

  init(repeats: Repeats) { self.repeats = repeats }

  /// - Parameters:
  ///   - key: From 1.
  ///   - digest: Of the answer's body and status; compared where repeats are answered alike.
  mutating func add(_ answer: HistoryAnswer, key: UInt32, digest: UInt64 = 0) {
    let index = Int32(clamping: count)
    count += 1
    grow(to: key)
    var known = keys[Int(key)]
    switch (answer, repeats) {
    case (.ambiguous, _): known.ambiguous += 1
    case (_, .answeredAlike):
      if known.firstDefinite < 0 {
        known.firstDefinite = index
        known.answer = digest
      } else if known.answer != digest {
        AtMostOnceChecker.note(.answersDiffer(key: key), [known.firstDefinite, index], &answersDiffer)
      }
    case (.accepted, .rejected):
      if known.accepted > 0 {
        AtMostOnceChecker.note(.acceptedAgain(key: key), [known.firstAccepted, index], &acceptedAgain)
      }
    case (.rejected, .rejected): break
    }
    if answer == .accepted {
      if known.accepted == 0 { known.firstAccepted = index }
      known.accepted += 1
    }
    keys[Int(key)] = known
  }

  /// Says that the target's own list was read, so that a key without a row has none.
  mutating func beginRows() { readsRows = true }

  /// A row of the target's own list.
  mutating func addRow(key: UInt32) {
    readsRows = true
    let index = Int32(clamping: rowCount)
    rowCount += 1
    grow(to: key)
    if keys[Int(key)].firstRow < 0 {
      keys[Int(key)].firstRow = index
      return
    }
    if rowRepeated == nil {
      rowRepeated = HistoryViolation(
        .rowRepeated(key: key), rows: [Int(keys[Int(key)].firstRow), Int(index)], total: 0)
    }
    rowRepeated?.total += 1
  }

  func result() -> HistoryResult<Reason> {
    if let violation = acceptedAgain ?? answersDiffer ?? rowRepeated ?? rowMissing() { return .violated(violation) }
    if readsRows { return .holds }
    let isDoubtful = keys.contains { $0.ambiguous > 0 && $0.accepted + $0.ambiguous > 1 }
    return isDoubtful ? .undecided : .holds
  }

  private func rowMissing() -> HistoryViolation<Reason>? {
    guard readsRows else { return nil }
    let missing = keys.indices.filter { keys[$0].accepted > 0 && keys[$0].firstRow < 0 }
    return missing.first.map {
      HistoryViolation(
        .rowMissing(key: UInt32($0)), operations: [Int(keys[$0].firstAccepted)], total: missing.count)
    }
  }

  private mutating func grow(to key: UInt32) {
    precondition(key > 0, "keys are numbered from 1")
    while keys.count <= Int(key) { keys.append(Key()) }
  }

  private static func note(_ reason: Reason, _ operations: [Int32], _ violation: inout HistoryViolation<Reason>?) {
    if violation == nil { violation = HistoryViolation(reason, operations: operations.map { Int($0) }, total: 0) }
    violation?.total += 1
  }
}
