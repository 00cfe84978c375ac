/// Counts of durations by size, in HdrHistogram's layout: 1 µs to 1 h, 3 significant digits, recorded in nanoseconds.
///
/// A percentile is at most one bucket (0.1 % of the value, or 0.5 µs) above the sample that it names, and never below
/// it. `count`, `sum`, `minimum` and `maximum` are exact. A value over 1 h counts in the last bucket, and in
/// `saturated`; `sum` and `maximum` have it as it was. Counts never wrap: a bucket holds up to 2^64 samples.
///
/// Empty ones take no memory of their own. Counts are kept in pages of 64 that exist once a sample falls on them:
/// 768 bytes for the table of pages and 256 bytes a page, some 10 to 30 KB for a latency distribution, 99 KB if every
/// page is touched.
///
/// - Thread rule: a value; one thread at a time records into it.
package struct Histogram: Sendable {
  package private(set) var count: UInt64 = 0
  /// Samples longer than `HistogramLayout.highestTrackable`.
  package private(set) var saturated: UInt64 = 0
  /// Nanoseconds, exact.
  package private(set) var sum: UInt128 = 0
  private var smallest: UInt64 = .max
  /// The largest sample, exact; 0 where there is none. Nanoseconds.
  package private(set) var maximum: UInt64 = 0
  /// For each 64 buckets the number of their page, from 1; 0 where no sample fell on them yet.
  private var pageNumbers: [UInt16] = Self.noPages
  /// The pages' counts, modulo 2^32.
  private var counts: [UInt32] = []
  /// What did not fit `counts`: multiples of 2^32, by bucket. All but always empty.
  private var carries: [Int: UInt32] = [:]

  private static let pageMagnitude = 6
  private static let pageLength = 1 << pageMagnitude
  /// Shared by all empty histograms, so that recording needs no test for emptiness.
  private static let noPages = [UInt16](repeating: 0, count: HistogramLayout.bucketCount >> pageMagnitude)

  package init() {}

  package var isEmpty: Bool { count == 0 }

  /// The smallest sample, exact; 0 where there is none. Nanoseconds.
  package var minimum: UInt64 { count == 0 ? 0 : smallest }

  /// Adds a sample.
  ///
  /// - Complexity: O(1), about 4 ns from another module; allocates only when the first sample falls on a page. Not
  ///   `@inlinable`: inlined it takes 3.4 ns in place of 3.5 (EPYC, values from 0.2 to 20 ms).
  package mutating func record(_ nanoseconds: UInt64) {
    count &+= 1
    sum &+= UInt128(nanoseconds)
    if nanoseconds < smallest { smallest = nanoseconds }
    if nanoseconds > maximum { maximum = nanoseconds }
    var value = nanoseconds
    if value > HistogramLayout.highestTrackable {
      saturated &+= 1
      value = HistogramLayout.highestTrackable
    }
    let bucket = HistogramLayout.index(of: value)
    let place = place(of: bucket)
    let raised = counts[place] &+ 1
    counts[place] = raised
    if raised == 0 { carry(1, bucket) }
  }

  /// Adds `times` equal samples.
  ///
  /// - Complexity: O(1).
  package mutating func record(_ nanoseconds: UInt64, times: UInt64) {
    guard times > 0 else { return }
    count += times
    sum += UInt128(nanoseconds) * UInt128(times)
    smallest = min(smallest, nanoseconds)
    maximum = max(maximum, nanoseconds)
    if nanoseconds > HistogramLayout.highestTrackable { saturated += times }
    add(times, to: HistogramLayout.index(of: min(nanoseconds, HistogramLayout.highestTrackable)))
  }

  /// Adds the samples of another histogram: the same as if all had been recorded here.
  ///
  /// - Complexity: O(pages of `other`).
  package mutating func merge(_ other: Histogram) {
    guard other.count > 0 else { return }
    if count == 0 {
      self = other
      return
    }
    count += other.count
    saturated += other.saturated
    sum += other.sum
    smallest = min(smallest, other.smallest)
    maximum = max(maximum, other.maximum)
    other.forEachNonZero { bucket, count in add(count, to: bucket) }
  }

  /// Forgets all samples; keeps the memory of the pages for the next ones where asked.
  package mutating func removeAll(keepingCapacity: Bool) {
    guard count > 0 else { return }
    guard keepingCapacity else {
      self = Histogram()
      return
    }
    count = 0
    saturated = 0
    sum = 0
    smallest = .max
    maximum = 0
    for index in pageNumbers.indices { pageNumbers[index] = 0 }
    counts.removeAll(keepingCapacity: true)
    if !carries.isEmpty { carries = [:] }
  }

  /// Calls `body` with each bucket that has samples, smallest values first: its lowest and its highest value, both in
  /// the bucket, and how many samples it has.
  ///
  /// - Complexity: O(pages).
  package func forEachBucket(_ body: (_ from: UInt64, _ to: UInt64, _ count: UInt64) -> Void) {
    forEachNonZero { bucket, count in
      body(HistogramLayout.lowestValue(at: bucket), HistogramLayout.highestValue(at: bucket), count)
    }
  }

  /// Bytes that the counts occupy, for accounts of memory.
  package var allocatedBytes: Int {
    counts.capacity == 0 ? 0 : counts.capacity * 4 + pageNumbers.capacity * 2
  }
}

