import JSON

/// A step that the load repeats, as invariants and thresholds speak of it.
struct MeasuredStep {
  var group: String
  var step: Step
  /// What is known before its answer.
  var scope: VariableScope
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
    return members.compactMap { member in
      guard let fields = fields(member.value, .invariant) else { return nil }
      let rules = fields.present(KeyTable.invariant.keys)
      guard let first = rules.first else {
        error("an invariant needs 'capped' or 'at_most'", at: opening(of: member.value))
        return nil
      }
      if rules.count > 1 {
        error("an invariant has one rule: either '\(first.key)' or '\(rules[1].key)'", at: rules[1].keyRange)
      }
      let rule = first.key == "capped" ? capped(first.value, steps, setUp) : atMost(first.value, steps, setUp)
      return rule.map { Invariant(name: member.key, rule: $0, range: place(member.keyRange)) }
    }
  }

  private func capped(_ node: JSONNode, _ steps: StepIndex, _ setUp: VariableScope) -> Invariant.Rule? {
    guard let fields = fields(node, .capped) else { return nil }
    let step = require("step", in: fields).flatMap { measuredStep($0, steps) }
    let accepted = require("accepted", in: fields).flatMap { outcomeName($0, of: step) }
    let rejected = fields["rejected"].flatMap { outcomeName($0, of: step) }
    let cap = require("cap", in: fields).flatMap { integer($0, "'cap'", in: 0...Limits.cap) }
    if let accepted, accepted == rejected, let node = fields["rejected"] {
      error("'accepted' and 'rejected' are the same outcome", at: node.range)
    }
    let outcome = step?.step.outcomes.first { $0.name == accepted }
    let sequence = fields["sequence"].flatMap { self.sequence($0, outcome, step) }
    let ledger = fields["ledger"].flatMap { self.ledger($0, step, outcome, setUp, variable: nil) }
    guard let step, let accepted, let cap, fields["ledger"] == nil || ledger != nil else { return nil }
    return .capped(
      Invariant.Capped(
        accepted: OutcomeReference(step: step.step.name, outcome: accepted),
        rejected: rejected.map { OutcomeReference(step: step.step.name, outcome: $0) }, cap: cap, sequence: sequence,
        ledger: ledger))
  }

  private func sequence(_ node: JSONNode, _ outcome: Outcome?, _ step: MeasuredStep?) -> String? {
    guard let name = plainText(node, "the name of a captured variable"), let outcome, let step else { return nil }
    let captured = outcome.captures.map(\.variable)
    if captured.contains(name) { return name }
    error(
      "the outcome '\(step.step.name).\(outcome.name)' captures no '\(name)'", at: node.range,
      hint: captured.isEmpty
        ? "capture: { \(name): '$.…' } in the outcome"
        : Suggestion.hint(for: name, among: captured, otherwise: "it captures:"))
    return nil
  }

  private func atMost(_ node: JSONNode, _ steps: StepIndex, _ setUp: VariableScope) -> Invariant.Rule? {
    guard let fields = fields(node, .atMost) else { return nil }
    let count = require("count", in: fields).flatMap { integer($0, "'count'", in: 0...Limits.cap) }
    let reference = require("of", in: fields).flatMap { outcomeReference($0, steps) }
    let outcome = reference.flatMap { reference in reference.step.step.outcomes.first { $0.name == reference.outcome } }
    let per = require("per", in: fields).flatMap { variable($0, of: reference?.step, outcome) }
    let ledger = fields["ledger"].flatMap { self.ledger($0, reference?.step, outcome, setUp, variable: per) }
    guard let count, let reference, let per, fields["ledger"] == nil || ledger != nil else { return nil }
    return .atMost(
      count: count, of: OutcomeReference(step: reference.step.step.name, outcome: reference.outcome), per: per,
      ledger: ledger)
  }

  private func ledger(
    _ node: JSONNode, _ step: MeasuredStep?, _ outcome: Outcome?, _ setUp: VariableScope, variable given: String?
  ) -> Invariant.Ledger? {
    guard let fields = fields(node, .ledger) else { return nil }
    _ = takeUses()
    let path = require("get", in: fields).flatMap { self.path($0) }
    let headers = fields["headers"].map { self.headers($0) } ?? []
    check(takeUses(), in: setUp)
    let rows = require("rows", in: fields).flatMap { singularPath($0) }
    let key = require("key", in: fields).flatMap { singularPath($0) }
    let variable = fields["per"].flatMap { self.variable($0, of: step, outcome) } ?? given
    let page = fields["page"].flatMap { self.page($0) }
    guard let path, let rows, let key else { return nil }
    return Invariant.Ledger(path: path, headers: headers, rows: rows, key: key, variable: variable, page: page)
  }

  /// A path to one place.
  private func singularPath(_ node: JSONNode) -> JSONPath? {
    guard let path = string(node, "a JSON path such as '$.rows'").flatMap({ jsonPath($0, at: node.range) })
    else { return nil }
    if !path.isPlural { return path }
    error("'\(path.description)' leads to many places, and one is needed", at: node.range)
    return nil
  }

  private func page(_ node: JSONNode) -> Invariant.Ledger.Paging? {
    guard let fields = fields(node, .page) else { return nil }
    let parameter = require("parameter", in: fields).flatMap { plainText($0, "the name of a query parameter") }
    let first = integer(fields, "first", in: 0...1) ?? 1
    let sizeParameter = fields["size_parameter"].flatMap { plainText($0, "the name of a query parameter") }
    let size = integer(fields, "size", in: 1...Limits.cap)
    if (fields["size_parameter"] == nil) != (fields["size"] == nil) {
      error("'size_parameter' and 'size' belong together", at: opening(of: node))
    }
    return parameter.map {
      Invariant.Ledger.Paging(parameter: $0, first: first, sizeParameter: sizeParameter, size: size)
    }
  }

  // MARK: - Names

  private func measuredStep(_ node: JSONNode, _ steps: StepIndex) -> MeasuredStep? {
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

  private func outcomeName(_ node: JSONNode, of step: MeasuredStep?) -> String? {
    guard let name = plainText(node, "the name of an outcome"), let step else { return nil }
    let names = step.step.outcomes.map(\.name)
    if names.contains(name) { return name }
    error(
      "the step '\(step.step.name)' has no outcome '\(name)'", at: node.range,
      hint: Suggestion.hint(for: name, among: names, otherwise: "its outcomes are:"))
    return nil
  }

  /// `issue.issued`; the outcome is what follows the last dot.
  private func outcomeReference(_ node: JSONNode, _ steps: StepIndex) -> (step: MeasuredStep, outcome: String)? {
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
    if names.contains(outcome) { return (step, outcome) }
    error(
      "the step '\(name)' has no outcome '\(outcome)'", at: span(node, name.utf8.count + 1, text.utf8.count),
      hint: Suggestion.hint(for: outcome, among: names, otherwise: "its outcomes are:"))
    return nil
  }

  /// A variable by which a step's outcomes are told apart: data, an earlier capture, or one of the outcome itself.
  private func variable(_ node: JSONNode, of step: MeasuredStep?, _ outcome: Outcome?) -> String? {
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
