import JSON

/// Rules that hold answers against each other, or against what the target says besides.
extension Reading {
  func conserved(_ node: JSONNode, _ steps: StepIndex, _ setUp: VariableScope) -> Invariant.Rule? {
    guard let fields = fields(node, .conserved) else { return nil }
    let named = require("of", in: fields).flatMap { outcomeReferences($0, steps) }
    checkEffects(named, fields["of"])
    let per = fields["per"].flatMap { node in variable(node, of: named) }
    let isOneRow = bool(fields, "one_row") ?? false
    if isOneRow, fields["per"] == nil, let member = fields.member("one_row") {
      error("'one_row' needs 'per': which requests share a row", at: member.keyRange)
    }
    let ledger = require("ledger", in: fields).flatMap {
      self.ledger($0, named?.first?.step, named?.first?.outcome, setUp, variable: per)
    }
    checkVariable(of: ledger, per, fields["ledger"])
    guard let named, let ledger, fields["per"] == nil || per != nil else { return nil }
    return .conserved(
      Invariant.Conserved(outcomes: named.map(\.reference), variable: per, isOneRow: isOneRow, ledger: ledger))
  }

  func never(_ node: JSONNode, _ steps: StepIndex) -> Invariant.Rule? {
    outcomeReferences(node, steps, builtIn: true).map { .never($0.map(\.reference)) }
  }

  // MARK: - replay

  func replay(_ node: JSONNode, _ steps: StepIndex) -> Invariant.Rule? {
    guard let fields = fields(node, .replay) else { return nil }
    let named = require("of", in: fields).flatMap { outcomeReference($0, steps) }
    let zone = fields["zone"].flatMap { self.zone($0) }
    let input = require("input", in: fields).flatMap { self.input($0, named, hasZone: fields["zone"] != nil) }
    let result = require("result", in: fields).flatMap { captured($0, named?.outcome, named?.step) }
    let weights = fields["weights"].flatMap { self.weights($0) }
    let tolerance = duration(fields, "tolerance", in: 0...Limits.timeout)
    guard let named, let input, let result, fields["weights"] == nil || weights != nil,
      fields["zone"] == nil || zone != nil
    else { return nil }
    let needsDay = zone != nil && input.variables.contains(Invariant.Replay.day)
    return .replay(
      Invariant.Replay(
        outcome: named.reference, input: input, result: result, weights: weights, zone: needsDay ? zone : nil,
        tolerance: tolerance))
  }

  private func input(_ node: JSONNode, _ named: NamedOutcome?, hasZone: Bool) -> Template? {
    _ = takeUses()
    let template = string(node, "the text that the result is drawn from").flatMap { _ in self.template(node) }
    let uses = takeUses()
    guard let template else { return nil }
    for part in template.parts {
      switch part {
      case .environment(let name, _):
        error(
          "'${env.\(name)}' cannot be part of the input: it is recorded, and values of the environment are not",
          at: node.range)
        return nil
      case .builtIn(.uuid), .builtIn(.now), .builtIn(.unixMilliseconds), .builtIn(.random):
        error("a text that is drawn anew each time cannot be part of the input", at: node.range)
        return nil
      case .literal, .variable, .builtIn: break
      }
    }
    guard var scope = named?.step.scope else { return nil }
    scope.captured.formUnion(named?.outcome?.captures.map(\.variable) ?? [])
    let day = Invariant.Replay.day
    for use in uses where !isDefined(use.name, in: scope) {
      if use.name != day {
        reportUndefined(use.name, at: use.range, in: scope)
      } else if !hasZone {
        error("'${day}' needs a 'zone' in which days begin", at: use.range, hint: "such as zone: 'Asia/Seoul'")
      }
    }
    return template
  }

  private func weights(_ node: JSONNode) -> [Invariant.Replay.Weight]? {
    guard let members = named(node, "an object of results and their weights") else { return nil }
    let weights = members.compactMap { member in
      integer(member.value, "a weight", in: 0...Limits.cap).map {
        Invariant.Replay.Weight(result: member.key, weight: Int64($0))
      }
    }
    guard weights.count == members.count else { return nil }
    if weights.allSatisfy({ $0.weight == 0 }) {
      error("the weights sum to nothing", at: node.range)
      return nil
    }
    return weights
  }

  // MARK: - equal

  func equal(_ node: JSONNode, _ steps: StepIndex, _ setUp: VariableScope) -> Invariant.Rule? {
    guard let fields = fields(node, .equal) else { return nil }
    let left = require("left", in: fields).flatMap { amount($0, steps, setUp, isKeyed: fields["per"] != nil) }
    let right = require("right", in: fields).flatMap { amount($0, steps, setUp, isKeyed: fields["per"] != nil) }
    guard let left, let right else { return nil }
    let named = left.outcomes + right.outcomes
    let per = fields["per"].flatMap { variable($0, of: named) }
    if fields["per"] != nil, named.isEmpty, let member = fields.member("per") {
      error("'per' needs answers on one side at least", at: member.keyRange)
    }
    if case (.constant, .constant) = (left.amount, right.amount) {
      error("two numbers agree or do not whatever the run does", at: node.range)
    }
    guard fields["per"] == nil || per != nil else { return nil }
    return .equal(Invariant.Equal(left: left.amount, right: right.amount, variable: per))
  }

