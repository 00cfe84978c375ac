import JSON

/// A step and what it says about variables, until they are held against what is known at its place.
struct StepReading {
  var step: Step
  var uses: [VariableUse]
  /// Where `if_present` names a variable.
  var condition: SourceRange?
  /// Where `rendezvous` stands.
  var rendezvousRange: SourceRange?
  /// Where the name stands, or the method where there is none.
  var nameRange: SourceRange
}

extension Reading {
  func steps(_ node: JSONNode) -> [StepReading] {
    guard let elements = list(node, "a list of steps") else { return [] }
    // Of several lists together: what one has taken another has not.
    let left = max(0, Limits.steps - stepsRead)
    if elements.count > left {
      error(
        "there are more than \(grouped(Limits.steps)) steps, which is the most a scenario may have",
        at: elements[left].range, hint: "this is the first too many; 'repeat' does a step again")
    }
    stepsRead += elements.count
    return elements.prefix(left).compactMap { step($0) }
  }

  private func step(_ node: JSONNode) -> StepReading? {
    _ = takeUses()
    guard let fields = fields(node, .step) else { return nil }
    let request = request(fields)
    let name = fields["name"].flatMap { stepName($0) }
    var step = Step(
      name: name ?? request.map { Self.defaultName($0.method, $0.path) } ?? "",
      method: request?.method ?? "GET", path: request?.path ?? Template(literal: "/"), range: place(node.range))
    if let node = fields["query"] { step.query = pairs(node, "query parameters") }
    if let node = fields["headers"] { step.headers = headers(node) }
    let body = body(fields)
    step.body = body?.body ?? .none
    if let type = body?.contentType, !step.headers.contains(where: { $0.name.lowercased() == "content-type" }) {
      step.headers.append(HeaderTemplate(name: "Content-Type", value: Template(literal: type)))
    }
    if bool(fields, "chunked") == true {
      step.chunked = true
      if fields.present(KeyTable.bodies).isEmpty, let member = fields.member("chunked") {
        error("'chunked' has no meaning without a body", at: member.keyRange)
      }
    }
    step.timeout = duration(fields, "timeout", in: 1...Limits.timeout)
    step.thinkTime = fields["think_time"].flatMap { durationRange($0, "'think_time'") }
    step.repeatCount = integer(fields, "repeat", in: 1...Limits.repeats) ?? 1
    step.rendezvous = fields["rendezvous"].flatMap { rendezvous($0) }
    step.continueOnError = bool(fields, "continue_on_error") ?? false
    step.ifPresent = fields["if_present"].flatMap { plainText($0, "the name of a variable") }
    step.outcomes = fields["outcomes"].map { outcomes($0) } ?? [.success(range: place(node.range))]
    step.listsOutcomes = fields["outcomes"] != nil
    if let node = fields["capture"] { add(captures(node), to: &step) }
    let nameRange = (fields.member("name")?.value ?? request?.node ?? node).range
    return StepReading(
      step: step, uses: takeUses(), condition: step.ifPresent == nil ? nil : fields["if_present"]?.range,
      rendezvousRange: fields["rendezvous"]?.range,
      nameRange: nameRange)
  }

  /// `200`, or how many users and how long they wait.
  private func rendezvous(_ node: JSONNode) -> Step.Rendezvous? {
    guard case .object = node.value else {
      return integer(node, "'rendezvous'", in: 2...Limits.users).map { Step.Rendezvous(users: $0) }
    }
    guard let fields = fields(node, .rendezvous) else { return nil }
    let users = require("users", in: fields).flatMap { integer($0, "'users'", in: 2...Limits.users) }
    let timeout = duration(fields, "timeout", in: 1...Limits.timeout)
    return users.map { Step.Rendezvous(users: $0, timeout: timeout ?? Step.Rendezvous.usualTimeout) }
  }

  /// The step's own captures hold for every outcome that is no error and does not take the variable from elsewhere.
  private func add(_ captures: [Capture], to step: inout Step) {
    for index in step.outcomes.indices where !step.outcomes[index].isError {
      let own = Set(step.outcomes[index].captures.map(\.variable))
      step.outcomes[index].captures += captures.filter { !own.contains($0.variable) }
    }
  }

  private func stepName(_ node: JSONNode) -> String? {
    guard let name = plainText(node, "the name of a step") else { return nil }
    if name.utf8.count > Limits.nameLength || name.contains(where: { ",{}\"".contains($0) || $0.isNewline }) {
      error(
        "'\(name)' cannot be the name of a step", at: node.range,
        hint:
          "names have at most \(Limits.nameLength) bytes, and no comma, brace or quotation mark, since selectors use them"
      )
      return nil
    }
    return name
  }

  /// `GET /users/:id`.
  private static func defaultName(_ method: String, _ path: Template) -> String {
    let text = path.parts.map { part in
      switch part {
      case .literal(let text): text.prefix { $0 != "?" }.filter { !",{}\"".contains($0) }
      case .variable(let name, _), .environment(let name, _): ":" + name
      case .builtIn: ":generated"
      }
    }
    return String("\(method) \(text.joined())".prefix(Limits.nameLength))
  }

