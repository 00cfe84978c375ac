import Measurement
import Scenario

/// What the self-check makes of the findings on the target.
extension SelfCheck {
  /// What generator and machine did to the run, as a finding of its own; `nil` where nothing that matters.
  package var finding: Finding? {
    guard let worst = speaking.first else { return nil }
    let others = speaking.dropFirst().map { rule in
      "\(rule.name.rawValue) \(rule.observed?.text ?? "")"
    }
    return Finding(
      kind: .selfCheck, name: "generator", text: "the generator and its machine leave the figures as they are",
      verdict: verdict, observed: worst.observed, bound: worst.limit,
      message: worst.message + (others.isEmpty ? "" : " (also broken: \(others.joined(separator: ", ")))"))
  }

  /// A finding on a threshold as it stands once it is known what measured it.
  ///
  /// A spoiled generator proves nothing about times and rates, whichever way they came out. What it cannot have caused
  /// stands: answers that nobody looked for, counts of them, rates that are too high.
  func applied(to finding: Finding, _ threshold: Threshold, _ record: RunRecord, _ rule: VerdictRule) -> Finding {
    var finding = finding
    if verdict > .pass, isOwn(threshold, finding, record, rule) {
      finding.verdict = max(verdict, finding.verdict == .fail ? .inconclusive : finding.verdict)
      finding.message += verdict == .invalid ? "; the generator spoiled it" : "; the machine was too noisy to tell"
      return finding
    }
    if finding.verdict == .fail, isGeneratorBound, threshold.metric.metric.kind == .counter,
      threshold.aggregation == .rate, threshold.wantsMore
    {
      finding.verdict = .invalid
      finding.message += "; the generator itself was the limit"
      return finding
    }
    guard rule == .evidence else { return finding }
    if let unsteady, threshold.isOnTimes, finding.verdict == .pass || isCloseFail(finding, threshold, record) {
      finding.verdict = .inconclusive
      finding.message += "; \(unsteady.reason)"
    }
    if finding.verdict == .fail, let doubt = doubt(threshold, finding, record) {
      finding.verdict = .inconclusive
      finding.message += "; \(doubt)"
    }
    return finding
  }

  /// Whether lateness could have made the finding what it is.
  private func isOwn(_ threshold: Threshold, _ finding: Finding, _ record: RunRecord, _ rule: VerdictRule) -> Bool {
    let wantsMore = threshold.wantsMore
    switch threshold.metric.metric {
    case .latency, .serviceTime, .timeToFirstByte, .connectTime, .generatorLag, .wait:
      return threshold.aggregation != .count
    case .errors, .outcomes:
      guard finding.verdict != .pass else { return false }
      // Requests that were cut short or never sent may be the generator's doing, and answers are not.
      var answered = record
      answered.series.removeAll { $0.kind == .transport && ["timeout", "unsent"].contains($0.key.outcome) }
      let rest = ThresholdJudge(threshold: threshold, record: answered, rule: rule).judge()
      return finding.verdict == .fail && rest.verdict != .fail
    case .requests, .iterations, .connections, .bytesSent, .bytesReceived:
      // Lateness makes fewer of them, and fewer a second.
      return finding.verdict != .pass ? wantsMore : threshold.aggregation == .rate && !wantsMore
    }
  }

  /// A breach that does not go through most of a run without a steady state.
  private func isCloseFail(_ finding: Finding, _ threshold: Threshold, _ record: RunRecord) -> Bool {
    guard finding.verdict == .fail, threshold.percent != nil, let share = budgetShare(threshold, record) else {
      return false
    }
    let limit = (100 - (threshold.percent ?? 0)) / 100
    return share.batches.count < BatchedShare.leastBatches
      || share.batches(beyond: limit, above: true) * 2 <= share.batches.count
  }

  private func budgetShare(_ threshold: Threshold, _ record: RunRecord) -> BatchedShare? {
    Observation.of(threshold, in: record)?.counter.map { BatchedShare($0) }
  }

  /// Why a breach may be the machine's, where its noise did not spoil the run but could make up the difference.
  private func doubt(_ threshold: Threshold, _ finding: Finding, _ record: RunRecord) -> String? {
    guard isNoisy, let observed = finding.observed?.value else { return nil }
    let text = "but \(noise.inWords), which may be all of it"
    switch threshold.metric.metric {
    case .latency, .serviceTime, .timeToFirstByte, .connectTime:
      return threshold.isOnTimes && noise.least(of: observed) <= threshold.bound ? text : nil
    case .requests, .iterations, .bytesSent, .bytesReceived:
      return threshold.aggregation == .rate && threshold.wantsMore && noise.most(of: observed) >= threshold.bound
        ? text : nil
    default: return nil
    }
  }
}

extension Threshold {
  fileprivate var wantsMore: Bool { comparison == .greater || comparison == .greaterOrEqual }
}
