import HTTPClient
import JSON
import Scenario
import Testing

@testable import Engine

/// The body is not of the kind that was expected.
private struct OtherBody: Error {}

@Suite struct CompiledRequestTests {
  private func request(
    _ step: String, more: String = "", group: String = "", target: String = "http://127.0.0.1:81"
  ) throws -> CompiledRequest {
    let read = try scenario(oneStep("{ users: 1, iterations: 1 }", step, group: group, more: more))
    return try Plan(read, target: target, seed: 0, workers: 1).groups[0].steps[0].request
  }

  private func text(_ step: String, more: String = "", group: String = "", target: String = "http://127.0.0.1:81")
    throws -> String
  {
    String(decoding: try #require(try request(step, more: more, group: group, target: target).constant), as: UTF8.self)
  }

  private static let head = "Host: 127.0.0.1:81\r\nUser-Agent: stampede\r\nAccept: */*\r\n"

  @Test(
    "a request in which nothing varies is laid out whole",
    arguments: [
      ("get: '/a?b=c'", "GET /a?b=c HTTP/1.1\r\n\(head)\r\n"),
      ("get: '/a', query: { q: 'x y', r: ['1', '2'] }", "GET /a?q=x%20y&r=1&r=2 HTTP/1.1\r\n\(head)\r\n"),
      ("get: '/a?b', query: { q: 1 }", "GET /a?b&q=1 HTTP/1.1\r\n\(head)\r\n"),
      ("head: '/'", "HEAD / HTTP/1.1\r\n\(head)\r\n"),
      ("post: '/'", "POST / HTTP/1.1\r\n\(head)Content-Length: 0\r\n\r\n"),
      ("delete: '/'", "DELETE / HTTP/1.1\r\n\(head)\r\n"),
      (
        "post: '/', json: { b: [1, 'ä\"'], a: null }",
        "POST / HTTP/1.1\r\n\(head)Content-Type: application/json\r\nContent-Length: 25\r\n\r\n{\"b\":[1,\"ä\\\"\"],\"a\":null}"
      ),
      (
        "post: '/', form: { a: '1 2', 'b&': '=' }",
        "POST / HTTP/1.1\r\n\(head)Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 14\r\n\r\na=1%202&b%26=%3D"
      ),
      (
        "put: '/', text: 'hi'",
        "PUT / HTTP/1.1\r\n\(head)Content-Type: text/plain; charset=utf-8\r\nContent-Length: 2\r\n\r\nhi"
      ),
      (
        "get: '/', headers: { 'user-agent': 'me', Accept: 'x/y', Host: 'other' }",
        "GET / HTTP/1.1\r\nuser-agent: me\r\nAccept: x/y\r\nHost: other\r\n\r\n"
      ),
      (
        "get: 'http://h.example:82?q'",
        "GET /?q HTTP/1.1\r\nHost: h.example:82\r\nUser-Agent: stampede\r\nAccept: */*\r\n\r\n"
      ),
    ])
  func constants(step: String, expected: String) throws {
    let actual = try text(step)
    // The length of a form is worked out by hand only up to its framing.
    #expect(actual.replacing(/Content-Length: \d+/, with: "") == expected.replacing(/Content-Length: \d+/, with: ""))
    let body = actual.utf8.count - actual[..<actual.firstRange(of: "\r\n\r\n")!.upperBound].utf8.count
    if let length = actual.firstMatch(of: /Content-Length: (\d+)/)?.1 { #expect(Int(length) == body) }
  }

  @Test("the target's path comes before the step's")
  func prefix() throws {
    #expect(try text("get: '/a'", target: "http://127.0.0.1:81/base/").hasPrefix("GET /base/a HTTP/1.1\r\n"))
    #expect(try text("get: '/a'", target: "http://127.0.0.1:81/base").hasPrefix("GET /base/a HTTP/1.1\r\n"))
  }

  @Test("the client's headers are added, and give way to the step's")
  func headers() throws {
    let more = "client: { headers: { 'X-A': '1', 'X-B': '2' } },"
    let actual = try text("get: '/', headers: { 'x-b': '3' }", more: more)
    #expect(actual.contains("\r\nX-A: 1\r\n") && actual.contains("\r\nx-b: 3\r\n") && !actual.contains("X-B: 2"))
  }

  @Test("only what is sent on a fresh connection says that it closes")
  func closing() throws {
    let close = "\r\nConnection: close\r\n"
    #expect(try text("get: '/'", group: "connections: 'fresh',").contains(close))
    #expect(try text("get: '/'", more: "client: { connections: 'fresh' },").contains(close))
    #expect(
      try !text("get: '/'", more: "client: { connections: 'fresh' },", group: "connections: 'per_user',").contains(
        close))
    #expect(try !text("get: '/'").contains(close))
  }

  @Test(
    "Connection: close among the headers is understood, in any case and in a list",
    arguments: [
      ("headers: { connection: 'CLOSE' }", "", true), ("headers: { Connection: 'TE, close' }", "", true),
      ("headers: { Connection: 'keep-alive' }", "", false), ("headers: { Connection: 'closed' }", "", false),
      ("headers: { Connection: ['te', 'close'] }", "", true), ("", "", false),
      ("", "client: { headers: { 'CONNECTION': 'x ,close' } },", true),
      ("headers: { connection: 'x' }", "client: { headers: { 'CONNECTION': 'close' } },", false),
    ])
  func asksToClose(step: String, more: String, expected: Bool) throws {
    let request = try request("get: '/', \(step)", more: more)
    #expect(request.closesConnection == expected)
    #expect(CompiledRequest.closesConnection(head: try #require(request.constant)) == expected)
  }

  @Test("a variable in Connection is looked at as it is sent")
  func variableConnection() throws {
    let more = "data: { c: ['close', 'keep-alive'] },"
    #expect(try request("get: '/', headers: { connection: '${c}' }", more: more).closesConnection == nil)
    let head = Array("GET /close HTTP/1.1\r\nHost: a\r\nconnection: te, Close\r\n\r\nconnection: x".utf8)
    #expect(CompiledRequest.closesConnection(head: head))
    let body = Array("POST / HTTP/1.1\r\nHost: a\r\n\r\nconnection: close\r\n".utf8)
    #expect(!CompiledRequest.closesConnection(head: body))
  }

  @Test(
    "what may be sent again is told by method, key and option",
    arguments: [
      ("get: '/'", "", HTTPExchange.Repetition.allowed), ("head: '/'", "", .allowed), ("put: '/'", "", .allowed),
      ("delete: '/'", "", .allowed), ("post: '/'", "", .notIdempotent), ("patch: '/'", "", .notIdempotent),
      ("post: '/', headers: { 'idempotency-KEY': '${user}' }", "", .allowed),
      ("post: '/'", "retry_closed: 'all'", .allowed), ("get: '/'", "retry_closed: 'never'", .switchedOff),
      ("get: '/'", "retry_closed: 'idempotent'", .allowed),
    ])
  func repetition(step: String, client: String, expected: HTTPExchange.Repetition) throws {
    #expect(try request(step, more: "client: { \(client) },").repetition == expected)
  }

  @Test("through a proxy without a tunnel the request has the whole URL and the proxy's credentials")
  func absoluteForm() throws {
    let more = "client: { proxy: 'http://me:p%40ss@127.0.0.1:3128', proxy_tunnel: false },"
    let actual = try text("get: '/a?b'", more: more, target: "http://target.example/base")
    #expect(
      actual.hasPrefix(
        "GET http://target.example/base/a?b HTTP/1.1\r\nHost: target.example\r\n"))
    // me:p@ss in base64.
    #expect(actual.contains("\r\nProxy-Authorization: Basic bWU6cEBzcw==\r\n"))
    #expect(try text("get: '/a'", more: more, target: "https://target.example").hasPrefix("GET /a HTTP/1.1"))
    let tunnel = "client: { proxy: 'http://me:pass@127.0.0.1:3128' },"
    #expect(try text("get: '/a'", more: tunnel).hasPrefix("GET /a HTTP/1.1"))
    #expect(try !text("get: '/a'", more: tunnel).contains("Proxy-Authorization"))
  }

