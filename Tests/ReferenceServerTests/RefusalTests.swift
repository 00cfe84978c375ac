import EventLoop
import HTTPMessage
import JSON
import Testing

@testable import ReferenceServer

@Suite("Refusing requests")
struct RefusalTests {
  @Test(
    "what is malformed or ambiguous is answered in JSON, and the connection closed in good order",
    arguments: [
      ("GET /plain HTTP/1.1\nHost: test\n\n", 400, "BAD_REQUEST"),
      ("GET  /plain HTTP/1.1\r\nHost: test\r\n\r\n", 400, "BAD_REQUEST"),
      ("GET /plain HTTP/1.1\r\n\r\n", 400, "BAD_REQUEST"),
      ("GET /plain HTTP/2.0\r\nHost: test\r\n\r\n", 505, "HTTP_VERSION_NOT_SUPPORTED"),
      ("GET /plain HTTP/1.1\r\nHost : test\r\n\r\n", 400, "BAD_REQUEST"),
      ("GET /plain HTTP/1.1\r\nHost: test\r\n folded\r\n\r\n", 400, "BAD_REQUEST"),
      ("POST /body HTTP/1.1\r\nHost: test\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", 400, "BAD_REQUEST"),
      (
        "POST /body HTTP/1.1\r\nHost: test\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400,
        "BAD_REQUEST"
      ),
      ("POST /body HTTP/1.1\r\nHost: test\r\nContent-Length: -1\r\n\r\n", 400, "BAD_REQUEST"),
      ("POST /body HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501, "NOT_IMPLEMENTED"),
      ("POST /body HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", 400, "BAD_REQUEST"),
      ("POST /body HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n", 400, "BAD_REQUEST"),
    ])
  func refusesMalformed(bytes: String, status: Int, code: String) throws {
    let server = try ServerUnderTest.probe()
    let client = try server.client()
    // A good request before it is answered as ever.
    try client.send("GET /plain HTTP/1.1\r\nHost: test\r\n\r\n" + bytes)
    #expect(try client.receive().status == 200)
    let refusal = try client.receive()
    #expect(refusal.status == status)
    #expect(refusal.json("error", "code")?.string == code)
    #expect(refusal.header("connection") == "close")
    #expect(try client.awaitEnd() == 0)
    let refusals = try #require(try server.control("GET", "/log").json("refusals"))
    guard case .object(let names) = refusals else { throw RawClient.Failure.malformed("no refusals") }
    #expect(names.count == 1)
  }

  @Test("heads over the limits are 431")
  func refusesLargeHeads() throws {
    let server = try ServerUnderTest.probe {
      $0.limits.maxHeadBytes = 1000
      $0.limits.maxHeaderCount = 10
    }
    let large = try server.client().request("GET", "/plain", headers: ["X: " + String(repeating: "x", count: 1000)])
    #expect(large.status == 431)
    #expect(large.json("error", "code")?.string == "HEADERS_TOO_LARGE")
    #expect(try server.client().request("GET", "/plain", headers: (0..<10).map { "X\($0): y" }).status == 431)
    #expect(try server.client().request("GET", "/plain", headers: (0..<9).map { "X\($0): y" }).status == 200)
  }

  @Test("a declared length over the route's limit is refused before a byte of the body comes")
  func refusesDeclared() throws {
    let server = try ServerUnderTest.probe()
    let client = try server.client()
    try client.send("POST /limited HTTP/1.1\r\nHost: test\r\nContent-Length: 101\r\n\r\n")
    let refusal = try client.receive()
    #expect(refusal.status == 413)
    #expect(refusal.json == ["limit": 100, "declared": 101, "received": 0])
    #expect(refusal.header("connection") == "close")
    #expect(try client.awaitEnd() == 0)
    #expect(try server.client().request("POST", "/limited", body: [UInt8](repeating: 1, count: 100)).status == 200)
  }

  @Test("a chunked body is counted, and refused once it is over the limit")
  func refusesChunked() throws {
    let server = try ServerUnderTest.probe()
    let exact = try server.client()
    try exact.sendChunked("POST", "/limited", body: [UInt8](repeating: 1, count: 100), chunkBytes: 30)
    #expect(try exact.receive().json == ["bytes": 100])
    let over = try server.client()
    try over.send("POST /limited HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n")
    try over.send("64\r\n" + String(repeating: "x", count: 100) + "\r\n")
    try over.send("1\r\nx\r\n")
    let refusal = try over.receive()
    #expect(refusal.status == 413)
    #expect(refusal.json == ["limit": 100, "declared": .null, "received": 101])
    #expect(try over.awaitEnd() == 0)
  }

  @Test("where a route names no limit the server's own holds, and no route's limit goes beyond the ceiling")
  func refusesByDefault() throws {
    let server = try ServerUnderTest.probe {
      $0.limits.maxBodyBytes = 50
      $0.limits.bodyCeilingBytes = 60
    }
    #expect(try server.client().request("POST", "/body", body: [UInt8](repeating: 1, count: 50)).status == 200)
    let over = try server.client().request("POST", "/body", body: [UInt8](repeating: 1, count: 51))
    #expect(over.status == 413)
    #expect(over.json("error", "code")?.string == "PAYLOAD_TOO_LARGE")
    #expect(try server.client().request("POST", "/limited", body: [UInt8](repeating: 1, count: 61)).json("limit") == 60)
  }

  @Test("a client in the midst of sending 20 MB reads the 413, and is not reset")
  func answersEarly() throws {
    let server = try ServerUnderTest.probe()
    for _ in 0..<5 {
      let client = try server.client()
      try client.send("POST", "/limited", body: [UInt8](repeating: 1, count: 20_000_000))
      #expect(try client.receive().status == 413)
      client.finishSending()
      #expect(try client.awaitEnd() == 0)
    }
  }

  @Test("what is thrown away after a refusal has a bound in bytes and in time")
  func boundsLingering() throws {
    let bytes = try ServerUnderTest.probe { $0.limits.lingerBytes = 100_000 }
    let sender = try bytes.client()
    // Far more than the bound and both sides' buffers hold: the server gives up, and the sender fails.
    #expect(throws: RawClient.Failure.self) {
      try sender.send("POST", "/limited", body: [UInt8](repeating: 1, count: 60_000_000))
    }
    let time = try ServerUnderTest.probe { $0.limits.lingerTimeout = .milliseconds(5) }
    let silent = try time.client()
    try silent.send("POST /limited HTTP/1.1\r\nHost: test\r\nContent-Length: 101\r\n\r\n")
    #expect(try silent.receive().status == 413)
    // The log's connection is the only one left once the other is given up.
    try eventually { try time.control("GET", "/log").json("connections", "open")?.integer == 1 }
  }

