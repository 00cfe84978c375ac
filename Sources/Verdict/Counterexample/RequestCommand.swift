import JSON
import Measurement
import Scenario

/// A recorded request as a `curl` command: what the recording and the scenario tell is filled in, what each request draws
/// anew the shell draws, what only the run knew stands there by its name, and what is secret is `***`. What an earlier
/// request of the user was answered is asked for again, and is then a variable of the shell.
struct RequestCommand {
  let scenario: Scenario
  /// A URL, or the name of the bundled server.
  let target: String
  let seed: UInt64

  /// Where `stampede serve` listens.
  static let reference = "http://127.0.0.1:8080"
  /// Longer commands are told, not shown.
  private static let longestCommand = 100_000

  private var hasURL: Bool { target.hasPrefix("http://") || target.hasPrefix("https://") }

  /// What the scenario says literally is no secret to the bundled server.
  private func isReference(_ step: Step) -> Bool { !hasURL && step.isRelative }

  /// The commands that come first, each of which sets a variable, and the request itself; empty where the scenario has
  /// no such step.
  func commands(_ witness: Witness) -> (before: [String], request: String) {
    guard let group = scenario.traffic.first(where: { $0.name == witness.group }),
      let place = group.steps.firstIndex(where: { $0.name == witness.step })
    else { return ([], "") }
    let earlier = scenario.setUp + group.steps[..<place]
    func values(_ step: Step, after earlier: ArraySlice<Step>) -> WitnessValues {
      WitnessValues(
        scenario: scenario, group: group, step: step, witness: witness, seed: seed,
        told: Set(earlier.flatMap(\.outcomes).flatMap(\.captures).map(\.variable)), hidesData: !isReference(step))
    }
    let request = command(group.steps[place], values(group.steps[place], after: earlier[...]))
    let answers = EarlierAnswers(for: request, after: earlier) { place in
      var values = values(earlier[place], after: earlier[..<place])
      if place < scenario.setUp.count { values.isSetUp = true }
      let command = command(earlier[place], values)
      return command.text().utf8.count > Self.longestCommand ? nil : command
    }
    let text = request.text(.asUsual, answers.names)
    guard text.utf8.count > Self.longestCommand else { return (answers.commands, text) }
    return (
      [],
      "# \(group.steps[place].method) with a body of some \(text.utf8.count) bytes: too long to be shown here, sent by "
        + "'stampede try' with the same scenario"
    )
  }

  private func command(_ step: Step, _ values: WitnessValues) -> CurlCommand {
    var command = CurlCommand()
    command.body = body(step, values)
    let hasBody = step.hasBody
    if step.method == "HEAD", hasBody {
      // An answer to HEAD has no body, whatever its length says.
      command.add("-X", step.method)
      command.words.append(ShellText("--ignore-content-length"))
    } else if step.method == "HEAD" {
      command.words.append(ShellText("-I"))
    } else if step.method != "GET" || hasBody {
      command.add("-X", step.method)
    }
    add(scenario.client, to: &command)
    let url = url(step, values)
    if url.literal.contains(where: { "{}[]".contains($0) }) { command.words.append(ShellText("-g")) }
    if url.hasDotSegments { command.words.append(ShellText("--path-as-is")) }
    // The run's client speaks nothing newer.
    if url.literal.lowercased().hasPrefix("https:") { command.words.append(ShellText("--http1.1")) }
    command.words.append(url)

    let own = Set(step.headers.map { $0.name.lowercased() })
    for header in scenario.client.headers.filter({ !own.contains($0.name.lowercased()) }) + step.headers {
      let value = value(of: header, step, values)
      // With a colon and nothing behind it `curl` leaves a header out.
      command.add("-H", value.parts.isEmpty ? ShellText("\(header.name);") : "\(header.name): " + value)
    }
    if hasBody, step.chunked { command.add("-H", "Transfer-Encoding: chunked") }
    if !hasBody, ["POST", "PUT", "PATCH"].contains(step.method) { command.add("-H", "Content-Length: 0") }
    if step.method == "HEAD", hasBody { command.add("-H", "Connection: close") }
    return command
  }

  private func add(_ client: ClientOptions, to command: inout CurlCommand) {
    if client.insecure { command.words.append(ShellText("-k")) }
    if let file = client.caBundle { command.add("--cacert", file) }
    if let file = client.clientCertificate { command.add("--cert", file) }
    if let file = client.clientKey { command.add("--key", file) }
    if let proxy = client.shownProxy {
      if client.proxyTunnel { command.words.append(ShellText("-p")) }
      command.add("-x", proxy)
    }
    if let path = client.unixSocket { command.add("--unix-socket", path) }
    for address in client.resolve { command.add("--resolve", address) }
  }

  private func url(_ step: Step, _ values: WitnessValues) -> ShellText {
    let base = hasURL ? target : Self.reference
    let path = values.text(step.path, .path)
    var url = path
    if step.isRelative { url = (base.hasSuffix("/") ? String(base.dropLast()) : base) + path }
    if !step.query.isEmpty {
      let hasQuery = step.path.parts.contains { if case .literal(let text) = $0 { text.contains("?") } else { false } }
      url = url + (hasQuery ? "&" : "?") + pairs(step.query, values)
    }
    return url
  }

  private func pairs(_ pairs: [QueryTemplate], _ values: WitnessValues) -> ShellText {
    ShellText.joined(pairs.map { values.text($0.name, .query) + "=" + values.text($0.value, .query) }, "&")
  }

  /// Headers that carry credentials are hidden whatever they hold, but for what the bundled server takes from anybody,
  /// and for what only the run knew.
  private func value(of header: HeaderTemplate, _ step: Step, _ values: WitnessValues) -> ShellText {
    guard SecretName.isSecret(header.name), !isReference(step) else { return values.text(header.value, .header) }
    var scheme = ""
    var secrets = header.value.parts[...]
    if header.name.lowercased().hasSuffix("authorization"), case .literal(let text)? = secrets.first,
      let space = text.firstIndex(of: " ")
    {
      scheme = "\(text[..<space]) "
      secrets = text.index(after: space) == text.endIndex ? secrets.dropFirst() : secrets
    }
    let isUnknown = secrets.allSatisfy { part in
      if case .variable(let name, _) = part { !values.knows(name) } else { false }
    }
    return scheme + (isUnknown ? values.text(Template(parts: Array(secrets)), .header) : ShellText("***"))
  }

  private func body(_ step: Step, _ values: WitnessValues) -> CurlCommand.Body {
    switch step.body {
    case .none: .none
    case .json(let json): .text(values.text(json))
    case .text(let template): .text(values.text(template, .none))
    case .form(let form): .text(pairs(form, values))
    case .file(let bytes, let path): .file(path, bytes: bytes.count)
    case .bytes(let count, let fill): .filled(count: count, fill)
    case .sizedJSON(let json, let bytes, let fill): .sized(values.text(json), bytes: bytes, fill: fill)
    case .batchJSON(let item, let count): .batch(item: values.text(item), count: count)
    }
  }
}

extension Step {
  fileprivate var hasBody: Bool { if case .none = body { false } else { true } }

  /// Whether it asks the target, not a URL of its own.
  fileprivate var isRelative: Bool {
    if case .literal(let text)? = path.parts.first { text.hasPrefix("/") } else { true }
  }
}

extension ShellText {
  /// Whether a path has segments that `curl` would take out.
  fileprivate var hasDotSegments: Bool {
    literal.prefix { $0 != "?" }.split(separator: "/").contains { $0 == "." || $0 == ".." }
  }
}
