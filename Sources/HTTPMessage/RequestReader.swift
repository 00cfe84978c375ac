/// Reads HTTP/1.1 and HTTP/1.0 requests from the bytes of a connection, however they are split.
///
/// Call `read` with what was received until it returns `.needMore`, `.end` or `.failed`, `begin` before the next
/// request (its bytes may already be there: `.end` leaves them unconsumed), and `finish` when the peer has closed. The
/// reader itself allocates nothing in the steady state.
///
/// A value type without locks: one connection's reader on one thread.
package struct RequestReader: Sendable {
  private enum Stage {
    case head
    case body
    case failed(HTTPMessageError)
  }

  /// The header fields. Valid from `.head` on, until the next head.
  package private(set) var headers = HTTPHeaders()
  private var head: HeadReader
  private var body: BodyReader
  private var stage: Stage = .head

  /// Whether the client wants the connection kept after this request (RFC 9112, section 9.3). Valid from `.head` on.
  package private(set) var keepAlive = false

  /// A reader that awaits its first request, as after `begin()`.
  package init(limits: HTTPLimits = HTTPLimits()) {
    head = HeadReader(.request, limits: limits)
    body = BodyReader(limits: limits)
  }

  /// Makes ready for the next request.
  package mutating func begin() {
    head.begin()
    body.clear()
    stage = .head
    keepAlive = false
  }

  /// Reads on from `offset`, moves it past what was consumed, and returns the next event.
  ///
  /// - Complexity: O(bytes consumed).
  package mutating func read(_ input: UnsafeRawBufferPointer, from offset: inout Int) -> HTTPEvent {
    let event: HTTPEvent
    switch stage {
    case .failed(let fault): return .failed(fault)
    case .body: event = body.read(input, from: &offset)
    case .head:
      switch head.read(input, from: &offset, into: &headers) {
      case .needMore: return .needMore
      case .complete: event = endHead()
      case .failed(let fault): event = .failed(fault)
      }
    }
    if case .failed(let fault) = event { fail(fault) }
    return event
  }

  /// Tells that the peer has closed its side: `.end` where the request had ended, else `.failed` with `truncated`, or
  /// with `closedBeforeMessage` where no byte of a request had come, which is how a kept connection ends well.
  package mutating func finish() -> HTTPEvent {
    let event: HTTPEvent
    switch stage {
    case .failed(let fault): event = .failed(fault)
    case .body: event = body.finish()
    case .head: event = .failed(hasStarted ? .truncated : .closedBeforeMessage)
    }
    if case .failed(let fault) = event { fail(fault) }
    return event
  }

  /// Whether any byte of a request has come since `begin`.
  package var hasStarted: Bool { head.hasStarted }

  /// The method as it was sent; methods are case-sensitive. Valid from `.head` on, as is all that follows.
  package var method: String { text(head.scanner.first) }
  /// The request target as it was sent: path and query; an absolute URL; for CONNECT host and port;
  /// for OPTIONS also `*`.
  package var target: String { text(head.scanner.second) }
  /// The head has the very bytes of the one before it on the connection.
  package var isRepeated: Bool { head.isRepeated }
  /// The `x` of `HTTP/1.x`.
  package var minorVersion: Int { head.scanner.minorVersion }
  package var framing: BodyFraming { body.framing }
  /// The trailer fields of a chunked body, kept apart from the headers. Valid at `.end`.
  package var trailers: HTTPHeaders { body.trailers }

  /// Whether the client waits for `100 Continue` before it sends the body (RFC 9110, section 10.1.1).
  package var expectsContinue: Bool {
    let fields: FramingFields = head.scanner.fields
    return fields.expectsContinue && minorVersion > 0 && framing != .none && framing != .length(0)
  }

  private func text(_ range: Range<Int>) -> String { String(decoding: headers.bytes[range], as: UTF8.self) }

  private mutating func fail(_ fault: HTTPMessageError) {
    stage = .failed(fault)
    keepAlive = false
  }

  /// Decides the framing (RFC 9112, section 6.3), after the rule on Host (RFC 9112, section 3.2).
  private mutating func endHead() -> HTTPEvent {
    let minorVersion: Int = head.scanner.minorVersion
    let fields: FramingFields = head.scanner.fields
    if let fault = fields.contradiction(minorVersion: minorVersion) { return .failed(fault) }
    if minorVersion > 0, !fields.hasHost { return .failed(.missingHost) }

    if fields.hasTransferEncoding {
      body.begin(.chunked)
    } else {
      body.begin(fields.hasContentLength ? .length(fields.contentLength) : .none)
    }
    stage = .body
    keepAlive = fields.keepAlive(minorVersion: minorVersion)
    return .head
  }
}
