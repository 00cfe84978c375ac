import EventLoop

/// A connection being made.
final class ConnectAttempt {
  let origin: HTTPOrigin
  /// The user whom the connection is for; `nil` for the origin's pool.
  let user: UserConnection?
  /// Who waits for it; for a connection of a pool that nobody asked for ahead of a request, the origin's queue does.
  var waiter: ConnectionWaiter?
  /// When resolving began, or was to begin but for others' turns: the wait in the line is taken out. Monotonic
  /// nanoseconds, as all instants here.
  private(set) var began: UInt64
  /// The wait in the line, which is this machine's doing and not the target's; nanoseconds.
  private(set) var turnWait: UInt64 = 0
  /// When it joined the line.
  private var joined: UInt64 = 0
  /// What it goes to, if that has a name.
  var host: HostAddresses?
  /// `nil` while it is held back: until the origin's name is resolved, or its turn has come.
  var handle: CurlHandle?
  /// Nobody wants the connection any more.
  var isGivenUp = false
  /// The position among the client's attempts.
  var index = -1

  init(origin: HTTPOrigin, user: UserConnection?, waiter: ConnectionWaiter?, began: UInt64) {
    self.origin = origin
    self.user = user
    self.waiter = waiter
    self.began = began
  }

  func joinLine(at now: UInt64) { joined = now }

  func leaveLine(at now: UInt64) {
    turnWait = now > joined ? now &- joined : 0
    began &+= turnWait
  }

  /// The part of the wait in the line that came after `instant`: of a connection of a pool, whoever gets it may have come
  /// later than the attempt.
  func turnWait(since instant: UInt64) -> UInt64 {
    let left = joined &+ turnWait
    let from = max(joined, instant)
    return left > from ? left &- from : 0
  }
}

/// What goes on once there is a connection.
enum ConnectionWaiter {
  case exchange(HTTPExchange)
  /// `HTTPClient.connect`, ahead of a request.
  case opening(UnsafeContinuation<HTTPClient.Opening, Never>)
}
