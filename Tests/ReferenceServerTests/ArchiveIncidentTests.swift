import EventLoop
import JSON
import Testing

@testable import ReferenceServer

@Suite("The archive's incidents")
struct ArchiveIncidentTests {
  private func item(_ number: Int) -> [UInt8] {
    Array(#"{"title":"Race","url":"https://race.example/\#(number)"}"#.utf8)
  }

  /// Ingests one item on eight connections at the same time, and gives what the answers add up to.
  private func ingestTogether(_ server: ServerUnderTest, _ number: Int) throws -> (inserted: Int64, updated: Int64) {
    let clients = try (0..<8).map { _ in try server.client() }
    for client in clients { try client.send("POST", "/api/news", headers: archiveKey, body: item(number)) }
    let answers = try clients.map { try $0.receive() }
    return (
      answers.reduce(0) { $0 + ($1.json("inserted")?.integer ?? 0) },
      answers.reduce(0) { $0 + ($1.json("updated")?.integer ?? 0) }
    )
  }

  @Test("eight ingests of one url at once make one row; with upsert-race more, twenty times out of twenty")
  func upsertRace() throws {
    let server = try ServerUnderTest()
    for number in 1...20 {
      let sum = try ingestTogether(server, number)
      #expect(sum.inserted == 1)
      #expect(sum.updated == 7)
    }
    #expect(server.violations("archive").isEmpty)
    server.set("archive.upsert-race")
    var number = 20
    for _ in 1...20 {
      let sum = try fitting(attempts: 3) {
        number += 1
        return try ingestTogether(server, number)
      } fits: {
        $0.inserted > 1
      }
      #expect(sum.inserted > 1)
    }
    #expect(server.violations("archive") == [String](repeating: "one_row_a_key", count: 20))
    // One after the other, a url still is one row.
    server.set("archive.upsert-race", parameter: 1)
    for expected in [1, 0] as [Int64] {
      let answer = try server.client().request("POST", "/api/news", headers: archiveKey, body: item(number + 1))
      #expect(answer.json("inserted")?.integer == expected)
    }
  }

  @Test("db-down degrades ready, names the check, and fails what needs the database; echo goes on")
  func databaseDown() throws {
    let server = try ServerUnderTest()
    server.set("archive.db-down")
    let ready = try server.request("GET", "/health/ready")
    #expect(ready.status == 503)
    #expect(ready.json("status")?.string == "degraded")
    #expect(ready.json("checks", "database")?["ok"]?.bool == false)
    #expect(ready.json("checks", "rate_limit_backend")?["ok"]?.bool == true)
    #expect(try server.request("GET", "/health/live").status == 200)
    let list = try server.request("GET", "/api/news")
    #expect(list.status == 500)
    #expect(list.json("code")?.string == "INTERNAL_ERROR")
    let ingest = try server.client().request("POST", "/api/news", headers: archiveKey, body: item(1))
    #expect(ingest.status == 500)
    #expect(try server.request("POST", "/api/echo", json: [1]).status == 200)
  }

  @Test("redis-down degrades ready; requests pass where limits fail open, and are 429 where they fail closed")
  func redisDown() throws {
    let server = try ServerUnderTest { $0.environment = ["RATE_LIMIT_PER_MINUTE": "1", "RATE_LIMIT_BACKEND": "redis"] }
    #expect(try server.request("GET", "/health/ready").json("checks", "rate_limit_backend")?["detail"] == "redis")
    server.set("archive.redis-down")
    let ready = try server.request("GET", "/health/ready")
    #expect(ready.status == 503)
    #expect(ready.json("checks", "rate_limit_backend")?["ok"]?.bool == false)
    #expect(ready.json("checks", "database")?["ok"]?.bool == true)
    for _ in 1...3 { #expect(try server.request("GET", "/api/news").status == 200) }
    server.set("archive.rate_limit_fail_open", to: "0")
    let closed = try server.request("GET", "/api/news")
    #expect(closed.status == 429)
    #expect(
      closed.json("details") == ["reason": "backend_unavailable", "limit_per_minute": 1, "backend": "redis"])
  }

  @Test("bad-release fails its share of API requests, by the seed, and no health check")
  func badRelease() throws {
    func failures(seed: UInt64, percent: Double) throws -> [Bool] {
      let server = try ServerUnderTest(loops: 1) { $0.seed = seed }
      server.set("archive.bad-release", parameter: percent)
      let client = try server.client()
      #expect(try client.request("GET", "/health/ready").status == 200)
      return try (0..<200).map { _ in
        let answer = try client.request("GET", "/api/news?size=1")
        #expect(answer.status == 200 || answer.json("code")?.string == "INTERNAL_ERROR")
        return answer.status == 500
      }
    }
    let failed = try failures(seed: 1, percent: 20)
    // Five standard deviations around forty.
    #expect((12...68).contains(failed.filter { $0 }.count))
    #expect(try failures(seed: 1, percent: 20) == failed)
    #expect(try failures(seed: 2, percent: 20) != failed)
    #expect(try failures(seed: 1, percent: 0).contains(true) == false)
    #expect(try failures(seed: 1, percent: 100).contains(false) == false)
  }

  @Test("overload makes a request wait, and turns requests away once two hundred are under way")
  func overload() throws {
    let server = try ServerUnderTest()
    server.set("archive.overload", parameter: 60)
    let start = EventLoop.now()
    #expect(try server.request("GET", "/api/news").status == 200)
    #expect(EventLoop.now() - start >= 60_000_000)
    // Long enough for all of them to be under way together, and then short.
    server.set("archive.overload", parameter: 40)
    let answers = try fitting {
      let clients = try (0..<250).map { _ in try server.client() }
      for client in clients { try client.send("GET", "/api/news?size=1") }
      return try clients.map { try $0.receive() }
    } fits: {
      $0.contains { $0.status == 503 }
    }
    let turnedAway = answers.filter { $0.status == 503 }
    #expect(turnedAway.allSatisfy { $0.json("code")?.string == "SERVICE_UNAVAILABLE" })
    #expect(answers.filter { $0.status == 200 }.count + turnedAway.count == 250)
    #expect(!turnedAway.isEmpty)
  }

  @Test("request-id-lost leaves no id in header or body, also of a refusal by the guard")
  func requestIDLost() throws {
    let server = try ServerUnderTest()
    server.set("archive.request-id-lost")
    let given = ["X-Request-Id: trace-me"]
    #expect(try server.request("GET", "/api/news", headers: given).header("x-request-id") == nil)
    let refused = try server.request("GET", "/api/news?size=0", headers: given)
    #expect(refused.header("x-request-id") == nil)
    #expect(refused.json("request_id")?.string == "")
    let client = try server.client()
    try client.send("POST /api/news HTTP/1.1\r\nHost: test\r\nX-Request-Id: a\r\nContent-Length: 99999999\r\n\r\n")
    let large = try client.receive()
    #expect(large.status == 413)
    #expect(large.header("x-request-id") == nil)
    #expect(large.json("request_id")?.string == "")
  }

  @Test("a query that would take longer than the statement timeout is broken off at it")
  func statementTimeout() throws {
    let server = try ServerUnderTest()
    server.set("archive.db.query_time_ms", to: "50000")
    server.set("archive.statement_timeout_ms", to: "10")
    let answer = try server.request("GET", "/api/news")
    #expect(answer.status == 500)
    #expect(answer.json("message")?.string == "the query was broken off after 10 ms")
  }
}
