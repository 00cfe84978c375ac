/// A number of JSON (RFC 8259, section 6) as it was written. Numbers are equal, and in order, by their exact decimal value,
/// whatever their spelling and size: `1`, `1.0` and `10e-1` are the same, `9007199254740993` and `9007199254740992` are not.
///
/// An exponent beyond ±10¹⁸ counts as ±10¹⁸. No digits are ever filled in, so a large exponent costs nothing.
package struct JSONNumber: Sendable {
  /// As it was written, without space around it.
  package let spelling: String

  /// - Returns: `nil` if the text is not a number as JSON spells one: `007`, `+1`, `.5`, `0x10` and `NaN` are not.
  package init?(_ text: some StringProtocol) {
    let text = String(text)
    guard text.utf8.span.withUnsafeBufferPointer({ DecimalDigits($0) != nil }) else { return nil }
    spelling = text
  }

  package init(_ integer: Int64) { spelling = String(integer) }

  /// - Returns: The number that the fewest digits name which read back as the double; `nil` for infinities and NaN.
  package init?(_ double: Double) {
    guard double.isFinite else { return nil }
    spelling = double.description
  }

  /// A number that was read already.
  init(checked bytes: UnsafeBufferPointer<UInt8>) { spelling = String(decoding: bytes, as: UTF8.self) }

  /// Whether bytes are a number as JSON spells one.
  package static func isSpelled(_ bytes: [UInt8]) -> Bool {
    bytes.span.withUnsafeBufferPointer { DecimalDigits($0) != nil }
  }

  /// The nearest double; infinite if the number is beyond them all.
  package var double: Double { Double(spelling) ?? .nan }

  /// The number as an integer if it is one exactly and fits.
  package var integer: Int64? { digits { $0.integer } }

  /// -1, 0 or 1 as `left` is less than, equal to or greater than `right`.
  ///
  /// - Complexity: O(length), without memory.
  package static func order(_ left: JSONNumber, _ right: JSONNumber) -> Int {
    left.digits { left in right.digits { DecimalDigits.order(left, $0) } }
  }

  private func digits<Result>(_ body: (DecimalDigits) -> Result) -> Result {
    spelling.utf8.span.withUnsafeBufferPointer { body(DecimalDigits($0)!) }
  }
}

extension JSONNumber: Hashable, Comparable {
  package static func == (left: JSONNumber, right: JSONNumber) -> Bool { order(left, right) == 0 }
  package static func < (left: JSONNumber, right: JSONNumber) -> Bool { order(left, right) < 0 }

  package func hash(into hasher: inout Hasher) {
    digits { digits in
      if digits.isZero { return }
      hasher.combine(digits.isNegative)
      hasher.combine(digits.magnitude)
      var digits = digits
      while let digit = digits.next() { hasher.combine(digit) }
    }
  }
}

/// The digits of a number's text that count: from the first to the last that is not zero.
struct DecimalDigits {
  private let bytes: UnsafeBufferPointer<UInt8>
  private(set) var isNegative = false
  /// Where the next digit that counts stands, and where they end; a point may be among them.
  private var start = 0
  private var end = 0
  /// The power of ten of the first digit that counts.
  private(set) var magnitude = 0

  var isZero: Bool { start == end }

  private static let largestExponent = 1_000_000_000_000_000_000

  /// Reads `-? (0 | [1-9] [0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?`.
  ///
  /// - Returns: `nil` if the text is anything else.
  init?(_ bytes: UnsafeBufferPointer<UInt8>) {
    self.bytes = bytes
    var position = 0
    func peek() -> UInt8? { position < bytes.count ? bytes[position] : nil }
    func isDigit(_ byte: UInt8?) -> Bool { byte.map { $0 &- 0x30 < 10 } ?? false }
    func skipDigits() -> Bool {
      let first = position
      while isDigit(peek()) { position += 1 }
      return position > first
    }
    if peek() == UInt8(ascii: "-") {
      isNegative = true
      position += 1
    }
    let whole = position
    if peek() == UInt8(ascii: "0") { position += 1 } else if !skipDigits() { return nil }
    let point = position
    if peek() == UInt8(ascii: ".") {
      position += 1
      guard skipDigits() else { return nil }
    }
    let digitsEnd = position
    var exponent = 0
    if let letter = peek(), letter | 0x20 == UInt8(ascii: "e") {
      position += 1
      let isDown = peek() == UInt8(ascii: "-")
      if isDown || peek() == UInt8(ascii: "+") { position += 1 }
      guard isDigit(peek()) else { return nil }
      while isDigit(peek()) {
        let isSmall = exponent < Self.largestExponent / 10
        exponent = isSmall ? exponent * 10 + Int(bytes[position] &- 0x30) : Self.largestExponent
        position += 1
      }
      if isDown { exponent = -exponent }
    }
    guard position == bytes.count else { return nil }

    start = whole
    while start < digitsEnd, bytes[start] == UInt8(ascii: "0") || bytes[start] == UInt8(ascii: ".") { start += 1 }
    end = digitsEnd
    while end > start, bytes[end - 1] == UInt8(ascii: "0") || bytes[end - 1] == UInt8(ascii: ".") { end -= 1 }
    if isZero { return }
    magnitude = exponent + (start < point ? point - 1 - start : point - start)
  }

  /// The next digit that counts.
  mutating func next() -> UInt8? {
    if start < end, bytes[start] == UInt8(ascii: ".") { start += 1 }
    guard start < end else { return nil }
    start += 1
    return bytes[start - 1] &- 0x30
  }

  var integer: Int64? {
    if isZero { return 0 }
    guard (0...18).contains(magnitude) else { return nil }
    var digits = self
    var value: UInt64 = 0
    // At most 19 digits, which 64 bits hold.
    for _ in 0...magnitude { value = value * 10 + UInt64(digits.next() ?? 0) }
    if digits.next() != nil { return nil }
    if isNegative { return value <= 1 << 63 ? Int64(truncatingIfNeeded: 0 &- value) : nil }
    return Int64(exactly: value)
  }

  static func order(_ left: DecimalDigits, _ right: DecimalDigits) -> Int {
    if left.isZero || right.isZero { return left.sign - right.sign }
    if left.isNegative != right.isNegative { return left.isNegative ? -1 : 1 }
    return left.sign * distance(left, right)
  }

  private var sign: Int { isZero ? 0 : isNegative ? -1 : 1 }

  /// The order of two numbers without their signs, neither of which is 0.
  private static func distance(_ left: DecimalDigits, _ right: DecimalDigits) -> Int {
    if left.magnitude != right.magnitude { return left.magnitude < right.magnitude ? -1 : 1 }
    var (left, right) = (left, right)
    while true {
      switch (left.next(), right.next()) {
      case (nil, nil): return 0
      case (nil, _): return -1
      case (_, nil): return 1
      case (let mine?, let other?): if mine != other { return mine < other ? -1 : 1 }
      }
    }
  }
}
