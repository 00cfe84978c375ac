import EventLoop
import Glibc
import HTTPClient
import Testing

@Suite("Responses that nobody asked for")
struct SurplusTests {
  enum Timing: Sendable, CaseIterable {
    /// In the same write as the response.
    case together
    /// Before the next request, once the client's machine has the response.
    case afterwards
    /// Likewise, byte by byte.
    case inPieces
  }

  @Test(
    "are never taken for the response to the next request, and end the reuse of connections",
    arguments: Timing.allCases, [ConnectionPolicy.perUser, .pooled])
  func attributed(timing: Timing, policy: ConnectionPolicy) async throws {
    for round in 1...6 {
      try await withServer { peer in
        var count = 0
        while let head = peer.readHead() {
          count += 1
          let body = String(head.split(separator: " ")[1])
          let response = "HTTP/1.1 200 OK\r\ncontent-length: \(body.utf8.count)\r\n\r\n\(body)"
          guard peer.number == 1, count == round else {
            peer.write(response)
            continue
          }
          switch timing {
          case .together: peer.write(response + response)
          case .afterwards:
            peer.write(response)
            peer.waitUntilRead()
            peer.write(response)
          case .inPieces:
            peer.write(response)
            for byte in response.utf8 { peer.write([byte]) }
          }
        }
      } _: { client, origin in
        let user = UserConnection(policy: policy)
        let exchange = HTTPExchange()
        for number in 1...12 {
          exchange.get("/\(number)")
          await client.perform(exchange, to: origin, for: user)
          #expect(exchange.bodyText == "/\(number)", "\(exchange.detail)")
          // A user who thinks: what was sent until then is there, and the loop hears of it.
          if number == round { while client.openConnections > 0 { await client.loop.yield() } }
        }
        #expect(client.events.surplusResponses == 1)
        // One until the surplus, and one for each request after it.
        #expect(client.connectionsOpened == UInt64(1 + 12 - round))
      }
    }
  }

  @Test("also under TLS", .enabled(if: TLSFixture.isAvailable, "\(TLSFixture.missing)"))
  func encrypted() async throws {
    let fixture = try TLSFixture.shared.get()
    let port = try TLSServer.shared().port
    try await withClient {
      $0.caBundle = fixture.authority
    } _: { client in
      let origin = client.origin(HTTPEndpoint(scheme: .https, host: "127.0.0.1", port: port))
      let user = UserConnection()
      let exchange = HTTPExchange()
      for path in ["/own/1", "/late", "/own/2", "/own/3"] {
        exchange.get(path)
        await client.perform(exchange, to: origin, for: user)
        #expect(exchange.bodyText == path, "\(exchange.detail)")
        if path == "/late" { while client.openConnections > 0 { await client.loop.yield() } }
      }
      #expect(client.events.surplusResponses == 1)
      #expect(client.connectionsOpened == 3)
    }
  }

  @Test("before the first request are noticed on a connection that was opened ahead")
  func ahead() async throws {
    try await withServer { peer in
      if peer.number == 1 { peer.write("HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\nunasked") }
      while peer.readHead() != nil { peer.answer("asked") }
    } _: { client, origin in
      let user = UserConnection()
      #expect(await client.connect(to: origin, for: user).error == nil)
      while client.openConnections > 0 { await client.loop.yield() }
      let exchange = HTTPExchange()
      exchange.get()
      await client.perform(exchange, to: origin, for: user)
      #expect(exchange.bodyText == "asked")
      #expect(client.events.surplusResponses == 1)
    }
  }

  @Test(
    "are told from what a sound target says before it closes, and from stray bytes",
    arguments: ["HTTP/1.1 408 Request Timeout\r\nconnection: close\r\n\r\n", "\r\n", "<html>"])
  func notSurplus(text: String) async throws {
    try await withServer { peer in
      while peer.readHead() != nil {
        peer.answer()
        peer.waitUntilRead()
        if peer.number == 1 { peer.write(text) }
      }
    } _: { client, origin in
      let user = UserConnection()
      let exchange = HTTPExchange()
      for round in 1...3 {
        exchange.get()
        await client.perform(exchange, to: origin, for: user)
        #expect(exchange.outcome == "200")
        if round == 1 { while client.openConnections > 0 { await client.loop.yield() } }
      }
      #expect(client.events.surplusResponses == 0)
      #expect(client.connectionsOpened == 2)
    }
  }
}

@Suite("Lenient clients")
struct LenientClientTests {
  private static let text = "HTTP/1.1 200 OK\ncontent-length: 2\n\nok"

  @Test("read what curl reads, and count it by name", arguments: [true, false])
  func counted(keepHeaders: Bool) async throws {
    try await withServer {
      $0.lenient = true
    } serve: { peer in
      while peer.readHead() != nil {
        peer.write(Self.text.prefix(20) + "")
        peer.waitUntilRead()
        peer.write(Self.text.dropFirst(20) + "")
      }
    } _: { client, origin in
      let user = UserConnection()
      let exchange = HTTPExchange()
      exchange.keepHeaders = keepHeaders
      for _ in 1...3 {
        exchange.get()
        await client.perform(exchange, to: origin, for: user)
        #expect(exchange.bodyText == "ok", "\(exchange.detail)")
      }
      #expect(client.takeEvents().lenient == ["bare LF line ends": 3])
      #expect(client.connectionsOpened == 1)
    }
  }

  @Test("others say what was amiss and which option accepts it")
  func hint() async throws {
    try await withServer { peer in
      while peer.readHead() != nil { peer.write(Self.text) }
    } _: { client, origin in
      let exchange = HTTPExchange()
      exchange.get()
      await client.perform(exchange, to: origin, for: UserConnection())
      #expect(exchange.outcome == "malformed")
      #expect(exchange.detail.contains("line feed without a carriage return"))
      #expect(exchange.detail.contains("client.lenient: true accepts this"))
    }
  }
}
