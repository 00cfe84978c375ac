/// A draw among weighted results that anyone can repeat: the first eight bytes of the input's SHA-256, most significant
/// first, as a fraction of the sum of the weights, fall on one of them.
package struct WeightedDraw: Sendable {
  private let weights: [UInt64]
  private let total: UInt64

  /// - Precondition: No weight is negative, and they sum to more than 0 and to less than 2^63.
  package init(weights: [Int64]) {
    precondition(weights.allSatisfy { $0 >= 0 }, "a weight is not negative")
    self.weights = weights.map { UInt64($0) }
    total = self.weights.reduce(0, +)
    precondition(total > 0, "weights that sum to nothing")
  }

  /// The index of the result that `input` draws.
  ///
  /// - Complexity: O(input + weights).
  package func index(drawnBy input: some Collection<UInt8>) -> Int {
    // The product's upper half is uniform on 0..<total.
    var point = SHA256.prefix(of: input).multipliedFullWidth(by: total).high
    for (index, weight) in weights.enumerated() {
      if point < weight { return index }
      point -= weight
    }
    preconditionFailure("a point beyond the sum of the weights")
  }
}
