/// Answers a request. Runs on the request's loop; waits there with `await`, and never blocks it.
package typealias Handler = @Sendable (ServerRequest) async -> ServerResponse

/// How large a route's body may be, asked once the head is there and before a byte of the body is read.
package struct RouteLimits: Sendable {
  /// What is known of a body when it is refused.
  package struct Excess: Sendable {
    package var maxBytes: Int
    /// The declared length; `nil` where the body comes in chunks.
    package var contentLength: UInt64?
    /// Bytes read by then: 0 where the declared length alone decided.
    package var receivedBytes: Int
  }

  /// The largest body for this request, bytes.
  package var maxBodyBytes: @Sendable (ServerRequest) -> Int
  /// What to answer to a larger one.
  package var refuse: @Sendable (ServerRequest, Excess) -> ServerResponse

  package init(
    maxBodyBytes: @escaping @Sendable (ServerRequest) -> Int,
    refuse: @escaping @Sendable (ServerRequest, Excess) -> ServerResponse
  ) {
    self.maxBodyBytes = maxBodyBytes
    self.refuse = refuse
  }
}

/// Why no route takes a request.
package enum RoutingFailure: Sendable, Hashable {
  case notFound
  /// The path is known, the method is not among these.
  case methodNotAllowed([String])

  package var status: Int { self == .notFound ? 404 : 405 }
}

/// Method and path to handler.
///
/// A pattern is literal segments and parameters that take one segment each: `/api/coupon-policies/{id}/issue`. A
/// literal wins over a parameter. `HEAD` is answered by the `GET` route, without the body.
package struct Router: Sendable {
  package struct Route: Sendable {
    package let method: String
    package let pattern: String
    package let parameterNames: [String]
    package let limits: RouteLimits?
    package let handler: Handler
  }

  package private(set) var routes: [Route] = []
  private var failureAnswers: [(prefix: [UInt8], answer: @Sendable (ServerRequest, RoutingFailure) -> ServerResponse)] =
    []

  package init() {}

  /// Adds a route.
  ///
  /// - Precondition: no route has this method and this pattern yet.
  package mutating func on(
    _ method: String, _ pattern: String, limits: RouteLimits? = nil, _ handler: @escaping Handler
  ) {
    precondition(pattern.hasPrefix("/"), "a pattern begins with a slash: \(pattern)")
    let names = pattern.dropFirst().split(separator: "/").filter(Self.isParameter).map {
      String($0.dropFirst().dropLast())
    }
    precondition(
      !routes.contains { $0.method == method && $0.pattern == pattern }, "two routes for \(method) \(pattern)")
    routes.append(Route(method: method, pattern: pattern, parameterNames: names, limits: limits, handler: handler))
  }

  /// Sets the answer to requests below `prefix` that no route takes: each system speaks its own envelope. The
  /// longest prefix wins.
  package mutating func onFailure(
    under prefix: String, _ answer: @escaping @Sendable (ServerRequest, RoutingFailure) -> ServerResponse
  ) {
    failureAnswers.append((Array(prefix.utf8), answer))
    failureAnswers.sort { $0.prefix.count > $1.prefix.count }
  }

  /// The answer where no route takes the request; with `Allow` where the method is the reason.
  package func answer(_ failure: RoutingFailure, to request: ServerRequest) -> ServerResponse {
    if case .methodNotAllowed(let methods) = failure, request.method == "OPTIONS" {
      return .empty(204, headers: [("Allow", methods.joined(separator: ", "))])
    }
    if request.method == "OPTIONS", request.target == "*" { return .empty(204) }
    let own = failureAnswers.first { request.target.utf8.starts(with: $0.prefix) }?.answer(request, failure)
    switch failure {
    case .notFound:
      return own ?? .error(404, "NOT_FOUND", "nothing is served at \(request.path)")
    case .methodNotAllowed(let methods):
      let allowed = methods.joined(separator: ", ")
      var response =
        own ?? .error(405, "METHOD_NOT_ALLOWED", "\(request.path) answers to \(allowed), not to \(request.method)")
      response.headers.append(("Allow", allowed))
      return response
    }
  }

  static func isParameter(_ segment: Substring) -> Bool { segment.hasPrefix("{") && segment.hasSuffix("}") }
}
