import Testing

@testable import Measurement

@Suite struct HistogramEncodingTests {
  /// The head for 1 µs to 1 h with 3 digits, and the payload.
  static func encoding(_ payload: [UInt8]) -> [UInt8] {
    [0x1C, 0x84, 0x93, 0x13, 0, 0, 0, UInt8(payload.count), 0, 0, 0, 0, 0, 0, 0, 3]
      + [0, 0, 0, 0, 0, 0, 0x03, 0xE8, 0, 0, 0x03, 0x46, 0x30, 0xB8, 0xA0, 0, 0x3F, 0xF0, 0, 0, 0, 0, 0, 0] + payload
  }

  @Test(
    "a histogram is encoded byte for byte as the format says",
    arguments: [
      ([], [0]),
      // Bucket 0, once: zigzag of 1 is 2.
      ([0], [2]),
      // Bucket 1, twice: one empty bucket is written as itself.
      ([512, 1_000], [0, 4]),
      // Bucket 2, 64 times: −2 becomes 3, and 128 takes two bytes.
      ([UInt64](repeating: 1_024, count: 64), [3, 0x80, 0x01]),
      // Buckets 3 and 1,953: −3 becomes 5, 1,949 empty ones 3,897 = 0xF39.
      ([1_600, 1_000_000], [5, 2, 0xB9, 0x1E, 2]),
    ] as [([UInt64], [UInt8])])
  func bytes(samples: [UInt64], payload: [UInt8]) throws {
    var histogram = Histogram()
    for sample in samples { histogram.record(sample) }
    #expect(histogram.encoded() == Self.encoding(payload))
    let decoded = try Histogram(encoded: Self.encoding(payload))
    #expect(decoded.count == histogram.count)
    var counts: [[UInt64]] = []
    histogram.forEachBucket { counts.append([$0, $1, $2]) }
    var decodedCounts: [[UInt64]] = []
    decoded.forEachBucket { decodedCounts.append([$0, $1, $2]) }
    #expect(decodedCounts == counts)
  }

  @Test("one empty bucket may be written as −1, as some tools do, or as 0")
  func singleEmptyBucket() throws {
    #expect(try Histogram(encoded: Self.encoding([1, 4])) == Histogram(encoded: Self.encoding([0, 4])))
  }

  @Test(
    "integers are encoded as in HdrHistogram's ZigZagEncoding",
    arguments: [
      (0, [0]), (-1, [1]), (1, [2]), (63, [126]), (-64, [127]), (64, [0x80, 1]), (-65, [0x81, 1]),
      (Int64.max, [0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]),
      (Int64.min, [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]),
      (1 << 54, [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x40]),
      (1 << 55, [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01]),
    ] as [(Int64, [UInt8])])
  func zigZag(value: Int64, bytes: [UInt8]) {
    var written: [UInt8] = []
    ZigZag.append(value, to: &written)
    #expect(written == bytes)
    var offset = 0
    #expect(ZigZag.read(bytes[...], at: &offset) == value)
    #expect(offset == bytes.count)
    for length in 0..<bytes.count {
      offset = 0
      #expect(ZigZag.read(bytes[..<length], at: &offset) == nil)
    }
  }

