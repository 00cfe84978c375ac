/// The credentials of an `Authorization: Bearer …` header (RFC 6750, section 2.1).
package enum BearerToken {
  /// The token, or `nil` where the header is of another scheme or has none. The scheme's case does not matter.
  package static func of(_ header: String) -> String? {
    let parts = header.split(separator: " ", maxSplits: 1)
    guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
    let token = parts[1].drop { $0 == " " }
    return token.isEmpty || token.contains(" ") ? nil : String(token)
  }
}
