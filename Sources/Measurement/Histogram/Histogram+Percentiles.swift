extension Histogram {
  /// The mean of the samples, exact but for rounding to a double; 0 where there is none. Nanoseconds.
  package var mean: Double {
    count == 0 ? 0 : Double(sum) / Double(count)
  }

  /// The standard deviation of the samples about their mean, each taken at the middle of its bucket; 0 where there is
  /// none. Nanoseconds.
  ///
  /// - Complexity: O(pages).
  package var standardDeviation: Double {
    guard count > 0 else { return 0 }
    let mean = mean
    var squares = 0.0
    forEachNonZero { bucket, count in
      let middle = Double(HistogramLayout.lowestValue(at: bucket)) + Double(HistogramLayout.width(at: bucket)) / 2
      let distance = middle - mean
      squares += distance * distance * Double(count)
    }
    return (squares / Double(count)).squareRoot()
  }

  /// The percentile by nearest rank: the smallest sample such that at least `percent` % of the samples are at most it,
  /// given as the highest value of its bucket (exact at the smallest and the largest sample). Nanoseconds.
  ///
  /// - Parameter percent: 0 gives the minimum, 100 the maximum; beyond them the same.
  /// - Returns: 0 where there is no sample.
  /// - Complexity: O(pages).
  package func percentile(_ percent: Double) -> UInt64 {
    value(atRank: Self.rank(ofPercentile: percent, count: count))
  }

  /// The rank, from 1 to `count`, of the sample that is the percentile: ⌈percent/100 · count⌉.
  ///
  /// A product that is an integer but for the rounding of doubles is that integer: the 99.9th percentile of 1,000
  /// samples has rank 999.
  package static func rank(ofPercentile percent: Double, count: UInt64) -> UInt64 {
    guard count > 0, percent > 0 else { return min(1, count) }
    guard percent < 100 else { return count }
    let product = percent * Double(count) / 100
    let nearest = product.rounded()
    let rank = abs(product - nearest) <= product * 0x1p-50 ? nearest : product.rounded(.up)
    return min(max(1, UInt64(rank)), count)
  }

  /// The sample with this rank in ascending order, given as the highest value of its bucket; the first and the last are
  /// exact. Nanoseconds.
  ///
  /// - Parameter rank: from 1 to `count`; beyond them the nearest of them.
  /// - Returns: 0 where there is no sample.
  /// - Complexity: O(pages).
  package func value(atRank rank: UInt64) -> UInt64 {
    guard rank > 1 else { return minimum }
    guard rank < count else { return maximum }
    var before: UInt64 = 0
    var value: UInt64?
    forEachNonZero { bucket, count in
      before += count
      if value == nil, before >= rank { value = HistogramLayout.highestValue(at: bucket) }
    }
    return min(value ?? maximum, maximum)
  }

  /// How many samples are above `nanoseconds`, where those in the same bucket count as not above.
  ///
  /// Exact where `nanoseconds` is the highest value of a bucket; `ExceedanceCounter` is exact everywhere.
  /// - Complexity: O(pages).
  package func count(above nanoseconds: UInt64) -> UInt64 {
    guard nanoseconds < maximum else { return 0 }
    let last = HistogramLayout.index(of: min(nanoseconds, HistogramLayout.highestTrackable))
    var above: UInt64 = 0
    forEachNonZero { bucket, count in
      if bucket > last { above += count }
    }
    return above
  }
}
