import Glibc
import Measurement

/// Anderson and Darling's test of a sample against a distribution that is known in full, which looks hardest at the tails.
///
/// Sources: T. W. Anderson, D. A. Darling, "A test of goodness of fit", JASA 49 (1954); for the probability G. Marsaglia,
/// J. Marsaglia, "Evaluating the Anderson–Darling distribution", Journal of Statistical Software 9 (2004).
package struct AndersonDarling: Sendable, Hashable {
  package let samples: UInt64
  /// A²: 2.492 is exceeded by one sample of that distribution in twenty, 3.857 by one in a hundred.
  package let statistic: Double

  /// A sample that is ten times as far out as the outermost of so many is likely to be counts as that far: a clock that cannot
  /// tell two arrivals apart makes gaps of nothing, whose logarithms would be all there is to the statistic.
  /// - Parameters:
  ///   - classes: Samples by the probability that one is at most as large, ascending, and how many are alike.
  init(_ classes: [(probability: Double, count: UInt64)]) {
    samples = classes.reduce(0) { $0 + $1.count }
    let total = Double(samples)
    let edge = 1 / max(10 * total, 2)
    var before = 0.0
    var sum = 0.0
    for (probability, count) in classes {
      let (low, high) = (before, before + Double(count))
      before = high
      let share = min(max(probability, edge), 1 - edge)
      // Σ (2i − 1) over the ranks from low + 1 to high, and over those from the other end.
      let fromBelow = high * high - low * low
      let fromAbove = (total - low) * (total - low) - (total - high) * (total - high)
      sum += fromBelow * log(share) + fromAbove * log(1 - share)
    }
    statistic = total > 0 ? -total - sum / total : 0
  }

  /// The gaps of Poisson arrivals: an exponential distribution of mean 1.
  ///
  /// - Parameter gaps: In 10^-9 of the average gap, as `ScheduleFigures` has them.
  package init(gaps: Histogram) {
    var classes: [(probability: Double, count: UInt64)] = []
    gaps.forEachBucket { from, to, count in classes.append((-expm1(-(Double(from) + Double(to)) / 2e9), count)) }
    self.init(classes)
  }

  /// How likely a sample of the distribution is at least this far off; from 8 samples on.
  package var probability: Double {
    guard samples > 0 else { return 1 }
    return 1 - min(max(Self.limiting(max(statistic, 0)), 0), 1)
  }

  /// The distribution of A² for endlessly many samples: Marsaglia's approximation, right to 2·10^-6 below 2 and
  /// 8·10^-7 above.
  static func limiting(_ value: Double) -> Double {
    guard value > 0 else { return 0 }
    if value < 2 {
      let polynomial =
        2.00012
        + (0.247105
          - (0.0649821 - (0.0347962 - (0.0116720 - 0.00168691 * value) * value) * value) * value) * value
      return exp(-1.2337141 / value) / value.squareRoot() * polynomial
    }
    let polynomial =
      1.0776
      - (2.30695
        - (0.43424 - (0.082433 - (0.008056 - 0.0003146 * value) * value) * value) * value) * value
    return exp(-exp(polynomial))
  }
}
