import JSON

extension Reading {
  /// The budgets of the file, and the one on errors that is added where the file has none.
  func thresholds(_ node: JSONNode?, _ steps: StepIndex, groups: [TrafficGroup], name: SourceRange) -> [Threshold] {
    var thresholds: [Threshold] = []
    var hasErrors = false
    for member in node.flatMap({ named($0, "an object of metrics and their budgets") }) ?? [] {
      let selector = selector(member, steps, groups)
      // A misspelt budget on errors is still one: the default would only confuse.
      if selector?.metric == .errors || member.key.hasPrefix("err") { hasErrors = true }
      guard thresholds.count < Limits.thresholds else {
        error(
          "there are more than \(grouped(Limits.thresholds)) thresholds, which is the most a scenario may have",
          at: member.keyRange)
        break
      }
      let budgets: [JSONNode] = if case .array(let elements) = member.value.value { elements } else { [member.value] }
      if budgets.isEmpty { error("there is no budget", at: member.value.range, hint: "such as 'p(95) < 200ms'") }
      thresholds += limited(budgets, to: Limits.thresholds - thresholds.count, "budgets", at: { $0.range })
        .compactMap { threshold($0, selector) }
    }
    if hasErrors { return thresholds }
    var fallback = Threshold(
      metric: MetricSelector(metric: .errors), aggregation: .rate, comparison: .less, bound: 0.01, text: "rate < 1%",
      range: place(name))
    fallback.isDefault = true
    return thresholds + [fallback]
  }

  private func threshold(_ node: JSONNode, _ selector: MetricSelector?) -> Threshold? {
    switch node.value {
    case .string(let text): return budget(text, node, selector)
    case .object:
      guard let fields = fields(node, .threshold) else { return nil }
      let text = require("threshold", in: fields)
      let abort = bool(fields, "abort_on_fail") ?? false
      let delay = duration(fields, "delay_abort") ?? 0
      if fields["delay_abort"] != nil, !abort, let member = fields.member("delay_abort") {
        error("'delay_abort' has no meaning without 'abort_on_fail: true'", at: member.keyRange)
      }
      guard let text, let budget = string(text, "a budget such as 'p(95) < 200ms'") else { return nil }
      var threshold = self.budget(budget, text, selector)
      threshold?.abortOnFail = abort
      threshold?.delayAbort = delay
      return threshold
    default:
      mismatch(node, "a budget such as 'p(95) < 200ms'")
      return nil
    }
  }

  private func budget(_ text: String, _ node: JSONNode, _ selector: MetricSelector?) -> Threshold? {
    guard let selector else { return nil }
    do {
      let budget = try ThresholdParser.budget(text, of: selector.metric)
      return Threshold(
        metric: selector, aggregation: budget.aggregation, comparison: budget.comparison, bound: budget.bound,
        text: text, range: place(node.range))
    } catch let fault {
      error(fault.message, at: span(node, fault.start, fault.end), hint: fault.hint)
      return nil
    }
  }

  // MARK: - Selectors

  private func selector(_ member: JSONMember, _ steps: StepIndex, _ groups: [TrafficGroup]) -> MetricSelector? {
    let quotes = member.keyRange.end - member.keyRange.start - member.key.utf8.count
    func place(_ start: Int, _ end: Int) -> SourceRange {
      quotes == 0 || quotes == 2
        ? SourceRange(member.keyRange.start + quotes / 2 + start, member.keyRange.start + quotes / 2 + end)
        : member.keyRange
    }
    do {
      let (name, tags) = try ThresholdParser.selector(member.key)
      guard let metric = Metric(rawValue: name) else {
        error(
          "unknown metric '\(name)'", at: place(0, max(name.utf8.count, 1)),
          hint: Suggestion.hint(for: name, among: Metric.allCases.map(\.rawValue), otherwise: "metrics are:"))
        return nil
      }
      return selector(metric, tags, steps, groups, at: member.keyRange) { place($0.lowerBound, $0.upperBound) }
    } catch let fault {
      error(fault.message, at: place(fault.start, fault.end), hint: fault.hint)
      return nil
    }
  }

  private func selector(
    _ metric: Metric, _ tags: [ThresholdParser.Tag], _ steps: StepIndex, _ groups: [TrafficGroup],
    at range: SourceRange,
    place: (Range<Int>) -> SourceRange
  ) -> MetricSelector? {
    var selector = MetricSelector(metric: metric)
    var isValid = true
    func fault(_ message: String, _ range: SourceRange, _ hint: String?) {
      error(message, at: range, hint: hint)
      isValid = false
    }
    for (index, tag) in tags.enumerated() {
      let known = ["group", "step", "outcome"]
      if !known.contains(tag.name) {
        fault(
          "unknown tag '\(tag.name)'", place(tag.nameRange),
          Suggestion.hint(for: tag.name, among: metric.tags, otherwise: "\(metric.rawValue) has the tags:"))
      } else if !metric.tags.contains(tag.name) {
        let hint =
          metric == .errors
          ? "a single outcome: outcomes{outcome:\(tag.value)}"
          : metric.tags.isEmpty ? "it has no tags" : "it has: \(Suggestion.list(metric.tags))"
        fault("\(metric.rawValue) has no tag '\(tag.name)'", place(tag.nameRange), hint)
      } else if tags[..<index].contains(where: { $0.name == tag.name }) {
        fault("the tag '\(tag.name)' is there twice", place(tag.nameRange), nil)
      } else {
        switch tag.name {
        case "group": selector.group = tag.value
        case "step": selector.step = tag.value
        default: selector.outcome = tag.value
        }
      }
    }
    func value(of name: String) -> SourceRange { tags.first { $0.name == name }.map { place($0.valueRange) } ?? range }
    if let group = selector.group, !groups.contains(where: { $0.name == group }) {
      fault(
        "there is no traffic group '\(group)'", value(of: "group"),
        Suggestion.hint(for: group, among: groups.map(\.name), otherwise: "groups are:"))
      selector.group = nil
    }
    if let step = selector.step {
      if let measured = steps.measured[step] {
        if let group = selector.group, measured.group != group {
          fault("the step '\(step)' is in the traffic group '\(measured.group)'", value(of: "step"), nil)
        }
      } else {
        reportUnknownStep(step, at: value(of: "step"), steps)
        isValid = false
      }
    }
    if let outcome = selector.outcome, isValid, let message = unknownOutcome(outcome, selector, steps, groups) {
      fault(message.message, value(of: "outcome"), message.hint)
    }
    if metric == .outcomes, selector.outcome == nil, isValid {
      fault("'outcomes' needs to know which", range, "such as outcomes{step:issue,outcome:issued}")
    }
    // Also where a tag is wrong: the budgets are looked at all the same.
    return selector
  }

  private func unknownOutcome(
    _ outcome: String, _ selector: MetricSelector, _ steps: StepIndex, _ groups: [TrafficGroup]
  ) -> (message: String, hint: String?)? {
    if BuiltInOutcome.names.contains(outcome) { return nil }
    var names: [String] = []
    for name in steps.names {
      guard let measured = steps.measured[name], selector.step == nil || selector.step == name,
        selector.group == nil || selector.group == measured.group
      else { continue }
      for outcome in measured.step.outcomes where !names.contains(outcome.name) { names.append(outcome.name) }
    }
    if names.contains(outcome) { return nil }
    let owner = selector.step.map { "the step '\($0)' has no" } ?? "no step has an"
    return (
      "\(owner) outcome '\(outcome)'",
      Suggestion.hint(for: outcome, among: names + BuiltInOutcome.names, otherwise: "outcomes are:")
    )
  }
}
