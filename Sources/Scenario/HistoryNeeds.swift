import JSON

/// What of each request a scenario's invariants need recorded: the engine writes it, and verdicts are read from it.
package struct HistoryNeeds: Sendable, Hashable {
  /// Columns of a recorded request.
  package static let mostKeys = 4

  /// Steps whose every request is recorded, in the order in which invariants name them.
  package var steps: [String]
  /// Variables that are recorded with each request, in the order of the columns.
  package var keys: [String]
  /// By step, the captured variable whose number is recorded.
  package var sequences: [String: String]

  /// Nothing is recorded.
  package var isEmpty: Bool { steps.isEmpty }

  /// What `scenario` needs, and what about it cannot be met.
  package static func of(_ scenario: Scenario) -> (needs: HistoryNeeds, diagnostics: [Diagnostic]) {
    var needs = HistoryNeeds(steps: [], keys: [], sequences: [:])
    var diagnostics: [Diagnostic] = []
    for invariant in scenario.invariants {
      switch invariant.rule {
      case .capped(let capped):
        needs.add(step: capped.accepted.step)
        if let rejected = capped.rejected { needs.add(step: rejected.step) }
        if let variable = capped.ledger?.variable { needs.add(key: variable, of: invariant, &diagnostics) }
        if let sequence = capped.sequence {
          let step = capped.accepted.step
          if let other = needs.sequences[step], other != sequence {
            diagnostics.append(
              Diagnostic(
                .error,
                "step '\(step)' is held to the sequences '\(other)' and '\(sequence)', and a request has one",
                at: invariant.range, hint: "name the same capture in both invariants"))
          } else {
            needs.sequences[step] = sequence
          }
        }
      case .atMost(_, let outcome, let variable, let ledger):
        needs.add(step: outcome.step)
        needs.add(key: variable, of: invariant, &diagnostics)
        if let variable = ledger?.variable { needs.add(key: variable, of: invariant, &diagnostics) }
      }
    }
    return (needs, diagnostics)
  }

  private mutating func add(step: String) {
    if !steps.contains(step) { steps.append(step) }
  }

  private mutating func add(key: String, of invariant: Invariant, _ diagnostics: inout [Diagnostic]) {
    guard !keys.contains(key) else { return }
    guard keys.count < HistoryNeeds.mostKeys else {
      diagnostics.append(
        Diagnostic(
          .error,
          "the invariants name more than \(HistoryNeeds.mostKeys) variables: \((keys + [key]).joined(separator: ", "))",
          at: invariant.range, hint: "a request is recorded with at most \(HistoryNeeds.mostKeys)"))
      return
    }
    keys.append(key)
  }
}
