import Measurement
import Scenario

/// Judges one threshold: the figure, and whether the figure can be believed.
struct ThresholdJudge {
  let threshold: Threshold
  let record: RunRecord
  let rule: VerdictRule

  func judge() -> Finding {
    var finding = compare()
    if threshold.isDefault { finding.message += " (default budget: the scenario names none)" }
    return finding
  }

  private func compare() -> Finding {
    let selection = Selection(threshold.metric, in: record)
    var finding = Finding(
      kind: .threshold, name: threshold.metric.text, text: threshold.text, verdict: .inconclusive,
      bound: Quantity(threshold.bound, threshold.unit), message: "", range: threshold.isDefault ? nil : threshold.range,
      isDefault: threshold.isDefault)

    let hasEndedRun = record.aborts.contains(threshold.label) || record.aborts.contains(threshold.text)
    guard let observation = Observation.of(threshold, in: record) else {
      finding.message = reasonForNoSamples(selection)
      if hasEndedRun {
        finding.verdict = .fail
        finding.message = "breached while the run went on, and ended it; \(finding.message)"
      }
      return finding
    }
    finding.samples = observation.samples
    finding.observed = observation.quantity
    let holds = PointJudge.holds(threshold, observation)
    if holds, threshold.metric.metric == .latency, threshold.percent != nil {
      // A bucket's upper edge may lie past a budget that every sample in it keeps.
      finding.observed?.value = threshold.comparison.nearestKept(to: observation.quantity.value, bound: threshold.bound)
    }
    let ruling = rule == .evidence ? EvidenceJudge(threshold, selection, observation)?.ruling() : nil
    finding.evidence = ruling?.evidence
    let figure = "\(threshold.figure) is \(finding.observedText ?? "")"
    let basis = "over \(counted(observation.samples, observation.noun))"

    if hasEndedRun {
      finding.verdict = .fail
      finding.message = "breached while the run went on, and ended it; at the end \(figure) \(basis)"
    } else if observation.samples == 0 {
      finding.verdict = holds || mayStillCome ? .inconclusive : .fail
      finding.message = "\(figure), and not one \(observation.noun) was made"
    } else if let ruling, ruling.verdict != .pass {
      finding.verdict = ruling.verdict
      finding.message = "\(figure) \(basis)\(holds ? "" : overshoot(observation)); \(ruling.reason)"
    } else if holds {
      finding.verdict = .pass
      finding.message = "\(figure) \(basis)" + (ruling.map { "; \($0.reason)" } ?? "")
      if let doubt = doubt(selection) {
        finding.verdict = .inconclusive
        finding.message += ", but \(doubt)"
      }
    } else if mayStillCome {
      finding.verdict = .inconclusive
      finding.message = "\(figure) \(basis) when the run was cut short"
    } else {
      finding.verdict = .fail
      finding.message = "\(figure) \(basis)\(overshoot(observation))"
    }
    return finding
  }

  /// A count, or a rate per second, that a run cut short had not reached yet.
  private var mayStillCome: Bool {
    guard record.ending != .completed, record.ending != .aborted,
      threshold.unit == .count || threshold.unit == .bytes || threshold.metric.metric.kind == .counter
    else { return false }
    switch threshold.comparison {
    case .greater, .greaterOrEqual, .equal, .notEqual: return true
    case .less, .lessOrEqual: return false
    }
  }

  /// Why a figure that keeps its budget proves nothing.
  private func doubt(_ selection: Selection) -> String? {
    switch threshold.metric.metric {
    case .latency, .serviceTime, .timeToFirstByte:
      let (errors, requests) = (selection.errors, selection.requests)
      guard errors * 2 > requests else { return nil }
      return "\(Quantity.grouped(errors)) of \(counted(requests, "request")) failed: the times of the rest prove little"
    case .connectTime:
      let (failed, opened) = (record.connections.failed, record.connections.opened)
      guard failed > opened else { return nil }
      return "\(Quantity.grouped(failed)) of \(counted(failed + opened, "connection")) failed"
    default: return nil
    }
  }

  private func reasonForNoSamples(_ selection: Selection) -> String {
    let requests = selection.requests
    switch threshold.metric.metric {
    case .latency, .serviceTime, .timeToFirstByte:
      if requests == 0 { return "no samples: not one request was made" }
      if let outcome = threshold.metric.outcome {
        return "no samples: none of \(counted(requests, "request")) ended as \(outcome)"
      }
      if selection.errors == requests { return "no samples: all \(counted(requests, "request")) failed" }
      return "no samples among \(counted(requests, "request"))"
    case .connectTime: return "no samples: not one connection came about"
    default: return "no samples: not one \(selection.noun) was made"
    }
  }

  /// By how much the budget was missed, where that is more telling than the two numbers.
  private func overshoot(_ observation: Observation) -> String {
    let (value, bound) = (observation.quantity.value, threshold.bound)
    switch threshold.comparison {
    case .less, .lessOrEqual:
      return value > bound ? ", \(Quantity(value - bound, threshold.unit).text) over the budget" : ""
    case .greater, .greaterOrEqual:
      return value < bound ? ", \(Quantity(bound - value, threshold.unit).text) short of it" : ""
    case .equal, .notEqual: return ""
    }
  }
}

extension Threshold.Comparison {
  /// `value`, moved onto the bound where it lies on the wrong side of it.
  func nearestKept(to value: Double, bound: Double) -> Double {
    switch self {
    case .less, .lessOrEqual: min(value, bound)
    case .greater, .greaterOrEqual: max(value, bound)
    case .equal, .notEqual: value
    }
  }
}
