import Measurement
import Scenario

/// What the self-check makes of the findings on the target.
///
/// Lateness and a busy machine make times longer and never shorter, as long as the load was offered. So they spoil a budget
/// that seems broken and none that is kept all the same; of a lower budget on times it is the other way round.
extension SelfCheck {
  /// What generator and machine did to the run, as a finding of its own; `nil` where that spoiled no other finding.
  ///
  /// - Parameter findings: Of the run, after `applied(to:)`.
  package func finding(beside findings: [Finding]) -> Finding? {
    let spoiled = findings.filter { $0.verdict > .pass && $0.cause?.isNoise == true }
    guard let worst = notOffered ?? (spoiled.isEmpty ? nil : speaking.first) else { return nil }
    let others = speaking.filter { $0.name != worst.name }.map { rule in
      "\(rule.name.rawValue) \(rule.observed?.text ?? "")"
    }
    let own = notOffered == nil ? spoiled.map(\.verdict).filter { $0 != .fail }.max() ?? verdict : .invalid
    return Finding(
      kind: .selfCheck, name: "generator", text: "the generator was on time, and its machine had time for it",
      verdict: own, cause: notOffered == nil ? spoiled[0].cause : .loadNotOffered, observed: worst.observed,
      bound: worst.limit,
      message: worst.message + (others.isEmpty ? "" : " (also broken: \(others.joined(separator: ", ")))"))
  }

  /// A finding on a threshold as it stands once it is known what measured it.
  func applied(to finding: Finding, _ threshold: Threshold, _ record: RunRecord, _ rule: VerdictRule) -> Finding {
    let judge = ThresholdJudge(threshold: threshold, record: record, rule: rule)
    if let broken = notOffered, isOwn(judge, finding) { return spoiled(finding, .invalid, .loadNotOffered, broken) }
    if notOffered == nil, let finding = appliedNoise(to: finding, judge) { return finding }
    var finding = finding
    if finding.verdict == .fail, isGeneratorBound, threshold.metric.metric.kind == .counter,
      threshold.aggregation == .rate, threshold.wantsMore
    {
      finding.verdict = .invalid
      finding.cause = .generatorBound
      finding.message += "; the generator itself was the limit"
      return finding
    }
    guard rule == .evidence else { return finding }
    if let unsteady, threshold.isOnTimes, finding.verdict == .pass || isCloseFail(finding, threshold, record) {
      finding.verdict = .inconclusive
      finding.cause = .unsteady
      finding.message += "; \(unsteady.reason)"
    }
    if finding.verdict == .fail, let doubt = doubt(threshold, finding, record) {
      finding.verdict = .inconclusive
      finding.cause = .noise
      finding.message += "; \(doubt)"
    }
    return finding
  }

  /// The finding as noise leaves it where that settles it; `nil` where there was none, or other rules have a say.
  private func appliedNoise(to finding: Finding, _ judge: ThresholdJudge) -> Finding? {
    guard let broken = noisy ?? generatorBound else { return nil }
    let threshold = judge.threshold
    guard threshold.isLengthened else {
      guard noisy != nil, isOwn(judge, finding) else { return nil }
      return spoiled(finding, verdict, .noise, broken)
    }
    // What noise did not make so, it did not spoil: too few samples, or failed requests.
    if finding.verdict == .inconclusive, finding.cause != nil { return nil }
    let blame: Verdict = broken.status == .invalid ? .invalid : .inconclusive
    switch (threshold.comparison, finding.verdict) {
    case (.less, .pass), (.lessOrEqual, .pass):
      // A schedule was kept whatever the users of another group lost.
      let groups = Set(Selection(threshold.metric, in: judge.record).answers.map(\.key.group))
      let isOnSchedule = judge.record.groups.allSatisfy { $0.isOpen || !groups.contains($0.name) }
      if threshold.isOnTimes, !isOnSchedule, let generatorBound {
        return spoiled(finding, .inconclusive, .generatorBound, generatorBound)
      }
      guard noisy != nil else { return nil }
      // From its sending on, a request that was sent late may take less long.
      if threshold.isTimedFromSending, judge.moved(by: -largestLag).judge().verdict != .pass {
        return spoiled(finding, blame, .noise, broken)
      }
      return unsteady == nil || judge.rule == .point || !threshold.isOnTimes ? kept(finding) : nil
    case (.less, .fail), (.lessOrEqual, .fail):
      guard noisy != nil else { return nil }
      return isBreachedWithoutLag(judge) ? breached(finding) : spoiled(finding, blame, .noise, broken)
    case (.greater, .fail), (.greaterOrEqual, .fail):
      // Too short a time, though noise made it longer.
      guard noisy != nil, !threshold.isTimedFromSending || judge.moved(by: -largestLag).judge().verdict == .fail
      else { fallthrough }
      return finding
    default:
      return noisy == nil ? nil : spoiled(finding, blame, .noise, broken)
    }
  }

