/// Where a value goes: HdrHistogram's layout for 1 µs to 1 h in nanoseconds with 3 significant digits.
///
/// Counts stand in rows of 1,024 that each cover twice the span of the one before; the first two rows are equal in
/// width. A count's width is 512 ns below 2^20 ns (1.05 ms), and at most 1/1,024 of the value above.
/// Source: HdrHistogram's `AbstractHistogram` documentation; 2,048 is the power of two that holds 2 × 10^3.
package enum HistogramLayout {
  /// log2 of the smallest width: 512 ns is the power of two that 1 µs rounds down to.
  static let unitMagnitude: UInt64 = 9
  static let rowMagnitude: UInt64 = 10
  static let rowLength = 1 << 10
  /// Bits of every value that falls into the first two rows.
  static let firstRowsMask: UInt64 = 0xF_FFFF

  package static let significantDigits: UInt32 = 3
  /// 1 µs.
  package static let lowestDiscernible: UInt64 = 1_000
  /// 1 h; what is longer counts as this and is reported as saturated.
  package static let highestTrackable: UInt64 = 3_600_000_000_000
  /// 23 doublings reach beyond an hour, and the first has two rows.
  package static let bucketCount = 24 * rowLength

  /// The bucket of `value`.
  ///
  /// - Precondition: `value` is at most `highestTrackable`; unchecked here.
  /// - Complexity: O(1), without a branch.
  @inline(__always)
  static func index(of value: UInt64) -> Int {
    // Doublings of the bucket's width: 0 for anything below 2^20.
    let doublings = UInt64(truncatingIfNeeded: 44 &- (value | firstRowsMask).leadingZeroBitCount)
    let position = value &>> (doublings &+ unitMagnitude)
    return Int(truncatingIfNeeded: (doublings &<< rowMagnitude) &+ position)
  }

  /// The smallest value of a bucket.
  package static func lowestValue(at index: Int) -> UInt64 {
    let row = index >> Int(rowMagnitude)
    guard row > 1 else { return UInt64(index) << unitMagnitude }
    let position = UInt64(index & (rowLength - 1) | rowLength)
    return position << (UInt64(row - 1) + unitMagnitude)
  }

  /// The number of values in a bucket.
  package static func width(at index: Int) -> UInt64 {
    1 << (UInt64(max(0, (index >> Int(rowMagnitude)) - 1)) + unitMagnitude)
  }

  /// The largest value of a bucket.
  package static func highestValue(at index: Int) -> UInt64 {
    lowestValue(at: index) + width(at: index) - 1
  }
}
