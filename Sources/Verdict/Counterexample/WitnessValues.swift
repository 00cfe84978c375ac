import JSON
import Scenario

/// What a recorded request's variables were, as far as the recording and the scenario tell.
struct WitnessValues {
  enum Place {
    case none, json
    /// Everything but unreserved characters is percent-encoded (RFC 3986, section 2.3).
    case path, query
    /// Without control characters.
    case header
  }

  let scenario: Scenario
  let group: TrafficGroup
  let step: Step
  let witness: Witness
  let seed: UInt64
  /// Variables that an earlier answer told.
  var told: Set<String> = []
  /// The step is done once, by a user of its own.
  var isSetUp = false
  /// Values of data under secret names are `***`.
  var hidesData = true

  func text(_ template: Template, _ place: Place) -> ShellText {
    template.parts.reduce(into: ShellText()) { text, part in
      switch part {
      case .literal(let literal):
        // In a path and in headers, what the scenario's author wrote stands as written.
        switch place {
        case .none, .path, .header: text.append(literal)
        case .json: text.append(Self.inJSON(literal))
        case .query: text.append(PercentEncoding.text(literal))
        }
      case .environment: text.append("***")
      case .variable(let name, _):
        let form: ShellText.Told.Form =
          switch place {
          case .none: .plain
          case .header: .header
          case .json: .json
          case .path, .query: .url
          }
        text.append(self.part(name, form, written: { Self.written($0, place) }))
      case .builtIn(let builtIn): text.append(self.part(builtIn, place))
      }
    }
  }

  func text(_ json: JSONTemplate) -> ShellText {
    switch json {
    case .constant(let value): ShellText(value.text())
    case .string(let template): "\"" + text(template, .json) + "\""
    case .number(let template): template.parts.first.map(number) ?? ShellText("\"\"")
    case .array(let elements): "[" + ShellText.joined(elements.map { text($0) }, ",") + "]"
    case .object(let fields):
      "{" + ShellText.joined(fields.map { "\"" + text($0.key, .json) + "\":" + text($0.value) }, ",") + "}"
    }
  }

  /// A value that is one variable: a number where it spells one.
  private func number(_ part: Template.Part) -> ShellText {
    switch part {
    case .literal(let text): ShellText(Self.asNumber(text))
    case .environment: ShellText("\"***\"")
    case .variable(let name, _): ShellText(self.part(name, .number, written: Self.asNumber))
    case .builtIn(let builtIn):
      switch builtIn {
      // As numbers where the shell tells them, else by their names.
      case .random, .unixMilliseconds, .item, .repetition: ShellText(self.part(builtIn, .none, written: Self.asNumber))
      default:
        value(of: builtIn).map { ShellText(Self.asNumber($0)) } ?? "\"" + ShellText(self.part(builtIn, .json)) + "\""
      }
    }
  }

  /// What is not known is left to the shell, or stands there by its name, as it is.
  private func part(
    _ name: String, _ form: ShellText.Told.Form, written: (String) -> String
  ) -> ShellText.Part {
    if hidesData, let (source, column) = scenario.column(named: name), source.isSecret(column: column) {
      return .literal(form == .number ? "\"***\"" : "***")
    }
    if let value = variable(name) { return .literal(written(value)) }
    return told.contains(name) ? .told(ShellText.Told(variable: name, form: form)) : .literal("${\(name)}")
  }

  private func part(_ builtIn: Template.BuiltIn, _ place: Place) -> ShellText.Part {
    part(builtIn, place) { Self.written($0, place) }
  }

  private func part(
    _ builtIn: Template.BuiltIn, _ place: Place, written: (String) -> String
  ) -> ShellText.Part {
    if let value = value(of: builtIn) { return .literal(written(value)) }
    switch builtIn {
    case .padding: return .padding
    case .item: return .expansion("${item}")
    case .uuid: return .expansion("$(cat /proc/sys/kernel/random/uuid)")
    case .now:
      let colon = place == .path || place == .query ? "%%3A" : ":"
      return .expansion("$(date -u +%Y-%m-%dT%H\(colon)%M\(colon)%S.%3NZ)")
    case .unixMilliseconds: return .expansion("$(date +%s%3N)")
    case .random(let least, let most):
      // `shuf` takes no numbers below 0.
      if least >= 0 { return .expansion("$(shuf -n 1 -i \(least)-\(most))") }
      let (distance, overflow) = most.subtractingReportingOverflow(least)
      guard !overflow else { return .literal("${\(builtIn.name)}") }
      return .expansion("$(($(shuf -n 1 -i 0-\(distance)) - \(least.magnitude)))")
    case .repetition, .user, .iteration, .group, .step, .scenario, .seed: return .literal("${\(builtIn.name)}")
    }
  }

