import Glibc

/// A decimal number's digits while they are read, and the value they come to.
///
/// Conversion is exact: an integer that fits `Int64` stays one; otherwise the nearest double. Up to 2⁵³ in the digits and
/// 10²² in the exponent, one multiplication or division of exact doubles rounds correctly (W. D. Clinger, "How to read
/// floating point numbers accurately", 1990); everything else goes to the C library's `strtod`, which rounds correctly too.
struct DecimalLiteral {
  private(set) var mantissa: UInt64 = 0
  /// Digits in `mantissa` from its first one that is not zero.
  private(set) var significantDigits = 0
  /// Digits did not fit: `mantissa` or `exponent` no longer holds them all.
  private(set) var isTruncated = false
  private(set) var fractionDigits = 0
  var isNegative = false
  /// It has a point or an exponent.
  var isFractional = false
  /// As written; within ±99,999.
  private(set) var exponent = 0

  @inline(__always)
  mutating func append(_ digit: UInt8) {
    if significantDigits < 19 {
      mantissa = mantissa &* 10 &+ UInt64(digit &- 0x30)
      if mantissa != 0 { significantDigits += 1 }
    } else {
      isTruncated = true
    }
  }

  @inline(__always)
  mutating func appendFraction(_ digit: UInt8) {
    append(digit)
    fractionDigits += 1
  }

  mutating func appendExponent(_ digit: UInt8) {
    if exponent < 10_000 {
      exponent = exponent * 10 + Int(digit &- 0x30)
    } else {
      isTruncated = true
    }
  }

  mutating func negateExponent() { exponent = -exponent }

  /// The number as an integer, where it was written as one, fits, and is not minus zero.
  var integer: Int64? {
    guard !isFractional, !isTruncated else { return nil }
    if !isNegative { return Int64(exactly: mantissa) }
    if mantissa == 0 { return nil }
    return mantissa <= 1 << 63 ? Int64(truncatingIfNeeded: 0 &- mantissa) : nil
  }

  /// The nearest double to the literal in `text`, or `nil` where that would be infinite.
  ///
  /// `text` is the literal with its sign, in any form that C knows too (`+.5` and `5.` are such).
  func double(_ text: UnsafeBufferPointer<UInt8>) -> Double? {
    let power = exponent - fractionDigits
    if !isTruncated, mantissa <= 1 << 53, power >= -22, power <= 22 {
      let digits = Double(mantissa)
      let magnitude = power < 0 ? digits / Self.powersOfTen[-power] : digits * Self.powersOfTen[power]
      return isNegative ? -magnitude : magnitude
    }
    let value = withUnsafeTemporaryAllocation(of: CChar.self, capacity: text.count + 1) { copy in
      for index in text.indices { copy[index] = CChar(bitPattern: text[index]) }
      copy[text.count] = 0
      return strtod(copy.baseAddress!, nil)
    }
    return value.isFinite ? value : nil
  }

  /// The powers of ten that a double holds exactly.
  private static let powersOfTen: [Double] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
  ]
}
