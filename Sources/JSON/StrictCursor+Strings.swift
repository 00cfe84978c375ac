import Glibc

extension StrictCursor {
  /// A string's contents in the text, without the quotes.
  struct StringToken {
    var start: Int
    var end: Int
    var hasEscapes: Bool
  }

  /// Reads and checks a string: escapes, surrogate pairs, control characters, UTF-8. The position is on its opening quote.
  mutating func readString() throws(JSONSyntaxError) -> StringToken {
    position += 1
    let start = position
    var hasEscapes = false
    var highBits: UInt64 = 0
    while true {
      skipPlainBytes(&highBits)
      guard position < end else { throw JSONSyntaxError(.endOfText, at: end) }
      switch base[position] {
      case UInt8(ascii: "\""):
        if highBits & Self.highBitOfEach != 0 { try checkUTF8(from: start, to: position) }
        position += 1
        return StringToken(start: start, end: position - 1, hasEscapes: hasEscapes)
      case UInt8(ascii: "\\"):
        hasEscapes = true
        try skipEscape()
      default:
        throw JSONSyntaxError(.controlCharacterInString, at: position)
      }
    }
  }

  private func contents(_ token: StringToken) -> UnsafeBufferPointer<UInt8> {
    UnsafeBufferPointer(start: base + token.start, count: token.end - token.start)
  }

  func string(_ token: StringToken) -> String {
    let contents = contents(token)
    if !token.hasEscapes { return String(decoding: contents, as: UTF8.self) }
    // No escape is longer when it is resolved.
    return String(unsafeUninitializedCapacity: contents.count) { storage in
      var bytes = UnescapedBytes(contents)
      var count = 0
      while let byte = bytes.next() {
        storage.initializeElement(at: count, to: byte)
        count += 1
      }
      return count
    }
  }

  /// Whether the string is, its escapes resolved, the same as `text`, byte for byte.
  func string(_ token: StringToken, equals text: UnsafeBufferPointer<UInt8>) -> Bool {
    let contents = contents(token)
    if !token.hasEscapes {
      guard contents.count == text.count else { return false }
      return text.isEmpty || memcmp(contents.baseAddress!, text.baseAddress!, text.count) == 0
    }
    var bytes = UnescapedBytes(contents)
    for expected in text where bytes.next() != expected { return false }
    return bytes.next() == nil
  }

  func codePoints(_ token: StringToken) -> Int {
    var bytes = UnescapedBytes(contents(token))
    var count = 0
    // Each code point has one byte that does not continue another.
    while let byte = bytes.next() { count += byte & 0xC0 == 0x80 ? 0 : 1 }
    return count
  }

  private static let eachByte: UInt64 = 0x0101_0101_0101_0101
  private static let highBitOfEach: UInt64 = 0x8080_8080_8080_8080

  /// Moves on to the next quote, backslash or control character, eight bytes at a time, or to the end; ORs into `seen` what
  /// was passed.
  @inline(__always)
  private mutating func skipPlainBytes(_ seen: inout UInt64) {
    while position + 8 <= end {
      let word = UInt64(littleEndian: UnsafeRawPointer(base + position).loadUnaligned(as: UInt64.self))
      let quotes = word ^ (Self.eachByte &* 0x22)
      let backslashes = word ^ (Self.eachByte &* 0x5C)
      // Each term marks the high bit of bytes that are zero, zero, below 0x20; a borrow can spoil only marks above the
      // lowest one, and only the lowest is used.
      let marks =
        ((quotes &- Self.eachByte) & ~quotes)
        | ((backslashes &- Self.eachByte) & ~backslashes)
        | ((word &- (Self.eachByte &* 0x20)) & ~word)
      let found = marks & Self.highBitOfEach
      if found == 0 {
        seen |= word
        position += 8
        continue
      }
      let plain = found.trailingZeroBitCount / 8
      seen |= word & ~(UInt64.max << UInt64(plain * 8))
      position += plain
      return
    }
    while position < end {
      let byte = base[position]
      if byte == 0x22 || byte == 0x5C || byte < 0x20 { return }
      seen |= UInt64(byte)
      position += 1
    }
  }

  private mutating func skipEscape() throws(JSONSyntaxError) {
    let escape = position
    guard position + 1 < end else { throw JSONSyntaxError(.endOfText, at: end) }
    switch base[position + 1] {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
      UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
      position += 2
    case UInt8(ascii: "u"):
      let unit = try codeUnit()
      if unit & 0xF800 != 0xD800 { return }
      guard unit < 0xDC00, position + 1 < end, base[position] == UInt8(ascii: "\\"),
        base[position + 1] == UInt8(ascii: "u")
      else { throw JSONSyntaxError(.loneSurrogate, at: escape) }
      guard try codeUnit() & 0xFC00 == 0xDC00 else { throw JSONSyntaxError(.loneSurrogate, at: escape) }
    default:
      throw JSONSyntaxError(.escapeMalformed, at: escape)
    }
  }

  /// Reads `\uXXXX`, whose backslash and letter have been seen.
  private mutating func codeUnit() throws(JSONSyntaxError) -> UInt32 {
    let escape = position
    var unit: UInt32 = 0
    for offset in 2..<6 {
      guard position + offset < end else { throw JSONSyntaxError(.endOfText, at: end) }
      guard let digit = hexadecimalValue(base[position + offset]) else {
        throw JSONSyntaxError(.escapeMalformed, at: escape)
      }
      unit = unit << 4 | UInt32(digit)
    }
    position += 6
    return unit
  }

  private func checkUTF8(from start: Int, to end: Int) throws(JSONSyntaxError) {
    let bytes = UnsafeBufferPointer(start: base + start, count: end - start)
    if let offset = firstInvalidUTF8(bytes.span) { throw JSONSyntaxError(.invalidUTF8, at: start + offset) }
  }
}

/// The value of a hexadecimal digit, or `nil`.
@inline(__always)
func hexadecimalValue(_ byte: UInt8) -> UInt8? {
  switch byte {
  case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
  case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
  case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
  default: nil
  }
}

/// The offset of the first byte that does not belong to well-formed UTF-8, or `nil`.
package func firstInvalidUTF8(_ bytes: Span<UInt8>) -> Int? {
  do throws(UTF8.ValidationError) {
    _ = try UTF8Span(validating: bytes)
    return nil
  } catch {
    return error.byteOffsets.lowerBound
  }
}
