import Measurement
import Scenario
import Testing

@testable import Verdict

@Suite struct EvidenceTests {
  private static let budget: UInt64 = 100_000_000

  /// A run of 20 s in 20 batches, each with `size` requests of which so many are over the budget.
  private static func run(_ exceedances: [UInt64], size: UInt64 = 500) -> RunRecord {
    var series = SeriesRecord(key: SeriesKey(group: "rush", step: "issue", outcome: "issued"), kind: .expected)
    var counter = ExceedanceCounter(budgetNanoseconds: budget)
    for (second, over) in exceedances.enumerated() {
      var slot = Timeline.Slot()
      for index in 0..<size {
        // Inside the second, so that batches of slots are these seconds.
        let instant = UInt64(second) * 1_073_741_824 + 100_000_000 + index * 900_000_000 / size
        let latency: UInt64 = index < over ? 200_000_000 : 50_000_000
        series.latency.record(latency)
        counter.record(at: instant, value: latency)
        slot.count += 1
        slot.latency += Double(latency)
      }
      series.count += size
      series.timeline.add(slot, at: second)
    }
    series.exceedances = [counter]
    return .sample([series], elapsed: UInt64(exceedances.count) * 1_000_000_000)
  }

  private static func judge(
    _ record: RunRecord, _ threshold: Threshold = .of(.latency, .percentile(95), .less, Double(budget))
  ) -> Finding {
    ThresholdJudge(threshold: threshold, record: record, rule: .evidence).judge()
  }

