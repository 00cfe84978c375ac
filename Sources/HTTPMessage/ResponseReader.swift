/// Reads HTTP/1.1 and HTTP/1.0 responses from the bytes of a connection, however they are split.
///
/// Call `begin(headOnly:)` for every request sent, `read` with what was received until it returns `.needMore`, `.end`
/// or `.failed`, and `finish` when the peer has closed. The reader allocates nothing in the steady state.
///
/// After `.end` further reads return `.end` and consume nothing: bytes left over were sent for no request, unless
/// requests were pipelined, and the caller decides what they mean.
///
/// A value type without locks: one connection's reader on one thread.
package struct ResponseReader: Sendable {
  private enum Stage {
    case head
    case body
    case failed(HTTPMessageError)
  }

  /// The header fields. Valid from `.head` on, until the next head; also after `.interim`, whose own they are.
  package private(set) var headers = HTTPHeaders()
  private var head: HeadReader
  private var body: BodyReader
  private var stage: Stage = .head
  private var headOnly = false
  private var interimCount = 0
  private let maxInterimResponses: Int
  /// Deviations from the grammar with which a response is read all the same.
  package let tolerated: HTTPDeviations
  /// Between fields of the head, where each for itself is sound.
  private var contradictions: HTTPDeviations = []

  /// Whether the connection may carry another exchange after this response (RFC 9112, section 9.3).
  /// Valid from `.head` on.
  package private(set) var keepAlive = false

  /// A reader that awaits its first response, as after `begin(headOnly: false)`.
  package init(limits: HTTPLimits = HTTPLimits(), tolerating tolerated: HTTPDeviations = []) {
    head = HeadReader(.response, limits: limits, unfolds: true, tolerating: tolerated)
    body = BodyReader(limits: limits, unfolds: true, tolerating: tolerated)
    self.tolerated = tolerated
    maxInterimResponses = limits.maxInterimResponses
  }

  /// Makes ready for the next response.
  ///
  /// - Parameter headOnly: the request was HEAD, whose response has no body whatever its fields say.
  package mutating func begin(headOnly: Bool) {
    self.headOnly = headOnly
    head.begin()
    body.clear()
    stage = .head
    interimCount = 0
    keepAlive = false
    contradictions = []
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

  /// Tells that the peer has closed its side: `.end` where the body lasts until then or had already ended, else
  /// `.failed` with `truncated`, or with `closedBeforeMessage` where no byte of a response had come.
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

  /// Whether any byte has come since `begin`.
  package var hasStarted: Bool { interimCount > 0 || head.hasStarted }

  /// The status code, 200 to 999. Valid from `.head` on, as is all that follows; asking earlier is safe and says
  /// nothing.
  package var status: Int { head.scanner.status }
  /// The reason phrase; often empty, and of no meaning to programs.
  package var reason: String { String(decoding: headers.bytes[head.scanner.second], as: UTF8.self) }
  /// The `x` of `HTTP/1.x`.
  package var minorVersion: Int { head.scanner.minorVersion }
  package var framing: BodyFraming { body.framing }
  /// The trailer fields of a chunked body, kept apart from the headers. Valid at `.end`.
  package var trailers: HTTPHeaders { body.trailers }

  /// Deviations that were met in the response and tolerated. Valid at `.end`.
  package var deviations: HTTPDeviations {
    if tolerated.isEmpty { return [] }
    let scanner: HeadScanner = head.scanner
    return contradictions.union(scanner.found).union(scanner.fields.deviations).union(body.deviations)
  }

  /// How long the target says that it keeps an idle connection, `timeout` of `Keep-Alive`, in seconds; negative if it does
  /// not say. Valid from `.head` on.
  package var keepAliveSeconds: Int { Int(head.scanner.fields.keepAliveSeconds) }

  private mutating func fail(_ fault: HTTPMessageError) {
    stage = .failed(fault)
    keepAlive = false
  }

  /// Decides the framing (RFC 9112, section 6.3).
  @inline(__always)
  private mutating func endHead() -> HTTPEvent {
    let status: Int = head.scanner.status
    let minorVersion: Int = head.scanner.minorVersion
    let fields: FramingFields = head.scanner.fields
    if let fault = fields.contradiction(minorVersion: minorVersion) {
      contradictions = fields.contradictions(minorVersion: minorVersion)
      if !tolerated.isSuperset(of: contradictions) { return .failed(fault) }
    }
    if status < 200 {
      if status == 101 { return .failed(.upgradeNotAsked) }
      interimCount += 1
      if interimCount > maxInterimResponses { return .failed(.tooManyInterimResponses) }
      head.begin()
      return .interim(status: status)
    }

    let framing: BodyFraming
    if headOnly || status == 204 || status == 304 {
      framing = .none
    } else if fields.hasTransferEncoding {
      framing = .chunked
    } else if fields.hasContentLength {
      framing = .length(fields.contentLength)
    } else {
      framing = .untilClose
    }
    body.begin(framing)
    stage = .body
    keepAlive =
      framing != .untilClose && contradictions.isEmpty && fields.keepAlive(minorVersion: minorVersion)
    return .head
  }
}
