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
  /// - Throws: `badMethod`, `badTarget`, `emptyHeaderName`, `badHeaderName`, `badHeaderValue`, `missingHost`,
  ///   `duplicateHost`, `badHost`, `contradictoryFraming`.
  package static func requestHead(
    into buffer: inout [UInt8], method: String, target: String, headers: [(String, String)], framing: BodyFraming
  ) throws(HTTPMessageError) {
    let start: Int = buffer.count
    do throws(HTTPMessageError) {
      var framing: BodyFraming = framing
      if framing == .untilClose { throw .contradictoryFraming }
      try append(method: method, target: target, to: &buffer)
      append("HTTP/1.1\r\n", to: &buffer)
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
  /// - Throws: `badStatusLine`, `emptyHeaderName`, `badHeaderName`, `badHeaderValue`, `contradictoryFraming`.
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
  /// - Throws: `emptyHeaderName`, `badHeaderName`, `badHeaderValue`, `forbiddenTrailer`.
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
