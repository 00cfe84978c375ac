import CLibcurl
import EventLoop
import Glibc

extension HTTPConnection {
  /// Sends as much of the request as the kernel takes at once: nearly always all of it.
  @inline(__always)
  func sendRequest(of exchange: HTTPExchange) {
    // libcurl's own way under TLS wants what was not taken whole again from the same place.
    if handle == nil || session != nil, case .none = exchange.requestBody, !exchange.chunked {
      let outcome: SendOutcome = exchange.head.withUnsafeBytes { transmit($0) }
      if case .sent(let count) = outcome, count == exchange.head.count {
        exchange.bytesSent &+= count
      } else {
        beginSending(exchange, after: outcome)
      }
    } else {
      beginSending(exchange, after: .sent(0))
    }
  }

  /// The way of requests with a body of their own, and of what was not taken whole.
  @inline(never)
  private func beginSending(_ exchange: HTTPExchange, after first: SendOutcome) {
    wire = RequestWire(
      headCount: exchange.head.count, bodyCount: exchange.requestBody.count, chunked: exchange.chunked)
    position = 0
    sendErrno = 0
    isSending = true
    switch first {
    case .sent(let count):
      position = count
      exchange.bytesSent += count
      continueSending(exchange)
    case .full: break
    case .failed(let errno): sendFailed(exchange, errno)
    }
  }

  /// Goes on sending until all is sent, the kernel takes no more, or others must have their turn.
  func continueSending(_ exchange: HTTPExchange) {
    let turnEnd: Int = position + Self.turnBytes
    while position < wire.count {
      if position >= turnEnd { return client.postpone(self) }
      let outcome: SendOutcome = sendPiece(exchange)
      switch outcome {
      case .sent(let count):
        position += count
        exchange.bytesSent += count
      case .full: return
      case .failed(let errno):
        sendFailed(exchange, errno)
        return
      }
    }
    isSending = false
  }

  enum SendOutcome {
    case sent(Int)
    case full
    case failed(errno: Int32)
  }

  /// Sends what lies at `position`: from the user's own bytes where they stand alone on the wire, else by way of the
  /// client's buffer. The same position always gives the same bytes at the same place, which a repeated TLS write needs.
  private func sendPiece(_ exchange: HTTPExchange) -> SendOutcome {
    let buffer: UnsafeMutableRawBufferPointer = client.sendBuffer
    if let offset = wire.bodyOffset(at: position), case .bytes(let bytes) = exchange.requestBody {
      return bytes.withUnsafeBytes { transmit(UnsafeRawBufferPointer(rebasing: $0[offset...].prefix(buffer.count))) }
    }
    let count: Int = wire.copy(from: position, head: exchange.head, body: exchange.requestBody, into: buffer)
    return transmit(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
  }

  @inline(__always)
  private func transmit(_ bytes: UnsafeRawBufferPointer) -> SendOutcome {
    if let session { return session.send(bytes) }
    if let handle {
      var sent: Int = 0
      let code: CURLcode = curl_easy_send(handle.easy, bytes.baseAddress, bytes.count, &sent)
      switch code {
      case CURLE_OK: return .sent(sent)
      case CURLE_AGAIN: return .full
      default: return .failed(errno: EPIPE)
      }
    }
    while true {
      let sent: Int = send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
      if sent >= 0 { return .sent(sent) }
      if errno == EAGAIN { return .full }
      if errno != EINTR { return .failed(errno: errno) }
    }
  }

  /// The target takes no more. It may have said why before: a 413, then a close.
  private func sendFailed(_ exchange: HTTPExchange, _ errno: Int32) {
    sendErrno = errno
    isPeerClosing = true
    receive(exchange)
  }
}
