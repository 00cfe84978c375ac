/// Where a series of figures, one an interval, comes to rest: MSER-5.
///
/// The series is taken in means of five; of all beginnings that could be cut off, the one is cut whose rest has the
/// smallest standard error of its mean. Source: K. P. White, M. J. Cobb, S. C. Spratt, "A comparison of five
/// steady-state truncation heuristics for simulation", Winter Simulation Conference 2000.
package struct WarmUpCut: Sendable, Hashable {
  /// Intervals to cut off; 0 for none.
  package let intervals: Int
  /// The mean of the part before the cut less that of the rest.
  package let difference: Double
  /// The cut leaves less than half of the series: what is left proves no rest.
  package let isAtLimit: Bool
  /// Three standard errors of `difference`, were the means of the rest independent: less is no difference.
  package let noise: Double

  package static let batch = 5
  /// In fewer than six means of five nearly any beginning looks as if it differed.
  package static let leastIntervals = 30

  /// - Returns: `nil` for a series that is too short to tell.
  package init?(_ series: [Double]) {
    guard series.count >= Self.leastIntervals else { return nil }
    let count = series.count / Self.batch
    let means = (0..<count).map { number in
      series[number * Self.batch..<(number + 1) * Self.batch].reduce(0, +) / Double(Self.batch)
    }
    func squares(_ part: ArraySlice<Double>) -> (mean: Double, sum: Double) {
      let mean = part.reduce(0, +) / Double(part.count)
      return (mean, part.reduce(0) { $0 + ($1 - mean) * ($1 - mean) })
    }
    var best = (cut: 0, value: Double.infinity)
    // Two means are alike too often by chance.
    for cut in 0...count - 3 {
      let rest = Double(count - cut)
      let value = squares(means[cut...]).sum / (rest * rest)
      if value < best.value { best = (cut, value) }
    }
    intervals = best.cut * Self.batch
    isAtLimit = best.cut * 2 > count
    guard best.cut > 0 else {
      (difference, noise) = (0, 0)
      return
    }
    let rest = squares(means[best.cut...])
    difference = means[..<best.cut].reduce(0, +) / Double(best.cut) - rest.mean
    let deviation = (rest.sum / Double(count - best.cut - 1)).squareRoot()
    noise = 3 * deviation * (1 / Double(best.cut) + 1 / Double(count - best.cut)).squareRoot()
  }
}
