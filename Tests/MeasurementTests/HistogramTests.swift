import Measurement
import Testing

private let millisecond: UInt64 = 1_000_000

@Suite struct HistogramTests {
  @Test("900 samples of 1 ms and 100 of 100 ms, recorded apart and merged, have a p95 of 100 ms")
  func pooledPercentile() {
    var fast = Histogram()
    var slow = Histogram()
    for _ in 0..<900 { fast.record(millisecond) }
    for _ in 0..<100 { slow.record(100 * millisecond) }
    var pooled = fast
    pooled.merge(slow)
    #expect(pooled.percentile(95) == 100 * millisecond)
    #expect(pooled.percentile(90) <= millisecond + 511)
    #expect(pooled.percentile(90.1) == 100 * millisecond)
    #expect((fast.percentile(95) + slow.percentile(95)) / 2 < 51 * millisecond, "what averaging would have told")
  }

  @Test("an empty histogram has no memory and zeros for figures")
  func empty() {
    let empty = Histogram()
    #expect(empty.isEmpty && empty.allocatedBytes == 0)
    #expect((empty.minimum, empty.maximum, empty.percentile(50), empty.value(atRank: 1)) == (0, 0, 0, 0))
    #expect(empty.mean == 0 && empty.standardDeviation == 0 && empty.count(above: 0) == 0)
  }

  @Test(
    "values share a bucket as in HdrHistogram for 1 µs to 1 h in nanoseconds with 3 digits",
    arguments: [
      // value, lowest and highest equivalent value
      (0, 0, 511), (511, 0, 511), (512, 512, 1023), (1_000, 512, 1_023), (1_024, 1_024, 1_535),
      (524_288, 524_288, 524_799), (1_048_575, 1_048_064, 1_048_575), (1_048_576, 1_048_576, 1_049_599),
      (2_097_151, 2_096_128, 2_097_151), (2_097_152, 2_097_152, 2_099_199), (1_000_000_000, 999_817_216, 1_000_341_503),
      (3_600_000_000_000, 3_599_182_594_048, 3_601_330_077_695),
    ] as [(UInt64, UInt64, UInt64)])
  func buckets(value: UInt64, from: UInt64, to: UInt64) {
    var histogram = Histogram()
    histogram.record(value)
    var found: [[UInt64]] = []
    histogram.forEachBucket { found.append([$0, $1, $2]) }
    #expect(found == [[from, to, 1]])
  }