  // MARK: - The request

  private func request(_ fields: Fields) -> (method: String, path: Template, node: JSONNode)? {
    let requests = fields.present(KeyTable.methods + ["request"])
    guard let first = requests.first else {
      error(
        "a step needs a request", at: opening(of: fields.node),
        hint: "such as get: '/path', or request: { method: …, url: … }")
      return nil
    }
    if requests.count > 1 {
      error("a step has one request: either '\(first.key)' or '\(requests[1].key)'", at: requests[1].keyRange)
    }
    if first.key != "request" {
      return path(first.value).map { (first.key.uppercased(), $0, first.value) }
    }
    guard let request = self.fields(first.value, .request) else { return nil }
    let method = require("method", in: request).flatMap { plainText($0, "a method such as 'GET'") }
    let url = require("url", in: request)
    let path = url.flatMap { self.path($0) }
    guard let method, let path, let url else { return nil }
    if isToken(method) { return (method, path, url) }
    error("'\(method)' is no method", at: (request["method"] ?? url).range)
    return nil
  }

  /// A path from `/`, or a whole URL. What varies is percent-encoded as part of the path, so that neither the beginning
  /// nor the host can.
  func path(_ node: JSONNode) -> Template? {
    guard let template = string(node, "a path such as '/health'").flatMap({ _ in template(node) }) else { return nil }
    for case .literal(let text) in template.parts where text.utf8.contains(where: { $0 <= 0x20 || $0 >= 0x7F }) {
      error(
        "a path has neither spaces nor characters beyond ASCII", at: node.range,
        hint: "write them percent-encoded, or put them into 'query', which is encoded for you")
      return nil
    }
    if template.parts.contains(where: { if case .literal(let text) = $0 { text.contains("#") } else { false } }) {
      error("a fragment ('#…') is never sent", at: node.range)
      return nil
    }
    guard case .literal(let text)? = template.parts.first else {
      if template.parts.isEmpty {
        error("the path is empty", at: node.range, hint: "the root is '/'")
      } else {
        error(
          "a path begins with '/', not with a variable", at: node.range,
          hint:
            "what is filled in is percent-encoded, as one segment of the path; links that a response gave cannot be "
            + "followed yet")
      }
      return nil
    }
    if text.hasPrefix("/") { return template }
    guard let scheme = ["http://", "https://"].first(where: { text.lowercased().hasPrefix($0) }) else {
      error("a path begins with '/'", at: node.range, hint: "or a whole URL with http:// or https://")
      return nil
    }
    let rest = text.dropFirst(scheme.count)
    let host = rest.prefix { $0 != "/" && $0 != "?" }
    if host.endIndex == rest.endIndex, template.parts.count > 1 {
      error("the host of a URL cannot be filled in", at: node.range, hint: "choose it with the target, or --target")
      return nil
    }
    if let fault = TargetURL.fault(in: scheme + host) {
      error(fault, at: node.range)
      return nil
    }
    return template
  }

  /// Names and values; a list of values repeats the name.
  func pairs(_ node: JSONNode, _ what: String) -> [QueryTemplate] {
    guard let members = named(node, "an object of \(what)") else { return [] }
    return limited(members, to: Limits.members, what) { $0.keyRange }.flatMap { member -> [QueryTemplate] in
      let name = template(keyOf: member)
      let values = values(member.value)
      return name.map { name in values.map { QueryTemplate(name: name, value: $0) } } ?? []
    }
  }

  private func values(_ node: JSONNode) -> [Template] {
    if case .array(let elements) = node.value { return elements.compactMap { template($0, "a text or a number") } }
    return template(node, "a text, a number or a list of them").map { [$0] } ?? []
  }

  func headers(_ node: JSONNode) -> [HeaderTemplate] {
    guard let members = named(node, "an object of headers") else { return [] }
    var seen: Set<String> = []
    return limited(members, to: Limits.members, "headers") { $0.keyRange }.flatMap { member -> [HeaderTemplate] in
      let name = member.key.lowercased()
      if !isToken(member.key) {
        error("'\(member.key)' cannot be the name of a header", at: member.keyRange)
      } else if name == "content-length" || name == "transfer-encoding" {
        error(
          "'\(member.key)' follows from the body", at: member.keyRange,
          hint: "without 'chunked: true' a body has a Content-Length, with it a Transfer-Encoding")
      } else if !seen.insert(name).inserted {
        error("the header '\(member.key)' is set twice", at: member.keyRange, hint: "several values are a list")
      }
      return values(member.value).compactMap { value in
        let isClean = value.parts.allSatisfy { part in
          guard case .literal(let text) = part else { return true }
          return text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }
        }
        if isClean { return HeaderTemplate(name: member.key, value: value) }
        error("the value of '\(member.key)' has control characters", at: member.value.range)
        return nil
      }
    }
  }
}

extension Outcome {
  /// What a step without outcomes looks for.
  static func success(range: SourceRange) -> Outcome {
    Outcome(
      name: BuiltInOutcome.success,
      matchers: [Matcher(subject: .status, predicate: .lessThan(.constant(.integer(400))), range: range)], range: range)
  }
}
