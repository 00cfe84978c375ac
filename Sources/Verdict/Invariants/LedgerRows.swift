import Measurement
import Scenario

/// The rows of a target's ledger that came with the run: those that were there before the load are known and left out.
///
/// A row is told from others by its key alone: of a key that had two rows before, two are left out.
struct LedgerRows {
  /// Keys of all rows after the load, in the ledger's order.
  let all: [String]
  /// How many rows a key had before the load.
  let before: [KeyText: Int]
  /// Keys of the rows that came with the run.
  let keys: [String]
  /// How many rows that were there before are there still.
  var known: Int { all.count - keys.count }
  /// The ledger was read before the load.
  let wasReadBefore: Bool
  let doubt: LedgerDoubt?

  /// - Complexity: O(rows).
  init(_ record: LedgerRecord, before earlier: LedgerRecord?) {
    all = record.keys
    doubt = record.doubt
    wasReadBefore = earlier != nil
    var counts: [KeyText: Int] = [:]
    for key in earlier?.keys ?? [] { counts[KeyText(key), default: 0] += 1 }
    before = counts
    keys = counts.isEmpty ? record.keys : LedgerRows.leavingOut(counts, of: record.keys)
  }

  /// Says in a sentence how many rows were left out.
  static func words(known: Int) -> String {
    known == 0 ? "" : " (\(counted(known, "row")) more \(known == 1 ? "was" : "were") there before the load)"
  }

  /// The keys without as many of each as `counts` has.
  static func leavingOut(_ counts: [KeyText: Int], of keys: [String]) -> [String] {
    var left = counts
    return keys.filter { key in
      guard let count = left[KeyText(key)], count > 0 else { return true }
      left[KeyText(key)] = count - 1
      return false
    }
  }
}

extension String {
  /// A row's key as it is shown: the target may have keys of any length.
  var asShownKey: String {
    let most = 200
    guard utf8.count > most else { return self }
    return String(decoding: utf8.prefix(most), as: UTF8.self) + "… (\(counted(utf8.count, "byte")))"
  }
}

extension InvariantContext {
  /// The invariant's ledger; `nil`, and `conclusion` says so, if it could not be read.
  ///
  /// - Parameter suffix: What follows the invariant's name for one side of a comparison.
  func ledger(
    _ conclusion: inout Conclusion, _ what: String = "the ledger", _ suffix: String = ""
  ) -> LedgerRecord? {
    guard let found = record.ledgers[invariant.name + suffix] else {
      conclusion.add(unexercised, "\(what) was not read")
      return nil
    }
    if let failure = found.failure {
      conclusion.add(unexercised, "\(what) could not be read: \(failure)")
      return nil
    }
    return found
  }

  /// The rows of the invariant's ledger; `nil` if it could not be read.
  var ledgerRows: LedgerRows? {
    guard let found = record.ledgers[invariant.name], found.failure == nil else { return nil }
    return LedgerRows(found, before: record.ledgersBefore[invariant.name])
  }
}
