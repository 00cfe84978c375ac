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
  /// A user's part ends at the last `@` before what ends a host; one with `/`, `?` or `#` in it, which is no URL's, ends
  /// at the last `@` before the end of the text, a space or a quote.
  ///
  /// - Complexity: O(length of the text) for each `://` in it.
  static func ranges(in bytes: [UInt8]) -> [Range<Int>] {
    var ranges: [Range<Int>] = []
    var index = 0
    while let start = end(of: "://", in: bytes, from: index) {
      index = start
      let word = bytes[start...].prefix { $0 > 0x20 && !"'\"`<>\\".utf8.contains($0) }
      let authority = word.prefix { !"/?#".utf8.contains($0) }
      // A URL after this one has its own.
      let isLast = end(of: "://", in: Array(word), from: 0) == nil
      guard let colon = authority.firstIndex(of: UInt8(ascii: ":")),
        let at = authority.lastIndex(of: UInt8(ascii: "@"))
          ?? (isLast && !isPort(authority[(colon + 1)...]) ? word.lastIndex(of: UInt8(ascii: "@")) : nil),
        at > colon + 1
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

  private static func isPort(_ bytes: ArraySlice<UInt8>) -> Bool {
    bytes.allSatisfy { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
  }

  private static func end(of mark: String, in bytes: [UInt8], from start: Int) -> Int? {
    let mark = Array(mark.utf8)
    guard start + mark.count <= bytes.count else { return nil }
    return (start...(bytes.count - mark.count)).first { bytes[$0...].starts(with: mark) }.map { $0 + mark.count }
  }
}
