import JSON

/// What was given with `--set`, as it may be shown and written down: what is secret by its name is `***`.
///
/// A text or number is secret where the last name of its path, or the member that it is the value of, says so: `token`,
/// `password`, `secret`, `authorization`, `api-key`, `cookie` and the like, also as a part of a longer name; in what is
/// sent, and in the rows of data, so is all below such a name. What the scenario holds anyway is none: a text that is one
/// `${…}`, and what stands under the names of budgets, invariants, outcomes and captures, but for a ledger's headers.
package enum MaskedOverride {
  private static let mask = "***"
  /// - Parameter text: `path.to.value=VALUE`.
  package static func text(_ text: String) -> String {
    guard let equals = text.firstIndex(of: "=") else { return text }
    let place = names(of: text[..<equals]).reduce(Place()) { $0.entering($1) }
    let value = String(text[text.index(after: equals)...])
    let (node, faults) = JSONReader.read(SourceText(name: "--set", value))
    guard let node, faults.isEmpty else {
      return place.isSecret && !isTemplate(value) ? "\(text[..<equals])=\(mask)" : text
    }
    var bytes = Array(value.utf8)
    for range in secrets(in: node, place).reversed() {
      bytes.replaceSubrange(range.start..<range.end, with: "'\(mask)'".utf8)
    }
    return "\(text[..<equals])=\(String(decoding: bytes, as: UTF8.self))"
  }

  /// The parts of a path; dots in quotes and braces are no ends.
  private static func names(of path: Substring) -> [String] {
    var names = [""]
    var quote: Character?
    var depth = 0
    for character in path {
      if let open = quote {
        if character == open { quote = nil } else { names[names.count - 1].append(character) }
      } else if character == "'" || character == "\"" {
        quote = character
      } else if character == ".", depth == 0 {
        names.append("")
      } else {
        if character == "{" { depth += 1 } else if character == "}" { depth -= 1 }
        names[names.count - 1].append(character)
      }
    }
    return names
  }

  /// Whether the text is one `${…}` and nothing else.
  private static func isTemplate(_ text: String) -> Bool {
    text.hasPrefix("${") && text.firstIndex(of: "}") == text.indices.last
  }

  /// Where the secret values stand, in order.
  private static func secrets(in node: JSONNode, _ place: Place) -> [SourceRange] {
    switch node.value {
    case .null, .bool: []
    case .string(let text): place.isSecret && !isTemplate(text) ? [node.range] : []
    case .integer, .number: place.isSecret ? [node.range] : []
    case .array(let elements): elements.flatMap { secrets(in: $0, place.element) }
    case .object(let members): members.flatMap { secrets(in: $0.value, place.entering($0.key)) }
    }
  }

  /// What the names on the way to a value say of it.
  private struct Place {
    private enum Kind {
      case scenario
      /// Its members' names are the author's: of groups, steps and data.
      case names
      /// What is sent, or rows of data.
      case content
      /// Named after what is tested; a ledger is asked with headers.
      case tests
      /// Named after answers, and what is in it is not sent.
      case answers
    }

    private var kind = Kind.scenario
    private(set) var isSecret = false

    /// An element of a list that stands here.
    var element: Place {
      var place = self
      if kind == .names { place.kind = .scenario }
      return place
    }

    func entering(_ name: String) -> Place {
      var place = self
      switch (kind, name) {
      case (.answers, _): break
      case (.content, _): place.isSecret = isSecret || SecretName.isSecret(name)
      case (.tests, "headers"): place.kind = .content
      case (.tests, _): break
      case (.names, _): (place.kind, place.isSecret) = (.scenario, SecretName.isSecret(name))
      case (.scenario, "list"): place.kind = .content
      case (.scenario, "headers"), (.scenario, "query"), (.scenario, "json"), (.scenario, "form"),
        (.scenario, "value"), (.scenario, "item"), (.scenario, "settings"):
        (place.kind, place.isSecret) = (.content, false)
      case (.scenario, "thresholds"), (.scenario, "invariants"): (place.kind, place.isSecret) = (.tests, false)
      case (.scenario, "outcomes"), (.scenario, "capture"): (place.kind, place.isSecret) = (.answers, false)
      case (.scenario, "traffic"), (.scenario, "data"), (.scenario, "steps"), (.scenario, "set_up"),
        (.scenario, "tear_down"):
        (place.kind, place.isSecret) = (.names, false)
      case (.scenario, _): place.isSecret = SecretName.isSecret(name)
      }
      return place
    }
  }
}
