/// Writes HTTP/1.1 messages into a caller's buffer, and refuses what would not be one.
///
/// Names must be tokens and values free of control characters, so that no value from a scenario or a handler can end a
/// line and begin another field. The framing fields come from `framing`; a caller's own `Content-Length` or
/// `Transfer-Encoding` may only say the same. Where a call throws, the buffer is as it was before.
package enum HTTPWriter {
  /// Writes a request line and its header fields.
  ///
  /// - Parameters:
  ///   - target: in the form in which it is to be sent; see `RequestReader.target`.
  ///   - headers: with exactly one `Host`.
  ///   - framing: `.none` writes no framing field; a POST or PUT with an empty body wants `.length(0)`
  ///     (RFC 9110, section 8.6).
  /// - Throws: `badMethod`, `badTarget`, `badHeaderName`, `badHeaderValue`, `missingHost`, `duplicateHost`, `badHost`,
  ///   `contradictoryFraming`.
  package static func requestHead(
    into buffer: inout [UInt8], method: String, target: String, headers: [(String, String)], framing: BodyFraming
  ) throws(HTTPMessageError) {
    let start: Int = buffer.count
    do throws(HTTPMessageError) {
      try check(method: method)
      try check(target: target)
      var framing: BodyFraming = framing
      if framing == .untilClose { throw .contradictoryFraming }
      buffer.append(contentsOf: method.utf8)
      buffer.append(.space)
      buffer.append(contentsOf: target.utf8)
      append(" HTTP/1.1\r\n", to: &buffer)
      let seen: Seen = try fields(headers, into: &buffer, framing: &framing)
      guard seen.hosts > 0 else { throw .missingHost }
      guard seen.hosts == 1 else { throw .duplicateHost }
      endHead(framing, into: &buffer)
    } catch {
      buffer.removeSubrange(start...)
      throw error
    }
  }

  /// Writes a status line and header fields.
  ///
  /// - Parameters:
  ///   - status: 100 to 999; the reason phrase is the registered one, or empty.
  ///   - framing: `.none` means that there is no body: `Content-Length: 0` is written where the status allows it.
  ///     For the answer to a HEAD, the framing that a GET would have had. `.untilClose` needs `keepAlive` to be false;
  ///     `.chunked` must not go to an HTTP/1.0 client.
  ///   - keepAlive: false writes `Connection: close`.
  /// - Throws: `badStatusLine`, `badHeaderName`, `badHeaderValue`, `contradictoryFraming`.
  package static func responseHead(
    into buffer: inout [UInt8], status: Int, headers: [(String, String)], framing: BodyFraming, keepAlive: Bool
  ) throws(HTTPMessageError) {
    let start: Int = buffer.count
    do throws(HTTPMessageError) {
      guard status >= 100, status <= 999 else { throw .badStatusLine }
      let isInterim: Bool = status < 200
      var framing: BodyFraming = framing
      switch framing {
      case .none: framing = isInterim || status == 204 || status == 304 ? .none : .length(0)
      case .length, .chunked: if isInterim || status == 204 { throw .contradictoryFraming }
      case .untilClose: if isInterim || keepAlive || status == 204 || status == 304 { throw .contradictoryFraming }
      }
      append("HTTP/1.1 ", to: &buffer)
      append(UInt64(status), radix: 10, to: &buffer)
      buffer.append(.space)
      append(reason(status), to: &buffer)
      append("\r\n", to: &buffer)
      let seen: Seen = try fields(headers, into: &buffer, framing: &framing)
      if keepAlive ? seen.close : seen.keepAlive { throw .contradictoryFraming }
      if !keepAlive && !seen.close && !isInterim { append("Connection: close\r\n", to: &buffer) }
      endHead(framing, into: &buffer)
    } catch {
      buffer.removeSubrange(start...)
      throw error
    }
  }

  /// Writes a chunk with its size line and its end. No bytes are no chunk: nothing is written, since a chunk of size 0
  /// would end the body.
  package static func chunk(into buffer: inout [UInt8], _ data: UnsafeRawBufferPointer) {
    guard data.count > 0 else { return }
    append(UInt64(data.count), radix: 16, to: &buffer)
    append("\r\n", to: &buffer)
    buffer.append(contentsOf: data)
    append("\r\n", to: &buffer)
  }

  /// Writes a chunk with its size line and its end, or nothing for no bytes.
  package static func chunk(into buffer: inout [UInt8], _ data: [UInt8]) {
    data.withUnsafeBytes { chunk(into: &buffer, $0) }
  }

  /// Writes the end of a chunked body, with trailer fields.
  ///
  /// - Throws: `badHeaderName`, `badHeaderValue`, `forbiddenTrailer`.
  package static func lastChunk(
    into buffer: inout [UInt8], trailers: [(String, String)] = []
  ) throws(HTTPMessageError) {
    let start: Int = buffer.count
    do throws(HTTPMessageError) {
      append("0\r\n", to: &buffer)
      for (name, value) in trailers {
        switch try append(name, value, to: &buffer) {
        case .host, .contentLength, .transferEncoding: throw .forbiddenTrailer
        default: break
        }
      }
      append("\r\n", to: &buffer)
    } catch {
      buffer.removeSubrange(start...)
      throw error
    }
  }
}

