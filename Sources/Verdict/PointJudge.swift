import Measurement
import Scenario

/// The plain comparison of what was observed with what was asked for.
///
/// It takes the run for the truth: it does not ask how far another run of the same might have come out otherwise.
enum PointJudge {
  /// Whether the figure keeps the budget.
  ///
  /// A percentile of latency is held against its budget by counting the samples above it, where they were counted:
  /// `p(95) < b` says that at most 5 % are above b, however wide the histogram's buckets are.
  static func holds(_ threshold: Threshold, _ observation: Observation) -> Bool {
    if let percent = threshold.percent, let exceedances = observation.exceedances {
      let within = observation.samples - Histogram.rank(ofPercentile: percent, count: observation.samples)
      switch threshold.comparison {
      case .less, .lessOrEqual: return exceedances <= within
      case .greater, .greaterOrEqual: return exceedances > within
      case .equal, .notEqual: break
      }
    }
    return threshold.comparison.holds(observation.quantity.value, threshold.bound)
  }
}

extension Threshold {
  /// The percentile that is asked for, the median being one; `nil` for other figures.
  var percent: Double? {
    switch aggregation {
    case .percentile(let percent): percent
    case .median: 50
    default: nil
    }
  }
}
