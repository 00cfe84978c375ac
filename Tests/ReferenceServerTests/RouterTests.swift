import EventLoop
import Testing

@testable import ReferenceServer

@Suite("Routing")
struct RouterTests {
  static func router() -> Router {
    var router = Router()
    for (method, pattern) in [
      ("GET", "/"), ("GET", "/items"), ("POST", "/items"), ("GET", "/items/{id}"), ("DELETE", "/items/{id}"),
      ("GET", "/items/new"), ("GET", "/items/new/form"), ("GET", "/items/{id}/parts/{part}"), ("HEAD", "/own-head"),
      ("GET", "/own-head"), ("GET", "/{any}/end"),
    ] {
      router.on(method, pattern) { _ in .empty(204) }
    }
    return router
  }

  static func match(_ method: String, _ target: String) -> String {
    let router = router()
    switch RouteTable(router.routes).match(method: method, target: target, router.routes) {
    case .route(let index, let parameters):
      let values = zip(parameters.names, parameters.values).map { " \($0)=\($1)" }.joined()
      return router.routes[index].method + " " + router.routes[index].pattern + values
    case .failure(.notFound): return "404"
    case .failure(.methodNotAllowed(let methods)): return "405 " + methods.joined(separator: ",")
    }
  }

  @Test(
    "a literal wins over a parameter, and a dead end leads back to the parameter",
    arguments: [
      ("GET", "/", "GET /"),
      ("GET", "/?a=/items", "GET /"),
      ("GET", "/items", "GET /items"),
      ("POST", "/items?x=1", "POST /items"),
      ("HEAD", "/items", "GET /items"),
      ("GET", "/items/new", "GET /items/new"),
      ("GET", "/items/newer", "GET /items/{id} id=newer"),
      ("GET", "/items/7", "GET /items/{id} id=7"),
      ("DELETE", "/items/a%2Fb", "DELETE /items/{id} id=a/b"),
      ("GET", "/items/7/parts/x%20y", "GET /items/{id}/parts/{part} id=7 part=x y"),
      ("GET", "/items/new/parts/1", "GET /items/{id}/parts/{part} id=new part=1"),
      ("GET", "/items/end", "GET /items/{id} id=end"),
      ("GET", "/things/end", "GET /{any}/end any=things"),
      ("GET", "/%69tems", "GET /items"),
      ("HEAD", "/own-head", "HEAD /own-head"),
      ("GET", "/items/", "404"),
      ("GET", "//items", "404"),
      ("GET", "/items/7/parts", "404"),
      ("GET", "/items/7/parts/", "404"),
      ("GET", "/Items", "404"),
      ("GET", "items", "404"),
      ("GET", "", "404"),
      ("GET", "*", "404"),
      ("PUT", "/items", "405 GET,HEAD,POST"),
      ("get", "/items", "405 GET,HEAD,POST"),
      ("DELETE", "/items/new", "405 GET,HEAD"),
      ("POST", "/own-head", "405 HEAD,GET"),
    ])
  func matches(method: String, target: String, expected: String) {
    #expect(Self.match(method, target) == expected)
  }

  @Test("the longest prefix's system answers for what is not routed")
  func answersFailures() throws {
    var router = Router()
    router.onFailure(under: "/api") { _, failure in .text(failure.status, "api") }
    router.onFailure(under: "/api/inner") { _, failure in .text(failure.status, "inner") }
    let loop = try EventLoop(name: "test")
    let connection = ConnectionInfo(loop: loop, peerAddress: "::1", controlToken: "t")
    func answer(_ target: String, _ failure: RoutingFailure) -> ServerResponse {
      router.answer(failure, to: ServerRequest(method: "GET", target: target, connection: connection, number: 1))
    }
    #expect(answer("/api/inner/x", .notFound).body == Array("inner".utf8))
    #expect(answer("/api/x", .notFound).body == Array("api".utf8))
    #expect(answer("/x", .notFound).contentType == .json)
    let wrong = answer("/api/x", .methodNotAllowed(["PUT", "POST"]))
    #expect(wrong.status == 405)
    #expect(wrong.headers.contains { $0 == ("Allow", "PUT, POST") })
  }

  @Test(
    "percent-encoding",
    arguments: [
      ("plain", false, "plain"), ("a+b", false, "a+b"), ("a+b", true, "a b"), ("%41%62", true, "Ab"),
      ("%", false, "%"), ("%4", false, "%4"), ("%zz", false, "%zz"), ("%e2%82%ac", false, "€"),
      ("%ff", false, "\u{fffd}"),
    ])
  func decodes(text: String, plusIsSpace: Bool, expected: String) {
    #expect(PercentEncoding.decode(text.utf8, plusIsSpace: plusIsSpace) == expected)
  }
}