  @Test("what is encoded decodes to the same buckets, from one sample to counts beyond 2^32", arguments: 1...10)
  func roundTrip(seed: Int) throws {
    var generator = TestGenerator(seed: UInt64(seed))
    var histogram = Histogram()
    for _ in 0..<(seed * seed * 20) {
      histogram.record(
        UInt64.random(in: 0..<(1 << UInt64.random(in: 1...41, using: &generator)), using: &generator),
        times: 1 << UInt64.random(in: 0...UInt64(seed * 4), using: &generator))
    }
    let decoded = try Histogram(encoded: histogram.encoded())
    #expect(decoded.count == histogram.count)
    #expect(decoded.encoded() == histogram.encoded())
    #expect(abs(decoded.mean - histogram.mean) <= 256 + histogram.mean * 0.001)
    #expect(
      decoded.minimum <= histogram.minimum && decoded.minimum + 511 + histogram.minimum / 1_024 >= histogram.minimum)
    for percent in [1, 50, 90, 99, 99.9] {
      // But for the ends, where the one is exact and the other has the bucket's.
      let rank = Histogram.rank(ofPercentile: percent, count: histogram.count)
      guard rank > 1, rank < histogram.count, histogram.value(atRank: rank) < histogram.maximum else { continue }
      #expect(decoded.value(atRank: rank) == histogram.value(atRank: rank))
    }
  }

  @Test(
    "bytes that are no such histogram are refused with the reason",
    arguments: [
      ([], .tooShort(byteCount: 0)),
      (Array(encoding([]).dropLast()), .tooShort(byteCount: 39)),
      ([0x1C, 0x84, 0x93, 0x14] + encoding([]).dropFirst(4), .unknownCookie(0x1C84_9314)),
      (encoding([2]) + [0], .wrongLength(said: 1, found: 2)),
      (encoding([2, 2]).dropLast(), .wrongLength(said: 2, found: 1)),
      (replacing(15, with: 2), .otherLayout(lowest: 1_000, digits: 2)),
      (replacing(22, with: 4), .otherLayout(lowest: 1_256, digits: 3)),
      (replacing(22, with: 0, 23, with: 0), .otherLayout(lowest: 0, digits: 3)),
      (encoding([0x80]), .tornCount(offset: 40)),
      (encoding([2, 0xFF, 0xFF]), .tornCount(offset: 41)),
      // 24,577 empty buckets.
      (encoding([0x81, 0x80, 0x03]), .tooManyBuckets(offset: 40)),
      (encoding([0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]), .tooManyBuckets(offset: 40)),
      // 24,576 empty buckets and a count.
      (encoding([0xFF, 0xFF, 0x02, 2]), .tooManyBuckets(offset: 43)),
      (
        encoding(
          [UInt8](repeating: 0xFE, count: 1) + [UInt8](repeating: 0xFF, count: 8)
            + [UInt8](repeating: 0xFE, count: 1) + [UInt8](repeating: 0xFF, count: 8) + [4]),
        .tooManySamples
      ),
    ] as [([UInt8], HistogramDecodingError)])
  func refusals(bytes: [UInt8], error: HistogramDecodingError) {
    #expect(throws: error) { try Histogram(encoded: bytes) }
    #expect(!error.description.isEmpty)
  }

  static func replacing(_ offset: Int, with byte: UInt8, _ other: Int? = nil, with otherByte: UInt8 = 0) -> [UInt8] {
    var bytes = encoding([2])
    bytes[offset] = byte
    if let other { bytes[other] = otherByte }
    return bytes
  }

  @Test("any bytes are read or refused, without a trap")
  func anyBytes() {
    var generator = TestGenerator(seed: 99)
    var read = 0
    for _ in 0..<3_000 {
      let payload = (0..<Int.random(in: 0...60, using: &generator)).map { _ in
        UInt8.random(in: 0...255, using: &generator) & (Bool.random(using: &generator) ? 0xFF : 0x7F)
      }
      guard let histogram = try? Histogram(encoded: Self.encoding(payload)) else { continue }
      read += 1
      #expect((try? Histogram(encoded: histogram.encoded()))?.encoded() == histogram.encoded())
      _ = (histogram.percentile(50), histogram.mean, histogram.standardDeviation)
    }
    #expect(read > 150)
  }
}

@Suite struct Base64Tests {
  @Test(
    "the vectors of RFC 4648 section 10 encode and decode",
    arguments: [
      ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
      ("foobar", "Zm9vYmFy"),
    ])
  func vectors(plain: String, encoded: String) {
    #expect(Base64.encode(Array(plain.utf8)) == encoded)
    #expect(Base64.decode(encoded) == Array(plain.utf8))
  }

  @Test("every byte comes back, at every place of a group")
  func allBytes() {
    let bytes = (0...255).map { UInt8($0) } + (0...255).reversed().map { UInt8($0) }
    for start in 0..<3 {
      let encoded = Base64.encode(Array(bytes[start...]))
      #expect(Base64.decode(encoded) == Array(bytes[start...]))
      #expect(encoded.utf8.allSatisfy { $0 != UInt8(ascii: "\n") })
    }
    #expect(Base64.encode([0xFB, 0xFF, 0xBF]) == "+/+/")
  }

  @Test(
    "what is not canonical base64 is refused",
    arguments: ["Z", "Zg", "Zg=", "Zh==", "Zm9=", "Zg==Zg==", "====", "Z===", "Zm 9", "Zm9v\n", "Zm9-", "Zm9é"])
  func refusals(text: String) {
    #expect(Base64.decode(text) == nil)
  }
}
