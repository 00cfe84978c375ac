import JSON
import Load
import Measurement
import Scenario

@testable import Verdict

private let millisecond: UInt64 = 1_000_000
private let second: UInt64 = 1_000_000_000

/// A run of 2,000 arrivals in 20 s on a quiet machine, answered after 20 to 40 ms, that a test bends.
struct CheckedRun {
  var record = RunRecord.sample(elapsed: 20 * second)
  var scenario = Scenario.sample(thresholds: [.of(.latency, .percentile(95), .less, 100e6)])
  var group = GroupRecord(name: "rush", load: "100 arrivals/s", isOpen: true)
  var shape = LoadShape.open(.constant(100, nanoseconds: 20 * second), maxUsers: 50, poisson: false)
  var latencies: [UInt64] = (0..<2000).map { 20 * millisecond + UInt64($0 % 200) * millisecond / 10 }
  /// How late each arrival was.
  var lags = [UInt64](repeating: 50_000, count: 2000)
  var usage = IntervalUsage(
    wall: second, workers: [.init(cpu: 300_000_000, runQueueWait: 4_000_000, turns: 400)], ticks: 200, stolenTicks: 1,
    pressure: 20_000_000)
  /// Of single intervals, in place of `usage`.
  var usages: [Int: IntervalUsage] = [:]
  var medians: [UInt64] = []
  /// How late the probe was each time, in the first interval.
  var probeLags: [UInt64] = []
  /// How long the worker stood still in each interval.
  var pauses = [UInt64?](repeating: 2 * millisecond, count: 20)

  init() {
    group.intended = 2000
    group.iterationsStarted = 2000
    group.iterationsCompleted = 2000
    group.peakInFlight = 10
  }

  /// A closed load with 50 users.
  static func closed(budget: Double? = 100e6) -> CheckedRun {
    var run = CheckedRun()
    run.shape = .closed(.constant(50, nanoseconds: 20 * second))
    run.group.isOpen = false
    run.group.peakInFlight = 50
    run.scenario.thresholds = budget.map { [.of(.latency, .percentile(95), .less, $0)] } ?? []
    return run
  }

  /// The record and the scenario as they stand, recorded as a run records them.
  func finished() -> (RunRecord, Scenario) {
    var (record, scenario) = (record, scenario)
    var traffic = TrafficGroup(name: "rush", load: shape, steps: [], range: SourceRange(0, 0))
    traffic.startAfter = 0
    scenario.traffic = [traffic]
    let budgets = scenario.thresholds.filter(\.isOnTimes).map { UInt64($0.bound) }
    let definitions = [
      IntervalRecorder.SeriesDefinition(
        key: SeriesKey(group: "rush", step: "issue", outcome: "issued"), kind: .expected, budgets: Set(budgets).sorted()
      )
    ]
    let recorder = IntervalRecorder(series: definitions, groups: [.init(name: "rush", load: "", isOpen: group.isOpen)])
    record.series = []
    record.groups = []
    let share = latencies.count / 20
    for interval in 0..<20 {
      for index in interval * share..<(interval + 1) * share {
        let latency = latencies[index] + lags[index]
        recorder.record(
          series: 0, at: UInt64(index) * 20 * second / UInt64(latencies.count), latency: latency,
          serviceTime: latencies[index], timeToFirstByte: nil, bytesSent: 1, bytesReceived: 1)
        recorder.recordLag(group: 0, generator: lags[index], wait: 0)
        if group.isOpen {
          recorder.recordScheduled(group: 0, series: 0, lag: lags[index], latency: latency, isArrival: true)
        }
      }
      recorder.usage = usages[interval] ?? usage
      if interval == 0 { for lag in probeLags { recorder.probeLag.record(lag) } }
      if let pause = pauses[interval] { recorder.recordPause(pause) }
      recorder.accumulate(
        into: &record, start: UInt64(interval) * second, end: UInt64(interval + 1) * second, isWarmUp: false)
      recorder.reset()
    }
    var group = group
    group.schedule = record.groups[0].schedule
    group.lag = record.groups[0].lag
    record.groups = [group]
    for (index, median) in medians.enumerated() {
      record.intervals[index].median = median
      record.intervals[index].p95 = 2 * median
    }
    return (record, scenario)
  }

  var judgement: Judgement {
    let (record, scenario) = finished()
    return Judgement.of(record, scenario: scenario)
  }

  var check: SelfCheck {
    let (record, scenario) = finished()
    return SelfCheck(record, scenario: scenario)
  }

  func rule(_ name: SelfCheckRule.Name) -> SelfCheckRule { check.rules.first { $0.name == name }! }
}
