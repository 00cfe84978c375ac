import JSON
import Testing

@testable import ReferenceServer

/// The headers of who may write.
let archiveKey = ["X-API-Key: \(ArchiveAPI.apiKey)"]

@Suite("The archive's API")
struct ArchiveAPITests {
  private func news(_ number: Int, title: String = "News") -> JSONValue {
    ["title": .string("\(title) \(number)"), "url": .string("https://test.example/\(number)")]
  }

  // MARK: - Health

  @Test("live and ready are ok, and say how long the server has been up")
  func health() throws {
    let server = try ServerUnderTest()
    for path in ["/health", "/health/live", "/health/ready"] {
      let answer = try server.request("GET", path)
      #expect(answer.status == 200)
      #expect(answer.json("status")?.string == "ok")
      #expect(try #require(answer.json("uptime")?.double) >= 0)
      #expect(CivilTime.parseISO(try #require(answer.json("timestamp")?.string)) != nil)
    }
    let checks = try server.request("GET", "/health/ready").json("checks")
    #expect(checks?["database"]?["ok"]?.bool == true)
    #expect(checks?["rate_limit_backend"] == ["ok": true, "detail": "memory"])
    #expect(try server.request("GET", "/health/live").json("checks") == nil)
  }

  // MARK: - Writing and reading

  @Test("what is ingested is listed, found, shown and deleted")
  func wholeLife() throws {
    let server = try ServerUnderTest()
    let client = try server.client()
    let item: JSONValue = [
      "title": "A title of its own", "url": "https://test.example/1", "source": "Test", "published_at": "2026-03-05",
      "content": "The \"content\"\n예산",
    ]
    let first = try client.request("POST", "/api/news", headers: archiveKey, json: item)
    #expect(first.status == 201)
    #expect(first.json == ["inserted": 1, "updated": 0])
    let second = try client.request("POST", "/api/news", headers: archiveKey, json: [item, news(2), news(2)])
    #expect(second.json == ["inserted": 1, "updated": 1])

    let list = try client.request("GET", "/api/news?q=OF+ITS%20own&source=Test&from=2026-03-05&to=2026-03-05")
    #expect(list.json("total")?.integer == 1)
    #expect(list.json("page")?.integer == 1)
    #expect(list.json("size")?.integer == 20)
    let found = try #require(list.json("items")?.array?.first)
    #expect(found["url"]?.string == "https://test.example/1")
    #expect(found["content"] == nil)
    let id = try #require(found["id"]?.integer)

    let shown = try client.request("GET", "/api/news/\(id)")
    #expect(shown.json("content")?.string == "The \"content\"\n예산")
    #expect(shown.json("source")?.string == "Test")
    let deleted = try client.request("DELETE", "/api/news/\(id)", headers: archiveKey)
    #expect(deleted.json == ["status": "deleted", "id": .integer(id)])
    for method in ["GET", "DELETE"] {
      let gone = try client.request(method, "/api/news/\(id)", headers: archiveKey)
      #expect(gone.status == 404)
      #expect(gone.json("code")?.string == "NOT_FOUND")
    }
    #expect(server.violations("archive").isEmpty)
  }

