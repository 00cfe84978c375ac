import Measurement
import Scenario
import Verdict

extension TerminalReport {
  func addSteps(to layout: inout Layout) {
    for step in StepFigures.of(record) {
      addTitle("\(step.group) / \(step.step)", to: &layout)
      addOutcomes(step, to: &layout)
      guard step.requests > 0 else { continue }
      addTimes(step, to: &layout)
      addSamples(step, to: &layout)
    }
  }

  /// `issued 1,000 (20.0 %)  sold_out 4,000 (80.0 %)`.
  private func addOutcomes(_ step: StepFigures, to layout: inout Layout) {
    // What nobody looks for is shown where it happened.
    let shown = step.outcomes.filter { $0.count > 0 || $0.kind == .expected }
    let items = shown.map { series in
      var item = StyledLine(
        "\(series.key.outcome) \(Quantity.grouped(series.count))",
        series.count > 0 && series.kind.isError ? .bad : .plain)
      let share = step.requests > 0 ? Double(series.count) / Double(step.requests) : 0
      item.append(" (\(Quantity.percent(share)))", .faint)
      return item
    }
    layout.add(
      items: items.isEmpty ? [StyledLine("no requests", .doubtful)] : items, separator: StyledLine("  "), indent: 2)
  }

  private func addTimes(_ step: StepFigures, to layout: inout Layout) {
    var series = step.outcomes.filter { $0.kind.countsInLatency(outcome: $0.key.outcome) }
    if Selection.count(series) == 0 {
      layout.add("no answer was looked for; these are the times of errors", .doubtful, indent: 2)
      series = step.outcomes
    }
    let latency = Selection.merged(series, \.latency)
    let service = Selection.merged(series, \.serviceTime)
    LatencyTable(rows: [("latency", latency), ("service time", service)].filter { !$0.1.isEmpty }).add(to: &layout)
    if let reason = StepFigures.divergence(latency, service, record.generator) {
      layout.add(reason, .doubtful, indent: 2)
    }
  }

  private func addSamples(_ step: StepFigures, to layout: inout Layout) {
    for series in step.outcomes where series.kind.isError {
      for sample in series.samples.prefix(3) {
        layout.add("\(series.key.outcome): \(sample)", .faint, indent: 2, hanging: 2)
      }
    }
  }
}

/// The outcomes of one step of one traffic group, in the order of the record.
struct StepFigures {
  var group: String
  var step: String
  var outcomes: [SeriesRecord]

  var requests: UInt64 { Selection.count(outcomes) }

  static func of(_ record: RunRecord) -> [StepFigures] {
    var steps: [StepFigures] = []
    var places: [SeriesKey: Int] = [:]
    for series in record.series {
      let place = SeriesKey(group: series.key.group, step: series.key.step, outcome: "")
      if let index = places[place] {
        steps[index].outcomes.append(series)
      } else {
        places[place] = steps.count
        steps.append(StepFigures(group: series.key.group, step: series.key.step, outcomes: [series]))
      }
    }
    return steps
  }

  /// Why users waited much longer than the target took, where they did: by a tenth at p95, and at least a millisecond. What
  /// the whole run waited for is named where it is at least half of that: the generator's figures are not kept by step.
  static func divergence(_ latency: Histogram, _ service: Histogram, _ generator: GeneratorRecord) -> String? {
    guard !latency.isEmpty, !service.isEmpty else { return nil }
    let (waited, took) = (latency.percentile(95), service.percentile(95))
    guard waited > took, waited - took >= 1_000_000, Double(waited) > 1.1 * Double(took) else { return nil }
    let gap = Quantity.duration(Double(waited - took))
    let (lag, wait) = (generator.lag.percentile(95), generator.wait.percentile(95))
    let (lagText, waitText) = (Quantity.duration(Double(lag)), Quantity.duration(Double(wait)))
    if wait >= lag, wait >= (waited - took) / 2 {
      return "latency is \(gap) above service time at p(95): requests waited for a free user or connection "
        + "(p(95) of that wait \(waitText)); the target or the number of users is the limit"
    }
    if lag >= (waited - took) / 2 {
      return "latency is \(gap) above service time at p(95): the generator itself sent late (p(95) of its lag "
        + "\(lagText))"
    }
    return "latency is \(gap) above service time at p(95)"
  }
}