  @Test("a head that does not end is 408")
  func timesOutHeads() throws {
    let server = try ServerUnderTest.probe { $0.limits.headTimeout = .milliseconds(10) }
    let client = try server.client()
    try client.send("GET /plain HTTP/1.1\r\nHos")
    let refusal = try client.receive()
    #expect(refusal.status == 408)
    #expect(refusal.json("error", "code")?.string == "REQUEST_TIMEOUT")
    #expect(try client.awaitEnd() == 0)
  }

  @Test("a body that does not end is 408, chunked or not")
  func timesOutBodies() throws {
    let server = try ServerUnderTest.probe { $0.limits.bodyTimeout = .milliseconds(10) }
    for framing in ["Content-Length: 10\r\n\r\nabc", "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"] {
      let client = try server.client()
      try client.send("POST /body HTTP/1.1\r\nHost: test\r\n" + framing)
      #expect(try client.receive().status == 408)
      #expect(try client.awaitEnd() == 0)
    }
  }

  @Test("a handler has all the time it takes, whatever the limits of reading")
  func handlersHaveTime() throws {
    let server = try ServerUnderTest.probe {
      $0.limits.headTimeout = .milliseconds(5)
      $0.limits.bodyTimeout = .milliseconds(5)
      $0.limits.idleTimeout = .milliseconds(5)
    }
    // Between the connection and its request the idle time may pass, on a machine that stands still.
    let status = try fitting {
      try? server.client().request("GET", "/slow?ms=60").status
    } fits: {
      $0 != nil
    }
    #expect(status == 200)
  }

