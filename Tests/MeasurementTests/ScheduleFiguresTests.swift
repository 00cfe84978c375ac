import Measurement
import Testing

private let millisecond: UInt64 = 1_000_000

@Suite("What lateness did to latencies")
struct ScheduleFiguresTests {
  private func recorder() -> IntervalRecorder {
    IntervalRecorder(
      series: [
        IntervalRecorderTests.definition("ok", .expected, budgets: []),
        IntervalRecorderTests.definition("timeout", .transport, budgets: []),
        IntervalRecorderTests.definition("reset", .transport, budgets: []),
      ], groups: [.init(name: "rush", load: "", isOpen: true)])
  }

  @Test(
    "only a lag that is noticeable beside the latency is kept twice",
    arguments: [
      (lag: 131_072, latency: 1_000_000, isKept: true), (131_071, 1_000_000, false),
      // 10 ms is a 64th of 640 ms.
      (10_000_000, 639_000_000, true), (10_000_000, 641_000_000, false), (0, 1_000_000, false),
    ] as [(lag: UInt64, latency: UInt64, isKept: Bool)])
  func noticeable(lag: UInt64, latency: UInt64, isKept: Bool) {
    let recorder = recorder()
    recorder.recordScheduled(group: 0, series: 0, lag: lag, latency: latency, isArrival: true)
    let schedule = recorder.groups[0].schedule
    #expect(schedule.lag.maximum == lag && schedule.lag.count == 1)
    #expect(schedule.late.count == (isKept ? 1 : 0))
    #expect(schedule.lateWithoutLag.maximum == (isKept ? latency - lag : 0))
  }

  @Test("requests whose times are in no latency are not, and steps after the first are no arrivals")
  func kinds() {
    let recorder = recorder()
    for series in 0..<3 {
      recorder.recordScheduled(
        group: 0, series: series, lag: 5 * millisecond, latency: 9 * millisecond, isArrival: series == 0)
    }
    #expect(recorder.groups[0].schedule.late.count == 2)
    #expect(recorder.groups[0].schedule.lag.count == 1)
  }

  @Test("a percentile without the lag is that of the latencies that would have been")
  func percentile() {
    let recorder = recorder()
    var generator = TestGenerator(seed: 3)
    var (all, onTime) = (Histogram(), Histogram())
    for _ in 0..<20_000 {
      let service = UInt64.random(in: 1...40, using: &generator) * millisecond
      let lag = UInt64.random(in: 0...9, using: &generator) == 0 ? UInt64.random(in: 1...500, using: &generator) : 0
      all.record(service + lag * millisecond)
      onTime.record(service)
      recorder.recordScheduled(
        group: 0, series: 0, lag: lag * millisecond, latency: service + lag * millisecond, isArrival: true)
    }
    let schedule = recorder.groups[0].schedule
    for percent in [1, 50, 90, 95, 99, 99.9] as [Double] {
      let (without, truth) = (schedule.percentileWithoutLag(percent, of: all), onTime.percentile(percent))
      // Lags of less than a 64th stay in, and a bucket is a thousandth.
      #expect(Double(without) >= Double(truth) * 0.998 && Double(without) <= Double(truth) * 1.018, "\(percent)")
    }
    #expect(
      all.percentile(95) > 100 * millisecond && onTime.percentile(95) == schedule.percentileWithoutLag(95, of: all))
    #expect(ScheduleFigures().percentileWithoutLag(95, of: all) == all.percentile(95))
    #expect(ScheduleFigures().percentileWithoutLag(95, of: Histogram()) == 0)
  }

  @Test("what an interval used is the difference of two readings, and what is not known stays so")
  func usage() {
    let first = IntervalUsage(
      wall: 100, workers: [.init(cpu: 10, runQueueWait: 4, turns: 2), .init(cpu: 20)], ticks: 50, stolenTicks: 5,
      pressure: nil)
    let second = IntervalUsage(
      wall: 300, workers: [.init(cpu: 90, runQueueWait: 7, turns: 12), .init(cpu: 15, runQueueWait: 1, turns: 1)],
      ticks: 60, stolenTicks: 5, pressure: 9)
    var used = second.since(first)
    #expect(
      used
        == IntervalUsage(
          wall: 200, workers: [.init(cpu: 80, runQueueWait: 3, turns: 10), .init(cpu: 0)], ticks: 10, stolenTicks: 0,
          pressure: nil))
    used.add(used)
    #expect(used.wall == 400 && used.workers[0].runQueueWait == 6 && used.workers[1].turns == nil && used.ticks == 20)
  }
}
