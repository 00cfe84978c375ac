import JSON
import Testing

@testable import ReferenceServer

@Suite("Coupons", .serialized)
struct CouponTests {
  typealias Attempt = (target: String, headers: [String], json: JSONValue)

  static func attempt(_ user: String, key: String? = nil) -> Attempt {
    ("/api/coupon-policies/1/issue", key.map { ["Idempotency-Key: \($0)"] } ?? [], ["userId": .string(user)])
  }

  static func buyers(_ count: Int) -> [Attempt] { (1...count).map { attempt("user-\($0)") } }

  /// How often each status and code was answered.
  static func outcomes(_ answers: [RawClient.Response]) -> [String: Int] {
    var counts: [String: Int] = [:]
    for answer in answers {
      counts["\(answer.status) " + (answer.json("error", "code")?.string ?? ""), default: 0] += 1
    }
    return counts
  }

  static func policy(_ server: ServerUnderTest) throws -> JSONValue {
    try #require(server.truth("coupon")["policies"]?.array?.first)
  }

  static func ledger(_ server: ServerUnderTest) throws -> [JSONValue] {
    try #require(policy(server)["coupons"]?.array)
  }

  /// The rules that the state breaks.
  static func broken(_ server: ServerUnderTest) -> Set<String> { Set(server.violations("coupon")) }

  // MARK: - One at a time