  @Test("a connection without a request is closed after its time, without a word")
  func timesOutIdle() throws {
    let server = try ServerUnderTest.probe { $0.limits.idleTimeout = .milliseconds(10) }
    let fresh = try server.client()
    #expect(try fresh.isClosedByServer())
    // Its time may have passed before the request, on a machine that stands still.
    let used = try fitting {
      let client = try server.client()
      return (client, try? client.request("GET", "/plain").status)
    } fits: {
      $0.1 != nil
    }
    #expect(used.1 == 200)
    #expect(try used.0.isClosedByServer())
  }

  @Test("a client that does not read its answer is given up")
  func timesOutWriting() throws {
    let server = try ServerUnderTest.probe { $0.limits.writeTimeout = .milliseconds(10) }
    let client = try server.client()
    try client.send("GET", "/large")
    try eventually { try server.control("GET", "/log").json("connections", "open")?.integer == 1 }
    var received: Int?
    do {
      _ = try client.receive()
    } catch RawClient.Failure.closed(let bytes) {
      received = bytes.count
    }
    #expect(try #require(received) < 8_000_000)
  }

  @Test("connections beyond the limit are told so")
  func refusesConnections() throws {
    let server = try ServerUnderTest.probe { $0.limits.maxConnections = 3 }
    var clients = try (0..<3).map { _ in try server.client() }
    for client in clients { #expect(try client.request("GET", "/plain").status == 200) }
    let one = try server.client()
    let refusal = try one.receive()
    #expect(refusal.status == 503)
    #expect(refusal.header("retry-after") == "1")
    #expect(try one.awaitEnd() == 0)
    clients.removeLast()
    try eventually {
      let next = try server.client()
      try? next.send("GET", "/plain")
      return try next.receive().status == 200
    }
  }
}

@Suite("Stopping")
struct StoppingTests {
  @Test("requests under way are answered, connections without one are closed, and nobody else gets in")
  func stopsGracefully() throws {
    let server = try ServerUnderTest.probe(loops: 2) { $0.limits.stopTimeout = .seconds(600) }
    // Connections go to the loop that has fewer: some of these are on either.
    let idle = try (0..<4).map { _ in try server.client() }
    for client in idle { #expect(try client.request("GET", "/plain").status == 200) }
    let busy = try (0..<4).map { _ in try server.client() }
    for client in busy { try client.send("GET", "/held") }
    // All four are in their handlers.
    try eventually { try server.control("GET", "/log").json("in_flight")?.integer == 5 }
    let stopping = try LoopThread(name: "stopping")
    let probe = try #require(server.server.systems.first as? ProbeSystem)
    stopping.loop.submit { [server = server.server] in server.stop() }
    try eventually { (try? server.client()) == nil }
    // Both loops have heard of it.
    for client in idle { #expect(try client.isClosedByServer()) }
    probe.letGo()
    stopping.stopAndJoin()
    for client in busy {
      let answer = try client.receive()
      #expect(answer.status == 200)
      #expect(answer.header("connection") == "close")
      #expect(try client.awaitEnd() == 0)
    }
  }

  @Test("a request that takes longer than the stop waits does not hold it up")
  func stopsAnyway() throws {
    let server = try ServerUnderTest.probe { $0.limits.stopTimeout = .milliseconds(10) }
    let client = try server.client()
    try client.send("GET", "/slow?ms=3600000")
    let half = try server.client()
    try half.send("POST /body HTTP/1.1\r\nHost: test\r\nContent-Length: 5\r\n\r\n")
    try eventually { try server.control("GET", "/log").json("in_flight")?.integer == 3 }
    server.server.stop()
    #expect(throws: RawClient.Failure.self) { try client.receive() }
    #expect(throws: RawClient.Failure.self) { try half.receive() }
  }

  @Test("a stopped server starts again on a port of its own")
  func restarts() throws {
    let server = try ReferenceServer(configuration: ServerConfiguration(), systems: [ProbeSystem.self])
    for _ in 0..<3 {
      let client = try RawClient(port: try server.start())
      #expect(try client.request("GET", "/plain").status == 200)
      server.stop()
    }
    #expect(server.cpuNanoseconds > 0)
  }
}
