import JSON
import Scenario

/// A recorded request as a `curl` command: what the recording and the scenario tell is filled in, what only the run knew
/// stands there by its name, and what is secret is `***`. What an earlier request of the user was answered can be asked
/// for again, and is then a variable of the shell.
struct RequestCommand {
  let scenario: Scenario
  /// A URL, or the name of the bundled server.
  let target: String
  let seed: UInt64

  /// Where `stampede serve` listens.
  static let reference = "http://127.0.0.1:8080"
  /// Longer bodies are told, not shown.
  private static let longestBody = 2_000

  /// What the scenario says literally is no secret to the bundled server.
  private var isReference: Bool { !target.hasPrefix("http://") && !target.hasPrefix("https://") }

  /// The commands that come first, each of which sets a variable, and the request itself; empty where the scenario has
  /// no such step.
  func commands(_ witness: Witness) -> (before: [String], request: String) {
    guard let group = scenario.traffic.first(where: { $0.name == witness.group }),
      let place = group.steps.firstIndex(where: { $0.name == witness.step })
    else { return ([], "") }
    var before: [(variable: String, command: String)] = []
    let request = command(group.steps[place], after: scenario.setUp + group.steps[..<place], group, witness, &before)
    return (before.map { "\($0.variable)=$(\($0.command))" }, request)
  }

  /// - Parameter earlier: What was done before, of which the last that captures a variable tells it.
  private func command(
    _ step: Step, after earlier: [Step], _ group: TrafficGroup, _ witness: Witness,
    _ before: inout [(variable: String, command: String)]
  ) -> String {
    let values = WitnessValues(scenario: scenario, group: group, step: step, witness: witness, seed: seed)
    // By the step that tells them: what one answer told is asked for once.
    var wanted: [(place: Int, variables: [(name: String, filter: String)])] = []
    for name in step.variables where !values.knows(name) && !before.contains(where: { $0.variable == name }) {
      guard ShellWord.isName(name), let place = earlier.lastIndex(where: { $0.capture(of: name) != nil }),
        let filter = earlier[place].capture(of: name)?.jqFilter
      else { continue }
      if let index = wanted.firstIndex(where: { $0.place == place }) {
        if !wanted[index].variables.contains(where: { $0.name == name }) {
          wanted[index].variables.append((name, filter))
        }
      } else {
        wanted.append((place, [(name, filter)]))
      }
    }
    for (place, variables) in wanted {
      let asked = command(earlier[place], after: Array(earlier[..<place]), group, witness, &before)
        .replacing("curl", with: "curl -s", maxReplacements: 1)
      var source = asked
      if variables.count > 1 {
        let answer = "answer\(before.count)"
        before.append((answer, asked))
        source = "printf %s \"${\(answer)}\""
      }
      for variable in variables {
        before.append((variable.name, "\(source) | jq -r \(ShellWord.quoted(variable.filter))"))
      }
    }
    return text(step, values, before.map(\.variable))
  }

  private func text(_ step: Step, _ values: WitnessValues, _ variables: [String]) -> String {
    func quoted(_ word: String) -> String { ShellWord.quoted(word, filling: variables) }
    var words = ["curl"]
    if scenario.client.insecure { words.append("-k") }
    if step.method == "HEAD" {
      words.append("-I")
    } else if step.method != "GET" || hasBody(step) {
      words += ["-X", step.method]
    }
    words.append(quoted(url(step, values)))
    let own = Set(step.headers.map { $0.name.lowercased() })
    for header in scenario.client.headers.filter({ !own.contains($0.name.lowercased()) }) + step.headers {
      words += ["-H", quoted("\(header.name): \(value(of: header, values))")]
    }
    if step.chunked { words += ["-H", quoted("Transfer-Encoding: chunked")] }
    switch body(step, values) {
    case .none: break
    case .text(let text):
      words += ["--data-raw", quoted(text.utf8.count <= Self.longestBody ? text : "(\(text.utf8.count) bytes)")]
    case .file(let path): words += ["--data-binary", quoted("@\(path)")]
    case .made(let maker): words = [maker, "|"] + words + ["--data-binary", "@-"]
    }
    return words.joined(separator: " ")
  }

  private func url(_ step: Step, _ values: WitnessValues) -> String {
    let base = isReference ? Self.reference : target
    let path = values.text(step.path, .path)
    var url = path.hasPrefix("/") ? (base.hasSuffix("/") ? String(base.dropLast()) : base) + path : path
    if !step.query.isEmpty { url += (path.contains("?") ? "&" : "?") + pairs(step.query, values) }
    return url
  }

