import JSON
import Scenario

/// What can be said of a scenario's thresholds before the run: whether the load makes as many requests as a verdict by
/// evidence takes.
package enum EvidenceForecast {
  /// A warning for each threshold that cannot pass, whatever the target does. None where the number of requests is not
  /// known beforehand, and none with `verdict: 'point'`.
  package static func warnings(_ scenario: Scenario) -> [Diagnostic] {
    guard scenario.verdict == .evidence else { return [] }
    let demand = Demand(scenario)
    return scenario.thresholds.compactMap { threshold in
      guard let needed = EvidenceRule(threshold)?.fewestToPass, let most = samples(threshold.metric, demand),
        most < Double(needed)
      else { return nil }
      let name = (threshold.isDefault ? "the default budget " : "") + "'\(threshold.label)'"
      return Diagnostic(
        .warning,
        "\(name) cannot pass: it takes at least \(counted(needed, "request")), and the load makes "
          + "\(most == 0 ? "none that count" : "at most \(Quantity.grouped(UInt64(most)))")",
        at: threshold.range, hint: hint(threshold))
    }
  }

  private static func hint(_ threshold: Threshold) -> String {
    // Who named no budget asks what must hold, and often of few requests.
    threshold.isDefault
      ? "make the load longer or larger, or let no request fail: thresholds: { errors: 'count == 0' }"
      : "make the load longer or larger, or compare plainly with verdict: 'point'"
  }

  /// The most requests that a figure can stand on; `nil` where that is not known.
  private static func samples(_ selector: MetricSelector, _ demand: Demand) -> Double? {
    switch selector.metric {
    case .latency, .serviceTime, .timeToFirstByte, .errors, .outcomes: break
    case .connectTime, .generatorLag, .wait, .requests, .iterations, .connections, .bytesSent, .bytesReceived:
      return nil
    }
    var total = 0.0
    for group in demand.scenario.traffic where selector.group == nil || selector.group == group.name {
      for step in group.steps where selector.step == nil || selector.step == step.name {
        guard let most = demand.measuredRequests(of: step, in: group) else { return nil }
        total += most
      }
    }
    return total
  }
}
