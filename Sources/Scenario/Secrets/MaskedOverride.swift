import JSON

/// What was given with `--set`, as it may be shown and written down: what is secret by its name is `***`.
///
/// A text or number is secret where the last name of its path, or the member that it is the value of, says so: `token`,
/// `password`, `secret`, `authorization`, `api-key`, `cookie` and the like, also as a part of a longer name; in what is
/// sent, and in the rows of data, so is all below such a name. What the scenario holds anyway is none: a text that is
/// filled in (`Bearer ${token}`), and what stands under the names of budgets, invariants, outcomes and captures, but for a
/// ledger's headers. Of a URL the password is secret, wherever it stands.
package enum MaskedOverride {
  private static let mask = "***"

  /// - Parameter text: `path.to.value=VALUE`.
  package static func text(_ text: String) -> String {
    guard let equals = text.firstIndex(of: "=") else { return text }
    let (node, place, isJSON) = read(text[..<equals], text[text.index(after: equals)...])
    var bytes = Array(text[text.index(after: equals)...].utf8)
    let secrets = place.secrets(in: node)
    for secret in secrets.reversed() {
      bytes.replaceSubrange(secret.range.start..<secret.range.end, with: (isJSON ? "'\(mask)'" : mask).utf8)
    }
    // What was meant as JSON5, with a mistake.
    if !isJSON, secrets.isEmpty, let first = bytes.first(where: { $0 > 0x20 }), "{[".utf8.contains(first) {
      for range in UnreadableText.secrets(in: bytes).reversed() { bytes.replaceSubrange(range, with: mask.utf8) }
    }
    return URLPassword.masked("\(text[..<equals])=\(String(decoding: bytes, as: UTF8.self))")
  }

  /// What is secret of it, as it is given: values, and passwords of URLs.
  static func secrets(path: String, value: String) -> [String] {
    let (node, place, _) = read(path[...], value[...])
    return place.secrets(in: node).map(\.text)
  }

  private static func read(_ path: Substring, _ value: Substring) -> (JSONNode, SecretPlace, isJSON: Bool) {
    let place = names(of: path).reduce(SecretPlace()) { $0.entering($1) }
    let value = String(value)
    let (node, faults) = JSONReader.read(SourceText(name: "--set", value))
    if let node, faults.isEmpty { return (node, place, true) }
    // What is no JSON5 is a text.
    return (JSONNode(.string(value), range: SourceRange(0, value.utf8.count)), place, false)
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
}
