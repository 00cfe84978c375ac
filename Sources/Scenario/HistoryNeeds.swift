import JSON

/// What of each request a scenario's invariants need recorded: the engine writes it, and verdicts are read from it.
package struct HistoryNeeds: Sendable, Hashable {
  /// Columns of a recorded request.
  package static let mostKeys = 4

  /// Steps whose every request is recorded, in the order in which invariants name them.
  package var steps: [String]
  /// What is recorded with each request, in the order of the columns: variables, and texts of `texts`.
  package var keys: [String]
  /// By step, those of `keys` that are recorded with it.
  package var keysOfStep: [String: Set<String>]
  /// Of the columns that are no variables: what is written into them.
  package var texts: [String: Template]
  /// By step, the captured variable whose number is recorded.
  package var sequences: [String: String]

  /// Nothing is recorded.
  package var isEmpty: Bool { steps.isEmpty }

  /// The columns that are recorded with a step's requests, ascending.
  package func columns(of step: String) -> [Int] {
    guard let own = keysOfStep[step] else { return [] }
    return keys.indices.filter { own.contains(keys[$0]) }
  }

  /// What `scenario` needs, and what about it cannot be met.
  package static func of(_ scenario: Scenario) -> (needs: HistoryNeeds, diagnostics: [Diagnostic]) {
    var needs = HistoryNeeds(steps: [], keys: [], keysOfStep: [:], texts: [:], sequences: [:])
    var diagnostics: [Diagnostic] = []
    for invariant in scenario.invariants {
      switch invariant.rule {
      case .capped(let rule):
        needs.add(step: rule.accepted.step)
        if let rejected = rule.rejected { needs.add(step: rejected.step) }
        if let variable = rule.ledger?.variable {
          needs.add(key: variable, to: [rule.accepted.step], invariant, &diagnostics)
        }
        if let sequence = rule.sequence { needs.add(sequence, of: rule.accepted.step, invariant, &diagnostics) }
      case .atMost(let rule):
        needs.add(step: rule.outcome.step)
        for variable in [rule.variable, rule.distinct, rule.ledger?.variable].compactMap(\.self) {
          needs.add(key: variable, to: [rule.outcome.step], invariant, &diagnostics)
        }
      case .dailyLimit(let rule):
        needs.add(step: rule.accepted.step)
        needs.add(key: rule.variable, to: [rule.accepted.step], invariant, &diagnostics)
      case .conserved(let rule):
        for outcome in rule.outcomes { needs.add(step: outcome.step) }
        if let variable = rule.variable {
          needs.add(key: variable, to: rule.outcomes.map(\.step), invariant, &diagnostics)
        }
      case .replay(let rule):
        needs.add(step: rule.outcome.step)
        if rule.variable == nil { needs.texts[rule.column] = rule.recorded }
        needs.add(key: rule.column, to: [rule.outcome.step], invariant, &diagnostics)
        needs.add(key: rule.result, to: [rule.outcome.step], invariant, &diagnostics)
      case .equal(let rule):
        for amount in [rule.left, rule.right] {
          for outcome in amount.outcomes { needs.add(step: outcome.step) }
          switch amount {
          case .sum(let variable, let outcomes):
            for outcome in outcomes { needs.add(variable, of: outcome.step, invariant, &diagnostics) }
          case .last(let variable, let outcome): needs.add(variable, of: outcome.step, invariant, &diagnostics)
          case .constant, .count, .told: break
          }
        }
        let outcomes = rule.left.outcomes + rule.right.outcomes
        if let variable = rule.variable, !outcomes.isEmpty {
          needs.add(key: variable, to: outcomes.map(\.step), invariant, &diagnostics)
        }
      case .never(let outcomes): for outcome in outcomes { needs.add(step: outcome.step) }
      }
    }
    return (needs, diagnostics)
  }

  private mutating func add(step: String) {
    if !steps.contains(step) { steps.append(step) }
  }

  private mutating func add(
    _ number: String, of step: String, _ invariant: Invariant, _ diagnostics: inout [Diagnostic]
  ) {
    guard let other = sequences[step], other != number else {
      sequences[step] = number
      return
    }
    diagnostics.append(
      Diagnostic(
        .error, "step '\(step)' is held to the numbers '\(other)' and '\(number)', and a request is recorded with one",
        at: invariant.range, hint: "name the same capture in both invariants"))
  }

  private mutating func add(
    key: String, to steps: [String], _ invariant: Invariant, _ diagnostics: inout [Diagnostic]
  ) {
    if !keys.contains(key) {
      guard keys.count < HistoryNeeds.mostKeys else {
        diagnostics.append(
          Diagnostic(
            .error,
            "the invariants name more than \(HistoryNeeds.mostKeys) variables: "
              + (keys + [key]).joined(separator: ", "),
            at: invariant.range, hint: "a request is recorded with at most \(HistoryNeeds.mostKeys)"))
        return
      }
      keys.append(key)
    }
    for step in steps { keysOfStep[step, default: []].insert(key) }
  }
}

extension Scenario {
  /// By step: the variable whose number is recorded, where it is no sequence number of a capped counter.
  package var numberNames: [String: String] {
    var names = HistoryNeeds.of(self).needs.sequences
    for invariant in invariants {
      if case .capped(let rule) = invariant.rule, rule.sequence != nil { names[rule.accepted.step] = nil }
    }
    return names
  }
}

extension Invariant.Replay {
  /// What stands for the day in a recorded input.
  package static let recordedDay = "${day}"

  /// The input as it is recorded: which day it was is found out afterwards.
  fileprivate var recorded: Template {
    guard zone != nil else { return input }
    return Template(
      parts: input.parts.map { part in
        if case .variable(Self.day, _) = part { .literal(Self.recordedDay) } else { part }
      })
  }
}
