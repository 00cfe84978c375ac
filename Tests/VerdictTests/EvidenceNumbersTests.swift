import Testing

@testable import Verdict

/// The functions that bounds stand on, against values that are known from elsewhere.
@Suite struct EvidenceNumbersTests {
  @Test(
    "the incomplete beta function, against 50-digit arithmetic",
    arguments: [
      (0.5, 2, 3, 0.6875, 1e-13), (0.05, 1, 300, 0.99999979246966522, 1e-13),
      (0.04, 251, 4750, 0.00021423840237376943, 1e-11), (0.06, 251, 4750, 0.99873775313803474, 1e-11),
      (0.3, 0.5, 0.5, 0.36901011956554538, 1e-13), (0.9, 40.25, 3.75, 0.31527214595171212, 1e-12),
      (0.0001, 3, 20000, 0.3233777204114006, 1e-11), (0.05, 500.5, 9500.25, 0.49702480760866939, 1e-11),
      (0.051, 5001, 95000, 0.92400029602969141, 1e-9), (1e-06, 12, 1e7, 0.30322504793025144, 1e-7),
      (0.05, 500_100, 9_499_901, 0.44252011033162007, 1e-7), (0.05001, 5e6, 95_000_001, 0.67686966111066878, 1e-7),
    ] as [(Double, Double, Double, Double, Double)])
  func beta(_ x: Double, _ a: Double, _ b: Double, _ expected: Double, _ tolerance: Double) {
    #expect(abs(RegularizedBeta.value(x, a, b) / expected - 1) < tolerance)
    #expect(abs(RegularizedBeta.value(1 - x, b, a) - (1 - expected)) < tolerance * 10)
    #expect(abs(RegularizedBeta.inverse(expected, a, b) / x - 1) < 1e-6)
  }

  @Test("the incomplete beta function is the tail of the binomial distribution", arguments: [1, 7, 20, 40])
  func binomialTail(_ count: Int) {
    for share in [0.01, 0.05, 0.5, 0.93] {
      var term = 1.0
      for _ in 0..<count { term *= 1 - share }
      var below = 0.0
      for events in 0..<count {
        // P(more than `events`) = I_p(events + 1, n − events).
        below += term
        let tail = RegularizedBeta.value(share, Double(events + 1), Double(count - events))
        #expect(abs(tail - (1 - below)) < 1e-12)
        term *= share / (1 - share) * Double(count - events) / Double(events + 1)
      }
    }
  }

  /// Two-sided intervals of 95 %, from R. G. Newcombe, "Two-sided confidence intervals for the single proportion",
  /// Statistics in Medicine 17 (1998), table I, method 5.
  @Test(
    "Clopper and Pearson's interval, against a published table",
    arguments: [(81, 263, 0.2527, 0.3676), (15, 148, 0.0578, 0.1617), (0, 20, 0, 0.1684), (1, 29, 0.0009, 0.1776)]
      as [(Double, Double, Double, Double)])
  func published(_ events: Double, _ samples: Double, _ lower: Double, _ upper: Double) {
    #expect(abs(ClopperPearson.lower(events: events, samples: samples, confidence: 0.975) - lower) < 6e-5)
    #expect(abs(ClopperPearson.upper(events: events, samples: samples, confidence: 0.975) - upper) < 6e-5)
    // Of the other side.
    let mirrored = ClopperPearson.lower(events: samples - events, samples: samples, confidence: 0.975)
    #expect(abs(mirrored - (1 - upper)) < 6e-5)
  }

  @Test("bounds for numbers that are not whole, as R's qbeta has them")
  func realNumbers() {
    #expect(abs(ClopperPearson.upper(events: 12.5, samples: 250.25, confidence: 0.95) - 0.0789345583027548) < 1e-12)
    #expect(abs(ClopperPearson.lower(events: 12.5, samples: 250.25, confidence: 0.99) - 0.023294447331354287) < 1e-12)
  }

  @Test("none of n: the rule of three", arguments: [30, 59, 100, 299, 2995, 100_000])
  func ruleOfThree(_ samples: Double) {
    let upper = ClopperPearson.upper(events: 0, samples: samples, confidence: 0.95)
    #expect(upper < 3 / samples)
    #expect(upper > 2.85 / samples)
    #expect(ClopperPearson.lower(events: 0, samples: samples, confidence: 0.99) == 0)
    #expect(ClopperPearson.upper(events: samples, samples: samples, confidence: 0.95) == 1)
  }

  @Test(
    "finite bounds on a percentile, and verdicts on a budget that nothing exceeds, need their least number of samples",
    arguments: [
      (0.95, 0.95, 59), (0.95, 0.99, 90), (0.99, 0.95, 299), (0.99, 0.99, 459), (0.999, 0.95, 2995),
      (0.999, 0.99, 4603),
    ] as [(Double, Double, Double)])
  func leastSamples(_ quantile: Double, _ confidence: Double, _ least: Double) {
    #expect(OrderStatistics.upperRank(quantile: quantile, samples: least, confidence: confidence) != nil)
    #expect(OrderStatistics.upperRank(quantile: quantile, samples: least - 1, confidence: confidence) == nil)
    #expect(ClopperPearson.upper(events: 0, samples: least, confidence: confidence) < 1 - quantile)
    #expect(ClopperPearson.upper(events: 0, samples: least - 1, confidence: confidence) > 1 - quantile)
  }

  /// Ranks from the quantiles of the binomial distribution.
  @Test(
    "ranks that enclose a quantile",
    arguments: [(100, 0.95, 90, 100), (1000, 0.95, 936, 964), (500, 0.5, 228, 273)]
      as [(Double, Double, Double, Double)])
  func ranks(_ samples: Double, _ quantile: Double, _ lower: Double, _ upper: Double) throws {
    let low = try #require(OrderStatistics.lowerRank(quantile: quantile, samples: samples, confidence: 0.975))
    let high = try #require(OrderStatistics.upperRank(quantile: quantile, samples: samples, confidence: 0.975))
    #expect(low.rounded(.down) == lower)
    #expect(high.rounded(.up) == upper)
  }

  @Test(
    "Student's t, against tables",
    arguments: [(0.95, 1, 6.314), (0.975, 19, 2.093), (0.99, 19, 2.539), (0.99, 5, 3.365), (0.995, 30, 2.750)]
      as [(Double, Double, Double)])
  func studentT(_ probability: Double, _ degrees: Double, _ expected: Double) {
    #expect(abs(StudentT.quantile(probability, degreesOfFreedom: degrees) - expected) < 0.0005)
  }

  @Test("an interval is written beside its figure")
  func intervals() {
    let figure = Quantity(443e6, .nanoseconds)
    func text(_ lower: Double?, _ upper: Double?) -> String {
      figure.text(within: Evidence.Range(lower: lower, upper: upper))
    }
    #expect(text(431e6, 452e6) == "443 ms (431–452)")
    #expect(text(431e6, 1.02e9) == "443 ms (431 ms–1.02 s)")
    #expect(text(431e6, nil) == "443 ms (431 or more)")
    #expect(text(nil, 452e6) == "443 ms (up to 452)")
    #expect(text(nil, nil) == "443 ms")
    #expect(figure.text(within: nil) == "443 ms")
    #expect(Quantity(0, .fraction).text(within: Evidence.Range(lower: 0, upper: 0.0123)) == "0.0 % (0.0–1.2)")
    #expect(
      Quantity(110e9, .nanoseconds).text(within: Evidence.Range(lower: 99e9, upper: 120e9))
        == "1 m 50 s (99 s–2 m 00 s)")
  }
}
