import Glibc
import Measurement
import Testing

@testable import Verdict

/// Normal variables by the polar method's older brother (Box and Muller), from a seed.
private struct Normal {
  var generator: SeededGenerator

  mutating func next() -> Double {
    let (first, second) = (Double.random(in: 0..<1, using: &generator), Double.random(in: 0..<1, using: &generator))
    return (-2 * log(1 - first)).squareRoot() * cos(2 * .pi * second)
  }

  /// A first-order autoregression of standard normal steps.
  mutating func series(_ count: Int, correlation: Double) -> [Double] {
    var value = next() / (1 - correlation * correlation).squareRoot()
    return (0..<count).map { _ in
      value = correlation * value + next()
      return value
    }
  }
}

@Suite("Trends and warm-up")
struct SteadyStateTests {
  @Test("Kendall's S and Sen's slope are those of the worked example")
  func example() {
    // R. O. Gilbert, "Statistical Methods for Environmental Pollution Monitoring" (1987), section 16.4: five pairs go up,
    // one goes down. The slopes are 5, 2, 10/3, −1, 5/2 and 6.
    let trend = Trend([10, 15, 14, 20])
    #expect(trend.score == 4)
    #expect(abs(trend.slope - (2.5 + 10.0 / 3) / 2) < 1e-12)
    // Variance 4·3·13/18 = 26/3.
    #expect(abs(trend.deviate - 3 / (26.0 / 3).squareRoot()) < 1e-12)
  }

  @Test("S varies as the tables say, with ties and without")
  func variance() {
    // Ten in order: S = 45, variance 10·9·25/18 = 125.
    #expect(abs(Trend((1...10).map(Double.init)).deviate - 44 / 125.0.squareRoot()) < 1e-12)
    // Of 23, 24, 29, 6, 29, 24, 24, 29, 23: ties of two, three and three (Gilbert, table 16.1's form of the variance).
    let tied = Trend([23, 24, 29, 6, 29, 24, 24, 29, 23])
    #expect(tied.score == 3)
    let variance = Double(9 * 8 * 23 - 2 * 1 * 9 - 2 * 3 * 2 * 11) / 18
    #expect(tied.deviate <= 2 / variance.squareRoot() + 1e-12)
    #expect(Trend([Double](repeating: 7, count: 30)).deviate == 0)
    #expect(Trend([]).score == 0 && Trend([1, 2]).deviate == 0)
  }

  @Test("a steady series has a trend at 1 % in one run of a hundred", arguments: [20, 60])
  func falseAlarms(length: Int) {
    var normal = Normal(generator: SeededGenerator(state: 11))
    let runs = 1000
    let alarms = (0..<runs).count { _ in Trend(normal.series(length, correlation: 0)).isSignificant(0.01) }
    #expect(alarms < 25, "\(alarms) of \(runs)")
  }

  @Test("likeness of neighbours alone is taken for a trend less often than without the correction")
  func autocorrelated() {
    var normal = Normal(generator: SeededGenerator(state: 12))
    let alarms = (0..<600).count { _ in Trend(normal.series(60, correlation: 0.5)).isSignificant(0.01) }
    // 11 % without it; not quite 1 % with it, for the correlation is itself estimated.
    #expect(alarms < 54, "\(alarms) of 600")
  }

  @Test("a rise by one deviation from end to end is found in sixty values, and its slope")
  func power() {
    var normal = Normal(generator: SeededGenerator(state: 13))
    var (found, slopes) = (0, 0.0)
    for _ in 0..<300 {
      let series = normal.series(60, correlation: 0).enumerated().map { $1 + 2.5 * Double($0) / 60 }
      let trend = Trend(series)
      if trend.isSignificant(0.01), trend.score > 0 { found += 1 }
      slopes += trend.slope / 300
    }
    #expect(found > 285 && abs(slopes - 2.5 / 60) < 0.003)
  }

  @Test("long series are taken in means of neighbours, and keep their slope")
  func long() {
    let trend = Trend((0..<5000).map { 3 * Double($0) })
    #expect(abs(trend.slope - 3) < 1e-9 && trend.isSignificant(1e-6))
  }

