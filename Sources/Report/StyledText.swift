import JSON

/// Whether a report may use colours; whoever prints it decides, by what it prints to.
package enum TextStyle: String, Sendable, CaseIterable {
  case plain
  case colour
}

/// What a piece of text is in a report, apart from how that looks.
package enum Emphasis: Sendable, Hashable {
  case plain, strong, faint, good, bad, doubtful

  /// SGR parameters of ECMA-48; `nil` for plain text.
  fileprivate var code: String? {
    switch self {
    case .plain: nil
    case .strong: "1"
    case .faint: "2"
    case .good: "32"
    case .bad: "1;31"
    case .doubtful: "33"
    }
  }
}

/// A line of a report: pieces of text, each with its emphasis. Widths are columns of a terminal.
struct StyledLine: Sendable, Hashable {
  private(set) var pieces: [Piece] = []
  private(set) var width = 0

  struct Piece: Sendable, Hashable {
    var text: String
    var emphasis: Emphasis
  }

  init() {}

  init(_ text: String, _ emphasis: Emphasis = .plain) { append(text, emphasis) }

  /// Control characters, which could speak to the terminal, are spelled out: part of what is shown comes from the target.
  mutating func append(_ text: String, _ emphasis: Emphasis = .plain) {
    guard !text.isEmpty else { return }
    let text = StyledLine.harmless(text)
    width += DisplayWidth.of(text)
    if let last = pieces.last, last.emphasis == emphasis {
      pieces[pieces.count - 1].text += text
    } else {
      pieces.append(Piece(text: text, emphasis: emphasis))
    }
  }

  mutating func append(_ other: StyledLine) {
    for piece in other.pieces { append(piece.text, piece.emphasis) }
  }

  static func harmless(_ text: String) -> String { TerminalText.visible(text) }

  /// The line's beginning, as much as fits.
  func clipped(to limit: Int) -> StyledLine {
    guard width > limit else { return self }
    var clipped = StyledLine()
    for piece in pieces {
      for character in piece.text {
        guard clipped.width + DisplayWidth.of(character) <= limit else { return clipped }
        clipped.append(String(character), piece.emphasis)
      }
    }
    return clipped
  }

  /// Without spaces at its end.
  func text(_ style: TextStyle) -> String {
    var trimmed = pieces
    while let last = trimmed.last {
      let kept = last.text.lastIndex { $0 != " " }.map { String(last.text[...$0]) } ?? ""
      if !kept.isEmpty {
        trimmed[trimmed.count - 1].text = kept
        break
      }
      trimmed.removeLast()
    }
    var text = ""
    for piece in trimmed {
      if style == .colour, let code = piece.emphasis.code {
        text += "\u{1B}[\(code)m\(piece.text)\u{1B}[0m"
      } else {
        text += piece.text
      }
    }
    return text
  }
}

/// Lays lines out for a width.
struct Layout {
  /// Columns; what is longer is wrapped.
  let width: Int
  private(set) var lines: [StyledLine] = []

  init(width: Int) { self.width = max(width, 24) }

  mutating func add(_ line: StyledLine = StyledLine()) { lines.append(line) }

  /// Adds text, wrapped between words and indented; `hanging` more from the second line on.
  mutating func add(_ text: String, _ emphasis: Emphasis = .plain, indent: Int, hanging: Int = 0) {
    let words = StyledLine.harmless(text).split(separator: " ").map { StyledLine(String($0), emphasis) }
    add(items: words, separator: StyledLine(" ", emphasis), indent: indent, hanging: hanging)
  }

  /// Adds items side by side as far as they fit, `separator` between those on one line.
  mutating func add(items: [StyledLine], separator: StyledLine, indent: Int, hanging: Int = 0) {
    var line = StyledLine(String(repeating: " ", count: indent))
    var isEmpty = true
    func restart() -> StyledLine { StyledLine(String(repeating: " ", count: indent + hanging)) }
    for item in items {
      if !isEmpty, line.width + separator.width + item.width > width {
        lines.append(line)
        line = restart()
        isEmpty = true
      }
      if !isEmpty { line.append(separator) }
      for part in Layout.cut(item, width - indent - hanging) {
        if !isEmpty, line.width + part.width > width {
          lines.append(line)
          line = restart()
        }
        line.append(part)
        isEmpty = false
      }
    }
    if !isEmpty { lines.append(line) }
  }

