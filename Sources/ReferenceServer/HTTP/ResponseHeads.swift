import HTTPMessage

/// Heads of answers, put together from pieces that are made once: status line and fixed fields for each status and
/// content type, and the date for each second. Belongs to one loop.
struct ResponseHeads {
  private var prefixes: [[UInt8]] = Array(repeating: [], count: 500 * 4)
  private var dateLine: [UInt8] = []
  private var dateLineSecond: Int64 = .min

  private static let lengthName = Array("Content-Length: ".utf8)
  private static let close = Array("Connection: close\r\n".utf8)
  private static let keepAlive = Array("Connection: keep-alive\r\n".utf8)

  enum Persistence {
    /// HTTP/1.1's default: nothing is written.
    case implied
    /// For HTTP/1.0 clients that asked for it.
    case keepAlive
    case close
  }

  /// Appends the head of `response`.
  ///
  /// - Parameter unixSeconds: real time, for `Date`.
  mutating func write(
    _ response: ServerResponse, _ persistence: Persistence, unixSeconds: Int64, into output: inout [UInt8]
  ) {
    output.append(contentsOf: prefix(response.status, response.contentType))
    if unixSeconds != dateLineSecond { renewDate(unixSeconds) }
    output.append(contentsOf: dateLine)
    for (name, value) in response.headers where Self.isAllowed(name, value) {
      output.append(contentsOf: name.utf8)
      output.append(contentsOf: [UInt8(ascii: ":"), UInt8(ascii: " ")])
      output.append(contentsOf: value.utf8)
      Self.endLine(&output)
    }
    switch persistence {
    case .implied: break
    case .keepAlive: output.append(contentsOf: Self.keepAlive)
    case .close: output.append(contentsOf: Self.close)
    }
    if response.status != 204, response.status != 304 {
      output.append(contentsOf: Self.lengthName)
      Self.write(response.body.count, into: &output)
      Self.endLine(&output)
    }
    Self.endLine(&output)
  }

  private mutating func prefix(_ status: Int, _ type: ServerResponse.ContentType) -> [UInt8] {
    let index = (status - 100) * 4 + Int(type.rawValue)
    if prefixes[index].isEmpty { prefixes[index] = Self.makePrefix(status, type) }
    return prefixes[index]
  }

  private static func makePrefix(_ status: Int, _ type: ServerResponse.ContentType) -> [UInt8] {
    var headers = [("Server", "stampede")]
    switch type {
    case .none: break
    case .json: headers.append(("Content-Type", "application/json"))
    case .text: headers.append(("Content-Type", "text/plain; charset=utf-8"))
    case .prometheus: headers.append(("Content-Type", "text/plain; version=0.0.4; charset=utf-8"))
    }
    var head: [UInt8] = []
    do {
      try HTTPWriter.responseHead(into: &head, status: status, headers: headers, framing: .none, keepAlive: true)
    } catch {
      preconditionFailure("a head of fixed fields was refused: \(error)")
    }
    // The length is this answer's, and the empty line comes last.
    let tail = head.last(lengthName.count + 5)
    return Array(head.dropLast(tail == lengthName + Array("0\r\n\r\n".utf8) ? tail.count : 2))
  }

  private mutating func renewDate(_ unixSeconds: Int64) {
    dateLineSecond = unixSeconds
    dateLine.removeAll(keepingCapacity: true)
    dateLine.append(contentsOf: "Date: ".utf8)
    CivilTime.writeHTTPDate(unixSeconds, into: &dateLine)
    Self.endLine(&dateLine)
  }

  /// Token and field value of RFC 9110, section 5: nothing in them can end the line.
  private static func isAllowed(_ name: String, _ value: String) -> Bool {
    !name.isEmpty
      && name.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
          true
        default: false
        }
      } && value.utf8.allSatisfy { $0 == 9 || ($0 >= 0x20 && $0 != 0x7f) }
  }

  @inline(__always)
  private static func endLine(_ output: inout [UInt8]) {
    output.append(13)
    output.append(10)
  }

  private static func write(_ value: Int, into output: inout [UInt8]) {
    if value >= 10 { write(value / 10, into: &output) }
    output.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value % 10))
  }
}

extension Array where Element == UInt8 {
  fileprivate func last(_ count: Int) -> [UInt8] { Array(suffix(count)) }
}
