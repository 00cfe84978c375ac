import HTTPClient
import HTTPMessage
import JSON
import Scenario

/// What a response was, and why it was not what a step expects: for samples, trials and messages, not for each request.
extension VirtualUser {
  /// The response in a few words: `status 200; issued: status is 200, expected 201; body: …`.
  func responseInWords(_ step: CompiledStep, _ mask: SecretMask) -> String {
    if exchange.failure != nil { return mask.apply(exchange.detail) }
    var text = "status \(exchange.status)"
    let reasons = step.listsOutcomes ? reasonsInWords(step, mask) : []
    for reason in reasons { text += "; \(reason)" }
    if let compressed = compressionInWords {
      return text + "; the body, \(exchange.bodyBytes) bytes, is \(compressed)"
    }
    let shown = exchange.body.prefix(200)
    if shown.isEmpty { return text }
    // Cut before it is masked: only its end can hold the beginning of a secret.
    let body = mask.apply(String(decoding: shown, as: UTF8.self), isCut: exchange.bodyBytes > shown.count)
    return text + (reasons.isEmpty ? ": " : "; body: ") + body
  }

  /// Of the outcomes that came nearest: the first matcher that did not hold.
  private func reasonsInWords(_ step: CompiledStep, _ mask: SecretMask) -> [String] {
    let refusals = refusals(step, upTo: step.outcomes.count, mask)
    let nearest = refusals.enumerated().sorted { ($1.element.held, $0.offset) < ($0.element.held, $1.offset) }.prefix(3)
    let words = nearest.map { "\($0.element.outcome): \($0.element.actual)" }
    return words + (refusals.count > 3 ? ["and \(refusals.count - 3) more outcomes"] : [])
  }

  /// Why the outcomes before `outcome` were not it.
  func refusals(_ step: CompiledStep, upTo outcome: Int, _ mask: SecretMask) -> [TrialExchange.Refusal] {
    step.outcomes.prefix(outcome).compactMap { candidate in
      if let failed = candidate.matchers.firstIndex(where: { !holds($0) }) {
        let matcher = candidate.matchers[failed]
        return TrialExchange.Refusal(
          outcome: candidate.name, range: matcher.range, actual: refusal(of: matcher, mask), held: failed)
      }
      guard let missing = candidate.captures.first(where: { !finds($0.source) }) else { return nil }
      var text = "all matches, but there is nothing to capture for '\(missing.variable)'"
      if case .json = missing.source, let problem = jsonProblem(mask) { text += ": \(problem)" }
      return TrialExchange.Refusal(
        outcome: candidate.name, range: candidate.range, actual: text, held: candidate.matchers.count)
    }
  }

  /// `status is 200, expected 201`.
  private func refusal(of matcher: CompiledMatcher, _ mask: SecretMask) -> String {
    if case .json = matcher.subject, let problem = jsonProblem(mask) { return problem }
    let value = actual(matcher.subject).map { shown($0, mask) }
    let actual = value.map { "is \($0)" } ?? "is not there"
    let expected = matcher.predicate.inWords {
      shown($0, mask)
    } render: { list in
      var bytes: [UInt8] = []
      write(list, into: &bytes)
      return String(decoding: bytes, as: UTF8.self)
    }
    return "\(matcher.subject.words) \(actual), expected \(expected)"
  }

  /// A value as JSON, as much of it as a line has room for.
  private func shown(_ value: JSONValue, _ mask: SecretMask) -> String {
    var text = value
    if case .string(let string) = value, string.utf8.count > 400 {
      text = .string(String(decoding: string.utf8.prefix(400), as: UTF8.self))
    }
    let whole = text.text()
    // Without the quote behind what was cut.
    let isCut = text != value
    let masked = mask.apply(isCut ? String(whole.dropLast()) : whole, isCut: isCut)
    return masked.count > 100 || isCut ? masked.prefix(100) + "…" : masked
  }

  private func finds(_ source: Capture.Source) -> Bool {
    switch source {
    case .json(let path): actual(.json(path)) != nil
    case .header(let name): actual(.header(name)) != nil
    case .cookie(let name): actual(.cookie(name)) != nil
    case .status, .body: true
    }
  }

  // MARK: - Bodies