  private struct ReadAmount {
    var amount: Invariant.Amount
    var outcomes: [NamedOutcome] = []
  }

  private func amount(_ node: JSONNode, _ steps: StepIndex, _ setUp: VariableScope, isKeyed: Bool) -> ReadAmount? {
    switch node.value {
    case .integer(let value): return ReadAmount(amount: .constant(value))
    case .string, .array:
      return outcomeReferences(node, steps).map { ReadAmount(amount: .count($0.map(\.reference)), outcomes: $0) }
    case .object: break
    default:
      mismatch(node, "an outcome such as 'issue.issued', a number, or an object for a quantity")
      return nil
    }
    guard let fields = fields(node, .amount) else { return nil }
    let kinds = fields.present(
      ["count", "last", "get", "command"] + (fields.present(["get", "command"]).isEmpty ? ["sum"] : []))
    guard let kind = kinds.first else {
      error("a quantity needs 'count', 'sum', 'last', 'get' or 'command'", at: opening(of: node))
      return nil
    }
    if kinds.count > 1 {
      error("a quantity is one thing: either '\(kind.key)' or '\(kinds[1].key)'", at: kinds[1].keyRange)
    }
    let unused: [String]
    let read: ReadAmount?
    switch kind.key {
    case "count":
      unused = ["of", "headers", "value", "rows", "key"] + KeyTable.ledgerReading
      read = outcomeReferences(kind.value, steps).map {
        ReadAmount(amount: .count($0.map(\.reference)), outcomes: $0)
      }
    case "get", "command":
      unused = ["of"]
      read = told(fields, setUp, isKeyed: isKeyed)
    default:
      unused = ["headers", "value", "rows", "key"] + KeyTable.ledgerReading
      read = capturedAmount(kind, fields, steps)
    }
    for member in fields.present(unused) {
      error("'\(member.key)' has no meaning beside '\(kind.key)'", at: member.keyRange)
    }
    return read
  }

  /// `sum` or `last` of a captured number.
  private func capturedAmount(_ kind: JSONMember, _ fields: Fields, _ steps: StepIndex) -> ReadAmount? {
    guard let node = require("of", in: fields) else { return nil }
    if kind.key == "last" {
      guard let named = outcomeReference(node, steps), let name = captured(kind.value, named.outcome, named.step)
      else { return nil }
      return ReadAmount(amount: .last(name, of: named.reference), outcomes: [named])
    }
    guard let named = outcomeReferences(node, steps) else { return nil }
    let names = named.compactMap { captured(kind.value, $0.outcome, $0.step) }
    guard let name = names.first, names.count == named.count else { return nil }
    return ReadAmount(amount: .sum(name, of: named.map(\.reference)), outcomes: named)
  }

  /// A number that the target says, or a list whose rows are counted or added up.
  private func told(_ fields: Fields, _ setUp: VariableScope, isKeyed: Bool) -> ReadAmount? {
    guard let source = ledgerSource(fields, setUp) else { return nil }
    let isTable = isTable(source)
    let value = fields["value"].flatMap { isTable ? rowPath($0, source) : singularPath($0) }
    let rows = isTable ? nil : fields["rows"].flatMap { singularPath($0) }
    let sum = fields["sum"].flatMap { rowPath($0, source) }
    let key = fields["key"].flatMap { rowPath($0, source) }
    if isTable, let member = fields.member("rows") { reportRows(member) }
    if isTable ? fields.present(["value", "rows"]).count > 1 : fields.present(["value", "rows"]).count != 1 {
      error(
        "what the target says is either a number at 'value' or a list at 'rows'", at: opening(of: fields.node),
        hint: "such as value: '$.issuedCount', or rows: '$.coupons'")
      return nil
    }
    if fields["value"] != nil {
      for member in fields.present(["sum", "key", "page", "total"]) {
        error("'\(member.key)' has no meaning beside 'value'", at: member.keyRange)
      }
      if isKeyed {
        error("with 'per' the target must say a list, with a 'key' in each row", at: opening(of: fields.node))
      }
    } else if isKeyed != (fields["key"] != nil) {
      error(
        isKeyed ? "with 'per' each row needs a 'key'" : "'key' has a meaning only with 'per'",
        at: fields.member("key")?.keyRange ?? opening(of: fields.node))
    }
    guard isTable || value != nil || rows != nil else { return nil }
    var ledger = Invariant.Ledger(source: source, rows: rows, key: key, amount: value ?? sum, variable: nil)
    ledger.isNumber = fields["value"] != nil
    readCommon(fields, into: &ledger)
    return ReadAmount(amount: .told(ledger))
  }

  /// A variable by which the answers of all these outcomes are told apart.
  private func variable(_ node: JSONNode, of named: [NamedOutcome]?) -> String? {
    guard let named, !named.isEmpty else { return plainText(node, "the name of a variable") }
    let names = named.map { variable(node, of: $0.step, $0.outcome) }
    return names.contains(nil) ? nil : names[0]
  }
}
