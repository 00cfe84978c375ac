/// A virtual user's place for connections. One request at a time.
///
/// To be touched, and given up, on the client's loop only.
package final class UserConnection: @unchecked Sendable {
  package let policy: ConnectionPolicy

  /// The connection used last, and those to further origins. Only with `perUser`.
  @exclusivity(unchecked) private var current: HTTPConnection?
  @exclusivity(unchecked) private var others: [HTTPConnection] = []

  package init(policy: ConnectionPolicy = .perUser) {
    self.policy = policy
  }

  deinit { close() }

  /// Closes what the user keeps open: its next request opens a connection. Not while a request is under way.
  package func close() {
    let connections: [HTTPConnection] = others + (current.map { [$0] } ?? [])
    for connection in connections { connection.close() }
  }

  /// The user's open connection to an origin.
  ///
  /// - Complexity: O(1) where it is the one used last, else linear in the user's origins.
  @inline(__always)
  func connection(to origin: HTTPOrigin) -> HTTPConnection? {
    if let current, current.origin === origin { return current }
    return others.isEmpty ? nil : other(to: origin)
  }

  private func other(to origin: HTTPOrigin) -> HTTPConnection? {
    guard let index = others.firstIndex(where: { $0.origin === origin }) else { return nil }
    let found = others[index]
    if let current { others[index] = current } else { others.remove(at: index) }
    current = found
    return found
  }

  func hold(_ connection: HTTPConnection) {
    if let current { others.append(current) }
    current = connection
  }

  /// The connection was closed.
  func drop(_ connection: HTTPConnection) {
    if current === connection {
      current = nil
    } else {
      others.removeAll { $0 === connection }
    }
  }
}
