/// Those requests of a history that have certain keys in one column: all requests with the same key are in the same portion.
///
/// Keys are numbered here, the same text with the same number whichever worker wrote it, from 1 without gaps, so that a
/// check can keep tables by number. This is so in the columns that were asked for; a key in another column has the number
/// that the history itself gives it, with `foreign` set, and of those one text may have several.
///
/// - Complexity: memory for each key in it, of its text, 8 bytes, and 4 for each time that a worker came to know it; while they are
///   numbered up to 22 more.
package struct HistoryPortion {
  /// The bit that tells a number of the history from one of the portion.
  private static let foreign: UInt32 = 1 << 31

  package let history: OperationHistory
  private let index: Int
  private let count: Int
  private let column: Int
  private let isNumbered: InlineArray<4, Bool>
  private var keys = KeyTable()
  /// Of the names of its keys, in the order in which the records come to them: the keys' numbers.
  private var numbers: [UInt32] = []

  /// Those requests whose key in `column` is in the portion; those without one are in the first.
  ///
  /// - Parameter columns: Others in which equal keys have equal numbers.
  /// - Precondition: `index` is less than the history's `portionCount`.
  /// - Complexity: O(requests + names of the whole history).
  package init(_ history: OperationHistory, _ index: Int, by column: Int, also columns: [Int] = []) {
    precondition(0 <= index && index < history.portionCount, "no such portion")
    self.history = history
    self.index = index
    count = history.portionCount
    self.column = column
    var isNumbered = InlineArray<4, Bool>(repeating: false)
    isNumbered[column] = true
    for other in columns { isNumbered[other] = true }
    self.isNumbered = isNumbered
    var keys = KeyTable()
    var numbers: [UInt32] = []
    scan { operation, _, window in
      for column in operation.keys.indices where isNumbered[column] && operation.keys[column] != 0 {
        let entry = window.entry(operation.keys[column])
        if entry.pointee.number == 0 {
          entry.pointee.number = keys.number(of: entry.pointee.text, hash: entry.pointee.hash).number
          numbers.append(entry.pointee.number)
        }
      }
    }
    keys.freeze()
    self.keys = keys
    self.numbers = numbers
  }

  /// The largest number of a key in it.
  package var keyCount: Int { keys.count }

  /// The text of a key; empty for 0.
  package func text(ofKey number: UInt32) -> String {
    if number & Self.foreign != 0 { return history.text(ofKey: number & ~Self.foreign) }
    return String(decoding: keys.text(of: number), as: UTF8.self)
  }

  /// Whether requests with this key in the portion's column are in it, where there are any.
  package func holds(_ text: String) -> Bool {
    count == 1 || text.utf8.span.withUnsafeBytes { $0.isEmpty ? index == 0 : place(KeyTable.hash($0)) == index }
  }

  private func place(_ hash: UInt64) -> Int { Int(hash.multipliedFullWidth(by: UInt64(count)).high) }

  /// Calls `body` with every request in it, in the order of the history.
  ///
  /// - Complexity: O(requests + names of the whole history).
  package func forEach(_ body: (Operation) -> Void) {
    var next = 0
    scan { operation, worker, window in
      var operation = operation
      operation.outcome = worker.number(ofSeries: operation.outcome)
      for column in operation.keys.indices where operation.keys[column] != 0 {
        guard isNumbered[column] else {
          operation.keys[column] = Self.foreign | (worker.firstKey + operation.keys[column])
          continue
        }
        let entry = window.entry(operation.keys[column])
        if entry.pointee.number == 0 {
          // The records come to the names in the same order each time.
          entry.pointee.number = numbers[next]
          next += 1
        }
        operation.keys[column] = entry.pointee.number
      }
      body(operation)
    }
  }

  private func scan(_ body: (Operation, OperationHistory.WorkerLog, inout KeyWindow) -> Void) {
    for worker in history.workers {
      var window = KeyWindow(NamesCursor(worker.names, seed: worker.seed, release: history.release))
      defer { window.deallocate() }
      worker.forEach(release: history.release) { record in
        let key = record.key(column)
        if key == 0 {
          guard index == 0 else { return }
        } else if count > 1 {
          guard place(window.entry(key).pointee.hash) == index else { return }
        }
        body(record.operation, worker, &window)
      }
    }
  }
}
