import HTTPMessage
import Testing

@Suite("Writing")
struct HTTPWriterTests {
  typealias Headers = [(String, String)]

  @Test("a request head is written to the byte")
  func requestHead() throws {
    #expect(
      try request("POST", "/a?b", [("Host", "x:80"), ("A", "b")], .length(12))
        == "POST /a?b HTTP/1.1\r\nHost: x:80\r\nA: b\r\nContent-Length: 12\r\n\r\n")
    #expect(try request("GET", "/", [("Host", "x")], .none) == "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    #expect(
      try request("PUT", "/", [("Host", "")], .chunked)
        == "PUT / HTTP/1.1\r\nHost: \r\nTransfer-Encoding: chunked\r\n\r\n")
  }

  @Test("a response head is written to the byte")
  func responseHead() throws {
    #expect(
      try response(200, [("A", "b")], .length(3), keepAlive: true)
        == "HTTP/1.1 200 OK\r\nA: b\r\nContent-Length: 3\r\n\r\n")
    #expect(
      try response(409, [], .none, keepAlive: false)
        == "HTTP/1.1 409 Conflict\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
    #expect(try response(204, [], .none, keepAlive: true) == "HTTP/1.1 204 No Content\r\n\r\n")
    #expect(try response(100, [], .none, keepAlive: true) == "HTTP/1.1 100 Continue\r\n\r\n")
    #expect(
      try response(304, [], .length(9), keepAlive: true) == "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n")
    #expect(try response(299, [], .chunked, keepAlive: true) == "HTTP/1.1 299 \r\nTransfer-Encoding: chunked\r\n\r\n")
    #expect(try response(200, [], .untilClose, keepAlive: false) == "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
    #expect(
      try response(200, [("Connection", "keep-alive")], .none, keepAlive: true)
        == "HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n")
    #expect(
      try response(200, [("connection", "Close, x")], .none, keepAlive: false)
        == "HTTP/1.1 200 OK\r\nconnection: Close, x\r\nContent-Length: 0\r\n\r\n")
  }

  @Test("a caller's framing field that says the same is not written twice")
  func sameFraming() throws {
    #expect(
      try request("PUT", "/", [("content-length", "5"), ("Host", "x")], .length(5))
        == "PUT / HTTP/1.1\r\ncontent-length: 5\r\nHost: x\r\n\r\n")
    #expect(
      try response(200, [("transfer-encoding", "chunked")], .chunked, keepAlive: true)
        == "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
    #expect(
      try response(200, [("Content-Length", "0")], .none, keepAlive: true)
        == "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
  }

  struct Row: CustomTestStringConvertible {
    let testDescription: String
    var method = "GET"
    var target = "/"
    var headers: Headers = [("Host", "x")]
    var framing: BodyFraming = .none
    let error: HTTPMessageError
  }

  static let requestRows: [Row] = [
    Row(testDescription: "an empty method", method: "", error: .badMethod),
    Row(testDescription: "a method with a space", method: "GET /x", error: .badMethod),
    Row(testDescription: "a method with a line end", method: "GET\r\n", error: .badMethod),
    Row(testDescription: "an empty target", target: "", error: .badTarget),
    Row(testDescription: "a target with a space", target: "/a b", error: .badTarget),
    Row(testDescription: "a target with a line end", target: "/a\r\nX: y", error: .badTarget),
    Row(testDescription: "a target with a fragment", target: "/a#b", error: .badTarget),
    Row(testDescription: "a target that is not ASCII", target: "/쿠폰", error: .badTarget),
    Row(testDescription: "a target that is no path", target: "a", error: .badTarget),
    Row(testDescription: "an empty name", headers: [("Host", "x"), ("", "a")], error: .emptyHeaderName),
    Row(testDescription: "a name with a colon", headers: [("Host", "x"), ("A:", "a")], error: .badHeaderName),
    Row(testDescription: "a name with a space", headers: [("Host", "x"), ("A ", "a")], error: .badHeaderName),
    Row(testDescription: "a name with a line end", headers: [("Host", "x"), ("A\r\nB", "a")], error: .badHeaderName),
    Row(testDescription: "a value with CR LF", headers: [("Host", "x"), ("A", "a\r\nB: c")], error: .badHeaderValue),
    Row(testDescription: "a value with LF", headers: [("Host", "x"), ("A", "a\nB: c")], error: .badHeaderValue),
    Row(testDescription: "a value with CR", headers: [("Host", "x"), ("A", "a\rB: c")], error: .badHeaderValue),
    Row(testDescription: "a value with NUL", headers: [("Host", "x"), ("A", "a\0")], error: .badHeaderValue),
    Row(
      testDescription: "a long value with LF at its end", headers: [("A", "0123456789abcdef\n")], error: .badHeaderValue
    ),
    Row(testDescription: "no Host", headers: [("A", "b")], error: .missingHost),
    Row(testDescription: "two Hosts", headers: [("Host", "x"), ("HOST", "x")], error: .duplicateHost),
    Row(testDescription: "a Host with a path", headers: [("Host", "x/y")], error: .badHost),
    Row(testDescription: "a body until the close", framing: .untilClose, error: .contradictoryFraming),
    Row(
      testDescription: "another length", headers: [("Host", "x"), ("Content-Length", "6")], framing: .length(5),
      error: .contradictoryFraming),
    Row(
      testDescription: "the length twice",
      headers: [("Host", "x"), ("Content-Length", "5"), ("Content-Length", "5")], framing: .length(5),
      error: .contradictoryFraming),
    Row(
      testDescription: "a length and chunks", headers: [("Host", "x"), ("Content-Length", "5")], framing: .chunked,
      error: .contradictoryFraming),
    Row(
      testDescription: "a length and no body", headers: [("Host", "x"), ("Content-Length", "5")],
      error: .contradictoryFraming),
    Row(
      testDescription: "chunked and a length", headers: [("Host", "x"), ("Transfer-Encoding", "chunked")],
      framing: .length(5), error: .contradictoryFraming),
    Row(
      testDescription: "chunked and no body", headers: [("Host", "x"), ("Transfer-Encoding", "chunked")],
      error: .contradictoryFraming),
    Row(
      testDescription: "another coding", headers: [("Host", "x"), ("Transfer-Encoding", "gzip, chunked")],
      framing: .chunked, error: .contradictoryFraming),
  ]

  @Test("a request that would not be one is refused, and nothing of it is written", arguments: requestRows)
  func refusedRequest(_ row: Row) {
    var buffer: [UInt8] = [1, 2, 3]
    #expect(throws: row.error) {
      try HTTPWriter.requestHead(
        into: &buffer, method: row.method, target: row.target, headers: row.headers, framing: row.framing)
    }
    #expect(buffer == [1, 2, 3])
  }

  @Test(
    "a response that would not be one is refused, and nothing of it is written",
    arguments: [
      (99, BodyFraming.none, true, "A", "b", HTTPMessageError.badStatusLine),
      (1_000, .none, true, "A", "b", .badStatusLine),
      (100, .length(0), true, "A", "b", .contradictoryFraming),
      (204, .length(1), true, "A", "b", .contradictoryFraming),
      (204, .chunked, true, "A", "b", .contradictoryFraming),
      (204, .untilClose, false, "A", "b", .contradictoryFraming),
      (304, .untilClose, false, "A", "b", .contradictoryFraming),
      (200, .untilClose, true, "A", "b", .contradictoryFraming),
      (200, .none, true, "Content-Length", "1", .contradictoryFraming),
      (200, .none, true, "Connection", "close", .contradictoryFraming),
      (200, .none, false, "Connection", "x, Keep-Alive", .contradictoryFraming),
      (200, .none, true, "A", "b\r\n", .badHeaderValue),
      (200, .none, true, "A B", "b", .badHeaderName),
    ])
  func refusedResponse(
    _ status: Int, _ framing: BodyFraming, _ keepAlive: Bool, _ name: String, _ value: String,
    _ error: HTTPMessageError
  ) {
    var buffer: [UInt8] = [1, 2, 3]
    #expect(throws: error) {
      try HTTPWriter.responseHead(
        into: &buffer, status: status, headers: [(name, value)], framing: framing, keepAlive: keepAlive)
    }
    #expect(buffer == [1, 2, 3])
  }

  @Test("chunks are written in hexadecimal, an empty one not at all, and the last with its trailers")
  func chunks() throws {
    var buffer: [UInt8] = []
    HTTPWriter.chunk(into: &buffer, Array("hello".utf8))
    HTTPWriter.chunk(into: &buffer, [])
    HTTPWriter.chunk(into: &buffer, Array(repeating: UInt8(ascii: "x"), count: 0x1AF))
    try HTTPWriter.lastChunk(into: &buffer, trailers: [("T", "u")])
    let long = String(repeating: "x", count: 0x1AF)
    #expect(String(decoding: buffer, as: UTF8.self) == "5\r\nhello\r\n1af\r\n\(long)\r\n0\r\nT: u\r\n\r\n")
    for (name, value, error) in [
      ("T", "u\n", HTTPMessageError.badHeaderValue), ("Content-Length", "1", .forbiddenTrailer),
      ("transfer-encoding", "x", .forbiddenTrailer), ("Host", "x", .forbiddenTrailer), ("", "", .emptyHeaderName),
    ] {
      let before: [UInt8] = buffer
      #expect(throws: error) { try HTTPWriter.lastChunk(into: &buffer, trailers: [(name, value)]) }
      #expect(buffer == before)
    }
  }

  private func request(
    _ method: String, _ target: String, _ headers: Headers, _ framing: BodyFraming
  ) throws -> String {
    var buffer: [UInt8] = []
    try HTTPWriter.requestHead(into: &buffer, method: method, target: target, headers: headers, framing: framing)
    return String(decoding: buffer, as: UTF8.self)
  }

  private func response(
    _ status: Int, _ headers: Headers, _ framing: BodyFraming, keepAlive: Bool
  ) throws -> String {
    var buffer: [UInt8] = []
    try HTTPWriter.responseHead(
      into: &buffer, status: status, headers: headers, framing: framing, keepAlive: keepAlive)
    return String(decoding: buffer, as: UTF8.self)
  }
}
