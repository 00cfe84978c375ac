import Load
import Measurement
import Scenario
import Testing

@testable import Verdict

private let millisecond: UInt64 = 1_000_000

@Suite("What a spoiled run leaves of its findings")
struct SelfCheckFindingsTests {
  /// Late by 200 ms in a tenth of its arrivals.
  private func spoiled() -> CheckedRun {
    var run = CheckedRun()
    for index in 0..<200 { run.lags[index * 10] = 200 * millisecond }
    return run
  }

  /// The same on a machine whose host took a tenth of it.
  private func noisy() -> CheckedRun {
    var run = CheckedRun()
    run.usage.stolenTicks = 20
    run.usage.workers[0] = .init(cpu: 1, runQueueWait: 10_000_000, turns: 2)
    return run
  }

  private func verdicts(
    _ run: CheckedRun, _ thresholds: [Threshold], adding series: [SeriesRecord] = []
  ) -> [Verdict] {
    var run = run
    run.scenario.thresholds = thresholds + [.of(.latency, .percentile(95), .less, 100e6)]
    var (record, scenario) = run.finished()
    record.series += series
    return Judgement.of(record, scenario: scenario).findings.prefix(thresholds.count).map(\.verdict)
      + (scenario.thresholds.isEmpty ? [.pass] : [])
  }

  @Test("times over their budgets are not held against the target, and those within them are within them")
  func times() {
    let thresholds: [Threshold] = [
      .of(.latency, .percentile(95), .less, 1e6), .of(.latency, .percentile(95), .less, 5e9),
      .of(.serviceTime, .average, .less, 1e6), .of(.latency, .maximum, .less, 1e9),
      .of(.generatorLag, .percentile(99), .less, 1e6),
    ]
    #expect(verdicts(spoiled(), thresholds) == [.invalid, .pass, .invalid, .pass, .invalid])
    #expect(verdicts(noisy(), thresholds) == [.inconclusive, .pass, .inconclusive, .pass, .pass])
  }

  @Test("a lower budget on a time is the mirror image: broken it is broken, and kept it may be so by lateness alone")
  func lowerBudgets() {
    let thresholds: [Threshold] = [
      .of(.latency, .percentile(50), .greater, 1e9), .of(.latency, .average, .greater, 1e6),
      .of(.latency, .minimum, .equal, 20e6),
    ]
    #expect(verdicts(CheckedRun(), thresholds) == [.fail, .pass, .fail])
    #expect(verdicts(spoiled(), thresholds) == [.fail, .invalid, .invalid])
    #expect(verdicts(noisy(), thresholds) == [.fail, .inconclusive, .inconclusive])
  }

  @Test("a time that begins when its request was sent has to keep its budget with all lateness added")
  func fromSending() {
    // The largest lag is 200 ms.
    let thresholds: [Threshold] = [
      .of(.serviceTime, .percentile(95), .less, 150e6), .of(.serviceTime, .percentile(95), .less, 300e6),
    ]
    #expect(verdicts(spoiled(), thresholds) == [.invalid, .pass])
  }

  @Test("too few samples are too few, noise or not")
  func fewSamples() {
    var run = noisy()
    run.scenario.thresholds = [.of(.latency, .percentile(99.9), .less, 1e9)]
    let judgement = run.judgement
    #expect(judgement.findings.map(\.verdict) == [.inconclusive] && judgement.findings[0].cause == .fewSamples)
    #expect(!judgement.isSpoiledByNoise && judgement.exitCode == .inconclusive)
  }

  @Test(
    "rates that lateness makes smaller are not believed where they are too small, and are where they are large enough")
  func rates() {
    let thresholds: [Threshold] = [
      .of(.requests, .rate, .greater, 500), .of(.requests, .rate, .greater, 50), .of(.requests, .rate, .less, 500),
      .of(.requests, .rate, .less, 50), .of(.iterations, .count, .greater, 5000),
      .of(.iterations, .count, .greater, 100),
    ]
    #expect(verdicts(spoiled(), thresholds) == [.invalid, .pass, .invalid, .fail, .invalid, .pass])
    #expect(verdicts(noisy(), thresholds) == [.inconclusive, .pass, .inconclusive, .fail, .inconclusive, .pass])
  }

  @Test("errors that the target answered stand, and those that lateness can make do not")
  func errors() {
    let thresholds: [Threshold] = [
      .of(.errors, .rate, .less, 0.01), .of(.errors, .count, .equal, 0),
      .of(.outcomes, .count, .equal, 0, outcome: "refused"),
    ]
    func errors(_ outcome: String, _ kind: OutcomeKind) -> [SeriesRecord] {
      [.of(outcome, kind, count: 500), .of("refused", .namedError, count: 0)]
    }
    for run in [spoiled(), noisy()] {
      #expect(verdicts(run, thresholds, adding: errors("unexpected", .unexpected)) == [.fail, .fail, .pass])
      #expect(verdicts(run, thresholds, adding: errors("reset", .transport)) == [.fail, .fail, .pass])
    }
    let timeouts = errors("timeout", .transport)
    #expect(verdicts(spoiled(), thresholds, adding: timeouts) == [.invalid, .invalid, .pass])
    #expect(verdicts(noisy(), thresholds, adding: timeouts) == [.inconclusive, .inconclusive, .pass])
    #expect(verdicts(CheckedRun(), thresholds, adding: timeouts) == [.fail, .fail, .pass])
    let refused: [SeriesRecord] = [.of("refused", .namedError, count: 3)]
    #expect(verdicts(spoiled(), thresholds, adding: refused) == [.pass, .fail, .fail])
    #expect(verdicts(spoiled(), thresholds) == [.pass, .pass, .pass])
  }

