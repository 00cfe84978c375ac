import Measurement
import Scenario
import Testing

@testable import Verdict

@Suite struct ThresholdJudgeTests {
  /// 900 quick and 100 slow answers in two groups, 50 sold out, 30 unexpected and 20 timeouts: 1,100 requests in 10 s.
  private static let record: RunRecord = {
    var record = RunRecord.sample([
      .of("issued", group: "rush", count: 900, milliseconds: 1),
      .of("issued", group: "late", count: 100, milliseconds: 100),
      .of("sold_out", count: 50, milliseconds: 2),
      .of("unexpected", .unexpected, count: 30, milliseconds: 5000),
      .of("timeout", .transport, count: 20, milliseconds: 9000),
      .of("ok", step: "status", count: 400, milliseconds: 20),
    ])
    for (name, completed) in [("rush", UInt64(800)), ("late", 90)] {
      var group = GroupRecord(name: name, load: "", isOpen: false)
      group.iterationsStarted = completed + 10
      group.iterationsCompleted = completed
      record.groups.append(group)
    }
    record.connections.opened = 64
    record.connections.failed = 6
    for milliseconds in 1...64 { record.connections.connectTime.record(UInt64(milliseconds) * 1_000_000) }
    for _ in 0..<1000 { record.generator.lag.record(50_000) }
    for _ in 0..<1000 { record.generator.wait.record(3_000_000) }
    return record
  }()

  struct Row: Sendable, CustomTestStringConvertible {
    var threshold: Threshold
    var verdict: Verdict
    var observed: Double?
    var samples: UInt64
    var testDescription: String { "\(threshold.label) is \(verdict)" }

    init(_ threshold: Threshold, _ verdict: Verdict, _ observed: Double?, _ samples: UInt64) {
      self.threshold = threshold
      self.verdict = verdict
      self.observed = observed
      self.samples = samples
    }
  }

