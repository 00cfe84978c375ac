/// The name and the value of a `Set-Cookie` field (RFC 6265, section 5.2).
struct SetCookie {
  let name: String
  let value: String

  /// - Returns: `nil` if the field sets nothing: a user agent ignores it.
  init?(_ field: String) {
    let pair = field.utf8.prefix { $0 != UInt8(ascii: ";") }
    guard let equals = pair.firstIndex(of: UInt8(ascii: "=")) else { return nil }
    let name = Self.trimmed(pair[..<equals])
    if name.isEmpty { return nil }
    self.name = name
    value = Self.trimmed(pair[pair.index(after: equals)...])
  }

  private static func trimmed(_ bytes: Substring.UTF8View) -> String {
    var bytes = bytes.drop { $0 == 0x20 || $0 == 0x09 }
    while let last = bytes.last, last == 0x20 || last == 0x09 { bytes.removeLast() }
    return String(Substring(bytes))
  }
}
