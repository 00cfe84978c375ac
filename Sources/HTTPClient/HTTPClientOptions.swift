/// How a client connects: the same for all its origins.
///
/// Nothing is taken from the environment: `http_proxy` and its like are ignored, so that a run depends on what it
/// was told and on nothing else.
package struct HTTPClientOptions: Sendable, Hashable {
  /// From the start of resolving to the end of the TLS handshake, nanoseconds. Rounded up to milliseconds.
  package var connectTimeout: UInt64 = 5_000_000_000
  /// Verify neither the certificate nor the host name.
  package var insecure = false
  /// A PEM file of the authorities to trust, in place of the system's.
  package var caBundle: String?
  /// A PEM file.
  package var clientCertificate: String?
  /// A PEM file; `nil` where the certificate's file holds the key too.
  package var clientKey: String?
  /// `http://`, `https://`, `socks4://`, `socks4a://`, `socks5://` or `socks5h://`, with credentials where it wants
  /// some.
  package var proxy: String?
  /// HTTP proxies are asked for a tunnel (`CONNECT`) for plain targets too. Otherwise connections for those end at the
  /// proxy, and the heads of requests must be in absolute form (RFC 9112, section 3.2.2).
  package var proxyTunnel = true
  /// Connect to this socket, whatever the URL's host says.
  package var unixSocket: String?
  /// `host:port:address`: addresses to use in place of DNS, IPv6 ones in brackets. Several addresses are separated
  /// by commas.
  package var resolve: [String] = []
  /// Of a name's addresses, which are used in turn, the number of the one that the first connection uses.
  package var firstAddress = 0
  /// The most connections that users with the `pooled` policy share, for each origin.
  package var maxPooledConnections = 128
  /// An idle connection is replaced rather than used again after this many nanoseconds; `nil`: as long as the target keeps
  /// it. A shorter time that the target states (`Keep-Alive: timeout`) counts in either case.
  package var keepAlive: UInt64?
  /// Read responses that curl reads, though they depart from the grammar in one of the ways of `HTTPDeviations`.
  package var lenient = false

  package init() {}
}

/// Which connection a request goes out on.
package enum ConnectionPolicy: Sendable, Hashable, CaseIterable {
  /// Each virtual user keeps a connection of its own for each origin.
  case perUser
  /// Users of a client share its connections: the one used last goes out first; where all are busy, users wait in
  /// the order in which they came.
  case pooled
  /// A new connection for each request, closed after the answer.
  case fresh
}
