import EventLoop
import HTTPMessage
import JSON

/// A request whose head is complete and, in a handler, whose body is too: nothing of it changes from there on.
///
/// An object, since a value of as many parts is costly to hand on: on its way it was copied a dozen times.
package final class ServerRequest: @unchecked Sendable {
  package let method: String
  /// Path and query as they were sent, percent-encoded; of a target with scheme and host, what follows them.
  package let target: String
  package let headers: HTTPHeaders
  /// Empty in a route's `RouteLimits`, which are asked before it is read.
  @exclusivity(unchecked) package internal(set) var body: [UInt8]
  /// What the route's pattern names: `{id}`.
  @exclusivity(unchecked) package internal(set) var parameters = PathParameters()
  package let connection: ConnectionInfo
  /// Counts the requests of this server from 1.
  package let number: UInt64

  package init(
    method: String, target: String, headers: HTTPHeaders = HTTPHeaders(), body: [UInt8] = [],
    connection: ConnectionInfo, number: UInt64
  ) {
    self.method = method
    self.target = target
    self.headers = headers
    self.body = body
    self.connection = connection
    self.number = number
  }

  /// The loop that serves the request: where to wait.
  package var loop: EventLoop { connection.loop }

  /// The first header of that name, given in lower case.
  package func header(_ lowercased: String) -> String? { headers.first(lowercased) }

  /// The path, percent-decoded.
  ///
  /// - Complexity: O(n); kept nowhere.
  package var path: String {
    PercentEncoding.decode(target.utf8.prefix { $0 != UInt8(ascii: "?") }, plusIsSpace: false)
  }

  /// The first value of a query parameter, percent-decoded; `nil` where it is missing, empty where it has none.
  ///
  /// - Complexity: O(n).
  package func query(_ name: String) -> String? {
    queryParameters.first { $0.name == name }?.value
  }

  /// All query parameters in order, percent-decoded.
  package var queryParameters: [(name: String, value: String)] {
    guard let mark = target.utf8.firstIndex(of: UInt8(ascii: "?")) else { return [] }
    return target.utf8[target.utf8.index(after: mark)...].split(separator: UInt8(ascii: "&")).map { pair in
      let sides = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
      return (
        PercentEncoding.decode(sides[0], plusIsSpace: true),
        sides.count > 1 ? PercentEncoding.decode(sides[1], plusIsSpace: true) : ""
      )
    }
  }

  /// The body as JSON.
  ///
  /// - Complexity: O(n) each time.
  package func json() throws(RequestBodyError) -> JSONValue {
    if body.isEmpty { throw .empty }
    do {
      return try JSONValue(parsing: body)
    } catch {
      throw .notJSON(error)
    }
  }

  /// The address that limits go by: the peer's, or the first one of `X-Forwarded-For` where the request carries the
  /// control token in `X-Stampede-Control`, so that one machine can be many clients.
  package var clientAddress: String {
    guard let token = header("x-stampede-control"), token == connection.controlToken,
      let forwarded = header("x-forwarded-for"),
      let first = forwarded.split(separator: ",").first
    else { return connection.peerAddress }
    let address = first.drop { $0 == " " }
    return String(address.prefix { $0 != " " })
  }

  /// `X-Request-Id` where the client sent a sensible one (1 to 128 visible characters), else one of the server's own.
  package var requestID: String {
    if let given = header("x-request-id"), (1...128).contains(given.utf8.count),
      given.utf8.allSatisfy({ (0x21...0x7e).contains($0) })
    {
      return given
    }
    // Fifteen characters are the most that a string holds without memory of its own.
    return String(unsafeUninitializedCapacity: 15) { text in
      text[0] = UInt8(ascii: "r")
      text[1] = UInt8(ascii: "e")
      text[2] = UInt8(ascii: "q")
      text[3] = UInt8(ascii: "-")
      for place in 0..<11 {
        let digit = UInt8(truncatingIfNeeded: number >> UInt64(4 * (10 - place))) & 0xf
        text[4 + place] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
      }
      return 15
    }
  }
}

/// What all requests of a connection share.
package final class ConnectionInfo: Sendable {
  package let loop: EventLoop
  /// Without the port.
  package let peerAddress: String
  package let controlToken: String

  package init(loop: EventLoop, peerAddress: String, controlToken: String) {
    self.loop = loop
    self.peerAddress = peerAddress
    self.controlToken = controlToken
  }
}

/// Why a body is no JSON value.
package enum RequestBodyError: Error, Hashable, Sendable, CustomStringConvertible {
  case empty
  case notJSON(JSONSyntaxError)

  package var description: String {
    switch self {
    case .empty: "the body is empty"
    case .notJSON(let error): "\(error)"
    }
  }
}

/// The values of a pattern's parameters.
package struct PathParameters: Sendable {
  /// In the pattern's order.
  package internal(set) var names: [String] = []
  package internal(set) var values: [String] = []

  package init() {}

  package subscript(index: Int) -> String { values[index] }

  /// - Precondition: the route's pattern names it.
  package subscript(name: String) -> String {
    guard let index = names.firstIndex(of: name) else { preconditionFailure("the route has no parameter {\(name)}") }
    return values[index]
  }

  /// As a non-negative integer; `nil` where it is none.
  package func integer(_ name: String) -> Int? {
    let text = self[name]
    guard !text.isEmpty, text.utf8.allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }) else {
      return nil
    }
    return Int(text)
  }
}

/// RFC 3986, section 2.1.
package enum PercentEncoding {
  /// What bytes mean once decoded. A `%` that two hexadecimal digits do not follow stands for itself.
  package static func decode(_ bytes: some Collection<UInt8>, plusIsSpace: Bool) -> String {
    var decoded: [UInt8] = []
    decoded.reserveCapacity(bytes.count)
    var index = bytes.startIndex
    while index != bytes.endIndex {
      let byte = bytes[index]
      index = bytes.index(after: index)
      if byte == UInt8(ascii: "%"), index != bytes.endIndex, let high = hexadecimal(bytes[index]) {
        let next = bytes.index(after: index)
        if next != bytes.endIndex, let low = hexadecimal(bytes[next]) {
          decoded.append(high << 4 | low)
          index = bytes.index(after: next)
          continue
        }
      }
      decoded.append(plusIsSpace && byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
    }
    return String(decoding: decoded, as: UTF8.self)
  }

  private static func hexadecimal(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}
