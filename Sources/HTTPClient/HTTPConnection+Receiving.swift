import CLibcurl
import EventLoop
import Glibc
import HTTPMessage

extension HTTPConnection {
  /// What one receive brought into the client's buffer.
  enum Received {
    case bytes(Int)
    /// All that has arrived is read.
    case nothing
    case closed
    case failed(TransportFailure, String)
  }

  @inline(__always)
  func receiveBytes() -> Received {
    let buffer: UnsafeMutableRawBufferPointer = withClient { $0.receiveBuffer }
    if let session { return session.receive(buffer) }
    if let handle { return receiveBytes(through: handle, buffer) }
    while true {
      let count: Int = recv(descriptor, buffer.baseAddress, buffer.count, 0)
      if count > 0 { return .bytes(count) }
      if count == 0 { return .closed }
      let error: Int32 = errno
      if error == EAGAIN { return .nothing }
      if error != EINTR { return .failed(.reset, String(cString: strerror(error))) }
    }
  }

  private func receiveBytes(through handle: CurlHandle, _ buffer: UnsafeMutableRawBufferPointer) -> Received {
    var count: Int = 0
    switch handle.receive(buffer, &count) {
    case CURLE_OK: return count > 0 ? .bytes(count) : .closed
    case CURLE_AGAIN: return .nothing
    case let code: return Received(tlsFault: handle.message(for: code))
    }
  }

  /// Reads and understands what has arrived, until the answer is complete, nothing more is there, or others must have
  /// their turn.
  func receive(_ exchange: HTTPExchange) {
    let turnEnd: Int = exchange.bytesReceived &+ Self.turnBytes
    while true {
      switch receiveBytes() {
      case .bytes(let count):
        let now: UInt64 = monotonicNow()
        if exchange.firstByte == 0 {
          if now &- exchange.sent < roundTrip, isUnacknowledged(exchange) { return refuseUnasked(exchange, count) }
          exchange.firstByte = now
        }
        exchange.bytesReceived &+= count
        // A full buffer, or TLS, may leave more behind.
        let buffer: UnsafeMutableRawBufferPointer = withClient { $0.receiveBuffer }
        let isDrained = handle == nil && count < buffer.count && !isPeerClosing
        let input = UnsafeRawBufferPointer(rebasing: buffer[..<count])
        let understood: Understood =
          exchange.isPartlyRead
          ? understand(exchange, &exchange.reader!, input)
          : withClient { understandFirst(exchange, input, &$0.reader) }
        switch understood {
        case .incomplete:
          if isDrained { return }
          if exchange.bytesReceived >= turnEnd { return client.postpone(self) }
        case .complete(let end, let keepAlive):
          if end < count { noteUnasked(UnsafeRawBufferPointer(rebasing: input[end...])) }
          let reusable = end == count && !isPeerClosing && keepAlive && isReusable
          complete(exchange, at: now, reusable: reusable && isQuiet(isDrained: isDrained))
          return
        case .refused(let error):
          fail(error.isOverLimit ? .tooLarge : .malformed, "the response is refused: \(error)" + lenience(error))
          return
        }
      case .nothing:
        if sendErrno != 0 { failed(exchange, .reset, String(cString: strerror(sendErrno))) }
        return
      case .closed:
        peerClosed(exchange)
        return
      case .failed(let failure, let detail):
        failed(exchange, failure, detail)
        return
      }
    }
  }

  /// Receiving or sending failed.
  private func failed(_ exchange: HTTPExchange, _ failure: TransportFailure, _ detail: String) {
    guard failure == .reset, exchange.bytesReceived == 0 else { return fail(failure, detail) }
    lose(exchange, failure, "reset before a response (\(detail))")
  }

  /// What to say of a response that a lenient client might have read.
  private func lenience(_ error: HTTPMessageError) -> String {
    if client.options.lenient { return "" }
    switch error.isReadLeniently {
    case true?: return " (client.lenient: true accepts this)"
    case nil: return " (client.lenient: true accepts some of these)"
    case false?: return ""
    }
  }

  // MARK: Responses that nobody asked for

  /// Whether the target's side had not a byte of the request when it sent what has just come, since what it sends
  /// acknowledges what it has.
  private func isUnacknowledged(_ exchange: HTTPExchange) -> Bool {
    var unacknowledged: Int32 = 0
    return ioctl(descriptor, UInt(TIOCOUTQ), &unacknowledged) == 0 && Int(unacknowledged) >= exchange.bytesSent
      && exchange.bytesSent > 0
  }

