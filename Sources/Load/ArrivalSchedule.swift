import Glibc

/// When the iterations of an open traffic group start: one worker's part of the schedule.
///
/// Arrival i of a steady schedule comes at the instant from which more than i arrivals are called for, so that
/// `200/s for 30 s` is 6,000 arrivals at 0, 5, 10, … 29,995 ms; ramps are inverted exactly. A Poisson schedule draws the
/// areas between arrivals from an exponential distribution of mean 1, which is a Poisson process of the profile's rate.
///
/// Every worker walks the whole schedule and takes its own arrivals, so that the schedule is the same whatever the
/// number of workers.
///
/// ```swift
/// while let arrival = schedule.take(dueBy: elapsed) { start(arrival) }
/// if let upcoming = schedule.upcoming { wake(at: upcoming.nanoseconds) }
/// ```
package struct ArrivalSchedule: Sendable {
  package struct Arrival: Sendable, Hashable {
    /// Of the iteration in its group, from 0.
    package var iteration: UInt64
    /// Since the group's start.
    package var nanoseconds: UInt64

    package init(iteration: UInt64, nanoseconds: UInt64) {
      self.iteration = iteration
      self.nanoseconds = nanoseconds
    }
  }

  /// The worker's next arrival; `nil` after the last.
  package private(set) var upcoming: Arrival?
  private let segments: [LoadShape.Segment]
  private let share: WorkerShare
  /// Of a Poisson schedule.
  private var generator: SeededGenerator?
  /// The next arrival to look at, of whichever worker.
  private var iteration: UInt64 = 0
  /// The area that this arrival stands for.
  private var target = 0.0
  /// The segment that the walk has come to, and the area and the time before it.
  private var segment = 0
  private var areaBefore = 0.0
  private var nanosecondsBefore: UInt64 = 0
  /// Less than any error that adding up areas can make and less than any area between arrivals that matters: an arrival
  /// that is due at the very end of the profile does not slip in.
  private static let tolerance = 1e-6

  /// - Parameters:
  ///   - profile: Arrivals per second over time; levels are not negative.
  ///   - generator: For a Poisson schedule, the group's; the same for every worker.
  package init(profile: LoadShape.Profile, poisson generator: SeededGenerator?, share: WorkerShare) {
    segments = profile.segments
    self.share = share
    self.generator = generator
    if self.generator != nil { target = self.generator!.exponential() }
    if share.userCount(of: share.users) > 0 { findUpcoming() }
  }

  /// Takes the next arrival where it is due.
  ///
  /// - Parameter elapsed: Nanoseconds since the group's start.
  /// - Complexity: O(number of workers).
  package mutating func take(dueBy elapsed: UInt64) -> Arrival? {
    guard let arrival = upcoming, arrival.nanoseconds <= elapsed else { return nil }
    findUpcoming()
    return arrival
  }

  /// How many arrivals a steady schedule has in all; what a Poisson schedule has on average.
  package static func count(of profile: LoadShape.Profile) -> UInt64 {
    UInt64(max(0, (profile.area - tolerance).rounded(.up)))
  }

  /// The area between a Poisson arrival and the one that is `arrivals` after it, made into the variable of an exponential
  /// distribution of mean 1 that is as likely: what several workers take in turn is comparable.
  ///
  /// The area has an Erlang distribution, which it is above with the probability exp(−a) Σ aⁿ/n!, n < `arrivals`.
  /// - Complexity: O(`arrivals`).
  package static func exponentialGap(area: Double, arrivals: UInt64) -> Double {
    var (term, sum) = (1.0, 1.0)
    for index in 1..<max(arrivals, 1) {
      term *= area / Double(index)
      sum += term
    }
    return max(0, area - log(sum))
  }

  private mutating func findUpcoming() {
    while true {
      guard let nanoseconds = instant() else {
        upcoming = nil
        return
      }
      let arrival = Arrival(iteration: iteration, nanoseconds: nanoseconds)
      iteration += 1
      if generator == nil {
        target = Double(iteration)
      } else {
        target += generator!.exponential()
      }
      if share.owns(iteration: arrival.iteration) {
        upcoming = arrival
        return
      }
    }
  }

  /// When the area of the profile exceeds `target`; `nil` where it never does.
  private mutating func instant() -> UInt64? {
    while segment < segments.count {
      let current = segments[segment]
      let rest = target - areaBefore
      if rest < current.area - Self.tolerance {
        let nanoseconds = current.seconds(untilAreaExceeds: max(0, rest)) * 1e9
        return nanosecondsBefore + min(current.nanoseconds, UInt64(nanoseconds.rounded()))
      }
      areaBefore += current.area
      nanosecondsBefore += current.nanoseconds
      segment += 1
    }
    return nil
  }
}
