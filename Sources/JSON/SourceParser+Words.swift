// Keys, and values that are words: JSON5 1.0.0, sections 3 and 9; ECMAScript 5.1, section 7.6.
extension SourceParser {
  mutating func key(openedAt opening: Int) throws(Stop) -> String {
    guard let first = peek() else { throw neverClosed(opening) }
    switch first {
    case UInt8(ascii: "\""), UInt8(ascii: "'"):
      return try string()
    case UInt8(ascii: ","):
      throw stop("expected a key before this ','", at: position, position + 1, hint: "take out the comma")
    case UInt8(ascii: "]"):
      throw missingKey()
    default: break
    }
    guard dialect == .json5 else {
      let start = position
      let name = bareText()
      guard !name.isEmpty else { throw missingKey() }
      throw stop("strict JSON wants its keys in double quotes", at: start, start + name.utf8.count)
    }
    return try identifier()
  }

  private mutating func missingKey() -> Stop {
    stop("expected a key, not \(found())", at: position, foundEnd())
  }

  /// Reads an identifier name, its Unicode escapes resolved.
  private mutating func identifier() throws(Stop) -> String {
    var name = String.UnicodeScalarView()
    while position < bytes.count {
      let start = position
      var scalar = scalar(at: position)
      let isEscape = scalar == "\\"
      if isEscape {
        scalar = try identifierEscape()
      } else {
        position += UTF8.width(scalar)
      }
      guard name.isEmpty ? Self.canBeginName(scalar) : Self.canContinueName(scalar) else {
        if isEscape {
          throw stop("this escape gives no letter or digit, which a key without quotes needs", at: start, position)
        }
        position = start
        break
      }
      name.append(scalar)
    }
    guard !name.isEmpty else {
      let text = bareText()
      guard !text.isEmpty else { throw missingKey() }
      throw stop(
        "a key without quotes does not begin with \(found())", at: position, position + text.utf8.count,
        hint: "write '\(text)'")
    }
    return String(name)
  }

  private mutating func identifierEscape() throws(Stop) -> Unicode.Scalar {
    let start = position
    guard peek(1) == UInt8(ascii: "u") else {
      throw stop("a key without quotes knows no escape but \\uXXXX", at: start, start + 1)
    }
    position += 2
    let unit = try hexadecimalDigits(4, of: start)
    guard let unit, let scalar = Unicode.Scalar(unit) else {
      throw stop(
        "this escape gives no letter or digit, which a key without quotes needs", at: start, position)
    }
    return scalar
  }

  /// Reads a value that is a word: `true`, `false`, `null`, and in JSON5 `Infinity` and `NaN`.
  mutating func word() throws(Stop) -> JSONNode.Value {
    let start = position
    let text = bareText()
    guard !text.isEmpty else { throw stop("expected a value, not \(found())", at: start, foundEnd()) }
    let end = start + text.utf8.count
    position = end
    switch (text, dialect) {
    case ("true", _): return .bool(true)
    case ("false", _): return .bool(false)
    case ("null", _): return .null
    case ("Infinity", .json5): return .number(.infinity)
    case ("NaN", .json5): return .number(.nan)
    default: throw notAValue(text, at: start, end)
    }
  }

  private mutating func notAValue(_ text: String, at start: Int, _ end: Int) -> Stop {
    switch text {
    case "Infinity", "NaN":
      return stop("strict JSON has no '\(text)'", at: start, end)
    case "undefined", "None", "nil", "NULL", "Null":
      return stop("'\(text)' is no value here", at: start, end, hint: "write null")
    case "True", "TRUE", "False", "FALSE":
      return stop("'\(text)' is no value here", at: start, end, hint: "write \(text.lowercased())")
    default:
      position = start
      guard Self.canBeginName(scalar(at: start)) || text.unicodeScalars.count > 1 else {
        return stop("expected a value, not \(found())", at: start, foundEnd())
      }
      let quoted = dialect == .json5 ? "'\(text)'" : "\"\(text)\""
      return stop("'\(text)' is no value here", at: start, end, hint: "text stands in quotes: \(quoted)")
    }
  }

  /// The run of text from the position to the next space or punctuation mark; the position stays.
  private func bareText() -> String {
    var end = position
    while end < bytes.count, !Self.endsBareText(bytes[end]), bytes[end] != UInt8(ascii: "/") {
      let scalar = scalar(at: end)
      if scalar.value >= 0x80, Self.isSpace(scalar) { break }
      end += UTF8.width(scalar)
    }
    return String(decoding: bytes[position..<end], as: UTF8.self)
  }

  static func canBeginName(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "a"..."z", "A"..."Z", "_", "$": true
    default:
      switch scalar.properties.generalCategory {
      case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .letterNumber: true
      default: false
      }
    }
  }

  static func canContinueName(_ scalar: Unicode.Scalar) -> Bool {
    if canBeginName(scalar) { return true }
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .spacingMark, .decimalNumber, .connectorPunctuation: return true
    default: return scalar == "\u{200C}" || scalar == "\u{200D}"
    }
  }
}
