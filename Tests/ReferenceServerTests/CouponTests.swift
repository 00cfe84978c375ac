import JSON
import Testing

@testable import ReferenceServer

@Suite("Coupons", .serialized)
struct CouponTests {
  static func issue(_ user: String, key: String? = nil, policy: String = "1") -> [UInt8] {
    RawClient.request(
      "POST", "/api/coupon-policies/\(policy)/issue", headers: key.map { [("Idempotency-Key", $0)] } ?? [],
      body: Array(#"{"userId":"\#(user)"}"#.utf8))
  }

  static func buyers(_ count: Int) -> [[UInt8]] { (1...count).map { issue("user-\($0)") } }

  /// Counts of status and code.
  static func outcomes(_ answers: [RawResponse]) -> [String: Int] {
    var counts: [String: Int] = [:]
    for answer in answers { counts["\(answer.status) \(answer.errorCode ?? "")", default: 0] += 1 }
    return counts
  }

  @Test("a coupon names its policy, user and number, and the ledger has it")
  func issuesOne() throws {
    let server = try ServerUnderTest()
    let answer = try server.exchange("POST", "/api/coupon-policies/1/issue", body: #"{"userId": "kim"}"#)
    #expect(answer.status == 201)
    #expect(answer.json["policyId"] == 1)
    #expect(answer.json["userId"] == "kim")
    #expect(answer.json["sequence"] == 1)
    let couponID = try #require(answer.json["couponId"]?.string)
    let ledger = try server.exchange("GET", "/api/coupon-policies/1/coupons").json
    #expect(ledger["coupons"]?.array?.count == 1)
    #expect(ledger["coupons"]?.array?.first?["couponId"]?.string == couponID)
    let policy = try server.exchange("GET", "/api/coupon-policies/1").json
    #expect(policy == ["policyId": 1, "maxCount": 1000, "issuedCount": 1, "status": "ACTIVE"])
  }

  @Test(
    "1,500 buyers at once get the 1,000 coupons, none twice and none too many",
    arguments: ["atomic", "pessimistic"], [0.0, 0.2])
  func neverOneTooMany(strategy: String, queryTime: Double) throws {
    let server = try ServerUnderTest(loops: 2)
    #expect(
      try server.control(
        "PUT", "/settings", #"{"coupon.strategy": "\#(strategy)", "query_time_ms": \#(queryTime)}"#
      ).status == 200)
    let answers = try server.atOnce(Self.buyers(1500))
    #expect(Self.outcomes(answers) == ["201 ": 1000, "409 COUPON_SOLD_OUT": 500])
    let sequences = answers.compactMap { $0.json["sequence"]?.integer }.sorted()
    #expect(sequences == Array(1...1000))
    let truth = try server.control("GET", "/truth/coupon").json["policies"]?.array?.first
    #expect(truth?["rows"] == 1000)
    #expect(truth?["issuedCount"] == 1000)
    #expect(truth?["status"] == "SOLD_OUT")
  }

  @Test(
    "5,000 buyers at once over-issue 1,000 coupons in the incident, also when queries take no time",
    arguments: [0.0, 0.5])
  func overissues(queryTime: Double) throws {
    let server = try ServerUnderTest(loops: 2)
    for _ in 0..<3 {
      #expect(try server.control("POST", "/reset").status == 200)
      #expect(try server.control("PUT", "/settings", #"{"query_time_ms": \#(queryTime)}"#).status == 200)
      #expect(try server.control("PUT", "/incidents/coupon.overissue").status == 200)
      let answers = try server.atOnce(Self.buyers(5000))
      let issued = answers.count { $0.status == 201 }
      #expect(issued > 1000)
      let truth = try server.control("GET", "/truth/coupon").json["policies"]?.array?.first
      #expect(truth?["rows"]?.integer == Int64(issued))
    }
  }
}
