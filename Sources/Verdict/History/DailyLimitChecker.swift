/// Decides whether a limit of so many a day for each user was kept, and whether nobody was turned away without cause.
///
/// A request that was under way at midnight, a straddler, may count for either day. A user's accepted requests keep to
/// the limit if and only if, placing straddlers as early as they fit, no day overflows. One that was under way at two
/// midnights or more says nothing about which day was full, and is left out.
///
/// Whoever was told that the limit is reached, in a request of a single day, is held against that day alone, as by
/// `CappedCountChecker`: by the first such return, the accepted requests of that day had been invoked, and together with
/// the straddlers and the unanswered that may have counted for that day they were enough. Days are not weighed against
/// each other here, so that a violation is always one, and one that spans days may be missed.
///
/// Instants are on the client's clock, days on the target's. Where the two clocks may differ, a request may count for all the
/// days that it may have been there.
///
/// - Complexity: O(n log n) time. 40 bytes of memory for each unanswered request and each straddler, and on each day of a
///   user for the accepted ones up to two beyond the limit, and for two that were turned away; `result` takes as many more.
package struct DailyLimitChecker: Sendable {
  package enum Reason: Sendable, Hashable {
    /// Shown: the fewest accepted requests that do not fit into these days, one more than the limit for each of them.
    /// Offending: all that do not fit, of all users.
    case tooMany(user: UInt32, days: ClosedRange<Int32>)
    /// Shown: the first to be told that the limit is reached, and the last of that day to be accepted though invoked
    /// after that. Offending: the users' days of which this is so.
    case acceptedAfterRejection(user: UInt32, day: Int32)
    /// Shown: the first to be told that the limit is reached, when no more than `possible` can have been accepted.
    /// Offending: the users' days of which this is so.
    case rejectedTooEarly(user: UInt32, day: Int32, possible: Int)
  }

  fileprivate struct Record {
    var user: UInt32
    var answer: HistoryAnswer
    /// Midnights that passed while it was under way: 0, 1, or 2 for more.
    var midnights: UInt8
    var day: Int32
    var invoked: UInt64
    var returned: UInt64
    var index: Int
  }

  /// A user's day.
  fileprivate struct UserDay: Hashable {
    var user: UInt32
    var day: Int32
  }

  private let limit: Int
  private var records: [Record] = []
  private var count = 0
  /// Accepted requests that are counted and no longer kept.
  private var surplus: [UserDay: Int] = [:]
  /// As soon as there are so many records, those that can make no difference are dropped.
  private var condensingCount: Int
  private let firstCondensing: Int

  /// - Parameter condensingCount: How many requests are kept before it is looked which of them matter.
  /// - Precondition: `limit` is at least 1.
  package init(limit: Int, condensingCount: Int = 1 << 20) {
    precondition(limit >= 1, "a limit is at least 1")
    self.limit = limit
    self.condensingCount = condensingCount
    firstCondensing = condensingCount
  }

  /// A request.
  ///
  /// - Parameter days: To which it may count; of an unanswered request the first counts. Its instants only tell what came
  ///   before what.
  package mutating func add(_ operation: CounterOperation, user: UInt32, days: ClosedRange<Int32>) {
    records.append(
      Record(
        user: user, answer: operation.answer,
        midnights: operation.answer == .ambiguous ? 0 : UInt8(min(2, Int(days.upperBound) - Int(days.lowerBound))),
        day: days.lowerBound, invoked: operation.invoked, returned: operation.returned, index: count))
    count += 1
    if records.count >= condensingCount { condense() }
  }

  package func result() -> HistoryResult<Reason> {
    let (violation, isDoubtful) = findings()
    if let violation { return .violated(violation) }
    return isDoubtful ? .undecided : .holds
  }

  /// What is violated, and whether the unanswered requests may hide more than the limit, beside it too.
  package func findings() -> (violation: HistoryViolation<Reason>?, isDoubtful: Bool) {
    let ordered = records.sorted(by: Record.precedes)
    var scan = Scan(limit: limit, records: ordered, surplus: surplus)
    Self.forEachDay(of: ordered) { scan.day($0) }
    scan.endDay()
    return (scan.violation, scan.isDoubtful)
  }

  /// Calls `body` with the records of each user's day, one after another.
  ///
  /// - Precondition: `ordered` is.
  private static func forEachDay(of ordered: [Record], _ body: (Range<Int>) -> Void) {
    var start = 0
    while start < ordered.count {
      var end = start + 1
      while end < ordered.count, ordered[end].user == ordered[start].user, ordered[end].day == ordered[start].day {
        end += 1
      }
      body(start..<end)
      start = end
    }
  }

  /// Drops what `result` would not look at: all but the first to be turned away on a day, and of the accepted ones that
  /// count for one day alone those that neither prove that it overflowed nor were the last to be sent.
  private mutating func condense() {
    records.sort(by: Record.precedes)
    var kept: [Record] = []
    var dropped: [UserDay: Int] = [:]
    Self.forEachDay(of: records) { range in
      // A straddler that was turned away says nothing, but that the user was there.
      var rejections: (ofDay: Record?, straddling: Record?) = (nil, nil)
      let fixed = records[range].count { $0.isFixed }
      let isTrimmed = fixed - 2 > limit
      // More than the limit are enough to prove that it was passed.
      var first = FirstFew<Record>(isTrimmed ? limit + 1 : 0) { ($0.returned, $0.index) < ($1.returned, $1.index) }
      var latest: Record?
      for record in records[range] {
        if record.answer == .rejected {
          if record.midnights > 0 {
            rejections.straddling = rejections.straddling ?? record
          } else if record.returned < rejections.ofDay?.returned ?? .max || rejections.ofDay == nil {
            rejections.ofDay = record
          }
        } else if isTrimmed, record.isFixed {
          first.insert(record)
          latest = record
        } else {
          kept.append(record)
        }
      }
      if let record = rejections.ofDay { kept.append(record) }
      if let record = rejections.straddling { kept.append(record) }
      guard isTrimmed, let latest else { return }
      kept += first.heap
      let isAmongFirst = first.heap.contains { $0.index == latest.index }
      if !isAmongFirst { kept.append(latest) }
      dropped[UserDay(user: latest.user, day: latest.day)] = fixed - first.heap.count - (isAmongFirst ? 0 : 1)
    }
    for (day, count) in dropped { surplus[day, default: 0] += count }
    records = kept
    condensingCount = max(firstCondensing, 2 * records.count)
  }
}

