import Foundation
import HTTPClient
import Scenario

/// An HTTP proxy to which a request is sent itself, in absolute form, rather than through a tunnel (RFC 9112, section 3.2.2).
struct DirectProxy {
  /// For `Proxy-Authorization: Basic`, if the proxy's URL has a user.
  let credentials: String?

  /// `nil` if requests to the endpoint go another way.
  init?(_ client: ClientOptions, _ endpoint: HTTPEndpoint) {
    guard let proxy = client.proxy, !client.proxyTunnel, endpoint.scheme == .http, client.unixSocket == nil else {
      return nil
    }
    credentials = Self.credentials(inProxy: proxy)
  }

  /// What a client sends of its proxy's user and password, if it sends any itself.
  static func credentials(of client: ClientOptions) -> String? {
    client.proxyTunnel ? nil : client.proxy.flatMap(credentials(inProxy:))
  }

  private static func credentials(inProxy proxy: String) -> String? {
    let start = proxy.firstRange(of: "://")?.upperBound ?? proxy.startIndex
    let authority = proxy[start...].prefix { !"/?#".contains($0) }
    guard let at = authority.lastIndex(of: "@") else { return nil }
    let user = authority[..<at]
    let colon = user.firstIndex(of: ":") ?? user.endIndex
    let name = decoded(user[..<colon])
    let password = colon == user.endIndex ? [] : decoded(user[user.index(after: colon)...])
    return Data(name + [UInt8(ascii: ":")] + password).base64EncodedString()
  }

  /// Percent-encoding undone (RFC 3986, section 2.1).
  private static func decoded(_ text: Substring) -> [UInt8] {
    let bytes = Array(text.utf8)
    var decoded: [UInt8] = []
    var index = 0
    while index < bytes.count {
      if bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.count,
        let value = UInt8(String(decoding: bytes[(index + 1)...(index + 2)], as: UTF8.self), radix: 16)
      {
        decoded.append(value)
        index += 3
      } else {
        decoded.append(bytes[index])
        index += 1
      }
    }
    return decoded
  }
}
