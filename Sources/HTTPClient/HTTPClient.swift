import EventLoop
import Glibc
import HTTPMessage

/// HTTP/1.1 over connections that libcurl makes: one client a worker, on the worker's event loop, sharing nothing.
///
/// libcurl resolves, connects, does proxies and TLS; the messages are HTTPMessage's. A plain connection leaves libcurl
/// once it is made, and costs a socket and some 200 bytes here; under TLS its bytes go through libcurl.
///
/// To be touched on the loop's thread only, except for `init`. It must outlive its connections: end all requests
/// (`cancelAll`) before giving it up.
package final class HTTPClient: @unchecked Sendable {
  package let loop: EventLoop
  package let options: HTTPClientOptions

  /// Connections open now, busy and idle, of all origins.
  package var openConnections: Int { connections.count }
  /// Requests begun and not ended, those that wait for a connection included.
  @exclusivity(unchecked) package private(set) var inFlight = 0
  /// Connections opened, and attempts that failed, since the start.
  package private(set) var connectionsOpened: UInt64 = 0
  package private(set) var connectionsFailed: UInt64 = 0
  /// What befell connections and responses besides, since it was last taken.
  @exclusivity(unchecked) package private(set) var events = HTTPClientEvents()

  @exclusivity(unchecked) private(set) var connector: CurlConnector!
  private var origins: [HTTPEndpoint: HTTPOrigin] = [:]
  private var connections: [HTTPConnection] = []
  private var attempts: [ConnectAttempt] = []
  private var postponed: [HTTPConnection] = []
  private var turn: TurnTimer!
  /// Connections of pools that became free while users waited, until the loop knows what else has come on them.
  private var returned: [HTTPConnection] = []
  private var returning: TurnTimer!

  /// Where each receive goes, and what is sent by way of a buffer: both are used up before the next.
  let receiveBuffer: UnsafeMutableRawBufferPointer
  let sendBuffer: UnsafeMutableRawBufferPointer
  /// Reads each answer that comes in one piece, which nearly all do.
  @exclusivity(unchecked) var reader: ResponseReader
  private static let bufferBytes = 65_536

  /// - Throws: where a file that the options name cannot be read, or libcurl lacks what is needed.
  package init(loop: EventLoop, options: HTTPClientOptions = HTTPClientOptions()) throws(HTTPClientError) {
    self.loop = loop
    self.options = options
    receiveBuffer = .allocate(byteCount: Self.bufferBytes, alignment: 4096)
    sendBuffer = .allocate(byteCount: Self.bufferBytes, alignment: 4096)
    reader = ResponseReader(tolerating: options.lenient ? .all : [])
    turn = TurnTimer { [unowned self] in takeTurns() }
    returning = TurnTimer { [unowned self] in giveReturned() }
    connector = try CurlConnector(client: self, settings: CurlSettings(options))
  }

  deinit {
    if connector != nil { cancelAll() }
    connector = nil
    if turn.isArmed { loop.cancel(turn) }
    if returning.isArmed { loop.cancel(returning) }
    receiveBuffer.deallocate()
    sendBuffer.deallocate()
  }

  /// The client's own object for an endpoint: to be looked up once, and kept.
  package func origin(_ endpoint: HTTPEndpoint) -> HTTPOrigin {
    if let origin = origins[endpoint] { return origin }
    let origin = HTTPOrigin(endpoint: endpoint)
    origins[endpoint] = origin
    return origin
  }

  // MARK: Requests

  /// Sends the request in `exchange` and suspends until the exchange holds what came of it.
  ///
  /// A request is sent once, and once more on a new connection where the one that carried it had been used before, ended
  /// without a byte of a response, and the request may be repeated. Cancelling the task does not end it: its timeout does,
  /// or `cancelAll`.
  ///
  /// - Complexity: on an open connection one `send`, one `recv`, two readings of the clock, and no allocation.
  nonisolated(nonsending) package func perform(
    _ exchange: HTTPExchange, to origin: HTTPOrigin, for user: UserConnection
  ) async {
    await withUnsafeContinuation { continuation in
      begin(exchange, to: origin, for: user, resuming: continuation)
    }
  }

  /// As `perform`, for a caller that suspends itself.
  ///
  /// - Parameter continuation: Resumed once the exchange holds what came of it.
  package func begin(
    _ exchange: HTTPExchange, to origin: HTTPOrigin, for user: UserConnection,
    resuming continuation: UnsafeContinuation<Void, Never>
  ) {
    precondition(exchange.continuation == nil, "an exchange carries one request at a time")
    exchange.continuation = continuation
    inFlight &+= 1
    let now: UInt64 = monotonicNow()
    exchange.begin(at: now)
    switch user.policy {
    case .perUser:
      if let connection = user.connection(to: origin) {
        connection._withUnsafeGuaranteedRef {
          precondition(!$0.isBusy, "a user sends one request at a time")
          if now &- $0.idleSince < $0.idleLimit {
            $0.start(exchange, at: now)
          } else {
            renew($0)
            open(to: origin, for: user, waiter: .exchange(exchange), at: now)
          }
        }
      } else {
        open(to: origin, for: user, waiter: .exchange(exchange), at: now)
      }
    case .pooled:
      if let connection = takeIdle(of: origin, at: now) {
        connection.start(exchange, at: now)
      } else {
        origin.waiters.append(.exchange(exchange))
        openForWaiters(of: origin, at: now)
      }
    case .fresh:
      open(to: origin, for: user, waiter: .exchange(exchange), at: now)
    }
  }

  /// What came of opening a connection ahead of a request.
  package enum Opening: Sendable {
    /// Times in nanoseconds: `connectTime` and `turnWait` as an exchange's.
    case opened(connectTime: UInt64, turnWait: UInt64)
    /// There was nothing to open.
    case notNeeded
    case failed(TransportError)

    package var error: TransportError? { if case .failed(let error) = self { error } else { nil } }
  }

  /// Opens the user's connection ahead of its first request, or one more of the pool: as many users as call it before they
  /// send have as many connections, up to the pool's limit. Does nothing where the user's is open, where the pool is full,
  /// and for `fresh`.
  nonisolated(nonsending) package func connect(to origin: HTTPOrigin, for user: UserConnection) async -> Opening {
    await withUnsafeContinuation { continuation in
      switch user.policy {
      case .perUser where user.connection(to: origin) == nil:
        open(to: origin, for: user, waiter: .opening(continuation), at: monotonicNow())
      case .pooled where origin.pooledOpen + origin.pooledOpening < options.maxPooledConnections:
        open(to: origin, for: nil, waiter: .opening(continuation), at: monotonicNow())
      case .perUser, .pooled, .fresh:
        continuation.resume(returning: .notNeeded)
      }
    }
  }

  /// Ends all requests under way as `cancelled` and closes all connections, idle ones too. The client stays usable.
  package func cancelAll() {
    let words = "the run ended it"
    for attempt in attempts {
      connector.cancel(attempt)
      forget(attempt)
      if let waiter = attempt.waiter {
        fail(waiter, TransportError(.cancelled, "\(attempt.origin.endpoint): \(words)"))
      }
    }
    for origin in origins.values {
      while let waiter = origin.waiters.popFirst() {
        fail(waiter, TransportError(.cancelled, "\(origin.endpoint): \(words)"))
      }
    }
    for connection in connections {
      if connection.isBusy { connection.fail(.cancelled, words) } else { connection.retire() }
    }
  }

  /// Hands out the events since the last call.
  package func takeEvents() -> HTTPClientEvents {
    defer { events = HTTPClientEvents() }
    return events
  }

  @inline(__always)
  func ended(_ exchange: HTTPExchange) {
    inFlight &-= 1
    exchange.resume()
  }

  // MARK: Connections

  private func open(to origin: HTTPOrigin, for user: UserConnection?, waiter: ConnectionWaiter?, at now: UInt64) {
    let attempt = ConnectAttempt(origin: origin, user: user, waiter: waiter, began: now)
    attempt.index = attempts.count
    attempts.append(attempt)
    if user == nil {
      origin.pooledOpening += 1
      if waiter != nil { origin.pooledReserved += 1 }
    }
    connector.start(attempt)
  }

  /// Opens connections of a pool as long as users wait for whom none is being opened.
  private func openForWaiters(of origin: HTTPOrigin, at now: UInt64) {
    while origin.pooledOpening - origin.pooledReserved < origin.waiters.count,
      origin.pooledOpen + origin.pooledOpening < options.maxPooledConnections
    {
      open(to: origin, for: nil, waiter: nil, at: now)
    }
  }

  private func forget(_ attempt: ConnectAttempt) {
    let last = attempts.removeLast()
    if last !== attempt {
      attempts[attempt.index] = last
      last.index = attempt.index
    }
    if attempt.user == nil {
      attempt.origin.pooledOpening -= 1
      if attempt.waiter != nil { attempt.origin.pooledReserved -= 1 }
    }
  }

  func connected(_ attempt: ConnectAttempt, descriptor: Int32, handle: CurlHandle?) {
    let policy: ConnectionPolicy = attempt.user?.policy ?? .pooled
    let connection = HTTPConnection(
      client: self, origin: attempt.origin, descriptor: descriptor, handle: handle, policy: policy, now: monotonicNow(),
      user: attempt.user)
    do {
      try loop.register(
        descriptor, for: [.readable, .writable, .peerClosed, .edgeTriggered], handler: connection)
    } catch {
      if let handle { connector.close(handle) } else { Glibc.close(descriptor) }
      failed(attempt, TransportError(.connectFailed, "\(attempt.origin.endpoint): \(error)"))
      return
    }
    forget(attempt)
    connectionsOpened += 1
    connection.index = connections.count
    connections.append(connection)
    let now: UInt64 = monotonicNow()
    if let user = attempt.user {
      if policy == .perUser { user.hold(connection) }
      give(connection, to: attempt.waiter, after: attempt, at: now)
    } else {
      attempt.origin.pooledOpen += 1
      give(connection, to: attempt.waiter ?? attempt.origin.waiters.popFirst(), after: attempt, at: now)
    }
  }

  /// The TLS session that libcurl made, where it may be used directly: not within a proxy's.
  func session(of handle: CurlHandle, on descriptor: Int32) -> TLSSession? {
    if let proxy = options.proxy, proxy.lowercased().hasPrefix("https:") { return nil }
    return TLSSession(
      of: handle, on: descriptor, keepsBuffers: connections.count < Self.connectionsWithBuffers)
  }

  /// Beyond as many, each TLS record allocates its buffer anew rather than have all of them held.
  private static let connectionsWithBuffers = 1_000

  private func give(
    _ connection: HTTPConnection, to waiter: ConnectionWaiter?, after attempt: ConnectAttempt?, at now: UInt64
  ) {
    switch waiter {
    case .exchange(let exchange):
      if let attempt {
        exchange.openedConnection = true
        exchange.connectTime = now &- attempt.began
        if !exchange.wasRepeated { exchange.turnWait = attempt.turnWait(since: exchange.started) }
      }
      if exchange.wasRepeated { connection.startAgain(exchange) } else { connection.start(exchange, at: now) }
    case .opening(let continuation):
      if connection.policy == .pooled { returnToPool(connection) }
      continuation.resume(
        returning: .opened(connectTime: attempt.map { now &- $0.began } ?? 0, turnWait: attempt?.turnWait ?? 0))
    case nil:
      if connection.policy == .pooled { returnToPool(connection) }
    }
  }

  func returnToPool(_ connection: HTTPConnection) {
    if connection.origin.waiters.isEmpty {
      connection.origin.addIdle(connection)
    } else {
      returned.append(connection)
      if !returning.isArmed { loop.arm(returning, at: monotonicNow()) }
    }
  }

  private func giveReturned() {
    let connections = returned
    returned = []
    for connection in connections where connection.isOpen {
      if let waiter = connection.origin.waiters.popFirst() {
        give(connection, to: waiter, after: nil, at: monotonicNow())
      } else {
        connection.origin.addIdle(connection)
      }
    }
  }

  /// The pool's connection that was used last, if it has not been idle for too long; those that have are closed.
  private func takeIdle(of origin: HTTPOrigin, at now: UInt64) -> HTTPConnection? {
    while let connection = origin.takeIdle() {
      if now &- connection.idleSince < connection.idleLimit { return connection }
      renew(connection)
    }
    return nil
  }

  /// Closes a connection that has been idle for so long that the target may be about to close it.
  private func renew(_ connection: HTTPConnection) {
    events.renewed += 1
    connection.close()
  }

  /// Sends a request once more, on a new connection: `connection` has ended before a byte of its response.
  func sendAgain(_ exchange: HTTPExchange, insteadOf connection: HTTPConnection) {
    events.reopened += 1
    exchange.wasRepeated = true
    exchange.connection = nil
    // Begun before the old one gives its place in the pool to others who wait.
    open(to: connection.origin, for: connection.user, waiter: .exchange(exchange), at: monotonicNow())
    connection.close()
  }

  /// A target has sent a response that no request asked for. Which of its responses belong to which requests cannot be
  /// known any more on a connection that carries more than one.
  func noteUnaskedResponse(from origin: HTTPOrigin) {
    events.surplusResponses += 1
    if origin.answersUnasked { return }
    origin.answersUnasked = true
    for connection in connections where connection.origin === origin {
      connection.isReusable = false
      if !connection.isBusy { connection.close() }
    }
  }

  /// Counts a response that was read though it departs from the grammar.
  func note(_ deviations: HTTPDeviations) {
    for bit in 0..<HTTPDeviations.names.count where deviations.contains(HTTPDeviations(rawValue: 1 << UInt16(bit))) {
      events.lenient[HTTPDeviations.names[bit], default: 0] += 1
    }
  }

  func failed(_ attempt: ConnectAttempt, _ error: TransportError) {
    forget(attempt)
    connectionsFailed += 1
    if let waiter = attempt.waiter ?? (attempt.user == nil ? attempt.origin.waiters.popFirst() : nil) {
      var error = error
      if case .exchange(let exchange) = waiter {
        if exchange.wasRepeated {
          error.detail += ", when the request was to be sent again: its connection was closed before a response"
        } else {
          exchange.turnWait = attempt.turnWait(since: exchange.started)
        }
      }
      fail(waiter, error)
    }
    if attempt.user == nil { openForWaiters(of: attempt.origin, at: monotonicNow()) }
  }

  private func fail(_ waiter: ConnectionWaiter, _ error: TransportError) {
    switch waiter {
    case .exchange(let exchange):
      exchange.failure = error.failure
      exchange.detail = error.detail
      exchange.done = monotonicNow()
      ended(exchange)
    case .opening(let continuation):
      continuation.resume(returning: .failed(error))
    }
  }

  /// Lets a connection with much to send or to receive go on in the loop's next round: a large body must not hold up
  /// the requests of others.
  func postpone(_ connection: HTTPConnection) {
    if connection.isPostponed { return }
    connection.isPostponed = true
    postponed.append(connection)
    if !turn.isArmed { loop.arm(turn, at: monotonicNow()) }
  }

  private func takeTurns() {
    let connections = postponed
    postponed = []
    for connection in connections {
      connection.isPostponed = false
      if connection.isOpen { connection.ready([.readable, .writable]) }
    }
  }

  /// A connection has closed itself.
  func closed(_ connection: HTTPConnection) {
    let last = connections.removeLast()
    if last !== connection {
      connections[connection.index] = last
      last.index = connection.index
    }
    if connection.policy == .pooled {
      let origin = connection.origin
      origin.removeIdle(connection)
      origin.pooledOpen -= 1
      openForWaiters(of: origin, at: monotonicNow())
    }
  }
}
