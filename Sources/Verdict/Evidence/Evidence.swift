/// How much the samples of a finding tell.
package struct Evidence: Sendable, Hashable {
  /// From, to; `nil` where the samples do not bound it.
  package struct Range: Sendable, Hashable {
    package var lower: Double?
    package var upper: Double?

    package init(lower: Double?, upper: Double?) {
      self.lower = lower
      self.upper = upper
    }
  }

  /// The observed figure's two-sided 95 % confidence interval, in its unit.
  package var interval: Range?
  /// Of the share that the verdict is on, of 1; of an average in nanoseconds: what it is at least with 99 % confidence
  /// and at most with 95 % where large is bad, and at least with 95 % and at most with 99 % where small is.
  package var bounds: Range
  /// By how much the figure varies more than that of independent samples.
  package var designEffect: Double
  /// As many independent samples would tell as much.
  package var effectiveSamples: Double
  /// About how many samples of this kind would give a verdict; `nil` where there is one, or no number would.
  package var samplesNeeded: UInt64?

  package init(
    interval: Range? = nil, bounds: Range, designEffect: Double, effectiveSamples: Double, samplesNeeded: UInt64? = nil
  ) {
    self.interval = interval
    self.bounds = bounds
    self.designEffect = designEffect
    self.effectiveSamples = effectiveSamples
    self.samplesNeeded = samplesNeeded
  }
}
