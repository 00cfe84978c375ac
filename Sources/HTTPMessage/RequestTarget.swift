/// Whether visible ASCII characters are a request target that a method may have (RFC 9112, section 3.2): a path, an
/// absolute URL, `host:port` for CONNECT and for nothing else, or `*` for OPTIONS. A fragment belongs to none of them.
func isRequestTarget(
  _ target: UnsafePointer<UInt8>, _ count: Int, _ method: UnsafePointer<UInt8>, _ methodCount: Int
) -> Bool {
  guard count > 0 else { return false }
  for offset in 0..<count where target[offset] == UInt8(ascii: "#") { return false }
  let isConnect: Bool = isMethod(method, methodCount, "CONNECT")
  switch target[0] {
  case UInt8(ascii: "/"): return !isConnect
  case UInt8(ascii: "*"): return count == 1 && isMethod(method, methodCount, "OPTIONS")
  default: return isConnect ? isAuthority(target, count) : isAbsolute(target, count)
  }
}

/// `authority-form = uri-host ":" port`
private func isAuthority(_ target: UnsafePointer<UInt8>, _ count: Int) -> Bool {
  var end: Int = count
  while end > 0, target[end - 1].isDigit { end -= 1 }
  guard end < count, end > 1, target[end - 1] == .colon else { return false }
  for offset in 0..<end where !target[offset].isHostCharacter { return false }
  return true
}

/// `absolute-form = absolute-URI`, of the schemes that have an authority.
private func isAbsolute(_ target: UnsafePointer<UInt8>, _ count: Int) -> Bool {
  var length = 0
  while length < count, target[length].isSchemeCharacter { length += 1 }
  return length > 0 && target[0].isLetter && count > length + 3
    && target[length] == .colon && target[length + 1] == UInt8(ascii: "/") && target[length + 2] == UInt8(ascii: "/")
}

private func isMethod(_ method: UnsafePointer<UInt8>, _ count: Int, _ name: StaticString) -> Bool {
  guard count == name.utf8CodeUnitCount else { return false }
  for offset in 0..<count where method[offset] != name.utf8Start[offset] { return false }
  return true
}

extension UInt8 {
  fileprivate var isLetter: Bool { lowercased &- 0x61 < 26 }

  /// `ALPHA / DIGIT / "+" / "-" / "."`
  fileprivate var isSchemeCharacter: Bool {
    isLetter || isDigit || self == UInt8(ascii: "+") || self == UInt8(ascii: "-") || self == UInt8(ascii: ".")
  }

  /// A character of `uri-host [ ":" port ]` (RFC 3986, section 3.2.2): `unreserved`, `sub-delims` without the comma
  /// (which would make a list of hosts), `%`, `:`, and the brackets of an IP literal.
  var isHostCharacter: Bool {
    switch self {
    case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"), UInt8(ascii: "%"),
      UInt8(ascii: "!"), UInt8(ascii: "$"), UInt8(ascii: "&"), UInt8(ascii: "'"), UInt8(ascii: "("),
      UInt8(ascii: ")"), UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: ";"), UInt8(ascii: "="),
      UInt8(ascii: ":"), UInt8(ascii: "["), UInt8(ascii: "]"):
      true
    default: isLetter || isDigit
    }
  }
}
