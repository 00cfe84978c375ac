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

  @exclusivity(unchecked) private(set) var connector: CurlConnector!
  private var origins: [HTTPEndpoint: HTTPOrigin] = [:]
  private var connections: [HTTPConnection] = []
  private var attempts: [ConnectAttempt] = []
  private var postponed: [HTTPConnection] = []
  private var turn: TurnTimer!

  /// Where each receive goes, and what is sent by way of a buffer: both are used up before the next.
  let receiveBuffer: UnsafeMutableRawBufferPointer
  let sendBuffer: UnsafeMutableRawBufferPointer
  /// Reads each answer that comes in one piece, which nearly all do.
  @exclusivity(unchecked) var reader = ResponseReader()
  private static let bufferBytes = 65_536

  /// - Throws: where a file that the options name cannot be read, or libcurl lacks what is needed.
  package init(loop: EventLoop, options: HTTPClientOptions = HTTPClientOptions()) throws(HTTPClientError) {
    self.loop = loop
    self.options = options
    receiveBuffer = .allocate(byteCount: Self.bufferBytes, alignment: 4096)
    sendBuffer = .allocate(byteCount: Self.bufferBytes, alignment: 4096)
    turn = TurnTimer { [unowned self] in takeTurns() }
    connector = try CurlConnector(client: self, settings: CurlSettings(options))
  }

  deinit {
    if connector != nil { cancelAll() }
    connector = nil
    if turn.isArmed { loop.cancel(turn) }
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
  /// A request is sent once: one that fails on a connection which the target had closed meanwhile is not repeated, so
  /// that counts agree with the target's own log. Cancelling the task does not end it: its timeout does, or
  /// `cancelAll`.
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
          $0.start(exchange, at: now)
        }
      } else {
        open(to: origin, for: user, waiter: .exchange(exchange), at: now)
      }
    case .pooled:
      if let connection = origin.takeIdle() {
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
      if connection.isBusy { connection.fail(.cancelled, words) } else { connection.close() }
    }
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
    if user == nil { origin.pooledOpening += 1 }
    connector.start(attempt)
  }

  /// Opens connections of a pool as long as users wait for whom none is being opened.
  private func openForWaiters(of origin: HTTPOrigin, at now: UInt64) {
    while origin.pooledOpening < origin.waiters.count,
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
    if attempt.user == nil { attempt.origin.pooledOpening -= 1 }
  }

  func connected(_ attempt: ConnectAttempt, descriptor: Int32, handle: CurlHandle?) {
    let policy: ConnectionPolicy = attempt.user?.policy ?? .pooled
    let connection = HTTPConnection(
      client: self, origin: attempt.origin, descriptor: descriptor, handle: handle, policy: policy, user: attempt.user)
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
        exchange.turnWait = attempt.turnWait(since: exchange.started)
      }
      connection.start(exchange, at: now)
    case .opening(let continuation):
      if connection.policy == .pooled { returnToPool(connection) }
      continuation.resume(
        returning: .opened(connectTime: attempt.map { now &- $0.began } ?? 0, turnWait: attempt?.turnWait ?? 0))
    case nil:
      if connection.policy == .pooled { returnToPool(connection) }
    }
  }

  func returnToPool(_ connection: HTTPConnection) {
    if let waiter = connection.origin.waiters.popFirst() {
      give(connection, to: waiter, after: nil, at: monotonicNow())
    } else {
      connection.origin.addIdle(connection)
    }
  }

  func failed(_ attempt: ConnectAttempt, _ error: TransportError) {
    forget(attempt)
    connectionsFailed += 1
    if let waiter = attempt.waiter ?? (attempt.user == nil ? attempt.origin.waiters.popFirst() : nil) {
      if case .exchange(let exchange) = waiter { exchange.turnWait = attempt.turnWait(since: exchange.started) }
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
