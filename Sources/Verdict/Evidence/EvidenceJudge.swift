import Measurement
import Scenario

/// Judges a threshold on what the target would do in another run of the same, from what it did in this one.
///
/// There is none where `EvidenceRule` has none, or nothing was observed.
struct EvidenceJudge {
  struct Ruling {
    var verdict: Verdict
    /// Half a sentence, to stand after the figure.
    var reason: String
    var evidence: Evidence
  }

  private let threshold: Threshold
  private let selection: Selection
  private let observation: Observation
  private let rule: EvidenceRule
  /// The figure has to stay below the bound.
  private var wantsBelow: Bool { rule.wantsBelow }

  init?(_ threshold: Threshold, _ selection: Selection, _ observation: Observation) {
    guard observation.samples > 0, let rule = EvidenceRule(threshold) else { return nil }
    self.threshold = threshold
    self.selection = selection
    self.observation = observation
    self.rule = rule
  }

  func ruling() -> Ruling {
    switch rule.kind {
    case .percentile(let percent): percentile(percent)
    case .average: average()
    case .share: share()
    }
  }

  // MARK: - Percentiles

  /// `p(95) < b` says that the share of samples above b is below 5 %.
  private func percentile(_ percent: Double) -> Ruling {
    let distribution = selection.distribution ?? Histogram()
    let means = means(distribution)
    let share =
      observation.counter.map { BatchedShare($0) }
      ?? BatchedShare(
        samples: distribution.count, events: distribution.count(above: UInt64(min(max(threshold.bound, 0), 1e18))),
        designEffect: means.designEffect)
    let test = ShareTest(
      share: share, limit: rule.limit, wantsBelow: wantsBelow, leastEffective: rule.leastEffective)
    let result = test.result(noun: observation.noun)
    let effective = max(1, min(share.effectiveSamples, means.effectiveSamples))
    let evidence = Evidence(
      interval: distribution.interval(ofPercentile: percent, effectiveSamples: effective), bounds: result.bounds,
      designEffect: share.designEffect, effectiveSamples: share.effectiveSamples, samplesNeeded: result.samplesNeeded)
    return Ruling(
      verdict: result.verdict, reason: result.reason ?? bounded(result, " of \(observation.noun)s take longer"),
      evidence: evidence)
  }

  private func bounded(_ result: ShareTest.Result, _ words: String = "") -> String {
    let isAbove = (result.verdict == .fail) == wantsBelow
    let bound = Quantity.percent((isAbove ? result.bounds.lower : result.bounds.upper) ?? 0)
    let confidence = result.verdict == .fail ? ShareTest.failConfidence : ShareTest.passConfidence
    return "\(isAbove ? "at least" : "at most") \(bound)\(words), with \(confident(confidence))"
  }

  private func confident(_ confidence: Double) -> String { "\(Quantity.significant(confidence * 100)) % confidence" }

  // MARK: - Averages

  private func means(_ distribution: Histogram) -> BatchMeans {
    var batches: [BatchMeans.Batch] = []
    if threshold.metric.metric != .connectTime {
      batches = selection.timeline.batches().map { slot in
        switch threshold.metric.metric {
        case .serviceTime: BatchMeans.Batch(samples: slot.sent, sum: slot.serviceTime)
        case .timeToFirstByte: BatchMeans.Batch(samples: slot.answered, sum: slot.timeToFirstByte)
        default: BatchMeans.Batch(samples: slot.count, sum: slot.latency)
        }
      }
    }
    return BatchMeans(
      batches, samples: distribution.count, mean: distribution.mean, deviation: distribution.standardDeviation)
  }

