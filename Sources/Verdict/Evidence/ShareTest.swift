/// Whether a share is below a limit, or above it, as far as the samples can tell.
///
/// PASS where the share is on the good side of the limit with 95 % confidence, FAIL where it is on the bad side with 99 %,
/// else INCONCLUSIVE. A share on which a percentile's budget depends also needs as many effective samples as bring 20
/// events at the limit.
struct ShareTest {
  let share: BatchedShare
  /// Of 1.
  let limit: Double
  /// Large shares are bad: the share has to stay below the limit.
  let wantsBelow: Bool
  /// Effective samples below which nothing is concluded; 0 for none.
  let leastEffective: Double

  static let passConfidence = 0.95
  static let failConfidence = 0.99

  struct Result {
    var verdict: Verdict
    /// Why nothing could be concluded, or why a breach is clear all the same; `nil` where the bounds say it.
    var reason: String?
    var bounds: Evidence.Range
    var samplesNeeded: UInt64?
  }

  func result(noun: String) -> Result {
    let size = share.effectiveSamples
    // A share is broken by what has happened, and an outage at the end of a run has; a percentile is one of a steady state.
    let failing = leastEffective > 0 ? size : share.clusteredSamples
    let bounds = bounds(passing: size, failing: failing)
    if share.isVarianceUnknown, leastEffective > 0 {
      return Result(
        verdict: .inconclusive,
        reason: "all of it happened in too short a time to tell how much neighbouring \(noun)s are alike",
        bounds: bounds)
    }
    let (passes, fails) = decide(bounds)
    if fails, failing >= leastEffective { return Result(verdict: .fail, bounds: bounds) }
    if passes, size >= leastEffective { return Result(verdict: .pass, bounds: bounds) }
    // A breach that goes through most of the run needs no model of how it varies.
    let (beyond, all) = (share.batches(beyond: limit, above: wantsBelow), share.batches.count)
    if all >= BatchedShare.leastBatches, beyond * 2 > all,
      decide(self.bounds(passing: size, failing: share.clusteredSamples)).fails
    {
      return Result(
        verdict: .fail, reason: "the budget was broken in \(beyond) of \(all) parts of the run", bounds: bounds)
    }
    let needed = samplesNeeded(size)
    return Result(verdict: .inconclusive, reason: reason(needed, noun), bounds: bounds, samplesNeeded: needed)
  }

  /// On the share, where the samples tell as much as so many independent ones.
  private func bounds(passing: Double, failing: Double) -> Evidence.Range {
    let (lowerSize, upperSize) = wantsBelow ? (failing, passing) : (passing, failing)
    return Evidence.Range(
      lower: ClopperPearson.lower(
        events: share.share * lowerSize, samples: lowerSize,
        confidence: wantsBelow ? Self.failConfidence : Self.passConfidence),
      upper: ClopperPearson.upper(
        events: share.share * upperSize, samples: upperSize,
        confidence: wantsBelow ? Self.passConfidence : Self.failConfidence))
  }

  private func decide(_ bounds: Evidence.Range) -> (passes: Bool, fails: Bool) {
    let (lower, upper) = (bounds.lower ?? 0, bounds.upper ?? 1)
    // On the limit itself neither holds, whichever way the last bit is rounded.
    let (isBelow, isAbove) = (upper < limit * (1 - 1e-12), lower > limit * (1 + 1e-12))
    return wantsBelow ? (isBelow, isAbove) : (isAbove, isBelow)
  }

  /// Were the share what it seems, and the samples as much alike: how many it takes. At most 10^9.
  private func samplesNeeded(_ size: Double) -> UInt64? {
    let weight = Double(share.samples) / size
    func isEnough(_ size: Double) -> Bool {
      let (passes, fails) = decide(bounds(passing: size, failing: size))
      return size >= leastEffective && (passes || fails)
    }
    var high = max(size, 1)
    while !isEnough(high) {
      high *= 2
      if high * weight > 1e9 { return nil }
    }
    var low = high / 2
    while high - low > 0.005 * high {
      let middle = (low + high) / 2
      if isEnough(middle) { high = middle } else { low = middle }
    }
    return UInt64((high * weight).rounded(.up))
  }

  private func reason(_ needed: UInt64?, _ noun: String) -> String {
    let cause: String
    if share.isDrifting {
      cause = "it drifts through the run (neighbouring parts correlate by \(Quantity.fixed(share.correlation ?? 0, 2)))"
    } else if share.designEffect >= 2 {
      cause =
        "neighbouring \(noun)s are much alike, so that \(counted(share.samples, noun)) tell as much as "
        + "\(Quantity.grouped(UInt64(share.effectiveSamples))) independent ones"
    } else {
      cause = "too few \(noun)s to tell"
    }
    guard let needed, needed > share.samples else {
      return cause + "; it is too near the budget for any run to tell"
    }
    return "\(cause); \(Self.need(needed, of: share.samples, noun))"
  }

  /// `needs about 3 times as many requests (1,200)`.
  static func need(_ needed: UInt64, of samples: UInt64, _ noun: String) -> String {
    let factor = Double(needed) / Double(max(samples, 1))
    let times =
      switch factor {
      case ..<1.15: "slightly more"
      case ..<9.5: "about \(Quantity.fixed(factor, 1).replacing(".0", with: "")) times as many"
      default: "about \(Quantity.rounded(factor.rounded())) times as many"
      }
    return "needs \(times) \(noun)s (\(Quantity.grouped(needed)))"
  }
}
