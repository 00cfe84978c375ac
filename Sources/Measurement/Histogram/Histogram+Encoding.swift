/// HdrHistogram's V2 encoding, not compressed, as its tools read and write it.
///
/// Integers of the head are big-endian:
///
///     cookie            Int32   0x1C849313: V2 (0x1C849303), counts of 1 to 9 bytes (0x10)
///     payload length    Int32   bytes after the head
///     index offset      Int32   0
///     digits            Int32   3
///     lowest value      Int64   1,000 (ns)
///     highest value     Int64   3,600,000,000,000 (ns)
///     ratio             Double  1.0
///     payload           the counts from the first bucket to that of the largest value: each a zigzag LEB128 integer
///                       of at most 9 bytes, where −n stands for n empty buckets
///
/// Source: HdrHistogram's `AbstractHistogram.encodeIntoByteBuffer` and `ZigZagEncoding`. The exact sum, minimum and
/// maximum are not in it; the journal keeps them beside it.
extension Histogram {
  static let encodingCookie: UInt32 = 0x1C84_9303 | 0x10
  static let encodedHeadLength = 40

  /// The counts in HdrHistogram's V2 encoding. A bucket's count beyond 2^63 − 1 is written as that.
  ///
  /// - Complexity: O(pages).
  package func encoded() -> [UInt8] {
    var payload: [UInt8] = []
    var next = 0
    forEachNonZero { bucket, count in
      let empty = bucket - next
      if empty > 0 { ZigZag.append(empty == 1 ? 0 : Int64(-empty), to: &payload) }
      ZigZag.append(Int64(clamping: count), to: &payload)
      next = bucket + 1
    }
    if next == 0 { ZigZag.append(0, to: &payload) }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(Self.encodedHeadLength + payload.count)
    func append(_ value: some FixedWidthInteger) {
      withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
    }
    append(Self.encodingCookie)
    append(UInt32(payload.count))
    append(UInt32(0))
    append(HistogramLayout.significantDigits)
    append(HistogramLayout.lowestDiscernible)
    append(HistogramLayout.highestTrackable)
    append((1.0).bitPattern)
    return bytes + payload
  }

  /// Reads HdrHistogram's V2 encoding of a histogram of the same layout.
  ///
  /// Sum, minimum and maximum are those of the buckets: their middles, the lowest value of the first, the highest of the
  /// last. What says its range is longer is read too where no sample is beyond it.
  /// - Throws: What is wrong, for any bytes whatever.
  /// - Complexity: O(n); memory in proportion to the bytes.
  package init(encoded bytes: [UInt8]) throws(HistogramDecodingError) {
    guard bytes.count >= Self.encodedHeadLength else { throw .tooShort(byteCount: bytes.count) }
    func read<Value: FixedWidthInteger>(at offset: Int, as type: Value.Type) -> Value {
      bytes.withUnsafeBytes { Value(bigEndian: $0.loadUnaligned(fromByteOffset: offset, as: type)) }
    }
    let cookie = read(at: 0, as: UInt32.self)
    guard cookie == Self.encodingCookie else { throw .unknownCookie(cookie) }
    let length = read(at: 4, as: UInt32.self)
    guard Int(length) == bytes.count - Self.encodedHeadLength else {
      throw .wrongLength(said: Int(length), found: bytes.count - Self.encodedHeadLength)
    }
    let digits = read(at: 12, as: UInt32.self)
    let lowest = read(at: 16, as: UInt64.self)
    guard
      read(at: 8, as: UInt32.self) == 0, digits == HistogramLayout.significantDigits,
      lowest > 0, UInt64.bitWidth - 1 - lowest.leadingZeroBitCount == Int(HistogramLayout.unitMagnitude)
    else { throw .otherLayout(lowest: lowest, digits: digits) }
    self.init()
    try readCounts(bytes[Self.encodedHeadLength...])
  }

