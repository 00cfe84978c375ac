/// Reads the tokens of strict JSON (RFC 8259) from bytes in memory: the common ground of the parser and the scanner.
///
/// The bytes must stay where they are while it is used.
struct StrictCursor {
  let base: UnsafePointer<UInt8>
  let end: Int
  var position: Int

  /// - Precondition: `bytes` is not empty.
  init(_ bytes: UnsafeRawBufferPointer) {
    base = bytes.baseAddress!.assumingMemoryBound(to: UInt8.self)
    end = bytes.count
    // A byte order mark is not part of the grammar, but RFC 8259 section 8.1 lets a parser ignore it.
    position = end >= 3 && base[0] == 0xEF && base[1] == 0xBB && base[2] == 0xBF ? 3 : 0
  }

  @inline(__always)
  mutating func skipSpace() {
    while position < end {
      switch base[position] {
      case 0x20, 0x0A, 0x0D, 0x09: position += 1
      default: return
      }
    }
  }

  /// The next byte that is no white space; it stays unread.
  @inline(__always)
  mutating func nextByte() throws(JSONSyntaxError) -> UInt8 {
    skipSpace()
    guard position < end else { throw JSONSyntaxError(.endOfText, at: end) }
    return base[position]
  }

  /// Reads `word`, whose first byte has been seen already.
  @inline(__always)
  mutating func expect(_ word: StaticString) throws(JSONSyntaxError) {
    let length = word.utf8CodeUnitCount
    for index in 1..<length where position + index >= end || base[position + index] != word.utf8Start[index] {
      throw position + index >= end
        ? JSONSyntaxError(.endOfText, at: end) : JSONSyntaxError(.valueExpected, at: position)
    }
    position += length
  }

  mutating func expectEnd() throws(JSONSyntaxError) {
    skipSpace()
    guard position == end else { throw JSONSyntaxError(.textAfterValue, at: position) }
  }
}

// MARK: - Numbers

extension StrictCursor {
  struct NumberToken {
    var start: Int
    var end: Int
    var literal: DecimalLiteral
  }

  /// Reads `-? int frac? exp?`; the position is on its first byte.
  mutating func readNumber() throws(JSONSyntaxError) -> NumberToken {
    let start = position
    var literal = DecimalLiteral()
    if base[position] == UInt8(ascii: "-") {
      literal.isNegative = true
      position += 1
    }
    let firstDigit = try digit()
    position += 1
    literal.append(firstDigit)
    if firstDigit == UInt8(ascii: "0") {
      if position < end, Self.isDigit(base[position]) { throw JSONSyntaxError(.numberMalformed, at: start) }
    } else {
      while position < end, Self.isDigit(base[position]) {
        literal.append(base[position])
        position += 1
      }
    }
    if position < end, base[position] == UInt8(ascii: ".") {
      literal.isFractional = true
      position += 1
      _ = try digit()
      while position < end, Self.isDigit(base[position]) {
        literal.appendFraction(base[position])
        position += 1
      }
    }
    if position < end, base[position] | 0x20 == UInt8(ascii: "e") {
      literal.isFractional = true
      position += 1
      var isNegative = false
      if position < end, base[position] == UInt8(ascii: "-") || base[position] == UInt8(ascii: "+") {
        isNegative = base[position] == UInt8(ascii: "-")
        position += 1
      }
      _ = try digit()
      while position < end, Self.isDigit(base[position]) {
        literal.appendExponent(base[position])
        position += 1
      }
      if isNegative { literal.negateExponent() }
    }
    return NumberToken(start: start, end: position, literal: literal)
  }

  func value(of number: NumberToken) throws(JSONSyntaxError) -> JSONValue {
    if let integer = number.literal.integer { return .integer(integer) }
    let text = UnsafeBufferPointer(start: base + number.start, count: number.end - number.start)
    guard let double = number.literal.double(text) else {
      throw JSONSyntaxError(.numberOutOfRange, at: number.start)
    }
    return .number(double)
  }

  /// The number as it is written, unless it is an integer that fits.
  func exactValue(of number: NumberToken) -> JSONValue {
    if let integer = number.literal.integer { return .integer(integer) }
    return .decimal(
      JSONNumber(checked: UnsafeBufferPointer(start: base + number.start, count: number.end - number.start)))
  }

  /// The digit at the position, which stays there.
  @inline(__always)
  private func digit() throws(JSONSyntaxError) -> UInt8 {
    guard position < end else { throw JSONSyntaxError(.endOfText, at: end) }
    guard Self.isDigit(base[position]) else { throw JSONSyntaxError(.numberMalformed, at: position) }
    return base[position]
  }

  @inline(__always)
  private static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }
}
