import JSON
import Load
import Measurement
import Scenario
import Verdict

/// Runs and judgements made up for reports to show.
enum Fixture {
  static let source = SourceText(
    name: "scenarios/coupon-cap.json5",
    """
    {
      name: 'coupon-cap',
      invariants: { 'never over-issued': {} },
      thresholds: {
        'latency{step:issue}': ['p(95) < 1s'],
        errors: ['rate < 5%'],
      },
    }
    """)

  static func range(of text: String) -> SourceRange {
    let needle = Array(text.utf8)
    let start = source.bytes.indices.first { source.bytes[$0...].starts(with: needle) } ?? 0
    return SourceRange(start, start + needle.count)
  }

  /// `count` samples from `least` to `most` milliseconds, evenly.
  static func histogram(_ count: Int, _ least: Double, _ most: Double) -> Histogram {
    var histogram = Histogram()
    for index in 0..<count {
      let share = count > 1 ? Double(index) / Double(count - 1) : 0
      histogram.record(UInt64((least + (most - least) * share) * 1e6))
    }
    return histogram
  }

  static func series(
    _ outcome: String, step: String = "issue", _ kind: OutcomeKind, _ count: Int, latency: (Double, Double),
    service: (Double, Double)
  ) -> SeriesRecord {
    var series = SeriesRecord(key: SeriesKey(group: "rush", step: step, outcome: outcome), kind: kind)
    series.count = UInt64(count)
    series.latency = histogram(count, latency.0, latency.1)
    series.serviceTime = histogram(count, service.0, service.1)
    series.timeToFirstByte = histogram(count, service.0 * 0.9, service.1 * 0.9)
    series.bytesSent = UInt64(count) * 180
    series.bytesReceived = UInt64(count) * 240
    return series
  }

  /// 5,000 buyers against 1,000 coupons, of which `overIssued` too many were handed out.
  static func coupons(overIssued: Int = 0) -> RunRecord {
    var identity = RunIdentity(
      scenario: "coupon-cap", file: "scenarios/coupon-cap.json5", target: "reference", seed: 18_446_744_073_709_551_615)
    identity.summary = "1,000 coupons, 5,000 buyers at once: never one too many"
    identity.startedAt = 1_763_643_420_000_000_000
    identity.workers = 1
    identity.serverLoops = 1
    identity.machine = "2 × Example CPU, 8 GB, Linux 6.1"
    identity.version = "0.1.0"
    identity.gitRevision = "ee983c2"
    if overIssued > 0 { identity.incidents = ["coupon.overissue"] }
    var record = RunRecord(identity: identity)
    record.elapsed = 1_162_000_000
    let issued = 1000 + overIssued
    record.series = [
      series("issued", .expected, issued, latency: (4, 240), service: (1, 31)),
      series("sold_out", .expected, 5000 - issued, latency: (200, 1100), service: (1, 29)),
      series("timeout", .transport, 0, latency: (0, 0), service: (0, 0)),
    ]
    var group = GroupRecord(name: "rush", load: "burst of 5,000 with at most 500 users", isOpen: false)
    group.iterationsStarted = 5000
    group.iterationsCompleted = 5000
    group.intended = 5000
    group.peakInFlight = 500
    group.release = ReleaseRecord(users: 500, skew: 3_100_000, peakInFlight: 498)
    record.groups = [group]
    record.connections.opened = 500
    record.connections.connectTime = histogram(500, 0.1, 9)
    record.generator.lag = histogram(5000, 0.001, 0.2)
    record.generator.wait = histogram(5000, 0, 1080)
    record.generator.turnWait = histogram(500, 0, 18)
    record.generator.workerCPU = [310_000_000]
    record.generator.serverCPU = [420_000_000]
    record.generator.peakResidentBytes = 21_000_000
    var interval = IntervalSummary(start: 0, end: 1_000_000_000)
    interval.requests = 4300
    interval.inFlight = 500
    interval.median = 520_000_000
    interval.p95 = 900_000_000
    interval.p99 = 980_000_000
    interval.maximum = 1_000_000_000
    record.intervals = [interval]
    record.ledgers = ["never over-issued": LedgerRecord(keys: (0..<issued).map { "user-\($0)" })]
    return record
  }

  /// 2,000 arrivals of which one in thirty was 12 ms late, on a machine whose kernel tells half of it.
  static func late() -> (RunRecord, Scenario) {
    var record = RunRecord(identity: coupons().identity)
    record.elapsed = 20_000_000_000
    let key = SeriesKey(group: "rush", step: "issue", outcome: "issued")
    let recorder = IntervalRecorder(
      series: [.init(key: key, kind: .expected, budgets: [38_000_000])],
      groups: [.init(name: "rush", load: "100 arrivals/s for 20 s, at most 50 users", isOpen: true)])
    recorder.recordIntended(2000, group: 0)
    for index in 0..<2000 as Range<UInt64> {
      let service = 20_000_000 + index % 200 * 100_000
      let lag: UInt64 = index % 30 == 0 ? 12_000_000 : 60_000
      recorder.recordIterationStarted(group: 0)
      recorder.recordIterationCompleted(group: 0)
      recorder.record(
        series: 0, at: index * 10_000_000, latency: service + lag, serviceTime: service, timeToFirstByte: service,
        bytesSent: 180, bytesReceived: 240)
      recorder.recordLag(group: 0, generator: lag, wait: 0)
      recorder.recordScheduled(group: 0, series: 0, lag: lag, latency: service + lag, isArrival: true)
    }
    recorder.usage = IntervalUsage(
      wall: 20_000_000_000, workers: [.init(cpu: 2_000_000_000, runQueueWait: 40_000_000, turns: 4000)],
      pressure: 700_000_000)
    recorder.accumulate(into: &record, start: 0, end: 20_000_000_000, isWarmUp: false)
    var scenario = Scenario(source: source, name: "coupon-cap")
    scenario.traffic = [
      TrafficGroup(
        name: "rush", load: .open(.constant(100, nanoseconds: 20_000_000_000), maxUsers: 50, poisson: false), steps: [],
        range: SourceRange(0, 0))
    ]
    var threshold = Threshold(
      metric: MetricSelector(metric: .latency, step: "issue"), aggregation: .percentile(95), comparison: .less,
      bound: 38_000_000, text: "p(95) < 38ms", range: range(of: "'p(95) < 1s'"))
    threshold.isDefault = false
    scenario.thresholds = [threshold]
    scenario.selfCheck.steal = nil
    return (record, scenario)
  }

