import CLinux
import EventLoop
import Glibc
import HTTPClient
import Testing

@Suite("Making connections")
struct ConnectTests {
  /// What comes of one request.
  static func outcome(
    of url: String, _ configure: (inout HTTPClientOptions) -> Void = { _ in }
  ) async throws -> (outcome: String, detail: String, body: String) {
    let endpoint = try HTTPURL(url).endpoint
    return try await withClient(configure) { client in
      let exchange = HTTPExchange()
      exchange.get()
      await client.perform(exchange, to: client.origin(endpoint), for: UserConnection())
      if exchange.failure != nil {
        #expect(exchange.sent == 0)
        #expect(exchange.failure!.precedesRequest)
        #expect(client.connectionsFailed == 1)
        #expect(client.openConnections == 0)
      }
      #expect(exchange.done >= exchange.started)
      return (exchange.outcome, exchange.detail, exchange.bodyText)
    }
  }

  @Test("a port on which nobody listens: connect_refused, with the address")
  func refused() async throws {
    let closed = try ClosedPort()
    defer { closed.release() }
    let port = closed.port
    let result = try await Self.outcome(of: "http://127.0.0.1:\(port)")
    #expect(result.outcome == "connect_refused", "\(result.detail)")
    #expect(result.detail.contains("[127.0.0.1:\(port)]"))
    #expect(result.detail.contains("refused"))
  }

  @Test("a host with two addresses names both where neither answers")
  func bothAddresses() async throws {
    let closed = try ClosedPort()
    defer { closed.release() }
    let port = closed.port
    let result = try await Self.outcome(of: "http://shop.example:\(port)") {
      $0.resolve = ["shop.example:\(port):127.0.0.1,127.0.0.1"]
    }
    #expect(result.outcome == "connect_refused", "\(result.detail)")
    #expect(result.detail.contains("[127.0.0.1:\(port), 127.0.0.1:\(port)]"), "\(result.detail)")
  }

  @Test("a target that never answers: connect_timeout, not before its time")
  func timeout() async throws {
    let silent = try SilentListener()
    defer { silent.stop() }
    let before = EventLoop.now()
    let result = try await Self.outcome(of: "http://127.0.0.1:\(silent.port)") { $0.connectTimeout = 150_000_000 }
    #expect(result.outcome == "connect_timeout", "\(result.detail)")
    #expect(result.detail.contains("127.0.0.1:\(silent.port)"))
    #expect(EventLoop.now() - before >= 150_000_000)
  }

  @Test("a TLS server that never shakes hands: connect_timeout")
  func handshakeTimeout() async throws {
    let server = try TestServer { $0.drain() }
    server.start()
    defer { server.stop() }
    let result = try await Self.outcome(of: "https://127.0.0.1:\(server.port)") { $0.connectTimeout = 150_000_000 }
    #expect(result.outcome == "connect_timeout", "\(result.detail)")
  }

  @Test("a server that does not speak TLS: tls")
  func notTLS() async throws {
    let server = try TestServer { peer in
      _ = peer.readBytes(1)
      peer.write("HTTP/1.1 400 Bad Request\r\n\r\n")
      peer.drain()
    }
    server.start()
    defer { server.stop() }
    let result = try await Self.outcome(of: "https://127.0.0.1:\(server.port)")
    #expect(result.outcome == "tls", "\(result.detail)")
  }

  @Test("a name that does not exist: dns, for all who ask, and soon")
  func unknownName() async throws {
    try await withClient { client in
      let origin = client.origin(HTTPEndpoint(scheme: .http, host: "no-such-host.invalid"))
      let outcomes = await withTaskGroup(of: String.self) { group in
        for _ in 1...50 {
          group.addTask(executorPreference: client.loop) {
            let exchange = HTTPExchange()
            exchange.get()
            await client.perform(exchange, to: origin, for: UserConnection())
            #expect(exchange.detail.contains("no-such-host.invalid"))
            return exchange.outcome
          }
        }
        var outcomes: Set<String> = []
        for await outcome in group { outcomes.insert(outcome) }
        return outcomes
      }
      #expect(outcomes == ["dns"])
      #expect(client.connectionsFailed == 50)
    }
  }

