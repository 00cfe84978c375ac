import CLinux
import EventLoop
import Glibc
import HTTPClient
import Testing

@Suite("Proxies")
struct ProxyTests {
  /// The heads that a proxy was sent.
  final class Log: Sendable {
    private let heads = Locked<[String]>([])
    func add(_ head: String) { heads.withLock { $0.append(head) } }
    var all: [String] { heads.withLock { $0 } }
  }

  /// An HTTP proxy that only tunnels, and remembers what it was asked.
  static func withProxy<Result: Sendable>(
    answer: String = "HTTP/1.1 200 Connection established\r\n\r\n", log: Log = Log(), credentials: String = "",
    caBundle: String? = nil, _ body: @escaping @Sendable (HTTPClient) async throws -> Result
  ) async throws -> Result {
    let proxy = try TestServer { peer in
      guard let head = peer.readHead() else { return }
      log.add(head)
      guard answer.contains(" 200 ") else {
        peer.write(answer)
        return peer.drain()
      }
      let port = UInt16(head.split(separator: " ")[1].split(separator: ":").last!)!
      peer.write(answer)
      peer.relay(toPort: port)
    }
    proxy.start()
    defer { proxy.stop() }
    let port = proxy.port
    return try await withClient {
      $0.proxy = "http://\(credentials)127.0.0.1:\(port)"
      $0.caBundle = caBundle
    } _: {
      try await body($0)
    }
  }

  @Test("plain targets are reached through a tunnel too, and the proxy sees no request of ours")
  func plain() async throws {
    let server = try TestServer { peer in
      while peer.readHead() != nil { peer.answer("through") }
    }
    server.start()
    defer { server.stop() }
    let log = Log()
    try await Self.withProxy(log: log) { client in
      let origin = client.origin(HTTPEndpoint(scheme: .http, host: "127.0.0.1", port: server.port))
      let user = UserConnection()
      let exchange = HTTPExchange()
      for _ in 1...3 {
        exchange.get("/secret")
        await client.perform(exchange, to: origin, for: user)
        #expect(exchange.bodyText == "through", "\(exchange.detail)")
      }
      #expect(client.connectionsOpened == 1)
    }
    let seen = log.all
    #expect(seen.count == 1)
    #expect(seen.first?.hasPrefix("CONNECT 127.0.0.1:\(server.port) HTTP/1.1\r\n") == true)
    #expect(seen.first?.contains("secret") == false)
  }

  @Test("without a tunnel the proxy is sent the requests themselves, over connections that are kept")
  func direct() async throws {
    let log = Log()
    let proxy = try TestServer { peer in
      while let head = peer.readHead() {
        log.add(head)
        peer.answer("from the proxy")
      }
    }
    proxy.start()
    defer { proxy.stop() }
    let port = proxy.port
    try await withClient {
      $0.proxy = "http://user:secret@127.0.0.1:\(port)"
      $0.proxyTunnel = false
    } _: { client in
      let origin = client.origin(HTTPEndpoint(scheme: .http, host: "target.example"))
      let user = UserConnection()
      let exchange = HTTPExchange()
      for _ in 1...3 {
        exchange.get("http://target.example/x")
        await client.perform(exchange, to: origin, for: user)
        #expect(exchange.bodyText == "from the proxy", "\(exchange.detail)")
      }
      #expect(client.connectionsOpened == 1)
    }
    #expect(log.all.count == 3)
    #expect(log.all.allSatisfy { $0.hasPrefix("GET http://target.example/x HTTP/1.1\r\n") })
  }

  @Test("a plain target behind a proxy that refuses to tunnel is told of the option", arguments: [405, 403, 501])
  func refusedTunnel(status: Int) async throws {
    let answer = "HTTP/1.1 \(status) No\r\ncontent-length: 0\r\n\r\n"
    try await Self.withProxy(answer: answer) { client in
      for scheme in [HTTPEndpoint.Scheme.http, .https] {
        let exchange = HTTPExchange()
        exchange.get()
        let origin = client.origin(HTTPEndpoint(scheme: scheme, host: "target.example"))
        await client.perform(exchange, to: origin, for: UserConnection())
        #expect(exchange.outcome == "proxy", "\(exchange.detail)")
        #expect(exchange.detail.contains("client.proxy_tunnel: false") == (scheme == .http), "\(exchange.detail)")
      }
    }
  }

