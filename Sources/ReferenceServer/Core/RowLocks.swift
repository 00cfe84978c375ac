import EventLoop

/// A row that transactions lock.
package struct RowKey: Sendable, Hashable {
  package var table: String
  package var id: String

  package init(_ table: String, _ id: String) {
    self.table = table
    self.id = id
  }
}

/// Exclusive locks on rows, granted first in, first out, across loops.
///
/// There is no deadlock detection: a transaction that locks several rows takes them in one order.
final class RowLocks: Sendable {
  /// Rows that are locked, and who waits for each.
  private let locked = Locked([RowKey: FIFO<LoopContinuation<Void>>]())

  func lock(_ row: RowKey) async {
    if take(row) { return }
    await suspendOnLoop { (continuation: LoopContinuation<Void>) in
      let free = locked.withLock { locked in
        if locked[row] == nil {
          locked[row] = FIFO()
          return true
        }
        locked[row]!.append(continuation)
        return false
      }
      if free { continuation.resume() }
    }
  }

  func unlock(_ row: RowKey) {
    let next = locked.withLock { locked in
      let next = locked[row]?.popFirst()
      if next == nil { locked[row] = nil }
      return next
    }
    next?.resume()
  }

  private func take(_ row: RowKey) -> Bool {
    locked.withLock { locked in
      if locked[row] != nil { return false }
      locked[row] = FIFO()
      return true
    }
  }
}
