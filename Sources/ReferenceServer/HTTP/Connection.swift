import EventLoop
import Glibc
import HTTPMessage

/// One client connection: a task that reads a request, lets its handler answer, writes the answer, and begins again.
///
/// Everything happens on the loop's thread; bytes are received into and sent from buffers of the loop, and a
/// connection keeps memory of its own only for what arrives or leaves in parts.
final class Connection: IOHandler, @unchecked Sendable {
  let descriptor: Int32
  let info: ConnectionInfo
  let server: LoopServer

  @exclusivity(unchecked) var reader: RequestReader
  /// Received after the end of the request under way.
  @exclusivity(unchecked) var surplus: [UInt8] = []
  /// The request whose head has been read and whose body has not.
  @exclusivity(unchecked) var incoming: IncomingRequest?
  /// Of the request before.
  @exclusivity(unchecked) var lastAsked: Asked?

  @exclusivity(unchecked) var phase = Phase.idle
  /// Whether the socket may hold bytes that were not received yet.
  @exclusivity(unchecked) var mayRead = true
  /// The client has closed its sending side.
  @exclusivity(unchecked) var peerClosed = false
  /// The socket failed; nothing can be sent.
  @exclusivity(unchecked) var isBroken = false

  @exclusivity(unchecked) private var waiter: UnsafeContinuation<Void, Never>?
  private let timer = ConnectionTimer()
  @exclusivity(unchecked) private var deadline: UInt64 = .max
  @exclusivity(unchecked) var timedOut = false
  /// Receives since the last wait: after some, others get their turn.
  @exclusivity(unchecked) var readsInARow = 0

  enum Phase {
    /// Nothing of a request has come.
    case idle
    case head
    case body
    /// A handler has the request.
    case handling
    case sending
    /// Refused: what still comes is thrown away.
    case lingering
  }

  init(descriptor: Int32, info: ConnectionInfo, server: LoopServer) {
    self.descriptor = descriptor
    self.info = info
    self.server = server
    reader = RequestReader(limits: server.routes.httpLimits)
    super.init()
    timer.connection = self
  }

  // MARK: - The task

  func serve() async {
    beginRequest()
    while true {
      switch nextStep() {
      case .wait:
        await wait()
      case .yield:
        await server.loop.yield()
      case .handle(let call):
        let response: ServerResponse
        switch call.target {
        case .route(let index):
          phase = .handling
          deadline = .max
          response = await server.routes.router.routes[index].handler(call.request)
        case .failure(let failure):
          response = server.routes.router.answer(failure, to: call.request)
        }
        if server.routes.faults.drops(call.request) {
          finish(call, status: response.status)
          return await end(lingering: false)
        }
        let persists = call.keepAlive && !response.closes && !server.isStopping
        write(response, to: call, persists: persists)
        while hasUnsent { await wait() }
        finish(call, status: response.status)
        if !persists || isBroken { return await end(lingering: !surplus.isEmpty) }
        beginRequest()
      case .refuse(let refusal):
        write(refusal)
        while hasUnsent { await wait() }
        finishRefusal(refusal)
        return await end(lingering: true)
      case .end:
        return await end(lingering: false)
      }
    }
  }

  /// Tells the client that the server is full, without waiting for a request.
  func turnAway() async {
    var refusal = Refusal(
      response: .error(503, "TOO_MANY_CONNECTIONS", "the server has all the connections that it takes"),
      name: "tooManyConnections", incoming: nil)
    refusal.response.headers = [("Retry-After", "1")]
    write(refusal)
    while hasUnsent { await wait() }
    finishRefusal(refusal)
    await end(lingering: true)
  }

  /// Ends the connection; after a refusal not before the client has had the chance to read it.
  ///
  /// A socket closed while received bytes are unread, or while more come, answers them with a reset, which may throw
  /// away at the client what it has not read yet. So only the sending side is shut, and the rest is read for a while.
  private func end(lingering: Bool) async {
    if lingering, !isBroken, shutdown(descriptor, Int32(SHUT_WR)) == 0 {
      phase = .lingering
      timedOut = false
      setDeadline(EventLoop.now() &+ server.routes.limits.lingerTimeout.wholeNanoseconds)
      var remaining = server.routes.limits.lingerBytes
      while remaining > 0, !timedOut, !isBroken {
        let count = recv(descriptor, server.input.baseAddress!, server.input.count, 0)
        if count > 0 {
          remaining -= count
          await server.loop.yield()
        } else if count < 0, errno == EAGAIN || errno == EINTR {
          await wait()
        } else {
          break
        }
      }
    }
    server.loop.cancel(timer)
    server.loop.deregister(descriptor, handler: self)
    close(descriptor)
    server.forget(self)
  }

