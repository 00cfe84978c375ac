import Load
import Measurement
import Scenario

/// A run as the rules of the self-check look at it.
struct SelfCheckContext {
  let record: RunRecord
  let scenario: Scenario
  let limits: SelfCheckLimits
  /// Groups whose arrivals a schedule sets one by one. Bursts are not among them: they saturate by design, as closed loads do.
  let scheduled: [(group: GroupRecord, load: TrafficGroup)]
  /// The smallest budget that a threshold sets for the times of requests; `nil` where none does. Nanoseconds.
  let smallestBudget: Double?
  /// What all measured intervals used together; `nil` where it is not known.
  let usage: IntervalUsage?
  /// The usage of each measured interval.
  let intervals: [IntervalUsage]

  init(_ record: RunRecord, _ scenario: Scenario) {
    self.record = record
    self.scenario = scenario
    limits = scenario.selfCheck
    scheduled = record.groups.compactMap { group in
      guard let load = scenario.traffic.first(where: { $0.name == group.name }), case .open = load.load else {
        return nil
      }
      return (group, load)
    }
    smallestBudget = scenario.thresholds.filter(\.isOnTimes).map(\.bound).filter { $0 > 0 }.min()
    intervals = record.intervals.filter { !$0.isWarmUp }.compactMap(\.usage)
    var total = intervals.first
    for interval in intervals.dropFirst() { total?.add(interval) }
    usage = total
  }

  var isScheduled: Bool { !scheduled.isEmpty }

  /// What the generator may add to a time before it matters: the limit on its lag, nanoseconds. Without a budget, the p95
  /// takes its place.
  var tolerance: Double {
    let scale = smallestBudget ?? scheduledP95 ?? 0
    return max(Double(limits.lag ?? 1_000_000), (limits.lagShare ?? 0.05) * scale)
  }

  /// Latencies of the answers that were looked for, of a group.
  func latencies(of group: GroupRecord) -> Histogram {
    Selection.merged(
      record.series.filter { $0.key.group == group.name && $0.kind.countsInLatency(outcome: $0.key.outcome) }, \.latency
    )
  }

  /// The smallest p95 of the scheduled groups, nanoseconds; `nil` without samples.
  var scheduledP95: Double? {
    scheduled.map { latencies(of: $0.group) }.filter { !$0.isEmpty }.map { Double($0.percentile(95)) }.min()
  }

  /// The largest p95 of any group, nanoseconds; 0 without samples.
  var largestP95: Double {
    record.groups.map { Double(latencies(of: $0).percentile(95)) }.max() ?? 0
  }

  /// Requests that were sent or counted as unsent, of all groups.
  var requests: UInt64 { Selection.count(record.series) }

  /// A rule on a figure that is to be at most its limit.
  func rule(
    _ name: SelfCheckRule.Name, _ observed: Quantity, limit: Quantity?, speaks: SelfCheckRule.Status,
    isBroken: Bool, _ message: String, advice: String
  ) -> SelfCheckRule {
    guard let limit else { return SelfCheckRule(name, .off, observed: observed, message) }
    guard isBroken else { return SelfCheckRule(name, .ok, observed: observed, limit: limit, message) }
    return SelfCheckRule(
      name, speaks, observed: observed, limit: limit, "\(message) (limit \(limit.text))", advice: advice)
  }
}

extension Threshold {
  /// An upper bound on how long requests take.
  var isOnTimes: Bool {
    guard unit == .nanoseconds, comparison == .less || comparison == .lessOrEqual else { return false }
    switch metric.metric {
    case .latency, .serviceTime, .timeToFirstByte: return true
    default: return false
    }
  }
}