  @Test("a violated invariant stands beside a generator that was late")
  func invariants() {
    var run = spoiled()
    run.scenario.invariants = [.capped(1, rejected: nil)]
    let (record, scenario) = run.finished()
    var operations = MemoryOperations([("issue", "issued")])
    for index in 0..<3 as Range<UInt64> { operations.add("issued", sent: index, returned: 10 + index) }
    let judgement = Judgement.of(record, scenario: scenario, operations: operations)
    #expect(judgement.findings.map(\.verdict) == [.invalid, .fail, .invalid])
    #expect(judgement.exitCode == .fail && judgement.findings[2].kind == .selfCheck)
  }
}

@Suite("A load that comes to no steady state")
struct UnsteadyRunTests {
  private func run(_ medians: (Int) -> Double) -> CheckedRun {
    var run = CheckedRun()
    run.medians = (0..<20).map { UInt64(medians($0) * 1e6) }
    return run
  }

  @Test("latencies that grow and grow are those of an overloaded target, and no p95")
  func overloaded() {
    let growing = run { 20 * (1 + Double($0)) }
    let judgement = growing.judgement
    #expect(growing.rule(.steadyState).status == .inconclusive)
    #expect(judgement.exitCode == .inconclusive && judgement.findings.map(\.verdict) == [.inconclusive])
    #expect(judgement.findings[0].message.contains("no steady state: the target is overloaded (p95 went from"))
    // Nothing of the generator's.
    #expect(growing.check.verdict == .pass && judgement.findings.count == 1)
    var plain = growing
    plain.scenario.verdict = .point
    #expect(plain.judgement.exitCode == .pass)
    var off = growing
    off.scenario.selfCheck.trend = nil
    #expect(off.judgement.exitCode == .pass && off.rule(.steadyState).status == .off)
  }

  @Test("a budget that is broken through most of the run is broken all the same")
  func broken() {
    var growing = run { 20 * (1 + Double($0)) }
    growing.latencies = (0..<2000).map { 50 * millisecond + UInt64($0) * millisecond / 4 }
    #expect(growing.judgement.exitCode == .fail)
    // Broken at the end alone.
    growing.latencies = (0..<2000).map { 20 * millisecond + ($0 < 1700 ? 0 : 500 * millisecond) }
    #expect(growing.judgement.exitCode == .inconclusive)
  }

  @Test("latencies that fall are those of a target that is still warming up")
  func warmingUp() {
    let falling = run { 400 / (1 + Double($0)) }
    #expect(falling.judgement.findings[0].message.contains("no steady state: still warming up at the end"))
  }

  @Test("changes that are small, to themselves or to the budget, are none")
  func small() {
    #expect(run { 20 * (1 + Double($0) / 50) }.rule(.steadyState).status == .ok)
    // From 1 to 2.3 ms, where the budget is 100 ms.
    #expect(run { 0.5 + Double($0) / 30 }.rule(.steadyState).status == .ok)
  }

  @Test("a load that changes, bursts or ends by count has no steady state to come to")
  func others() {
    let second: UInt64 = 1_000_000_000
    var growing = run { 20 * (1 + Double($0)) }
    for shape in [
      LoadShape.burst(count: 2000, maxUsers: 50), .countedShared(users: 5, iterations: 2000),
      .closed(.init(segments: [.init(from: 1, to: 50, nanoseconds: 20 * second)])),
      .open(.constant(100, nanoseconds: 19 * second), maxUsers: 5, poisson: false),
    ] {
      growing.shape = shape
      #expect(growing.rule(.steadyState).status == .notApplicable && growing.rule(.warmUp).status == .notApplicable)
    }
  }

  @Test("a slow beginning is proposed as warm-up, and cuts nothing")
  func warmUp() {
    var record = CheckedRun().finished().0
    var scenario = CheckedRun().finished().1
    scenario.traffic[0].load = .open(.constant(100, nanoseconds: 60_000_000_000), maxUsers: 50, poisson: false)
    record.intervals = (0..<60).map { number in
      var interval = IntervalSummary(start: UInt64(number) * 1_000_000_000, end: UInt64(number + 1) * 1_000_000_000)
      // A third of the beginning is slow by a factor of four; the rest goes up and down by a tenth.
      interval.median = UInt64(number < 10 ? 40e6 : 10e6 + Double(number * 7 % 10) * 1e5)
      interval.p95 = 2 * interval.median
      return interval
    }
    let check = SelfCheck(record, scenario: scenario)
    let rule = check.rules.first { $0.name == .warmUp }
    #expect(rule?.status == .note && rule?.observed == Quantity(10e9, .nanoseconds))
    #expect(rule?.message.hasPrefix("the first 10 s look like warm-up, with latencies 3.8") == true, "\(rule!.message)")
    #expect(check.unsteady == nil)
    record.warmUp = 5_000_000_000
    #expect(SelfCheck(record, scenario: scenario).rules.first { $0.name == .warmUp }?.status == .ok)
  }
}
