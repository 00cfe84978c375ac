import JSON

/// Text with `${name}` places. `$${` stands for a plain `${`.
///
/// Besides the scenario's data and captures there are: `env.NAME` (secret), `user` (number of the virtual user, from 0),
/// `iteration` (of the group, from 0), `repeat`, `group`, `step`, `scenario`, `seed`, `uuid` (seeded), `random(a,b)` (an
/// integer, seeded), `now` (ISO 8601 UTC), `unix_ms`, and in a `json_batch` `item` (from 1).
package struct Template: Sendable, Hashable {
  package enum Part: Sendable, Hashable {
    case literal(String)
    case variable(String, range: SourceRange)
    /// A value of the environment, resolved when the file was read; secret.
    case environment(name: String, value: String)
    case builtIn(BuiltIn)
  }

  package enum BuiltIn: Sendable, Hashable {
    case user, iteration, repetition, group, step, scenario, seed, uuid, now, unixMilliseconds
    /// Between two integers, both included.
    case random(Int64, Int64)
    /// The number of the item in a batch body, from 1.
    case item
    /// In a body of an exact size only, once: as much filler as the rest of the body leaves room for.
    case padding
  }

  package var parts: [Part]

  package init(parts: [Part]) { self.parts = parts }
  package init(literal: String) { parts = literal.isEmpty ? [] : [.literal(literal)] }

  /// The text where there is nothing to fill in.
  package var constant: String? {
    switch parts.count {
    case 0: ""
    case 1: if case .literal(let text) = parts[0] { text } else { nil }
    default: nil
    }
  }

  /// The variables that must be known before the text can be written, in order, as often as they occur.
  package var variables: [String] {
    parts.compactMap { if case .variable(let name, _) = $0 { name } else { nil } }
  }
}

/// A JSON value whose strings are templates.
package indirect enum JSONTemplate: Sendable, Hashable {
  case constant(JSONValue)
  case string(Template)
  /// What is filled in, one variable, as a number where it spells one, else as a string.
  case number(Template)
  case array([JSONTemplate])
  case object([Field])

  package struct Field: Sendable, Hashable {
    package var key: Template
    package var value: JSONTemplate

    package init(key: Template, value: JSONTemplate) {
      self.key = key
      self.value = value
    }
  }
}

extension JSONTemplate {
  /// Calls `body` with each template, keys included, in the order of writing.
  package func forEachTemplate(_ body: (Template) -> Void) {
    switch self {
    case .constant: break
    case .string(let template), .number(let template): body(template)
    case .array(let elements): for element in elements { element.forEachTemplate(body) }
    case .object(let fields):
      for field in fields {
        body(field.key)
        field.value.forEachTemplate(body)
      }
    }
  }

  /// The variables that must be known before the value can be written, in order, as often as they occur.
  package var variables: [String] {
    var names: [String] = []
    forEachTemplate { names += $0.variables }
    return names
  }
}
