import EventLoop
import HTTPClient
import Testing

@Suite("Connection policies")
struct PolicyTests {
  /// Performs `count` requests by as many users at once, and returns their outcomes.
  static func together(
    _ count: Int, _ client: HTTPClient, _ origin: HTTPOrigin, _ policy: ConnectionPolicy, requests: Int = 1
  ) async -> [String] {
    await withTaskGroup(of: [String].self) { group in
      for _ in 0..<count {
        group.addTask(executorPreference: client.loop) {
          let user = UserConnection(policy: policy)
          let exchange = HTTPExchange()
          var outcomes: [String] = []
          for _ in 0..<requests {
            exchange.get()
            await client.perform(exchange, to: origin, for: user)
            outcomes.append(exchange.outcome)
          }
          return outcomes
        }
      }
      var outcomes: [String] = []
      for await part in group { outcomes += part }
      return outcomes
    }
  }

  @Test(
    "users have one connection each, share a pool, or open one for each request",
    arguments: [
      (ConnectionPolicy.perUser, 5), (.pooled, 3), (.fresh, 20),
    ])
  func connections(policy: ConnectionPolicy, expected: Int) async throws {
    let connections = Counter()
    try await withServer {
      $0.maxPooledConnections = 3
    } serve: { peer in
      connections.next()
      while peer.readHead() != nil { peer.answer() }
    } _: { client, origin in
      let outcomes = await Self.together(5, client, origin, policy, requests: 4)
      #expect(outcomes == Array(repeating: "200", count: 20))
      #expect(client.connectionsOpened == UInt64(expected))
      #expect(client.openConnections == (policy == .pooled ? 3 : 0))
      #expect(client.inFlight == 0)
    }
    #expect(connections.value == expected)
  }

  @Test("as many users as connect ahead of their requests have as many connections, as far as the pool goes")
  func poolAhead() async throws {
    let connections = Counter()
    try await withServer {
      $0.maxPooledConnections = 4
    } serve: { peer in
      connections.next()
      while peer.readHead() != nil { peer.answer() }
    } _: { client, origin in
      let opened = await withTaskGroup(of: Bool.self) { group in
        for _ in 0..<6 {
          group.addTask(executorPreference: client.loop) {
            let opening = await client.connect(to: origin, for: UserConnection(policy: .pooled))
            if case .opened = opening { return true }
            return false
          }
        }
        return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
      }
      #expect(opened == 4)
      #expect(client.openConnections == 4 && client.connectionsOpened == 4)
      // What is sent then opens none.
      #expect(await Self.together(4, client, origin, .pooled) == Array(repeating: "200", count: 4))
      #expect(client.connectionsOpened == 4)
    }
    #expect(connections.value == 4)
  }

