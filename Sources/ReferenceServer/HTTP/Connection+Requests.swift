import EventLoop
import Glibc
import HTTPMessage

/// A request of which the head has been read.
struct IncomingRequest {
  enum Target {
    case route(Int)
    case failure(RoutingFailure)
  }

  let request: ServerRequest
  var target: Target
  /// Bytes that its body may have.
  var maxBodyBytes: Int
  var keepAlive: Bool
  /// Of `HTTP/1.x`.
  var minorVersion: Int
  /// Monotonic nanoseconds at which the head was complete; service time counts from here.
  var headComplete: UInt64

  var route: Int? {
    if case .route(let index) = target { index } else { nil }
  }
}

/// A request line, and where it goes.
struct Asked {
  let method: String
  let target: String
  let match: RouteMatch
}

/// An answer to something that is not going to be a request.
struct Refusal {
  var response: ServerResponse
  /// For the log.
  var name: String
  /// The request, where its head was whole.
  var incoming: IncomingRequest?
}

/// From bytes to requests.
extension Connection {
  enum Step {
    /// Nothing to be done before the socket is ready.
    case wait
    /// There may be more to read at once, and others shall have their turn first.
    case yield
    case handle(IncomingRequest)
    case refuse(Refusal)
    /// The client has gone, or has been silent for too long between requests.
    case end
  }

  /// At 64 KiB each.
  private static let maxReadsInARow = 16

  /// Makes ready for the next request.
  func beginRequest() {
    reader.begin()
    incoming = nil
    phase = .idle
    setDeadline(server.loop.roundStart &+ server.idleNanoseconds)
  }

  /// What to do next, as far as the bytes go that are there.
  func nextStep() -> Step {
    while true {
      if isBroken { return afterEnd() }
      if timedOut { return afterTimeout() }
      if !surplus.isEmpty {
        let bytes = surplus
        surplus = []
        if let step = bytes.withUnsafeBytes({ consume($0, &reader) }) { return step }
        continue
      }
      if server.isStopping, phase == .idle { return .end }
      if !mayRead { return .wait }
      if readsInARow == Self.maxReadsInARow {
        readsInARow = 0
        return .yield
      }
      readsInARow += 1
      let count = recv(descriptor, server.input.baseAddress!, server.input.count, 0)
      if count > 0 {
        // A read that did not fill the buffer has emptied the socket: what comes later is reported anew. Only an end
        // that was reported together with these bytes is not.
        if count < server.input.count, !peerClosed { mayRead = false }
        server.log.bytesReceived &+= UInt64(count)
        if let step = consume(UnsafeRawBufferPointer(rebasing: server.input[0..<count]), &reader) { return step }
      } else if count == 0 {
        return afterEnd()
      } else if errno == EAGAIN {
        mayRead = false
      } else if errno != EINTR {
        isBroken = true
      }
    }
  }

  /// Reads on in received bytes; `nil`: they are used up.
  ///
  /// The reader is passed along, so that asking it for something does not copy it out of the object first.
  private func consume(_ input: UnsafeRawBufferPointer, _ reader: inout RequestReader) -> Step? {
    var offset = 0
    while true {
      switch reader.read(input, from: &offset) {
      case .needMore:
        noteProgress(&reader)
        return nil
      case .head:
        if let refusal = acceptHead(&reader, bodyFollows: offset < input.count) { return .refuse(refusal) }
      case .body(let range):
        let received = incoming!.request.body.count + range.count
        if received > incoming!.maxBodyBytes { return .refuse(tooLarge(&reader, receivedBytes: received)) }
        incoming!.request.body.append(contentsOf: UnsafeRawBufferPointer(rebasing: input[range]))
      case .end:
        if offset < input.count { surplus = Array(input[offset...]) }
        // Moved, not copied: a copy would count ten references up and down.
        return .handle(incoming.take()!)
      case .failed(let error):
        return .refuse(malformed(error))
      case .interim:
        preconditionFailure("a request has no interim answers")
      }
    }
  }

  /// Finds the route and refuses a body that is declared too large.
  private func acceptHead(_ reader: inout RequestReader, bodyFollows: Bool) -> Refusal? {
    let routes = server.routes
    let asked = asked(&reader)
    var call = IncomingRequest(
      request: ServerRequest(
        method: asked.method, target: asked.target, headers: reader.headers, connection: info,
        number: server.nextRequestNumber()),
      target: .failure(.notFound), maxBodyBytes: routes.limits.maxBodyBytes, keepAlive: reader.keepAlive,
      minorVersion: reader.minorVersion, headComplete: EventLoop.now())
    switch asked.match {
    case .route(let index, let parameters):
      call.request.parameters = parameters
      call.target = .route(index)
      if let wanted = routes.router.routes[index].limits?.maxBodyBytes(call.request) {
        call.maxBodyBytes = max(0, wanted)
      }
    case .failure(let failure):
      call.target = .failure(failure)
    }
    let maxBodyBytes = min(call.maxBodyBytes, routes.limits.bodyCeilingBytes)
    call.maxBodyBytes = maxBodyBytes
    incoming = call
    server.log.requestsInFlight += 1
    guard case .length(let length) = reader.framing else {
      if reader.framing == .chunked { beginBody(&reader, expected: 0, bodyFollows: bodyFollows) }
      return nil
    }
    if length > UInt64(maxBodyBytes) { return tooLarge(&reader, receivedBytes: 0) }
    if length > 0 { beginBody(&reader, expected: Int(length), bodyFollows: bodyFollows) }
    return nil
  }

