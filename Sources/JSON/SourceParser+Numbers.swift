// Numbers: JSON5 1.0.0, section 6; RFC 8259, section 6.
extension SourceParser {
  /// Reads a number. The position is on its sign, point or first digit.
  mutating func number() throws(Stop) -> JSONNode.Value {
    let start = position
    var literal = DecimalLiteral()
    if let sign = peek(), sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") {
      if sign == UInt8(ascii: "+"), dialect == .json {
        throw stop("strict JSON has no '+' before a number", at: start, start + 1)
      }
      literal.isNegative = sign == UInt8(ascii: "-")
      position += 1
    }
    switch peek() {
    case UInt8(ascii: "I"), UInt8(ascii: "N"):
      let word = position
      guard case .number(let value) = try self.word() else { throw notANumber(start, at: word) }
      return .number(literal.isNegative ? -value : value)
    case UInt8(ascii: "0") where peek(1).map { $0 | 0x20 } == UInt8(ascii: "x"):
      return try hexadecimal(from: start, isNegative: literal.isNegative)
    default:
      return try decimal(&literal, from: start)
    }
  }

  private mutating func decimal(_ literal: inout DecimalLiteral, from start: Int) throws(Stop) -> JSONNode.Value {
    let first = position
    while let digit = digit() { literal.append(digit) }
    let integerDigits = position - first
    if integerDigits > 1, bytes[first] == UInt8(ascii: "0") {
      throw stop(
        "a number does not begin with 0", at: start, position,
        hint: "take the zero out; text that happens to be digits stands in quotes")
    }
    if peek() == UInt8(ascii: ".") {
      literal.isFractional = true
      position += 1
      let point = position
      while let digit = digit() { literal.appendFraction(digit) }
      if position == point, integerDigits == 0 { throw notANumber(start, at: point) }
      if dialect == .json, integerDigits == 0 || position == point {
        throw stop("strict JSON wants digits on both sides of the point", at: start, position)
      }
    } else if integerDigits == 0 {
      throw notANumber(start, at: position)
    }
    if let letter = peek(), letter | 0x20 == UInt8(ascii: "e") { try exponent(&literal, from: start) }
    try refuseRest(from: start)
    if let integer = literal.integer { return .integer(integer) }
    guard let double = bytes.withUnsafeBufferPointer({ literal.double(.init(rebasing: $0[start..<position])) }) else {
      throw outOfRange(start)
    }
    return .number(double)
  }

  private mutating func exponent(_ literal: inout DecimalLiteral, from start: Int) throws(Stop) {
    let letter = position
    position += 1
    var isNegative = false
    if let sign = peek(), sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") {
      isNegative = sign == UInt8(ascii: "-")
      position += 1
    }
    let digits = position
    while let digit = digit() { literal.appendExponent(digit) }
    guard position > digits else {
      position = letter
      try refuseRest(from: start)
      return
    }
    literal.isFractional = true
    if isNegative { literal.negateExponent() }
  }

  private mutating func hexadecimal(from start: Int, isNegative: Bool) throws(Stop) -> JSONNode.Value {
    guard dialect == .json5 else {
      throw stop("strict JSON has no hexadecimal numbers", at: start, position + 2)
    }
    position += 2
    let first = position
    var value: UInt64 = 0
    var fits = true
    while let digit = peek().flatMap(hexadecimalValue) {
      fits = fits && value >> 60 == 0
      value = value << 4 | UInt64(digit)
      position += 1
    }
    guard position > first else {
      throw stop("expected hexadecimal digits after '0x'", at: start, position)
    }
    try refuseRest(from: start)
    if fits, !isNegative, let integer = Int64(exactly: value) { return .integer(integer) }
    if fits, isNegative, value != 0, value <= 1 << 63 { return .integer(Int64(truncatingIfNeeded: 0 &- value)) }
    guard let magnitude = nearestDouble(hexadecimal: bytes[first..<position]) else { throw outOfRange(start) }
    return .number(isNegative ? -magnitude : magnitude)
  }

  /// A number that was read from `start` on and is kept as a double, as JSON spells it: `+.5` is `0.5`, `5.` is `5`.
  func spelled(_ value: JSONNode.Value, from start: Int) -> JSONNumber? {
    guard case .number(let double) = value else { return nil }
    var text = String(decoding: bytes[start..<position], as: UTF8.self)
    var sign = ""
    if let first = text.first, first == "+" || first == "-" {
      text.removeFirst()
      sign = first == "-" ? "-" : ""
    }
    if text.hasPrefix(".") { text = "0" + text }
    if let point = text.firstIndex(of: ".") {
      let next = text.index(after: point)
      if next == text.endIndex || !text[next].isNumber { text.remove(at: point) }
    }
    // What is hexadecimal is no number of JSON.
    return JSONNumber(sign + text) ?? JSONNumber(double)
  }

  private mutating func digit() -> UInt8? {
    guard let byte = peek(), UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte else { return nil }
    position += 1
    return byte
  }

  private mutating func notANumber(_ start: Int, at offset: Int) -> Stop {
    position = offset
    return stop(
      "expected a digit, not \(found())", at: start, max(start + 1, foundEnd()),
      hint: bytes[start] == UInt8(ascii: "+") && peek() == 0x20 ? "no space after a sign" : nil)
  }

  private mutating func outOfRange(_ start: Int) -> Stop {
    stop("this number is beyond the range of a double (about 1.8e308)", at: start, position)
  }

  /// Refuses letters, digits and points right after a number: `10ms`, `1.2.3`.
  private mutating func refuseRest(from start: Int) throws(Stop) {
    guard position < bytes.count else { return }
    let next = scalar(at: position)
    guard Self.canContinueName(next) || ".+-%\\".unicodeScalars.contains(next) else { return }
    let rest = position
    while position < bytes.count, !Self.endsBareText(bytes[position]) { position += 1 }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    let quoted = dialect == .json5 ? "'\(text)'" : "\"\(text)\""
    let tail = String(decoding: bytes[rest..<position], as: UTF8.self)
    throw stop(
      "'\(tail)' right after a number", at: rest, position,
      hint: "a value with a unit, a version or a date is text: \(quoted)")
  }
}

/// The nearest double to an integer in hexadecimal digits, halves to even, or `nil` where that would be infinite.
private func nearestDouble(hexadecimal digits: ArraySlice<UInt8>) -> Double? {
  // 64 bits hold more than a double's 53 and its rounding bit; whatever is below them matters only by not being zero.
  var value: UInt64 = 0
  var exponent = 0
  var hasRest = false
  for digit in digits {
    let digit = UInt64(hexadecimalValue(digit)!)
    if value >> 60 == 0 {
      value = value << 4 | digit
    } else {
      exponent += 4
      hasRest = hasRest || digit != 0
    }
  }
  guard exponent <= 1024 else { return nil }
  let magnitude =
    Double(hasRest ? value | 1 : value) * Double(sign: .plus, exponent: min(exponent, 1023), significand: 1)
  return magnitude.isFinite ? magnitude : nil
}
