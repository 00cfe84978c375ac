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
        #expect(exchange.connectionWait == exchange.sent - exchange.started)
        #expect(exchange.connectTime <= exchange.connectionWait)
        #expect(exchange.sent < exchange.firstByte)
        #expect(exchange.firstByte <= exchange.done)
      }
      #expect(client.openConnections == 1)
      #expect(client.connectionsOpened == 1)
      #expect(client.inFlight == 0)
    }
  }

  struct Answer: Sendable, CustomTestStringConvertible {
    var name: String
    var method = "GET"
    var text: String
    var status = 200
    var body = ""
    /// Whether the connection may carry the next request.
    var keeps = true
    /// The server closes after it.
    var closes = false
    var testDescription: String { name }
  }

  static let framed = [
    Answer(name: "Content-Length", text: "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nabc", body: "abc"),
    Answer(name: "an empty body", text: "HTTP/1.1 201 Created\r\ncontent-length: 0\r\n\r\n", status: 201),
    Answer(
      name: "chunks and a trailer",
      text: "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n4;x=y\r\ndefg\r\n0\r\nx-t: v\r\n\r\n",
      body: "abcdefg"),
    Answer(
      name: "a body until the close", text: "HTTP/1.1 200 OK\r\n\r\nto the end", body: "to the end", keeps: false,
      closes: true),
    Answer(
      name: "HEAD, whose Content-Length promises nothing", method: "HEAD",
      text: "HTTP/1.1 200 OK\r\ncontent-length: 300\r\n\r\n"),
    Answer(name: "204", text: "HTTP/1.1 204 No Content\r\n\r\n", status: 204),
    Answer(name: "304 with a length", text: "HTTP/1.1 304 Not Modified\r\ncontent-length: 9\r\n\r\n", status: 304),
    Answer(
      name: "interim answers before the final one",
      text: "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n"
        + "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok", body: "ok"),
    Answer(
      name: "Connection: close", text: "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok",
      body: "ok", keeps: false),
    Answer(name: "HTTP/1.0", text: "HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok", body: "ok", keeps: false),
    Answer(
      name: "HTTP/1.0 with keep-alive",
      text: "HTTP/1.0 200 OK\r\nconnection: keep-alive\r\ncontent-length: 2\r\n\r\nok", body: "ok"),
    Answer(
      name: "bytes after the answer", text: "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nokHTTP/1.1 500 X\r\n\r\n",
      body: "ok", keeps: false),
  ]

  @Test("every way to frame an answer is understood, whole and byte by byte", arguments: framed, [false, true])
  func framings(_ answer: Answer, split: Bool) async throws {
    try await withServer { peer in
      while peer.readHead() != nil {
        if split {
          for byte in answer.text.utf8 where !peer.write([byte]) { return }
        } else {
          peer.write(answer.text)
        }
        if answer.closes { return }
      }
    } _: { client, origin in
      let user = UserConnection()
      let exchange = HTTPExchange()
      for _ in 1...2 {
        exchange.get("/", method: answer.method)
        await client.perform(exchange, to: origin, for: user)
        #expect(exchange.outcome == String(answer.status), "\(exchange.detail)")
        #expect(exchange.bodyText == answer.body)
        #expect(exchange.bodyBytes == answer.body.utf8.count)
        #expect(!exchange.answeredEarly)
        // Bytes after a split answer come when the connection is idle.
        while !answer.keeps, client.openConnections > 0 { await client.loop.yield() }
      }
      #expect(client.connectionsOpened == (answer.keeps ? 1 : 2))
      #expect(client.connectionsFailed == 0)
    }
  }

  @Test("trailers are there once the answer is complete")
  func trailers() async throws {
    try await withServer { peer in
      while peer.readHead() != nil {
        peer.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n0\r\nx-sum: 97\r\n\r\n")
      }
    } _: { client, origin in
      let exchange = HTTPExchange()
      exchange.get()
      await client.perform(exchange, to: origin, for: UserConnection())
      #expect(exchange.trailers.first("x-sum") == "97")
      #expect(exchange.headers.first("x-sum") == nil)
    }
  }

  struct Keeping: Sendable {
    var keep: Bool
    var limit: Int
    var kept: Int
    var truncated: Bool
  }

  @Test(
    "a body of a megabyte is counted whole, and kept as far as asked",
    arguments: [
      Keeping(keep: true, limit: 16 << 20, kept: 1 << 20, truncated: false),
      Keeping(keep: true, limit: 1 << 20, kept: 1 << 20, truncated: false),
      Keeping(keep: true, limit: (1 << 20) - 1, kept: (1 << 20) - 1, truncated: true),
      Keeping(keep: true, limit: 0, kept: 0, truncated: true),
      Keeping(keep: false, limit: 16 << 20, kept: 0, truncated: false),
    ])
  func largeBodies(_ keeping: Keeping) async throws {
    let body = [UInt8]((0..<(1 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 7) })
    try await withServer { peer in
      while peer.readHead() != nil {
        peer.write("HTTP/1.1 200 OK\r\ncontent-length: \(body.count)\r\n\r\n")
        peer.write(body)
      }
    } _: { client, origin in
      let user = UserConnection()
      let exchange = HTTPExchange()
      exchange.keepBody = keeping.keep
      exchange.maxBodyBytes = keeping.limit
      for _ in 1...2 {
        exchange.get()
        await client.perform(exchange, to: origin, for: user)
        #expect(exchange.outcome == "200", "\(exchange.detail)")
        #expect(exchange.bodyBytes == body.count)
        #expect(exchange.body == Array(body[..<keeping.kept]))
        #expect(exchange.bodyTruncated == keeping.truncated)
        #expect(exchange.firstByte < exchange.done)
      }
      #expect(client.connectionsOpened == 1)
    }
  }

  @Test(
    "a request's body arrives whole, counted or in chunks",
    arguments: [0, 1, 15, 16, 16_383, 16_384, 16_385, 65_536, 300_000, 3_000_000], [false, true])
  func requestBodies(size: Int, chunked: Bool) async throws {
    let bytes = [UInt8]((0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) })
    try await withServer { peer in
      while let head = peer.readHead() {
        let body = head.contains("chunked") ? peer.readChunks() : peer.readBytes(head.contentLength)
        guard let body else { return }
        let same = body == bytes || body == [UInt8](repeating: 0x61, count: size)
        peer.answer("\(body.count) \(same)")
      }
    } _: { client, origin in
      let user = UserConnection()
      let exchange = HTTPExchange()
      for body in [HTTPRequestBody.bytes(bytes), .repeated(byte: 0x61, count: size)] {
        exchange.post(body, chunked: chunked)
        await client.perform(exchange, to: origin, for: user)
        #expect(exchange.outcome == "200", "\(exchange.detail)")
        #expect(exchange.bodyText == "\(size) true")
        #expect(exchange.bytesSent >= exchange.head.count + size)
        #expect(!exchange.answeredEarly)
      }
      #expect(client.connectionsOpened == 1)
    }
  }
}

extension Peer {
  /// A chunked body, taken apart.
  func readChunks() -> [UInt8]? {
    var body: [UInt8] = []
    while true {
      var line = ""
      while !line.hasSuffix("\r\n") {
        guard let byte = readBytes(1)?.first else { return nil }
        line.unicodeScalars.append(Unicode.Scalar(byte))
      }
      guard let size = Int(line.dropLast(), radix: 16), let data = readBytes(size), readBytes(2) != nil else {
        return nil
      }
      if size == 0 { return body }
      body += data
    }
  }
}

extension String {
  var contentLength: Int {
    guard let line = split(separator: "\r\n").first(where: { $0.hasPrefix("content-length: ") }) else { return 0 }
    return Int(line.dropFirst(16)) ?? 0
  }
}