  /// What the head asks for: looked up once for all heads of the same bytes in a row, as a client that repeats itself
  /// sends.
  private func asked(_ reader: inout RequestReader) -> Asked {
    if reader.isRepeated, let lastAsked { return lastAsked }
    let method = reader.method
    let target = Self.originForm(reader.target)
    let asked = Asked(
      method: method, target: target,
      match: server.routes.table.match(method: method, target: target, server.routes.router.routes))
    lastAsked = asked
    return asked
  }

  private func beginBody(_ reader: inout RequestReader, expected: Int, bodyFollows: Bool) {
    phase = .body
    setBodyDeadline()
    incoming!.request.body.reserveCapacity(min(expected, 1_048_576))
    if reader.expectsContinue, !bodyFollows {
      server.output.append("HTTP/1.1 100 Continue\r\n\r\n")
      sendOutput()
    }
  }

  /// More of a request has come, and not all of it.
  private func noteProgress(_ reader: inout RequestReader) {
    switch phase {
    case .idle where reader.hasStarted:
      phase = .head
      setDeadline(EventLoop.now() &+ server.routes.limits.headTimeout.wholeNanoseconds)
    case .body:
      setBodyDeadline()
    default: break
    }
  }

  /// A body has its time from the head on, and longer in proportion to what has come of it.
  private func setBodyDeadline() {
    let earned =
      UInt64(incoming!.request.body.count) &* 1_000_000_000 / UInt64(max(1, server.routes.limits.minimumBodyRate))
    setDeadline(incoming!.headComplete &+ server.routes.limits.bodyTimeout.wholeNanoseconds &+ earned)
  }

  // MARK: - Ends and refusals

  private func afterTimeout() -> Step {
    timedOut = false
    switch phase {
    case .head: return .refuse(refusal(408, "REQUEST_TIMEOUT", "the head of the request took too long", "headTimeout"))
    case .body: return .refuse(refusal(408, "REQUEST_TIMEOUT", "the body of the request took too long", "bodyTimeout"))
    default: return .end
    }
  }

  private func afterEnd() -> Step {
    if phase == .head || phase == .body { server.log.recordRefusal(HTTPMessageError.truncated.name) }
    if incoming != nil { server.log.requestsInFlight -= 1 }
    return .end
  }

  private func malformed(_ error: HTTPMessageError) -> Refusal {
    let code: String
    switch error.responseStatus {
    case 413: code = "PAYLOAD_TOO_LARGE"
    case 431: code = "HEADERS_TOO_LARGE"
    case 501: code = "NOT_IMPLEMENTED"
    case 505: code = "HTTP_VERSION_NOT_SUPPORTED"
    default: code = "BAD_REQUEST"
    }
    return refusal(error.responseStatus, code, "\(error)", error.name)
  }

  private func refusal(_ status: Int, _ code: String, _ message: String, _ name: String) -> Refusal {
    defer { incoming = nil }
    return Refusal(response: .error(status, code, message), name: name, incoming: incoming)
  }

  private func tooLarge(_ reader: inout RequestReader, receivedBytes: Int) -> Refusal {
    let call = incoming!
    incoming = nil
    var declared: UInt64?
    if case .length(let length) = reader.framing { declared = length }
    let excess = RouteLimits.Excess(
      maxBytes: call.maxBodyBytes, contentLength: declared, receivedBytes: receivedBytes)
    var response: ServerResponse
    if let route = call.route, let limits = server.routes.router.routes[route].limits {
      response = limits.refuse(call.request, excess)
    } else {
      response = .error(
        413, "PAYLOAD_TOO_LARGE", "the body is larger than the \(call.maxBodyBytes) bytes that are allowed here")
    }
    response.closes = true
    return Refusal(response: response, name: "bodyTooLarge", incoming: call)
  }

  /// Path and query of a target that names scheme and host before them (RFC 9112, section 3.2.2).
  private static func originForm(_ target: String) -> String {
    if target.utf8.first == UInt8(ascii: "/") { return target }
    let bytes = target.utf8
    // `http://`, then everything up to the path.
    guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")), bytes[colon...].starts(with: "://".utf8) else {
      return target
    }
    let host = bytes.index(colon, offsetBy: 3)
    guard let path = bytes[host...].firstIndex(where: { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") }) else {
      return "/"
    }
    return (bytes[path] == UInt8(ascii: "/") ? "" : "/") + String(target[path...])
  }

  // MARK: - Answers

  func write(_ response: ServerResponse, to call: IncomingRequest, persists: Bool) {
    let persistence: ResponseHeads.Persistence = !persists ? .close : call.minorVersion == 0 ? .keepAlive : .implied
    let unixSeconds = server.currentUnixSeconds()
    server.heads.write(response, persistence, unixSeconds: unixSeconds, into: server.output)
    if call.request.method != "HEAD" { server.output.append(response.body) }
    sendOutput()
    awaitSent()
  }

  func write(_ refusal: Refusal) {
    let unixSeconds = server.currentUnixSeconds()
    server.heads.write(refusal.response, .close, unixSeconds: unixSeconds, into: server.output)
    if refusal.incoming?.request.method != "HEAD" { server.output.append(refusal.response.body) }
    sendOutput()
    awaitSent()
  }

  func finish(_ call: IncomingRequest, status: Int) {
    server.log.requestsInFlight -= 1
    server.log.record(route: call.route, status: status, nanoseconds: EventLoop.now() &- call.headComplete)
  }

  func finishRefusal(_ refusal: Refusal) {
    server.log.recordRefusal(refusal.name)
    if let call = refusal.incoming { finish(call, status: refusal.response.status) }
  }
}
