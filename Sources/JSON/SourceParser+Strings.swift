// Strings: JSON5 1.0.0, section 5; RFC 8259, section 7.
extension SourceParser {
  /// Reads a string and resolves its escapes. The position is on its opening quote.
  mutating func string() throws(Stop) -> String {
    let opening = position
    let quote = bytes[position]
    if dialect == .json, quote == UInt8(ascii: "'") {
      throw stop("strict JSON wants its strings in double quotes", at: position, position + 1)
    }
    position += 1
    var text: [UInt8] = []
    while position < bytes.count {
      let byte = bytes[position]
      switch byte {
      case quote:
        position += 1
        return String(decoding: text, as: UTF8.self)
      case UInt8(ascii: "\\"):
        try escape(into: &text)
      case 0x0A, 0x0D:
        throw endsOnItsLine(opening)
      case 0x00..<0x20 where dialect == .json:
        try report(
          "a control character (\(found())) in a string of strict JSON", at: position, position + 1,
          hint: "write \\u\(hexadecimal(UInt32(byte), digits: 4, prefix: ""))")
        position += 1
      case 0xE2 where dialect == .json5 && lineEndWidth(at: position) > 0:
        warn(
          "\(found()) in a string ends a line in JavaScript before 2019", at: position, position + 3,
          hint: "write \\u\(hexadecimal(scalar(at: position).value, digits: 4, prefix: "")) if it is meant")
        text.append(contentsOf: bytes[position..<position + 3])
        position += 3
      default:
        text.append(byte)
        position += 1
      }
    }
    throw endsOnItsLine(opening)
  }

  private mutating func endsOnItsLine(_ opening: Int) -> Stop {
    let quote = Character(Unicode.Scalar(bytes[opening]))
    let more = dialect == .json5 ? ", or end the line with \\ to go on in the next" : ""
    return stop(
      "this string is not closed; strings end on their line", at: opening, position,
      hint: "close it with \(quote); a line break in the text is written \\n\(more)")
  }

  /// Reads one escape. The position is on its backslash. A bad escape is reported and leaves nothing in the text.
  private mutating func escape(into text: inout [UInt8]) throws(Stop) {
    let start = position
    guard start + 1 < bytes.count else {
      position += 1
      return
    }
    let scalar = scalar(at: start + 1)
    position = start + 1 + UTF8.width(scalar)
    switch scalar {
    case "\"", "\\", "/": text.append(UInt8(ascii: scalar))
    case "b": text.append(0x08)
    case "f": text.append(0x0C)
    case "n": text.append(0x0A)
    case "r": text.append(0x0D)
    case "t": text.append(0x09)
    case "u": try unicodeEscape(from: start, into: &text)
    default:
      guard dialect == .json5 else {
        return try report(
          "strict JSON has no escape '\\\(scalar)'", at: start, position,
          hint: "a backslash itself is written \\\\")
      }
      try json5Escape(scalar, from: start, into: &text)
    }
  }

  /// The escapes that only JSON5 has; `scalar` after the backslash has been read.
  private mutating func json5Escape(
    _ scalar: Unicode.Scalar, from start: Int, into text: inout [UInt8]
  ) throws(Stop) {
    switch scalar {
    case "v": text.append(0x0B)
    case "x":
      if let value = try hexadecimalDigits(2, of: start) {
        text.append(contentsOf: UTF8.encode(Unicode.Scalar(value)!)!)
      }
    case "0"..."9":
      let isDecimal = peek().map { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 } ?? false
      if scalar == "0", !isDecimal { return text.append(0) }
      try report(
        "a digit after a backslash is no escape, but for \\0 alone", at: start, position,
        hint: "write \\xNN or \\uNNNN with hexadecimal digits")
    default:
      // A line continuation leaves nothing; any other character stands for itself.
      let width = lineEndWidth(at: start + 1)
      if width > 0 {
        position = start + 1 + width
      } else {
        text.append(contentsOf: UTF8.encode(scalar)!)
      }
    }
  }

  private mutating func unicodeEscape(from start: Int, into text: inout [UInt8]) throws(Stop) {
    guard var value = try hexadecimalDigits(4, of: start) else { return }
    if value & 0xFC00 == 0xD800, peek() == UInt8(ascii: "\\"), peek(1) == UInt8(ascii: "u") {
      let second = position
      position += 2
      guard let low = try hexadecimalDigits(4, of: second) else { return }
      if low & 0xFC00 == 0xDC00 {
        value = 0x10000 + (value & 0x3FF) << 10 + low & 0x3FF
      } else {
        position = second
      }
    }
    guard let scalar = Unicode.Scalar(value) else {
      return try report(
        "this escape is half of a surrogate pair", at: start, position,
        hint: "characters above U+FFFF take two escapes, or write the character itself")
    }
    text.append(contentsOf: UTF8.encode(scalar)!)
  }

  /// Reads exactly `count` digits of the escape that began at `start`; `nil`, and reported, where they are not there.
  mutating func hexadecimalDigits(_ count: Int, of start: Int) throws(Stop) -> UInt32? {
    var value: UInt32 = 0
    for _ in 0..<count {
      guard let digit = peek().flatMap(hexadecimalValue) else {
        let isBraced = count == 4 && position == start + 2 && peek() == UInt8(ascii: "{")
        try report(
          "this escape needs \(count == 4 ? "four" : "two") hexadecimal digits", at: start, position,
          hint: isBraced ? "JSON5 has no \\u{…}: write the character itself" : nil)
        return nil
      }
      value = value << 4 | UInt32(digit)
      position += 1
    }
    return value
  }
}
