import JSON

extension Reading {
  /// The outcomes of a step, in the order of the file.
  func outcomes(_ node: JSONNode) -> [Outcome] {
    guard let members = named(node, "an object of outcomes") else { return [] }
    if members.isEmpty {
      error("there are no outcomes", at: node.range, hint: "without 'outcomes', any status below 400 is 'ok'")
    }
    var outcomes: [Outcome] = []
    var faulty: Set<String> = []
    let limit = min(Limits.outcomes, max(0, Limits.allOutcomes - outcomesRead))
    if members.count > limit {
      let isOfStep = members.count > Limits.outcomes
      error(
        isOfStep
          ? "there are \(grouped(members.count)) outcomes, and a step may have \(grouped(Limits.outcomes))"
          : "there are more than \(grouped(Limits.allOutcomes)) outcomes in all, which is the most a scenario may have",
        at: members[limit].keyRange, hint: "this is the first too many")
    }
    outcomesRead += members.count
    for member in members.prefix(limit) {
      checkOutcomeName(member)
      let errors = errorCount
      guard let outcome = outcome(member) else { continue }
      // An outcome with a fault has lost matchers: nothing can be said about what it takes.
      if errorCount > errors { faulty.insert(outcome.name) }
      if let earlier = outcomes.first(where: { !faulty.contains($0.name) && $0.covers(outcome) }) {
        warning(
          "the outcome '\(outcome.name)' is never reached: '\(earlier.name)' comes first and takes the same answers",
          at: member.keyRange)
      }
      outcomes.append(outcome)
    }
    return outcomes
  }

  private func checkOutcomeName(_ member: JSONMember) {
    if BuiltInOutcome.names.contains(member.key) {
      error(
        "'\(member.key)' is an outcome that every step has", at: member.keyRange, hint: "choose another name")
    } else if !isName(member.key, dashes: true) {
      error(
        "'\(member.key)' cannot be the name of an outcome", at: member.keyRange,
        hint: "a name is a letter or _, then letters, digits, _ and -")
    }
  }

  private func outcome(_ member: JSONMember) -> Outcome? {
    let node = member.value
    let range = place(member.keyRange)
    switch node.value {
    case .integer, .number, .string, .array:
      return status(node).map { Outcome(name: member.key, matchers: $0, range: range) }
    default: break
    }
    guard let fields = fields(node, .outcome) else { return nil }
    var matchers: [Matcher] = []
    if let node = fields["status"] { matchers += status(node) ?? [] }
    if let node = fields["header"] {
      matchers += perName(node, "header", isValid: isToken) { .header($0.lowercased()) }
    }
    if let node = fields["cookie"] { matchers += perName(node, "cookie", isValid: isToken) { .cookie($0) } }
    if let node = fields["json"] { matchers += jsonMatchers(node) }
    if let node = fields["body"] { matchers += self.matchers(node, .body) }
    if let node = fields["bytes"] { matchers += self.matchers(node, .bytes) }
    if let node = fields["duration"] { matchers += self.matchers(node, .duration) }
    let captures = fields["capture"].map { self.captures($0) } ?? []
    return Outcome(
      name: member.key, matchers: matchers, captures: captures, isError: bool(fields, "error") ?? false,
      effect: fields["effect"].flatMap { effect($0) }, range: range)
  }

  private func effect(_ node: JSONNode) -> Outcome.Effect? {
    let known = Outcome.Effect.allCases.map(\.rawValue)
    guard let text = plainText(node, "'none' or 'unknown'") else { return nil }
    if let effect = Outcome.Effect(rawValue: text) { return effect }
    error(
      "an answer's effect is 'none' (it promises that nothing happened) or 'unknown', not '\(text)'", at: node.range,
      hint: Suggestion.nearest(to: text, among: known).map { "did you mean '\($0)'?" })
    return nil
  }

  private func jsonMatchers(_ node: JSONNode) -> [Matcher] {
    guard let members = named(node, "an object of paths such as '$.error.code'") else { return [] }
    return members.flatMap { member -> [Matcher] in
      guard let path = jsonPath(member.key, at: member.keyRange) else { return [] }
      return matchers(member.value, .json(path))
    }
  }

  private func perName(
    _ node: JSONNode, _ what: String, isValid: (String) -> Bool, _ subject: (String) -> Matcher.Subject
  ) -> [Matcher] {
    guard let members = named(node, "an object by \(what) name") else { return [] }
    return members.flatMap { member -> [Matcher] in
      if !isValid(member.key) { error("'\(member.key)' cannot be the name of a \(what)", at: member.keyRange) }
      return matchers(member.value, subject(member.key))
    }
  }

