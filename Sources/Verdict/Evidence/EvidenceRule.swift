import Scenario

/// How a threshold is judged by evidence: what the figure is a sample of, and how many samples a verdict takes at least.
///
/// There is none for figures that a run does not sample: counts, extremes, what the generator did itself, and budgets that
/// tolerate nothing. Those are compared as they are.
struct EvidenceRule {
  enum Kind {
    case percentile(Double)
    case average
    case share
  }

  let kind: Kind
  /// The figure has to stay below the bound.
  let wantsBelow: Bool
  /// Of the share on which the verdict is: of requests above the bound for a percentile, else the bound itself.
  let limit: Double
  /// Effective samples below which nothing is concluded; 0 for none.
  let leastEffective: Double

  init?(_ threshold: Threshold) {
    switch threshold.comparison {
    case .less, .lessOrEqual: wantsBelow = true
    case .greater, .greaterOrEqual: wantsBelow = false
    case .equal, .notEqual: return nil
    }
    switch threshold.metric.metric {
    case .latency, .serviceTime, .timeToFirstByte, .connectTime:
      if let percent = threshold.percent, percent > 0, percent < 100 {
        kind = .percentile(percent)
        limit = (100 - percent) / 100
        // 20,000 requests are enough for p(99.9), though 100 − 99.9 is not quite a tenth.
        leastEffective = 20 / min(limit, 1 - limit) * (1 - 1e-9)
      } else if threshold.aggregation == .average {
        kind = .average
        (limit, leastEffective) = (threshold.bound, 0)
      } else {
        return nil
      }
    case .errors, .outcomes:
      // "Not one" and "each" are no matter of degree.
      guard threshold.aggregation != .count, threshold.bound > 0, threshold.bound < 1 else { return nil }
      kind = .share
      (limit, leastEffective) = (threshold.bound, 0)
    case .generatorLag, .wait, .requests, .iterations, .connections, .bytesSent, .bytesReceived: return nil
    }
  }

  /// The fewest samples with which the threshold can pass: all of them on the good side of the budget, and independent.
  /// `nil` where their number alone does not tell.
  var fewestToPass: UInt64? {
    if case .average = kind { return nil }
    func passes(_ samples: UInt64) -> Bool {
      let share = BatchedShare(samples: samples, events: wantsBelow ? 0 : samples)
      let test = ShareTest(share: share, limit: limit, wantsBelow: wantsBelow, leastEffective: leastEffective)
      return test.result(noun: "").verdict == .pass
    }
    var high: UInt64 = 1
    while !passes(high) {
      high *= 2
      if high > 1 << 40 { return nil }
    }
    var low = high / 2
    while high - low > 1 {
      let middle = (low + high) / 2
      if passes(middle) { high = middle } else { low = middle }
    }
    return high
  }
}
