import HTTPClient
import HTTPMessage
import JSON
import Scenario

/// The bytes of a step's request: whole where nothing varies, else pieces.
struct CompiledRequest: Sendable {
  enum Body: Sendable {
    case none
    /// Written behind the head into the same buffer, so that one send carries both.
    case inline(FragmentList)
    /// Two pieces with as much filler between them as makes `bytes` in all.
    case padded(before: FragmentList, after: FragmentList, bytes: Int, fill: UInt8)
    /// Sent from where it stands.
    case bytes([UInt8])
    case repeated(UInt8, count: Int)
  }

  let endpoint: HTTPEndpoint
  let method: String
  let isHead: Bool
  let chunked: Bool
  /// Whether the head has `Connection: close`; `nil` if a variable decides.
  let closesConnection: Bool?
  /// Whether it may be sent a second time when its connection ends without a response.
  let repetition: HTTPExchange.Repetition
  /// Whether it is the same to the target how often it comes: by its method, or by an `Idempotency-Key`.
  let isIdempotent: Bool
  /// Whether its method changes nothing (RFC 9110, section 9.2.1).
  let isSafe: Bool
  let body: Body
  /// Request line and headers, up to where Content-Length would stand.
  let head: FragmentList
  /// The whole request where nothing in it varies and the body goes with the head.
  let constant: [UInt8]?

  /// Bodies up to this size are laid behind the head.
  static let inlineLimit = 16 << 10

  init(
    _ step: Step, client: ClientOptions, target: HTTPEndpoint, pathPrefix: String, variables: VariableTable
  ) throws(PlanError) {
    method = step.method
    isHead = step.method == "HEAD"
    chunked = step.chunked

    var requestTarget = FragmentList()
    if case .literal(let text) = step.path.parts.first, text.hasPrefix("http://") || text.hasPrefix("https://") {
      // The host is a constant: what varies begins with the path.
      let authorityStart = text.utf8.firstIndex(of: UInt8(ascii: ":")).map { text.index($0, offsetBy: 3) }!
      let pathStart = text[authorityStart...].firstIndex { $0 == "/" || $0 == "?" }
      if pathStart == nil, step.path.parts.count > 1 {
        throw PlanError("step '\(step.name)': the host may not hold variables: '\(text)…'")
      }
      do {
        endpoint = try HTTPURL(String(text[..<(pathStart ?? text.endIndex)])).endpoint
      } catch {
        throw PlanError("step '\(step.name)': '\(text)': \(error)")
      }
      var rest = step.path
      let path = pathStart.map { String(text[$0...]) } ?? "/"
      rest.parts[0] = .literal(path.hasPrefix("?") ? "/" + path : path)
      requestTarget.append(variables.compile(rest, .path))
    } else {
      endpoint = target
      requestTarget.append(pathPrefix)
      requestTarget.append(variables.compile(step.path, .path))
    }
    if !step.query.isEmpty {
      let hasQuery = step.path.parts.contains { if case .literal(let text) = $0 { text.contains("?") } else { false } }
      requestTarget.append(hasQuery ? "&" : "?")
      requestTarget.append(variables.compile(pairs: step.query))
    }

    let proxy = DirectProxy(client, endpoint)
    var list = FragmentList()
    list.append(step.method + " ")
    if proxy != nil { list.append(endpoint.description) }
    list.append(requestTarget)
    list.append(" HTTP/1.1\r\n")
    let own = Set(step.headers.map { $0.name.lowercased() })
    let headers = client.headers.filter { !own.contains($0.name.lowercased()) } + step.headers
    let names = Set(headers.map { $0.name.lowercased() })
    if !names.contains("host") { list.append("Host: \(endpoint.hostHeader)\r\n") }
    if !names.contains("user-agent") { list.append("User-Agent: stampede\r\n") }
    if !names.contains("accept") { list.append("Accept: */*\r\n") }
    if client.connections == .fresh && !names.contains("connection") { list.append("Connection: close\r\n") }
    if let credentials = proxy?.credentials, !names.contains("proxy-authorization") {
      list.append("Proxy-Authorization: Basic \(credentials)\r\n")
    }
    for header in headers {
      list.append(header.name + ": ")
      list.append(variables.compile(header.value, .header))
      list.append("\r\n")
    }

    isSafe = ["GET", "HEAD", "OPTIONS", "TRACE"].contains(method)
    isIdempotent = isSafe || ["PUT", "DELETE"].contains(method) || names.contains("idempotency-key")
    repetition =
      switch client.retryClosed {
      case .never: .switchedOff
      case .all: .allowed
      case .idempotent: isIdempotent ? .allowed : .notIdempotent
      }
    closesConnection = Self.closesConnection(headers)

    switch step.body {
    case .none: body = .none
    case .json(let json): body = Self.body(variables.compile(json))
    case .sizedJSON(let json, let bytes, let fill):
      let (before, after) = variables.compile(json).splitAtPadding()
      body = Self.body(before: before, after: after, bytes: bytes, fill: fill)
    case .batchJSON(let item, let count): body = Self.body(variables.compile(batchOf: item, count: count))
    case .form(let pairs): body = Self.body(variables.compile(pairs: pairs))
    case .text(let text): body = Self.body(variables.compile(text, .none))
    case .bytes(let count, let fill): body = .repeated(fill, count: count)
    case .file(let bytes, _): body = .bytes(bytes)
    }
    head = list
    constant = Self.constant(head: list, body: body, chunked: step.chunked, method: step.method)
  }

