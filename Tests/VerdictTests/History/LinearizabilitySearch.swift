import Foundation

@testable import Verdict

/// Looks for an order of events that explains a history, by trying them all: the oracle that checkers are held against.
///
/// An operation can be the next event where none that returned before it was invoked is still outstanding (Wing and
/// Gong, "Testing and Verifying Concurrent Objects", 1993); sets of operations that were reached before with the same
/// state are not gone into again (Lowe, "Testing for linearizability", 2017). All states of a set are held as the bits
/// of one word, and sets are gone through in the order of their numbers, in which each comes after its parts.
///
/// - Complexity: O(2ⁿ n) time, 8·2ⁿ bytes of memory in n operations.
struct LinearizabilitySearch {
  /// An operation as the search sees it.
  struct Event {
    var invoked: UInt64
    var returned: UInt64
    /// It happened; one that is not certain may be left out.
    var isCertain: Bool
  }

  /// - Parameters:
  ///   - start: The state before the first event, as a bit.
  ///   - apply: The states after an event, given the number of the event and the states before it.
  static func explains(_ events: [Event], from start: UInt64 = 1, _ apply: (Int, UInt64) -> UInt64) -> Bool {
    let count = events.count
    let needed = events.indices.reduce(0) { events[$1].isCertain ? $0 | 1 << $1 : $0 }
    let before = events.map { event in
      events.indices.reduce(0) { events[$1].isCertain && events[$1].returned < event.invoked ? $0 | 1 << $1 : $0 }
    }
    return withUnsafeTemporaryAllocation(of: UInt64.self, capacity: 1 << count) { states in
      states.initialize(repeating: 0)
      states[0] = start
      var done = 0
      while done < 1 << count {
        let reached = states[done]
        if reached != 0 {
          if done & needed == needed { return true }
          var next = 0
          while next < count {
            if done & 1 << next == 0, before[next] & ~done == 0 { states[done | 1 << next] |= apply(next, reached) }
            next += 1
          }
        }
        done += 1
      }
      return false
    }
  }
}

extension CounterOperation {
  var event: LinearizabilitySearch.Event {
    LinearizabilitySearch.Event(invoked: invoked, returned: returned, isCertain: answer != .ambiguous)
  }
}

extension LinearizabilitySearch {
  /// A counter up to `cap`; the state is how many it accepted.
  static func explains(_ history: [CounterOperation], cap: Int, numbered: Bool) -> Bool {
    explains(history.map(\.event)) { index, states in
      let operation = history[index]
      if operation.answer == .rejected { return states & 1 << UInt64(cap) }
      let below = states & (1 << UInt64(cap) - 1)
      guard numbered, operation.answer == .accepted else { return below << 1 }
      return (1...Int64(cap)).contains(operation.number) ? (below & 1 << UInt64(operation.number - 1)) << 1 : 0
    }
  }
}

/// How many random histories a checker is held against: `STAMPEDE_ORACLE_HISTORIES` of the environment, else `usual`.
///
/// A debug build takes some 20 to 40 µs for each.
func oracleHistories(_ usual: Int) -> Int {
  ProcessInfo.processInfo.environment["STAMPEDE_ORACLE_HISTORIES"].flatMap { Int($0) } ?? usual
}
