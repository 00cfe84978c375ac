/// Text of others, made fit for a terminal: characters that could command it, or hide in what they show, are spelled out.
package enum TerminalText {
  /// The text with `\e`, `\r`, `\u{202E}` and the like in place of control characters (C0, DEL, C1), of those that turn the
  /// direction of writing, and of those without width that no script needs.
  ///
  /// - Parameter kept: Of line ends (LF) and tabs, those that stay.
  package static func visible(_ text: some StringProtocol, keeping kept: Set<Unicode.Scalar> = []) -> String {
    guard text.unicodeScalars.contains(where: isHarmful) else { return String(text) }
    var visible = ""
    for scalar in text.unicodeScalars {
      if !isHarmful(scalar) || kept.contains(scalar) {
        visible.unicodeScalars.append(scalar)
      } else {
        visible += name(of: scalar)
      }
    }
    return visible
  }

  /// JSON with escapes in place of these characters, which are parts of strings: the same value. Line ends and tabs, which
  /// stand between values, stay.
  package static func visible(json text: String) -> String {
    guard text.unicodeScalars.contains(where: { isHarmful($0) && $0.value >= 0x7F }) else { return text }
    var visible = ""
    for scalar in text.unicodeScalars {
      if isHarmful(scalar), scalar.value >= 0x7F {
        let digits = String(scalar.value, radix: 16)
        visible += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
      } else {
        visible.unicodeScalars.append(scalar)
      }
    }
    return visible
  }

  private static func name(of scalar: Unicode.Scalar) -> String {
    switch scalar {
    case "\t": "\\t"
    case "\n": "\\n"
    case "\r": "\\r"
    case "\u{1B}": "\\e"
    default: "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
    }
  }

  /// All have at most four hexadecimal digits.
  private static func isHarmful(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x20, 0x7F...0x9F: true
    // Marks, embeddings, overrides and isolates of the bidirectional algorithm (UAX #9).
    case 0x61C, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069: true
    // Line and paragraph separators, zero-width space, word joiner, byte order mark.
    case 0x2028, 0x2029, 0x200B, 0x2060, 0xFEFF: true
    default: false
    }
  }
}
