import JSON
import Measurement
import Verdict

/// A run as a person reads it in a terminal: what was run, what was asked of it, and what it did.
package struct TerminalReport: Sendable {
  package struct Options: Sendable {
    /// Columns of the terminal; wider ones than 100 are not used to their full width.
    package var width: Int
    package var style: TextStyle
    /// Where the run's files are; `nil` where none were written.
    package var directory: String?
    /// The scenario's text, to say where a breached threshold stands.
    package var source: SourceText?

    package init(width: Int = 80, style: TextStyle = .plain, directory: String? = nil, source: SourceText? = nil) {
      self.width = width
      self.style = style
      self.directory = directory
      self.source = source
    }
  }

  let record: RunRecord
  let judgement: Judgement
  let options: Options

  package init(_ record: RunRecord, _ judgement: Judgement, options: Options = Options()) {
    self.record = record
    self.judgement = judgement
    self.options = options
  }

  /// The whole report, with an end of line after each line.
  package var text: String {
    var layout = Layout(width: min(options.width, 100))
    addHeader(to: &layout)
    addWarnings(to: &layout)
    addFindings(to: &layout)
    if !record.series.isEmpty, !neverBegan {
      addTotals(to: &layout)
      addSteps(to: &layout)
    }
    addNotes(to: &layout)
    addClosing(to: &layout)
    return layout.lines.reduce(into: "") { $0 += $1.text(options.style) + "\n" }
  }

  /// The findings alone, and what they come to.
  package var findingsText: String {
    var layout = Layout(width: min(options.width, 100))
    for finding in judgement.findings { add(finding, to: &layout) }
    layout.add()
    addVerdict(to: &layout)
    return layout.lines.reduce(into: "") { $0 += $1.text(options.style) + "\n" }
  }

  /// There was no load, and so there is nothing to add up.
  private var neverBegan: Bool {
    switch record.ending {
    case .unreachable, .setUpFailed, .notReady, .wrongScenario: true
    case .completed, .interrupted, .aborted, .cutOff: false
    }
  }

  // MARK: - Beginning and end

  private func addHeader(to layout: inout Layout) {
    let identity = record.identity
    layout.add(StyledLine(identity.scenario, .strong))
    if !identity.summary.isEmpty { layout.add(identity.summary, indent: 2) }
    layout.add()
    var facts: [(String, String, Emphasis)] = [("target", identity.target, .plain)]
    if let profile = identity.profile { facts.append(("profile", profile, .plain)) }
    if !identity.incidents.isEmpty {
      facts.append(("incidents", identity.incidents.joined(separator: ", "), .doubtful))
    }
    if !identity.overrides.isEmpty { facts.append(("set", identity.overrides.joined(separator: ", "), .plain)) }
    facts.append(("seed", String(identity.seed), .plain))
    if let last = identity.attempts.last {
      let count = identity.attempts.count
      facts.append(
        (
          "attempt",
          "\(count + 1), since \(count == 1 ? "the first was" : "the first \(count) were") spoiled by noise, most recently: "
            + last.reason, .doubtful
        ))
    }
    for group in record.groups where !group.load.isEmpty {
      facts.append(("load", "\(group.name): \(group.load)", .plain))
    }
    for (label, value, emphasis) in facts { addFact(label, value, emphasis, to: &layout) }
  }

  private func addFact(_ label: String, _ value: String, _ emphasis: Emphasis, to layout: inout Layout) {
    let words = value.split(separator: " ").map { StyledLine(String($0), emphasis) }
    var first = StyledLine(label + String(repeating: " ", count: 12 - label.count), .faint)
    if let word = words.first { first.append(word) }
    layout.add(items: [first] + words.dropFirst(), separator: StyledLine(" "), indent: 2, hanging: 12)
  }

  func addTitle(_ title: String, to layout: inout Layout) {
    layout.add()
    layout.add(StyledLine(title, .strong))
  }

  private func addWarnings(to layout: inout Layout) {
    guard !record.warnings.isEmpty else { return }
    addTitle("WARNINGS", to: &layout)
    for warning in record.warnings { layout.add("- " + warning, .doubtful, indent: 2, hanging: 2) }
  }

  private func addNotes(to layout: inout Layout) {
    // What stands elsewhere in the report is not said twice.
    let told = (judgement.selfCheck?.notes ?? []).filter { $0.name != .noFreeUser }.map(\.message)
    let notes = record.notes + told
    guard !notes.isEmpty else { return }
    addTitle("NOTES", to: &layout)
    for note in notes { layout.add("- " + note, indent: 2, hanging: 2) }
  }

  private func addClosing(to layout: inout Layout) {
    layout.add()
    if let directory = options.directory {
      layout.add(StyledLine("  result      ", .faint), verbatim: "\(directory)/\(ReportDirectory.resultName)")
      layout.add(StyledLine("  look again  ", .faint), verbatim: "stampede report \(directory)")
    }
    addVerdict(to: &layout)
  }

  /// The last line: what it all comes to, and why.
  private func addVerdict(to layout: inout Layout) {
    var words = [StyledLine(judgement.verdict.label, judgement.verdict.emphasis)]
    words += reason.split(separator: " ").map { StyledLine(String($0)) }
    words.append(StyledLine("(exit code \(judgement.exitCode.rawValue))", .faint))
    layout.add(items: words, separator: StyledLine(" "), indent: 0, hanging: 2)
  }

  /// Why the run is what it is, in a line.
  private var reason: String {
    var parts: [String] = []
    switch record.ending {
    case .interrupted(let signal): parts.append("interrupted by \(signal)")
    case .cutOff: parts.append("cut off, and rebuilt from what was written until then")
    case .aborted: parts.append("ended early by a threshold")
    case .completed, .unreachable, .setUpFailed, .notReady, .wrongScenario: break
    }
    let decisive = judgement.findings.filter { $0.verdict == judgement.verdict }
    switch judgement.verdict {
    case .pass: parts.append("\(judgement.findings.count) of \(judgement.findings.count) findings passed")
    case .fail, .invalid, .inconclusive:
      if !decisive.isEmpty {
        let names = decisive.map { $0.kind == .threshold ? "\($0.name) \($0.text)" : $0.name }
        parts.append(names.prefix(3).joined(separator: "; ") + (names.count > 3 ? "; and \(names.count - 3) more" : ""))
      }
    }
    return parts.joined(separator: "; ")
  }
}

extension Verdict {
  var emphasis: Emphasis {
    switch self {
    case .pass: .good
    case .fail: .bad
    case .inconclusive, .invalid: .doubtful
    }
  }

  /// Stands before a finding.
  var mark: String {
    switch self {
    case .pass: "✓"
    case .fail: "✗"
    case .inconclusive: "?"
    case .invalid: "!"
    }
  }
}