  @Test("minutes and segments are ingested and asked for by their own fields")
  func otherCollections() throws {
    let server = try ServerUnderTest()
    let client = try server.client()
    let minutes: JSONValue = [
      "council": "Testville", "url": "https://test.example/m", "committee": "Rules", "session": 12,
      "agenda": ["one odd agenda"],
    ]
    #expect(try client.request("POST", "/api/minutes", headers: archiveKey, json: minutes).json("inserted") == 1)
    let path = "/api/minutes?council=Testville&committee=Rules&session=12&q=agenda"
    #expect(try client.request("GET", path).json("total")?.integer == 1)

    let segment: JSONValue = [
      "council": "Testville", "content": "A segment", "importance": 2, "party": "A", "district": "D",
    ]
    let same: JSONValue = [
      "council": "testville ", "content": "a  SEGMENT", "importance": 3, "party": "A", "district": "D",
    ]
    #expect(try client.request("POST", "/api/segments", headers: archiveKey, json: segment).json("inserted") == 1)
    #expect(
      try client.request("POST", "/api/segments", headers: archiveKey, json: same).json == [
        "inserted": 0, "updated": 1,
      ])
    let found = try client.request("GET", "/api/segments?q=segment&importance=3&party=A&district=D")
    #expect(found.json("total")?.integer == 1)
    #expect(found.json("items")?.array?.first?["dedupe_hash"]?.string?.count == 64)
  }

  @Test("a fresh server lists three hundred rows of each collection", arguments: ["news", "minutes", "segments"])
  func seeded(_ collection: String) throws {
    let server = try ServerUnderTest()
    let all = try server.request("GET", "/api/\(collection)?from=2026-02-01&to=2026-02-28&size=200")
    #expect(all.json("total")?.integer == 300)
    #expect(all.json("items")?.array?.count == 200)
    let words = ["news": "budget", "minutes": "agenda", "segments": "segment"]
    let found = try server.request("GET", "/api/\(collection)?q=\(words[collection]!)")
    #expect(try #require(found.json("total")?.integer) > 20)
  }

  @Test("echo gives back the JSON that it got")
  func echo() throws {
    let server = try ServerUnderTest()
    let answer = try server.request("POST", "/api/echo", json: ["a": [1, 2.5, "c"], "b": ["d": true]])
    #expect(answer.json == ["you_sent": ["a": [1, 2.5, "c"], "b": ["d": true]]])
  }

  // MARK: - Refusals

  struct Refused: Sendable, CustomTestStringConvertible {
    var method = "POST"
    var path = "/api/news"
    var headers = archiveKey
    var body = ""
    var status: Int
    var code: String
    var testDescription: String { "\(method) \(path) \(headers) \(body): \(status)" }
  }

  static let refusals = [
    Refused(body: "", status: 400, code: "BAD_REQUEST"),
    Refused(body: "{", status: 400, code: "BAD_REQUEST"),
    Refused(body: "{} {}", status: 400, code: "BAD_REQUEST"),
    Refused(body: "7", status: 400, code: "BAD_REQUEST"),
    Refused(body: "[]", status: 400, code: "VALIDATION_ERROR"),
    Refused(body: #"{"title":"a"}"#, status: 400, code: "VALIDATION_ERROR"),
    Refused(body: #"{"title":"a","url":"https://a","x":1}"#, status: 400, code: "VALIDATION_ERROR"),
    Refused(path: "/api/echo", body: "no JSON", status: 400, code: "BAD_REQUEST"),
    Refused(headers: [], body: "{}", status: 401, code: "UNAUTHORIZED"),
    Refused(headers: ["X-API-Key: wrong"], body: "{}", status: 401, code: "UNAUTHORIZED"),
    Refused(headers: ["Authorization: Basic YTpi"], body: "{}", status: 401, code: "UNAUTHORIZED"),
    Refused(headers: ["Authorization: Bearer a.b.c"], body: "{}", status: 401, code: "UNAUTHORIZED"),
    Refused(headers: ["X-API-Key: archive-read-key"], body: "{}", status: 403, code: "FORBIDDEN"),
    Refused(method: "DELETE", path: "/api/news/1", headers: [], status: 401, code: "UNAUTHORIZED"),
    Refused(method: "DELETE", path: "/api/news/x", status: 404, code: "NOT_FOUND"),
    Refused(method: "GET", path: "/api/news/99999", status: 404, code: "NOT_FOUND"),
    Refused(method: "GET", path: "/api/news/0", status: 404, code: "NOT_FOUND"),
    Refused(method: "GET", path: "/api/news/-1", status: 404, code: "NOT_FOUND"),
    Refused(method: "GET", path: "/api/news/1/2", status: 404, code: "NOT_FOUND"),
    Refused(method: "PATCH", path: "/api/news/1", status: 405, code: "METHOD_NOT_ALLOWED"),
    Refused(method: "GET", path: "/api/news?size=201", status: 400, code: "VALIDATION_ERROR"),
    Refused(method: "GET", path: "/api/news?colour=red", status: 400, code: "VALIDATION_ERROR"),
  ]

  @Test("a refusal is in the archive's envelope, with the request's id in header and body", arguments: refusals)
  func refusal(_ expected: Refused) throws {
    let server = try ServerUnderTest()
    let answer = try server.client().request(
      expected.method, expected.path, headers: expected.headers + ["X-Request-Id: trace-me-1"],
      body: expected.method == "POST" ? Array(expected.body.utf8) : nil)
    #expect(answer.status == expected.status)
    #expect(answer.json("code")?.string == expected.code)
    #expect(try #require(answer.json("message")?.string).isEmpty == false)
    #expect(answer.json("error") == answer.json("message"))
    #expect(answer.json("request_id")?.string == "trace-me-1")
    #expect(answer.header("x-request-id") == "trace-me-1")
  }

  @Test("a validation error names each field of each item that is wrong")
  func details() throws {
    let server = try ServerUnderTest()
    let answer = try server.request("POST", "/api/news", headers: archiveKey, json: [news(1), ["url": 3, "x": 1]])
    let errors = answer.json("details", "errors")?.array ?? []
    #expect(errors.compactMap { $0["field"]?.string } == ["url", "x", "title"])
    #expect(errors.allSatisfy { $0["index"]?.integer == 1 })
    // Nothing of a refused batch is stored.
    #expect(try server.request("GET", "/api/news").json("total")?.integer == 300)
  }

  @Test("a request without an id gets one, a different one each time; one that is no id is not echoed")
  func requestIDs() throws {
    let server = try ServerUnderTest()
    let first = try #require(server.request("GET", "/api/news").header("x-request-id"))
    let second = try #require(server.request("GET", "/api/news").header("x-request-id"))
    #expect(first != second)
    let long = String(repeating: "x", count: 200)
    #expect(try server.request("GET", "/health", headers: ["X-Request-Id: \(long)"]).header("x-request-id") != long)
  }

  @Test("a token with the scope may write, another may not, and an expired one is no token")
  func bearer() throws {
    let server = try ServerUnderTest()
    let clock = server.server.context.clock
    clock.stop(at: 1_000_000_000_000)
    func status(scope: String, expiresAt: Int64) throws -> Int {
      let token = TokenAuthority(signing: ArchiveAPI.tokenSecret).issue(
        TokenClaims(subject: "ingest", issuedAt: 0, expiresAt: expiresAt, scope: scope))
      return try server.request("POST", "/api/news", headers: ["Authorization: Bearer \(token)"], json: news(1)).status
    }
    #expect(ArchiveAPI.tokenSecret.count >= 32)
    #expect(try status(scope: "archive:write", expiresAt: 1_001) == 201)
    #expect(try status(scope: "archive:read archive:write", expiresAt: 1_001) == 201)
    #expect(try status(scope: "archive:read", expiresAt: 1_001) == 403)
    #expect(try status(scope: "archive:write", expiresAt: 1_000) == 401)
  }

  @Test("without REQUIRE_API_KEY anybody may write")
  func noKey() throws {
    let server = try ServerUnderTest { $0.environment = ["REQUIRE_API_KEY": "0"] }
    #expect(try server.request("POST", "/api/news", json: news(1)).status == 201)
  }

  // MARK: - Rate limit

  @Test("an address has its requests a minute, others have theirs, and the next minute gives them anew")
  func rateLimit() throws {
    let server = try ServerUnderTest { $0.environment = ["RATE_LIMIT_PER_MINUTE": "3"] }
    let clock = server.server.context.clock
    clock.stop(at: CivilTime.parseISO("2026-02-01T12:00:50+09:00")!)
    func statuses(_ address: String, _ count: Int) throws -> [Int] {
      try (0..<count).map { _ in
        try server.request(
          "GET", "/api/news",
          headers: ["X-Stampede-Control: control-token-of-the-test", "X-Forwarded-For: \(address)"]
        ).status
      }
    }
    #expect(try statuses("10.0.0.1", 5) == [200, 200, 200, 429, 429])
    #expect(try statuses("10.0.0.2", 4) == [200, 200, 200, 429])
    let refused = try server.request(
      "GET", "/api/news", headers: ["X-Stampede-Control: control-token-of-the-test", "X-Forwarded-For: 10.0.0.1"])
    #expect(refused.json("code")?.string == "RATE_LIMITED")
    #expect(
      refused.json("details") == ["reason": "limit_exceeded", "limit_per_minute": 3, "backend": "memory"])
    #expect(refused.header("retry-after") == "10")
    // Health is not counted, and without the control token the header means nothing.
    #expect(try server.request("GET", "/health/ready").status == 200)
    clock.stop(at: CivilTime.parseISO("2026-02-01T12:01:00+09:00")!)
    #expect(try statuses("10.0.0.1", 4) == [200, 200, 200, 429])
    let forged = try (0..<4).map {
      try server.request("GET", "/api/news", headers: ["X-Forwarded-For: 10.1.0.\($0)"]).status
    }
    #expect(forged == [200, 200, 200, 429])
  }

  @Test("eighty requests at once of one address: the limit is admitted, to the request")
  func rateLimitTogether() throws {
    let server = try ServerUnderTest { $0.environment = ["RATE_LIMIT_PER_MINUTE": "50"] }
    server.server.context.clock.stop(at: CivilTime.parseISO("2026-02-01T12:00:00+09:00")!)
    let clients = try (0..<80).map { _ in try server.client() }
    for client in clients { try client.send("GET", "/api/news?size=1") }
    #expect(try clients.map { try $0.receive().status }.filter { $0 == 200 }.count == 50)
  }
}
