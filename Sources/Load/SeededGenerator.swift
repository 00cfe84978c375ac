import Glibc

/// Random numbers that are the same for the same seed, on every machine: xoshiro256** seeded by SplitMix64.
///
/// Every draw of a run comes from one of these, so that a seed repeats the run's schedules and data. The methods here,
/// and not the standard library's `random(in:using:)`, keep draws the same across versions of the standard library.
/// Source: Blackman and Vigna, "Scrambled linear pseudorandom number generators", 2021. Not for secrets.
package struct SeededGenerator: RandomNumberGenerator, Sendable {
  private let seed: UInt64
  private var state: (UInt64, UInt64, UInt64, UInt64)

  package init(seed: UInt64) {
    var expansion = SplitMix64(state: seed)
    self.init(seed: seed, state: (expansion.next(), expansion.next(), expansion.next(), expansion.next()))
  }

  /// A generator in a known state, for tests against published vectors; `state` must not be all zeros.
  init(seed: UInt64 = 0, state: (UInt64, UInt64, UInt64, UInt64)) {
    self.seed = seed
    self.state = state
  }

  package mutating func next() -> UInt64 {
    let scrambled = (state.1 &* 5).rotatedLeft(by: 7) &* 9
    let shifted = state.1 &<< 17
    state.2 ^= state.0
    state.3 ^= state.1
    state.1 ^= state.2
    state.0 ^= state.3
    state.2 ^= shifted
    state.3 = state.3.rotatedLeft(by: 45)
    return scrambled
  }

  /// An independent generator. It depends on this one's seed and on `stream` alone, not on what was drawn before.
  package func fork(stream: UInt64) -> SeededGenerator {
    var mixed = SplitMix64(state: seed)
    mixed = SplitMix64(state: mixed.next() ^ stream)
    return SeededGenerator(seed: mixed.next())
  }

  /// An independent generator for a name, such as a traffic group's: others keep theirs when one is added.
  package func fork(stream name: String) -> SeededGenerator {
    // FNV-1a, as Swift's own hashes differ from process to process.
    fork(stream: name.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 })
  }

  /// A number from 0 up to 1, without 1.
  package mutating func unit() -> Double { Double(next() &>> 11) * 0x1p-53 }

  /// A number from an exponential distribution of mean 1.
  package mutating func exponential() -> Double { -log(1 - unit()) }

  /// An integer from 0 up to `bound`, without it, each equally likely (Lemire's multiplication with rejection).
  ///
  /// - Precondition: `bound` is not 0.
  package mutating func below(_ bound: UInt64) -> UInt64 {
    precondition(bound > 0, "no integer is below 0")
    var product = next().multipliedFullWidth(by: bound)
    if product.low < bound {
      let unfair = (0 &- bound) % bound
      while product.low < unfair { product = next().multipliedFullWidth(by: bound) }
    }
    return product.high
  }

  /// An integer of a range, each equally likely.
  package mutating func integer(in range: ClosedRange<Int64>) -> Int64 {
    let span = UInt64(bitPattern: range.upperBound &- range.lowerBound)
    let offset = span == .max ? next() : below(span + 1)
    return range.lowerBound &+ Int64(bitPattern: offset)
  }
}

/// Steele, Lea and Flood's generator, for seeding: every output of consecutive states is well mixed.
struct SplitMix64 {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed &>> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed &>> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed &>> 31)
  }
}

extension UInt64 {
  fileprivate func rotatedLeft(by count: UInt64) -> UInt64 { self &<< count | self &>> (64 &- count) }
}
