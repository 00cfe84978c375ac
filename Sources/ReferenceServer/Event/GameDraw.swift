/// The source of every result: drawn on the server, and the same for the same seed, player, day and round whatever
/// the order in which requests are served, so that any result can be replayed from the outside.
///
/// The draw is the first eight bytes, most significant first, of
/// `SHA-256("<seed>|<FEATURE>|<user id>|<yyyy-mm-dd>|<round, from 1>")`.
package struct GameDraw: Sendable {
  package let seed: UInt64

  package init(seed: UInt64) { self.seed = seed }

  package func value(feature: Feature, user: Int, day: CivilDate, round: Int) -> UInt64 {
    let digest = SHA256.digest(of: "\(seed)|\(feature.rawValue)|\(user)|\(day)|\(round)")
    return UInt64(digest.words[0]) << 32 | UInt64(digest.words[1])
  }

  /// The index of the weight that `value` falls on, each with probability weight / Σ weights up to 2^−64 Σ weights.
  ///
  /// - Parameter weights: none negative.
  /// - Returns: `nil` where the weights sum to nothing.
  package static func index(of value: UInt64, in weights: [Int]) -> Int? {
    var total: UInt64 = 0
    for weight in weights { total += UInt64(weight) }
    if total == 0 { return nil }
    // The product's upper half is uniform on 0..<total.
    var point = value.multipliedFullWidth(by: total).high
    for (index, weight) in weights.enumerated() {
      if point < UInt64(weight) { return index }
      point -= UInt64(weight)
    }
    return nil
  }
}
