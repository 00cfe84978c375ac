import JSON

/// What was given with `--set`, as it may be shown and written down: what is secret by its name is `***`.
///
/// A text or number is secret where the last name of its path, or the member that it is the value of, says so: `token`,
/// `password`, `secret`, `authorization`, `api-key`, `cookie` and the like, also as a part of a longer name. What the
/// scenario holds anyway is none: a template, and what is under the names of budgets and invariants.
package enum MaskedOverride {
  private static let mask = "***"
  private static let words = [
    "authorization", "password", "passwd", "passphrase", "secret", "token", "apikey", "privatekey", "cookie",
    "credential",
  ]
  /// Their members are named after what is tested.
  private static let labelled: Set<String> = ["thresholds", "invariants"]

  /// - Parameter text: `path.to.value=VALUE`.
  package static func text(_ text: String) -> String {
    guard let equals = text.firstIndex(of: "=") else { return text }
    let names = names(of: text[..<equals])
    guard let first = names.first, let last = names.last, !labelled.contains(first) else { return text }
    let value = String(text[text.index(after: equals)...])
    let (node, faults) = JSONReader.read(SourceText(name: "--set", value))
    let isSecret = isSecret(last)
    guard let node, faults.isEmpty else {
      return isSecret && !value.hasPrefix("$") ? "\(text[..<equals])=\(mask)" : text
    }
    var bytes = Array(value.utf8)
    for range in secrets(in: node, isSecret).reversed() {
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

  private static func isSecret(_ name: String) -> Bool {
    let letters = name.lowercased().filter { $0.isLetter || $0.isNumber }
    return words.contains { letters.contains($0) }
  }

  /// Where the secret values stand, in order.
  private static func secrets(in node: JSONNode, _ isSecret: Bool) -> [SourceRange] {
    switch node.value {
    case .null, .bool: []
    case .string(let text): isSecret && !text.hasPrefix("$") ? [node.range] : []
    case .integer, .number: isSecret ? [node.range] : []
    case .array(let elements): elements.flatMap { secrets(in: $0, isSecret) }
    case .object(let members):
      members.flatMap { labelled.contains($0.key) ? [] : secrets(in: $0.value, Self.isSecret($0.key)) }
    }
  }
}
