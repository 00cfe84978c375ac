import JSON

/// What templates may name at one place, and why other names are not known there.
struct VariableScope {
  /// Captures of earlier steps, of the set-up too.
  var captured: Set<String> = []
  /// Names with a meaning for each iteration: `buyer`, `buyer.id`. Empty where nothing iterates.
  var drawn: Set<String> = []
  /// Why a name that the scenario has is not known here.
  var reasons: [String: String] = [:]

  func defines(_ name: String) -> Bool { captured.contains(name) || drawn.contains(name) }

  mutating func unite(_ other: VariableScope) {
    captured.formUnion(other.captured)
    drawn.formUnion(other.drawn)
  }
}

extension StepReading {
  /// Variables that an answer to the step can set.
  var captured: Set<String> { Set(step.outcomes.flatMap { $0.captures.map(\.variable) }) }
}

extension Reading {
  /// Holds the steps' variables against what is known at each, and returns that.
  func checkVariables(of steps: [StepReading], from start: VariableScope) -> [VariableScope] {
    var scope = start
    for reading in steps.reversed() {
      for name in reading.captured { scope.reasons[name] = "step '\(reading.step.name)' captures it only later" }
    }
    return steps.map { reading in
      for name in reading.captured { scope.reasons[name] = "it is this very step that captures it" }
      check(reading.uses, in: scope)
      if let name = reading.step.ifPresent, let range = reading.condition, !isDefined(name, in: scope) {
        reportUndefined(name, at: range, in: scope)
      }
      defer { scope.captured.formUnion(reading.captured) }
      return scope
    }
  }

  func isDefined(_ name: String, in scope: VariableScope) -> Bool {
    scope.defines(name) || brokenData.contains(String(name.prefix { $0 != "." }))
  }

  func check(_ uses: [VariableUse], in scope: VariableScope) {
    for use in uses where !isDefined(use.name, in: scope) { reportUndefined(use.name, at: use.range, in: scope) }
  }

  func reportUndefined(_ name: String, at range: SourceRange, in scope: VariableScope) {
    if let reason = scope.reasons[name] {
      error("the variable '\(name)' is not known here: \(reason)", at: range)
    } else if let source = data.first(where: { $0.name == name }), !source.columns.isEmpty {
      error(
        "the data '\(name)' has columns", at: range,
        hint: "name one: " + Suggestion.list(source.columns.map { "${\(name).\($0)}" }))
    } else {
      let candidates = scope.captured.union(scope.drawn).union(brokenData).sorted()
      error(
        "nothing defines the variable '\(name)'", at: range,
        hint: Suggestion.hint(for: name, among: candidates + BuiltInVariable.listed, otherwise: "known here:"))
    }
  }

  /// The names by which templates speak of the data.
  var dataNames: Set<String> {
    Set(
      data.flatMap { source in source.columns.isEmpty ? [source.name] : source.columns.map { "\(source.name).\($0)" } })
  }
}

/// Whether a text can be the name of data, a capture or an outcome: a letter (of any alphabet) or `_`, then letters,
/// digits and `_` (and `-` where `dashes`).
func isName(_ text: String, dashes: Bool = false) -> Bool {
  guard let first = text.unicodeScalars.first, text.utf8.count <= Limits.nameLength else { return false }
  func isLetter(_ scalar: Unicode.Scalar) -> Bool { scalar == "_" || scalar.properties.isAlphabetic }
  return isLetter(first)
    && text.unicodeScalars.allSatisfy { isLetter($0) || ("0"..."9").contains($0) || (dashes && $0 == "-") }
}
