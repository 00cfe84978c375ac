import JSON
import Load

/// Whether a load can put a scenario's rules to the test at all.
extension Reading {
  /// Warns where the load cannot do what the scenario is for: unique data that runs out, a cap that is never reached.
  func checkDemand(_ flow: Flow, _ scenario: Scenario) {
    for source in data where source.order == .unique {
      let names = source.columns.isEmpty ? [source.name] : source.columns.map { "\(source.name).\($0)" }
      let users = flow.groups.filter { group in group.steps.contains { $0.uses.contains { names.contains($0.name) } } }
      let needed = users.compactMap(\.group.load.iterations).reduce(0.0) { $0 + Double($1) }
      if let rows = source.rowCount, needed > Double(rows) * Double(source.each) {
        warning(
          "'\(source.name)' has \(grouped(rows)) rows, and the load asks for \(grouped(Int(min(needed, 1e15)))) iterations, "
            + (source.each == 1 ? "each of which takes one" : "of which \(grouped(source.each)) share one"),
          at: source.range, hint: "the traffic ends when the rows run out; order: 'cycle' begins again")
      }
    }
    for invariant in scenario.invariants {
      switch invariant.rule {
      case .capped(let rule): checkDemand(rule, of: invariant, flow)
      case .atMost(let rule): checkDemand(rule.count, per: rule.variable, rule.outcome.step, of: invariant, flow)
      case .dailyLimit(let rule): checkDemand(rule.limit, per: rule.variable, rule.accepted.step, of: invariant, flow)
      case .conserved, .replay, .equal, .never: break
      }
    }
  }

  private func checkDemand(_ rule: Invariant.Capped, of invariant: Invariant, _ flow: Flow) {
    guard let group = flow.groups.first(where: { $0.steps.contains { $0.step.name == rule.accepted.step } }),
      let iterations = group.group.load.iterations,
      let step = group.steps.first(where: { $0.step.name == rule.accepted.step })?.step
    else { return }
    let requests = Double(iterations) * Double(step.repeatCount)
    if requests <= Double(rule.cap) {
      warning(
        "the cap of \(grouped(rule.cap)) is never exceeded: the load makes at most \(grouped(Int(requests))) requests of '\(step.name)'",
        at: invariant.range)
    }
  }

  /// Of data whose rows are used once, each value is one iteration's, or that of `each` of them; the requests of one
  /// iteration come one after the other.
  private func checkDemand(_ limit: Int, per variable: String, _ name: String, of invariant: Invariant, _ flow: Flow) {
    let source = data.first { $0.name == variable || variable.hasPrefix($0.name + ".") }
    guard let source, source.order == .unique,
      let step = flow.groups.flatMap(\.steps).first(where: { $0.step.name == name })?.step
    else { return }
    let hint = "rows for several iterations do it, such as each: 2, or order: 'cycle' with fewer rows than users"
    let asked = step.repeatCount.multipliedReportingOverflow(by: source.each)
    if !asked.overflow, asked.partialValue <= limit {
      let times = asked.partialValue == 1 ? "once" : "\(grouped(asked.partialValue)) times"
      warning(
        "the limit of \(grouped(limit)) is never put to the test: each '\(variable)' asks \(times)",
        at: invariant.range, hint: hint)
    } else if !invariant.isSequential, source.each == 1 {
      warning(
        "no two requests with the same '\(variable)' are ever in flight together: each is drawn once, by one user",
        at: invariant.range, hint: hint + "; where that is not the point, say sequential: true")
    }
  }
}
