import JSON
import Testing

@testable import ReferenceServer

@Suite("Stores that are full")
struct FullStoreTests {
  private func item(_ number: Int, content: Int = 1) -> JSONValue {
    [
      "title": "Item", "url": .string("https://full.example/\(number)"),
      "content": .string(String(repeating: "x", count: content)),
    ]
  }

  @Test("the archive takes no more items than it may have, and still replaces those that it has")
  func archiveItems() throws {
    let server = try ServerUnderTest()
    server.set("archive.seed_rows", to: "0")
    server.set("archive.max_items", to: "3")
    let client = try server.client()
    func post(_ items: JSONValue) throws -> RawClient.Response {
      try client.request("POST", "/api/news", headers: archiveKey, json: items)
    }
    let first = try post([item(1), item(2)])
    #expect(first.json == ["inserted": 2, "updated": 0], "\(first.status) \(first.json)")
    let refused = try post([item(2), item(3), item(4)])
    #expect(refused.status == 500 && refused.json("code") == "INTERNAL_ERROR")
    #expect(refused.json("message")?.string?.contains("the store is full") == true)
    // None of the batch was written.
    #expect(try post([item(2), item(3)]).json == ["inserted": 1, "updated": 1])
    #expect(try post(item(3)).json == ["inserted": 0, "updated": 1])
    // A deleted one keeps its number.
    #expect(try client.request("DELETE", "/api/news/1", headers: archiveKey).status == 200)
    #expect(try post(item(5)).status == 500)
    #expect(try server.control("POST", "/reset").status == 200)
    server.set("archive.seed_rows", to: "0")
    server.set("archive.max_items", to: "3")
    #expect(try post(item(5)).status == 201)
  }

  @Test("the archive takes no more bytes than it may have")
  func archiveBytes() throws {
    let server = try ServerUnderTest()
    server.set("archive.max_stored_mb", to: "1")
    let client = try server.client()
    var accepted = 0
    for number in 0..<400 {
      let response = try client.request(
        "POST", "/api/news", headers: archiveKey, json: item(number, content: ArchiveTable.keptContentBytes))
      if response.status == 500 { break }
      accepted += 1
    }
    // A content is kept, and searched through.
    #expect((10..<70).contains(accepted), "\(accepted)")
  }

  @Test("no more Idempotency-Keys are taken than can be remembered, and those that are go on")
  func keys() throws {
    let server = try ServerUnderTest()
    server.set("coupon.max_idempotency_keys", to: "2")
    let client = try server.client()
    func issue(_ user: String, _ key: String) throws -> RawClient.Response {
      try client.request(
        "POST", "/api/coupon-policies/1/issue", headers: ["Idempotency-Key: \(key)"], json: ["userId": .string(user)])
    }
    #expect(try issue("a", "1").status == 201)
    #expect(try issue("b", "2").status == 201)
    let full = try issue("c", "3")
    #expect(full.status == 503 && full.json("error", "code") == "STORE_FULL")
    #expect(try issue("a", "1").header("idempotent-replayed") == "true")
  }

  @Test("the events log keeps no more rows than it may, and counts on")
  func events() throws {
    let server = try ServerUnderTest()
    server.set("event.max_log_rows", to: "5")
    server.set("event.roulette_max_daily_spins", to: "0")
    let client = try server.client()
    var total = 0
    var totals: Set<Int64> = []
    for player in 1...3 {
      let answer = try client.request("POST", "/api/auth/token", json: ["user_id": .integer(Int64(player))])
      let token = "Authorization: Bearer \(try #require(answer.json("access_token")?.string))"
      for _ in 0..<4 { _ = try client.request("POST", "/api/roulette/play", headers: [token]) }
      let log = try client.request("GET", "/api/events-log", headers: [token])
      total += log.json("events")?.array?.count ?? 0
      // Each spin leaves two rows at least.
      let written = try #require(log.json("total")?.integer)
      #expect(written >= 8, "\(log.json)")
      totals.insert(written)
    }
    #expect(totals.count == 1, "all played alike")
    // A query that begins below the bound may write a few rows.
    #expect((5...8).contains(total), "\(total)")
  }

  @Test("connections of one address beyond the limit are told so, and the server serves on")
  func addresses() throws {
    let server = try ServerUnderTest.probe { $0.limits.maxConnectionsPerAddress = 2 }
    var clients = try (0..<2).map { _ in try server.client() }
    for client in clients { #expect(try client.request("GET", "/plain").status == 200) }
    #expect(try server.client().receive().status == 503)
    clients.removeLast()
    try eventually {
      let next = try server.client()
      try? next.send("GET", "/plain")
      return try next.receive().status == 200
    }
  }
}
