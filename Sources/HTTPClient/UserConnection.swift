/// A virtual user's place for connections. One request at a time.
///
/// To be touched, and given up, on the client's loop only.
package final class UserConnection: @unchecked Sendable {
  package let policy: ConnectionPolicy

  /// The connection used last, which the client keeps alive while it is open, and those to further origins. Only with
  /// `perUser`.
  @exclusivity(unchecked) private var current: Unmanaged<HTTPConnection>?
  @exclusivity(unchecked) private var others: [HTTPConnection] = []

  /// The object of the caller's that goes on when an answer comes: fetched into the cache while the answer before is
  /// handled, as the connection is. With thousands of users none of it is in a near cache.
  package var companion: UnsafeRawPointer?

  package init(policy: ConnectionPolicy = .perUser) {
    self.policy = policy
  }

  deinit { close() }

  /// Closes what the user keeps open: its next request opens a connection. Not while a request is under way.
  package func close() {
    let connections: [HTTPConnection] = others + (current.map { [$0.takeUnretainedValue()] } ?? [])
    for connection in connections { connection.retire() }
  }

  /// The user's open connection to an origin, uncounted.
  ///
  /// - Complexity: O(1) where it is the one used last, else linear in the user's origins.
  @inline(__always)
  func connection(to origin: HTTPOrigin) -> Unmanaged<HTTPConnection>? {
    if let current, current._withUnsafeGuaranteedRef({ $0.leads(to: origin) }) { return current }
    return others.isEmpty ? nil : other(to: origin)
  }

  private func other(to origin: HTTPOrigin) -> Unmanaged<HTTPConnection>? {
    guard let index = others.firstIndex(where: { $0.leads(to: origin) }) else { return nil }
    let found = others[index]
    if let current { others[index] = current.takeUnretainedValue() } else { others.remove(at: index) }
    current = .passUnretained(found)
    return current
  }

  func hold(_ connection: HTTPConnection) {
    if let current { others.append(current.takeUnretainedValue()) }
    current = .passUnretained(connection)
    connection.companion = companion
  }

  /// The connection was closed.
  func drop(_ connection: HTTPConnection) {
    if current?.toOpaque() == Unmanaged.passUnretained(connection).toOpaque() {
      current = nil
    } else {
      others.removeAll { $0 === connection }
    }
  }
}