  struct Row: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var exceedances: [UInt64]
    var size: UInt64 = 500
    var verdict: Verdict
    /// What the message has to say.
    var says: String
  }

  private static func all(_ over: UInt64, _ batches: Int = 20) -> [UInt64] {
    [UInt64](repeating: over, count: batches)
  }

  static let rows: [Row] = [
    Row(
      testDescription: "none over", exceedances: all(0), verdict: .pass,
      says: "at most 0.0300 % of requests take longer"),
    Row(testDescription: "4 % over, evenly", exceedances: all(20), verdict: .pass, says: "95 % confidence"),
    Row(testDescription: "4.8 % over is too near", exceedances: all(24), verdict: .inconclusive, says: "needs about"),
    Row(testDescription: "5.2 % over is too near", exceedances: all(26), verdict: .inconclusive, says: "needs about"),
    Row(testDescription: "8 % over, evenly", exceedances: all(40), verdict: .fail, says: "at least 7.4 % of requests"),
    Row(testDescription: "all over", exceedances: all(500), verdict: .fail, says: "99 % confidence"),
    Row(
      testDescription: "none of 380 over", exceedances: all(0), size: 19, verdict: .inconclusive,
      says: "too few requests to tell; needs slightly more requests (4"),
    Row(testDescription: "none of 400 over", exceedances: all(0), size: 20, verdict: .pass, says: "at most 0.7 %"),
    Row(
      testDescription: "none of 60 over", exceedances: all(0), size: 3, verdict: .inconclusive,
      says: "needs about 6.7 times as many requests (40"),
    Row(
      testDescription: "all of 100 over: each part of the run says so", exceedances: all(5), size: 5, verdict: .fail,
      says: "the budget was broken in 20 of 20 parts"),
    Row(
      testDescription: "one stall holds all that are over",
      exceedances: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 200, 0, 0, 0, 0, 0, 0, 0, 0], verdict: .inconclusive,
      says: "neighbouring requests are much alike"),
    Row(
      testDescription: "the share grows through the run, to 4 % on average",
      exceedances: (0..<20).map { $0 * 2 }, verdict: .inconclusive, says: "it drifts through the run"),
    Row(
      testDescription: "the last third of the run is over the budget",
      exceedances: all(0, 13) + all(500, 7), verdict: .inconclusive, says: "it drifts through the run"),
    Row(
      testDescription: "the target is overloaded, and from the first third on all are over",
      exceedances: all(0, 6) + all(500, 14), verdict: .fail, says: "broken in 14 of 20 parts of the run"),
  ]

  @Test("budgets on p95", arguments: rows)
  func percentile(_ row: Row) throws {
    let finding = Self.judge(Self.run(row.exceedances, size: row.size))
    #expect(finding.verdict == row.verdict, "\(finding.message)")
    #expect(finding.message.contains(row.says), "\(finding.message)")
    let evidence = try #require(finding.evidence)
    #expect(evidence.designEffect >= 1)
    #expect(evidence.effectiveSamples <= Double(finding.samples))
  }

  @Test(
    "the same budgets from the other side", arguments: [(UInt64(20), Verdict.fail), (24, .inconclusive), (40, .pass)])
  func reversed(_ over: UInt64, _ verdict: Verdict) {
    let finding = Self.judge(
      Self.run(Self.all(over)), .of(.latency, .percentile(95), .greaterOrEqual, Double(Self.budget)))
    #expect(finding.verdict == verdict, "\(finding.message)")
  }

  @Test("budgets on service time have the design effect of its mean, where there is something to vary")
  func serviceTime() throws {
    var record = Self.run(Self.all(0, 10) + Self.all(20, 10))
    var slots = record.series[0].timeline.slots
    for index in slots.indices {
      slots[index].sent = slots[index].count
      slots[index].serviceTime = slots[index].latency
    }
    record.series[0].timeline = Timeline()
    for (index, slot) in slots.enumerated() { record.series[0].timeline.add(slot, at: index) }
    record.series[0].serviceTime = record.series[0].latency
    let near = Self.judge(record, .of(.serviceTime, .percentile(95), .less, Double(Self.budget)))
    #expect(near.verdict == .pass, "\(near.message)")
    #expect(try #require(near.evidence).designEffect > 5)
    let far = Self.judge(record, .of(.serviceTime, .percentile(95), .less, 1e9))
    #expect(far.verdict == .pass, "\(far.message)")
    #expect(try #require(far.evidence).designEffect == 1)
  }

  @Test(
    "the least number of requests for each percentile",
    arguments: [(50, 40), (90, 200), (95, 400), (99, 2000), (99.9, 20_000), (5, 400)] as [(Double, Int)])
  func least(_ percent: Double, _ least: Int) {
    func verdict(_ count: Int) -> Verdict {
      // Nothing takes longer than the budget; of a low percentile, nothing less.
      let latency: UInt64 = percent < 50 ? 200 : 50
      let series = SeriesRecord.of(
        "issued", latencies: [UInt64](repeating: latency, count: count), budget: Self.budget)
      let comparison: Threshold.Comparison = percent < 50 ? .greater : .less
      return Self.judge(.sample([series]), .of(.latency, .percentile(percent), comparison, Double(Self.budget))).verdict
    }
    #expect(verdict(least) == .pass)
    #expect(verdict(least - 1) == .inconclusive)
  }

  @Test("a point verdict asks for no evidence")
  func point() {
    let threshold = Threshold.of(.latency, .percentile(95), .less, Double(Self.budget))
    let finding = ThresholdJudge(threshold: threshold, record: Self.run(Self.all(0), size: 1), rule: .point).judge()
    #expect(finding.verdict == .pass)
    #expect(finding.evidence == nil)
  }

  @Test("a burst that is over in 8 ms tells nothing of how alike neighbours are, unless all agree")
  func shortBurst() {
    func verdict(_ over: Int) -> Verdict {
      var series = SeriesRecord.of("issued", latencies: [], budget: Self.budget)
      for index in 0..<4000 {
        let latency: UInt64 = index < over ? 200_000_000 : 50_000_000
        series.count += 1
        series.latency.record(latency)
        series.exceedances[0].record(at: UInt64(index) * 2000, value: latency)
      }
      return Self.judge(.sample([series])).verdict
    }
    #expect(verdict(0) == .pass)
    #expect(verdict(4) == .inconclusive)
    #expect(verdict(2000) == .inconclusive)
    #expect(verdict(4000) == .fail)
  }

  @Test("the design effect is the variance of batches over that of independent samples")
  func designEffect() {
    // Shares of 0.0 and 0.2 in turn: s² = 20/19 · 0.01, against 0.1 · 0.9 / 100.
    let turns = BatchedShare((0..<20).map { BatchedShare.Batch(samples: 100, events: $0 % 2 == 0 ? 0 : 20) })
    #expect(abs(turns.designEffect - 20.0 / 19 * 0.01 / (0.09 / 100)) < 1e-9)
    #expect((turns.correlation ?? 0) < -0.9)
    #expect(!turns.isDrifting)
    // As even as can be: never better than independent.
    #expect(BatchedShare((0..<20).map { _ in BatchedShare.Batch(samples: 100, events: 10) }).designEffect == 1)
    // Batches without samples are no batches.
    let gaps = BatchedShare(
      (0..<40).map { BatchedShare.Batch(samples: $0 % 2 == 0 ? 100 : 0, events: $0 % 4 == 0 ? 20 : 0) })
    #expect(gaps.batches.count == 20)
    #expect(abs(gaps.designEffect - turns.designEffect) < 1e-9)
  }

  @Test("the interval of a percentile comes from ranks, and widens where neighbours are alike")
  func interval() throws {
    var series = SeriesRecord.of("issued", latencies: (1...1000).map { $0 }, budget: 2_000_000_000)
    let threshold = Threshold.of(.latency, .percentile(95), .less, 2e9)
    let plain = try #require(Self.judge(.sample([series]), threshold).evidence?.interval)
    // Ranks 936 and 964, from edge to edge of their buckets.
    #expect(abs((plain.lower ?? 0) - 936e6) < 1.1e6 && (plain.lower ?? 0) <= 936e6)
    #expect(abs((plain.upper ?? 0) - 964e6) < 1.1e6 && (plain.upper ?? 0) >= 964e6)
    for number in 0..<20 {
      var slot = Timeline.Slot()
      slot.count = 50
      slot.latency = Double((1...50).reduce(0) { $0 + number * 50 + $1 }) * 1e6
      series.timeline.add(slot, at: number)
    }
    let wide = try #require(Self.judge(.sample([series]), threshold).evidence?.interval)
    #expect((wide.lower ?? .infinity) < 900e6)
    #expect(wide.upper == nil)
  }

  // MARK: - Shares and averages

  @Test(
    "budgets on error rates",
    arguments: [
      (0, 298, 0.01, .inconclusive), (0, 300, 0.01, .pass), (0, 59, 0.05, .pass), (3, 1000, 0.01, .pass),
      (8, 1000, 0.01, .inconclusive), (12, 1000, 0.01, .inconclusive), (20, 1000, 0.01, .fail),
      (1, 1, 0.01, .inconclusive),
      (3, 3, 0.05, .fail),
    ] as [(UInt64, UInt64, Double, Verdict)])
  func rates(_ errors: UInt64, _ requests: UInt64, _ bound: Double, _ verdict: Verdict) {
    let record = RunRecord.sample([
      .of("ok", count: requests - errors), .of("unexpected", .unexpected, count: errors),
    ])
    let finding = Self.judge(record, .of(.errors, .rate, .less, bound))
    #expect(finding.verdict == verdict, "\(finding.message)")
  }

  @Test("errors that come together tell less than errors that are spread")
  func clusteredErrors() throws {
    func finding(_ errors: [UInt64]) -> Finding {
      var good = SeriesRecord.of("ok", count: 0)
      var bad = SeriesRecord.of("unexpected", .unexpected, count: 0)
      for (second, count) in errors.enumerated() {
        var slot = Timeline.Slot()
        slot.count = 100 - count
        good.count += slot.count
        good.timeline.add(slot, at: second)
        slot.count = count
        bad.count += count
        if count > 0 { bad.timeline.add(slot, at: second) }
      }
      return Self.judge(.sample([good, bad]), .of(.errors, .rate, .less, 0.02))
    }
    let spread = finding(Self.all(1))
    #expect(spread.verdict == .pass, "\(spread.message)")
    let together = finding([0, 0, 0, 0, 0, 20] + Self.all(0, 14))
    #expect(together.verdict == .inconclusive, "\(together.message)")
    #expect(try #require(together.evidence).designEffect > 10)
    // A target that dies: the last quarter of the run is no sample of bad luck.
    let outage = finding(Self.all(0, 15) + Self.all(100, 5))
    #expect(outage.verdict == .fail, "\(outage.message)")
    // Errors that only begin are no pass, though they are few.
    let growing = finding(Self.all(0, 14) + [1, 2, 3, 3, 4, 5])
    #expect(growing.verdict == .inconclusive, "\(growing.message)")
  }

  @Test(
    "budgets that tolerate nothing, counts and extremes are compared as they are",
    arguments: [
      .of(.errors, .rate, .equal, 0), .of(.errors, .rate, .lessOrEqual, 0), .of(.errors, .count, .less, 1),
      .of(.outcomes, .count, .equal, 10, outcome: "ok"), .of(.outcomes, .rate, .greaterOrEqual, 1, outcome: "ok"),
      .of(.requests, .rate, .greaterOrEqual, 1), .of(.latency, .maximum, .less, 1e9),
      .of(.generatorLag, .percentile(99), .less, 1e6), .of(.latency, .percentile(100), .less, 1e9),
    ] as [Threshold])
  func exact(_ threshold: Threshold) {
    var record = RunRecord.sample([.of("ok", count: 10)])
    record.generator.lag.record(1000)
    let finding = Self.judge(record, threshold)
    #expect(finding.verdict == .pass, "\(finding.message)")
    #expect(finding.evidence == nil)
  }

  @Test(
    "budgets on averages",
    arguments: [
      (100, .pass), (71, .pass), (65.2, .inconclusive), (64.8, .inconclusive), (55, .fail),
    ] as [(Double, Verdict)])
  func average(_ milliseconds: Double, _ verdict: Verdict) throws {
    // 10 % of 200 ms, the rest 50 ms: 65 ms on average.
    let record = Self.run((0..<20).map { $0 % 2 == 0 ? 45 : 55 })
    let finding = Self.judge(record, .of(.latency, .average, .less, milliseconds * 1e6))
    #expect(finding.verdict == verdict, "\(finding.message)")
    let interval = try #require(finding.evidence?.interval)
    #expect((interval.lower ?? 0) > 63e6 && (interval.lower ?? 0) < 65e6)
    #expect((interval.upper ?? 0) > 65e6 && (interval.upper ?? 0) < 67e6)
  }

  @Test("the average of one request is no average")
  func oneRequest() {
    let finding = Self.judge(.sample([.of("ok", count: 1)]), .of(.latency, .average, .less, 1e9))
    #expect(finding.verdict == .inconclusive, "\(finding.message)")
  }

  @Test("a threshold ends a run early only on evidence")
  func aborting() {
    var threshold = Threshold.of(.latency, .percentile(95), .less, Double(Self.budget))
    threshold.abortOnFail = true
    var scenario = Scenario.sample(thresholds: [threshold])
    func aborts(_ exceedances: [UInt64]) -> Bool {
      !Judgement.aborting(Self.run(exceedances), scenario: scenario, elapsed: 1).isEmpty
    }
    #expect(!aborts(Self.all(26)))
    #expect(aborts(Self.all(40)))
    scenario.verdict = .point
    #expect(aborts(Self.all(26)))
  }
}
