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
      finding.cause = .fewSamples
      if hasEndedRun {
        finding.verdict = .fail
        finding.cause = nil
        finding.message = "broken during the run, which ended it; \(finding.message)"
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
    let figure = threshold.figureWithDistance(finding)
    let basis = "over \(counted(observation.samples, observation.noun))"

    if hasEndedRun {
      finding.verdict = .fail
      finding.message = "broken during the run, which ended it; at the end \(figure), \(basis)"
    } else if observation.samples == 0 {
      finding.verdict = holds || mayStillCome ? .inconclusive : .fail
      finding.cause = finding.verdict == .inconclusive ? .fewSamples : nil
      finding.message = "\(figure), and not one \(observation.noun) was made"
    } else if let ruling, ruling.verdict != .pass {
      finding.verdict = ruling.verdict
      finding.cause = ruling.verdict == .inconclusive && isTooFew(observation.samples) ? .fewSamples : nil
      finding.message = "\(figure), \(basis); \(ruling.reason)"
    } else if holds {
      finding.verdict = .pass
      finding.message = "\(figure), \(basis)" + (ruling.map { "; \($0.reason)" } ?? "")
      if let doubt = doubt(selection) {
        finding.verdict = .inconclusive
        finding.cause = .failedRequests
        finding.message = "\(figure), \(basis), but \(doubt)"
      }
    } else if mayStillCome {
      finding.verdict = .inconclusive
      finding.message = "\(figure), \(basis), when the run was cut short"
    } else {
      finding.verdict = .fail
      finding.message = "\(figure), \(basis)"
    }
    return finding
  }

  /// So many samples would not pass even if each of them kept the budget.
  private func isTooFew(_ samples: UInt64) -> Bool {
    EvidenceRule(threshold)?.fewestToPass.map { samples < $0 } ?? (samples < 2)
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

extension Threshold {
  /// What was observed beside what had to hold, and how much of it that is: `p95 7.4 ms, budget 500 ms (1.5 %)`.
  fileprivate func figureWithDistance(_ finding: Finding) -> String {
    let budget = Quantity(bound, unit).text
    let value = finding.observed?.value ?? 0
    let share = bound > 0 ? " (\(Self.percent(value / bound)))" : ""
    let wanted =
      switch comparison {
      case .less, .lessOrEqual: "budget \(budget)\(share)"
      case .greater: "more than \(budget) expected\(share)"
      case .greaterOrEqual: "at least \(budget) expected\(share)"
      case .equal: "exactly \(budget) expected"
      case .notEqual: "anything but \(budget) expected"
      }
    return "\(name(ofFigure: finding.observedText ?? "")), \(wanted)"
  }

  private func name(ofFigure text: String) -> String {
    switch aggregation {
    case .percentile(let percent): "p\(Quantity.significant(percent)) \(text)"
    case .average: "average \(text)"
    case .median: "median \(text)"
    case .minimum: "minimum \(text)"
    case .maximum: "maximum \(text)"
    case .count: "count \(text)"
    case .rate: metric.metric == .errors ? "error rate \(text)" : "rate \(text)"
    case .value: text
    }
  }

  /// Of the budget: precise near it, where a digit tells on which side the figure is.
  private static func percent(_ share: Double) -> String {
    switch share {
    case ..<0.1: Quantity.percent(share)
    case 0.9..<1.1: share == 1 ? "100 %" : Quantity.percent(share)
    case ..<100: "\(Quantity.grouped(UInt64((share * 100).rounded()))) %"
    default: "\(Quantity.rounded(share.rounded())) times"
    }
  }
}
