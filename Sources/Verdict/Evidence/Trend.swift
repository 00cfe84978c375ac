import Glibc

/// Whether a series goes up or down: the Mann–Kendall test, with Hamed and Rao's variance for series whose neighbours are
/// alike, and the Theil–Sen slope.
///
/// Sources: H. B. Mann, "Nonparametric tests against trend", Econometrica 13 (1945); M. G. Kendall, "Rank Correlation
/// Methods"; K. H. Hamed, A. R. Rao, "A modified Mann–Kendall trend test for autocorrelated data", Journal of Hydrology
/// 204 (1998); P. K. Sen, JASA 63 (1968).
package struct Trend: Sendable, Hashable {
  /// Kendall's S: pairs that go up less pairs that go down.
  package let score: Int
  /// Standard normal where there is no trend.
  package let deviate: Double
  /// The median of the slopes between all pairs, a step.
  package let slope: Double

  package static let leastLength = 20

  /// - Complexity: O(n² log n); series of more than 600 are taken in means of neighbours.
  package init(_ full: [Double]) {
    let stride = (full.count + 599) / 600
    let series = stride < 2 ? full : Self.means(full, of: stride)
    let count = series.count
    guard count > 2 else {
      (score, deviate, slope) = (0, 0, 0)
      return
    }
    var score = 0
    var slopes: [Double] = []
    slopes.reserveCapacity(count * (count - 1) / 2)
    for later in 1..<count {
      for earlier in 0..<later {
        let rise = series[later] - series[earlier]
        score += rise > 0 ? 1 : rise < 0 ? -1 : 0
        slopes.append(rise / Double(later - earlier))
      }
    }
    slopes.sort()
    let middle = slopes.count / 2
    let median = slopes.count % 2 == 0 ? (slopes[middle - 1] + slopes[middle]) / 2 : slopes[middle]
    self.score = score
    slope = median / Double(max(stride, 1))
    let variance = Self.variance(of: series) * Self.inflation(of: series, slope: median)
    let corrected = Double(score - score.signum())
    deviate = variance > 0 ? corrected / variance.squareRoot() : 0
  }

  /// Whether no trend would look like this with at most `probability`, two-sided.
  package func isSignificant(_ probability: Double) -> Bool { erfc(deviate.magnitude / 2.0.squareRoot()) < probability }

  private static func means(_ series: [Double], of length: Int) -> [Double] {
    Swift.stride(from: 0, to: series.count - length + 1, by: length).map { start in
      series[start..<start + length].reduce(0, +) / Double(length)
    }
  }

  /// Of S where there is no trend and values are independent; ties make it smaller.
  private static func variance(of series: [Double]) -> Double {
    func term(_ count: Int) -> Double { Double(count * (count - 1) * (2 * count + 5)) }
    let ties = Dictionary(grouping: series, by: \.self).values.reduce(0) { $0 + term($1.count) }
    return (term(series.count) - ties) / 18
  }

  /// By how much likeness of neighbours makes S vary more; at least 1. From the ranks of the series without its trend, up
  /// to lags of a quarter of it.
  private static func inflation(of series: [Double], slope: Double) -> Double {
    let count = series.count
    let level = series.indices.map { series[$0] - slope * Double($0) }
    let order = level.indices.sorted { level[$0] < level[$1] }
    var ranks = [Double](repeating: 0, count: count)
    let mean = Double(count - 1) / 2
    var start = 0
    while start < count {
      var end = start
      while end + 1 < count, level[order[end + 1]] == level[order[start]] { end += 1 }
      for position in start...end { ranks[order[position]] = Double(start + end) / 2 - mean }
      start = end + 1
    }
    let squares = ranks.reduce(0) { $0 + $1 * $1 }
    guard squares > 0, count >= 8 else { return 1 }
    var sum = 0.0
    for lag in 1..<count / 4 {
      let products = (0..<count - lag).reduce(0) { $0 + ranks[$1] * ranks[$1 + lag] }
      let correlation = products / squares
      guard correlation.magnitude > 1.96 / Double(count).squareRoot() else { continue }
      sum += Double((count - lag) * (count - lag - 1) * (count - lag - 2)) * correlation
    }
    return max(1, 1 + 2 * sum / Double(count * (count - 1) * (count - 2)))
  }
}
