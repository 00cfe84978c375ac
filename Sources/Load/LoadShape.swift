/// How much load there is when: the closed list of shapes that a traffic group can have.
package enum LoadShape: Sendable, Hashable {
  /// A number of users in a loop, each starting its next iteration when its last has ended.
  case closed(Profile)
  /// `users` users, each doing `iterations` iterations.
  case countedPerUser(users: Int, iterations: Int)
  /// `users` users that share `iterations` iterations between them.
  case countedShared(users: Int, iterations: Int)
  /// Iterations start on schedule, whether or not others have ended; at most `maxUsers` run at once, and an arrival
  /// that finds no free user waits. `profile` is in arrivals per second.
  case open(Profile, maxUsers: Int, poisson: Bool)
  /// `count` iterations released at one instant, to `maxUsers` users that are ready and connected by then.
  case burst(count: Int, maxUsers: Int)

  /// A quantity over time: straight lines, one after another.
  package struct Profile: Sendable, Hashable {
    package var segments: [Segment]

    package init(segments: [Segment]) { self.segments = segments }

    /// `level` held for `nanoseconds`.
    package static func constant(_ level: Double, nanoseconds: UInt64) -> Profile {
      Profile(segments: [Segment(from: level, to: level, nanoseconds: nanoseconds)])
    }
  }

  /// From one level to another in a straight line.
  package struct Segment: Sendable, Hashable {
    package var from: Double
    package var to: Double
    package var nanoseconds: UInt64

    package init(from: Double, to: Double, nanoseconds: UInt64) {
      self.from = from
      self.to = to
      self.nanoseconds = nanoseconds
    }
  }
}
