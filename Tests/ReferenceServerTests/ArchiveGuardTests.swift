import EventLoop
import JSON
import Testing

@testable import ReferenceServer

/// A news item whose JSON has exactly so many bytes.
private func news(bytes: Int, number: Int = 1) -> [UInt8] {
  let head = #"{"title":"Sized","url":"https://sized.example/\#(number)","content":""#
  return Array(head.utf8) + [UInt8](repeating: 0x78, count: bytes - head.utf8.count - 2) + Array(#""}"#.utf8)
}

private func batch(_ count: Int) -> [UInt8] {
  let items = (0..<count).map { #"{"title":"Batch \#($0)","url":"https://batch.example/\#($0)"}"# }
  return Array(("[" + items.joined(separator: ",") + "]").utf8)
}

@Suite("The archive's limits")
struct ArchiveGuardTests {
  private static let limit = 1_048_576

  enum Framing: Sendable, CaseIterable { case length, chunked }

  private func post(
    _ client: RawClient, _ body: [UInt8], _ framing: Framing, headers: [String] = archiveKey
  ) throws -> RawClient.Response {
    switch framing {
    case .length: try client.send("POST", "/api/news", headers: headers, body: body)
    case .chunked: try client.sendChunked("POST", "/api/news", headers: headers, body: body, chunkBytes: 60_000)
    }
    return try client.receive()
  }

  @Test("a body one byte below the limit and one at the limit are accepted", arguments: Framing.allCases, [-1, 0])
  func accepted(_ framing: Framing, _ difference: Int) throws {
    let server = try ServerUnderTest()
    let client = try server.client()
    let answer = try post(client, news(bytes: Self.limit + difference), framing)
    #expect(answer.status == 201)
    #expect(answer.json == ["inserted": 1, "updated": 0])
    // The connection goes on.
    #expect(try client.request("GET", "/health/live").status == 200)
    #expect(server.truth("archive")["totals"]?["largest_body"]?.integer == Int64(Self.limit + difference))
  }

  @Test(
    "a body one byte above the limit or ten times as large is refused with what was counted, and the connection closed",
    arguments: Framing.allCases, [limit + 1, 10 * limit])
  func refused(_ framing: Framing, _ bytes: Int) throws {
    let server = try ServerUnderTest()
    let client = try server.client()
    let answer = try post(client, news(bytes: bytes), framing, headers: archiveKey + ["X-Request-Id: big-1"])
    #expect(answer.status == 413)
    #expect(answer.json("code")?.string == "PAYLOAD_TOO_LARGE")
    #expect(answer.json("request_id")?.string == "big-1")
    #expect(answer.header("x-request-id") == "big-1")
    #expect(answer.json("details", "max_request_body_bytes")?.integer == Int64(Self.limit))
    switch framing {
    case .length: #expect(answer.json("details", "content_length")?.integer == Int64(bytes))
    case .chunked:
      let counted = try #require(answer.json("details", "request_body_bytes")?.integer)
      #expect(counted > Int64(Self.limit) && counted <= Int64(bytes))
      #expect(answer.json("details", "content_length") == nil)
    }
    #expect(answer.header("connection") == "close")
    #expect(try client.isClosedByServer())
    #expect(server.truth("archive")["totals"]?["items"]?.integer == 0)
    #expect(server.violations("archive").isEmpty)
  }

  @Test(
    "the guard comes before credentials, and before a byte of the body",
    arguments: ["/api/news", "/api/minutes", "/api/segments", "/api/echo"])
  func beforeEverything(_ path: String) throws {
    let server = try ServerUnderTest()
    let client = try server.client()
    // No key, and none of the body is sent: the answer comes all the same.
    try client.send("POST \(path) HTTP/1.1\r\nHost: test\r\nContent-Length: \(Self.limit + 1)\r\n\r\n")
    let answer = try client.receive()
    #expect(answer.status == 413)
    #expect(answer.json("code")?.string == "PAYLOAD_TOO_LARGE")
  }

  @Test("a client that asks first is told 413 instead of 100, and 100 where the body may come")
  func expectContinue() throws {
    let server = try ServerUnderTest()
    let refused = try server.client()
    try refused.send(
      "POST /api/news HTTP/1.1\r\nHost: test\r\nExpect: 100-continue\r\nContent-Length: \(Self.limit + 1)\r\n\r\n")
    #expect(try refused.receive().status == 413)
    let accepted = try server.client()
    let body = news(bytes: 1_000)
    try accepted.send(
      "POST /api/news HTTP/1.1\r\nHost: test\r\nX-API-Key: archive-dev-key\r\nExpect: 100-continue\r\n"
        + "Content-Length: \(body.count)\r\n\r\n")
    #expect(try accepted.receive().status == 100)
    try accepted.send(body)
    #expect(try accepted.receive().status == 201)
  }

  @Test("two hundred items are a batch, two hundred and one are too many", arguments: Framing.allCases)
  func batches(_ framing: Framing) throws {
    let server = try ServerUnderTest()
    let client = try server.client()
    #expect(try post(client, batch(200), framing).json == ["inserted": 200, "updated": 0])
    let refused = try post(client, batch(201), framing)
    #expect(refused.status == 413)
    #expect(refused.json("code")?.string == "PAYLOAD_TOO_LARGE")
    #expect(refused.json("details") == ["max_batch_items": 200, "received_batch_items": 201])
    // Refused for what it says, not for how it came: the connection goes on.
    #expect(try client.request("GET", "/health/live").status == 200)
    #expect(server.truth("archive")["totals"]?["largest_batch"]?.integer == 200)
  }

  @Test("both limits can be set, and hold at their new edges")
  func lowered() throws {
    let server = try ServerUnderTest {
      $0.environment = ["MAX_REQUEST_BODY_BYTES": "1000", "INGEST_MAX_BATCH_ITEMS": "2"]
    }
    func status(_ body: [UInt8]) throws -> Int { try post(server.client(), body, .length).status }
    #expect(try status(news(bytes: 1_000)) == 201)
    #expect(try status(news(bytes: 1_001)) == 413)
    #expect(try status(batch(2)) == 201)
    #expect(try status(batch(3)) == 413)
    server.set("archive.ingest_max_batch_items", to: "3")
    #expect(try status(batch(3)) == 201)
  }

  // MARK: - Incidents

  @Test("payload-guard-off takes ten times the limit, and the truth tells", arguments: Framing.allCases)
  func payloadGuardOff(_ framing: Framing) throws {
    let server = try ServerUnderTest()
    server.set("archive.payload-guard-off")
    #expect(try post(server.client(), news(bytes: 10 * Self.limit), framing).status == 201)
    #expect(server.violations("archive") == ["max_request_body_bytes"])
  }

  @Test("batch-guard-off takes two hundred and one, and the truth tells", arguments: Framing.allCases)
  func batchGuardOff(_ framing: Framing) throws {
    let server = try ServerUnderTest()
    server.set("archive.batch-guard-off")
    #expect(try post(server.client(), batch(201), framing).json("inserted")?.integer == 201)
    #expect(server.violations("archive") == ["max_batch_items"])
    // The bytes are guarded still.
    #expect(try post(server.client(), news(bytes: Self.limit + 1), framing).status == 413)
  }

  @Test("guard-after-read refuses, but only once it has read everything", arguments: Framing.allCases)
  func guardAfterRead(_ framing: Framing) throws {
    let server = try ServerUnderTest()
    server.set("archive.guard-after-read", parameter: 20)
    let client = try server.client()
    let start = EventLoop.now()
    let answer = try post(client, news(bytes: 3 * Self.limit), framing)
    #expect(answer.status == 413)
    #expect(EventLoop.now() - start >= 60_000_000)
    #expect(answer.json("details", "request_body_bytes")?.integer == Int64(3 * Self.limit))
    // Having read all of it, the server keeps the connection: the sign by which a client can tell.
    #expect(try client.request("GET", "/health/live").status == 200)
    #expect(try post(client, news(bytes: Self.limit), framing).status == 201)
    #expect(server.violations("archive").isEmpty)
  }
}