  func closeUnregistered() { close(descriptor) }

  // MARK: - Waiting

  /// Suspends until something may have become possible: there is more to read, all is sent, the deadline has passed, or
  /// the server stops.
  @inline(__always)
  private func wait() async {
    readsInARow = 0
    await withUnsafeContinuation { waiter = $0 }
  }

  private func wake() {
    let waiter = waiter
    self.waiter = nil
    waiter?.resume()
  }

  override func ready(_ readiness: Readiness) {
    if readiness.contains(.readable) { mayRead = true }
    if !readiness.isDisjoint(with: [.peerClosed, .hangup]) {
      peerClosed = true
      mayRead = true
    }
    if readiness.contains(.error) {
      isBroken = true
      mayRead = true
    }
    if hasUnsent {
      resumeSending()
      if phase == .sending, !hasUnsent { wake() }
    } else if phase != .handling, phase != .sending, mayRead {
      wake()
    }
  }

  /// Sets when the present phase has lasted too long. The timer is moved only towards an earlier instant: most
  /// deadlines are later than the one before, and are looked at when the timer fires.
  func setDeadline(_ deadline: UInt64) {
    self.deadline = deadline
    if !timer.isArmed || timer.deadline > deadline { server.loop.arm(timer, at: deadline) }
  }

  fileprivate func timerFired() {
    if deadline == .max { return }
    if EventLoop.now() < deadline {
      server.loop.arm(timer, at: deadline)
    } else {
      timedOut = true
      if phase == .sending { abandonSending() }
      wake()
    }
  }

  /// The server stops: a connection without a whole request ends now, any other after its answer.
  func serverStops() {
    if phase == .idle || phase == .head || phase == .lingering { abandon() }
  }

  /// Ends the connection without another word, unless a handler has its request.
  func abandon() {
    isBroken = true
    abandonSending()
    wake()
  }

  // MARK: - Sending

  @exclusivity(unchecked) private var unsent: [UInt8] = []
  @exclusivity(unchecked) private var unsentStart = 0

  private var hasUnsent: Bool { unsentStart < unsent.count }

  /// Sends the loop's output; what the kernel does not take now is kept and sent when it can be.
  func sendOutput() {
    if hasUnsent {
      unsent += server.output.bytes
    } else {
      let sent = send(server.output.bytes)
      if sent < server.output.count, !isBroken {
        unsent = Array(server.output.bytes[sent...])
        unsentStart = 0
      }
    }
    server.output.removeAll()
  }

  /// The answer is written: what is left of it has its time from here on.
  func awaitSent() {
    guard hasUnsent else { return }
    phase = .sending
    setDeadline(EventLoop.now() &+ server.routes.limits.writeTimeout.wholeNanoseconds)
  }

  private func resumeSending() {
    let sent = unsent.withUnsafeBytes { send(UnsafeRawBufferPointer(rebasing: $0[unsentStart...])) }
    unsentStart += sent
    if isBroken || !hasUnsent {
      abandonSending()
    } else if sent > 0, phase == .sending {
      setDeadline(EventLoop.now() &+ server.routes.limits.writeTimeout.wholeNanoseconds)
    }
  }

  /// Forgets what could not be sent; a client that does not read it is not waited for.
  private func abandonSending() {
    if hasUnsent, !isBroken { isBroken = true }
    unsent = []
    unsentStart = 0
  }

  /// Sends until all is sent or the kernel's buffer is full.
  private func send(_ bytes: UnsafeRawBufferPointer) -> Int {
    var sent = 0
    while sent < bytes.count, !isBroken {
      let count = Glibc.send(descriptor, bytes.baseAddress! + sent, bytes.count - sent, Int32(MSG_NOSIGNAL))
      if count >= 0 {
        sent += count
      } else if errno == EAGAIN {
        break
      } else if errno != EINTR {
        isBroken = true
      }
    }
    server.log.bytesSent &+= UInt64(sent)
    return sent
  }
}

private final class ConnectionTimer: LoopTimer {
  /// Owns the timer, and disarms it before it goes.
  unowned var connection: Connection!

  override func fire() { connection.timerFired() }
}