  @Test("users of a full pool are served in the order in which they came, and their wait is told")
  func poolOrder() async throws {
    try await withServer {
      $0.maxPooledConnections = 1
    } serve: { peer in
      while let head = peer.readHead() { peer.answer(head.split(separator: " ")[1] + "") }
    } _: { client, origin in
      let user = UserConnection(policy: .pooled)
      #expect(await client.connect(to: origin, for: user).error == nil)
      #expect(client.openConnections == 1)
      let exchanges = (0..<6).map { _ in HTTPExchange() }
      await withTaskGroup(of: Void.self) { group in
        for (number, exchange) in exchanges.enumerated() {
          group.addTask(executorPreference: client.loop) {
            exchange.get("/\(number)")
            await client.perform(exchange, to: origin, for: UserConnection(policy: .pooled))
          }
        }
      }
      let byStart = exchanges.sorted { $0.started < $1.started }
      for (first, second) in zip(byStart, byStart.dropFirst()) {
        #expect(first.done <= second.sent)
        // By how much depends on when each task got to ask.
        #expect(second.connectionWait == second.sent - second.started)
        #expect(second.connectionWait > 0)
        #expect(!second.openedConnection)
      }
      for (number, exchange) in exchanges.enumerated() { #expect(exchange.bodyText == "/\(number)") }
      #expect(client.connectionsOpened == 1)
    }
  }

  @Test("a pool whose connections close opens others for those who wait")
  func poolRefill() async throws {
    try await withServer {
      $0.maxPooledConnections = 2
    } serve: { peer in
      if peer.readHead() != nil { peer.answer(headers: "connection: close\r\n") }
    } _: { client, origin in
      let outcomes = await Self.together(7, client, origin, .pooled, requests: 2)
      #expect(outcomes == Array(repeating: "200", count: 14))
      #expect(client.connectionsOpened == 14)
      #expect(client.openConnections == 0)
    }
  }

  @Test("each user who waits for a pool that cannot connect fails by an attempt of its own")
  func poolFailure() async throws {
    let closed = try ClosedPort()
    defer { closed.release() }
    let port = closed.port
    try await withClient {
      $0.maxPooledConnections = 2
    } _: { client in
      let origin = client.origin(HTTPEndpoint(scheme: .http, host: "127.0.0.1", port: port))
      let outcomes = await Self.together(7, client, origin, .pooled)
      #expect(outcomes == Array(repeating: "connect_refused", count: 7))
      #expect(client.connectionsFailed >= 7)
      #expect(client.inFlight == 0)
    }
  }

  @Test("a user keeps a connection for each origin it talks to")
  func origins() async throws {
    let second = try TestServer { peer in
      while peer.readHead() != nil { peer.answer("second") }
    }
    second.start()
    defer { second.stop() }
    try await withServer { peer in
      while peer.readHead() != nil { peer.answer("first") }
    } _: { client, first in
      let other = client.origin(HTTPEndpoint(scheme: .http, host: "127.0.0.1", port: second.port))
      #expect(client.origin(other.endpoint) === other)
      let user = UserConnection()
      let exchange = HTTPExchange()
      for _ in 1...3 {
        for (origin, text) in [(first, "first"), (other, "second"), (other, "second")] {
          exchange.get()
          await client.perform(exchange, to: origin, for: user)
          #expect(exchange.bodyText == text)
        }
      }
      #expect(client.connectionsOpened == 2)
      user.close()
      #expect(client.openConnections == 0)
    }
  }

  @Test("a user who goes takes the connections along")
  func userGone() async throws {
    try await withServer { peer in
      while peer.readHead() != nil { peer.answer() }
    } _: { client, origin in
      let outcomes = await Self.together(3, client, origin, .perUser)
      #expect(outcomes.count == 3)
      #expect(client.openConnections == 0)
    }
  }

  @Test("ending all resumes everyone, connecting, waiting or under way", arguments: ConnectionPolicy.allCases)
  func cancelAll(_ policy: ConnectionPolicy) async throws {
    let gate = Latch()
    try await withServer {
      $0.maxPooledConnections = 2
    } serve: { peer in
      guard peer.readHead() != nil else { return }
      gate.wait()
    } _: { client, origin in
      defer { gate.open() }
      let waiting = Task(executorPreference: client.loop) {
        await Self.together(6, client, origin, policy)
      }
      // Some are under way, others connecting or waiting, depending on the policy.
      while client.openConnections == 0 { await client.loop.yield() }
      #expect(client.inFlight == 6)
      client.cancelAll()
      let outcomes = await waiting.value
      #expect(outcomes == Array(repeating: "cancelled", count: 6))
      #expect(client.inFlight == 0)
      #expect(client.openConnections == 0)
    }
  }

  @Test("ending all in the middle of connecting leaves a client that works")
  func cancelConnecting() async throws {
    try await withServer { peer in
      while peer.readHead() != nil { peer.answer() }
    } _: { client, origin in
      // More than begin to connect at once.
      let users = 100
      for policy in ConnectionPolicy.allCases {
        let waiting = Task(executorPreference: client.loop) {
          await Self.together(users, client, origin, policy)
        }
        while client.inFlight < users { await client.loop.yield() }
        client.cancelAll()
        let outcomes = await waiting.value
        #expect(outcomes == Array(repeating: "cancelled", count: users))
        #expect(client.openConnections == 0)
        #expect(await Self.together(4, client, origin, policy) == Array(repeating: "200", count: 4))
        client.cancelAll()
      }
    }
  }
}
