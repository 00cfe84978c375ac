import Load
import Measurement
import Scenario

/// The rule on users in a loop: that the generator let them send what they would have sent.
extension SelfCheckContext {
  /// The generator lost more of its users' time than they can spare.
  ///
  /// A user in a loop that is held up sends less, so the target is offered less than these users would offer it. Arrivals of
  /// a schedule and of a burst do not wait for each other: they are sent late, and their times contain it.
  ///
  /// - Parameter isDisturbed: The machine was noisy, or a worker busy nearly all of the time. A loop against a fast target
  ///   spends some share of its time in the generator on any machine, and that alone says nothing.
  func lostTime(isDisturbed: Bool) -> SelfCheckRule {
    let loops = record.groups.compactMap { group in
      scenario.traffic.first { $0.name == group.name && $0.load.isLoop }.map { (group: group, traffic: $0) }
    }
    guard !loops.isEmpty else {
      return SelfCheckRule(.lostTime, .notApplicable, "no group's users send in a loop")
    }
    let lost = loops.reduce(0) { $0 + Double($1.group.lag) }
    let spent = loops.reduce(0) { $0 + usersTime(of: $1.group, $1.traffic) }
    let share = spent > 0 ? min(1, lost / spent) : 0
    return rule(
      .lostTime, Quantity(share, .fraction), limit: limits.lostTime.map { Quantity($0, .fraction) },
      speaks: .inconclusive,
      isBroken: share > limits.lostTime ?? .infinity && isDisturbed && smallestBudget != nil,
      "generator-bound: users in a loop lost \(Quantity.percent(share)) of their time to the generator",
      advice:
        "the target was offered less than these users would; add workers, use fewer users, or run on a quieter machine")
  }

  /// What the users of a group spent in requests, pauses included. Nanoseconds.
  private func usersTime(of group: GroupRecord, _ traffic: TrafficGroup) -> Double {
    let requests = record.series.filter { $0.key.group == group.name }.reduce(0) { $0 + Double($1.latency.sum) }
    let pauses = traffic.steps.compactMap(\.thinkTime) + (traffic.thinkTime.map { [$0] } ?? [])
    let paused = Double(group.iterationsCompleted) * pauses.reduce(0) { $0 + (Double($1.least) + Double($1.most)) / 2 }
    let paced = Double(group.iterationsCompleted) * Double(traffic.pacing ?? 0)
    return max(requests + paused, paced)
  }
}

extension LoadShape {
  /// A user starts its next iteration when its last has ended.
  fileprivate var isLoop: Bool {
    switch self {
    case .closed, .countedPerUser, .countedShared: true
    case .open, .burst: false
    }
  }
}
