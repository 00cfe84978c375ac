import JSON
import Load

/// What a careful reader would ask about a scenario that is valid: names that nothing uses, texts that look like another
/// tool's variables, budgets that cannot end a run in time.
package enum ScenarioAdvice {
  /// Warnings in the order of the file.
  package static func warnings(_ scenario: Scenario) -> [Diagnostic] {
    (unused(in: scenario) + foreignTemplates(in: scenario) + lateAborts(in: scenario) + unreachableCounts(in: scenario))
      .sorted { $0.range.start < $1.range.start }
  }

  // MARK: - Names that nothing uses

  private static func unused(in scenario: Scenario) -> [Diagnostic] {
    let used = names(usedIn: scenario)
    var diagnostics: [Diagnostic] = []
    for source in scenario.data where !used.contains(where: { $0 == source.name || $0.hasPrefix(source.name + ".") }) {
      let example = source.columns.first.map { "\(source.name).\($0)" } ?? source.name
      diagnostics.append(
        Diagnostic(
          .warning, "nothing uses the data '\(source.name)'", at: source.range,
          hint: "a step draws it by naming ${\(example)}"))
    }
    var told: Set<String> = []
    for step in scenario.setUp + scenario.traffic.flatMap(\.steps) + scenario.tearDown {
      for capture in step.outcomes.flatMap(\.captures) where !used.contains(capture.variable) {
        guard told.insert("\(step.name) \(capture.variable)").inserted else { continue }
        diagnostics.append(
          Diagnostic(
            .warning, "nothing uses what step '\(step.name)' captures as '\(capture.variable)'", at: capture.range,
            hint:
              "a later step uses it as ${\(capture.variable)}; to ask only that it is there, match it: { exists: true }"
          ))
      }
    }
    return diagnostics
  }

  private static func names(usedIn scenario: Scenario) -> Set<String> {
    var used: Set<String> = []
    for step in scenario.setUp + scenario.traffic.flatMap(\.steps) + scenario.tearDown {
      used.formUnion(step.variables)
    }
    for invariant in scenario.invariants {
      for (_, ledger) in invariant.rule.ledgers {
        used.formUnion(ledger.variables)
        if let variable = ledger.variable { used.insert(variable) }
      }
      if case .replay(let rule) = invariant.rule { used.formUnion(rule.input.variables) }
    }
    let needs = HistoryNeeds.of(scenario).needs
    return used.union(needs.keys).union(needs.sequences.values)
  }

  // MARK: - Variables as other tools write them

  private static func foreignTemplates(in scenario: Scenario) -> [Diagnostic] {
    var diagnostics: [Diagnostic] = []
    var captured: Set<String> = []
    let data = scenario.data.flatMap { source in
      source.columns.isEmpty ? [source.name] : [source.name] + source.columns.map { "\(source.name).\($0)" }
    }
    for step in scenario.setUp + scenario.traffic.flatMap(\.steps) + scenario.tearDown {
      let known = captured.union(data).union(BuiltInVariable.plain.keys)
      for place in ForeignTemplate.found(in: step, known: known) {
        let variable = known.contains(place.name) ? "did you mean '${\(place.name)}'?" : "a variable is written ${name}"
        diagnostics.append(
          Diagnostic(
            .warning,
            "'\(place.text)' in step '\(step.name)' is sent as it stands: it looks like a variable of another tool",
            at: step.range, hint: variable))
      }
      captured.formUnion(step.outcomes.flatMap(\.captures).map(\.variable))
    }
    return diagnostics
  }

  // MARK: - Thresholds

  /// Counts that are to be reached, and that the load cannot reach.
  private static func unreachableCounts(in scenario: Scenario) -> [Diagnostic] {
    let demand = Demand(scenario)
    return scenario.thresholds.compactMap { threshold in
      guard threshold.aggregation == .count,
        threshold.comparison == .greater || threshold.comparison == .greaterOrEqual,
        let most = mostCounted(threshold.metric, demand), !threshold.comparison.holds(most, threshold.bound)
      else { return nil }
      return Diagnostic(
        .warning,
        "'\(threshold.metric.text): \(threshold.text)' cannot hold: the load makes at most \(grouped(Int(most)))",
        at: threshold.range)
    }
  }

  private static func mostCounted(_ selector: MetricSelector, _ demand: Demand) -> Double? {
    guard [.requests, .outcomes, .iterations].contains(selector.metric) else { return nil }
    var total = 0.0
    for group in demand.scenario.traffic where selector.group == nil || selector.group == group.name {
      if selector.metric == .iterations {
        guard let most = demand.measuredIterations(of: group) else { return nil }
        total += most
        continue
      }
      for step in group.steps where selector.step == nil || selector.step == step.name {
        guard let most = demand.measuredRequests(of: step, in: group) else { return nil }
        total += most
      }
    }
    return total
  }

  private static func lateAborts(in scenario: Scenario) -> [Diagnostic] {
    let ends = scenario.traffic.map { group in group.load.nanoseconds.map { $0 &+ group.startAfter } }
    guard !ends.contains(nil), let last = ends.compactMap(\.self).max() else { return [] }
    return scenario.thresholds.filter { $0.abortOnFail && $0.delayAbort >= last }.map { threshold in
      Diagnostic(
        .warning,
        "'\(threshold.text)' never ends the run early: 'delay_abort' is \(words(nanoseconds: threshold.delayAbort)), and the "
          + "load is over after \(words(nanoseconds: last))", at: threshold.range)
    }
  }
}