  @Test("MSER-5 cuts where the standard error of the rest is smallest")
  func cut() throws {
    // Means of five: 8, 2, then 1 and 1.2 in turn. By hand: nothing cut 42.42/100, one 0.8/81, two 0.08/64,
    // three 0.0686/49, four 0.06/36.
    let series = [8, 2, 1, 1.2, 1, 1.2, 1, 1.2, 1, 1.2].flatMap { [Double](repeating: $0, count: 5) }
    let cut = try #require(WarmUpCut(series))
    #expect(cut.intervals == 10 && !cut.isAtLimit)
    #expect(abs(cut.difference - (5 - 1.1)) < 1e-9)
    let deviation = (0.08 / 7).squareRoot()
    #expect(abs(cut.noise - 3 * deviation * (0.5 + 0.125).squareRoot()) < 1e-9)
    #expect(WarmUpCut([Double](repeating: 1, count: 29)) == nil)
    #expect(WarmUpCut([Double](repeating: 1, count: 30))?.intervals == 0)
  }

  @Test("a step in the second half is a cut at the limit")
  func limit() throws {
    var normal = Normal(generator: SeededGenerator(state: 14))
    let series = normal.series(60, correlation: 0).enumerated().map { ($0 < 40 ? 0.0 : 10) + $1 / 10 }
    let cut = try #require(WarmUpCut(series))
    #expect(cut.intervals >= 40 && cut.isAtLimit && cut.difference.magnitude > cut.noise)
  }

  @Test("noise is cut often, and hardly ever differs", arguments: [30, 60, 120])
  func falseCuts(length: Int) {
    var normal = Normal(generator: SeededGenerator(state: 15))
    let differing = (0..<1000).count { _ in
      let series = normal.series(length, correlation: 0).map { $0 * 0.2 }
      guard let cut = WarmUpCut(series) else { return false }
      return cut.difference.magnitude > max(cut.noise, log(SteadyState.leastWarmUpFactor))
    }
    #expect(differing < 20, "\(differing) of 1000")
  }
}

@Suite("Arrivals as Anderson and Darling see them")
struct AndersonDarlingTests {
  @Test(
    "the limiting distribution is the published one",
    arguments: [(1.248, 0.75), (1.933, 0.90), (2.492, 0.95), (3.070, 0.975), (3.857, 0.99)])
  func limiting(value: Double, probability: Double) {
    // M. A. Stephens, "EDF statistics for goodness of fit", JASA 69 (1974), table 1, case 0.
    #expect(abs(AndersonDarling.limiting(value) - probability) < 0.0006)
  }

  @Test("the statistic of a few samples is that of its definition")
  func definition() {
    let one = AndersonDarling([(0.5, 1)])
    #expect(abs(one.statistic - (2 * log(2) - 1)) < 1e-12)
    let shares = [0.1, 0.25, 0.4, 0.9]
    var sum = 0.0
    for (index, share) in shares.enumerated() {
      sum += Double(2 * index + 1) * (log(share) + log(1 - shares[shares.count - 1 - index]))
    }
    #expect(abs(AndersonDarling(shares.map { ($0, 1) }).statistic - (-4 - sum / 4)) < 1e-12)
    #expect(AndersonDarling([]).probability == 1)
  }

  private func gaps(_ count: Int, stretch: (Double) -> Double, _ generator: inout SeededGenerator) -> Histogram {
    var histogram = Histogram()
    for _ in 0..<count {
      histogram.record(UInt64(stretch(-log(1 - Double.random(in: 0..<1, using: &generator))) * 1e9))
    }
    return histogram
  }

  @Test("Poisson arrivals are refused at 5 % in one run of twenty")
  func poisson() {
    var generator = SeededGenerator(state: 21)
    let refused = (0..<1000).count { _ in
      AndersonDarling(gaps: gaps(400, stretch: { $0 }, &generator)).probability < 0.05
    }
    #expect(refused > 25 && refused < 80, "\(refused) of 1000")
  }

  @Test("arrivals that are steady, clumped or too slow are no Poisson arrivals")
  func others() {
    var generator = SeededGenerator(state: 22)
    for stretch in [{ _ in 1.0 }, { $0 < 0.4 ? 0 : $0 * 1.06 }, { $0 * 1.3 }] as [(Double) -> Double] {
      let test = AndersonDarling(gaps: gaps(2000, stretch: stretch, &generator))
      #expect(test.probability < 0.001 && test.samples == 2000)
    }
  }
}
