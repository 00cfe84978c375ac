import EventLoop

/// An endpoint as one client knows it: its shared connections, and the users that wait for one. Made by `HTTPClient.origin`.
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
}