  private func pairs(_ pairs: [QueryTemplate], _ values: WitnessValues) -> String {
    pairs.map { "\(WitnessValues.percentEncoded($0.name))=\(values.text($0.value, .query))" }.joined(separator: "&")
  }

  /// Headers that carry credentials are hidden whatever they hold, but for what the bundled server takes from anybody,
  /// and for what only the run knew.
  private func value(of header: HeaderTemplate, _ values: WitnessValues) -> String {
    let name = header.name.lowercased()
    let carriesCredentials = ["authorization", "proxy-authorization", "cookie", "x-api-key"].contains(name)
    guard carriesCredentials, !isReference else { return values.text(header.value, .none) }
    var scheme = ""
    var secrets = header.value.parts[...]
    if name.hasSuffix("authorization"), case .literal(let text)? = secrets.first, let space = text.firstIndex(of: " ") {
      scheme = "\(text[..<space]) "
      secrets = text.index(after: space) == text.endIndex ? secrets.dropFirst() : secrets
    }
    let isUnknown = secrets.allSatisfy { part in
      if case .variable(let name, _) = part { !values.knows(name) } else { false }
    }
    return scheme + (isUnknown ? values.text(Template(parts: Array(secrets)), .none) : "***")
  }

  // MARK: - Bodies

  private enum Body {
    case none
    case text(String)
    case file(String)
    /// What a command writes.
    case made(String)
  }

  private func hasBody(_ step: Step) -> Bool { if case .none = step.body { false } else { true } }

  private func body(_ step: Step, _ values: WitnessValues) -> Body {
    switch step.body {
    case .none: .none
    case .json(let json): .text(values.text(json))
    case .text(let template): .text(values.text(template, .none))
    case .form(let form): .text(pairs(form, values))
    case .file(_, let path): .file(path)
    case .bytes(let count, let fill): .made(Self.filled(count, fill))
    case .sizedJSON(let json, let bytes, let fill): .made(Self.sized(values.text(json), bytes, fill))
    case .batchJSON(let item, let count):
      // `&` is the number of the item.
      .made(
        "seq \(count) | sed \(ShellWord.quoted("s|.*|\(Self.replacement(values.text(item)))|")) | paste -sd, | "
          + "sed 's|.*|[&]|'")
    }
  }

  private static func filled(_ count: Int, _ fill: UInt8) -> String {
    "head -c \(count) /dev/zero | tr '\\0' \(ShellWord.quoted(String(Character(Unicode.Scalar(fill)))))"
  }

  /// A text of exactly `bytes` bytes with its padding filled in.
  private static func sized(_ text: String, _ bytes: Int, _ fill: UInt8) -> String {
    let parts = text.split(
      separator: "${\(Template.BuiltIn.padding.name)}", maxSplits: 1, omittingEmptySubsequences: false)
    let missing = bytes - parts.reduce(0) { $0 + $1.utf8.count }
    guard parts.count == 2, missing > 0 else { return "printf %s \(ShellWord.quoted(parts.joined()))" }
    return "{ printf %s \(ShellWord.quoted(String(parts[0]))); \(filled(missing, fill)); "
      + "printf %s \(ShellWord.quoted(String(parts[1]))); }"
  }

  /// What `sed` puts in place of a line: its special characters escaped, and the line where the item's number stands.
  private static func replacement(_ text: String) -> String {
    text.split(separator: "${\(Template.BuiltIn.item.name)}", omittingEmptySubsequences: false).map { part in
      part.replacing("\\", with: "\\\\").replacing("&", with: "\\&").replacing("|", with: "\\|")
    }.joined(separator: "&")
  }
}

extension Step {
  /// Where an answer tells a variable; `nil` where none does.
  fileprivate func capture(of variable: String) -> Capture.Source? {
    outcomes.flatMap(\.captures).first { $0.variable == variable }?.source
  }
}

extension Capture.Source {
  /// What has `jq` print the value; `nil` where it is not in a body of JSON, or not at one place.
  fileprivate var jqFilter: String? {
    guard case .json(let path) = self else { return nil }
    var filter = ""
    for segment in path.segments {
      switch segment {
      case .member(let name): filter += ShellWord.isName(name) ? ".\(name)" : "[\(JSONValue.string(name).text())]"
      case .index(let index): filter += "[\(index)]"
      case .wildcard, .length: return nil
      }
    }
    return filter.hasPrefix(".") ? filter : "." + filter
  }
}
