import Glibc

/// The mean of times, and how well the run knows it: by the variance between batches in order of time, for neighbours are
/// alike.
///
/// Source: the method of batch means (A. M. Law, "Simulation Modeling and Analysis", 9.5), with a ratio estimator for
/// batches of unequal size. Without batches the samples are taken as independent.
struct BatchMeans {
  struct Batch {
    var samples: UInt64
    var sum: Double
  }

  let samples: UInt64
  let mean: Double
  /// Infinite where there is but one sample.
  let standardError: Double
  let degreesOfFreedom: Double
  let designEffect: Double

  /// Batches below which they are not asked.
  static let leastBatches = 5

  /// - Parameter deviation: The standard deviation of all samples.
  init(_ all: [Batch], samples: UInt64, mean: Double, deviation: Double) {
    self.samples = samples
    self.mean = mean
    let batches = all.filter { $0.samples > 0 }
    let total = Double(samples)
    let plain = samples > 1 ? deviation * deviation / (total - 1) : .infinity
    guard batches.count >= Self.leastBatches else {
      designEffect = 1
      degreesOfFreedom = max(total - 1, 1)
      standardError = plain.squareRoot()
      return
    }
    let count = Double(batches.count)
    let weight = batches.reduce(0) { $0 + Double($1.samples) }
    let center = batches.reduce(0) { $0 + $1.sum } / weight
    let squares = batches.reduce(0) { sum, batch in
      let residual = batch.sum - center * Double(batch.samples)
      return sum + residual * residual
    }
    let variance = count / (count - 1) * squares / (weight * weight)
    designEffect = plain > 0 && plain.isFinite ? max(1, variance / plain) : 1
    degreesOfFreedom = count - 1
    standardError = max(variance, plain).squareRoot()
  }

  var effectiveSamples: Double { Double(samples) / designEffect }

  /// The half-width of a one-sided bound.
  func margin(_ confidence: Double) -> Double {
    guard standardError > 0 else { return 0 }
    return StudentT.quantile(confidence, degreesOfFreedom: degreesOfFreedom) * standardError
  }
}
