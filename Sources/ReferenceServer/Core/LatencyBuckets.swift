/// Counts of durations in buckets that are at most 1/16 (6.3 %) wide: the server's own witness of its service times,
/// of no kinship with what clients measure with.
///
/// Exact below 16 ns; from there 16 buckets for each doubling, to the end of 64 bits.
package struct LatencyBuckets: Sendable {
  private static let subBucketBits = 4
  private static let subBuckets = 1 << subBucketBits
  private static let bucketCount = (65 - subBucketBits) * subBuckets

  /// Empty until the first duration: most routes of a server are never asked.
  private var counts: [UInt64] = []
  package private(set) var count: UInt64 = 0
  package private(set) var sumNanoseconds: UInt64 = 0
  package private(set) var maxNanoseconds: UInt64 = 0

  package init() {}

  /// - Complexity: O(1).
  package mutating func record(_ nanoseconds: UInt64) {
    if counts.isEmpty { counts = Array(repeating: 0, count: Self.bucketCount) }
    counts[Self.index(of: nanoseconds)] &+= 1
    count &+= 1
    sumNanoseconds &+= nanoseconds
    maxNanoseconds = max(maxNanoseconds, nanoseconds)
  }

  package mutating func add(_ other: LatencyBuckets) {
    if other.count == 0 { return }
    if counts.isEmpty { counts = Array(repeating: 0, count: Self.bucketCount) }
    for index in counts.indices { counts[index] &+= other.counts[index] }
    count &+= other.count
    sumNanoseconds &+= other.sumNanoseconds
    maxNanoseconds = max(maxNanoseconds, other.maxNanoseconds)
  }

  /// The upper end of the bucket that holds the smallest duration that `fraction` of all are at or below (nearest
  /// rank), never above the maximum; 0 where nothing was recorded.
  package func quantile(_ fraction: Double) -> UInt64 {
    guard count > 0 else { return 0 }
    let rank = max(1, UInt64((fraction * Double(count)).rounded(.up)))
    var seen: UInt64 = 0
    for (index, bucket) in counts.enumerated() {
      seen += bucket
      if seen >= rank { return min(Self.upperEnd(of: index), maxNanoseconds) }
    }
    return maxNanoseconds
  }

  /// How many durations are in buckets that end at or below `nanoseconds`.
  package func countAtMost(_ nanoseconds: UInt64) -> UInt64 {
    var total: UInt64 = 0
    for (index, bucket) in counts.enumerated() {
      if Self.upperEnd(of: index) > nanoseconds { break }
      total += bucket
    }
    return total
  }

  /// The buckets that hold something: their upper ends, inclusive, and counts.
  package var filled: [(upperNanoseconds: UInt64, count: UInt64)] {
    counts.enumerated().filter { $0.element > 0 }.map { (Self.upperEnd(of: $0.offset), $0.element) }
  }

  static func index(of value: UInt64) -> Int {
    if value < UInt64(subBuckets) { return Int(value) }
    let exponent = 63 - value.leadingZeroBitCount
    let sub = Int(value >> UInt64(exponent - subBucketBits)) & (subBuckets - 1)
    return (exponent - subBucketBits + 1) * subBuckets + sub
  }

  static func upperEnd(of index: Int) -> UInt64 {
    if index < subBuckets { return UInt64(index) }
    let shift = UInt64(index / subBuckets - 1)
    let lower = UInt64(subBuckets + index % subBuckets) << shift
    return lower + ((1 << shift) - 1)
  }
}