  @Test("a coupon names its policy, user and number, and the ledger has it")
  func issuesOne() throws {
    let server = try ServerUnderTest()
    let answer = try server.request("POST", "/api/coupon-policies/1/issue", json: ["userId": "kim"])
    #expect(answer.status == 201)
    #expect(answer.json("policyId") == 1)
    #expect(answer.json("userId") == "kim")
    #expect(answer.json("sequence") == 1)
    #expect(answer.json("issuedAt")?.string?.hasSuffix("+09:00") == true)
    let ledger = try server.request("GET", "/api/coupon-policies/1/coupons")
    #expect(ledger.json("coupons")?.array?.count == 1)
    #expect(ledger.json("coupons")?.array?.first?["couponId"] == answer.json("couponId"))
    #expect(
      try server.request("GET", "/api/coupon-policies/1").json
        == ["policyId": 1, "maxCount": 1000, "issuedCount": 1, "status": "ACTIVE"])
  }

  @Test(
    "what is no attempt at a coupon is refused",
    arguments: [
      ("/api/coupon-policies/2/issue", #"{"userId":"kim"}"#, 404, "POLICY_NOT_FOUND"),
      ("/api/coupon-policies/one/issue", #"{"userId":"kim"}"#, 404, "POLICY_NOT_FOUND"),
      ("/api/coupon-policies/1/issue", "", 400, "VALIDATION_ERROR"),
      ("/api/coupon-policies/1/issue", "{", 400, "VALIDATION_ERROR"),
      ("/api/coupon-policies/1/issue", "{}", 400, "VALIDATION_ERROR"),
      ("/api/coupon-policies/1/issue", #"{"userId":""}"#, 400, "VALIDATION_ERROR"),
      ("/api/coupon-policies/1/issue", #"{"userId":7}"#, 400, "VALIDATION_ERROR"),
    ])
  func refuses(target: String, body: String, status: Int, code: String) throws {
    let server = try ServerUnderTest()
    let answer = try server.client().request("POST", target, body: Array(body.utf8))
    #expect(answer.status == status)
    #expect(answer.json("error", "code")?.string == code)
    #expect(try Self.ledger(server).isEmpty)
  }

  @Test("a deployment can have another cap, which a reset leaves")
  func otherCap() throws {
    let server = try ServerUnderTest { $0.environment["COUPON_MAX_COUNT"] = "2" }
    _ = try server.atOnce(Self.buyers(3))
    #expect(try Self.ledger(server).count == 2)
    let control = ["Authorization: Bearer control-token-of-the-test"]
    #expect(try server.request("POST", "/_control/reset", headers: control).status == 200)
    #expect(try server.request("GET", "/api/coupon-policies/1").json("maxCount") == 2)
  }

  @Test("the ledger comes in pages")
  func pages() throws {
    let server = try ServerUnderTest()
    _ = try server.atOnce(Self.buyers(25))
    let client = try server.client()
    func sequences(_ query: String) throws -> [Int64] {
      try client.request("GET", "/api/coupon-policies/1/coupons" + query)
        .json("coupons")?.array?.compactMap { $0["sequence"]?.integer } ?? []
    }
    #expect(try sequences("") == Array(1...25))
    #expect(try sequences("?page=1&size=10") == Array(1...10))
    #expect(try sequences("?page=3&size=10") == Array(21...25))
    #expect(try sequences("?page=4&size=10") == [])
    for query in ["?page=0", "?size=0", "?size=10001", "?page=x"] {
      #expect(try client.request("GET", "/api/coupon-policies/1/coupons" + query).status == 400)
    }
  }

  @Test("a suspended policy issues nothing until it is resumed")
  func suspends() throws {
    let server = try ServerUnderTest()
    #expect(try server.request("POST", "/admin/coupon-policies/1/suspend").json("status") == "SUSPENDED")
    let refused = try server.atOnce([Self.attempt("kim")])[0]
    #expect(refused.status == 503)
    #expect(refused.json("error", "code") == "ISSUE_SUSPENDED")
    #expect(try server.request("POST", "/admin/coupon-policies/1/resume").json("status") == "ACTIVE")
    #expect(try server.atOnce([Self.attempt("kim")])[0].status == 201)
  }

  // MARK: - Healthy under concurrency

  @Test(
    "1,500 buyers at once get the 1,000 coupons, none twice and none too many",
    arguments: ["atomic", "pessimistic"], ["0", "0.2"])
  func neverOneTooMany(strategy: String, queryTime: String) throws {
    let server = try ServerUnderTest()
    server.set("coupon.strategy", to: strategy)
    server.set("coupon.query_time_ms", to: queryTime)
    let answers = try server.atOnce(Self.buyers(1500))
    #expect(Self.outcomes(answers) == ["201 ": 1000, "409 COUPON_SOLD_OUT": 500])
    #expect(answers.compactMap { $0.json("sequence")?.integer }.sorted() == Array(1...1000))
    let policy = try Self.policy(server)
    #expect(policy["rows"] == 1000)
    #expect(policy["issuedCount"] == 1000)
    #expect(policy["status"] == "SOLD_OUT")
    #expect(Self.broken(server) == [])
  }

  @Test("a user who clicks fifty times at once holds one coupon", arguments: ["atomic", "pessimistic"])
  func oneEach(strategy: String) throws {
    let server = try ServerUnderTest()
    server.set("coupon.strategy", to: strategy)
    let answers = try server.atOnce((1...50).map { _ in Self.attempt("kim") })
    #expect(Self.outcomes(answers) == ["201 ": 1, "409 ALREADY_ISSUED": 49])
  }

  @Test("one Idempotency-Key is one coupon and one answer, however often and however much at once it comes")
  func idempotent() throws {
    let server = try ServerUnderTest()
    let answers = try server.atOnce((1...50).map { _ in Self.attempt("kim", key: "order-7") })
    #expect(Self.outcomes(answers) == ["201 ": 50])
    #expect(Set(answers.map(\.text)).count == 1)
    #expect(answers.count { $0.header("idempotent-replayed") == "true" } == 49)
    #expect(try Self.ledger(server).count == 1)
    let other = try server.atOnce([Self.attempt("lee", key: "order-7")])[0]
    #expect(other.status == 422)
    #expect(other.json("error", "code") == "IDEMPOTENCY_KEY_REUSED")
    let without = try server.atOnce([Self.attempt("kim", key: "order-8")])[0]
    #expect(without.json("error", "code") == "ALREADY_ISSUED")
  }

  // MARK: - Incidents

  @Test(
    "5,000 buyers over-issue 1,000 coupons in the incident, also when queries take no time", arguments: ["0", "0.5"])
  func overissues(queryTime: String) throws {
    let server = try ServerUnderTest()
    for _ in 0..<3 {
      #expect(try server.control("POST", "/reset").status == 200)
      server.set("coupon.query_time_ms", to: queryTime)
      // However long a slow machine takes: who finds no connection in time is refused, and over-issues nothing.
      server.set("coupon.connection_timeout_ms", to: "600000")
      server.set("coupon.overissue")
      let answers = try server.atOnce(Self.buyers(5000))
      let sequences = answers.compactMap { $0.json("sequence")?.integer }.sorted()
      #expect(sequences.count > 1000)
      #expect(sequences == Array(1...Int64(sequences.count)), "the numbers stay unique, and go past the cap")
      #expect(try Self.policy(server)["rows"]?.integer == Int64(sequences.count))
      #expect(try Self.policy(server)["issuedCount"]?.integer == Int64(sequences.count))
      #expect(Self.broken(server) == ["never_over_issued"])
    }
  }

  @Test("reconciling recalls the newest of the excess, and the buyers who were first keep theirs")
  func reconciles() throws {
    let server = try ServerUnderTest()
    server.set("coupon.overissue")
    let issued = try server.atOnce(Self.buyers(3000)).count { $0.status == 201 }
    #expect(issued > 1000)
    _ = try server.control("DELETE", "/incidents/coupon.overissue")
    let answer = try server.request("POST", "/admin/coupon-policies/1/reconcile")
    #expect(answer.json("recalledCount")?.integer == Int64(issued - 1000))
    let recalled = answer.json("recalled")?.array?.compactMap { $0["sequence"]?.integer }
    #expect(recalled == Array(1001...Int64(issued)))
    #expect(answer.json("issuedCount") == 1000)
    #expect(answer.json("status") == "SOLD_OUT")
    #expect(try Self.ledger(server).compactMap { $0["sequence"]?.integer } == Array(1...1000))
    #expect(try server.atOnce([Self.attempt("late")])[0].status == 409)
  }

  @Test("lost updates leave the counter behind the rows and give numbers twice, within the cap")
  func losesUpdates() throws {
    let server = try ServerUnderTest()
    server.set("coupon.query_time_ms", to: "0")
    server.set("coupon.lost-update")
    let answers = try server.atOnce(Self.buyers(1500))
    let sequences = answers.compactMap { $0.json("sequence")?.integer }
    #expect(sequences.count == 1000)
    #expect(Set(sequences).count < sequences.count)
    let policy = try Self.policy(server)
    #expect(policy["rows"] == 1000)
    #expect(try #require(policy["issuedCount"]?.integer) < 1000)
    #expect(Self.broken(server) == ["one_for_each_number", "count_is_rows"])
  }

  @Test("without its unique index a user who clicks twice gets two coupons")
  func duplicates() throws {
    let server = try ServerUnderTest()
    server.set("coupon.duplicate")
    server.set("coupon.race_window_ms", to: "100")
    // No more than the pool has connections: whoever waits for one sees what was written before.
    let answers = try server.atOnce((0..<20).map { Self.attempt("user-\($0 / 2)") })
    let issued = answers.count { $0.status == 201 }
    #expect(issued > 10)
    #expect(try Self.ledger(server).count == issued)
    #expect(Self.broken(server) == ["one_for_each_user"])
    #expect(
      try server.request("POST", "/admin/coupon-policies/1/reconcile").json("recalledCount")
        == .integer(Int64(issued - 10)))
  }

  @Test("sold out one too soon")
  func soldOutTooSoon() throws {
    let server = try ServerUnderTest { $0.environment = [:] }
    server.set("coupon.oversold-out")
    #expect(Self.outcomes(try server.atOnce(Self.buyers(1200))) == ["201 ": 999, "409 COUPON_SOLD_OUT": 201])
    _ = try server.control("DELETE", "/incidents/coupon.oversold-out")
    #expect(try server.atOnce([Self.attempt("late")])[0].json("sequence") == 1000)
  }

  @Test("acknowledged and lost: buyers with a 201 whom the ledger does not know")
  func losesAcknowledged() throws {
    let server = try ServerUnderTest()
    server.set("coupon.ack-then-lose", parameter: 10)
    let answers = try server.atOnce(Self.buyers(1200))
    let acknowledged = Set(answers.compactMap { $0.json("userId")?.string })
    let known = Set(try Self.ledger(server).compactMap { $0["userId"]?.string })
    #expect(acknowledged.count == 1000)
    #expect(known.count == 900)
    #expect(known.isSubset(of: acknowledged))
    #expect(try Self.policy(server)["issuedCount"] == 1000)
    #expect(Self.broken(server) == ["count_is_rows"])
  }

  @Test("applied but failed: the ledger knows buyers who were told 500, and their keys find the coupon")
  func failsAfterWrite() throws {
    let server = try ServerUnderTest()
    server.set("coupon.applied-but-failed", parameter: 50)
    let attempts = (1...100).map { Self.attempt("user-\($0)", key: "key-\($0)") }
    let answers = try server.atOnce(attempts)
    #expect(Self.outcomes(answers) == ["201 ": 50, "500 INTERNAL_ERROR": 50])
    #expect(try Self.ledger(server).count == 100)
    let repeated = try server.atOnce(attempts)
    #expect(Self.outcomes(repeated) == ["201 ": 100])
    #expect(try Self.ledger(server).count == 100)
  }

  @Test("leaked connections fill the pool: pending rises, then 503, until the pool is reset")
  func exhaustsPool() throws {
    let server = try ServerUnderTest()
    server.set("db.pool-exhausted", parameter: 50)
    let buyers = Self.buyers(60)
    #expect(Self.outcomes(try server.atOnce(Array(buyers[..<40]))) == ["201 ": 40])
    // Every connection has leaked by now: however long the machine takes, nobody gets one.
    server.set("coupon.connection_timeout_ms", to: "50")
    let waiting = try buyers[40...].map { buyer in
      let client = try server.client()
      try client.send("POST", buyer.target, headers: buyer.headers, body: Array(buyer.json.text().utf8))
      return client
    }
    #expect(Self.outcomes(try waiting.map { try $0.receive() }) == ["503 DB_POOL_TIMEOUT": 20])
    let health = try server.request("GET", "/actuator/health")
    #expect(health.json("components", "db", "details", "active") == 20)
    let metrics = try server.request("GET", "/actuator/prometheus").text
    #expect(metrics.contains("hikaricp_connections_active{pool=\"coupon\"} 20\n"))
    #expect(metrics.contains("hikaricp_connections_max{pool=\"coupon\"} 20\n"))
    #expect(metrics.contains("hikaricp_connections_timeout_total{pool=\"coupon\"} 20\n"))
    server.set("coupon.pool_size", to: "40")
    #expect(Self.outcomes(try server.atOnce([Self.attempt("widened")])) == ["201 ": 1])
    _ = try server.control("POST", "/reset")
    #expect(
      try server.request("GET", "/actuator/prometheus").text.contains(
        "hikaricp_connections_active{pool=\"coupon\"} 0\n"))
    #expect(Self.outcomes(try server.atOnce(Self.buyers(60))) == ["201 ": 60])
  }

  @Test("a slow database is slow by as much as it is told")
  func slowDatabase() throws {
    let server = try ServerUnderTest()
    server.set("db.slow", parameter: 30)
    _ = try server.atOnce([Self.attempt("kim")])
    let log = try server.control("GET", "/log")
    let route = log.json("routes")?.array?.first { $0["route"] == "POST /api/coupon-policies/{id}/issue" }
    #expect(try #require(route?["service_time_ns"]?["max"]?.integer) >= 30_000_000)
  }

  @Test("memory pressure fills the heap until the service fails, and a restart empties it")
  func memoryPressure() throws {
    let server = try ServerUnderTest()
    server.set("memory.pressure", parameter: 0.1)
    var answer = try server.atOnce([Self.attempt("first")])[0]
    var attempts = 0
    while answer.status != 500, attempts < 10_000 {
      attempts += 1
      answer = try server.atOnce([Self.attempt("user-\(attempts)")])[0]
    }
    #expect(answer.json("error", "code") == "OUT_OF_MEMORY")
    #expect(try server.request("GET", "/actuator/health").status == 503)
    let used = try server.request("GET", "/actuator/prometheus").text
    #expect(used.contains("jvm_memory_used_bytes{area=\"heap\",id=\"G1 Old Gen\"} 5"))
    _ = try server.control("POST", "/reset")
    #expect(try server.request("GET", "/actuator/health").status == 200)
    #expect(try server.atOnce([Self.attempt("after")])[0].status == 201)
  }
}
