import JSON
import Scenario

/// A recorded request as a `curl` command: what the recording and the scenario tell is filled in, what only the run knew
/// stands there by its name, and what is secret is `***`.
struct RequestCommand {
  let scenario: Scenario
  /// A URL, or the name of the bundled server.
  let target: String
  let seed: UInt64

  /// Where `stampede serve` listens, for runs whose server is gone.
  private static let reference = "http://127.0.0.1:8080"
  /// Longer bodies are told, not shown.
  private static let longestBody = 2_000

  /// - Returns: the command's words, quoted for a shell; empty where the scenario has no such step.
  func words(_ witness: Witness) -> [String] {
    guard let group = scenario.traffic.first(where: { $0.name == witness.group }),
      let step = group.steps.first(where: { $0.name == witness.step })
    else { return [] }
    let values = WitnessValues(scenario: scenario, group: group, step: step, witness: witness, seed: seed)
    var words = ["curl"]
    if scenario.client.insecure { words.append("-k") }
    if step.method == "HEAD" {
      words.append("-I")
    } else if step.method != "GET" || hasBody(step) {
      words += ["-X", step.method]
    }
    words.append(Self.quoted(url(step, values)))
    let own = Set(step.headers.map { $0.name.lowercased() })
    for header in scenario.client.headers.filter({ !own.contains($0.name.lowercased()) }) + step.headers {
      words += ["-H", Self.quoted("\(header.name): \(value(of: header, values))")]
    }
    if step.chunked { words += ["-H", Self.quoted("Transfer-Encoding: chunked")] }
    if let body = body(step, values) { words += body }
    return words
  }

  private func url(_ step: Step, _ values: WitnessValues) -> String {
    let base = target.hasPrefix("http://") || target.hasPrefix("https://") ? target : Self.reference
    let path = values.text(step.path, .path)
    var url = path.hasPrefix("/") ? (base.hasSuffix("/") ? String(base.dropLast()) : base) + path : path
    if !step.query.isEmpty { url += (path.contains("?") ? "&" : "?") + pairs(step.query, values) }
    return url
  }

  private func pairs(_ pairs: [QueryTemplate], _ values: WitnessValues) -> String {
    pairs.map { "\(WitnessValues.percentEncoded($0.name))=\(values.text($0.value, .query))" }.joined(separator: "&")
  }

  /// Headers that carry credentials are hidden whatever they hold.
  private func value(of header: HeaderTemplate, _ values: WitnessValues) -> String {
    let name = header.name.lowercased()
    let carriesCredentials = ["authorization", "proxy-authorization", "cookie", "x-api-key"].contains(name)
    guard carriesCredentials else { return values.text(header.value, .none) }
    if name.hasSuffix("authorization"), case .literal(let text)? = header.value.parts.first,
      let space = text.firstIndex(of: " ")
    {
      return "\(text[..<space]) ***"
    }
    return "***"
  }

  private func hasBody(_ step: Step) -> Bool { if case .none = step.body { false } else { true } }

  private func body(_ step: Step, _ values: WitnessValues) -> [String]? {
    let text: String
    switch step.body {
    case .none: return nil
    case .json(let json): text = values.text(json)
    case .text(let template): text = values.text(template, .none)
    case .form(let form): text = pairs(form, values)
    case .sizedJSON(_, let bytes, _): text = "(\(bytes) bytes of JSON)"
    case .batchJSON(_, let count): text = "(a list of \(count))"
    case .bytes(let count, let fill): text = "(\(count) times '\(Character(Unicode.Scalar(fill)))')"
    case .file(_, let path): return ["--data-binary", Self.quoted("@\(path)")]
    }
    return ["--data-raw", Self.quoted(text.utf8.count <= Self.longestBody ? text : "(\(text.utf8.count) bytes)")]
  }

  /// In single quotes where a shell would make something of it.
  static func quoted(_ word: String) -> String {
    let isPlain = word.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"):
        true
      default: "-_./:=,@%+".utf8.contains(byte)
      }
    }
    return isPlain && !word.isEmpty ? word : "'" + word.replacing("'", with: "'\\''") + "'"
  }
}
