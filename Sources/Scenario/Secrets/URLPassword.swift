/// Passwords that stand in URLs: `scheme://user:password@host` (RFC 3986, section 3.2.1).
package enum URLPassword {
  /// The text with `***` for the password of each URL in it; users and hosts stay.
  package static func masked(_ text: String) -> String {
    var bytes = Array(text.utf8)
    let ranges = ranges(in: bytes)
    for range in ranges.reversed() { bytes.replaceSubrange(range, with: "***".utf8) }
    return ranges.isEmpty ? text : String(decoding: bytes, as: UTF8.self)
  }

  /// Where the passwords stand, in order.
  ///
  /// A user's part ends at the last `@` before the first `/`, `?` or `#` (RFC 3986, section 3.2): what has an `@` behind
  /// these, or a `:` of an address in brackets, has no password for that.
  ///
  /// - Complexity: O(length of the text), and of its line for each `://` in it.
  static func ranges(in bytes: [UInt8]) -> [Range<Int>] {
    var ranges: [Range<Int>] = []
    var index = 0
    while let start = end(of: "://", in: bytes, from: index) {
      index = start
      let authority = start..<authorityEnd(in: bytes, from: start)
      guard let at = bytes[authority].lastIndex(of: UInt8(ascii: "@")),
        let colon = bytes[start..<at].firstIndex(of: UInt8(ascii: ":")), at > colon + 1
      else { continue }
      ranges.append(colon + 1..<at)
      index = at
    }
    return ranges
  }

  /// The first password of a URL, as it stands there; `nil` where it has none.
  static func password(of url: String) -> String? {
    let bytes = Array(url.utf8)
    return ranges(in: bytes).first.map { String(decoding: bytes[$0], as: UTF8.self) }
  }

  /// Whether a proxy has what is meant as a password, but is not found as that of a URL: without its kind (`me:password@host`),
  /// or with a `/`, `?` or `#` in it.
  static func isUnclear(_ proxy: String) -> Bool {
    let bytes = Array(proxy.utf8)
    guard let at = bytes.lastIndex(of: UInt8(ascii: "@")), ranges(in: bytes).last?.upperBound != at else {
      return false
    }
    guard let start = end(of: "://", in: bytes, from: 0), start <= at else { return true }
    return bytes[start..<at].firstIndex(of: UInt8(ascii: ":")).map { $0 + 1 < at } ?? false
  }

  /// Where the user's part and the host end: with the URL at the latest, which ends at a space, `<` or `>`, and where it
  /// stands in quotes at the one that is around it. A password may have others in it.
  private static func authorityEnd(in bytes: [UInt8], from start: Int) -> Int {
    let opening = bytes[..<start].lastIndex { $0 == UInt8(ascii: "\n") || isQuote($0) }
    let quote = opening.map { bytes[$0] }.flatMap { isQuote($0) ? $0 : nil }
    let isEscaped = opening.map { isAfterBackslash(bytes, $0) } ?? false
    return bytes[start...].indices.first { index in
      let byte = bytes[index]
      if byte <= 0x20 || "/?#<>".utf8.contains(byte) { return true }
      guard isQuote(byte) else { return false }
      return byte == quote && (isEscaped || !isAfterBackslash(bytes, index))
    } ?? bytes.endIndex
  }

  private static func isQuote(_ byte: UInt8) -> Bool { "'\"`".utf8.contains(byte) }

  private static func isAfterBackslash(_ bytes: [UInt8], _ index: Int) -> Bool {
    index > 0 && bytes[index - 1] == UInt8(ascii: "\\")
  }

  private static func end(of mark: String, in bytes: [UInt8], from start: Int) -> Int? {
    let mark = Array(mark.utf8)
    guard start + mark.count <= bytes.count else { return nil }
    return (start...(bytes.count - mark.count)).first { bytes[$0...].starts(with: mark) }.map { $0 + mark.count }
  }
}