  /// Why no JSON matcher can hold; `nil` if the body is JSON.
  private func jsonProblem(_ mask: SecretMask) -> String? {
    let fault = exchange.body.withUnsafeBytes { (bytes) -> JSONSyntaxError? in
      do throws(JSONSyntaxError) {
        _ = try JSONScanner.search(JSONPath(segments: [], description: "$"), in: bytes)
        return nil
      } catch {
        return error
      }
    }
    guard let fault else { return nil }
    if exchange.bodyBytes == 0 { return "the body is empty" }
    if let compressed = compressionInWords { return "not JSON: the body is \(compressed)" }
    if exchange.bodyBytes > exchange.body.count {
      return "only \(exchange.body.count) of \(exchange.bodyBytes) bytes of the body were kept ('client.max_body')"
    }
    let first = exchange.body.first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }
    guard let first, "{[\"-0123456789tfn".utf8.contains(first) else {
      let start = String(decoding: exchange.body.prefix(40), as: UTF8.self)
      return "not JSON: begins with \(mask.apply(start, isCut: true))" + (exchange.body.count > 40 ? "…" : "")
    }
    return fault.problem == .endOfText
      ? "JSON ends early at byte \(fault.offset)" : "not JSON at byte \(fault.offset): \(fault.problem)"
  }

  /// `gzip-encoded, …`; `nil` if nothing says that the body is compressed.
  private var compressionInWords: String? {
    let named = exchange.keepHeaders ? exchange.headers.all("content-encoding").joined(separator: ", ") : ""
    let coding = named.isEmpty || named.lowercased() == "identity" ? Self.coding(of: exchange.body) : named
    guard let coding, exchange.bodyBytes > 0 else { return nil }
    let head = String(decoding: exchange.head, as: UTF8.self)
    let asked = head.split(separator: "\r\n").first { $0.lowercased().hasPrefix("accept-encoding:") }
    let isAsked = asked.map { ContentCoding.isAskedFor(by: String($0.dropFirst("accept-encoding:".count))) } ?? false
    return "\(coding)-encoded, and bodies are not decoded yet: "
      + (isAsked ? "remove Accept-Encoding from the request" : "the request did not ask for this encoding")
  }

  /// By a body's first bytes (RFC 1952, section 2.3.1; RFC 8878, section 3.1.1).
  private static func coding(of body: [UInt8]) -> String? {
    if body.starts(with: [0x1F, 0x8B, 0x08]) { return "gzip" }
    if body.starts(with: [0x28, 0xB5, 0x2F, 0xFD]) { return "zstd" }
    return nil
  }
}

extension CompiledMatcher.Predicate {
  /// What is expected, to follow that word.
  func inWords(_ shown: (JSONValue) -> String, render: (FragmentList) -> String) -> String {
    func value(_ expected: CompiledMatcher.Expected) -> String {
      switch expected {
      case .constant(let value): shown(value)
      case .text(let list): shown(.string(render(list)))
      case .json(let list): shown((try? JSONValue(parsing: render(list), keepingNumbers: true)) ?? .null)
      }
    }
    return switch self {
    case .equals(let expected): value(expected)
    case .notEquals(let expected): "anything but \(value(expected))"
    case .ordered(let comparison, let expected): "\(comparison.rawValue) \(value(expected))"
    case .startsWith(let list): "a text that starts with \(shown(.string(render(list))))"
    case .endsWith(let list): "a text that ends with \(shown(.string(render(list))))"
    case .contains(let expected): "\(value(expected)) in it"
    case .matches: "a match of its regular expression"
    case .exists(let flag): flag ? "a value" : "none"
    case .isType(let type): type.words
    case .count(let count): "\(count) elements or members"
    case .oneOf(let values):
      "one of " + values.prefix(5).map(value).joined(separator: ", ") + (values.count > 5 ? ", …" : "")
    case .statusClass(let hundred): "\(hundred)xx"
    }
  }
}

extension CompiledMatcher.ValueType {
  fileprivate var words: String {
    switch self {
    case .string: "a text"
    case .number: "a number"
    case .boolean: "true or false"
    case .list: "a list"
    case .object: "an object"
    case .uuid: "a UUID"
    case .isoDate: "an ISO 8601 date"
    }
  }
}
