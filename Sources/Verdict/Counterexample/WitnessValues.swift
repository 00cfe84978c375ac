import JSON
import Scenario

/// What a recorded request's variables were, as far as the recording and the scenario tell.
struct WitnessValues {
  enum Place {
    case none, json
    /// Everything but unreserved characters is percent-encoded (RFC 3986, section 2.3).
    case path, query
  }

  let scenario: Scenario
  let group: TrafficGroup
  let step: Step
  let witness: Witness
  let seed: UInt64

  func text(_ template: Template, _ place: Place) -> String {
    template.parts.reduce(into: "") { text, part in
      switch part {
      case .literal(let literal):
        // In a path and in headers, what the scenario's author wrote stands as written.
        switch place {
        case .none, .path: text += literal
        case .json: text += Self.inJSON(literal)
        case .query: text += Self.percentEncoded(literal)
        }
      case .environment: text += "***"
      case .variable(let name, _): text += filled(variable(name), "${\(name)}", place)
      case .builtIn(let builtIn): text += filled(value(of: builtIn), "${\(builtIn.name)}", place)
      }
    }
  }

  func text(_ json: JSONTemplate) -> String {
    switch json {
    case .constant(let value): value.text()
    case .string(let template): "\"\(text(template, .json))\""
    case .number(let template): number(text(template, .none))
    case .array(let elements): "[" + elements.map { text($0) }.joined(separator: ",") + "]"
    case .object(let fields):
      "{" + fields.map { "\"\(text($0.key, .json))\":\(text($0.value))" }.joined(separator: ",") + "}"
    }
  }

  private func number(_ text: String) -> String {
    // What is not known stands there by its name.
    if text.hasPrefix("${") || text == "***" { return text }
    return switch try? JSONValue(parsing: Array(text.utf8)) {
    case .integer, .number: text
    default: "\"\(Self.inJSON(text))\""
    }
  }

  /// Whether the recording or the scenario tells the variable.
  func knows(_ name: String) -> Bool { variable(name) != nil }

  /// What is not known stands there by its name, as it is.
  private func filled(_ value: String?, _ name: String, _ place: Place) -> String {
    guard let value else { return name }
    switch place {
    case .none: return value
    case .json: return Self.inJSON(value)
    case .path, .query: return Self.percentEncoded(value)
    }
  }

  private static func inJSON(_ text: String) -> String { String(JSONValue.string(text).text().dropFirst().dropLast()) }

  static func percentEncoded(_ text: String) -> String {
    text.utf8.reduce(into: "") { encoded, byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."),
        UInt8(ascii: "~"):
        encoded.append(Character(Unicode.Scalar(byte)))
      default:
        let digits = String(byte, radix: 16, uppercase: true)
        encoded += digits.utf8.count == 1 ? "%0\(digits)" : "%\(digits)"
      }
    }
  }

  private func value(of builtIn: Template.BuiltIn) -> String? {
    switch builtIn {
    case .user: String(witness.user)
    case .iteration: String(witness.iteration)
    case .repetition: step.repeatCount == 1 ? "1" : nil
    case .group: group.name
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
    for source in scenario.data {
      let column: Int
      if source.columns.isEmpty {
        guard source.name == name else { continue }
        column = 0
      } else {
        guard name.hasPrefix(source.name + "."),
          let found = source.columns.firstIndex(where: { $0 == name.dropFirst(source.name.count + 1) })
        else { continue }
        column = found
      }
      return row(of: source).flatMap { Self.text(of: source, row: $0, column: column) }
    }
    return nil
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
    case .list(let rows): return rows.indices.contains(row) ? rows[row][column] : nil
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
      case .form(let pairs): pairs.flatMap(\.value.variables)
      }
    return path.variables + query.flatMap(\.value.variables) + headers.flatMap(\.value.variables) + inBody
  }
}
