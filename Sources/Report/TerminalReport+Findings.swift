import JSON
import Measurement
import Scenario
import Verdict

extension TerminalReport {
  func addFindings(to layout: inout Layout) {
    let titles: [(Finding.Kind, String)] = [
      (.precondition, "PRECONDITIONS"), (.load, "LOAD"), (.selfCheck, "GENERATOR"), (.threshold, "THRESHOLDS"),
      (.invariant, "INVARIANTS"),
    ]
    for (kind, title) in titles {
      let findings = judgement.findings.filter { $0.kind == kind }
      guard !findings.isEmpty else { continue }
      addTitle(title, to: &layout)
      for finding in findings { add(finding, to: &layout) }
    }
  }

  func add(_ finding: Finding, to layout: inout Layout) {
    var left = StyledLine("  ")
    left.append(finding.verdict.mark, finding.verdict.emphasis)
    left.append(" \(finding.name)")
    if finding.kind == .threshold { left.append(" \(finding.text)") }
    var right = value(of: finding, finding.observedText)
    // Where it does not even fit on a line of its own, the interval is left to `result.json`.
    if right.width + 4 > layout.width { right = value(of: finding, finding.observed?.text) }
    layout.add(left, leadingTo: right)
    if finding.kind == .invariant { layout.add(finding.text, .faint, indent: 4, hanging: 2) }
    if finding.verdict != .pass || finding.kind != .threshold || finding.isDefault || finding.isKeptInNoise {
      layout.add(finding.message, indent: 4, hanging: 2)
    }
    if finding.verdict == .fail, let place = place(of: finding) { layout.add(place, .faint, indent: 4) }
    if let counterexample = finding.counterexample { add(counterexample, to: &layout) }
  }

  /// What was observed, and the verdict where it is not PASS.
  private func value(of finding: Finding, _ observed: String?) -> StyledLine {
    var line = StyledLine()
    if let observed { line.append(observed, finding.verdict == .pass ? .plain : .strong) }
    if finding.verdict != .pass {
      line.append((line.width > 0 ? "  " : "") + finding.verdict.label, finding.verdict.emphasis)
    }
    return line
  }

  private func place(of finding: Finding) -> String? {
    guard let range = finding.range, let source = options.source else { return nil }
    let location = source.location(at: range.start)
    return "at \(source.name):\(location.line):\(location.column)"
  }

  private func add(_ counterexample: Counterexample, to layout: inout Layout) {
    let requests = counterexample.requests
    let shown = requests.isEmpty ? counterexample.rows.count : requests.count
    let total = requests.isEmpty ? counterexample.totalRows : counterexample.total
    let extent =
      shown > 0 && UInt64(shown) < total
      ? " (the first \(shown == 1 ? "" : "\(shown) ")of \(Quantity.grouped(total)))" : ""
    layout.add("\(counterexample.summary)\(extent)\(shown > 0 ? ":" : "")", indent: 4, hanging: 2)
    let isOfOneStep = requests.allSatisfy { $0.step == requests[0].step }
    RequestTimeline(requests: requests).add(to: &layout, indent: 6) { isOfOneStep ? $0.facts : [$0.step] + $0.facts }
    // Where requests are shown, they name their keys.
    for row in counterexample.rows where requests.isEmpty { layout.add(row, indent: 6, hanging: 2) }
    if !counterexample.explanation.isEmpty { layout.add(counterexample.explanation, indent: 4, hanging: 2) }
    if !counterexample.again.isEmpty { layout.add(command: counterexample.again, label: "again", indent: 4) }
    addCommands(of: counterexample, to: &layout)
  }
}

extension TerminalReport {
  /// How to send the requests one by one. Two show what there is to send; all are in `result.json`.
  private func addCommands(of counterexample: Counterexample, to layout: inout Layout) {
    let shown = counterexample.requests.prefix(2)
    guard shown.contains(where: { !$0.curl.isEmpty }) else { return }
    for (index, command) in counterexample.server.enumerated() {
      layout.add(command: command, label: index == 0 ? "server" : "then", indent: 4)
    }
    var done: Set<String> = []
    for (index, witness) in shown.enumerated() where !witness.curl.isEmpty {
      let name = RequestTimeline.name(index)
      for command in witness.before {
        // A variable that both need is asked for once, where it is the same.
        if done.insert(command).inserted { layout.add(command: command, label: "for \(name)", indent: 4) }
      }
      if witness.curl.hasPrefix("#") {
        layout.add("as \(name)  \(witness.curl)", indent: 4, hanging: 2)
      } else if witness.curl.utf8.count <= Self.longestCommand {
        layout.add(command: witness.curl, label: "as \(name)", indent: 4)
      } else {
        let bytes = Quantity.grouped(UInt64(witness.curl.utf8.count))
        layout.add(
          "as \(name)  a command of \(bytes) bytes: 'curl' of its request in result.json", indent: 4, hanging: 2)
      }
    }
  }

  /// Bytes of a command that a person can still make something of.
  private static var longestCommand: Int { 8_000 }
}

extension Witness {
  /// What there is to say of the request, most telling first.
  var facts: [String] {
    var facts: [String] = []
    if let sequence { facts.append(numberName.map { "\($0)=\(sequence)" } ?? "#\(sequence)") }
    for key in keys { facts.append("\(key.variable)=\(key.value)") }
    facts.append("\(status == 0 ? "" : "\(status) ")\(outcome)")
    facts.append("user \(user)")
    facts.append("iteration \(iteration)")
    return facts
  }

  /// When it was under way.
  var instants: String {
    let end = returned.map { "answered \(RequestTimeline.instant($0)) s" } ?? "never answered"
    return "sent \(RequestTimeline.instant(sent)) s, \(end)"
  }
}
