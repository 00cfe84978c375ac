import EventLoop
import HTTPClient
import Testing

@Suite("Used connections that the target has closed")
struct ReuseTests {
  /// Answers one request on each connection, and ends it when a second one has come.
  @Sendable static func closesOnSecond(_ peer: Peer, reset: Bool) {
    guard peer.readHead() != nil else { return }
    peer.answer("\(peer.number)")
    guard peer.readHead() != nil else { return }
    if reset { peer.reset() }
  }

  @Test(
    "a request that may be repeated is sent again on a new connection, once, and its times go on",
    arguments: [ConnectionPolicy.perUser, .pooled], [false, true])
  func again(policy: ConnectionPolicy, reset: Bool) async throws {
    try await withServer { peer in
      Self.closesOnSecond(peer, reset: reset)
    } _: { client, origin in
      let user = UserConnection(policy: policy)
      let exchange = HTTPExchange()
      exchange.repetition = .allowed
      for round in 1...5 {
        exchange.get()
        await client.perform(exchange, to: origin, for: user)
        #expect(exchange.outcome == "200", "\(exchange.detail)")
        #expect(exchange.bodyText == "\(round)")
        #expect(exchange.wasRepeated == (round > 1))
        #expect(exchange.openedConnection)
        #expect(exchange.started <= exchange.sent && exchange.sent < exchange.done)
        if round > 1 { #expect(exchange.sent + exchange.connectTime <= exchange.done) }
        #expect(round == 1 || exchange.connectionWait == 0)
        #expect(exchange.bytesSent == exchange.head.count * (round > 1 ? 2 : 1))
      }
      #expect(client.connectionsOpened == 5)
      #expect(client.takeEvents().reopened == 4)
      #expect(client.events.reopened == 0)
      #expect(client.inFlight == 0)
    }
  }

  @Test("many users of a small pool whose connections all end are all served, and the pool's limit holds")
  func fullPool() async throws {
    let open = Counter()
    try await withServer {
      $0.maxPooledConnections = 2
    } serve: { peer in
      open.next()
      Self.closesOnSecond(peer, reset: false)
    } _: { client, origin in
      let outcomes = await withTaskGroup(of: [String].self) { group in
        for _ in 0..<8 {
          group.addTask(executorPreference: client.loop) {
            let user = UserConnection(policy: .pooled)
            let exchange = HTTPExchange()
            exchange.repetition = .allowed
            var outcomes: [String] = []
            for _ in 0..<5 {
              exchange.get()
              await client.perform(exchange, to: origin, for: user)
              outcomes.append(exchange.outcome)
              if client.openConnections > 2 { outcomes.append("\(client.openConnections) connections") }
            }
            return outcomes
          }
        }
        return await group.reduce(into: []) { $0 += $1 }
      }
      #expect(outcomes == Array(repeating: "200", count: 40))
      #expect(client.connectionsOpened == 40 && client.events.reopened >= 30)
    }
    #expect(open.value == 40)
  }

  @Test(
    "a body is sent again whole",
    arguments: [
      (HTTPRequestBody.bytes(Array(repeating: 0x61, count: 10)), false),
      (.bytes(Array(repeating: 0x61, count: 300_000)), false), (.repeated(byte: 0x61, count: 700_000), false),
      (.bytes(Array(repeating: 0x61, count: 40_000)), true),
    ])
  func bodies(body: HTTPRequestBody, chunked: Bool) async throws {
    let wire = chunked ? 40_000 + 2 * 8 + 6 + 2 + 5 : body.count
    let expected = chunked ? wire : body.count
    try await withServer { peer in
      guard peer.readHead() != nil, let first = peer.readBytes(expected) else { return }
      peer.answer("\(first.count)")
      if peer.number == 1 { _ = peer.readHead() } else { peer.drain() }
    } _: { client, origin in
      let user = UserConnection()
      let exchange = HTTPExchange()
      exchange.repetition = .allowed
      for round in 1...2 {
        exchange.post(body, chunked: chunked)
        await client.perform(exchange, to: origin, for: user)
        #expect(exchange.outcome == "200", "\(exchange.detail)")
        #expect(exchange.bodyText == "\(expected)")
        #expect(exchange.wasRepeated == (round == 2))
      }
    }
  }

  @Test(
    "a request that may not be repeated fails, and its words say why",
    arguments: [
      (HTTPExchange.Repetition.notIdempotent, "not idempotent and has no Idempotency-Key"),
      (.switchedOff, "client.retry_closed is 'never'"),
    ])
  func notRepeated(repetition: HTTPExchange.Repetition, words: String) async throws {
    try await withServer { peer in
      Self.closesOnSecond(peer, reset: false)
    } _: { client, origin in
      let user = UserConnection()
      let exchange = HTTPExchange()
      exchange.repetition = repetition
      exchange.post(.none)
      await client.perform(exchange, to: origin, for: user)
      exchange.post(.none)
      await client.perform(exchange, to: origin, for: user)
      #expect(exchange.outcome == "closed")
      #expect(exchange.detail.contains("closed before a response, on a connection that had carried 1 before"))
      #expect(exchange.detail.contains(words), "\(exchange.detail)")
      #expect(client.events.reopened == 0)
    }
  }

  @Test("on a new connection nothing is repeated, so that a request is sent twice at the most")
  func onlyOnce() async throws {
    let heads = Counter()
    try await withServer { peer in
      guard peer.readHead() != nil else { return }
      heads.next()
      if peer.number > 1 { return }
      peer.answer()
      if peer.readHead() != nil { heads.next() }
    } _: { client, origin in
      let user = UserConnection()
      let exchange = HTTPExchange()
      exchange.repetition = .allowed
      for expected in ["200", "closed", "closed"] {
        exchange.get()
        await client.perform(exchange, to: origin, for: user)
        #expect(exchange.outcome == expected, "\(exchange.detail)")
      }
      #expect(client.connectionsOpened == 3 && client.openConnections == 0)
    }
    #expect(heads.value == 4)
  }

  @Test("a response that breaks off is not asked for again")
  func truncated() async throws {
    try await withServer { peer in
      guard peer.readHead() != nil else { return }
      peer.answer()
      if peer.readHead() != nil { peer.write("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nab") }
    } _: { client, origin in
      let user = UserConnection()
      let exchange = HTTPExchange()
      exchange.repetition = .allowed
      for expected in ["200", "truncated"] {
        exchange.get()
        await client.perform(exchange, to: origin, for: user)
        #expect(exchange.outcome == expected)
      }
    }
  }

  @Test("under TLS too", .enabled(if: TLSFixture.isAvailable, "\(TLSFixture.missing)"))
  func encrypted() async throws {
    let fixture = try TLSFixture.shared.get()
    let port = try TLSServer.shared().port
    try await withClient {
      $0.caBundle = fixture.authority
    } _: { client in
      let origin = client.origin(HTTPEndpoint(scheme: .https, host: "127.0.0.1", port: port))
      let user = UserConnection()
      let exchange = HTTPExchange()
      exchange.repetition = .allowed
      exchange.get("/own/1")
      await client.perform(exchange, to: origin, for: user)
      exchange.get("/own/lost")
      await client.perform(exchange, to: origin, for: user)
      #expect(exchange.bodyText == "/own/lost", "\(exchange.detail)")
      #expect(exchange.wasRepeated && client.events.reopened == 1)
    }
  }

  @Test("after a request with Connection: close its connection is not used again", arguments: [true, false])
  func closesConnection(closes: Bool) async throws {
    try await withServer { peer in
      while peer.readHead() != nil { peer.answer() }
    } _: { client, origin in
      for policy in [ConnectionPolicy.perUser, .pooled] {
        let before = client.connectionsOpened
        let user = UserConnection(policy: policy)
        let exchange = HTTPExchange()
        for round in 1...4 {
          exchange.get()
          exchange.closesConnection = closes && round % 2 == 1
          await client.perform(exchange, to: origin, for: user)
          #expect(exchange.outcome == "200")
        }
        #expect(client.connectionsOpened - before == (closes ? 3 : 1))
      }
    }
  }

  struct Idleness: Sendable {
    var stated = ""
    var byHand: UInt64?
    var connections: UInt64
  }

  @Test(
    "an idle connection is replaced at the time that the target states or the options do, whichever is shorter",
    arguments: [
      Idleness(connections: 1), Idleness(stated: "timeout=0", connections: 4),
      Idleness(stated: "timeout=1000", connections: 1), Idleness(byHand: 1, connections: 4),
      Idleness(stated: "timeout=1000", byHand: 1, connections: 4),
      Idleness(stated: "timeout=0", byHand: .max, connections: 4), Idleness(byHand: .max, connections: 1),
    ])
  func idle(_ idleness: Idleness) async throws {
    try await withServer {
      $0.keepAlive = idleness.byHand
    } serve: { peer in
      while peer.readHead() != nil {
        peer.answer(headers: idleness.stated.isEmpty ? "" : "keep-alive: \(idleness.stated)\r\n")
      }
    } _: { client, origin in
      for policy in [ConnectionPolicy.perUser, .pooled] {
        let before = client.connectionsOpened
        let user = UserConnection(policy: policy)
        let exchange = HTTPExchange()
        for _ in 1...4 {
          exchange.get()
          await client.perform(exchange, to: origin, for: user)
          #expect(exchange.outcome == "200")
        }
        #expect(client.connectionsOpened - before == idleness.connections)
        #expect(client.takeEvents().renewed == idleness.connections - 1)
      }
    }
  }
}