// MARK: - Buckets

extension Histogram {
  /// Calls `body` with each bucket that has samples, in order.
  func forEachNonZero(_ body: (_ bucket: Int, _ count: UInt64) -> Void) {
    for (index, number) in pageNumbers.enumerated() where number != 0 {
      let first = (Int(number) - 1) << Self.pageMagnitude
      for offset in 0..<Self.pageLength {
        let bucket = index << Self.pageMagnitude + offset
        var count = UInt64(counts[first + offset])
        if !carries.isEmpty, let high = carries[bucket] { count |= UInt64(high) << 32 }
        if count != 0 { body(bucket, count) }
      }
    }
  }

  /// Sets what the buckets do not tell, for a decoder.
  mutating func setExactFigures(
    count: UInt64, sum: UInt128, minimum: UInt64, maximum: UInt64, saturated: UInt64
  ) {
    self.count = count
    self.sum = sum
    smallest = count == 0 ? .max : minimum
    self.maximum = maximum
    self.saturated = saturated
  }

  /// Adds `times` samples to a bucket, without the exact figures.
  mutating func add(_ times: UInt64, to bucket: Int) {
    let place = place(of: bucket)
    let (low, overflow) = counts[place].addingReportingOverflow(UInt32(truncatingIfNeeded: times))
    counts[place] = low
    let high = UInt32(truncatingIfNeeded: times >> 32) + (overflow ? 1 : 0)
    if high > 0 { carry(high, bucket) }
  }

  /// Where a bucket's count stands in `counts`.
  @inline(__always)
  private mutating func place(of bucket: Int) -> Int {
    var number = Int(pageNumbers[bucket &>> Self.pageMagnitude])
    if number == 0 { number = addPage(for: bucket) }
    return (number &- 1) &<< Self.pageMagnitude &+ (bucket & (Self.pageLength &- 1))
  }

  @inline(never)
  private mutating func addPage(for bucket: Int) -> Int {
    counts.append(contentsOf: repeatElement(0, count: Self.pageLength))
    let number = counts.count >> Self.pageMagnitude
    pageNumbers[bucket >> Self.pageMagnitude] = UInt16(number)
    return number
  }

  @inline(never)
  private mutating func carry(_ high: UInt32, _ bucket: Int) {
    carries[bucket, default: 0] += high
  }
}

extension Histogram: Equatable {
  /// The same samples as far as a histogram can tell, however its memory is laid out.
  package static func == (left: Histogram, right: Histogram) -> Bool {
    guard
      left.count == right.count, left.saturated == right.saturated, left.sum == right.sum,
      left.smallest == right.smallest, left.maximum == right.maximum
    else { return false }
    var buckets: [(Int, UInt64)] = []
    left.forEachNonZero { buckets.append(($0, $1)) }
    var next = 0
    var equal = true
    right.forEachNonZero { bucket, count in
      guard equal, next < buckets.count, buckets[next] == (bucket, count) else {
        equal = false
        return
      }
      next += 1
    }
    return equal && next == buckets.count
  }
}

extension Histogram: CustomStringConvertible {
  /// The exact figures, in nanoseconds.
  package var description: String { "\(count) samples from \(minimum) to \(maximum), sum \(sum)" }
}