  @Test("bodies stand with the head, beside it, or are only counted, as their kind and size need")
  func bodies() throws {
    guard case .inline = try request("post: '/', text: '${user}'").body else { throw OtherBody() }
    guard case .bytes(let large) = try request("post: '/', text: '\(String(repeating: "x", count: 20_000))'").body
    else {
      throw OtherBody()
    }
    #expect(large.count == 20_000)
    guard case .repeated(let byte, let count) = try request("post: '/', bytes: { count: '10MiB', fill: 'z' }").body
    else {
      throw OtherBody()
    }
    #expect(byte == UInt8(ascii: "z") && count == 10 << 20)
    #expect(try text("post: '/', bytes: '1MiB'").hasSuffix("Content-Length: 1048576\r\n\r\n"))
    #expect(try text("post: '/', bytes: '1MiB', chunked: true").hasSuffix("Transfer-Encoding: chunked\r\n\r\n"))
    guard case .none = try request("get: '/'").body else { throw OtherBody() }
  }

  @Test("a body of exact size has that size", arguments: [20, 21, 1000, 100_000])
  func sized(bytes: Int) throws {
    let request = try request("post: '/', json_sized: { bytes: \(bytes), value: { a: 'ä', pad: '' }, pad: '$.pad' }")
    guard case .bytes(let body) = request.body else { throw OtherBody() }
    #expect(body.count == bytes && (try? JSONValue(parsing: body)) != nil)
    #expect(String(decoding: body.prefix(19), as: UTF8.self).hasPrefix(#"{"a":"ä","pad":""#))
  }

  @Test("a batch has so many items, each with its number")
  func batch() throws {
    let request = try request("post: '/', json_batch: { count: 3, item: { id: 'i${item}', n: '${item}' } }")
    guard case .inline(let list) = request.body else { throw OtherBody() }
    let expected = #"[{"id":"i1","n":"1"},{"id":"i2","n":"2"},{"id":"i3","n":"3"}]"#
    #expect(list.constant.map { String(decoding: $0, as: UTF8.self) } == expected)
  }

  @Test("a target that is no URL is refused, and so is a host with variables")
  func refusals() throws {
    #expect(throws: PlanError.self) { try request("get: '/'", target: "ftp://x") }
    #expect(throws: PlanError.self) { try request("get: '/'", target: "nonsense") }
  }
}
