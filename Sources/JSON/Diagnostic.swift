/// One thing wrong in a source text: where, what, and what to do.
package struct Diagnostic: Sendable, Hashable {
  package enum Severity: String, Sendable {
    case error
    case warning
  }

  package var severity: Severity
  package var message: String
  package var range: SourceRange
  /// What to do about it: "did you mean 'threshold'?"
  package var hint: String?

  package init(_ severity: Severity = .error, _ message: String, at range: SourceRange, hint: String? = nil) {
    self.severity = severity
    self.message = message
    self.range = range
    self.hint = hint
  }
}

// MARK: - As text

extension Diagnostic {
  /// How many of one file are shown, errors first: a file that was damaged can have a million.
  package static let mostShown = 100

  /// Those that are shown, in their order, and what to say of the others; `nil` where there are none.
  package static func shown(of diagnostics: [Diagnostic]) -> (shown: [Diagnostic], rest: String?) {
    guard diagnostics.count > mostShown else { return (diagnostics, nil) }
    let errors = diagnostics.count { $0.severity == .error }
    var errorsLeft = min(errors, mostShown)
    var warningsLeft = mostShown - errorsLeft
    var shown: [Diagnostic] = []
    for diagnostic in diagnostics {
      switch diagnostic.severity {
      case .error where errorsLeft > 0: errorsLeft -= 1
      case .warning where warningsLeft > 0: warningsLeft -= 1
      default: continue
      }
      shown.append(diagnostic)
    }
    let rest = diagnostics.count - shown.count
    var digits = String(rest)
    for place in stride(from: digits.count - 3, to: 0, by: -3) {
      digits.insert(",", at: digits.index(digits.startIndex, offsetBy: place))
    }
    return (shown, "and \(digits) more")
  }

  /// The diagnostic for a person, several lines without an end of line after the last:
  /// ```
  /// coupon.json5:3:3: error: unknown key 'treshold'
  ///   3 |   treshold: 5,
  ///     |   ^~~~~~~~
  ///     = did you mean 'threshold'?
  /// ```
  /// The line of the source keeps its tabs, and the line below has them too, so that the caret stands right whatever a tab's
  /// width. Wide characters (Hangul, emoji) take two columns. Control characters, which could speak to the terminal, are
  /// spelled out, and of a very long line the part around the place is shown.
  package func rendered(in source: SourceText) -> String {
    let place = source.location(at: range.start)
    var text = "\(source.name):\(place.line):\(place.column): \(severity.rawValue): \(Self.cleaned(message))\n"
    let number = String(place.line)
    let margin = String(repeating: " ", count: number.count + 2)
    let (line, marks) = excerpt(of: source, line: place.line)
    text += "  \(number) | \(line)\n\(margin) | \(marks)"
    if let hint { text += "\n\(margin) = \(Self.cleaned(hint))" }
    return text
  }

  /// The source line and the line of marks under it.
  private func excerpt(of source: SourceText, line number: Int) -> (line: String, marks: String) {
    let line = source.lineRange(number)
    let start = min(max(range.start, line.lowerBound), line.upperBound)
    let end = min(max(range.end, start), line.upperBound)
    func text(_ bytes: Range<Int>) -> String { String(decoding: source.bytes[bytes], as: UTF8.self) }
    // A line may be the whole of a large file: only what can be shown of it is looked at.
    let first = max(line.lowerBound, boundary(start - Self.looked, in: source))
    let last = min(line.upperBound, boundary(end + Self.looked, in: source))
    let before = Self.cleaned(text(first..<start))
    let marked = Self.cleaned(text(start..<min(end, boundary(start + Self.looked, in: source))))
    let after = Self.cleaned(text(end..<max(end, last)))

    let isLong =
      first > line.lowerBound || last < line.upperBound || before.count + marked.count + after.count > 160
    let shownBefore = isLong && before.count > 60 ? "…" + before.suffix(60) : before
    let shownMarked = isLong && marked.count > 60 ? marked.prefix(60) + "…" : marked
    let shownAfter = isLong && after.count > 40 ? after.prefix(40) + "…" : after

    var marks = String(shownBefore.flatMap { $0 == "\t" ? "\t" : String(repeating: " ", count: DisplayWidth.of($0)) })
    marks += "^" + String(repeating: "~", count: max(0, DisplayWidth.of(shownMarked) - 1))
    return (shownBefore + shownMarked + shownAfter, marks)
  }

  /// Bytes on either side of a place that are looked at.
  private static let looked = 2_000

  /// The offset, or one just before it at which a character begins.
  private func boundary(_ offset: Int, in source: SourceText) -> Int {
    var offset = min(max(offset, 0), source.bytes.count)
    while offset > 0, offset < source.bytes.count, source.bytes[offset] & 0xC0 == 0x80 { offset -= 1 }
    return offset
  }

  private static func cleaned(_ text: String) -> String { TerminalText.visible(text, keeping: ["\t"]) }
}
