import HTTPMessage
import JSON
import Testing

@testable import ReferenceServer

@Suite("Serving HTTP")
struct ServingTests {
  @Test("a connection is kept for the next request, in any number")
  func keepsAlive() throws {
    let client = try ServerUnderTest.probe().client()
    for _ in 0..<100 {
      let answer = try client.request("GET", "/plain")
      #expect(answer.status == 200)
      #expect(answer.text == "plain")
      #expect(answer.header("content-type") == "text/plain; charset=utf-8")
      #expect(answer.header("server") == "stampede")
      #expect(answer.header("connection") == nil)
      let date = try #require(answer.header("date"))
      #expect(date.hasSuffix(" GMT") && date.utf8.count == 29)
    }
  }

  @Test("requests that come in one piece are answered in their order")
  func pipelines() throws {
    let client = try ServerUnderTest.probe().client()
    var bytes = ""
    for index in 1...200 { bytes += "GET /request/\(index)/and/b HTTP/1.1\r\nHost: test\r\n\r\n" }
    try client.send(bytes)
    for index in 1...200 { #expect(try client.receive().json("first")?.string == String(index)) }
  }

  @Test("a request that comes byte by byte is the same request")
  func splits() throws {
    let client = try ServerUnderTest.probe().client()
    let request =
      "POST /body HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n"
    for _ in 0..<2 {
      for byte in request.utf8 { try client.send([byte]) }
      #expect(try client.receive().json == ["bytes": 5, "sum": 495])
    }
  }

  @Test("path, parameters and query come decoded")
  func decodes() throws {
    let client = try ServerUnderTest.probe().client()
    let answer = try client.request("GET", "/request/a%2Fb%20c/%61nd/%ed%95%9c?p=1&q=x+y%26z&q=2")
    #expect(answer.json("first")?.string == "a/b c")
    #expect(answer.json("second")?.string == "한")
    #expect(answer.json("q")?.string == "x y&z")
    #expect(answer.json("path")?.string == "/request/a/b c/and/한")
  }

  @Test("HEAD has the head of GET and no body")
  func answersHead() throws {
    let client = try ServerUnderTest.probe().client()
    let head = try client.request("HEAD", "/plain")
    #expect(head.status == 200)
    #expect(head.header("content-length") == "5")
    #expect(try client.request("GET", "/plain").text == "plain")
  }

  @Test("unknown paths are 404, known ones with another method 405 with what is allowed, OPTIONS tells the same")
  func routesNothing() throws {
    let client = try ServerUnderTest.probe().client()
    let missing = try client.request("GET", "/nowhere")
    #expect(missing.status == 404)
    #expect(missing.json("error", "code")?.string == "NOT_FOUND")
    let wrong = try client.request("DELETE", "/plain", body: Array("ignored".utf8))
    #expect(wrong.status == 405)
    #expect(wrong.header("allow") == "GET, HEAD")
    let options = try client.request("OPTIONS", "/body")
    #expect(options.status == 204)
    #expect(options.header("allow") == "POST")
    #expect(options.header("content-length") == nil)
    #expect(try client.request("OPTIONS", "*").status == 204)
    #expect(try client.request("GET", "http://test/plain?x=1").text == "plain")
  }

  @Test("Connection: close and HTTP/1.0 are kept to")
  func closes() throws {
    let server = try ServerUnderTest.probe()
    let closing = try server.client()
    #expect(try closing.request("GET", "/plain", headers: ["Connection: close"]).header("connection") == "close")
    #expect(try closing.awaitEnd() == 0)
    let old = try server.client()
    try old.send("GET /plain HTTP/1.0\r\n\r\n")
    #expect(try old.receive().header("connection") == "close")
    #expect(try old.awaitEnd() == 0)
    let kept = try server.client()
    for _ in 0..<2 {
      try kept.send("GET /plain HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
      #expect(try kept.receive().header("connection") == "keep-alive")
    }
  }

  @Test("a client that only sends no more still gets its answer")
  func halfClosed() throws {
    let client = try ServerUnderTest.probe().client()
    try client.send("GET", "/slow")
    client.finishSending()
    #expect(try client.receive().text == "slow")
    #expect(try client.awaitEnd() == 0)
  }

  @Test("100 Continue comes where it is waited for, and where the body will be taken")
  func continues() throws {
    let server = try ServerUnderTest.probe()
    let client = try server.client()
    try client.send("POST /limited HTTP/1.1\r\nHost: test\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
    #expect(try client.receive().status == 100)
    try client.send("hello")
    #expect(try client.receive().json == ["bytes": 5])
    try client.send("POST /limited HTTP/1.1\r\nHost: test\r\nContent-Length: 101\r\nExpect: 100-continue\r\n\r\n")
    #expect(try client.receive().status == 413)
    #expect(try client.awaitEnd() == 0)
    let eager = try server.client()
    try eager.send("POST /limited HTTP/1.1\r\nHost: test\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\nhi")
    #expect(try eager.receive().json == ["bytes": 2])
  }

  @Test("a header that would break the head is left out, and injects nothing")
  func refusesInjection() throws {
    let answer = try ServerUnderTest.probe().client().request("GET", "/headers")
    #expect(answer.status == 204)
    #expect(answer.header("x-good") == "yes")
    #expect(answer.header("x-injected") == nil)
    #expect(!answer.headers.contains { $0.name.hasPrefix("bad") || $0.name == "x-bad" })
  }

  @Test("the forwarded address counts with the control token alone")
  func forwardsAddresses() throws {
    let client = try ServerUnderTest.probe().client()
    func address(_ headers: String...) throws -> String? {
      try client.request("GET", "/request/a/and/b", headers: headers).json("address")?.string
    }
    let token = "X-Stampede-Control: control-token-of-the-test"
    #expect(try address() == "127.0.0.1")
    #expect(try address("X-Forwarded-For: 10.0.0.7") == "127.0.0.1")
    #expect(try address("X-Forwarded-For: 10.0.0.7", "X-Stampede-Control: wrong") == "127.0.0.1")
    #expect(try address("X-Forwarded-For:  10.0.0.7 , 10.0.0.8", token) == "10.0.0.7")
    #expect(try address(token) == "127.0.0.1")
  }

  @Test("a request's id is the client's where that is sensible, else one of the server's own, never twice")
  func namesRequests() throws {
    let server = try ServerUnderTest.probe(loops: 2)
    let client = try server.client()
    func id(_ headers: String...) throws -> String? {
      try client.request("GET", "/request/a/and/b", headers: headers).json("id")?.string
    }
    #expect(try id("X-Request-Id: abc-123") == "abc-123")
    #expect(try id("X-Request-Id: " + String(repeating: "x", count: 129)) != String(repeating: "x", count: 129))
    var seen: Set<String> = []
    for _ in 0..<20 {
      #expect(seen.insert(try #require(try server.request("GET", "/request/a/and/b").json("id")?.string)).inserted)
    }
  }

  @Test("16 connections over two loops are eight and eight")
  func balances() throws {
    let server = try ServerUnderTest.probe(loops: 2)
    let clients = try (0..<15).map { _ in try server.client() }
    for client in clients { #expect(try client.request("GET", "/plain").status == 200) }
    let loops = try server.control("GET", "/log").json("loops")?.array?.compactMap { $0["connections"]?.integer }
    #expect(loops?.sorted() == [8, 8])
  }

  @Test("8 MB go to a client that reads slowly, through a small window")
  func answersSlowReader() throws {
    let client = try ServerUnderTest.probe().client()
    try client.send("GET", "/large")
    #expect(try client.receive().body.count == 8_000_000)
    #expect(try client.request("GET", "/plain").status == 200)
  }
}
