import EventLoop
import Testing

@testable import HTTPClient

/// A crowd's connections begin in turns, 32 in a round of the loop.
@Suite("Turns of connecting")
struct TurnTests {
  static let crowd = 40
  static let inTurn = 32

  /// Users who ask at once, in their order, for a loop that then does something else for a time, so that the turn of the last
  /// comes late.
  ///
  /// - Returns: their exchanges, and for how long the loop was kept, nanoseconds.
  static func crowd(
    _ client: HTTPClient, _ origin: HTTPOrigin, _ policy: ConnectionPolicy, kept: UInt64
  ) async -> [HTTPExchange] {
    let exchanges = (0..<crowd).map { _ in HTTPExchange() }
    await withTaskGroup(of: Void.self) { group in
      // On the loop's own thread, so that all of them are begun in one round.
      for exchange in exchanges {
        group.addTask(executorPreference: client.loop) {
          let user = UserConnection(policy: policy)
          exchange.get()
          await client.perform(exchange, to: origin, for: user)
        }
      }
      group.addTask(executorPreference: client.loop) {
        let end = EventLoop.now() + kept
        while EventLoop.now() < end {}
      }
    }
    return exchanges
  }

  @Test(
    "who waits for the turn to connect waits for this machine, and that is no part of connecting",
    arguments: [ConnectionPolicy.perUser, .fresh])
  func wait(policy: ConnectionPolicy) async throws {
    let kept: UInt64 = 20_000_000
    try await withServer { peer in
      while peer.readHead() != nil { peer.answer() }
    } _: { client, origin in
      // The name is known from here on.
      #expect(await client.connect(to: origin, for: UserConnection()).error == nil)
      let exchanges = await Self.crowd(client, origin, policy, kept: kept)
      #expect(exchanges.map(\.outcome) == Array(repeating: "200", count: Self.crowd))
      for exchange in exchanges.prefix(Self.inTurn) {
        #expect(exchange.turnWait == 0)
        // Its connection was being made while the loop was kept.
        #expect(exchange.connectTime >= kept)
      }
      for exchange in exchanges.dropFirst(Self.inTurn) { #expect(exchange.turnWait >= kept) }
      for exchange in exchanges {
        #expect(exchange.openedConnection && exchange.connectTime > 0)
        #expect(exchange.connectionWait == exchange.turnWait + exchange.connectTime)
      }
    }
  }

  @Test(
    "who gets a connection of a pool waited for its turn since asking, and no longer than the turn took to come",
    arguments: [
      (asked: 50, wait: 30), (asked: 100, wait: 30), (asked: 110, wait: 20), (asked: 130, wait: 0),
      (asked: 140, wait: 0),
    ] as [(UInt64, UInt64)])
  func pooled(asked: UInt64, wait: UInt64) {
    let origin = HTTPOrigin(endpoint: HTTPEndpoint(scheme: .http, host: "127.0.0.1", port: 1))
    let attempt = ConnectAttempt(origin: origin, user: nil, waiter: nil, began: 90)
    #expect(attempt.turnWait == 0 && attempt.turnWait(since: asked) == 0)
    attempt.joinLine(at: 100)
    attempt.leaveLine(at: 130)
    #expect(attempt.turnWait == 30 && attempt.began == 120)
    #expect(attempt.turnWait(since: asked) == wait)
  }

  @Test("connecting ahead of a request tells its times, too")
  func ahead() async throws {
    try await withServer { peer in
      peer.waitForClose()
    } _: { client, origin in
      let users = (0..<Self.crowd).map { _ in UserConnection() }
      #expect(await client.connect(to: origin, for: UserConnection()).error == nil)
      let times = await withTaskGroup(of: (number: Int, turn: UInt64, connect: UInt64, all: UInt64)?.self) { group in
        for (number, user) in users.enumerated() {
          group.addTask(executorPreference: client.loop) {
            let asked = EventLoop.now()
            guard case .opened(let connect, let turn) = await client.connect(to: origin, for: user) else { return nil }
            return (number, turn, connect, EventLoop.now() - asked)
          }
        }
        return await group.reduce(into: []) { $0 += $1.map { [$0] } ?? [] }
      }
      #expect(times.count == Self.crowd)
      for time in times {
        #expect((time.turn == 0) == (time.number < Self.inTurn))
        #expect(time.connect > 0 && time.turn + time.connect <= time.all)
      }
      for user in users { user.close() }
    }
  }

  @Test("the connect timeout counts from the turn")
  func timeout() async throws {
    let silent = try SilentListener()
    defer { silent.stop() }
    let (port, limit) = (silent.port, UInt64(100_000_000))
    try await withClient {
      $0.connectTimeout = limit
    } _: { client in
      let origin = client.origin(HTTPEndpoint(scheme: .http, host: "127.0.0.1", port: port))
      // Twice: the first crowd waits for the name.
      for _ in 0..<2 {
        let exchanges = await Self.crowd(client, origin, .perUser, kept: 2 * limit)
        #expect(exchanges.map(\.outcome) == Array(repeating: "connect_timeout", count: Self.crowd))
        for exchange in exchanges {
          #expect(exchange.done - exchange.started >= exchange.turnWait + limit)
        }
        #expect(exchanges.last!.turnWait > 0)
      }
    }
  }

  @Test("where the time is over before there is a socket, an address is no name that could not be found")
  func noTime() async throws {
    let silent = try SilentListener()
    defer { silent.stop() }
    let port = silent.port
    try await withClient {
      $0.connectTimeout = 1_000_000
    } _: { client in
      let origin = client.origin(HTTPEndpoint(scheme: .http, host: "127.0.0.1", port: port))
      for _ in 0..<20 {
        let exchanges = await Self.crowd(client, origin, .perUser, kept: 1_000_000)
        #expect(Set(exchanges.map(\.outcome)) == ["connect_timeout"])
      }
    }
  }
}