  private func average() -> Ruling {
    let means = means(selection.distribution ?? Histogram())
    let (pass, fail) = (means.margin(ShareTest.passConfidence), means.margin(ShareTest.failConfidence))
    let bounds = Evidence.Range(
      lower: finite(means.mean - (wantsBelow ? fail : pass)), upper: finite(means.mean + (wantsBelow ? pass : fail)))
    let (lower, upper) = (bounds.lower ?? -.infinity, bounds.upper ?? .infinity)
    let passes = wantsBelow ? upper < threshold.bound : lower > threshold.bound
    let fails = wantsBelow ? lower > threshold.bound : upper < threshold.bound
    let margin = means.margin(0.975)
    var evidence = Evidence(
      interval: margin.isFinite ? Evidence.Range(lower: max(0, means.mean - margin), upper: means.mean + margin) : nil,
      bounds: bounds, designEffect: means.designEffect, effectiveSamples: means.effectiveSamples)
    if passes || fails {
      let isAbove = fails == wantsBelow
      let bound = Quantity((isAbove ? bounds.lower : bounds.upper) ?? 0, .nanoseconds).text
      let confidence = confident(fails ? ShareTest.failConfidence : ShareTest.passConfidence)
      return Ruling(
        verdict: passes ? .pass : .fail, reason: "\(isAbove ? "at least" : "at most") \(bound), with \(confidence)",
        evidence: evidence)
    }
    // The margin goes with the square root of the number of samples.
    let distance = (means.mean - threshold.bound).magnitude
    let wanted = (means.mean < threshold.bound) == wantsBelow ? pass : fail
    let factor = (wanted / distance) * (wanted / distance)
    let needed = factor * Double(means.samples)
    var reason = "too few \(observation.noun)s for how much they vary"
    if factor.isFinite, needed < 1e9 {
      evidence.samplesNeeded = UInt64(needed.rounded(.up)) + 1
      reason += "; " + ShareTest.need(evidence.samplesNeeded ?? 0, of: means.samples, observation.noun)
    } else {
      reason += means.samples > 1 ? ", so near the budget" : ""
    }
    return Ruling(verdict: .inconclusive, reason: reason, evidence: evidence)
  }

  private func finite(_ value: Double) -> Double? { value.isFinite ? value : nil }

  // MARK: - Shares

  private func share() -> Ruling {
    let share = batchedShare()
    let result = ShareTest(
      share: share, limit: rule.limit, wantsBelow: wantsBelow, leastEffective: rule.leastEffective
    )
    .result(noun: observation.noun)
    let (events, size) = (share.share * share.effectiveSamples, share.effectiveSamples)
    let evidence = Evidence(
      interval: Evidence.Range(
        lower: ClopperPearson.lower(events: events, samples: size, confidence: 0.975),
        upper: ClopperPearson.upper(events: events, samples: size, confidence: 0.975)), bounds: result.bounds,
      designEffect: share.designEffect, effectiveSamples: size, samplesNeeded: result.samplesNeeded)
    return Ruling(
      verdict: result.verdict, reason: result.reason ?? bounded(result), evidence: evidence)
  }

  private func batchedShare() -> BatchedShare {
    let isErrors = threshold.metric.metric == .errors
    let counted = isErrors ? selection.named.filter(\.kind.isError) : selection.named
    let all = Selection.timeline(selection.answers)
    var events = Timeline()
    events.widen(to: all.magnitude)
    events.merge(Selection.timeline(counted))
    let batches = zip(all.batches(), events.batches(of: all.slots.count)).map {
      BatchedShare.Batch(samples: $0.count, events: $1.count)
    }
    let batched = BatchedShare(batches)
    // Runs of a few intervals do not tell how alike neighbours are.
    guard batched.batches.count >= BatchedShare.leastBatches, batched.samples == selection.requests else {
      return BatchedShare(samples: selection.requests, events: Selection.count(counted))
    }
    return batched
  }
}

extension Timeline {
  /// At most 20 batches of neighbouring slots.
  ///
  /// - Parameter length: Slots to cut; those that are not there have no samples.
  func batches(of length: Int? = nil) -> [Slot] {
    let length = length ?? slots.count
    let count = min(20, length)
    return (0..<count).map { number in
      var batch = Slot()
      for index in number * length / count..<(number + 1) * length / count where index < slots.count {
        batch.add(slots[index])
      }
      return batch
    }
  }
}

extension Histogram {
  /// The 95 % confidence interval of a percentile: the samples whose ranks enclose it, from the lower edge of one's bucket
  /// to the upper edge of the other's.
  func interval(ofPercentile percent: Double, effectiveSamples: Double) -> Evidence.Range? {
    guard count > 0 else { return nil }
    let scale = Double(count) / effectiveSamples
    func rank(_ rank: Double?) -> Double? { rank.map { min($0 * scale, Double(count)) } }
    let lower = rank(
      OrderStatistics.lowerRank(quantile: percent / 100, samples: effectiveSamples, confidence: 0.975))
    let upper = rank(
      OrderStatistics.upperRank(quantile: percent / 100, samples: effectiveSamples, confidence: 0.975))
    return Evidence.Range(
      lower: lower.map { Double(lowerEdge(atRank: UInt64(max(1, $0.rounded(.down))))) },
      upper: upper.map { Double(value(atRank: UInt64($0.rounded(.up)))) })
  }

  /// The lowest value of the bucket of the sample with this rank, not below the smallest sample.
  private func lowerEdge(atRank rank: UInt64) -> UInt64 {
    var before: UInt64 = 0
    var edge: UInt64?
    forEachBucket { from, _, count in
      before += count
      if edge == nil, before >= rank { edge = from }
    }
    return max(edge ?? minimum, minimum)
  }
}
