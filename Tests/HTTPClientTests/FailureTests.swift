import EventLoop
import HTTPClient
import Testing

@Suite("What goes wrong on a connection has a name")
struct FailureTests {
  struct Misdeed: Sendable, CustomTestStringConvertible {
    var name: String
    var outcome: String
    /// What the failure's words must hold.
    var words = ""
    var status = 0
    var act: @Sendable (Peer) -> Void
    var testDescription: String { name }
  }

  static let table = [
    Misdeed(name: "closes at once", outcome: "closed", words: "before a response") { _ in },
    Misdeed(name: "closes after the request", outcome: "closed", words: "before a response") { _ = $0.readHead() },
    Misdeed(name: "closes in the head", outcome: "truncated", words: "after 20 bytes") {
      _ = $0.readHead()
      $0.write("HTTP/1.1 200 OK\r\nx-a")
    },
    Misdeed(name: "closes after an interim answer", outcome: "truncated") {
      _ = $0.readHead()
      $0.write("HTTP/1.1 100 Continue\r\n\r\n")
    },
    Misdeed(name: "closes in the body", outcome: "truncated", words: "closed in the middle", status: 200) {
      _ = $0.readHead()
      $0.write("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf")
    },
    Misdeed(name: "closes in a chunk", outcome: "truncated", status: 200) {
      _ = $0.readHead()
      $0.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nab")
    },
    Misdeed(name: "resets after the request", outcome: "reset", words: "reset") {
      _ = $0.readHead()
      $0.reset()
    },
    Misdeed(name: "resets in the body", outcome: "reset", words: "reset", status: 200) {
      _ = $0.readHead()
      $0.write("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf")
      $0.waitUntilRead()
      $0.reset()
    },
    Misdeed(name: "speaks another protocol", outcome: "malformed", words: "status line") {
      _ = $0.readHead()
      $0.write("220 mail.example.com ESMTP\r\n")
      $0.drain()
    },
    Misdeed(name: "frames ambiguously", outcome: "malformed", words: "Content-Length and Transfer-Encoding") {
      _ = $0.readHead()
      $0.write("HTTP/1.1 200 OK\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n")
      $0.drain()
    },
    Misdeed(name: "sends a bad chunk size", outcome: "malformed", words: "chunk size", status: 200) {
      _ = $0.readHead()
      $0.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n")
      $0.drain()
    },
    Misdeed(name: "sends a head without end", outcome: "too_large", words: "larger than the limit") { peer in
      _ = peer.readHead()
      peer.write("HTTP/1.1 200 OK\r\n")
      while peer.write("x-filler: \(String(repeating: "y", count: 1000))\r\n") {}
    },
    Misdeed(name: "sends interim answers for ever", outcome: "too_large", words: "interim") { peer in
      _ = peer.readHead()
      while peer.write("HTTP/1.1 102 Processing\r\n\r\n") {}
    },
    Misdeed(name: "switches protocols unasked", outcome: "malformed", words: "101") {
      _ = $0.readHead()
      $0.write("HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\n")
      $0.drain()
    },
  ]

  @Test("each misdeed of a server is named, and the next request is not harmed", arguments: table)
  func misdeeds(_ misdeed: Misdeed) async throws {
    try await withServer { peer in
      if peer.number == 1 { return misdeed.act(peer) }
      while peer.readHead() != nil { peer.answer("sound") }
    } _: { client, origin in
      let user = UserConnection()
      let exchange = HTTPExchange()
      exchange.get()
      await client.perform(exchange, to: origin, for: user)
      // A reset that finds the request unsent, or the close, may come first: both are what happened.
      let allowed = misdeed.name == "closes at once" ? ["closed", "reset"] : [misdeed.outcome]
      #expect(allowed.contains(exchange.outcome), "\(exchange.detail)")
      #expect(exchange.outcome != misdeed.outcome || exchange.detail.contains(misdeed.words), "\(exchange.detail)")
      #expect(exchange.detail.contains("http://127.0.0.1:\(origin.endpoint.port)"))
      #expect(exchange.status == misdeed.status)
      #expect(exchange.sent > 0)
      #expect(exchange.done >= exchange.sent)
      #expect(client.openConnections == 0)

      exchange.get()
      await client.perform(exchange, to: origin, for: user)
      #expect(exchange.outcome == "200", "\(exchange.detail)")
      #expect(exchange.detail.isEmpty)
      #expect(exchange.bodyText == "sound")
      #expect(exchange.openedConnection)
      #expect(client.openConnections == 1)
      #expect(client.inFlight == 0)
    }
  }

  @Test("a close of an idle connection harms nobody: the next request opens another")
  func idleClose() async throws {
    try await withServer { peer in
      if peer.readHead() != nil { peer.answer() }
    } _: { client, origin in
      let user = UserConnection()
      let exchange = HTTPExchange()
      for round in 1...3 {
        exchange.get()
        await client.perform(exchange, to: origin, for: user)
        #expect(exchange.outcome == "200", "\(exchange.detail)")
        while client.openConnections > 0 { await client.loop.yield() }
        #expect(client.connectionsOpened == UInt64(round))
      }
      #expect(client.connectionsFailed == 0)
    }
  }