  /// Adds `left`, dots, and `right` at the right edge; on two lines where they do not fit on one.
  mutating func add(_ left: StyledLine, leadingTo right: StyledLine) {
    let least = 3
    let room = width - right.width - 2
    if left.width + least <= room {
      var line = left
      line.append(" " + String(repeating: ".", count: room - left.width) + " ", .faint)
      line.append(right)
      lines.append(line)
      return
    }
    add(items: Layout.words(left), separator: StyledLine(" "), indent: 2, hanging: 2)
    guard right.width > 0 else { return }
    var line = StyledLine("    ")
    if room > 4 + least { line.append(String(repeating: ".", count: room - 3) + " ", .faint) }
    line.append(right)
    lines.append(line)
  }

  /// Adds `label`, dots up to `column`, and `value`, wrapped from that column on.
  mutating func add(_ label: String, _ value: StyledLine, column: Int) {
    var line = StyledLine("  " + label + " ")
    line.append(String(repeating: ".", count: max(0, column - line.width - 1)) + " ", .faint)
    let words = Layout.words(value)
    if let word = words.first { line.append(word) }
    add(items: [line] + words.dropFirst(), separator: StyledLine(" "), indent: 0, hanging: column)
  }

  /// Adds `text` in one piece, for people to copy: on the line of `label` where it fits, else on the next one, and longer
  /// than the width where it has to be.
  mutating func add(_ label: StyledLine, verbatim text: String) {
    var line = label
    line.append(text)
    if line.width <= width {
      lines.append(line)
    } else {
      lines.append(label)
      lines.append(StyledLine("  " + text))
    }
  }

  /// Adds a command for people to copy: on several lines, as a shell takes them, where one is too short. A word that
  /// does not fit is not cut.
  mutating func add(command text: String, label: String, indent: Int) {
    let head = String(repeating: " ", count: indent)
    var line = StyledLine(head + label + "  ", .faint)
    let column = line.width
    var isEmpty = true
    for word in Layout.shellWords(StyledLine.harmless(text)) {
      if !isEmpty, line.width + 1 + DisplayWidth.of(word) + 2 > width {
        line.append(" \\")
        lines.append(line)
        line = StyledLine(String(repeating: " ", count: column))
        isEmpty = true
      }
      line.append((isEmpty ? "" : " ") + word)
      isEmpty = false
    }
    lines.append(line)
  }

  /// The words of a command, those with their options that belong together.
  private static func shellWords(_ text: String) -> [String] {
    var words: [String] = []
    var word = ""
    var quote: Character?
    var isEscaped = false
    for character in text {
      if isEscaped {
        isEscaped = false
      } else if character == "\\", quote != "'" {
        isEscaped = true
      } else if let open = quote {
        if character == open { quote = nil }
      } else if character == "'" || character == "\"" {
        quote = character
      }
      if character == " ", quote == nil {
        // `-H` and what it is for stay on a line.
        if word.hasPrefix("-"), !word.contains(" ") {
          word.append(" ")
          continue
        }
        words.append(word)
        word = ""
      } else {
        word.append(character)
      }
    }
    if !word.isEmpty { words.append(word) }
    return words
  }

  private static func words(_ line: StyledLine) -> [StyledLine] {
    line.pieces.flatMap { piece in
      piece.text.split(separator: " ").map { StyledLine(String($0), piece.emphasis) }
    }
  }

  /// The line in parts of at most `limit` columns.
  private static func cut(_ line: StyledLine, _ limit: Int) -> [StyledLine] {
    guard line.width > limit, limit > 2 else { return [line] }
    var parts: [StyledLine] = []
    var part = StyledLine()
    for piece in line.pieces {
      for character in piece.text {
        if part.width + DisplayWidth.of(character) > limit {
          parts.append(part)
          part = StyledLine()
        }
        part.append(String(character), piece.emphasis)
      }
    }
    parts.append(part)
    return parts
  }
}
