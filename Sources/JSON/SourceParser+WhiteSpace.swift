// White space and comments: JSON5 1.0.0, sections 7 and 8.
extension SourceParser {
  /// Skips white space and, in JSON5, comments.
  mutating func skipSpace() throws(Stop) {
    while position < bytes.count {
      switch bytes[position] {
      case 0x20, 0x09, 0x0A, 0x0D:
        position += 1
      case 0x0B, 0x0C:
        guard dialect == .json5 else { return }
        position += 1
      case UInt8(ascii: "/"):
        try skipComment()
      case 0x80...:
        let scalar = scalar(at: position)
        guard dialect == .json5, Self.isSpace(scalar) else { return }
        position += UTF8.width(scalar)
      default:
        return
      }
    }
  }

  private mutating func skipComment() throws(Stop) {
    let start = position
    let isLine = peek(1) == UInt8(ascii: "/")
    guard isLine || peek(1) == UInt8(ascii: "*") else {
      throw stop(
        "a '/' here begins nothing", at: start, start + 1, hint: "comments are // to the line's end, or /* … */")
    }
    guard dialect == .json5 else {
      throw stop("comments are JSON5, and this is read as strict JSON", at: start, start + 2)
    }
    position += 2
    while position < bytes.count {
      if isLine {
        if lineEndWidth(at: position) > 0 { return }
      } else if bytes[position] == UInt8(ascii: "*"), peek(1) == UInt8(ascii: "/") {
        position += 2
        return
      }
      position += 1
    }
    if !isLine { throw stop("this comment is never closed", at: start, start + 2, hint: "close it with */") }
  }

  /// Bytes of the line end at `offset`: LF, CR, CR LF, U+2028 or U+2029; 0 where there is none.
  func lineEndWidth(at offset: Int) -> Int { bytes.lineEndWidth(at: offset) }

  /// U+FEFF, U+00A0, U+2028, U+2029 and the Unicode category Zs; those below U+0080 are known elsewhere.
  static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0xFEFF, 0x2028, 0x2029: true
    default: scalar.properties.generalCategory == .spaceSeparator
    }
  }
}

extension [UInt8] {
  /// Bytes of the line end at `offset`: LF, CR, CR LF, U+2028 or U+2029; 0 where there is none.
  func lineEndWidth(at offset: Int) -> Int {
    switch self[offset] {
    case 0x0A: 1
    case 0x0D: offset + 1 < count && self[offset + 1] == 0x0A ? 2 : 1
    case 0xE2: offset + 2 < count && self[offset + 1] == 0x80 && self[offset + 2] & 0xFE == 0xA8 ? 3 : 0
    default: 0
    }
  }
}
