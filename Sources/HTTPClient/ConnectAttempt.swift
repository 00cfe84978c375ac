import EventLoop

/// A connection being made.
final class ConnectAttempt {
  let origin: HTTPOrigin
  /// The user whom the connection is for; `nil` for the origin's pool.
  let user: UserConnection?
  /// Who waits for it; for a connection of a pool that nobody asked for ahead of a request, the origin's queue does.
  var waiter: ConnectionWaiter?
  /// Monotonic nanoseconds.
  let began: UInt64
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
}

/// What goes on once there is a connection.
enum ConnectionWaiter {
  case exchange(HTTPExchange)
  /// `HTTPClient.connect`, ahead of a request.
  case opening(UnsafeContinuation<HTTPClient.Opening, Never>)
}
