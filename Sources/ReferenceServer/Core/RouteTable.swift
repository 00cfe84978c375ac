/// A router's patterns as a tree in flat arrays, for finding a route without touching a reference count.
struct RouteTable: Sendable {
  /// A segment's place in the tree. All members are plain numbers.
  private struct Node {
    /// In `edges`.
    var edges = 0..<0
    /// The node below a parameter, or -1.
    var parameter = -1
    /// In `methods`.
    var routes = 0..<0
  }

  /// A literal segment that leads to a node.
  private struct Edge {
    /// In `text`.
    var text: Range<Int>
    var node: Int
  }

  /// A method that a node answers to.
  private struct Method {
    /// In `text`.
    var text: Range<Int>
    var route: Int
  }

  private var nodes: [Node] = []
  private var edges: [Edge] = []
  private var methods: [Method] = []
  private var text: [UInt8] = []

  /// What the tree is built from.
  private final class Builder {
    var literals: [(text: Substring, below: Builder)] = []
    var parameter: Builder?
    var routes: [(method: String, route: Int)] = []
  }

  /// - Precondition: no two routes have the same method and pattern.
  init(_ routes: [Router.Route]) {
    let root = Builder()
    for (index, route) in routes.enumerated() {
      var place = root
      for segment in route.pattern.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
        place = Self.below(place, segment)
      }
      precondition(
        !place.routes.contains { $0.method == route.method }, "two routes for \(route.method) \(route.pattern)")
      place.routes.append((route.method, index))
    }
    _ = add(root)
  }

  private static func below(_ place: Builder, _ segment: Substring) -> Builder {
    if Router.isParameter(segment) {
      if place.parameter == nil { place.parameter = Builder() }
      return place.parameter!
    }
    if let known = place.literals.first(where: { $0.text == segment }) { return known.below }
    let next = Builder()
    place.literals.append((segment, next))
    return next
  }

  private mutating func add(_ builder: Builder) -> Int {
    let index = nodes.count
    nodes.append(Node())
    let routesStart = methods.count
    for (method, route) in builder.routes {
      methods.append(Method(text: keep(method.utf8), route: route))
      if method == "GET", !builder.routes.contains(where: { $0.method == "HEAD" }) {
        methods.append(Method(text: keep("HEAD".utf8), route: route))
      }
    }
    nodes[index].routes = routesStart..<methods.count
    let below = builder.literals.map { (keep($0.text.utf8), add($0.below)) }
    let edgesStart = edges.count
    for (text, node) in below { edges.append(Edge(text: text, node: node)) }
    nodes[index].edges = edgesStart..<edges.count
    if let parameter = builder.parameter { nodes[index].parameter = add(parameter) }
    return index
  }

  private mutating func keep(_ bytes: some Collection<UInt8>) -> Range<Int> {
    let start = text.count
    text.append(contentsOf: bytes)
    return start..<text.count
  }

  // MARK: - Finding

  enum Found {
    case route(Int)
    case notFound
    /// The path is known; its methods.
    case methodNotAllowed([String])
  }

  /// The route of a path, which has no query, and the values of its parameters as ranges of the path.
  ///
  /// - Complexity: O(length of the path) where no literal competes with a parameter.
  func find(
    _ method: UnsafeBufferPointer<UInt8>, _ path: UnsafeBufferPointer<UInt8>, _ values: inout [Range<Int>]
  ) -> Found {
    guard path.first == UInt8(ascii: "/") else { return .notFound }
    return text.withUnsafeBufferPointer { text in
      guard let node = walk(from: 0, path, at: 1, text, &values) else { return .notFound }
      for index in nodes[node].routes where Self.equal(text, methods[index].text, method, 0..<method.count) {
        return .route(methods[index].route)
      }
      return .methodNotAllowed(methods[nodes[node].routes].map { String(decoding: text[$0.text], as: UTF8.self) })
    }
  }

  /// The node that the path from `start` on leads to, if it has routes.
  private func walk(
    from node: Int, _ path: UnsafeBufferPointer<UInt8>, at start: Int, _ text: UnsafeBufferPointer<UInt8>,
    _ values: inout [Range<Int>]
  ) -> Int? {
    var end = start
    var isEncoded = false
    while end < path.count, path[end] != UInt8(ascii: "/") {
      if path[end] == UInt8(ascii: "%") { isEncoded = true }
      end += 1
    }
    let next = isEncoded ? encoded(at: node, path, start..<end, text) : literal(at: node, path, start..<end, text)
    if let next {
      if end == path.count {
        if !nodes[next].routes.isEmpty { return next }
      } else if let found = walk(from: next, path, at: end + 1, text, &values) {
        return found
      }
    }
    let parameter = nodes[node].parameter
    guard parameter >= 0, end > start else { return nil }
    values.append(start..<end)
    if end == path.count {
      if !nodes[parameter].routes.isEmpty { return parameter }
    } else if let found = walk(from: parameter, path, at: end + 1, text, &values) {
      return found
    }
    values.removeLast()
    return nil
  }

  /// The route of a request's method and target, with the values of its parameters decoded.
  func match(method: String, target: String, _ routes: [Router.Route]) -> RouteMatch {
    var method = method
    var target = target
    return method.withUTF8 { method in
      target.withUTF8 { target in
        var values: [Range<Int>] = []
        let end = target.firstIndex(of: UInt8(ascii: "?")) ?? target.count
        switch find(method, UnsafeBufferPointer(rebasing: target[..<end]), &values) {
        case .notFound: return .failure(.notFound)
        case .methodNotAllowed(let methods): return .failure(.methodNotAllowed(methods))
        case .route(let index):
          var parameters = PathParameters()
          if !values.isEmpty {
            parameters.names = routes[index].parameterNames
            parameters.values = values.map { PercentEncoding.decode(target[$0], plusIsSpace: false) }
          }
          return .route(index, parameters)
        }
      }
    }
  }

  private func literal(
    at node: Int, _ path: UnsafeBufferPointer<UInt8>, _ segment: Range<Int>, _ text: UnsafeBufferPointer<UInt8>
  ) -> Int? {
    for index in nodes[node].edges where Self.equal(text, edges[index].text, path, segment) {
      return edges[index].node
    }
    return nil
  }

  /// The same for a segment with percent-encoded bytes in it.
  private func encoded(
    at node: Int, _ path: UnsafeBufferPointer<UInt8>, _ segment: Range<Int>, _ text: UnsafeBufferPointer<UInt8>
  ) -> Int? {
    let decoded = Array(PercentEncoding.decode(path[segment], plusIsSpace: false).utf8)
    return decoded.withUnsafeBufferPointer { literal(at: node, $0, 0..<$0.count, text) }
  }

  @inline(__always)
  private static func equal(
    _ left: UnsafeBufferPointer<UInt8>, _ leftRange: Range<Int>, _ right: UnsafeBufferPointer<UInt8>,
    _ rightRange: Range<Int>
  ) -> Bool {
    guard leftRange.count == rightRange.count else { return false }
    for offset in 0..<leftRange.count
    where left[leftRange.lowerBound + offset] != right[rightRange.lowerBound + offset] {
      return false
    }
    return true
  }
}

/// Where a request goes.
enum RouteMatch: Sendable {
  /// By the router's number.
  case route(Int, PathParameters)
  case failure(RoutingFailure)
}
