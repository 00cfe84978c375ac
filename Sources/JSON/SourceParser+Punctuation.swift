// Commas, colons and brackets that are not where they should be.
extension SourceParser {
  func peek(_ distance: Int = 0) -> UInt8? {
    position + distance < bytes.count ? bytes[position + distance] : nil
  }

  mutating func neverClosed(_ opening: Int) -> Stop {
    let isObject = bytes[opening] == UInt8(ascii: "{")
    return stop(
      isObject ? "this '{' is never closed" : "this '[' is never closed", at: opening, opening + 1,
      hint: isObject ? "add '}' where the object ends" : "add ']' where the list ends")
  }

  /// Reports what stands in the place of a comma; where that begins the next member or element, reading goes on with it.
  mutating func missingComma(_ message: String, after end: Int, in opening: Int) throws(Stop) {
    guard let next = peek() else { throw neverClosed(opening) }
    switch next {
    case UInt8(ascii: "]"), UInt8(ascii: "}"):
      let place = source.location(at: opening)
      throw stop(
        message, at: position, position + 1,
        hint: "\(found()) does not close the '\(Character(Unicode.Scalar(bytes[opening])))' of line \(place.line), "
          + "column \(place.column)")
    default:
      guard canBeginNext(inObject: bytes[opening] == UInt8(ascii: "{")) else {
        throw stop("\(message), not \(found())", at: position, foundEnd())
      }
      try report(message, at: end, end)
    }
  }

  /// Whether a member, or else an element, may begin at the position.
  private func canBeginNext(inObject: Bool) -> Bool {
    switch bytes[position] {
    case UInt8(ascii: "\""), UInt8(ascii: "'"): true
    case UInt8(ascii: "{"), UInt8(ascii: "["), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      !inObject
    default: Self.canBeginName(scalar(at: position))
    }
  }

  mutating func missingColon(key: SourceRange, openedAt opening: Int) -> Stop {
    guard let next = peek() else { return neverClosed(opening) }
    if next == UInt8(ascii: "=") {
      return stop("expected ':' after this key, not '='", at: position, position + 1)
    }
    let isQuoted = bytes[key.start] == UInt8(ascii: "\"") || bytes[key.start] == UInt8(ascii: "'")
    guard !isQuoted, position == key.end else {
      return stop("expected ':' after this key", at: key.end, key.end)
    }
    var end = position
    while end < bytes.count, !Self.endsBareText(bytes[end]) { end += 1 }
    let text = String(decoding: bytes[key.start..<end], as: UTF8.self)
    return stop(
      "expected ':' after this key, not \(found())", at: position, foundEnd(),
      hint: end > position ? "a key with \(found()) in it needs quotes: '\(text)'" : nil)
  }

  /// Refuses, in strict JSON, a comma just read after which the array or object ends.
  mutating func refuseTrailingComma(before closing: UInt8) throws(Stop) {
    guard dialect == .json else { return }
    let comma = position - 1
    try skipSpace()
    guard peek() == closing else { return }
    throw stop("a comma before the end is JSON5, and this is read as strict JSON", at: comma, comma + 1)
  }

  /// What stands at the position, for a message: the character in quotes, or its code where it cannot be seen.
  func found() -> String {
    guard position < bytes.count else { return "the end of the text" }
    let scalar = scalar(at: position)
    switch scalar.properties.generalCategory {
    case .control, .format, .spaceSeparator, .lineSeparator, .paragraphSeparator, .unassigned, .privateUse:
      let name = scalar.properties.name.map { " (\($0))" } ?? ""
      return "U+\(hexadecimal(scalar.value, digits: 4, prefix: ""))\(name)"
    default:
      return "'\(scalar)'"
    }
  }

  func foundEnd() -> Int {
    position < bytes.count ? position + UTF8.width(scalar(at: position)) : position
  }

  /// The character at `offset`, where one begins.
  func scalar(at offset: Int) -> Unicode.Scalar {
    if bytes[offset] < 0x80 { return Unicode.Scalar(bytes[offset]) }
    var decoder = UTF8()
    var rest = bytes[offset...].makeIterator()
    guard case .scalarValue(let scalar) = decoder.decode(&rest) else { return "\u{FFFD}" }
    return scalar
  }

  /// Whether `byte` ends a run of text that somebody may have meant as a key or a value but did not quote.
  static func endsBareText(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x00...0x20, UInt8(ascii: ":"), UInt8(ascii: ","), UInt8(ascii: "{"), UInt8(ascii: "}"), UInt8(ascii: "["),
      UInt8(ascii: "]"), UInt8(ascii: "\""), UInt8(ascii: "'"):
      true
    default: false
    }
  }
}

/// `value` in upper-case hexadecimal digits, zeros in front.
func hexadecimal(_ value: UInt32, digits: Int, prefix: String = "0x") -> String {
  let text = String(value, radix: 16, uppercase: true)
  return prefix + String(repeating: "0", count: max(0, digits - text.count)) + text
}
