import Testing

@testable import Load

@Suite struct SeededGeneratorTests {
  @Test("SplitMix64 from 1234567 gives the outputs that its reference implementation does")
  func splitMixVector() {
    var generator = SplitMix64(state: 1_234_567)
    let outputs = (0..<5).map { _ in generator.next() }
    // The vector of Vigna's splitmix64.c, as Rosetta Code prints it.
    #expect(
      outputs == [
        6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423, 4_593_380_528_125_082_431,
        16_408_922_859_458_223_821,
      ])
  }

  @Test("xoshiro256** from state 1, 2, 3, 4 gives the outputs that its reference implementation does")
  func xoshiroVector() {
    var generator = SeededGenerator(state: (1, 2, 3, 4))
    let outputs = (0..<10).map { _ in generator.next() }
    // The vector of Blackman and Vigna's xoshiro256starstar.c, as the rand_xoshiro crate's tests print it.
    #expect(
      outputs == [
        11_520, 0, 1_509_978_240, 1_215_971_899_390_074_240, 1_216_172_134_540_287_360, 607_988_272_756_665_600,
        16_172_922_978_634_559_625, 8_476_171_486_693_032_832, 10_595_114_339_597_558_777, 2_904_607_092_377_533_576,
      ])
  }

  @Test("a fork depends on the seed and its stream, not on what was drawn before")
  func forks() {
    let fresh = SeededGenerator(seed: 42)
    var used = fresh
    for _ in 0..<10 { _ = used.next() }
    func first(_ generator: SeededGenerator) -> UInt64 {
      var generator = generator
      return generator.next()
    }
    #expect(first(fresh.fork(stream: 7)) == first(used.fork(stream: 7)))
    #expect(first(fresh.fork(stream: "rush")) == first(used.fork(stream: "rush")))
    let firsts = (0..<1_000).map { first(fresh.fork(stream: $0)) } + [first(fresh), first(fresh.fork(stream: "rush"))]
    #expect(Set(firsts).count == firsts.count)
    #expect(first(fresh.fork(stream: 1).fork(stream: 2)) != first(fresh.fork(stream: 2).fork(stream: 1)))
    #expect(first(SeededGenerator(seed: 43).fork(stream: 7)) != first(fresh.fork(stream: 7)))
  }

  @Test("streams next to each other are not correlated")
  func forksAreIndependent() {
    let root = SeededGenerator(seed: 1)
    var left = root.fork(stream: 0)
    var right = root.fork(stream: 1)
    var product = 0.0
    for _ in 0..<100_000 { product += (left.unit() - 0.5) * (right.unit() - 0.5) }
    // The sum of 100,000 products of variance 1/144 has a standard deviation of 26.4.
    #expect(abs(product) < 4 * 26.4)
  }

  @Test("integers below a bound are equally likely", arguments: [1, 2, 3, 10, 1_000] as [UInt64])
  func below(bound: UInt64) {
    var generator = SeededGenerator(seed: bound)
    var counts = [Int](repeating: 0, count: Int(bound))
    for _ in 0..<(1_000 * Int(bound)) { counts[Int(generator.below(bound))] += 1 }
    let squares = counts.reduce(0.0) { $0 + (Double($1) - 1_000) * (Double($1) - 1_000) / 1_000 }
    // χ² has mean bound − 1 and variance 2(bound − 1).
    #expect(squares <= Double(bound - 1) + 4 * (2 * Double(bound - 1)).squareRoot())
  }

  @Test("a bound that does not divide 2^64 favours none of the integers below it")
  func fairness() {
    // Of each four numbers in a row, two of 2^64 would fall on the same one of three below 3/4 of 2^64.
    var generator = SeededGenerator(seed: 2)
    var counts = [0, 0, 0]
    for _ in 0..<9_000 { counts[Int(generator.below(3 << 62) % 3)] += 1 }
    // Each is binomial with a mean of 3,000 and a standard deviation of 44.7.
    #expect(counts.allSatisfy { abs($0 - 3_000) < 4 * 45 })
  }

  @Test("integers of a range reach both of its ends, and the whole range of Int64 is a range")
  func ranges() {
    var generator = SeededGenerator(seed: 5)
    let draws = (0..<200).map { _ in generator.integer(in: -2...2) }
    #expect(Set(draws) == [-2, -1, 0, 1, 2])
    #expect(generator.integer(in: 9...9) == 9)
    let wide = (0..<100).map { _ in generator.integer(in: .min ... .max) }
    #expect(wide.contains { $0 < 0 } && wide.contains { $0 > 0 } && Set(wide).count == 100)
  }

  @Test("exponential draws have mean 1 and variance 1")
  func exponential() {
    var generator = SeededGenerator(seed: 8)
    let draws = (0..<100_000).map { _ in generator.exponential() }
    let mean = draws.reduce(0, +) / 100_000
    let variance = draws.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 100_000
    #expect(abs(mean - 1) < 4 * 0.00316)
    #expect(abs(variance - 1) < 4 * 0.00894)
    #expect(draws.allSatisfy { $0 >= 0 && $0.isFinite })
  }
}
