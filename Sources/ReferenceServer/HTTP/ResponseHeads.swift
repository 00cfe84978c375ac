import HTTPMessage

/// Heads of answers, put together from pieces that are made once for each status and content type, and have their date
/// renewed once a second. Belongs to one loop.
final class ResponseHeads {
  /// A status line with the fixed fields and the date, as bytes.
  private struct Prefix {
    var bytes: [UInt8] = []
    var unixSeconds: Int64 = .min
  }

  private var prefixes: [Prefix] = Array(repeating: Prefix(), count: 500 * ServerResponse.ContentType.count)

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
  func write(
    _ response: borrowing ServerResponse, _ persistence: Persistence, unixSeconds: Int64, into output: OutputBuffer
  ) {
    let index = (response.status - 100) * ServerResponse.ContentType.count + Int(response.contentType.rawValue)
    if prefixes[index].unixSeconds != unixSeconds {
      prefixes[index] = Self.makePrefix(response.status, response.contentType, unixSeconds)
    }
    output.append(prefixes[index].bytes)
    if !response.headers.isEmpty {
      for (name, value) in response.headers { Self.write(name, value, into: output) }
    }
    switch persistence {
    case .implied: break
    case .keepAlive: output.append(Self.keepAlive)
    case .close: output.append(Self.close)
    }
    if response.status != 204, response.status != 304 {
      output.append(Self.lengthName)
      output.append(number: response.body.count)
      Self.endLine(output)
    }
    Self.endLine(output)
  }

  private static func makePrefix(
    _ status: Int, _ type: ServerResponse.ContentType, _ unixSeconds: Int64
  ) -> Prefix {
    var date: [UInt8] = []
    CivilTime.writeHTTPDate(unixSeconds, into: &date)
    var headers = [("Server", "stampede")]
    switch type {
    case .none: break
    case .json: headers.append(("Content-Type", "application/json"))
    case .text: headers.append(("Content-Type", "text/plain; charset=utf-8"))
    case .prometheus: headers.append(("Content-Type", "text/plain; version=0.0.4; charset=utf-8"))
    }
    headers.append(("Date", String(decoding: date, as: UTF8.self)))
    var head: [UInt8] = []
    do {
      try HTTPWriter.responseHead(into: &head, status: status, headers: headers, framing: .none, keepAlive: true)
    } catch {
      preconditionFailure("a head of fixed fields was refused: \(error)")
    }
    // The length is this answer's, and the empty line comes last.
    let length = lengthName + Array("0\r\n\r\n".utf8)
    head.removeLast(head.suffix(length.count).elementsEqual(length) ? length.count : 2)
    return Prefix(bytes: head, unixSeconds: unixSeconds)
  }

  /// Writes a field, unless name or value are none (RFC 9110, section 5): nothing in them can end the line.
  private static func write(_ name: String, _ value: String, into output: OutputBuffer) {
    var name = name
    var value = value
    name.withUTF8 { name in
      value.withUTF8 { value in
        guard isName(name), isValue(value) else { return }
        output.append(UnsafeRawBufferPointer(name))
        output.append(UInt8(ascii: ":"))
        output.append(UInt8(ascii: " "))
        output.append(UnsafeRawBufferPointer(value))
        endLine(output)
      }
    }
  }

  private static func isName(_ name: UnsafeBufferPointer<UInt8>) -> Bool {
    for byte in name {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
        break
      default: return false
      }
    }
    return !name.isEmpty
  }

  private static func isValue(_ value: UnsafeBufferPointer<UInt8>) -> Bool {
    for byte in value where byte != 9 && (byte < 0x20 || byte == 0x7f) { return false }
    return true
  }

  @inline(__always)
  private static func endLine(_ output: OutputBuffer) {
    output.append(13)
    output.append(10)
  }
}
