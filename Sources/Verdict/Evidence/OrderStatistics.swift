/// Which samples in ascending order enclose a quantile of what they are drawn from, whatever its distribution.
///
/// Of n independent samples the number at or below the q-quantile is binomial (n, q); n may be an effective size, and
/// ranks are then real.
enum OrderStatistics {
  /// The rank whose sample the quantile is not below, with `confidence`; `nil` where even the smallest is not safe.
  static func lowerRank(quantile: Double, samples: Double, confidence: Double) -> Double? {
    let rank = position(probability: 1 - confidence, quantile, samples)
    return rank > 0 ? rank : nil
  }

  /// The rank whose sample the quantile is not above, with `confidence`; `nil` where even the largest is not safe.
  ///
  /// There is one from ln(1 − confidence) / ln(quantile) samples on: 59 for p95 at 95 %, 299 for p99, 2,995 for p99.9.
  static func upperRank(quantile: Double, samples: Double, confidence: Double) -> Double? {
    let rank = position(probability: confidence, quantile, samples)
    return rank <= samples ? rank : nil
  }

  /// The r at which P(binomial (samples, quantile) < r) is `probability`, between the integers by the beta function;
  /// 0 and `samples` + 1 where there is none.
  private static func position(probability: Double, _ quantile: Double, _ samples: Double) -> Double {
    // P(fewer than r) = I_{1−q}(n − r + 1, r), which grows with r.
    func below(_ rank: Double) -> Double { RegularizedBeta.value(1 - quantile, samples - rank + 1, rank) }
    let least = min(1, samples)
    if below(least) > probability { return 0 }
    if below(samples) < probability { return samples + 1 }
    var (low, high) = (least, samples)
    while high - low > 1e-9 * samples {
      let middle = low + (high - low) / 2
      if below(middle) < probability { low = middle } else { high = middle }
    }
    return high
  }
}
