@testable import Verdict

/// What can be said of a user's days by trying everything; days are `length` instants long, from 0.
struct DailyOracle {
  let limit: Int
  let length: UInt64
  let history: [CounterOperation]

  private func day(_ instant: UInt64) -> Int { Int(instant / length) }
  private func midnights(_ operation: CounterOperation) -> Int { day(operation.returned) - day(operation.invoked) }

  /// Whether each straddler of one midnight can be placed on one of its days so that no day overflows.
  var fits: Bool {
    let accepted = history.filter { $0.answer == .accepted && midnights($0) < 2 }
    return (0..<1 << accepted.count).contains { choice in
      var counts = [Int](repeating: 0, count: 8)
      for (place, operation) in accepted.enumerated() {
        counts[choice >> place & 1 == 0 ? day(operation.invoked) : day(operation.returned)] += 1
      }
      return counts.allSatisfy { $0 <= limit }
    }
  }

  /// Whether some order of events explains the answers of each day, taken alone: what may count for other days too is
  /// optional, and begins with the day.
  var eachDayIsExplained: Bool {
    let days = Set(history.filter { $0.answer == .rejected && midnights($0) == 0 }.map { day($0.invoked) })
    return days.allSatisfy { today in
      let clipped: [CounterOperation] = history.compactMap { operation in
        let first = day(operation.invoked)
        if operation.answer != .ambiguous, midnights(operation) == 0 { return first == today ? operation : nil }
        let isOver = operation.answer != .ambiguous && midnights(operation) < 2 && day(operation.returned) < today
        if operation.answer == .rejected || first > today || isOver { return nil }
        return CounterOperation(.ambiguous, invoked: max(operation.invoked, UInt64(today) * length))
      }
      return LinearizabilitySearch.explains(clipped, cap: limit, numbered: false) || overflows(today)
    }
  }

  /// More than the limit were accepted within a day, which is for `fits` to say.
  private func overflows(_ today: Int) -> Bool {
    history.count { $0.answer == .accepted && midnights($0) == 0 && day($0.invoked) == today } > limit
  }

  /// Whether some order of events explains all answers, midnights being events between the last instant of a day and the
  /// first of the next.
  var isExplained: Bool {
    let last = history.map { day(min($0.returned, 8 * length)) }.max() ?? 0
    let midnights = (0..<last).map { day in
      let instant = 2 * UInt64(day + 1) * length - 1
      return LinearizabilitySearch.Event(invoked: instant, returned: instant, isCertain: true)
    }
    let events = history.map { operation in
      LinearizabilitySearch.Event(
        invoked: 2 * operation.invoked, returned: operation.answer == .ambiguous ? .max : 2 * operation.returned,
        isCertain: operation.answer != .ambiguous)
    }
    return LinearizabilitySearch.explains(events + midnights) { index, states in
      guard index < history.count else { return 1 }
      let full = UInt64(1) << UInt64(limit)
      return history[index].answer == .rejected ? states & full : (states & (full - 1)) << 1
    }
  }
}