  static func latency(_ verdict: Verdict = .pass, observed: Double = 988_000_000, message: String? = nil) -> Finding {
    Finding(
      kind: .threshold, name: "latency{step:issue}", text: "p(95) < 1s", verdict: verdict,
      observed: Quantity(observed, .nanoseconds), bound: Quantity(1e9, .nanoseconds), samples: 5000,
      evidence: evidence(verdict, observed), message: message ?? "p95 988 ms, budget 1 s (98.8 %), over 5,000 requests",
      range: range(of: "'p(95) < 1s'"))
  }

  /// Open at the top where the samples are too few.
  private static func evidence(_ verdict: Verdict, _ observed: Double) -> Evidence {
    Evidence(
      interval: .init(lower: observed - 12e6, upper: verdict == .inconclusive ? nil : observed + 9e6),
      bounds: .init(lower: 0.0123, upper: verdict == .inconclusive ? 0.0625 : 0.046), designEffect: 2.5,
      effectiveSamples: 2000, samplesNeeded: verdict == .inconclusive ? 9000 : nil)
  }

  static let errors = Finding(
    kind: .threshold, name: "errors", text: "rate < 1%", verdict: .pass, observed: Quantity(0, .fraction),
    bound: Quantity(0.01, .fraction), samples: 5000,
    message: "rate is 0.0 % over 5,000 requests (default budget: the scenario names none)", isDefault: true)

  static let capHeld = Finding(
    kind: .invariant, name: "never over-issued", text: "at most 1,000 issued, and the ledger agrees", verdict: .pass,
    observed: Quantity(1000, .count), bound: Quantity(1000, .count), samples: 5000,
    message: "1,000 of 5,000 requests issued, 1,000 rows in the ledger, up to 500 at once",
    range: range(of: "'never over-issued'"))

  static let capBroken = Finding(
    kind: .invariant, name: "never over-issued", text: "at most 1,000 issued, and the ledger agrees", verdict: .fail,
    observed: Quantity(1037, .count), bound: Quantity(1000, .count), samples: 5000,
    message: "1,037 issued where the cap is 1,000: 37 over-issued; 37 sequence numbers beyond 1…1,000 given out; "
      + "the ledger holds 1,037 rows: 37 too many", range: range(of: "'never over-issued'"),
    counterexample: overIssue, contention: Contention(peakInFlight: 500, atCap: 484, contestedLimits: 1))

  static var overIssue: Counterexample {
    var counterexample = Counterexample(
      summary: "issued with a sequence number beyond the cap, lowest number first",
      explanation: "A counter that stops at 1,000 gives these numbers to nobody, in whatever order it is asked.",
      requests: (0..<3).map(offender), total: 37)
    counterexample.again =
      "stampede run scenarios/coupon-cap.json5 --incident coupon.overissue --workers 1 --server-loops 1 --seed 42"
    counterexample.server = ["stampede serve --seed 42 --incident coupon.overissue"]
    counterexample.requests[0].before = [
      "token=$(curl -s -X POST http://127.0.0.1:8080/token --data-raw 'user 1204' | jq -r .access_token)"
    ]
    for index in counterexample.requests.indices {
      counterexample.requests[index].curl =
        "curl -X POST http://127.0.0.1:8080/api/coupon-policies/1/issue -H 'Content-Type: application/json' "
        + "--data-raw '{\"userId\":\"\(counterexample.requests[index].keys[0].value)\"}'"
    }
    return counterexample
  }

  private static func offender(_ index: Int) -> Witness {
    let iteration = 1204 + UInt32(index)
    return Witness(
      group: "rush", step: "issue", outcome: "issued", status: 201, user: 37 * UInt32(index), iteration: iteration,
      keys: [Witness.Key("buyer", "user-0\(iteration)")], sent: 204_117_309 + UInt64(index) * 1_000_000,
      returned: index == 2 ? nil : 231_000_042, sequence: 1001 + Int64(index))
  }

  static let once = Finding(
    kind: .invariant, name: "one coupon per buyer", text: "at most 1 issue.issued per buyer", verdict: .pass,
    observed: Quantity(1, .count), bound: Quantity(1, .count), samples: 5000,
    message:
      "at most 1 issued for each of 4,900 values of buyer; 100 of them asked for more and got no more, "
      + "40 with more requests in flight than were left",
    contention: Contention(peakInFlight: 500, contendedKeys: 40, contestedLimits: 40))
}