  @Test("TLS goes through the tunnel", .enabled(if: TLSFixture.isAvailable, "\(TLSFixture.missing)"))
  func encrypted() async throws {
    let fixture = try TLSFixture.shared.get()
    let port = try TLSServer.shared().port
    try await Self.withProxy(caBundle: fixture.authority) { client in
      let origin = client.origin(HTTPEndpoint(scheme: .https, host: "127.0.0.1", port: port))
      let exchange = HTTPExchange()
      exchange.get()
      await client.perform(exchange, to: origin, for: UserConnection())
      #expect(exchange.bodyText == "hello", "\(exchange.detail)")
    }
  }

  @Test("credentials are for the proxy")
  func credentials() async throws {
    let log = Log()
    let refusal = "HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n"
    try await Self.withProxy(answer: refusal, log: log, credentials: "user:secret@") { client in
      let exchange = HTTPExchange()
      exchange.get()
      let origin = client.origin(HTTPEndpoint(scheme: .http, host: "target.example"))
      await client.perform(exchange, to: origin, for: UserConnection())
      #expect(exchange.outcome == "proxy")
      #expect(!exchange.detail.contains("secret"))
    }
    // user:secret in base64.
    #expect(log.all.first?.contains("Proxy-Authorization: Basic dXNlcjpzZWNyZXQ=") == true)
  }

  @Test(
    "a proxy that refuses or breaks off is a proxy failure",
    arguments: [
      ("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n", "403"),
      ("HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n", "407"),
      ("HTTP/1.1 502 Bad Gateway\r\nconnection: close\r\n\r\n", "502"), ("nonsense\r\n\r\n", ""),
    ])
  func refusals(answer: String, words: String) async throws {
    try await Self.withProxy(answer: answer) { client in
      let exchange = HTTPExchange()
      exchange.get()
      let origin = client.origin(HTTPEndpoint(scheme: .http, host: "target.example"))
      await client.perform(exchange, to: origin, for: UserConnection())
      #expect(exchange.outcome == "proxy", "\(exchange.detail)")
      #expect(exchange.detail.contains(words))
      #expect(client.openConnections == 0)
    }
  }

  @Test("a proxy that is not there, or whose name is not known, is a proxy failure", arguments: [true, false])
  func unreachable(named: Bool) async throws {
    let closed = try ClosedPort()
    defer { closed.release() }
    let port = closed.port
    try await withClient {
      $0.proxy = named ? "http://no-such-proxy.invalid:3128" : "http://127.0.0.1:\(port)"
    } _: { client in
      let exchange = HTTPExchange()
      exchange.get()
      let origin = client.origin(HTTPEndpoint(scheme: .http, host: "target.example"))
      await client.perform(exchange, to: origin, for: UserConnection())
      #expect(exchange.outcome == "proxy", "\(exchange.detail)")
    }
  }

  @Test("no variable of the environment sends requests to a proxy")
  func environment() async throws {
    await #expect(processExitsWith: .success) {
      setenv("http_proxy", "http://127.0.0.1:9", 1)
      setenv("all_proxy", "http://127.0.0.1:9", 1)
      try await withServer { peer in
        while peer.readHead() != nil { peer.answer("direct") }
      } _: { client, origin in
        let exchange = HTTPExchange()
        exchange.get()
        await client.perform(exchange, to: origin, for: UserConnection())
        precondition(exchange.bodyText == "direct", exchange.detail)
      }
    }
  }
}

extension Peer {
  /// Passes bytes on to a port of this machine and back, until either side closes.
  func relay(toPort port: UInt16) {
    let target: Int32 = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { Glibc.close(target) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let connected: Int32 = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.connect(target, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    if connected != 0 { return }
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      var sides = [
        pollfd(fd: fd, events: Int16(POLLIN), revents: 0), pollfd(fd: target, events: Int16(POLLIN), revents: 0),
      ]
      if poll(&sides, 2, -1) < 0 { return }
      for (from, to) in [(0, 1), (1, 0)] where sides[from].revents != 0 {
        let count: Int = recv(sides[from].fd, &buffer, buffer.count, 0)
        if count <= 0 || send(sides[to].fd, buffer, count, Int32(MSG_NOSIGNAL)) != count { return }
      }
    }
  }
}
