import JSON

/// What one truth service did, request by request.
///
/// Times are nanoseconds on the machine's monotonic clock, which a client on the same machine reads too.
package struct TruthLog: Sendable {
  package struct Entry: Sendable, Hashable {
    /// When the whole request was there.
    package var arrival: UInt64
    /// When its service began by the model.
    package var start: UInt64
    /// When its service ended by the model.
    package var due: UInt64
    /// When the service really went on to answer it: `due`, and how late the machine was; 0 while it is under way.
    package var departure: UInt64 = 0

    /// What the client had to wait in the service: departure − arrival.
    package var sojourn: UInt64 { departure - arrival }
  }

  /// A time in which the server stood still, and some request had to wait for its end.
  package struct Stall: Sendable, Hashable {
    package var start: UInt64
    package var end: UInt64
    /// Requests that arrived in it.
    package var held: Int
  }

  /// Requests beyond these are counted only: 16 MB.
  package static let capacity = 500_000

  package private(set) var entries: [Entry] = []
  package private(set) var stalls: [Stall] = []
  /// Requests served and not in `entries`.
  package private(set) var omitted = 0
  /// Tells a request that a reset left behind.
  private var generation = 0

  package init() {}

  /// Which entry to complete, and of which generation.
  struct Ticket: Sendable {
    fileprivate var index: Int
    fileprivate var generation: Int
  }

  /// - Complexity: O(1) amortised.
  mutating func begin(_ entry: Entry) -> Ticket? {
    guard entries.count < Self.capacity else {
      omitted += 1
      return nil
    }
    entries.append(entry)
    return Ticket(index: entries.count - 1, generation: generation)
  }

  mutating func end(_ ticket: Ticket?, at departure: UInt64) {
    guard let ticket, ticket.generation == generation else { return }
    entries[ticket.index].departure = departure
  }

  /// Notes a request that arrived in a stall.
  mutating func hold(_ window: Range<UInt64>) {
    if let known = stalls.lastIndex(where: { $0.start == window.lowerBound && $0.end == window.upperBound }) {
      stalls[known].held += 1
    } else {
      stalls.append(Stall(start: window.lowerBound, end: window.upperBound, held: 1))
    }
  }

  mutating func reset() {
    let next = generation + 1
    self = TruthLog()
    generation = next
  }

  /// The entries of requests that were answered.
  package var answered: [Entry] { entries.filter { $0.departure > 0 } }
}

// MARK: - As JSON

extension TruthLog {
  /// Percentiles of all that was answered; exact, by nearest rank.
  ///
  /// - Complexity: O(n log n).
  var summary: JSONValue {
    let answered = answered
    return [
      "count": .integer(Int64(entries.count + omitted)), "answered": .integer(Int64(answered.count)),
      "omitted": .integer(Int64(omitted)), "sojourn_ns": Self.describe(answered.map(\.sojourn)),
      "planned_ns": Self.describe(answered.map { $0.due - $0.arrival }),
      "wait_ns": Self.describe(answered.map { $0.start - $0.arrival }),
      "late_ns": Self.describe(answered.map { $0.departure - min($0.departure, $0.due) }), "stalls": describedStalls,
    ]
  }

  /// Every request: `[arrival, start, due, departure]`, the departure 0 while it is under way.
  var whole: JSONValue {
    [
      "requests": .array(
        entries.map { entry in
          .array([entry.arrival, entry.start, entry.due, entry.departure].map { .integer(Int64($0)) })
        }),
      "omitted": .integer(Int64(omitted)), "stalls": describedStalls,
    ]
  }

  private var describedStalls: JSONValue {
    .array(
      stalls.map { stall in
        [
          "start_ns": .integer(Int64(stall.start)), "end_ns": .integer(Int64(stall.end)),
          "held": .integer(Int64(stall.held)),
        ]
      })
  }

  private static func describe(_ samples: [UInt64]) -> JSONValue {
    if samples.isEmpty { return .null }
    let sorted = samples.sorted()
    func nearestRank(_ percent: Int) -> JSONValue {
      .integer(Int64(sorted[max(1, (sorted.count * percent + 99) / 100) - 1]))
    }
    return [
      "mean": .integer(Int64(sorted.reduce(0, +) / UInt64(sorted.count))), "p50": nearestRank(50),
      "p90": nearestRank(90), "p95": nearestRank(95), "p99": nearestRank(99), "max": .integer(Int64(sorted.last!)),
    ]
  }
}
