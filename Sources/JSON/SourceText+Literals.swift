extension SourceText {
  /// The place in the source of a part of a string's text, however the string is escaped.
  ///
  /// - Parameters:
  ///   - literal: a string that was read, with its quotes.
  ///   - part: bytes of its text.
  /// - Returns: `literal` if the part is not in its text.
  /// - Complexity: O(*n*).
  package func range(of part: Range<Int>, in literal: SourceRange) -> SourceRange {
    guard literal.start >= 0, literal.end <= bytes.count else { return literal }
    var start: Int?
    var index = literal.start + 1
    var offset = 0
    while index < literal.end {
      if offset >= part.lowerBound, start == nil { start = index }
      if offset >= part.upperBound, let start { return SourceRange(start, max(start, index)) }
      let (width, length) = unit(at: index)
      index += width
      offset += length
    }
    return literal
  }

  /// The escapes `\d` of a string of JSON5 that stand for `d`, since JSON5 gives them no meaning.
  package func idleEscapes(in literal: SourceRange) -> [SourceRange] {
    guard literal.start >= 0, literal.end <= bytes.count else { return [] }
    var found: [SourceRange] = []
    var index = literal.start + 1
    while index < literal.end {
      let (width, _) = unit(at: index)
      if width == 2, bytes[index] == UInt8(ascii: "\\") {
        switch Unicode.Scalar(bytes[index + 1]) {
        case "b", "f", "n", "r", "t", "v": break
        case "a"..."z", "A"..."Z": found.append(SourceRange(index, index + 2))
        default: break
        }
      }
      index += width
    }
    return found
  }

  /// How many bytes a character or escape takes in the source, and how many in the text.
  private func unit(at index: Int) -> (width: Int, length: Int) {
    guard bytes[index] == UInt8(ascii: "\\"), index + 1 < bytes.count else { return (1, 1) }
    switch Unicode.Scalar(bytes[index + 1]) {
    case "x": return (4, bytes[index + 2] < UInt8(ascii: "8") ? 1 : 2)
    case "u":
      guard let first = codeUnit(at: index) else { return (2, 0) }
      if first & 0xFC00 == 0xD800, let second = codeUnit(at: index + 6), second & 0xFC00 == 0xDC00 { return (12, 4) }
      return (6, first < 0x80 ? 1 : first < 0x800 ? 2 : 3)
    case "\r" where index + 2 < bytes.count && bytes[index + 2] == 0x0A: return (3, 0)
    case "\n", "\r": return (2, 0)
    case "\u{E2}" where index + 3 < bytes.count && bytes[index + 2] == 0x80 && bytes[index + 3] & 0xFE == 0xA8:
      return (4, 0)
    // Of a longer character the rest follows as it is.
    default: return (2, 1)
    }
  }

  private func codeUnit(at index: Int) -> UInt32? {
    guard index + 6 <= bytes.count, bytes[index] == UInt8(ascii: "\\"), bytes[index + 1] == UInt8(ascii: "u") else {
      return nil
    }
    return UInt32(String(decoding: bytes[index + 2..<index + 6], as: UTF8.self), radix: 16)
  }
}
