import JSON

/// A step that the load repeats, as invariants and thresholds speak of it.
struct MeasuredStep {
  var group: String
  var step: Step
  /// What is known before its answer.
  var scope: VariableScope
}

/// An outcome of a step that the load repeats.
struct NamedOutcome {
  var step: MeasuredStep
  var name: String

  var reference: OutcomeReference { OutcomeReference(step: step.step.name, outcome: name) }
  /// `nil` for one that every step has.
  var outcome: Outcome? { step.step.outcomes.first { $0.name == name } }
}

/// The steps of a scenario by name.
struct StepIndex {
  var measured: [String: MeasuredStep] = [:]
  /// In the order of the file.
  var names: [String] = []
  /// Of set-up and tear-down: done once, and not measured.
  var once: Set<String> = []
}

extension Reading {
  func invariants(_ node: JSONNode, _ steps: StepIndex, setUp: VariableScope) -> [Invariant] {
    guard let members = named(node, "an object of invariants") else { return [] }
    return limited(members, to: Limits.invariants, "invariants", at: { $0.keyRange }).compactMap { member in
      if member.key.utf8.count > Limits.nameLength {
        error("the name of an invariant has at most \(Limits.nameLength) bytes", at: member.keyRange)
      }
      guard let fields = fields(member.value, .invariant) else { return nil }
      let rules = fields.present(KeyTable.rules)
      let isSequential = bool(fields, "sequential") ?? false
      guard let first = rules.first else {
        error(
          "an invariant needs a rule", at: opening(of: member.value),
          hint: "one of \(Suggestion.list(KeyTable.rules))")
        return nil
      }
      if rules.count > 1 {
        error("an invariant has one rule: either '\(first.key)' or '\(rules[1].key)'", at: rules[1].keyRange)
      }
      return rule(first, steps, setUp).map {
        Invariant(name: member.key, rule: $0, isSequential: isSequential, range: place(member.keyRange))
      }
    }
  }

  private func rule(_ member: JSONMember, _ steps: StepIndex, _ setUp: VariableScope) -> Invariant.Rule? {
    switch member.key {
    case "capped": capped(member.value, steps, setUp)
    case "at_most": atMost(member.value, steps, setUp)
    case "daily_limit": dailyLimit(member.value, steps)
    case "conserved": conserved(member.value, steps, setUp)
    case "replay": replay(member.value, steps)
    case "equal": equal(member.value, steps, setUp)
    default: never(member.value, steps)
    }
  }

  // MARK: - Names

  func measuredStep(_ node: JSONNode, _ steps: StepIndex) -> MeasuredStep? {
    guard let name = plainText(node, "the name of a step") else { return nil }
    if let step = steps.measured[name] { return step }
    reportUnknownStep(name, at: node.range, steps)
    return nil
  }

  func reportUnknownStep(_ name: String, at range: SourceRange, _ steps: StepIndex) {
    if steps.once.contains(name) {
      error("the step '\(name)' is done once and not measured", at: range)
    } else {
      error(
        "there is no step '\(name)'", at: range,
        hint: Suggestion.hint(for: name, among: steps.names, otherwise: "steps are:"))
    }
  }

  func outcomeName(_ node: JSONNode, of step: MeasuredStep?) -> String? {
    guard let name = plainText(node, "the name of an outcome"), let step else { return nil }
    let names = step.step.outcomes.map(\.name)
    if names.contains(name) { return name }
    error(
      "the step '\(step.step.name)' has no outcome '\(name)'", at: node.range,
      hint: Suggestion.hint(for: name, among: names, otherwise: "its outcomes are:"))
    return nil
  }

  /// One outcome, or a list of them.
  ///
  /// - Parameter builtIn: Whether the outcomes that every step has may be named too.
  func outcomeReferences(_ node: JSONNode, _ steps: StepIndex, builtIn: Bool = false) -> [NamedOutcome]? {
    guard case .array(let elements) = node.value else {
      return outcomeReference(node, steps, builtIn: builtIn).map { [$0] }
    }
    if elements.isEmpty {
      error("the list of outcomes is empty", at: node.range)
      return nil
    }
    let found = elements.compactMap { outcomeReference($0, steps, builtIn: builtIn) }
    for index in found.indices where found[..<index].contains(where: { $0.reference == found[index].reference }) {
      error("the outcome '\(found[index].reference.text)' is there twice", at: elements[index].range)
      return nil
    }
    return found.count == elements.count ? found : nil
  }

  /// `issue.issued`; the outcome is what follows the last dot.
  func outcomeReference(_ node: JSONNode, _ steps: StepIndex, builtIn: Bool = false) -> NamedOutcome? {
    guard let text = plainText(node, "an outcome such as 'issue.issued'") else { return nil }
    guard let dot = text.lastIndex(of: ".") else {
      let outcomes = steps.names.flatMap { name in
        (steps.measured[name]?.step.outcomes ?? []).map { "\(name).\($0.name)" }
      }
      error(
        "expected a step and its outcome, such as 'issue.issued'", at: node.range,
        hint: Suggestion.hint(for: text, among: outcomes, otherwise: "outcomes are:"))
      return nil
    }
    let name = String(text[..<dot])
    let outcome = String(text[text.index(after: dot)...])
    guard let step = steps.measured[name] else {
      reportUnknownStep(name, at: span(node, 0, name.utf8.count), steps)
      return nil
    }
    let names = step.step.outcomes.map(\.name)
    if names.contains(outcome) || builtIn && BuiltInOutcome.names.contains(outcome) {
      return NamedOutcome(step: step, name: outcome)
    }
    error(
      "the step '\(name)' has no outcome '\(outcome)'", at: span(node, name.utf8.count + 1, text.utf8.count),
      hint: Suggestion.hint(for: outcome, among: names, otherwise: "its outcomes are:"))
    return nil
  }

  /// Reports an outcome that stands for an effect though its answer promises none or leaves it open, or the other way round.
  func checkEffect(_ outcome: Outcome?, _ node: JSONNode?, accepts: Bool) {
    guard let outcome, let node else { return }
    if accepts, outcome.effect == Outcome.Effect.none {
      error(
        "the outcome '\(outcome.name)' promises that nothing happened (effect: 'none'), and here it stands for what did",
        at: node.range)
    } else if outcome.effect == .unknown {
      error(
        "the outcome '\(outcome.name)' leaves open whether something happened (effect: 'unknown'), and "
          + (accepts ? "here it stands for what did" : "who is rejected got nothing"),
        at: node.range)
    }
  }

  /// Of one outcome, or of a list of them.
  func checkEffects(_ named: [NamedOutcome]?, _ node: JSONNode?) {
    guard let named, let node else { return }
    guard case .array(let elements) = node.value else { return checkEffect(named.first?.outcome, node, accepts: true) }
    for (outcome, element) in zip(named, elements) { checkEffect(outcome.outcome, element, accepts: true) }
  }

  /// A variable by which a step's outcomes are told apart: data, an earlier capture, or one of the outcome itself.
  func variable(_ node: JSONNode, of step: MeasuredStep?, _ outcome: Outcome?) -> String? {
    guard let name = plainText(node, "the name of a variable"), let step else { return nil }
    var scope = step.scope
    scope.captured.formUnion(outcome?.captures.map(\.variable) ?? [])
    if isDefined(name, in: scope) { return name }
    if BuiltInVariable.reserved.contains(name) {
      error("answers are counted by data or by a captured variable, not by '\(name)'", at: node.range)
    } else {
      reportUndefined(name, at: node.range, in: scope)
    }
    return nil
  }
}