  static let rows: [Row] = [
    // Times: of looked-for outcomes and of timeouts, pooled over groups, cut by tags.
    Row(.of(.latency, .percentile(95), .less, 200e6, step: "issue"), .pass, 100e6, 1070),
    Row(.of(.latency, .percentile(95), .less, 50e6, step: "issue"), .fail, 100e6, 1070),
    Row(.of(.latency, .percentile(88), .less, 2.5e6, step: "issue"), .pass, 2e6, 1070),
    Row(.of(.latency, .percentile(99), .less, 5e9, step: "issue"), .fail, 9000e6, 1070),
    Row(.of(.latency, .percentile(95), .less, 50e6, group: "rush", step: "issue"), .pass, 2e6, 970),
    Row(.of(.latency, .percentile(95), .less, 50e6, group: "late"), .fail, 100e6, 100),
    Row(.of(.latency, .maximum, .less, 1e9, group: "late"), .pass, 100e6, 100),
    Row(.of(.latency, .maximum, .less, 1e9), .fail, 9000e6, 1470),
    Row(.of(.latency, .maximum, .less, 1e9, outcome: "timeout"), .fail, 9000e6, 20),
    Row(.of(.latency, .maximum, .less, 6e9, outcome: "unexpected"), .pass, 5000e6, 30),
    Row(.of(.latency, .maximum, .less, 5e6, outcome: "sold_out"), .pass, 2e6, 50),
    Row(.of(.latency, .minimum, .greater, 500e3), .pass, 1e6, 1470),
    Row(.of(.latency, .median, .lessOrEqual, 1.1e6, step: "issue"), .pass, 1e6, 1070),
    Row(.of(.latency, .average, .less, 179e6, step: "issue"), .pass, 191_000e6 / 1070, 1070),
    Row(.of(.latency, .average, .less, 178e6, step: "issue"), .fail, 191_000e6 / 1070, 1070),
    Row(.of(.latency, .count, .greaterOrEqual, 1070, step: "issue"), .pass, 1070, 1070),
    Row(.of(.latency, .count, .greater, 1070, step: "issue"), .fail, 1070, 1070),
    Row(.of(.serviceTime, .maximum, .less, 60e6, group: "late"), .pass, 50e6, 100),
    Row(.of(.timeToFirstByte, .maximum, .less, 30e6, group: "late"), .fail, 40e6, 100),
    Row(.of(.connectTime, .maximum, .less, 64.5e6), .pass, 64e6, 64),
    Row(.of(.connectTime, .median, .less, 20e6), .fail, 32e6, 64),
    Row(.of(.generatorLag, .percentile(99), .less, 1e6), .pass, 50e3, 1000),
    Row(.of(.wait, .percentile(99), .less, 1e6), .fail, 3e6, 1000),
    // Shares.
    Row(.of(.errors, .rate, .less, 0.05), .pass, 50.0 / 1500, 1500),
    Row(.of(.errors, .rate, .less, 0.03), .fail, 50.0 / 1500, 1500),
    Row(.of(.errors, .rate, .less, 0.04, step: "issue"), .fail, 50.0 / 1100, 1100),
    Row(.of(.errors, .rate, .equal, 0, step: "status"), .pass, 0, 400),
    Row(.of(.errors, .count, .lessOrEqual, 50), .pass, 50, 1500),
    Row(.of(.errors, .count, .less, 50), .fail, 50, 1500),
    Row(.of(.errors, .count, .equal, 20, outcome: "timeout"), .pass, 20, 1500),
    Row(.of(.outcomes, .rate, .greater, 0.9, step: "issue", outcome: "issued"), .pass, 1000.0 / 1100, 1100),
    Row(.of(.outcomes, .rate, .greater, 0.7, outcome: "issued"), .fail, 1000.0 / 1500, 1500),
    Row(.of(.outcomes, .count, .equal, 1000, outcome: "issued"), .pass, 1000, 1500),
    Row(.of(.outcomes, .count, .equal, 0, step: "issue", outcome: "never_named"), .pass, 0, 1100),
    Row(.of(.outcomes, .count, .notEqual, 1000, outcome: "issued"), .fail, 1000, 1500),
    // Counters.
    Row(.of(.requests, .count, .greaterOrEqual, 1500), .pass, 1500, 1500),
    Row(.of(.requests, .rate, .greater, 150), .fail, 150, 1500),
    Row(.of(.requests, .rate, .greaterOrEqual, 110, step: "issue"), .pass, 110, 1100),
    Row(.of(.requests, .count, .equal, 20, outcome: "timeout"), .pass, 20, 1500),
    Row(.of(.iterations, .count, .greater, 800), .pass, 890, 910),
    Row(.of(.iterations, .rate, .greater, 9, group: "late"), .fail, 9, 100),
    Row(.of(.connections, .count, .lessOrEqual, 64), .pass, 64, 70),
    Row(.of(.bytesSent, .count, .less, 200_000), .pass, 150_000, 1500),
    Row(.of(.bytesReceived, .rate, .less, 100_000, step: "issue"), .fail, 110_000, 1100),
    // Nothing to stand on is never a pass.
    Row(.of(.latency, .percentile(95), .less, 1e9, step: "absent"), .inconclusive, nil, 0),
    Row(.of(.latency, .percentile(95), .less, 1e9, step: "status", outcome: "timeout"), .inconclusive, nil, 0),
    Row(.of(.errors, .rate, .less, 0.01, step: "absent"), .inconclusive, nil, 0),
    Row(.of(.requests, .count, .less, 10, step: "absent"), .inconclusive, 0, 0),
    Row(.of(.requests, .count, .greater, 10, step: "absent"), .fail, 0, 0),
  ]

  @Test("each kind of threshold", arguments: rows)
  func table(_ row: Row) throws {
    let finding = ThresholdJudge(threshold: row.threshold, record: Self.record, rule: .point).judge()
    #expect(finding.verdict == row.verdict, "\(finding.message)")
    #expect(finding.samples == row.samples)
    if let expected = row.observed {
      let observed = try #require(finding.observed?.value)
      // A histogram's bucket is 0.1 % wide, or half a microsecond.
      #expect(abs(observed - expected) <= max(expected / 1000, row.threshold.unit == .nanoseconds ? 512 : 1e-9))
    } else {
      #expect(finding.observed == nil)
    }
    #expect(!finding.message.isEmpty)
  }

