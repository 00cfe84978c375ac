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
    let before = Self.cleaned(text(line.lowerBound..<start))
    let marked = Self.cleaned(text(start..<end))
    let after = Self.cleaned(text(end..<line.upperBound))

    let isLong = before.count + marked.count + after.count > 160
    let shownBefore = isLong && before.count > 60 ? "…" + before.suffix(60) : before
    let shownMarked = isLong && marked.count > 60 ? marked.prefix(60) + "…" : marked
    let shownAfter = isLong && after.count > 40 ? after.prefix(40) + "…" : after

    var marks = String(shownBefore.flatMap { $0 == "\t" ? "\t" : String(repeating: " ", count: DisplayWidth.of($0)) })
    marks += "^" + String(repeating: "~", count: max(0, DisplayWidth.of(shownMarked) - 1))
    return (shownBefore + shownMarked + shownAfter, marks)
  }

  private static func cleaned(_ text: String) -> String { TerminalText.visible(text, keeping: ["\t"]) }
}
