/// Student's t distribution, for bounds on means.
enum StudentT {
  /// The quantile at 97.5 % for infinitely many degrees of freedom: the normal distribution's.
  static let normal975 = 1.959_963_985

  /// The value that a variable of this distribution is below with `probability`.
  ///
  /// - Parameter probability: from 0.5 up to 1, without it.
  static func quantile(_ probability: Double, degreesOfFreedom: Double) -> Double {
    guard probability > 0.5 else { return 0 }
    let x = RegularizedBeta.inverse(2 * (1 - probability), degreesOfFreedom / 2, 0.5)
    return x > 0 ? (degreesOfFreedom * (1 - x) / x).squareRoot() : .infinity
  }
}
