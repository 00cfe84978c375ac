/// How much of a traffic group's load was offered to the target, where it was not all of it.
///
/// A load that was cut short by a signal or by a threshold is told by the run's ending. This is about what fell short
/// without anybody's wish: data that ran out, and users that never got a connection.
package struct OfferedLoad: Sendable, Hashable {
  /// What the load asks for: iterations of a counted load, else the area under its profile.
  package var planned = 0.0
  /// How much of it there was; the same as `planned` unless data ran out.
  package var offered = 0.0
  /// The `unique` data source that had no row left.
  package var exhausted: String?
  /// Users in a loop that sent a request, or tried to.
  package var users: UInt64 = 0
  /// Those of them that never had a connection, for a reason that is not this machine's.
  package var neverConnected: UInt64 = 0

  package init() {}

  /// Of 1.
  package var share: Double { planned > 0 ? min(1, offered / planned) : 1 }

  /// Below this share of the load what is judged on it does not pass.
  package static let leastShare = 0.99
  package var isShort: Bool { exhausted != nil && share < Self.leastShare }

  /// Adds another worker's part of the same group.
  package mutating func merge(_ other: OfferedLoad) {
    planned += other.planned
    offered += other.offered
    exhausted = exhausted ?? other.exhausted
    users += other.users
    neverConnected += other.neverConnected
  }
}
