import EventLoop
import Glibc
import HTTPClient
import Testing

@Suite("TLS", .enabled(if: TLSFixture.isAvailable, "\(TLSFixture.missing)"))
struct TLSTests {
  static func withTLS<Result: Sendable>(
    clients: String = "none", version: String = "1.3", host: String = "127.0.0.1",
    _ configure: (inout HTTPClientOptions, TLSFixture) -> Void = { $0.caBundle = $1.authority },
    _ body: @escaping @Sendable (HTTPClient, HTTPOrigin) async throws -> Result
  ) async throws -> Result {
    let fixture = try TLSFixture.shared.get()
    let port = try TLSServer.shared(clients: clients, version: version).port
    return try await withClient {
      configure(&$0, fixture)
    } _: { client in
      try await body(client, client.origin(HTTPEndpoint(scheme: .https, host: host, port: port)))
    }
  }

  /// What comes of one request by a new user.
  static func ask(_ client: HTTPClient, _ origin: HTTPOrigin, _ path: String) async -> HTTPExchange {
    let exchange = HTTPExchange()
    exchange.get(path)
    await client.perform(exchange, to: origin, for: UserConnection())
    return exchange
  }

  @Test("requests of any size go out and come back on one connection", arguments: ["1.2", "1.3"])
  func requests(version: String) async throws {
    try await Self.withTLS(version: version) { client, origin in
      let user = UserConnection()
      let exchange = HTTPExchange()
      for _ in 1...3 {
        exchange.get("/info")
        await client.perform(exchange, to: origin, for: user)
        #expect(exchange.bodyText == "TLSv\(version) http/1.1 False None", "\(exchange.detail)")
        exchange.get("/big")
        await client.perform(exchange, to: origin, for: user)
        #expect(exchange.bodyBytes == 1_000_000)
        #expect(exchange.body.allSatisfy { $0 == UInt8(ascii: "b") })
        for body in [
          HTTPRequestBody.repeated(byte: 0x7A, count: 5_000_000), .bytes(Array(repeating: 0x7A, count: 3_000_001)),
        ] {
          exchange.post(body)
          exchange.head = Array("POST /echo HTTP/1.1\r\nhost: test\r\ncontent-length: \(body.count)\r\n\r\n".utf8)
          await client.perform(exchange, to: origin, for: user)
          #expect(exchange.bodyText == "\(body.count) True", "\(exchange.detail)")
          #expect(exchange.bytesSent == exchange.head.count + body.count)
        }
      }
      #expect(client.connectionsOpened == 1)
    }
  }