// MARK: Fields

extension HTTPWriter {
  private struct Seen {
    var hosts = 0
    var close = false
    var keepAlive = false
  }

  /// Writes the caller's fields, and takes from `framing` what they have already said.
  private static func fields(
    _ headers: [(String, String)], into buffer: inout [UInt8], framing: inout BodyFraming
  ) throws(HTTPMessageError) -> Seen {
    let wanted: BodyFraming = framing
    var seen = Seen()
    for (name, value) in headers {
      guard let known = try append(name, value, to: &buffer) else { continue }
      switch known {
      case .host:
        seen.hosts += 1
        for byte in value.utf8 where !byte.isHostCharacter { throw .badHost }
      case .contentLength:
        switch wanted {
        case .length(let length): guard value == String(length) else { throw .contradictoryFraming }
        default: throw .contradictoryFraming
        }
        guard framing == wanted else { throw .contradictoryFraming }
        framing = .none
      case .transferEncoding:
        guard framing == .chunked, value == "chunked" else { throw .contradictoryFraming }
        framing = .none
      case .connection:
        let headers = HTTPHeaders([("connection", value)])
        seen.close = seen.close || headers.contains("connection", token: "close")
        seen.keepAlive = seen.keepAlive || headers.contains("connection", token: "keep-alive")
      case .expect: break
      }
    }
    return seen
  }

  private static func endHead(_ framing: BodyFraming, into buffer: inout [UInt8]) {
    switch framing {
    case .none, .untilClose: break
    case .length(let length):
      append("Content-Length: ", to: &buffer)
      append(length, radix: 10, to: &buffer)
      append("\r\n", to: &buffer)
    case .chunked: append("Transfer-Encoding: chunked\r\n", to: &buffer)
    }
    append("\r\n", to: &buffer)
  }

  /// Writes one field after checking it, and says whether it is one that matters here.
  private static func append(
    _ name: String, _ value: String, to buffer: inout [UInt8]
  ) throws(HTTPMessageError) -> FramingFields.Known? {
    let start: Int = buffer.count
    buffer.append(contentsOf: name.utf8)
    let end: Int = buffer.count
    guard end > start else { throw .emptyHeaderName }
    append(": ", to: &buffer)
    let valueStart: Int = buffer.count
    buffer.append(contentsOf: value.utf8)
    let valueEnd: Int = buffer.count
    append("\r\n", to: &buffer)
    let (fault, known): (HTTPMessageError?, FramingFields.Known?) = buffer.withUnsafeBufferPointer {
      let bytes: UnsafePointer<UInt8> = $0.baseAddress!
      for position in start..<end where !bytes[position].isToken { return (.badHeaderName, nil) }
      if firstControl(bytes, from: valueStart, to: valueEnd) < valueEnd { return (.badHeaderValue, nil) }
      return (nil, FramingFields.recognize(bytes, start, end - start))
    }
    if let fault { throw fault }
    return known
  }

  private static func check(method: String) throws(HTTPMessageError) {
    if method.isEmpty { throw .badMethod }
    for byte in method.utf8 where !byte.isToken { throw .badMethod }
  }

  private static func check(target: String) throws(HTTPMessageError) {
    if target.isEmpty { throw .badTarget }
    for byte in target.utf8 where byte <= 0x20 || byte >= 0x7F || byte == UInt8(ascii: "#") { throw .badTarget }
  }

  private static func append(_ text: StaticString, to buffer: inout [UInt8]) {
    buffer.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  private static func append(_ number: UInt64, radix: UInt64, to buffer: inout [UInt8]) {
    let start: Int = buffer.count
    var rest: UInt64 = number
    repeat {
      let digit = UInt8(rest % radix)
      buffer.append(digit < 10 ? 0x30 + digit : 0x61 + digit - 10)
      rest /= radix
    } while rest > 0
    buffer[start...].reverse()
  }
}
