import JSON

/// A statement about the target's answers taken together that no amount of load may break.
package struct Invariant: Sendable {
  package enum Rule: Sendable {
    case capped(Capped)
    case atMost(AtMost)
    case dailyLimit(DailyLimit)
    case conserved(Conserved)
    case replay(Replay)
    case equal(Equal)
    /// Outcomes that must not occur.
    case never([OutcomeReference])
  }

  package var name: String
  package var rule: Rule
  /// Judged also where no two requests were in flight together: the rule is not about what happens at once.
  package var isSequential: Bool
  package var range: SourceRange

  package init(name: String, rule: Rule, isSequential: Bool = false, range: SourceRange) {
    self.name = name
    self.rule = rule
    self.isSequential = isSequential
    self.range = range
  }
}

/// `issue.issued`: an outcome of a step.
package struct OutcomeReference: Sendable, Hashable {
  package var step: String
  package var outcome: String

  package init(step: String, outcome: String) {
    self.step = step
    self.outcome = outcome
  }

  /// As the scenario writes it.
  package var text: String { "\(step).\(outcome)" }
}

extension Invariant.Rule {
  /// What the rule asks of the target itself, each with what follows the invariant's name in `RunRecord.ledgers`.
  package var ledgers: [(suffix: String, ledger: Invariant.Ledger)] {
    switch self {
    case .capped(let rule): rule.ledger.map { [("", $0)] } ?? []
    case .atMost(let rule): rule.ledger.map { [("", $0)] } ?? []
    case .conserved(let rule): [("", rule.ledger)]
    case .equal(let rule):
      [(Invariant.Equal.leftSuffix, rule.left), (Invariant.Equal.rightSuffix, rule.right)].compactMap {
        suffix, amount in
        amount.ledger.map { (suffix, $0) }
      }
    case .dailyLimit, .replay, .never: []
    }
  }

  /// Whether the rule needs the target's clock.
  package var needsClock: Bool {
    switch self {
    case .dailyLimit: true
    case .replay(let rule): rule.zone != nil
    case .capped, .atMost, .conserved, .equal, .never: false
    }
  }

  /// Changes each of `ledgers` in place.
  mutating func updateLedgers(_ change: (inout Invariant.Ledger) -> Void) {
    switch self {
    case .capped(var rule):
      if rule.ledger != nil { change(&rule.ledger!) }
      self = .capped(rule)
    case .atMost(var rule):
      if rule.ledger != nil { change(&rule.ledger!) }
      self = .atMost(rule)
    case .conserved(var rule):
      change(&rule.ledger)
      self = .conserved(rule)
    case .equal(var rule):
      rule.left.updateLedger(change)
      rule.right.updateLedger(change)
      self = .equal(rule)
    case .dailyLimit, .replay, .never: break
    }
  }
}
