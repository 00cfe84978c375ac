import EventLoop
import HTTPClient
import Testing

@Suite("Answers that come while the request is still being sent")
struct EarlyAnswerTests {
  /// More than the kernel's buffers of both sides take.
  static let large = 256 << 20

  struct Refusal: Sendable, CustomTestStringConvertible {
    var name: String
    var outcome = "413"
    /// What the client may find instead: a close is a reset where the server's kernel had bytes unread.
    var alternatives: [String] = []
    var act: @Sendable (Peer) -> Void
    var testDescription: String { name }
  }

  static let table = [
    Refusal(name: "answers and waits for the client to close") { peer in
      peer.answer("too large", status: "413 Content Too Large")
      peer.waitForClose()
    },
    Refusal(name: "answers with Connection: close, ends its side and waits") { peer in
      peer.answer("too large", status: "413 Content Too Large", headers: "connection: close\r\n")
      peer.finish()
      peer.waitForClose()
    },
    Refusal(name: "answers and closes with bytes unread, which resets") { peer in
      peer.answer("too large", status: "413 Content Too Large")
      peer.waitUntilRead()
      peer.close()
    },
    Refusal(name: "answers in two parts, the second after the close began") { peer in
      peer.write("HTTP/1.1 413 Content Too Large\r\ncontent-length: 9\r\n\r\ntoo ")
      peer.waitUntilRead()
      peer.write("large")
      peer.waitUntilRead()
      peer.close()
    },
    Refusal(name: "answers until the close, and ends its side") { peer in
      peer.write("HTTP/1.1 413 Content Too Large\r\n\r\ntoo large")
      peer.finish()
      peer.waitForClose()
    },
    Refusal(name: "answers 100 first, then refuses") { peer in
      peer.write("HTTP/1.1 100 Continue\r\n\r\n")
      peer.waitUntilRead()
      peer.answer("too large", status: "413 Content Too Large")
      peer.waitForClose()
    },
    Refusal(name: "closes without a word", outcome: "reset", alternatives: ["closed"]) { $0.close() },
    Refusal(name: "resets without a word", outcome: "reset") { $0.reset() },
    Refusal(name: "resets in the middle of the answer", outcome: "reset") { peer in
      peer.write("HTTP/1.1 413 Content Too Large\r\ncontent-length: 9\r\n\r\ntoo ")
      peer.waitUntilRead()
      peer.reset()
    },
  ]

  @Test("it is read and counts, whatever the server does to the connection then", arguments: table, [false, true])
  func refusals(_ refusal: Refusal, chunked: Bool) async throws {
    try await withServer { peer in
      guard let head = peer.readHead() else { return }
      if peer.number == 1 { return refusal.act(peer) }
      _ = head.contains("chunked") ? peer.readChunks() : peer.readBytes(head.contentLength)
      peer.answer("taken")
    } _: { client, origin in
      let user = UserConnection()
      let exchange = HTTPExchange()
      exchange.post(.repeated(byte: 0x7A, count: Self.large), chunked: chunked)
      await client.perform(exchange, to: origin, for: user)
      let allowed = [refusal.outcome] + refusal.alternatives
      #expect(allowed.contains(exchange.outcome), "\(exchange.detail)")
      if refusal.outcome == "413" {
        #expect(exchange.bodyText == "too large")
        #expect(exchange.answeredEarly)
        #expect(exchange.failure == nil)
      }
      #expect(exchange.bytesSent < Self.large)
      #expect(client.openConnections == 0)

      // The connection is gone; the next request has one of its own.
      exchange.post(.repeated(byte: 0x7A, count: 100), chunked: chunked)
      await client.perform(exchange, to: origin, for: user)
      #expect(exchange.outcome == "200", "\(exchange.detail)")
      #expect(exchange.bodyText == "taken")
      #expect(!exchange.answeredEarly)
      #expect(client.connectionsOpened == 2)
    }
  }

  @Test("a server that streams its answer while it reads gets the whole request")
  func bothWays() async throws {
    let size = 8 << 20
    try await withServer { peer in
      guard peer.readHead() != nil else { return }
      peer.write("HTTP/1.1 200 OK\r\ncontent-length: \(size)\r\n\r\n")
      for _ in 0..<(size / 65_536) {
        guard let piece = peer.readBytes(65_536) else { return }
        peer.write(piece)
      }
      _ = peer.readHead()
    } _: { client, origin in
      let exchange = HTTPExchange()
      exchange.post(.repeated(byte: 0x42, count: size))
      await client.perform(exchange, to: origin, for: UserConnection())
      #expect(exchange.outcome == "200", "\(exchange.detail)")
      #expect(exchange.bytesSent == exchange.head.count + size)
      #expect(exchange.bodyBytes == size)
      #expect(exchange.body.allSatisfy { $0 == 0x42 })
      #expect(!exchange.answeredEarly)
    }
  }
}
