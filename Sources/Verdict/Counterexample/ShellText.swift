/// A text that a shell puts together: what is known stands in it, the rest is the shell's to fill in.
struct ShellText: Hashable {
  enum Part: Hashable {
    case literal(String)
    /// What a shell makes of it within double quotes: `${name}`, `$(command)`. Holds no double quote itself.
    case expansion(String)
    /// What an earlier answer told.
    case told(Told)
    /// Where the filler of a body of an exact size goes.
    case padding
  }

  /// A variable that an earlier answer told, and how its value is written where it stands.
  struct Told: Hashable {
    enum Form: String, Hashable {
      /// As it is, to its last line end.
      case plain = ""
      /// Within a string of JSON.
      case json
      /// A value of JSON: a number where the text spells one, else a string.
      case number
      /// Percent-encoded.
      case url
      /// Without control characters, so that no value can begin a new header.
      case header
    }

    var variable: String
    var form: Form
  }

  private(set) var parts: [Part] = []

  init() {}
  init(_ literal: String) { append(literal) }
  init(_ part: Part) { append(part) }

  mutating func append(_ literal: String) { append(.literal(literal)) }

  mutating func append(_ part: Part) {
    if case .literal(let more) = part {
      if more.isEmpty { return }
      if case .literal(let text)? = parts.last {
        parts[parts.count - 1] = .literal(text + more)
        return
      }
    }
    parts.append(part)
  }

  static func + (left: ShellText, right: ShellText) -> ShellText {
    right.parts.reduce(into: left) { $0.append($1) }
  }

  static func + (left: ShellText, right: String) -> ShellText { left + ShellText(right) }
  static func + (left: String, right: ShellText) -> ShellText { ShellText(left) + right }

  static func joined(_ texts: [ShellText], _ separator: String) -> ShellText {
    texts.enumerated().reduce(into: ShellText()) { joined, text in
      if text.offset > 0 { joined.append(separator) }
      joined = joined + text.element
    }
  }

  /// What earlier answers must tell, in order, as often as it is needed.
  var told: [Told] { parts.compactMap { if case .told(let told) = $0 { told } else { nil } } }

  /// Only what is known of it.
  var literal: String { parts.reduce(into: "") { if case .literal(let text) = $1 { $0 += text } } }

  /// Whether nothing is left to the shell.
  var isLiteral: Bool { parts.allSatisfy { if case .literal = $0 { true } else { false } } }

  /// With what earlier answers tell as variables of the shell, by `names`, or by its own name, as text, where none does.
  func filled(_ names: [Told: String]) -> ShellText {
    parts.reduce(into: ShellText()) { text, part in
      guard case .told(let told) = part else { return text.append(part) }
      text.append(names[told].map { .expansion("${\($0)}") } ?? .literal("${\(told.variable)}"))
    }
  }

  /// What stands before the padding and behind it; `nil` where there is none.
  var aroundPadding: (before: ShellText, after: ShellText)? {
    guard let place = parts.firstIndex(of: .padding) else { return nil }
    return (
      parts[..<place].reduce(into: ShellText()) { $0.append($1) },
      parts[(place + 1)...].reduce(into: ShellText()) { $0.append($1) }
    )
  }
}

// MARK: - Words of a command line, as a POSIX shell takes them

extension ShellText {
  /// One word, in quotes where a shell would make something else of it.
  var word: String {
    if isLiteral { return Self.quoted(literal) }
    let isQuiet = !literal.utf8.contains { "\"$\\`!".utf8.contains($0) }
    let pieces = parts.map { part in
      switch part {
      case .literal(let text): isQuiet ? text : Self.quoted(text)
      case .expansion(let text): isQuiet ? text : "\"\(text)\""
      case .told(let told): isQuiet ? "${\(told.variable)}" : "\"${\(told.variable)}\""
      case .padding: ""
      }
    }
    return isQuiet ? "\"\(pieces.joined())\"" : pieces.joined()
  }

  /// A word in single quotes where a shell would make something of it.
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

  /// Whether there are characters that a line of a terminal, or an argument of a program, cannot hold.
  var hasControlCharacters: Bool { literal.utf8.contains { $0 < 0x20 || $0 == 0x7F } }

  /// A command that writes it; control characters are written by their numbers.
  var printed: String {
    guard hasControlCharacters else { return "printf %s \(word)" }
    var format = ""
    var arguments: [String] = []
    for part in parts {
      switch part {
      case .literal(let text):
        for scalar in text.unicodeScalars {
          switch scalar {
          case "\n": format += "\\n"
          case "%": format += "%%"
          case "\\": format += "\\\\"
          case _ where scalar.value < 0x20 || scalar.value == 0x7F: format += Self.octal(UInt8(scalar.value))
          default: format.unicodeScalars.append(scalar)
          }
        }
      case .expansion, .told, .padding:
        format += "%s"
        arguments.append(ShellText(part).word)
      }
    }
    // A format is no option.
    if format.hasPrefix("-") { format = "\\055" + format.dropFirst() }
    return (["printf", Self.quoted(format)] + arguments).joined(separator: " ")
  }

  /// A byte as `printf` and `tr` know it.
  static func octal(_ byte: UInt8) -> String {
    let digits = String(byte, radix: 8)
    return "\\" + String(repeating: "0", count: 3 - digits.utf8.count) + digits
  }

  /// Whether a shell's variable can be called so.
  static func isName(_ text: String) -> Bool {
    guard let first = text.utf8.first, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else { return false }
    return text.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
        true
      default: false
      }
    }
  }
}
