import EventLoop

/// An endpoint as one client knows it: its shared connections, the users that wait for one, and whether its name is
/// resolved. Made by `HTTPClient.origin`.
package final class HTTPOrigin: @unchecked Sendable {
  package let endpoint: HTTPEndpoint

  // MARK: The pool

  /// Open and free; the last was used last.
  @exclusivity(unchecked) private(set) var idle: [HTTPConnection] = []
  /// Users that wait for a connection of the pool.
  @exclusivity(unchecked) var waiters = FIFO<ConnectionWaiter>()
  /// Connections of the pool that are open, busy ones included, and those being opened.
  var pooledOpen = 0
  var pooledOpening = 0
  /// Of those being opened, how many are for somebody in particular rather than for the first who waits.
  var pooledReserved = 0
  /// It has sent a response that no request asked for. From then on none of its connections is used twice: whose a
  /// response is could not be known.
  @exclusivity(unchecked) var answersUnasked = false

  // MARK: The name

  enum NameState {
    case unknown
    case resolving
    case resolved
  }

  /// Resolved names are looked up again after this many nanoseconds, as libcurl's own cache does.
  private static let nameLifetime: UInt64 = 60_000_000_000

  private var resolvedAt: UInt64?
  private var resolver: ConnectAttempt?
  /// Attempts that wait until `resolver` has the name.
  var heldBack: [ConnectAttempt] = []

  init(endpoint: HTTPEndpoint) {
    self.endpoint = endpoint
  }

  func addIdle(_ connection: HTTPConnection) {
    connection.idleIndex = idle.count
    idle.append(connection)
  }

  /// - Complexity: O(1).
  func takeIdle() -> HTTPConnection? {
    guard let connection = idle.popLast() else { return nil }
    connection.idleIndex = -1
    return connection
  }

  /// - Complexity: O(1).
  func removeIdle(_ connection: HTTPConnection) {
    guard connection.idleIndex >= 0 else { return }
    let last = idle.removeLast()
    if last !== connection {
      idle[connection.idleIndex] = last
      last.idleIndex = connection.idleIndex
    }
    connection.idleIndex = -1
  }

  // MARK: Names

  var isResolving: Bool { resolver != nil }

  func nameState(at now: UInt64) -> NameState {
    if resolver != nil { return .resolving }
    guard let resolvedAt, now &- resolvedAt < Self.nameLifetime else { return .unknown }
    return .resolved
  }

  func beginResolving(_ attempt: ConnectAttempt) { resolver = attempt }

  /// The first socket was opened.
  func nameWasResolved(at now: UInt64) {
    guard resolver != nil else { return }
    resolver = nil
    resolvedAt = now
  }

  /// Whether `attempt` was to resolve the name, and has ended without having it.
  func stopResolving(_ attempt: ConnectAttempt) -> Bool {
    guard resolver === attempt else { return false }
    resolver = nil
    resolvedAt = nil
    return true
  }

  func takeHeldBack() -> [ConnectAttempt] {
    let attempts = heldBack
    heldBack = []
    return attempts
  }
}
