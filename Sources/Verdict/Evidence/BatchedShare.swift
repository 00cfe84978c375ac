import Measurement

/// The share of samples that are events (above a budget, say, or errors), and how much it tells: neighbouring samples are
/// alike in a queue, and a hundred that share one stall are hardly more than one.
///
/// From the run's batches in order of time. The **design effect** is by how much the share varies more than that of
/// independent samples: the variance of the ratio estimator over batches, B/(B−1) · Σ(x_b − p n_b)² / n², divided by
/// p(1−p)/n. For batches of equal size it is the variance of the batches' shares over p(1−p)/n_b. It is at least 1.
/// Source: W. G. Cochran, "Sampling Techniques", chapter 9 (cluster sampling); L. Kish, "Survey Sampling".
struct BatchedShare {
  struct Batch: Hashable {
    var samples: UInt64
    var events: UInt64
  }

  let samples: UInt64
  let events: UInt64
  /// Those with samples.
  let batches: [Batch]
  /// At least 1; 1 where there is no variance, or too few batches to see any.
  let designEffect: Double
  /// The design effect with an allowance for being estimated from few batches: by the squared ratio of Student's t for
  /// B − 1 degrees of freedom to the normal quantile, 1.14 for 20 batches.
  /// Source: E. L. Korn, B. I. Graubard, "Confidence intervals for proportions with small expected number of positive
  /// counts estimated from survey data", Survey Methodology 24 (1998).
  let spread: Double
  /// Of neighbouring batches, where their shares vary by more than chance alone would have it, else `nil`: the
  /// correlation of mere noise means nothing.
  let correlation: Double?

  /// Some samples are events and some not, in fewer batches than tell how alike they are.
  let isVarianceUnknown: Bool

  /// The number of batches from which on they tell anything of the variance between them.
  static let leastBatches = 10
  /// Correlation of neighbouring batches from which on they are not taken as independent.
  static let correlationLimit = 0.3

  init(_ all: [Batch]) {
    batches = all.filter { $0.samples > 0 }
    samples = batches.reduce(0) { $0 + $1.samples }
    events = batches.reduce(0) { $0 + $1.events }
    let (count, total) = (Double(batches.count), Double(samples))
    let share = total > 0 ? Double(events) / total : 0
    isVarianceUnknown = batches.count < Self.leastBatches && events > 0 && events < samples
    guard batches.count >= Self.leastBatches, events > 0, events < samples else {
      designEffect = 1
      spread = 1
      correlation = nil
      return
    }
    let residuals = batches.map { Double($0.events) - share * Double($0.samples) }
    let squares = residuals.reduce(0) { $0 + $1 * $1 }
    let variance = count / (count - 1) * squares / (total * total)
    let ratio = variance / (share * (1 - share) / total)
    designEffect = max(1, ratio)
    let student = StudentT.quantile(0.975, degreesOfFreedom: count - 1) / StudentT.normal975
    spread = max(1, ratio * student * student)
    let products = zip(residuals, residuals.dropFirst()).reduce(0) { $0 + $1.0 * $1.1 }
    correlation = (count - 1) * ratio > Self.chiSquared99(count - 1) ? products / squares : nil
  }

  var share: Double { samples > 0 ? Double(events) / Double(samples) : 0 }

  /// As many independent samples would tell as much, were batches independent.
  var clusteredSamples: Double { Double(samples) / spread }

  /// As many independent samples would tell as much. Batches that follow their neighbours count as less, by the factor
  /// (1 − r)/(1 + r) of a first-order autoregression; ones that alternate count as they are, which errs on the safe side.
  var effectiveSamples: Double {
    guard let correlation, correlation > Self.correlationLimit else { return clusteredSamples }
    return max(1, clusteredSamples * (1 - correlation) / (1 + correlation))
  }

  /// Neighbouring batches are too much alike to be taken as independent.
  var isDrifting: Bool { correlation.map { $0 > Self.correlationLimit } ?? false }

  /// In how many batches the share is on the far side of a limit.
  func batches(beyond limit: Double, above: Bool) -> Int {
    batches.count {
      let share = Double($0.events) / Double($0.samples)
      return above ? share > limit : share < limit
    }
  }

  /// The 99 % quantile of the χ² distribution, by Wilson and Hilferty's cube; within 1 % of it from 9 degrees of freedom.
  private static func chiSquared99(_ degrees: Double) -> Double {
    let spread = 2 / (9 * degrees)
    let cubeRoot = 1 - spread + 2.326_347_87 * spread.squareRoot()
    return degrees * cubeRoot * cubeRoot * cubeRoot
  }
}

extension BatchedShare {
  init(_ counter: ExceedanceCounter) {
    self.init(counter.batches(20).map { Batch(samples: $0.count, events: $0.exceedances) })
  }

  /// Samples that were not counted by time.
  ///
  /// - Parameter designEffect: From elsewhere; not asked where all samples are alike, as there is no variance then.
  init(samples: UInt64, events: UInt64, designEffect: Double = 1) {
    self.samples = samples
    self.events = events
    self.designEffect = events > 0 && events < samples ? max(1, designEffect) : 1
    spread = self.designEffect
    batches = []
    correlation = nil
    isVarianceUnknown = false
  }
}
