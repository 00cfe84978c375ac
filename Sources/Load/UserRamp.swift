/// How many users a closed traffic group has over time.
package struct UserRamp: Sendable {
  package let profile: LoadShape.Profile

  package init(profile: LoadShape.Profile) { self.profile = profile }

  /// The number of users of all workers at a time: the profile's level, rounded; 0 from the end on.
  ///
  /// Those numbered below it run; one above it ends when its iteration does. `WorkerShare.userCount(of:)` gives a
  /// worker's part.
  package func usersWanted(at elapsed: UInt64) -> Int {
    Int(profile.level(at: elapsed).rounded())
  }

  /// The next time, after `elapsed`, when the number of users may change; `nil` when it cannot any more.
  package func nextChange(after elapsed: UInt64) -> UInt64? {
    guard let (segment, start) = profile.segment(at: elapsed) else { return nil }
    let end = start + segment.nanoseconds
    guard segment.from != segment.to else { return end }
    // Where the straight line crosses the next half, up or down.
    let rising = segment.to > segment.from
    let wanted = Double(usersWanted(at: elapsed))
    let crossing = rising ? wanted + 0.5 : wanted - 0.5
    let fraction = (crossing - segment.from) / (segment.to - segment.from)
    guard fraction < 1 else { return end }
    let change = start + UInt64(max(0, (fraction * Double(segment.nanoseconds)).rounded(.up)))
    return min(end, max(change, elapsed + 1))
  }
}
