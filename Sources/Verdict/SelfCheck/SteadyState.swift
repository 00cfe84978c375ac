import Glibc
import Load
import Measurement
import Scenario

/// Why a run has no steady state to be judged on.
package struct Unsteadiness: Sendable, Hashable {
  /// One sentence.
  package var reason: String
}

/// Whether a steady load came to a steady state, and what of its beginning is warm-up.
struct SteadyState {
  private(set) var rules: [SelfCheckRule] = []
  private(set) var unsteady: Unsteadiness?

  /// A change of the latencies by less than this factor from end to end is none: queues that grow do so by far more.
  static let leastFactor = 1.5
  /// A beginning that differs by less from the rest is as good as the rest.
  static let leastWarmUpFactor = 1.25

  init(_ record: RunRecord, _ scenario: Scenario, _ context: SelfCheckContext) {
    let intervals = Self.steadyIntervals(record, scenario)
    guard let intervals else {
      let reason = "the load is not the same for \(Trend.leastLength) intervals on end"
      rules = [
        SelfCheckRule(.warmUp, .notApplicable, reason), SelfCheckRule(.steadyState, .notApplicable, reason),
      ]
      return
    }
    let series = [intervals.map { log(Double(max($0.median, 1))) }, intervals.map { log(Double(max($0.p95, 1))) }]
    let cuts = series.compactMap { WarmUpCut($0) }
    let differing = cuts.filter {
      $0.intervals > 0 && $0.difference.magnitude > max($0.noise, log(Self.leastWarmUpFactor))
    }
    let cut = cuts.count == 2 && differing.count == 2 && record.warmUp == 0 ? differing.map(\.intervals).max()! : 0
    let isCutAtLimit =
      cut > 0 && differing.contains(where: \.isAtLimit)
      && differing.allSatisfy { $0.difference.magnitude > log(Self.leastFactor) }
    rules.append(warmUp(cut: isCutAtLimit ? 0 : cut, differing, isLongEnough: cuts.count == 2, record, intervals))
    rules.append(
      steadyState(intervals, series.map { Array($0.dropFirst(isCutAtLimit ? 0 : cut)) }, isCutAtLimit, context))
  }

  private func warmUp(
    cut: Int, _ cuts: [WarmUpCut], isLongEnough: Bool, _ record: RunRecord, _ intervals: [IntervalSummary]
  ) -> SelfCheckRule {
    if record.warmUp > 0 {
      return SelfCheckRule(
        .warmUp, .ok, observed: Quantity(Double(record.warmUp), .nanoseconds),
        "\(Quantity.duration(Double(record.warmUp))) are left out, as the scenario says")
    }
    guard isLongEnough else {
      return SelfCheckRule(.warmUp, .notApplicable, "too few intervals to tell a warm-up from the rest")
    }
    guard cut > 0 else { return SelfCheckRule(.warmUp, .ok, "nothing at the beginning differs from the rest") }
    let end = Double(intervals[cut].start - intervals[0].start)
    let factor = exp(cuts.map(\.difference).max { $0.magnitude < $1.magnitude } ?? 0)
    return SelfCheckRule(
      .warmUp, .note, observed: Quantity(end, .nanoseconds),
      "the first \(Quantity.duration(end)) look like warm-up, with latencies \(Quantity.significant(factor)) times those "
        + "of the rest: set warm_up to leave them out")
  }

  private mutating func steadyState(
    _ intervals: [IntervalSummary], _ series: [[Double]], _ isCutAtLimit: Bool, _ context: SelfCheckContext
  ) -> SelfCheckRule {
    let count = series[0].count
    let trends = series.map { Trend($0) }
    let probability = trends.map { erfc($0.deviate.magnitude / 2.0.squareRoot()) }.max() ?? 1
    let observed = Quantity(probability, .fraction)
    guard let limit = context.limits.trend else {
      return SelfCheckRule(.steadyState, .off, observed: observed, "latencies were not judged for a trend")
    }
    let bound = Quantity(limit, .fraction)
    let rises = trends.map { $0.slope * Double(count - 1) }
    let isTrend =
      count >= Trend.leastLength && trends.allSatisfy { $0.isSignificant(limit) }
      && (trends.allSatisfy { $0.slope > 0 } || trends.allSatisfy { $0.slope < 0 })
      && rises.allSatisfy { $0.magnitude > log(Self.leastFactor) }
    // What p95 was in the first quarter, and in the last.
    let quarter = max(count / 4, 1)
    let ends = [series[1].prefix(quarter), series[1].suffix(quarter)].map { exp($0.sorted()[quarter / 2]) }
    let (first, last) = (ends[0], ends[1])
    guard isCutAtLimit || isTrend && (last - first).magnitude > context.tolerance else {
      return SelfCheckRule(
        .steadyState, .ok, observed: observed, limit: bound, "latencies went neither up nor down")
    }
    let way = "p95 went from \(Quantity.duration(first)) to \(Quantity.duration(last))"
    let reason =
      if isTrend, rises[1] > 0 {
        "no steady state: the target is overloaded (\(way)); lower the rate"
      } else if isTrend {
        "no steady state: still warming up at the end (\(way)); run longer, and set warm_up"
      } else {
        "no steady state: the run changes its course half-way; run longer"
      }
    unsteady = Unsteadiness(reason: reason)
    return SelfCheckRule(.steadyState, .inconclusive, observed: observed, limit: bound, reason)
  }

  /// The measured intervals, whole and with answers, in which all groups' loads are constant; `nil` where they are too few.
  private static func steadyIntervals(_ record: RunRecord, _ scenario: Scenario) -> [IntervalSummary]? {
    var (from, to): (UInt64, UInt64) = (0, .max)
    for group in scenario.traffic {
      let profile: LoadShape.Profile
      switch group.load {
      case .closed(let users): profile = users
      case .open(let rate, _, _): profile = rate
      case .countedPerUser, .countedShared, .burst: return nil
      }
      guard let level = profile.segments.first?.from, level > 0,
        profile.segments.allSatisfy({ $0.from == level && $0.to == level })
      else { return nil }
      from = max(from, group.startAfter)
      to = min(to, group.startAfter + profile.nanoseconds)
    }
    let chosen = record.intervals.filter {
      !$0.isWarmUp && $0.start >= from && $0.end <= to && $0.end - $0.start >= 500_000_000 && $0.p95 > 0
    }
    return chosen.count >= Trend.leastLength ? chosen : nil
  }
}
