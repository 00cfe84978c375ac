/// What a player did or got, as the events log names it.
package enum EventKind: String, Sendable, CaseIterable {
  case enterPage = "ENTER_PAGE"
  case play = "PLAY"
  case result = "RESULT"
  case stamp = "SEASON_PASS_STAMP"
  case levelUp = "SEASON_PASS_LEVEL_UP"
  case rewardClaim = "REWARD_CLAIM"

  /// 0 to 5.
  fileprivate var index: Int {
    switch self {
    case .enterPage: 0
    case .play: 1
    case .result: 2
    case .stamp: 3
    case .levelUp: 4
    case .rewardClaim: 5
    }
  }
}

package struct EventRow: Sendable, Hashable {
  /// From 1, without gaps, for each player.
  package var number: Int
  package var kind: EventKind
  package var feature: Feature?
  /// What the row is about: the round played, the id of the segment or prize, the experience added, the level reached.
  package var detail: Int
  /// Nanoseconds since 1970, UTC.
  package var at: Int64
}

/// The newest rows of one player, and a count of all of them.
///
/// A player who plays without an end does not fill the memory: rows past the capacity push the oldest ones out.
package struct EventLog: Sendable {
  package static let capacity = 1_000

  /// More rows may be kept; else a new one takes the oldest one's place.
  package var mayGrow = true

  private var ring: [EventRow] = []
  /// Where the next row goes once the ring is full.
  private var next = 0
  /// Rows ever written.
  package private(set) var total = 0
  /// The same by kind.
  private var counts = InlineArray<6, Int>(repeating: 0)

  package init() {}

  package mutating func append(_ kind: EventKind, feature: Feature?, detail: Int, at instant: Int64) {
    counts[kind.index] += 1
    total += 1
    let row = EventRow(number: total, kind: kind, feature: feature, detail: detail, at: instant)
    if ring.count < Self.capacity, mayGrow {
      ring.append(row)
    } else if !ring.isEmpty {
      ring[next] = row
      next = (next + 1) % ring.count
    }
  }

  package func count(of kind: EventKind) -> Int { counts[kind.index] }

  /// How many rows are kept.
  package var kept: Int { ring.count }

  /// The rows that are kept, oldest first.
  package var rows: [EventRow] { Array(ring[next...] + ring[..<next]) }
}