  private mutating func readCounts(_ payload: ArraySlice<UInt8>) throws(HistogramDecodingError) {
    var offset = payload.startIndex
    var bucket = 0
    var total: UInt64 = 0
    var sum: UInt128 = 0
    var first: Int?
    var last = 0
    while offset < payload.endIndex {
      let start = offset
      guard let number = ZigZag.read(payload, at: &offset) else { throw .tornCount(offset: start) }
      if number <= 0 {
        // 0 is one empty bucket.
        let empty = max(1, number.magnitude)
        guard empty <= UInt64(HistogramLayout.bucketCount - bucket) else { throw .tooManyBuckets(offset: start) }
        bucket += Int(empty)
        continue
      }
      guard bucket < HistogramLayout.bucketCount else { throw .tooManyBuckets(offset: start) }
      let count = UInt64(number)
      let (raised, overflow) = total.addingReportingOverflow(count)
      guard !overflow else { throw .tooManySamples }
      total = raised
      add(count, to: bucket)
      sum += UInt128(HistogramLayout.lowestValue(at: bucket) + HistogramLayout.width(at: bucket) / 2) * UInt128(count)
      first = first ?? bucket
      last = bucket
      bucket += 1
    }
    guard let first else { return }
    setExactFigures(
      count: total, sum: sum, minimum: HistogramLayout.lowestValue(at: first),
      maximum: HistogramLayout.highestValue(at: last), saturated: 0)
  }
}

/// Why bytes are no histogram.
package enum HistogramDecodingError: Error, Hashable, Sendable, CustomStringConvertible {
  case tooShort(byteCount: Int)
  case unknownCookie(UInt32)
  case wrongLength(said: Int, found: Int)
  /// Of another range or precision than ours: its counts would fall on other buckets.
  case otherLayout(lowest: UInt64, digits: UInt32)
  case tornCount(offset: Int)
  case tooManyBuckets(offset: Int)
  case tooManySamples

  package var description: String {
    switch self {
    case .tooShort(let byteCount):
      "an encoded histogram has \(Histogram.encodedHeadLength) bytes at least, and this has \(byteCount)"
    case .unknownCookie(let cookie):
      "0x\(String(cookie, radix: 16)) does not begin a histogram in HdrHistogram's V2 encoding without compression"
    case .wrongLength(let said, let found): "the histogram says that \(said) bytes follow, and \(found) do"
    case .otherLayout(let lowest, let digits):
      "the histogram is laid out for \(digits) digits from \(lowest) ns; only 3 digits from 1,000 ns can be read"
    case .tornCount(let offset): "the count at byte \(offset) of the histogram ends too soon"
    case .tooManyBuckets(let offset):
      "the histogram has more than \(HistogramLayout.bucketCount) buckets, from byte \(offset)"
    case .tooManySamples: "the histogram's counts add up to more than 2^64"
    }
  }
}

/// Integers in 1 to 9 bytes: seven bits in each, the lowest first, and eight in the ninth; signs folded into the lowest
/// bit.
enum ZigZag {
  static func append(_ value: Int64, to bytes: inout [UInt8]) {
    var rest = UInt64(bitPattern: value << 1 ^ value >> 63)
    for _ in 0..<8 {
      guard rest > 0x7F else { break }
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(truncatingIfNeeded: rest))
  }

  /// - Returns: `nil` where the bytes end within the integer.
  static func read(_ bytes: ArraySlice<UInt8>, at offset: inout Int) -> Int64? {
    var folded: UInt64 = 0
    for place in 0..<9 as Range<UInt64> {
      guard offset < bytes.endIndex else { return nil }
      let byte = bytes[offset]
      offset += 1
      if place == 8 {
        folded |= UInt64(byte) << 56
        break
      }
      folded |= UInt64(byte & 0x7F) << (7 * place)
      if byte & 0x80 == 0 { break }
    }
    return Int64(bitPattern: folded >> 1) ^ -Int64(bitPattern: folded & 1)
  }
}