  func jsonPath(_ text: String, at range: SourceRange) -> JSONPath? {
    do {
      return try JSONPath(text)
    } catch let fault {
      let quotes = range.end - range.start - text.utf8.count
      let place =
        quotes == 0 || quotes == 2
        ? SourceRange(min(range.start + quotes / 2 + fault.offset, range.end - 1), range.end - quotes / 2) : range
      error("'\(text)' is no JSON path: \(fault.message)", at: place, hint: fault.hint ?? "such as '$.items[0].id'")
      return nil
    }
  }

  // MARK: - Captures

  func captures(_ node: JSONNode) -> [Capture] {
    guard let members = named(node, "an object of variables and where they come from") else { return [] }
    return members.compactMap { member in
      if !isName(member.key) {
        error(
          "'\(member.key)' cannot be the name of a variable", at: member.keyRange,
          hint: "a name is a letter or _, then letters, digits and _")
      } else if BuiltInVariable.reserved.contains(member.key) {
        error("'\(member.key)' is a variable that every scenario has", at: member.keyRange, hint: "choose another name")
      } else if data.contains(where: { $0.name == member.key }) || brokenData.contains(member.key) {
        error("'\(member.key)' is already the name of data", at: member.keyRange, hint: "choose another name")
      }
      return captureSource(member.value).map {
        Capture(variable: member.key, source: $0, range: place(member.keyRange))
      }
    }
  }

  private func captureSource(_ node: JSONNode) -> Capture.Source? {
    if case .string(let text) = node.value {
      if text.hasPrefix("$") { return jsonPath(text, at: node.range).map { .json($0) } }
      if text == "status" { return .status }
      if text == "body" { return .body }
    }
    guard case .object = node.value else {
      mismatch(
        node, "a JSON path such as '$.id', or { header: 'Location' }", hint: "also { cookie: … }, 'status', 'body'")
      return nil
    }
    guard let fields = fields(node, .capture) else { return nil }
    let sources = fields.present(KeyTable.capture.keys)
    guard let source = sources.first, sources.count == 1 else {
      // What was reported as unknown already says what a capture knows.
      if sources.isEmpty, case .object(let members) = node.value, !members.isEmpty { return nil }
      error("a capture has one source: json, header, cookie, status or body", at: opening(of: node))
      return nil
    }
    switch source.key {
    case "json":
      return string(source.value, "a JSON path").flatMap { jsonPath($0, at: source.value.range) }.map { .json($0) }
    case "header": return plainText(source.value, "the name of a header").map { .header($0.lowercased()) }
    case "cookie": return plainText(source.value, "the name of a cookie").map { .cookie($0) }
    default:
      if bool(source.value) == false { error("'\(source.key)' can only be true", at: source.value.range) }
      return source.key == "status" ? .status : .body
    }
  }
}

/// Whether a text is a token of RFC 9110, section 5.6.2: the name of a header, a method, a cookie.
func isToken(_ text: String) -> Bool {
  !text.isEmpty
    && text.utf8.allSatisfy { byte in
      QuantityText.isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
        || "!#$%&'*+-.^_`|~".utf8.contains(byte)
    }
}

extension Outcome {
  /// Whether every answer that `later` looks for is this outcome's too, as far as it can be told from the matchers alone.
  func covers(_ later: Outcome) -> Bool {
    matchers.allSatisfy { mine in
      later.matchers.contains { $0.subject == mine.subject && mine.predicate.covers($0.predicate) }
    }
  }
}

extension Matcher.Predicate {
  /// Whether what satisfies `other` satisfies this: equal predicates, and statuses within a class or a list.
  func covers(_ other: Matcher.Predicate) -> Bool {
    switch (self, other) {
    case (.equals(let mine), .equals(let other)): mine == other
    case (.statusClass(let mine), .statusClass(let other)): mine == other
    case (.statusClass(let mine), .equals(.constant(.integer(let status)))): Int(status) / 100 == mine
    case (.statusClass(let mine), .oneOf(let others)):
      others.allSatisfy { $0.constantValue?.integer.map { Int($0) / 100 == mine } ?? false }
    case (.oneOf(let mine), .equals(let other)): mine.contains(other)
    case (.oneOf(let mine), .oneOf(let others)): others.allSatisfy { mine.contains($0) }
    case (.startsWith(let mine), .startsWith(let other)), (.endsWith(let mine), .endsWith(let other)): mine == other
    case (.contains(let mine), .contains(let other)): mine == other
    case (.matches(let mine), .matches(let other)): mine == other
    case (.exists(let mine), .exists(let other)): mine == other
    case (.exists(true), .equals), (.exists(true), .contains), (.exists(true), .oneOf), (.exists(true), .count): true
    case (.count(let mine), .count(let other)): mine == other
    case (.isString, .isString), (.isNumber, .isNumber), (.isBoolean, .isBoolean), (.isList, .isList),
      (.isObject, .isObject), (.isUuid, .isUuid), (.isIsoDate, .isIsoDate):
      true
    default: false
    }
  }
}
