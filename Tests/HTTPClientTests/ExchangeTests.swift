import EventLoop
import HTTPClient
import HTTPMessage
import Testing

@Suite("Exchanges on a plain connection")
struct ExchangeTests {
  @Test("an answer fills the exchange, and the next request goes out on the same connection")
  func answers() async throws {
    let requests = Counter()
    try await withServer { peer in
      while peer.readHead() != nil { peer.answer("hello \(requests.next())", headers: "x-name: value\r\n") }
    } _: { client, origin in
      let user = UserConnection()
      let exchange = HTTPExchange()
      for round in 1...3 {
        exchange.get()
        await client.perform(exchange, to: origin, for: user)
        #expect(exchange.outcome == "200", "\(exchange.detail)")
        #expect(exchange.bodyText == "hello \(round)")
        #expect(exchange.bodyBytes == 7)
        #expect(exchange.headers.first("x-name") == "value")
        #expect(exchange.openedConnection == (round == 1))
        #expect(exchange.bytesSent == exchange.head.count)
        #expect(exchange.bytesReceived > 7)
        #expect(exchange.started <= exchange.sent)
        #expect(exchange.sent < exchange.firstByte)
        #expect(exchange.firstByte <= exchange.done)
      }
      #expect(client.openConnections == 1)
      #expect(client.connectionsOpened == 1)
      #expect(client.inFlight == 0)
    }
  }
}
