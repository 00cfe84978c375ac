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
        if exchange.firstByte == 0 { exchange.firstByte = now }
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
        case .complete(let isClean, let keepAlive):
          let reusable = isClean && !isPeerClosing && keepAlive && policy != .fresh
          complete(exchange, at: now, reusable: reusable && isQuiet(isDrained: isDrained))
          return
        case .refused(let error):
          fail(error.isOverLimit ? .tooLarge : .malformed, "the answer is refused: \(error)")
          return
        }
      case .nothing:
        if sendErrno != 0 { fail(.reset, String(cString: strerror(sendErrno))) }
        return
      case .closed:
        peerClosed(exchange)
        return
      case .failed(let failure, let detail):
        fail(failure, detail)
        return
      }
    }
  }

  /// Whether nothing came after an answer that ended with the last bytes received. What a TLS session has not read by then
  /// was sent for no request, and is found with the next one.
  @inline(__always)
  private func isQuiet(isDrained: Bool) -> Bool {
    if isDrained { return true }
    if let session, !isPeerClosing { return !session.holdsMore }
    return isQuiet
  }

  /// Whether nothing more has arrived.
  private var isQuiet: Bool {
    if case .nothing = receiveBytes() { true } else { false }
  }

  private enum Understood {
    case incomplete
    /// Clean: nothing came after it.
    case complete(isClean: Bool, keepAlive: Bool)
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
      case .head: exchange.status = reader.status
      case .body(let range): exchange.keep(UnsafeRawBufferPointer(rebasing: input[range]))
      case .end: return .complete(isClean: offset == input.count, keepAlive: reader.keepAlive)
      case .failed(let error): return .refused(error)
      }
    }
  }

  private func peerClosed(_ exchange: HTTPExchange) {
    switch exchange.isPartlyRead ? exchange.reader!.finish() : .failed(.closedBeforeMessage) {
    case .end:
      complete(exchange, at: monotonicNow(), reusable: false)
    case .failed(.closedBeforeMessage) where sendErrno != ECONNRESET:
      let history =
        requests == 1
        ? "closed without an answer"
        : "closed without an answer, on a connection that had carried \(requests - 1) before"
      fail(.closed, history)
    case .failed where sendErrno == ECONNRESET:
      fail(.reset, String(cString: strerror(ECONNRESET)))
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
