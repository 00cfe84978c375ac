import EventLoop
import HTTPMessage

/// What follows a request's head.
package enum HTTPRequestBody: Sendable {
  case none
  case bytes([UInt8])
  /// `count` times `byte`, without a buffer of that size.
  case repeated(byte: UInt8, count: Int)

  package var count: Int {
    switch self {
    case .none: 0
    case .bytes(let bytes): bytes.count
    case .repeated(_, let count): count
    }
  }
}

/// One request and what came of it. A virtual user owns one and fills it anew for each request: once its buffers
/// have grown, nothing is allocated.
///
/// To be touched on the client's loop only. Overlapping access is not checked at run time: no code of others runs
/// while a property is being changed, and the checks take a twentieth of the instructions of a request.
package final class HTTPExchange: @unchecked Sendable {
  // MARK: Set before `perform`

  /// The whole head of the request, blank line included; with `Content-Length` or `Transfer-Encoding` where there
  /// is a body.
  @exclusivity(unchecked) package var head: [UInt8] = []
  @exclusivity(unchecked) package var requestBody = HTTPRequestBody.none
  /// Frame the body in chunks; the head must say so.
  @exclusivity(unchecked) package var chunked = false
  /// The request is `HEAD`: its answer has no body whatever the head says.
  @exclusivity(unchecked) package var expectsNoBody = false
  /// Keep the answer's body in `body`, up to `maxBodyBytes`. Otherwise it is only counted.
  @exclusivity(unchecked) package var keepBody = true
  @exclusivity(unchecked) package var maxBodyBytes = 16 << 20
  /// Keep the answer's header fields, trailers and reason.
  @exclusivity(unchecked) package var keepHeaders = true
  /// The head has `Connection: close`: the connection carries no further request (RFC 9112, section 9.6).
  @exclusivity(unchecked) package var closesConnection = false
  /// Whether the request may be sent a second time.
  @exclusivity(unchecked) package var repetition = Repetition.notIdempotent
  /// Nanoseconds from `sent` to `done`.
  @exclusivity(unchecked) package var timeout: UInt64 = 30_000_000_000

  /// What becomes of a request if the connection that carries it had been used before and ends without a byte of a
  /// response.
  package enum Repetition: Sendable {
    /// It is sent again, once, on a new connection.
    case allowed
    /// It fails, since it may take effect twice (RFC 9110, section 9.2.2).
    case notIdempotent
    /// It fails, since nothing is to be sent again.
    case switchedOff
  }

  // MARK: Filled by `perform`

  /// `nil` where an answer came.
  @exclusivity(unchecked) package internal(set) var failure: TransportFailure?
  /// The failure in words, with the address; empty where an answer came.
  @exclusivity(unchecked) package internal(set) var detail = ""
  /// The final status; with a failure, that of an answer which broke off after its head, else 0.
  @exclusivity(unchecked) package internal(set) var status = 0
  @exclusivity(unchecked) package internal(set) var body: [UInt8] = []
  /// Of the answer, received, framing left out; more than `body.count` where it was not kept or was cut.
  @exclusivity(unchecked) package internal(set) var bodyBytes = 0
  @exclusivity(unchecked) package internal(set) var bodyTruncated = false

  /// `perform` was called. Monotonic nanoseconds, as the other instants.
  @exclusivity(unchecked) package internal(set) var started: UInt64 = 0
  /// Just before the first byte went to the kernel; 0 where none did. Of a request that was sent again: the first time.
  @exclusivity(unchecked) package internal(set) var sent: UInt64 = 0
  /// The first bytes of the answer were there; 0 where none came. An interim answer (1xx) counts.
  @exclusivity(unchecked) package internal(set) var firstByte: UInt64 = 0
  /// The last byte was there, or the failure was found.
  @exclusivity(unchecked) package internal(set) var done: UInt64 = 0
  /// Bytes handed to the connection, and had from it, with heads and framing; under TLS before encryption.
  @exclusivity(unchecked) package internal(set) var bytesSent = 0
  @exclusivity(unchecked) package internal(set) var bytesReceived = 0
  /// The connection was opened while the request waited for it.
  @exclusivity(unchecked) package internal(set) var openedConnection = false
  /// From the start of resolving to the connection's being ready, where one was opened for this request; without the
  /// turn wait.
  @exclusivity(unchecked) package internal(set) var connectTime: UInt64 = 0
  /// From `started` to having a connection.
  @exclusivity(unchecked) package internal(set) var connectionWait: UInt64 = 0
  /// The part of the time since `started` in which the connection's turn to be begun had not come: a crowd's connections
  /// begin in turns. It is the client's own doing.
  @exclusivity(unchecked) package internal(set) var turnWait: UInt64 = 0
  /// The request was sent a second time, on a new connection.
  @exclusivity(unchecked) package internal(set) var wasRepeated = false
  /// The answer was complete before the request was.
  @exclusivity(unchecked) package internal(set) var answeredEarly = false

  /// The answer's header fields; valid where `status` is not 0 and `keepHeaders` was set, until the next `perform`.
  package var headers: HTTPHeaders { reader?.headers ?? HTTPHeaders() }
  /// The trailer fields of a chunked answer.
  package var trailers: HTTPHeaders { reader?.trailers ?? HTTPHeaders() }
  package var reason: String { reader?.reason ?? "" }

  // MARK: The client's own

  /// `reader` has read a part of this answer.
  @exclusivity(unchecked) var isPartlyRead = false
  @exclusivity(unchecked) var continuation: UnsafeContinuation<Void, Never>?
  /// The connection that carries it. Weaker than weak: it is set only while that connection lives.
  @exclusivity(unchecked) unowned(unsafe) var connection: HTTPConnection?
  private let timer: ExchangeTimer
  @exclusivity(unchecked) private var deadline: UInt64 = 0
  /// When the timer fires; `max` where it is not armed.
  @exclusivity(unchecked) private var armedUntil = UInt64.max
  /// Of an answer that comes in pieces, or whose headers are kept. All others are read by the client's own, which is
  /// hot in the cache and knows the last head. Stands last: what every request touches lies together (`foresee`).
  @exclusivity(unchecked) var reader: ResponseReader?

  package init() {
    timer = ExchangeTimer()
    timer.exchange = self
  }

  deinit { timer.exchange = nil }

  /// The request has begun and not ended.
  package var isUnderWay: Bool { continuation != nil }

  /// Forgets the answer before.
  @inline(__always)
  func begin(at now: UInt64) {
    started = now
    sent = 0
    firstByte = 0
    done = 0
    failure = nil
    status = 0
    bodyBytes = 0
    bodyTruncated = false
    bytesSent = 0
    bytesReceived = 0
    openedConnection = false
    connectTime = 0
    connectionWait = 0
    turnWait = 0
    wasRepeated = false
    answeredEarly = false
    if !detail.isEmpty { detail = "" }
    if !body.isEmpty {
      // A user who once had a large answer does not hold its memory for good.
      body.removeAll(keepingCapacity: body.count <= Self.keptCapacity)
    }
    isPartlyRead = false
  }

  /// Takes over the reader that has read the answer, or a part of it, in exchange for another.
  func take(_ used: inout ResponseReader) {
    var spare = reader ?? ResponseReader(tolerating: used.tolerated)
    swap(&spare, &used)
    reader = spare
  }

  private static let keptCapacity = 256 << 10

  @inline(__always)
  func keep(_ bytes: UnsafeRawBufferPointer) {
    bodyBytes &+= bytes.count
    guard keepBody else { return }
    let room: Int = maxBodyBytes &- body.count
    if bytes.count <= room {
      body.append(contentsOf: bytes)
    } else {
      body.append(contentsOf: bytes.prefix(max(0, room)))
      bodyTruncated = true
    }
  }

  // MARK: The timeout

  /// Starts the timeout. The timer is left where an earlier request armed it, unless that is too late: most requests
  /// touch no heap.
  @inline(__always)
  func startTimeout(on connection: HTTPConnection) {
    let (sum, overflow) = sent.addingReportingOverflow(timeout)
    deadline = overflow ? .max : sum
    if armedUntil > deadline { arm(on: connection) }
  }

  @inline(never)
  private func arm(on connection: HTTPConnection) {
    armedUntil = deadline
    connection.client.loop.arm(timer, at: deadline)
  }

  fileprivate func timerFired() {
    armedUntil = .max
    guard let connection else { return }
    if monotonicNow() < deadline {
      arm(on: connection)
    } else {
      connection.timedOut()
    }
  }

  @inline(__always)
  func resume() {
    connection = nil
    guard let waiting = continuation else { return }
    continuation = nil
    waiting.resume()
  }
}

private final class ExchangeTimer: LoopTimer {
  /// Set to `nil` when the exchange goes; a timer may stay armed after that.
  unowned(unsafe) var exchange: HTTPExchange?

  override func fire() { exchange?.timerFired() }
}