  @Test("buckets are in order, without gap or overlap, each at most 512 ns or 1/1,024 of its values wide")
  func bucketsTile() {
    var next: UInt64 = 0
    for index in 0..<HistogramLayout.bucketCount {
      let from = HistogramLayout.lowestValue(at: index)
      let width = HistogramLayout.width(at: index)
      #expect(from == next)
      #expect(width == 512 || width * 1_024 <= from)
      next = from + width
      if next - 1 <= HistogramLayout.highestTrackable {
        var histogram = Histogram()
        histogram.record(from)
        histogram.record(next - 1)
        histogram.forEachBucket { #expect(($0, $1, $2) == (from, next - 1, 2)) }
      }
    }
    #expect(next > HistogramLayout.highestTrackable)
  }

  @Test("percentiles are the nearest rank of the sorted samples, at most one bucket above", arguments: 1...12)
  func againstSortedSamples(seed: Int) {
    var generator = TestGenerator(seed: UInt64(seed))
    let count = [1, 2, 3, 10, 99, 100, 101, 999, 1_000, 1_001, 5_000, 20_000][seed - 1]
    let samples = (0..<count).map { _ in
      UInt64.random(in: 0..<(1 << UInt64.random(in: 1...41, using: &generator)), using: &generator)
    }
    var histogram = Histogram()
    for sample in samples { histogram.record(sample) }
    let sorted = samples.sorted()
    #expect(histogram.count == UInt64(count))
    #expect(histogram.minimum == sorted.first)
    #expect(histogram.maximum == sorted.last)
    #expect(histogram.sum == sorted.reduce(UInt128(0)) { $0 + UInt128($1) })
    for thousandths in 0...100_000 where thousandths % 1_000 == 0 || thousandths > 99_900 {
      // In whole numbers: the smallest rank r with r / count >= thousandths / 100,000.
      let rank = max(1, (thousandths * count + 99_999) / 100_000)
      let exact = sorted[rank - 1]
      let percentile = histogram.percentile(Double(thousandths) / 1_000)
      #expect(percentile >= exact && percentile <= exact + max(511, exact / 1_024))
    }
    #expect(histogram.percentile(0) == sorted.first)
    #expect(histogram.percentile(100) == sorted.last)
  }

  @Test(
    "the rank of a percentile is exact where doubles would slip",
    arguments: [
      (99.9, 1_000, 999), (99.99, 10_000, 9_999), (95, 20, 19), (95, 100, 95), (95, 101, 96), (50, 3, 2), (0, 5, 1),
      (100, 5, 5), (0.0001, 5, 1), (7, 100, 7), (14, 50, 7), (28, 25, 7), (55, 100, 55), (57, 100, 57), (-3, 5, 1),
      (140, 5, 5), (50, 0, 0), (99.999, 1_000_000_000, 999_990_000), (16.1, 1_000, 161), (8.3, 3_000, 249),
      (90.04, 10_000, 9_004),
      (99.9, 1_001, 1_000),
    ] as [(Double, UInt64, UInt64)])
  func rank(percent: Double, count: UInt64, rank: UInt64) {
    #expect(Histogram.rank(ofPercentile: percent, count: count) == rank)
  }

  @Test("a value over an hour counts, is reported, and stays exact in sum and maximum")
  func saturation() {
    var histogram = Histogram()
    histogram.record(HistogramLayout.highestTrackable)
    #expect(histogram.saturated == 0)
    histogram.record(HistogramLayout.highestTrackable + 1)
    histogram.record(.max)
    #expect(histogram.saturated == 2 && histogram.count == 3 && histogram.maximum == .max)
    #expect(histogram.sum == UInt128(UInt64.max) + UInt128(2 * HistogramLayout.highestTrackable) + 1)
    #expect(histogram.percentile(50) == 3_601_330_077_695)
    #expect(histogram.percentile(100) == .max)
  }

  @Test("mean is exact, and the standard deviation of 1 to 1,000 ms is 288.67 ms")
  func moments() {
    var histogram = Histogram()
    for value in 1...1_000 as ClosedRange<UInt64> { histogram.record(value * millisecond) }
    #expect(histogram.mean == 500.5e6)
    let exact = (Double(1_000 * 1_000 - 1) / 12).squareRoot() * 1e6
    #expect(abs(histogram.standardDeviation - exact) < exact * 0.001)
  }

  @Test("samples above a value are counted from the next bucket on")
  func countAbove() {
    var histogram = Histogram()
    for value in [1_000, 1_100, 50_000, 2_000_000, 5_000_000] as [UInt64] { histogram.record(value) }
    #expect(histogram.count(above: 0) == 5)
    #expect(histogram.count(above: 1_023) == 4, "1,100 is in the bucket from 1,024")
    #expect(histogram.count(above: 1_024) == 3)
    #expect(histogram.count(above: 3_000_000) == 1)
    #expect(histogram.count(above: 5_000_000) == 0)
    #expect(histogram.count(above: .max) == 0)
  }

  @Test("parts merged in any order equal the whole, whichever memory each has")
  func mergeIsRecordingTogether() {
    var generator = TestGenerator(seed: 3)
    var whole = Histogram()
    var parts = [Histogram](repeating: Histogram(), count: 4)
    for number in 0..<10_000 {
      let value = UInt64.random(in: 0..<(1 << UInt64.random(in: 10...43, using: &generator)), using: &generator)
      whole.record(value)
      parts[number % 4].record(value)
    }
    var forwards = Histogram()
    for part in parts { forwards.merge(part) }
    var backwards = Histogram()
    for part in parts.reversed() { backwards.merge(part) }
    #expect(forwards == whole && backwards == whole)
    backwards.record(0)
    #expect(backwards != whole)
  }

  @Test("histograms that differ in one bucket alone are not equal")
  func inequality() {
    var left = Histogram()
    var right = Histogram()
    for value in [10_000, 30_000, 20_000, 20_000] as [UInt64] { left.record(value) }
    for value in [10_000, 30_000, 15_000, 25_000] as [UInt64] { right.record(value) }
    #expect(left.sum == right.sum && left.count == right.count && left.maximum == right.maximum)
    #expect(left != right)
  }

  @Test("after removing all, a histogram equals a new one and records into the memory it kept")
  func removeAll() {
    var histogram = Histogram()
    for value in 0..<2_000 as Range<UInt64> { histogram.record(value * 10_000) }
    let bytes = histogram.allocatedBytes
    histogram.removeAll(keepingCapacity: true)
    #expect(histogram == Histogram())
    #expect(histogram.allocatedBytes == bytes)
    for value in 0..<2_000 as Range<UInt64> { histogram.record(value * 10_000) }
    #expect(histogram.allocatedBytes == bytes)
    #expect(histogram.count == 2_000 && histogram.minimum == 0 && histogram.maximum == 19_990_000)
    histogram.removeAll(keepingCapacity: false)
    #expect(histogram.allocatedBytes == 0)
  }

  @Test("a bucket counts beyond 2^32 samples, recorded or merged")
  func wideCounts() {
    var histogram = Histogram()
    histogram.record(5_000, times: (1 << 32) - 1)
    histogram.record(5_000)
    histogram.record(9_000, times: 3)
    #expect(histogram.count(above: 5_119) == 3)
    #expect(histogram.count == (1 << 32) + 3)
    #expect(histogram.value(atRank: 1 << 32) == 5_119)
    #expect(histogram.value(atRank: (1 << 32) + 1) == 9_000)
    histogram.merge(histogram)
    var counts: [UInt64] = []
    histogram.forEachBucket { _, _, count in counts.append(count) }
    #expect(counts == [1 << 33, 6])
    histogram.removeAll(keepingCapacity: true)
    histogram.record(5_000)
    #expect(histogram.count(above: 0) == 1)
  }

  @Test("a million latencies about 2 ms take less than 50 KB")
  func memory() {
    var generator = TestGenerator(seed: 11)
    var histogram = Histogram()
    for _ in 0..<200_000 {
      // The product of uniform draws has a long tail, as latencies have: 0.2 ms to 100 ms here.
      var value = 400_000.0
      for _ in 0..<8 { value *= Double.random(in: 0.9...1.6, using: &generator) }
      histogram.record(UInt64(value))
    }
    #expect(histogram.allocatedBytes < 50_000)
    #expect(histogram.allocatedBytes > 5_000)
  }
}

/// SplitMix64, so that the same draws come up in each run.
struct TestGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
