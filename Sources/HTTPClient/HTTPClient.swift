import EventLoop

/// HTTP/1.1 over connections that libcurl makes: one client a worker, on the worker's event loop, sharing nothing.
///
/// To be touched on the loop's thread only, except for `init`.
package final class HTTPClient: @unchecked Sendable {
  package let loop: EventLoop
  package let options: HTTPClientOptions

  /// Connections open now, busy and idle, of all origins.
  package internal(set) var openConnections = 0
  /// Requests begun and not ended, those that wait for a connection included.
  package internal(set) var inFlight = 0
  /// Connections opened, and attempts that failed, since the start.
  package internal(set) var connectionsOpened: UInt64 = 0
  package internal(set) var connectionsFailed: UInt64 = 0

  /// - Throws: where a file that the options name cannot be read, or libcurl lacks what they ask for.
  package init(loop: EventLoop, options: HTTPClientOptions = HTTPClientOptions()) throws(HTTPClientError) {
    self.loop = loop
    self.options = options
  }

  private var origins: [HTTPEndpoint: HTTPOrigin] = [:]

  /// The client's own object for an endpoint: to be looked up once, and kept.
  ///
  /// - Complexity: O(1), with a hash of the host's name.
  package func origin(_ endpoint: HTTPEndpoint) -> HTTPOrigin {
    if let origin = origins[endpoint] { return origin }
    let origin = HTTPOrigin(endpoint: endpoint)
    origins[endpoint] = origin
    return origin
  }

  /// Sends the request in `exchange` and suspends until the exchange holds what came of it.
  ///
  /// Cancelling the task does not end it: the timeout does, or `cancelAll`.
  package func perform(_ exchange: HTTPExchange, to origin: HTTPOrigin, for user: UserConnection) async {
    exchange.failure = .cancelled
  }

  /// Opens the user's connection ahead of its first request; does nothing where it is open, and for `fresh`.
  ///
  /// - Returns: `nil` once the connection is ready.
  package func connect(to origin: HTTPOrigin, for user: UserConnection) async -> TransportError? { nil }

  /// Ends all requests under way as `cancelled` and closes all connections, idle ones too. The client stays usable.
  package func cancelAll() {}
}

/// An endpoint as one client knows it: its shared connections, and its users that wait for one.
package final class HTTPOrigin: @unchecked Sendable {
  package let endpoint: HTTPEndpoint
  init(endpoint: HTTPEndpoint) { self.endpoint = endpoint }
}

/// A virtual user's place for connections. One request at a time.
package final class UserConnection: @unchecked Sendable {
  package let policy: ConnectionPolicy
  package init(policy: ConnectionPolicy = .perUser) { self.policy = policy }

  /// Closes what the user keeps open: its next request opens a connection. Not while a request is under way.
  package func close() {}
}

/// Why there is no client.
package enum HTTPClientError: Error, Sendable, Hashable, CustomStringConvertible {
  /// `option` is the scenario's word for it.
  case unreadable(option: String, path: String, reason: String)
  case invalid(option: String, value: String, reason: String)
  /// libcurl lacks something, or would not start.
  case unavailable(String)

  package var description: String {
    switch self {
    case .unreadable(let option, let path, let reason): "\(option): cannot read '\(path)': \(reason)"
    case .invalid(let option, let value, let reason): "\(option): '\(value)': \(reason)"
    case .unavailable(let reason): "libcurl: \(reason)"
    }
  }
}