  @Test("bytes that nobody asked for close an idle connection, and are never taken for an answer")
  func unsolicited() async throws {
    try await withServer { peer in
      let first = peer.number == 1
      while peer.readHead() != nil {
        peer.answer(first ? "asked" : "second")
        if first {
          peer.waitUntilRead()
          peer.write("HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\nunasked")
        }
      }
    } _: { client, origin in
      let user = UserConnection()
      let exchange = HTTPExchange()
      exchange.get()
      await client.perform(exchange, to: origin, for: user)
      #expect(exchange.bodyText == "asked")
      while client.openConnections > 0 { await client.loop.yield() }
      exchange.get()
      await client.perform(exchange, to: origin, for: user)
      #expect(exchange.bodyText == "second")
      #expect(client.connectionsOpened == 2)
      #expect(client.events.surplusResponses == 1)
    }
  }
}

@Suite("Timeouts")
struct TimeoutTests {
  @Test("an answer that comes too late is a timeout, and never the next request's answer")
  func lateAnswer() async throws {
    let late = Latch()
    try await withServer { peer in
      let first = peer.number == 1
      while peer.readHead() != nil {
        if first { late.wait() }
        peer.answer(first ? "late" : "on time")
      }
    } _: { client, origin in
      let user = UserConnection()
      let exchange = HTTPExchange()
      exchange.timeout = 20_000_000
      exchange.get()
      await client.perform(exchange, to: origin, for: user)
      #expect(exchange.outcome == "timeout")
      #expect(exchange.detail.contains("0.02 seconds"), "\(exchange.detail)")
      #expect(exchange.detail.contains("no byte received"))
      #expect(exchange.done - exchange.sent >= 20_000_000)
      #expect(client.openConnections == 0)
      late.open()
      exchange.timeout = 30_000_000_000
      exchange.get()
      await client.perform(exchange, to: origin, for: user)
      #expect(exchange.bodyText == "on time")
      #expect(client.connectionsOpened == 2)
    }
  }

  @Test("the timeout says how far the exchange had come", arguments: ["nothing", "half", "unread"])
  func progress(_ kind: String) async throws {
    let end = Latch()
    try await withServer { peer in
      _ = peer.readHead()
      if kind == "half" { peer.write("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf") }
      end.wait()
    } _: { client, origin in
      let exchange = HTTPExchange()
      exchange.timeout = 50_000_000
      if kind == "unread" { exchange.post(.repeated(byte: 0, count: 64 << 20)) } else { exchange.get() }
      await client.perform(exchange, to: origin, for: UserConnection())
      // On a machine with much else to do, the timeout may pass before the half.
      while kind == "half", exchange.outcome == "timeout", exchange.status == 0, exchange.timeout < 60_000_000_000 {
        exchange.timeout *= 2
        exchange.get()
        await client.perform(exchange, to: origin, for: UserConnection())
      }
      end.open()
      #expect(exchange.outcome == "timeout")
      let words = ["nothing": "no byte received", "half": "43 bytes received", "unread": "bytes of the request sent"]
      #expect(exchange.detail.contains(words[kind]!), "\(exchange.detail)")
      #expect(exchange.status == (kind == "half" ? 200 : 0))
    }
  }

  /// On a machine with much else to do, a short timeout may pass before a sound server's answer.
  static func askUntilAnswered(
    _ exchange: HTTPExchange, _ client: HTTPClient, _ origin: HTTPOrigin, _ user: UserConnection
  ) async {
    repeat {
      exchange.get()
      await client.perform(exchange, to: origin, for: user)
    } while exchange.outcome == "timeout"
    #expect(exchange.outcome == "200", "\(exchange.detail)")
  }

  @Test(
    "each request has its own timeout, shorter or longer than the one before",
    arguments: [(60_000_000_000, 50_000_000), (200_000_000, 500_000_000)] as [(UInt64, UInt64)])
  func changing(first: UInt64, second: UInt64) async throws {
    let end = Latch()
    try await withServer { peer in
      _ = peer.readHead()
      peer.answer()
      _ = peer.readHead()
      end.wait()
    } _: { client, origin in
      let user = UserConnection()
      let exchange = HTTPExchange()
      exchange.timeout = first
      await Self.askUntilAnswered(exchange, client, origin, user)
      exchange.timeout = second
      exchange.get()
      await client.perform(exchange, to: origin, for: user)
      end.open()
      #expect(exchange.outcome == "timeout")
      #expect(exchange.done - exchange.sent >= second)
      #expect(exchange.done - exchange.sent < 30_000_000_000)
    }
  }

  @Test("a timer armed by one request does not cut a later one short")
  func timerReuse() async throws {
    let gate = Latch()
    try await withServer { peer in
      _ = peer.readHead()
      peer.answer("first")
      _ = peer.readHead()
      gate.wait()
      peer.answer("second")
    } _: { client, origin in
      let user = UserConnection()
      let exchange = HTTPExchange()
      exchange.timeout = 200_000_000
      await Self.askUntilAnswered(exchange, client, origin, user)
      // The timer of the first request fires within the second, whose own timeout is far away.
      exchange.timeout = 60_000_000_000
      exchange.get()
      let firing = exchange.sent + 210_000_000
      let opener = Task(executorPreference: client.loop) {
        try await client.loop.sleep(until: firing)
        gate.open()
      }
      await client.perform(exchange, to: origin, for: user)
      try await opener.value
      #expect(exchange.outcome == "200", "\(exchange.detail)")
      #expect(exchange.bodyText == "second")
      #expect(!exchange.openedConnection)
    }
  }
}