  @Test("an override takes the place of DNS, for many users at once too")
  func override() async throws {
    let server = try TestServer { peer in
      while let head = peer.readHead() { peer.answer(head.contains("GET /") ? "here" : "?") }
    }
    server.start()
    defer { server.stop() }
    try await withClient {
      $0.resolve = ["shop.example:\(server.port):127.0.0.1"]
    } _: { client in
      let origin = client.origin(HTTPEndpoint(scheme: .http, host: "shop.example", port: server.port))
      await withTaskGroup(of: Void.self) { group in
        for _ in 1...40 {
          group.addTask(executorPreference: client.loop) {
            let exchange = HTTPExchange()
            exchange.get()
            await client.perform(exchange, to: origin, for: UserConnection())
            #expect(exchange.bodyText == "here", "\(exchange.detail)")
          }
        }
      }
      #expect(client.connectionsOpened == 40)
    }
  }

  @Test("a unix socket is used whatever the URL's host")
  func unixSocket() async throws {
    let path = "/tmp/stampede-test-\(getpid()).sock"
    let server = try TestServer(unixPath: path) { peer in
      while peer.readHead() != nil { peer.answer("through the file") }
    }
    server.start()
    defer { server.stop() }
    let result = try await Self.outcome(of: "http://anything.example") { $0.unixSocket = path }
    #expect(result.body == "through the file", "\(result.detail)")
    unlink(path)
    let missing = try await Self.outcome(of: "http://anything.example") { $0.unixSocket = path }
    #expect(missing.outcome == "connect_failed", "\(missing.detail)")
    #expect(missing.detail.contains(path))
  }

  @Test("no descriptor left: no_descriptors, and what to do")
  func noDescriptors() async throws {
    await #expect(processExitsWith: .success) {
      let server = try TestServer { _ = $0.readHead() }
      server.start()
      defer { server.stop() }
      try await withClient { client in
        let origin = client.origin(HTTPEndpoint(scheme: .http, host: "127.0.0.1", port: server.port))
        let user = UserConnection()
        #expect(await client.connect(to: origin, for: user).error == nil)
        var limit = rlimit(rlim_cur: 0, rlim_max: 0)
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        var none = rlimit(rlim_cur: 3, rlim_max: limit.rlim_max)
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &none)
        let exchange = HTTPExchange()
        exchange.get()
        await client.perform(exchange, to: origin, for: UserConnection())
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        precondition(exchange.outcome == "no_descriptors", exchange.detail)
        precondition(exchange.detail.contains("ulimit -n") && exchange.detail.contains("1 connections open"))
        precondition(exchange.failure!.isGeneratorFault)
      }
    }
  }

  @Test("connect opens the user's connection ahead of the request, once")
  func ahead() async throws {
    let connections = Counter()
    try await withServer { peer in
      connections.next()
      while peer.readHead() != nil { peer.answer() }
    } _: { client, origin in
      let user = UserConnection()
      #expect(await client.connect(to: origin, for: user).error == nil)
      #expect(await client.connect(to: origin, for: user).error == nil)
      #expect(client.openConnections == 1)
      let exchange = HTTPExchange()
      exchange.get()
      await client.perform(exchange, to: origin, for: user)
      #expect(exchange.outcome == "200")
      #expect(!exchange.openedConnection)
      #expect(exchange.started == exchange.sent)
      #expect(connections.value == 1)
      user.close()
      #expect(client.openConnections == 0)
    }
    let closed = try ClosedPort()
    defer { closed.release() }
    let port = closed.port
    try await withClient { client in
      let origin = client.origin(HTTPEndpoint(scheme: .http, host: "127.0.0.1", port: port))
      let error = await client.connect(to: origin, for: UserConnection()).error
      #expect(error?.failure == .connectRefused)
      #expect(error?.description.contains("127.0.0.1:\(port)") == true)
    }
  }
}

/// Listens, and lets no connection be completed: its queue of connections is full.
final class SilentListener {
  let port: UInt16
  private let server: TestServer
  private var fillers: [Int32] = []

  init() throws {
    server = try TestServer(backlog: 0) { _ in }
    port = server.port
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    for _ in 0..<4 {
      let descriptor: Int32 = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
      withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          _ = Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
      }
      fillers.append(descriptor)
    }
  }

  func stop() {
    for descriptor in fillers { close(descriptor) }
    server.stop()
  }
}
