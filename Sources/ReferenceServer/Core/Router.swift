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

  private struct Node: Sendable {
    var literals: [(text: [UInt8], node: Int)] = []
    var parameter: Int?
    var routes: [(method: String, route: Int)] = []
  }

  package private(set) var routes: [Route] = []
  private var nodes = [Node()]
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
    var node = 0
    var names: [String] = []
    for segment in pattern.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
      if segment.hasPrefix("{"), segment.hasSuffix("}") {
        names.append(String(segment.dropFirst().dropLast()))
        if let next = nodes[node].parameter {
          node = next
        } else {
          nodes.append(Node())
          nodes[node].parameter = nodes.count - 1
          node = nodes.count - 1
        }
      } else {
        let text = Array(segment.utf8)
        if let next = nodes[node].literals.first(where: { $0.text == text })?.node {
          node = next
        } else {
          nodes.append(Node())
          nodes[node].literals.append((text, nodes.count - 1))
          node = nodes.count - 1
        }
      }
    }
    precondition(!nodes[node].routes.contains { $0.method == method }, "two routes for \(method) \(pattern)")
    nodes[node].routes.append((method, routes.count))
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

  // MARK: - Finding

  package enum Match: Sendable {
    case route(Int, PathParameters)
    case failure(RoutingFailure)
  }

  /// The route of a request.
  ///
  /// - Complexity: O(length of the path) where no pattern's literal competes with a parameter.
  package func match(method: String, target: String) -> Match {
    var target = target
    return target.withUTF8 { bytes in
      let end = bytes.firstIndex(of: UInt8(ascii: "?")) ?? bytes.count
      guard end > 0, bytes[0] == UInt8(ascii: "/") else { return .failure(.notFound) }
      var values: [Range<Int>] = []
      guard let node = find(from: 0, UnsafeBufferPointer(rebasing: bytes[0..<end]), at: 1, &values) else {
        return .failure(.notFound)
      }
      guard let route = route(at: node, method: method) else {
        return .failure(.methodNotAllowed(allowed(at: node)))
      }
      var parameters = PathParameters()
      if !values.isEmpty {
        parameters.names = routes[route].parameterNames
        parameters.values = values.map { PercentEncoding.decode(bytes[$0], plusIsSpace: false) }
      }
      return .route(route, parameters)
    }
  }

  private func route(at node: Int, method: String) -> Int? {
    for entry in nodes[node].routes where entry.method == method { return entry.route }
    return method == "HEAD" ? route(at: node, method: "GET") : nil
  }

  private func allowed(at node: Int) -> [String] {
    let methods = nodes[node].routes.map(\.method)
    return methods.contains("GET") && !methods.contains("HEAD") ? methods + ["HEAD"] : methods
  }

  /// The node that the path from `start` on leads to, if it has routes.
  private func find(
    from node: Int, _ path: UnsafeBufferPointer<UInt8>, at start: Int, _ values: inout [Range<Int>]
  ) -> Int? {
    var end = start
    var encoded = false
    while end < path.count, path[end] != UInt8(ascii: "/") {
      if path[end] == UInt8(ascii: "%") { encoded = true }
      end += 1
    }
    let segment = UnsafeBufferPointer(rebasing: path[start..<end])
    if let next = literal(at: node, segment, encoded: encoded) {
      if end == path.count {
        if !nodes[next].routes.isEmpty { return next }
      } else if let found = find(from: next, path, at: end + 1, &values) {
        return found
      }
    }
    guard let next = nodes[node].parameter, !segment.isEmpty else { return nil }
    values.append(start..<end)
    if end == path.count {
      if !nodes[next].routes.isEmpty { return next }
    } else if let found = find(from: next, path, at: end + 1, &values) {
      return found
    }
    values.removeLast()
    return nil
  }

  private func literal(at node: Int, _ segment: UnsafeBufferPointer<UInt8>, encoded: Bool) -> Int? {
    if encoded {
      let decoded = Array(PercentEncoding.decode(segment, plusIsSpace: false).utf8)
      return nodes[node].literals.first { $0.text == decoded }?.node
    }
    for entry in nodes[node].literals where entry.text.count == segment.count {
      if entry.text.elementsEqual(segment) { return entry.node }
    }
    return nil
  }
}