  @Test("a percentile at its budget's edge is decided by counted exceedances, not by bucket width")
  func exactEdge() {
    // 95 of 100 are at 1,000,100 µs, in the bucket that ends beyond the budget of 1,000,200 µs.
    let budget: UInt64 = 1_000_200_000
    var series = SeriesRecord.of("issued", latencies: [], budget: budget)
    for index in 0..<100 {
      let latency: UInt64 = index < 95 ? 1_000_100_000 : 3_000_000_000
      series.count += 1
      series.latency.record(latency)
      series.exceedances[0].record(at: UInt64(index), value: latency)
    }
    #expect(series.latency.percentile(95) > budget, "the case needs a bucket that reaches over the budget")
    let threshold = Threshold.of(.latency, .percentile(95), .less, Double(budget))
    let kept = ThresholdJudge(threshold: threshold, record: .sample([series]), rule: .point).judge()
    #expect(kept.verdict == .pass)
    #expect((kept.observed?.value ?? .infinity) <= Double(budget))

    series.count += 1
    series.latency.record(3_000_000_000)
    series.exceedances[0].record(at: 100, value: 3_000_000_000)
    #expect(ThresholdJudge(threshold: threshold, record: .sample([series]), rule: .point).judge().verdict == .fail)
  }

  @Test(
    "a latency budget is not passed by a run in which most requests failed",
    arguments: [(50, 51, Verdict.inconclusive), (50, 50, .pass), (1, 9999, .inconclusive), (100, 0, .pass)]
      as [(UInt64, UInt64, Verdict)])
  func mostFailed(_ good: UInt64, _ failed: UInt64, _ verdict: Verdict) {
    let record = RunRecord.sample([
      .of("ok", count: good), .of("connect_refused", .transport, count: failed, milliseconds: 1),
    ])
    let threshold = Threshold.of(.latency, .percentile(95), .less, 500e6)
    #expect(ThresholdJudge(threshold: threshold, record: record, rule: .point).judge().verdict == verdict)
    let service = Threshold.of(.serviceTime, .percentile(95), .less, 500e6)
    #expect(ThresholdJudge(threshold: service, record: record, rule: .point).judge().verdict == verdict)
    // A breach stays a breach.
    let tight = Threshold.of(.latency, .percentile(95), .less, 1e6)
    #expect(ThresholdJudge(threshold: tight, record: record, rule: .point).judge().verdict == .fail)
  }

  @Test("a dead target fails the error budget and passes no latency budget")
  func deadTarget() {
    let record = RunRecord.sample([
      .of("ok", count: 0), .of("connect_refused", .transport, count: 38_871, milliseconds: 1),
    ])
    let judgement = Judgement.of(
      record,
      scenario: .sample(thresholds: [
        .of(.latency, .percentile(95), .less, 500e6), .of(.errors, .rate, .less, 0.01),
      ]))
    #expect(judgement.findings.map(\.verdict) == [.inconclusive, .fail])
    #expect(judgement.findings[0].message == "no samples: all 38,871 requests failed")
    #expect(judgement.exitCode == .fail)
  }

  @Test("a latency of errors that is asked for by name may pass though most requests failed")
  func namedErrors() {
    let record = RunRecord.sample([.of("ok", count: 1), .of("timeout", .transport, count: 9, milliseconds: 100)])
    let threshold = Threshold.of(.latency, .maximum, .less, 500e6, outcome: "timeout")
    #expect(ThresholdJudge(threshold: threshold, record: record, rule: .point).judge().verdict == .pass)
  }

