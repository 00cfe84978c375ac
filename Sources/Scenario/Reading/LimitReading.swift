import JSON

/// Rules that set a limit.
extension Reading {
  func capped(_ node: JSONNode, _ steps: StepIndex, _ setUp: VariableScope) -> Invariant.Rule? {
    guard let fields = fields(node, .capped) else { return nil }
    let step = require("step", in: fields).flatMap { measuredStep($0, steps) }
    let accepted = require("accepted", in: fields).flatMap { outcomeName($0, of: step) }
    let rejected = fields["rejected"].flatMap { outcomeName($0, of: step) }
    let cap = require("cap", in: fields).flatMap { integer($0, "'cap'", in: 0...Limits.cap) }
    if let accepted, accepted == rejected, let node = fields["rejected"] {
      error("'accepted' and 'rejected' are the same outcome", at: node.range)
    }
    let outcome = step?.step.outcomes.first { $0.name == accepted }
    checkEffect(outcome, fields["accepted"], accepts: true)
    checkEffect(step?.step.outcomes.first { $0.name == rejected }, fields["rejected"], accepts: false)
    let sequence = fields["sequence"].flatMap { self.captured($0, outcome, step) }
    let ledger = fields["ledger"].flatMap { self.ledger($0, step, outcome, setUp, variable: nil) }
    guard let step, let accepted, let cap, fields["ledger"] == nil || ledger != nil else { return nil }
    return .capped(
      Invariant.Capped(
        accepted: OutcomeReference(step: step.step.name, outcome: accepted),
        rejected: rejected.map { OutcomeReference(step: step.step.name, outcome: $0) }, cap: cap, sequence: sequence,
        ledger: ledger))
  }

  /// A variable that the outcome captures.
  func captured(_ node: JSONNode, _ outcome: Outcome?, _ step: MeasuredStep?) -> String? {
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

  func atMost(_ node: JSONNode, _ steps: StepIndex, _ setUp: VariableScope) -> Invariant.Rule? {
    guard let fields = fields(node, .atMost) else { return nil }
    let count = require("count", in: fields).flatMap { integer($0, "'count'", in: 0...Limits.cap) }
    let named = require("of", in: fields).flatMap { outcomeReference($0, steps) }
    let per = require("per", in: fields).flatMap { variable($0, of: named?.step, named?.outcome) }
    checkEffect(named?.outcome, fields["of"], accepts: true)
    let distinct = fields["distinct"].flatMap { captured($0, named?.outcome, named?.step) }
    let ledger = fields["ledger"].flatMap { self.ledger($0, named?.step, named?.outcome, setUp, variable: per) }
    checkVariable(of: ledger, per, fields["ledger"])
    guard let count, let named, let per, fields["ledger"] == nil || ledger != nil else { return nil }
    return .atMost(
      Invariant.AtMost(count: count, of: named.reference, per: per, distinct: distinct, ledger: ledger))
  }

  func dailyLimit(_ node: JSONNode, _ steps: StepIndex) -> Invariant.Rule? {
    guard let fields = fields(node, .dailyLimit) else { return nil }
    let limit = require("limit", in: fields).flatMap { integer($0, "'limit'", in: 1...Limits.cap) }
    let step = require("step", in: fields).flatMap { measuredStep($0, steps) }
    let accepted = require("accepted", in: fields).flatMap { outcomeName($0, of: step) }
    let rejected = fields["rejected"].flatMap { outcomeName($0, of: step) }
    if let accepted, accepted == rejected, let node = fields["rejected"] {
      error("'accepted' and 'rejected' are the same outcome", at: node.range)
    }
    let outcome = step?.step.outcomes.first { $0.name == accepted }
    checkEffect(outcome, fields["accepted"], accepts: true)
    checkEffect(step?.step.outcomes.first { $0.name == rejected }, fields["rejected"], accepts: false)
    let per = require("per", in: fields).flatMap { variable($0, of: step, outcome) }
    let zone = require("zone", in: fields).flatMap { self.zone($0) }
    let tolerance = duration(fields, "tolerance", in: 0...Limits.timeout)
    guard let limit, let step, let accepted, let per, let zone else { return nil }
    return .dailyLimit(
      Invariant.DailyLimit(
        limit: limit, accepted: OutcomeReference(step: step.step.name, outcome: accepted),
        rejected: rejected.map { OutcomeReference(step: step.step.name, outcome: $0) }, variable: per, zone: zone,
        tolerance: tolerance))
  }
}