  @Test("what another connection's failure left in OpenSSL's queue of errors harms none that is well")
  func othersErrors() async throws {
    typealias Decode =
      @convention(c) (
        UnsafeMutableRawPointer?, UnsafeMutablePointer<UnsafePointer<UInt8>?>, Int
      ) -> UnsafeMutableRawPointer?
    typealias Peek = @convention(c) () -> UInt
    let decode = unsafeBitCast(try #require(dlsym(nil, "d2i_X509")), to: Decode.self)
    let peek = unsafeBitCast(try #require(dlsym(nil, "ERR_peek_error")), to: Peek.self)
    try await Self.withTLS { client, origin in
      let user = UserConnection()
      let exchange = HTTPExchange()
      for _ in 1...3 {
        // No certificate, which OpenSSL notes for the calling thread.
        let garbage: [UInt8] = [1, 2, 3, 4]
        garbage.withUnsafeBufferPointer { bytes in
          var start = bytes.baseAddress
          #expect(decode(nil, &start, bytes.count) == nil)
        }
        #expect(peek() != 0)
        exchange.get("/big")
        await client.perform(exchange, to: origin, for: user)
        #expect(exchange.bodyBytes == 1_000_000, "\(exchange.detail)")
      }
      #expect(client.connectionsOpened == 1)
    }
  }

  @Test("many connections at once, more than a group of libcurl's holds, all are kept and reused")
  func many() async throws {
    try await Self.withTLS { client, origin in
      await withTaskGroup(of: Void.self) { group in
        for _ in 1...40 {
          group.addTask(executorPreference: client.loop) {
            let user = UserConnection()
            let exchange = HTTPExchange()
            for _ in 1...5 {
              exchange.get()
              await client.perform(exchange, to: origin, for: user)
              #expect(exchange.bodyText == "hello", "\(exchange.detail)")
            }
          }
        }
      }
      #expect(client.connectionsOpened == 40)
      #expect(client.openConnections == 0)
      // Their handles serve again.
      #expect(await Self.ask(client, origin, "/").bodyText == "hello")
    }
  }

  @Test("every connection shakes hands in full, also one after the other", arguments: ["1.2", "1.3"])
  func fullHandshakes(version: String) async throws {
    try await Self.withTLS(version: version) { client, origin in
      for _ in 1...3 {
        let exchange = await Self.ask(client, origin, "/info")
        #expect(exchange.bodyText == "TLSv\(version) http/1.1 False None", "\(exchange.detail)")
      }
      #expect(client.connectionsOpened == 3)
    }
  }

  struct Trust: Sendable, CustomTestStringConvertible {
    var name: String
    var host = "127.0.0.1"
    var outcome: String
    var words = ""
    var configure: @Sendable (inout HTTPClientOptions, TLSFixture) -> Void
    var testDescription: String { name }
  }

  @Test(
    "certificates are verified unless told otherwise",
    arguments: [
      Trust(name: "by the authority's file", outcome: "200") { $0.caBundle = $1.authority },
      Trust(name: "by name", host: "localhost", outcome: "200") { $0.caBundle = $1.authority },
      Trust(name: "not at all", outcome: "200") { options, _ in options.insecure = true },
      Trust(name: "not at all, though an authority is named", outcome: "200") {
        $0.insecure = true
        $0.caBundle = $1.otherAuthority
      },
      Trust(name: "by the system's authorities", outcome: "tls", words: "certificate") { _, _ in },
      Trust(name: "by another authority", outcome: "tls", words: "certificate") { $0.caBundle = $1.otherAuthority },
      Trust(name: "for another name", host: "shop.example", outcome: "tls", words: "shop.example") {
        $0.caBundle = $1.authority
        $0.resolve = ["shop.example:*:127.0.0.1"]
      },
    ])
  func trust(_ trust: Trust) async throws {
    let fixture = try TLSFixture.shared.get()
    let port = try TLSServer.shared().port
    try await withClient {
      trust.configure(&$0, fixture)
      $0.resolve = $0.resolve.map { $0.replacing("*", with: String(port)) }
    } _: { client in
      let origin = client.origin(HTTPEndpoint(scheme: .https, host: trust.host, port: port))
      let exchange = await Self.ask(client, origin, "/")
      #expect(exchange.outcome == trust.outcome, "\(exchange.detail)")
      #expect(exchange.detail.contains(trust.words), "\(exchange.detail)")
    }
  }

  @Test("a client's certificate is shown where the server asks for it", arguments: ["1.2", "1.3"], [false, true])
  func clientCertificate(version: String, inOneFile: Bool) async throws {
    let text = try await Self.withTLS(clients: "required", version: version) { options, fixture in
      options.caBundle = fixture.authority
      options.clientCertificate = inOneFile ? fixture.directory + "/client-both.pem" : fixture.certificate
      options.clientKey = inOneFile ? nil : fixture.key
    } _: { client, origin in
      await Self.ask(client, origin, "/info").bodyText
    }
    #expect(text == "TLSv\(version) http/1.1 False client")
  }

  @Test("a server that wants a certificate and gets none: tls, whenever it says so", arguments: ["1.2", "1.3"])
  func certificateMissing(version: String) async throws {
    try await Self.withTLS(clients: "required", version: version) { client, origin in
      let exchange = await Self.ask(client, origin, "/")
      #expect(exchange.outcome == "tls", "\(exchange.detail)")
      #expect(exchange.detail.contains("alert"), "\(exchange.detail)")
    }
  }

  @Test(
    "what a server does under TLS has the same names as without",
    arguments: [
      ("/close", "200"), ("/until-close", "200"), ("/until-cut", "200"), ("/cut", "closed"),
      ("/half", "truncated"), ("/reset", "reset"), ("/silent", "timeout"), ("/early", "413"), ("/twice", "200"),
    ])
  func endings(path: String, outcome: String) async throws {
    try await Self.withTLS { client, origin in
      let user = UserConnection()
      let exchange = HTTPExchange()
      exchange.get(path)
      if path == "/early" {
        exchange.requestBody = .repeated(byte: 0, count: 64 << 20)
        exchange.head = Array("POST /early HTTP/1.1\r\nhost: test\r\ncontent-length: \(64 << 20)\r\n\r\n".utf8)
      }
      if path == "/silent" { exchange.timeout = 100_000_000 }
      await client.perform(exchange, to: origin, for: user)
      #expect(exchange.outcome == outcome, "\(exchange.detail)")
      if path.hasPrefix("/until") { #expect(exchange.bodyText == "to the end") }
      if path == "/twice" { #expect(exchange.bodyText == "one") }
      #expect(exchange.answeredEarly == (path == "/early"))
      while client.openConnections > 0 { await client.loop.yield() }

      exchange.get()
      exchange.timeout = 30_000_000_000
      await client.perform(exchange, to: origin, for: user)
      #expect(exchange.bodyText == "hello", "\(exchange.detail)")
      #expect(client.connectionsOpened == 2)
    }
  }

  @Test("a timeout, an end of all and a close of many leave nothing behind")
  func closing() async throws {
    try await Self.withTLS { client, origin in
      for _ in 1...3 {
        let users = (0..<20).map { _ in UserConnection() }
        for user in users { #expect(await client.connect(to: origin, for: user).error == nil) }
        #expect(client.openConnections == 20)
        for user in users[..<10] { user.close() }
        #expect(client.openConnections == 10)
        client.cancelAll()
        #expect(client.openConnections == 0)
      }
    }
  }
}