  @Test("the default error budget says aloud that it is the default")
  func defaultBudget() {
    var threshold = Threshold.of(.errors, .rate, .less, 0.01)
    threshold.isDefault = true
    let finding = ThresholdJudge(threshold: threshold, record: Self.record, rule: .point).judge()
    #expect(finding.isDefault)
    #expect(finding.range == nil)
    #expect(
      finding.message
        == "error rate 3.3 %, budget 1.0 % (333 %), over 1,500 requests (default budget: the scenario names none)")
  }

  @Test("a threshold that ended the run fails, whatever the figure is at the end")
  func aborted() {
    var record = Self.record
    record.ending = .aborted
    let threshold = Threshold.of(.errors, .rate, .less, 0.05)
    record.aborts = [threshold.label]
    let finding = ThresholdJudge(threshold: threshold, record: record, rule: .point).judge()
    #expect(finding.verdict == .fail)
    #expect(
      finding.message
        == "broken during the run, which ended it; at the end error rate 3.3 %, budget 5.0 % (67 %), over 1,500 requests"
    )
  }

  @Test("a run that was cut short is not blamed for counts and rates that it had not reached")
  func cutShort() {
    var record = Self.record
    record.ending = .interrupted("SIGINT")
    let wanted = Threshold.of(.requests, .count, .greater, 5000)
    #expect(ThresholdJudge(threshold: wanted, record: record, rule: .point).judge().verdict == .inconclusive)
    let none = Threshold.of(.requests, .count, .greater, 10, step: "absent")
    #expect(ThresholdJudge(threshold: none, record: record, rule: .point).judge().verdict == .inconclusive)
    let most = Threshold.of(.errors, .count, .less, 10)
    #expect(ThresholdJudge(threshold: most, record: record, rule: .point).judge().verdict == .fail)
    let rate = Threshold.of(.requests, .rate, .greater, 5000)
    #expect(ThresholdJudge(threshold: rate, record: record, rule: .point).judge().verdict == .inconclusive)
    let slow = Threshold.of(.requests, .rate, .less, 10)
    #expect(ThresholdJudge(threshold: slow, record: record, rule: .point).judge().verdict == .fail)
  }

  @Test("connect time proves nothing where most connections failed")
  func failedConnections() {
    var record = Self.record
    record.connections.failed = 65
    let threshold = Threshold.of(.connectTime, .maximum, .less, 1e9)
    #expect(ThresholdJudge(threshold: threshold, record: record, rule: .point).judge().verdict == .inconclusive)
  }

  @Test("only thresholds that ask for it end a run, once their delay is over and they are breached for good")
  func aborting() {
    func abort(_ threshold: Threshold, delay: UInt64 = 0) -> Threshold {
      var threshold = threshold
      threshold.abortOnFail = true
      threshold.delayAbort = delay
      return threshold
    }
    let breached = abort(.of(.errors, .rate, .less, 0.01))
    let scenario = Scenario.sample(thresholds: [
      breached,
      .of(.errors, .rate, .less, 0.01),
      abort(.of(.errors, .count, .less, 1), delay: 6_000_000_000),
      abort(.of(.latency, .percentile(95), .less, 1e9)),
      abort(.of(.requests, .count, .greater, 1_000_000)),
      abort(.of(.latency, .maximum, .less, 1, step: "absent")),
    ])
    let at5 = Judgement.aborting(Self.record, scenario: scenario, elapsed: 5_000_000_000)
    #expect(at5.map(\.label) == ["errors: rate < 1.0 %"])
    let at6 = Judgement.aborting(Self.record, scenario: scenario, elapsed: 6_000_000_000)
    #expect(at6.map(\.label) == ["errors: rate < 1.0 %", "errors: count < 1"])
  }

  @Test(
    "a message says how far the figure is from its budget",
    arguments: [
      (Threshold.of(.latency, .percentile(95), .less, 500e6), "p95 10 ms, budget 500 ms (2.0 %), over 1,000 requests"),
      (.of(.latency, .average, .less, 9e6), "average 10 ms, budget 9 ms (111 %), over 1,000 requests"),
      (.of(.latency, .median, .greater, 2e6), "median 10 ms, more than 2 ms expected (500 %), over 1,000 requests"),
      (.of(.latency, .maximum, .less, 10.05e6), "maximum 10 ms, budget 10.1 ms (99.5 %), over 1,000 requests"),
      (.of(.requests, .rate, .greaterOrEqual, 80), "rate 100/s, at least 80/s expected (125 %), over 1,000 requests"),
      (.of(.requests, .count, .equal, 7), "count 1,000, exactly 7 expected, over 1,000 requests"),
      (.of(.requests, .count, .less, 2), "count 1,000, budget 2 (500 times), over 1,000 requests"),
      (.of(.errors, .rate, .lessOrEqual, 0), "error rate 0.0 %, budget 0.0 %, over 1,000 requests"),
    ])
  func distance(_ threshold: Threshold, _ message: String) {
    let record = RunRecord.sample([.of("issued", count: 1000)])
    #expect(ThresholdJudge(threshold: threshold, record: record, rule: .point).judge().message == message)
  }
}
