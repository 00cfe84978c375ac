import JSON

/// A scenario's text, as it may be shown and written down.
package enum MaskedSource {
  /// The text with `***` for what is secret by its name, by the same rule as for `--set`, and for passwords of URLs.
  ///
  /// Of a text that is no JSON5 all strings but names are taken for secret.
  ///
  /// - Parameters:
  ///   - byName: Whether names count: what a scenario says literally to the bundled server is no secret.
  ///   - keepsPlaces: Puts as many `*` as there were bytes, so that places in the text stay where they were.
  /// - Complexity: O(length of the text).
  package static func text(_ source: SourceText, byName: Bool = true, keepsPlaces: Bool = false) -> SourceText {
    var ranges = URLPassword.ranges(in: source.bytes).map { (range: $0, mask: "***") }
    if byName {
      let root = JSONReader.read(source).root
      let named =
        root.map { SecretPlace().secrets(in: $0).map { $0.range.start..<$0.range.end } }
        ?? UnreadableText.secrets(in: source.bytes)
      ranges.removeAll { url in named.contains { $0.overlaps(url.range) } }
      ranges += named.map { ($0, root == nil ? "***" : "'***'") }
    }
    guard !ranges.isEmpty else { return source }
    var bytes = source.bytes
    for (range, mask) in ranges.sorted(by: { $0.range.lowerBound > $1.range.lowerBound }) {
      let stars = bytes[range].map { "\r\n".utf8.contains($0) ? $0 : UInt8(ascii: "*") }
      bytes.replaceSubrange(range, with: keepsPlaces ? stars : Array(mask.utf8))
    }
    return SourceText(name: source.name, bytes: bytes)
  }

  /// A complaint as it may be shown: with the source, as it may be, and without a word from where that hides it.
  ///
  /// - Parameter shown: `source` as it may be shown, with all places where they were.
  package static func text(of diagnostic: Diagnostic, in source: SourceText, shown: SourceText) -> String {
    masked(diagnostic, in: source, shown: shown).rendered(in: shown)
  }

  /// The complaint alone, as it may be shown.
  package static func masked(_ diagnostic: Diagnostic, in source: SourceText, shown: SourceText) -> Diagnostic {
    var diagnostic = diagnostic
    let start = min(diagnostic.range.start, source.bytes.count)
    let range = start..<max(start, min(diagnostic.range.end, source.bytes.count))
    if shown.bytes[range] != source.bytes[range] {
      let word = String(decoding: source.bytes[range], as: UTF8.self)
      if word.contains(where: { $0.isLetter || $0.isNumber }) {
        diagnostic.message = hiding(word, in: diagnostic.message)
        diagnostic.hint = diagnostic.hint.map { hiding(word, in: $0) }
      }
    }
    return diagnostic
  }

  private static func hiding(_ word: String, in text: String) -> String {
    var rest = text[...]
    var hidden = ""
    while let place = rest.firstRange(of: word) {
      hidden += rest[..<place.lowerBound] + "***"
      rest = rest[place.upperBound...]
    }
    return hidden + rest
  }

  /// What is secret in a scenario's tree by its name.
  static func secrets(in root: JSONNode) -> [String] { SecretPlace().secrets(in: root).map(\.text) }
}

/// The texts by which a secret may be met again.
enum SecretForms {
  /// Shorter values are met everywhere by chance.
  private static let least = 4

  /// A value, and its parts that are secret by themselves: what follows a scheme (`Bearer …`), and the values of cookies.
  static func of(_ value: String) -> [String] {
    var forms = [value]
    if let space = value.firstIndex(of: " ") { forms.append(String(value[value.index(after: space)...])) }
    for pair in value.split(separator: ";") {
      if let equals = pair.firstIndex(of: "=") { forms.append(String(pair[pair.index(after: equals)...])) }
    }
    return forms.filter { $0.utf8.count >= least && !$0.contains("${") }
  }

  /// The password of a URL, as it stands there and as it is sent.
  static func ofPassword(in url: String) -> [String] {
    guard let password = URLPassword.password(of: url) else { return [] }
    var bytes: [UInt8] = []
    var rest = Array(password.utf8)[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "%"), rest.count >= 2,
        let decoded = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
      {
        bytes.append(decoded)
        rest = rest.dropFirst(2)
      } else {
        bytes.append(byte)
      }
    }
    return [password, String(decoding: bytes, as: UTF8.self)].filter { $0.utf8.count >= least }
  }
}