extension DailyLimitChecker {
  /// Goes through the days of each user in order, placing straddlers as early as they fit.
  private struct Scan {
    let limit: Int
    /// By user, day, invocation.
    let records: [Record]
    let surplus: [UserDay: Int]
    private var user: UInt32?
    /// The last day that was gone through, and where its records end.
    private var day: Int32 = 0
    private var end = 0
    /// The days before, each full because of the one before it, that the straddlers now carried come from.
    private var full: (day: Int32, start: Int) = (0, 0)
    /// Accepted straddlers of the last day, and how many of them do not fit into it.
    private var straddlers = 0
    private var carried = 0
    /// The user's requests of earlier days that may count for any later one.
    private var unbound = 0

    private var tooMany: HistoryViolation<Reason>?
    private var afterRejection: HistoryViolation<Reason>?
    private var tooEarly: HistoryViolation<Reason>?
    private(set) var isDoubtful = false

    init(limit: Int, records: [Record], surplus: [UserDay: Int]) {
      self.limit = limit
      self.records = records
      self.surplus = surplus
    }

    var violation: HistoryViolation<Reason>? { tooMany ?? afterRejection ?? tooEarly }

    /// The records of what a user invoked on one day.
    mutating func day(_ range: Range<Int>) {
      let first = records[range.lowerBound]
      if first.user != user || first.day != day + 1 { endDay() }
      if first.user != user { unbound = 0 }
      if carried == 0 { full = (first.day, range.lowerBound) }
      (user, day, end) = (first.user, first.day, range.upperBound)

      let arriving = straddlers
      let fixed =
        records[range].count { $0.isFixed } + (surplus[UserDay(user: first.user, day: first.day)] ?? 0)
      straddlers = records[range].count { $0.answer == .accepted && $0.midnights == 1 }
      checkRejections(records[range], fixed: fixed, arriving: arriving)

      let free = limit - fixed - carried
      if free < 0 { overflow(by: -free, on: day) }
      carried = straddlers - min(straddlers, max(0, free))
      unbound += records[range].count { $0.isUnbound }
      if unbound > 0, arriving + fixed + straddlers + unbound > limit { isDoubtful = true }
    }

    /// Ends a day after which the user invoked nothing.
    mutating func endDay() {
      if carried > limit { overflow(by: carried - limit, on: day + 1) }
      (straddlers, carried) = (0, 0)
    }

    private mutating func overflow(by excess: Int, on last: Int32) {
      guard let user else { return }
      if tooMany == nil {
        let days = full.day...last
        let within = records[full.start..<end].filter {
          $0.isFixed || $0.answer == .accepted && $0.midnights == 1 && $0.day < last
        }
        // By counting, as many as the days hold and `excess` more.
        let fewest = within.sorted { ($0.returned, $0.index) < ($1.returned, $1.index) }
          .prefix(limit * days.count + 1)
        tooMany = HistoryViolation(.tooMany(user: user, days: days), operations: fewest.map(\.index), total: 0)
      }
      tooMany?.total += excess
    }

    private mutating func checkRejections(_ records: ArraySlice<Record>, fixed: Int, arriving: Int) {
      var rejection: Record?
      for record in records where record.answer == .rejected && record.midnights == 0 {
        if record.returned < rejection?.returned ?? .max { rejection = record }
      }
      guard let rejection else { return }
      let (user, day) = (rejection.user, rejection.day)
      let late = records.last {
        $0.isFixed && $0.invoked > rejection.returned
      }
      if let late {
        afterRejection =
          afterRejection
          ?? HistoryViolation(
            .acceptedAfterRejection(user: user, day: day), operations: [rejection.index, late.index], total: 0)
        afterRejection?.total += 1
        return
      }
      let open = records.count {
        $0.invoked <= rejection.returned && ($0.isUnbound || $0.answer == .accepted && $0.midnights == 1)
      }
      let possible = fixed + arriving + unbound + open
      guard possible < limit else { return }
      tooEarly =
        tooEarly
        ?? HistoryViolation(
          .rejectedTooEarly(user: user, day: day, possible: possible), operations: [rejection.index], total: 0)
      tooEarly?.total += 1
    }
  }
}

extension DailyLimitChecker.Record {
  /// May count for any day from the one on which it was invoked, as far as this check goes.
  fileprivate var isUnbound: Bool { answer == .ambiguous || answer == .accepted && midnights > 1 }

  /// Counts for one day and no other.
  fileprivate var isFixed: Bool { answer == .accepted && midnights == 0 }

  fileprivate static func precedes(_ left: Self, _ right: Self) -> Bool {
    (left.user, left.day, left.invoked, left.index) < (right.user, right.day, right.invoked, right.index)
  }
}
