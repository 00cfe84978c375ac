import Glibc

/// Where requests go: scheme, host and port.
package struct HTTPEndpoint: Sendable, Hashable, CustomStringConvertible {
  package enum Scheme: String, Sendable, Hashable {
    case http
    case https

    package var defaultPort: UInt16 { self == .http ? 80 : 443 }
  }

  package var scheme: Scheme
  /// In lower case; an IPv6 address without brackets.
  package var host: String
  package var port: UInt16

  package init(scheme: Scheme, host: String, port: UInt16? = nil) {
    self.scheme = scheme
    self.host = host
    self.port = port ?? scheme.defaultPort
  }

  /// The host as URLs and `Host` write it: IPv6 in brackets, without the zone.
  package var bracketedHost: String {
    guard host.utf8.contains(UInt8(ascii: ":")) else { return host }
    return "[\(host)]"
  }

  /// The host is an IP address, and no name to be looked up.
  package var isAddress: Bool {
    var storage = in6_addr()
    return host.utf8.contains(UInt8(ascii: ":")) || inet_pton(AF_INET, host, &storage) == 1
  }

  /// The value of the `Host` header: with the port where it is not the scheme's own.
  package var hostHeader: String {
    port == scheme.defaultPort ? bracketedHost : "\(bracketedHost):\(port)"
  }

  package var description: String { "\(scheme.rawValue)://\(hostHeader)" }
}

/// An absolute `http` or `https` URL (RFC 3986), taken apart for the wire.
package struct HTTPURL: Sendable, Hashable, CustomStringConvertible {
  package var endpoint: HTTPEndpoint
  /// Path and query as written, empty or beginning with `/`. A fragment is left out.
  package var target: String

  /// Reads `http://host`, `https://host:8443/prefix`, `http://[::1]:8080/a?b=c`.
  ///
  /// - Throws: `HTTPURLError`, which says what to write instead.
  package init(_ text: String) throws(HTTPURLError) {
    let bytes = Array(text.utf8)
    if let bad = bytes.firstIndex(where: { $0 <= 0x20 || $0 == 0x7F }) { throw .control(offset: bad) }
    guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")), bytes[colon...].starts(with: "://".utf8) else {
      throw .noScheme
    }
    let name = String(decoding: bytes[..<colon], as: UTF8.self).lowercased()
    guard let scheme = HTTPEndpoint.Scheme(rawValue: name) else { throw .unknownScheme(name) }

    let rest = bytes[(colon + 3)...]
    let end = rest.firstIndex { "/?#".utf8.contains($0) } ?? rest.endIndex
    let authority = rest[..<end]
    if authority.contains(UInt8(ascii: "@")) { throw .credentials }
    let (host, port) = try Self.splitAuthority(authority)
    endpoint = HTTPEndpoint(scheme: scheme, host: host, port: port)

    let tail = rest[end...].prefix { $0 != UInt8(ascii: "#") }
    let path = String(decoding: tail, as: UTF8.self)
    if tail.contains(where: { $0 >= 0x80 }) { throw .notASCII("path") }
    target = path.hasPrefix("?") ? "/" + path : path
  }

  package var description: String { endpoint.description + target }

  private static func splitAuthority(_ authority: ArraySlice<UInt8>) throws(HTTPURLError) -> (String, UInt16?) {
    var host = authority
    var portDigits: ArraySlice<UInt8> = []
    if authority.first == UInt8(ascii: "[") {
      guard let close = authority.firstIndex(of: UInt8(ascii: "]")) else { throw .badHost(text(authority)) }
      host = authority[(authority.startIndex + 1)..<close]
      let after = authority[(close + 1)...]
      guard after.isEmpty || after.first == UInt8(ascii: ":") else { throw .badHost(text(authority)) }
      portDigits = after.dropFirst()
      guard host.contains(UInt8(ascii: ":")), host.allSatisfy(isAddressByte) else { throw .badHost(text(authority)) }
    } else {
      if let colon = authority.firstIndex(of: UInt8(ascii: ":")) {
        host = authority[..<colon]
        portDigits = authority[(colon + 1)...]
        if portDigits.contains(UInt8(ascii: ":")) { throw .bareIPv6(text(authority)) }
      }
      if host.isEmpty { throw .noHost }
      if host.contains(where: { $0 >= 0x80 }) { throw .notASCII("host") }
      guard host.allSatisfy(isNameByte) else { throw .badHost(text(host)) }
    }
    if portDigits.isEmpty { return (text(host).lowercased(), nil) }
    guard portDigits.allSatisfy({ (0x30...0x39).contains($0) }), let port = UInt16(text(portDigits)), port > 0 else {
      throw .badPort(text(portDigits))
    }
    return (text(host).lowercased(), port)
  }

  private static func text(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }

  /// Letters, digits, `-`, `.`, and `_`, which names of services in the wild have.
  private static func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"): true
    default: false
    }
  }

  /// Of an IPv6 address: hexadecimal digits, `:`, and `.` for an embedded IPv4 one.
  private static func isAddressByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x3A, 0x41...0x46, 0x61...0x66, UInt8(ascii: "."): true
    default: false
    }
  }
}

/// What is wrong with a URL.
package enum HTTPURLError: Error, Sendable, Hashable, CustomStringConvertible {
  case noScheme
  case unknownScheme(String)
  case noHost
  case badHost(String)
  case bareIPv6(String)
  case badPort(String)
  case credentials
  case notASCII(String)
  case control(offset: Int)

  package var description: String {
    switch self {
    case .noScheme: "a URL must begin with 'http://' or 'https://'"
    case .unknownScheme(let name): "'\(name)://' is not supported: use 'http://' or 'https://'"
    case .noHost: "the URL has no host"
    case .badHost(let host): "'\(host)' is not a host name or address"
    case .bareIPv6(let host): "an IPv6 address stands in brackets in a URL: '[\(host)]'"
    case .badPort(let port): "'\(port)' is not a port: use 1 to 65535"
    case .credentials: "credentials in the URL are not supported: send an 'authorization' header"
    case .notASCII("host"): "the host has characters beyond ASCII: write its 'xn--' form"
    case .notASCII(let part): "the \(part) has characters beyond ASCII: percent-encode them"
    case .control(let offset): "the URL has a blank or control character at offset \(offset)"
    }
  }
}