  /// Whether a `Connection` among the headers lists `close` (RFC 9112, section 9.6); `nil` if a variable decides.
  private static func closesConnection(_ headers: [HeaderTemplate]) -> Bool? {
    var known: Bool? = false
    for header in headers where header.name.lowercased() == "connection" {
      var text = ""
      var isConstant = true
      for part in header.value.parts {
        switch part {
        case .literal(let literal): text += literal
        case .environment(_, let value): text += value
        case .variable, .builtIn: isConstant = false
        }
      }
      if !isConstant {
        known = nil
      } else if HTTPHeaders([("connection", text)]).contains("connection", token: "close") {
        return true
      }
    }
    return known
  }

  /// Whether a head as it is sent has `Connection: close`.
  static func closesConnection(head: [UInt8]) -> Bool {
    let lines = head.split(separator: UInt8(ascii: "\n")).dropFirst().prefix { $0.count > 1 }
    return lines.contains { line in
      guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { return false }
      let name = String(decoding: line[..<colon], as: UTF8.self).lowercased()
      let value = String(decoding: line[(colon + 1)...].dropLast(), as: UTF8.self)
      return name == "connection" && HTTPHeaders([(name, value)]).contains(name, token: "close")
    }
  }

  private static func body(_ list: FragmentList) -> Body {
    if let bytes = list.constant, bytes.count > inlineLimit { return .bytes(bytes) }
    return .inline(list)
  }

  private static func body(before: FragmentList, after: FragmentList, bytes: Int, fill: UInt8) -> Body {
    guard let start = before.constant, let end = after.constant else {
      return .padded(before: before, after: after, bytes: bytes, fill: fill)
    }
    return .bytes(start + [UInt8](repeating: fill, count: max(0, bytes - start.count - end.count)) + end)
  }

  private static func constant(head: FragmentList, body: Body, chunked: Bool, method: String) -> [UInt8]? {
    guard var bytes = head.constant else { return nil }
    switch body {
    case .none:
      appendFraming(length: 0, hasBody: false, chunked: false, method: method, to: &bytes)
      return bytes
    case .inline(let list):
      guard let content = list.constant else { return nil }
      if chunked { return nil }
      appendFraming(length: content.count, hasBody: true, chunked: false, method: method, to: &bytes)
      return bytes + content
    case .padded: return nil
    case .bytes(let content):
      appendFraming(length: content.count, hasBody: true, chunked: chunked, method: method, to: &bytes)
      return bytes
    case .repeated(_, let count):
      appendFraming(length: count, hasBody: true, chunked: chunked, method: method, to: &bytes)
      return bytes
    }
  }

  /// Ends the head. A method that means a body says so even where it is empty (RFC 9110, section 8.6).
  static func appendFraming(length: Int, hasBody: Bool, chunked: Bool, method: String, to output: inout [UInt8]) {
    if chunked && hasBody {
      output.append(contentsOf: "Transfer-Encoding: chunked\r\n\r\n".utf8)
    } else if hasBody || method == "POST" || method == "PUT" || method == "PATCH" {
      output.append(contentsOf: "Content-Length: ".utf8)
      appendDecimal(length, to: &output)
      output.append(contentsOf: "\r\n\r\n".utf8)
    } else {
      output.append(contentsOf: "\r\n".utf8)
    }
  }
}

/// Why a scenario that reads well cannot be run as asked.
package struct PlanError: Error, CustomStringConvertible, Sendable {
  package let description: String
  package init(_ description: String) { self.description = description }
}
