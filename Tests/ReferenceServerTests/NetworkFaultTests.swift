import JSON
import Testing

@testable import ReferenceServer

@Suite("Faults of the network")
struct NetworkFaultTests {
  @Test("an answer that is dropped has taken effect all the same, and reads are spared")
  func droppedAnswers() throws {
    let server = try ServerUnderTest()
    server.server.context.incidents.named("fault.drop-responses").set(parameter: 100)
    let error = #expect(throws: RawClient.Failure.self) {
      try server.request("POST", "/api/coupon-policies/1/issue", json: ["userId": "kim"])
    }
    guard case .closed(let bytes)? = error else {
      Issue.record("not closed: \(String(describing: error))")
      return
    }
    #expect(bytes.isEmpty)
    #expect(try server.request("GET", "/api/coupon-policies/1").json("issuedCount") == 1)
  }

  @Test("about as many answers are dropped as the parameter says")
  func shareOfDroppedAnswers() throws {
    let server = try ServerUnderTest()
    server.server.context.incidents.named("fault.drop-responses").set(parameter: 20)
    var lost = 0
    for number in 0..<200 {
      let user = JSONValue.string("user-\(number)")
      if (try? server.request("POST", "/api/coupon-policies/1/issue", json: ["userId": user])) == nil { lost += 1 }
    }
    #expect((20...60).contains(lost))
    #expect(try CouponTests.ledger(server).count == 200)
  }
}
