import EventLoop
import Glibc

/// SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014).
package struct SeededRandom: RandomNumberGenerator, Sendable {
  private var state: UInt64

  package init(seed: UInt64) { state = seed }

  package mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }

  /// Evenly in 0 ..< 1.
  package mutating func fraction() -> Double { Double(next() >> 11) * 0x1p-53 }
}

/// A `SeededRandom` that loops share; where one loop serves, the order of its draws is that of the requests.
package final class SharedRandom: Sendable {
  private let seed: UInt64
  private let generator: Locked<SeededRandom>

  package init(seed: UInt64) {
    self.seed = seed
    generator = Locked(SeededRandom(seed: seed))
  }

  package func next() -> UInt64 { generator.withLock { $0.next() } }
  package func fraction() -> Double { generator.withLock { $0.fraction() } }
  /// From the exponential distribution with mean 1.
  package func exponential() -> Double { -log(1 - fraction()) }
  /// Starts again from the seed.
  package func reset() { generator.withLock { $0 = SeededRandom(seed: seed) } }
}
