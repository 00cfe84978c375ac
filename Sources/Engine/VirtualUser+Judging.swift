import HTTPClient
import HTTPMessage
import JSON
import RegularExpressions
import Scenario

/// What an answer means: the first outcome whose matchers hold.
extension VirtualUser {
  func judge(_ step: CompiledStep) -> Int {
    if let failure = exchange.failure { return step.transport(TransportOutcome.number[failure]!) }
    let status = exchange.status
    if let table = step.outcomeByStatus {
      let number = status >= 0 && status < table.count ? Int(table[status]) : step.unexpected
      if step.captures, number < step.outcomes.count, !capture(step.outcomes[number]) { return step.unexpected }
      return number
    }
    for number in step.outcomes.indices where step.outcomes[number].matchers.allSatisfy(holds) {
      return capture(step.outcomes[number]) ? number : step.unexpected
    }
    return step.unexpected
  }

  func holds(_ matcher: CompiledMatcher) -> Bool {
    if let accepts = matcher.acceptsStatus(exchange.status) { return accepts }
    if case .json(let path) = matcher.subject {
      switch matcher.predicate {
      case .equals(.constant(let value)): if let equal = scan(path, equals: value) { return equal }
      case .exists(let wanted): return exists(path) == wanted
      default: break
      }
    }
    if case .body = matcher.subject, case .matches(let pattern) = matcher.predicate {
      return exchange.body.withUnsafeBytes(worker.searches.search(for: pattern).matches)
    }
    return matcher.predicate.holds(actual(matcher.subject), worker.searches) { list in
      var bytes: [UInt8] = []
      write(list, into: &bytes)
      return String(decoding: bytes, as: UTF8.self)
    }
  }

  /// Whether the body has such a value; `nil` if it is not JSON, which has no paths, neither present nor absent.
  private func exists(_ path: JSONPath) -> Bool? {
    exchange.body.withUnsafeBytes { (bytes) -> Bool? in
      do throws(JSONSyntaxError) {
        return try JSONScanner.search(path, in: bytes) != nil
      } catch {
        return nil
      }
    }
  }

  /// The common check, a member of the body against a plain value, without building a tree; `nil` where that cannot
  /// tell.
  private func scan(_ path: JSONPath, equals value: JSONValue) -> Bool? {
    exchange.body.withUnsafeBytes { (bytes) -> Bool? in
      guard let found = JSONScanner.find(path, in: bytes) else { return false }
      switch value {
      case .string(let text): return found.isString ? found.isString(text) : nil
      case .integer(let number): return found.asInt64.map { $0 == number }
      case .bool(let flag): return found.asBool == flag
      case .null: return found.isNull
      case .number, .decimal, .array, .object: return nil
      }
    }
  }

  func actual(_ subject: Matcher.Subject) -> JSONValue? {
    switch subject {
    case .status: .integer(Int64(exchange.status))
    case .header(let name): exchange.headers.first(name.lowercased()).map { .string($0) }
    case .cookie(let name): cookie(name).map { .string($0) }
    case .json(let path): exchange.body.withUnsafeBytes { JSONScanner.find(path, in: $0)?.value }
    case .body: .string(String(decoding: exchange.body, as: UTF8.self))
    case .bytes: .integer(Int64(exchange.bodyBytes))
    case .duration: .number(Double(exchange.done - exchange.sent) / 1e6)
    }
  }

  /// Takes the outcome's captures; `false` where one finds nothing, for an answer that lacks what the next step needs is
  /// not the answer that was looked for.
  private func capture(_ outcome: CompiledOutcome) -> Bool {
    for capture in outcome.captures {
      var isNull = false
      switch capture.source {
      case .json(let path):
        guard let found = captureJSON(path, into: capture.slot) else { return false }
        isNull = found == .null
      case .header(let name):
        guard let text = exchange.headers.first(name.lowercased()) else { return false }
        values[capture.slot] = Array(text.utf8)
      case .cookie(let name):
        guard let text = cookie(name) else { return false }
        values[capture.slot] = Array(text.utf8)
      case .status: values[capture.slot] = Array(String(exchange.status).utf8)
      case .body: values[capture.slot] = exchange.body
      }
      if let condition = capture.condition {
        values[condition] = isNull || values[capture.slot].isEmpty ? [] : [UInt8(ascii: "1")]
      }
    }
    return true
  }

  private enum Captured { case null, value }

  /// Takes a string as it is, anything else as it is spelled; `nil` if there is nothing at the path.
  private func captureJSON(_ path: JSONPath, into slot: Int) -> Captured? {
    exchange.body.withUnsafeBytes { (bytes) -> Captured? in
      guard let found = JSONScanner.find(path, in: bytes) else { return nil }
      values[slot].removeAll(keepingCapacity: true)
      if found.isString {
        values[slot].append(contentsOf: found.asString!.utf8)
      } else if let text = found.text {
        values[slot].append(contentsOf: text)
      } else {
        values[slot].append(contentsOf: found.value.text().utf8)
      }
      return found.isNull ? .null : .value
    }
  }

  /// The value that the response leaves the cookie with: of several that it sets, the last (RFC 6265, section 5.3, step 11).
  private func cookie(_ name: String) -> String? {
    exchange.headers.all("set-cookie").reversed().lazy.compactMap { SetCookie($0) }
      .first { $0.name.isExactly(name) }?.value
  }
}
