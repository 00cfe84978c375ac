/// Reads a text that a person wrote into nodes that know their places, and says what is wrong with it.
///
/// The dialect is JSON5 1.0.0 (https://spec.json5.org) or strict JSON (RFC 8259). Beyond the grammar, both refuse: bytes
/// that are not UTF-8, halves of surrogate pairs, repeated keys, numbers beyond the doubles, and nesting deeper than
/// `JSONLimits.depth`. For bytes from a program, `JSONValue(parsing:)` is many times faster.
package enum JSONReader {
  package enum Dialect: Sendable {
    case json5
    case json
  }

  /// Reads `source` whole.
  ///
  /// The text is right where no diagnostic is an error; a root alone does not say so, for repeated keys, bad escapes and
  /// missing commas are reported and read past. The root is `nil` where reading had to stop. Diagnostics stand in the order
  /// of reading; after `JSONReader.mostErrors` of them reading stops.
  ///
  /// - Complexity: O(n), and O(n) once more for each repeated key.
  package static func read(
    _ source: SourceText, dialect: Dialect = .json5
  ) -> (root: JSONNode?, diagnostics: [Diagnostic]) {
    var parser = SourceParser(source: source, dialect: dialect)
    let root = parser.document()
    return (root, parser.diagnostics)
  }

  /// So many errors are shown; a text with more is probably no JSON at all.
  package static let mostErrors = 100
}