  // MARK: - What comes of it

  private func spoiled(
    _ finding: Finding, _ verdict: Verdict, _ cause: Finding.Cause, _ rule: SelfCheckRule
  ) -> Finding {
    var finding = finding
    let lead =
      switch finding.verdict {
      case .pass: "not counted as kept"
      case .fail: "not held against the target"
      case .inconclusive, .invalid: "not judged"
      }
    finding.verdict = max(verdict, finding.verdict == .fail ? .inconclusive : finding.verdict)
    finding.cause = cause
    finding.message += "; \(lead), because \(rule.measured)"
    return finding
  }

  private func kept(_ finding: Finding) -> Finding {
    var finding = finding
    finding.isKeptInNoise = true
    finding.message += "; kept even with the noise in"
    return finding
  }

  private func breached(_ finding: Finding) -> Finding {
    var finding = finding
    finding.message +=
      "; broken even without the generator's own lateness of up to \(Quantity.duration(largestLag))"
    return finding
  }

  // MARK: - What lateness can have caused

  /// The budget is broken however late the generator was: the machine was quiet, and less twice the largest lag (of sending
  /// and of reading) the figure is over the budget still.
  ///
  /// In a queue that serves in order, arrivals that come up to L late are done up to L late, however they bunch. That holds
  /// of arrivals on a schedule; a loop that is held up changes what comes after it.
  private func isBreachedWithoutLag(_ judge: ThresholdJudge) -> Bool {
    guard isOpenOnly, !isNoisy, judge.threshold.isOnTimes else { return false }
    let isOnlyLate = speaking.allSatisfy { $0.name == .lag || $0.name == .p95WithoutLag }
    return isOnlyLate && judge.moved(by: 2 * largestLag).judge().verdict == .fail
  }

  /// Whether lateness, or a load that was not offered, could have made the finding what it is.
  private func isOwn(_ judge: ThresholdJudge, _ finding: Finding) -> Bool {
    let threshold = judge.threshold
    let wantsMore = threshold.wantsMore
    switch threshold.metric.metric {
    case .latency, .serviceTime, .timeToFirstByte, .connectTime, .generatorLag, .wait:
      return threshold.aggregation != .count
    case .errors, .outcomes:
      guard finding.verdict != .pass else { return false }
      // Requests that were cut short or never sent may be the generator's doing, and answers are not.
      var answered = judge.record
      answered.series.removeAll { $0.kind == .transport && ["timeout", "unsent"].contains($0.key.outcome) }
      let rest = ThresholdJudge(threshold: threshold, record: answered, rule: judge.rule).judge()
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
    let text =
      "not held against the target, because \(noise.inWords), which may explain all of it: run again on a quieter machine"
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

extension ThresholdJudge {
  /// The same with a budget that is so many nanoseconds larger.
  fileprivate func moved(by nanoseconds: Double) -> ThresholdJudge {
    var threshold = threshold
    threshold.bound = max(0, threshold.bound + nanoseconds)
    return ThresholdJudge(threshold: threshold, record: record, rule: rule)
  }
}

extension Threshold {
  fileprivate var wantsMore: Bool { comparison == .greater || comparison == .greaterOrEqual }

  /// On a time, which lateness makes longer.
  fileprivate var isLengthened: Bool { unit == .nanoseconds && aggregation != .count }

  /// On a time that begins when the request was sent, not when it was scheduled.
  fileprivate var isTimedFromSending: Bool {
    switch metric.metric {
    case .serviceTime, .timeToFirstByte, .connectTime: true
    default: false
    }
  }
}
