/// How a reference server is set up. What a setting of the control interface can change later starts from here.
package struct ServerConfiguration: Sendable {
  /// The IPv4 or IPv6 address to listen on.
  package var host = "127.0.0.1"
  /// 0 lets the system choose.
  package var port: UInt16 = 0
  /// Threads that serve.
  package var loops = 1
  /// The processors of the loops in turn; empty: wherever the system puts them.
  package var cpus: [Int32] = []
  /// Every draw of the server comes from it.
  package var seed: UInt64 = 1
  /// The bearer token of the control interface; made at random where `nil`.
  package var controlToken: String?
  /// The time that a query takes; `nil`: each system's own default.
  package var queryTime: Duration?
  package var limits = ServerLimits()
  /// Settings by the names that deployments use, for example `INGEST_MAX_BATCH_ITEMS`; see `SettingBoard`.
  package var environment: [String: String] = [:]
  /// Incidents that are on from the start and after each reset.
  package var incidents: [String] = []

  package init() {}
}

/// What the server accepts, and for how long it waits. Each can be set; none can be switched off.
package struct ServerLimits: Sendable {
  /// Bytes of the request line and the headers.
  package var maxHeadBytes = 16_384
  package var maxHeaderCount = 100
  /// Bytes of a request's body where the route names no limit of its own.
  package var maxBodyBytes = 1_048_576
  /// No route's own limit, and no incident that takes it away, lets more bytes than these into memory.
  package var bodyCeilingBytes = 268_435_456
  /// From the first byte of a request to the end of its head.
  package var headTimeout = Duration.seconds(10)
  /// From the end of the head to the end of the body, on top of what `minimumBodyRate` allows for.
  package var bodyTimeout = Duration.seconds(10)
  /// Bytes per second that a sender of a body must keep up, on the average, once `bodyTimeout` has passed.
  package var minimumBodyRate = 16_384
  /// How long a client may take to read an answer.
  package var writeTimeout = Duration.seconds(10)
  /// How long a connection may stay open between two requests.
  package var idleTimeout = Duration.seconds(60)
  /// After a refusal, what the client still sends is read and thrown away, for so long and so many bytes at the
  /// most: a connection closed with unread bytes is reset, and the reset can overtake the answer.
  package var lingerTimeout = Duration.seconds(2)
  package var lingerBytes = 67_108_864
  /// Connections beyond these are answered 503 and closed.
  package var maxConnections = 20_000
  /// Of one client's address; the same answer to those beyond. As many as of all: a generator comes from one address.
  package var maxConnectionsPerAddress = 20_000
  /// Descriptors of this process that connections never take, so that what else is in it does not run out of them.
  package var reservedDescriptors = 64
  /// How long `stop` waits for requests under way.
  package var stopTimeout = Duration.seconds(1)

  package init() {}
}