  private static func written(_ value: String, _ place: Place) -> String {
    switch place {
    case .none: value
    case .json: inJSON(value)
    case .path, .query: PercentEncoding.text(value)
    case .header:
      String(String.UnicodeScalarView(value.unicodeScalars.filter { $0 >= " " && $0 != "\u{7F}" || $0 == "\t" }))
    }
  }

  private static func asNumber(_ text: String) -> String {
    switch try? JSONValue(parsing: Array(text.utf8)) {
    // Spaces around a number are no part of one.
    case .integer, .number: text.contains { $0.isWhitespace } ? "\"\(inJSON(text))\"" : text
    default: "\"\(inJSON(text))\""
    }
  }

  /// Whether the recording or the scenario tells the variable.
  func knows(_ name: String) -> Bool { variable(name) != nil }

  private static func inJSON(_ text: String) -> String { String(JSONValue.string(text).text().dropFirst().dropLast()) }

  private func value(of builtIn: Template.BuiltIn) -> String? {
    switch builtIn {
    case .user: isSetUp ? "0" : String(witness.user)
    case .iteration: isSetUp ? "0" : String(witness.iteration)
    case .repetition: step.repeatCount == 1 ? "1" : nil
    case .group: isSetUp ? "set_up" : group.name
    case .step: step.name
    case .scenario: scenario.name
    case .seed: String(seed)
    case .uuid, .now, .unixMilliseconds, .random, .item, .padding: nil
    }
  }

  private func variable(_ name: String) -> String? {
    // A request that captures a variable was sent before it did.
    let isOwnCapture = step.outcomes.contains { outcome in outcome.captures.contains { $0.variable == name } }
    if !isOwnCapture, let key = witness.keys.first(where: { $0.variable == name }) { return key.value }
    return drawn(name)
  }

  /// From the data, where the row follows from the numbers of the user and the iteration.
  private func drawn(_ name: String) -> String? {
    guard let (source, column) = scenario.column(named: name) else { return nil }
    return row(of: source).flatMap { Self.text(of: source, row: $0, column: column) }
  }

  private func row(of source: DataSource) -> Int? {
    let count: Int? =
      switch source.rows {
      case .sequence(_, _, let count): count
      case .list(let rows): rows.count
      }
    if count == 0 { return nil }
    switch source.order {
    case .random: return nil
    case .perUser:
      let place = Int(witness.user) / source.each
      return count.map { place % $0 } ?? place
    case .unique, .cycle:
      // Rows that several groups share go to whoever comes first.
      guard scenario.traffic.count(where: { $0.draws(from: source) }) == 1 else { return nil }
      let place = Int(witness.iteration) / source.each
      guard let count, place >= count else { return place }
      return source.order == .cycle ? place % count : nil
    }
  }

  private static func text(of source: DataSource, row: Int, column: Int) -> String? {
    switch source.rows {
    case .sequence(let pattern, let start, _):
      let digits = String(start + row)
      let zeros = String(repeating: "0", count: max(0, pattern.width - digits.utf8.count))
      return pattern.prefix + zeros + digits + pattern.suffix
    case .list(let rows): return row < rows.count ? rows.text(row: row, column: column) : nil
    }
  }
}

extension TrafficGroup {
  /// Whether a step names the data, or one of its columns.
  fileprivate func draws(from source: DataSource) -> Bool {
    steps.contains { step in
      step.variables.contains { $0 == source.name || $0.hasPrefix(source.name + ".") }
    }
  }
}

extension Step {
  /// Those that its request names.
  var variables: [String] {
    let inBody: [String] =
      switch body {
      case .none, .bytes, .file: []
      case .json(let json), .sizedJSON(let json, _, _), .batchJSON(let json, _): json.variables
      case .text(let template): template.variables
      case .form(let pairs): pairs.flatMap(\.variables)
      }
    return path.variables + query.flatMap(\.variables) + headers.flatMap(\.value.variables) + inBody
  }
}