  /// The bytes received cannot be the response to the request that was just sent.
  private func refuseUnasked(_ exchange: HTTPExchange, _ count: Int) {
    let bytes = UnsafeRawBufferPointer(rebasing: client.receiveBuffer[..<count])
    if Self.isTimeoutNotice(bytes) { return lose(exchange, .closed, "closed before a response") }
    noteUnasked(bytes)
    exchange.bytesReceived &+= count
    fail(.malformed, "the response began before its request was sent: the target answers more than it is asked")
  }

  /// Counts a response that no request asked for; the connection is closed by the caller.
  func noteUnasked(_ bytes: UnsafeRawBufferPointer) {
    guard bytes.starts(with: "HTTP/".utf8.prefix(bytes.count)), !Self.isTimeoutNotice(bytes) else { return }
    client.noteUnaskedResponse(from: origin)
  }

  /// `408 Request Timeout`, which a server may send before it closes an idle connection (RFC 9110, section 15.5.9).
  private static func isTimeoutNotice(_ bytes: UnsafeRawBufferPointer) -> Bool {
    bytes.count >= 12 && bytes.starts(with: "HTTP/1.".utf8) && bytes[8..<12].elementsEqual(" 408".utf8)
  }

  /// Whether nothing came after an answer that ended with the last bytes received.
  @inline(__always)
  private func isQuiet(isDrained: Bool) -> Bool {
    if isDrained { return true }
    if let session, !isPeerClosing, !session.holdsMore { return true }
    return isQuiet
  }

  /// Whether nothing more has arrived.
  private var isQuiet: Bool {
    switch receiveBytes() {
    case .nothing: return true
    case .bytes(let count):
      noteUnasked(UnsafeRawBufferPointer(rebasing: client.receiveBuffer[..<count]))
      return false
    case .closed, .failed: return false
    }
  }

  private enum Understood {
    case incomplete
    /// The answer ends at an offset of the input.
    case complete(end: Int, keepAlive: Bool)
    case refused(HTTPMessageError)
  }

  /// Reads the first bytes of an answer, of which there are often no more, with the client's own reader.
  @inline(__always)
  private func understandFirst(
    _ exchange: HTTPExchange, _ input: UnsafeRawBufferPointer, _ reader: inout ResponseReader
  ) -> Understood {
    reader.begin(headOnly: exchange.expectsNoBody)
    let understood = understand(exchange, &reader, input)
    switch understood {
    case .incomplete:
      exchange.isPartlyRead = true
      exchange.take(&reader)
    case .complete: if exchange.keepHeaders { exchange.take(&reader) }
    case .refused: break
    }
    return understood
  }

  /// Feeds what was received to a reader. It comes as an argument, since a call on a class's property
  /// copies the whole reader.
  @inline(__always)
  private func understand(
    _ exchange: HTTPExchange, _ reader: inout ResponseReader, _ input: UnsafeRawBufferPointer
  ) -> Understood {
    var offset = 0
    while true {
      switch reader.read(input, from: &offset) {
      case .needMore: return .incomplete
      case .interim: continue
      case .head:
        exchange.status = reader.status
        if reader.keepAliveSeconds >= 0 { note(keepAliveSeconds: reader.keepAliveSeconds) }
      case .body(let range): exchange.keep(UnsafeRawBufferPointer(rebasing: input[range]))
      case .end:
        let deviations = reader.deviations
        if !deviations.isEmpty { client.note(deviations) }
        return .complete(end: offset, keepAlive: reader.keepAlive)
      case .failed(let error): return .refused(error)
      }
    }
  }

  private func peerClosed(_ exchange: HTTPExchange) {
    switch exchange.isPartlyRead ? exchange.reader!.finish() : .failed(.closedBeforeMessage) {
    case .end:
      complete(exchange, at: monotonicNow(), reusable: false)
    case .failed(.closedBeforeMessage) where sendErrno != ECONNRESET:
      lose(exchange, .closed, "closed before a response")
    case .failed where sendErrno == ECONNRESET:
      failed(exchange, .reset, String(cString: strerror(ECONNRESET)))
    default:
      fail(.truncated, "closed in the middle of the answer, after \(exchange.bytesReceived) bytes")
    }
  }
}

extension HTTPMessageError {
  /// Whether the message might be sound, and is only larger than what is read.
  var isOverLimit: Bool {
    switch self {
    case .headTooLarge, .tooManyHeaders, .chunkLineTooLong, .trailersTooLarge, .tooManyInterimResponses: true
    default: false
    }
  }
}
