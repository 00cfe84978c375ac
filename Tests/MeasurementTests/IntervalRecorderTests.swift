import Measurement
import Testing

private let millisecond: UInt64 = 1_000_000

@Suite struct IntervalRecorderTests {
  static let issued = definition("issued", .expected, budgets: [5 * millisecond, 50 * millisecond])
  static let soldOut = definition("sold_out", .expected, budgets: [])
  static let timeout = definition("timeout", .transport, budgets: [])
  static let reset = definition("reset", .transport, budgets: [])

  static func definition(_ outcome: String, _ kind: OutcomeKind, budgets: [UInt64])
    -> IntervalRecorder.SeriesDefinition
  {
    .init(key: SeriesKey(group: "rush", step: "issue", outcome: outcome), kind: kind, budgets: budgets)
  }

  static func recorder() -> IntervalRecorder {
    IntervalRecorder(
      series: [issued, soldOut], groups: [.init(name: "rush", load: "burst of 5,000", isOpen: true)])
  }

  static let identity = RunIdentity(scenario: "coupon-cap", file: "coupon-cap.json5", target: "reference", seed: 1)

  /// Records made-up requests, the same for the same generator, into the recorder that `choose` picks for each.
  static func record(_ count: Int, from generator: inout TestGenerator, choose: (Int) -> IntervalRecorder) {
    for number in 0..<count {
      let recorder = choose(number)
      let latency = UInt64.random(in: 100_000...100_000_000, using: &generator)
      let fails = number % 50 == 49
      recorder.recordIntended(group: 0)
      recorder.recordIterationStarted(group: 0)
      recorder.requestBegan(group: 0)
      recorder.recordLag(group: 0, generator: latency % 1_000, wait: latency % 7_000)
      recorder.recordScheduled(
        group: 0, series: fails ? 1 : 0, lag: latency / UInt64(number % 200 + 1), latency: latency, isArrival: true)
      recorder.recordGap(Double(latency % 1_000) / 500, group: 0)
      if number % 10 == 0 { recorder.recordConnection(connectTime: latency / 10, turnWait: latency / 20) }
      if number % 100 == 0 { recorder.recordFailedConnection() }
      recorder.requestEnded(group: 0)
      recorder.recordIterationCompleted(group: 0)
      recorder.record(
        series: fails ? 1 : 0, at: UInt64(number) * millisecond, latency: latency,
        serviceTime: fails ? nil : latency - 50, timeToFirstByte: fails ? nil : latency / 2, bytesSent: 100,
        bytesReceived: latency % 1_000)
    }
  }

  @Test("what several workers recorded over several intervals adds up to what one recorder would have")
  func mergeEqualsSingle() {
    var generator = TestGenerator(seed: 5)
    let single = Self.recorder()
    Self.record(3_000, from: &generator) { _ in single }
    var expected = RunRecord(identity: Self.identity)
    single.accumulate(into: &expected, start: 0, end: 3_000 * millisecond, isWarmUp: false)

    generator = TestGenerator(seed: 5)
    var actual = RunRecord(identity: Self.identity)
    let interval = Self.recorder()
    var active = [Self.recorder(), Self.recorder(), Self.recorder()]
    var spare = [Self.recorder(), Self.recorder(), Self.recorder()]
    Self.record(3_000, from: &generator) { number in
      if number > 0, number % 1_000 == 0 {
        Self.handOver(&active, &spare, interval, &actual, second: UInt64(number / 1_000) - 1)
      }
      return active[number % 3]
    }
    Self.handOver(&active, &spare, interval, &actual, second: 2)

    #expect(actual.series.count == 2)
    for (actual, expected) in zip(actual.series, expected.series) {
      #expect(actual.count == expected.count)
      #expect(actual.latency == expected.latency)
      #expect(actual.serviceTime == expected.serviceTime)
      #expect(actual.timeToFirstByte == expected.timeToFirstByte)
      #expect(actual.bytesSent == expected.bytesSent && actual.bytesReceived == expected.bytesReceived)
      #expect(actual.exceedances == expected.exceedances)
    }
    #expect(actual.series[0].count == 2_940 && actual.series[1].serviceTime.isEmpty)
    #expect(actual.series[0].exceedances[0].exceedances > actual.series[0].exceedances[1].exceedances)
    #expect(actual.connections.opened == 300 && actual.connections.failed == 30)
    #expect(actual.connections.connectTime == expected.connections.connectTime)
    #expect(actual.generator.lag == expected.generator.lag && actual.generator.wait == expected.generator.wait)
    #expect(actual.generator.turnWait == expected.generator.turnWait && actual.generator.turnWait.count == 300)
    #expect(actual.generator.turnWait.sum < actual.connections.connectTime.sum)
    #expect(actual.groups[0].schedule == expected.groups[0].schedule)
    #expect(actual.groups[0].schedule.lag.count == 3_000 && actual.groups[0].schedule.gaps.count == 3_000)
    #expect(actual.groups[0].iterationsStarted == 3_000 && actual.groups[0].intended == 3_000)
    #expect(actual.groups[0].iterationsCompleted == 3_000)
    #expect(actual.intervals.map(\.requests) == [1_000, 1_000, 1_000])
    #expect(actual.intervals.map(\.errors) == [0, 0, 0])
  }

  static func handOver(
    _ active: inout [IntervalRecorder], _ spare: inout [IntervalRecorder], _ interval: IntervalRecorder,
    _ record: inout RunRecord, second: UInt64
  ) {
    for worker in active.indices {
      spare[worker].takeOver(from: active[worker])
      interval.merge(active[worker])
      active[worker].reset()
      swap(&active[worker], &spare[worker])
    }
    interval.accumulate(
      into: &record, start: second * 1_000_000_000, end: (second + 1) * 1_000_000_000, isWarmUp: false)
    interval.reset()
  }

  @Test("outcomes that turn up on two workers in different order come together by their key")
  func newSeries() {
    let one = Self.recorder()
    let two = Self.recorder()
    let oneTimeout = one.addSeries(Self.timeout)
    let oneReset = one.addSeries(Self.reset)
    let twoReset = two.addSeries(Self.reset)
    one.record(
      series: oneTimeout, at: 1, latency: 5, serviceTime: nil, timeToFirstByte: nil, bytesSent: 1, bytesReceived: 0)
    one.record(
      series: oneReset, at: 1, latency: 6, serviceTime: nil, timeToFirstByte: nil, bytesSent: 2, bytesReceived: 0)
    two.record(
      series: twoReset, at: 1, latency: 7, serviceTime: nil, timeToFirstByte: nil, bytesSent: 4, bytesReceived: 0)
    let interval = Self.recorder()
    interval.merge(two)
    interval.merge(one)
    var record = RunRecord(identity: Self.identity)
    let summary = interval.accumulate(into: &record, start: 0, end: 10, isWarmUp: false)
    #expect(record.series.map(\.key.outcome) == ["issued", "sold_out", "reset", "timeout"])
    #expect(record.series.map(\.count) == [0, 0, 2, 1])
    #expect(record.series.map(\.bytesSent) == [0, 0, 6, 1])
    #expect(record.series[2].kind == .transport)
    #expect(
      summary.errors == 3 && summary.maximum == 5, "of errors, only what nobody answered in time is in the latency")
  }

  @Test("the spare recorder goes on with the same series and with what is in flight")
  func takeOver() {
    let active = Self.recorder()
    let spare = Self.recorder()
    let timeout = active.addSeries(Self.timeout)
    for _ in 0..<3 { active.requestBegan(group: 0) }
    active.requestEnded(group: 0)
    spare.takeOver(from: active)
    #expect(spare.definitions[timeout] == Self.timeout)
    #expect(spare.groups[0].inFlight == 2 && spare.groups[0].peakInFlight == 2)
    spare.requestEnded(group: 0)
    spare.requestEnded(group: 0)
    #expect(spare.groups[0].inFlight == 0 && spare.groups[0].peakInFlight == 2)
    #expect(active.groups[0].peakInFlight == 3)
  }

  @Test("the most in flight is the workers' sum in an interval, and the largest of all intervals")
  func peakInFlight() {
    var record = RunRecord(identity: Self.identity)
    for peaks in [[2, 3], [1, 1]] {
      let interval = Self.recorder()
      for peak in peaks {
        let worker = Self.recorder()
        for _ in 0..<peak { worker.requestBegan(group: 0) }
        interval.merge(worker)
      }
      interval.accumulate(into: &record, start: 0, end: 1, isWarmUp: false)
    }
    #expect(record.groups[0].peakInFlight == 5)
    #expect(record.intervals.map(\.inFlight) == [5, 2])
  }

  @Test("warm-up is on the time line and in no figure, and its series are known all the same")
  func warmUp() {
    let recorder = Self.recorder()
    recorder.record(
      series: 0, at: 1, latency: 7_000, serviceTime: 5, timeToFirstByte: 3, bytesSent: 1, bytesReceived: 2)
    recorder.recordLag(group: 0, generator: 1, wait: 1)
    recorder.recordIntended(group: 0)
    var record = RunRecord(identity: Self.identity)
    recorder.accumulate(into: &record, start: 0, end: 1_000, isWarmUp: true)
    #expect(record.intervals.count == 1 && record.intervals[0].isWarmUp && record.intervals[0].requests == 1)
    #expect(record.intervals[0].maximum == 7_000)
    #expect(record.series.map(\.count) == [0, 0] && record.series[0].exceedances.count == 2)
    #expect(record.generator.lag.isEmpty && record.groups[0].intended == 0)
  }

  @Test("a few answers of a series are kept, from whichever worker, and no more")
  func samples() {
    let interval = Self.recorder()
    var made = 0
    for worker in 0..<2 {
      let recorder = Self.recorder()
      for number in 0..<5 {
        recorder.noteSample(
          series: 1,
          {
            made += 1
            return "\(worker).\(number)"
          }())
      }
      interval.merge(recorder)
    }
    var record = RunRecord(identity: Self.identity)
    interval.accumulate(into: &record, start: 0, end: 1, isWarmUp: false)
    interval.accumulate(into: &record, start: 1, end: 2, isWarmUp: false)
    #expect(record.series[1].samples == ["0.0", "0.1", "0.2"])
    #expect(made == 6, "a text that is not kept is not made")
  }

  @Test("memory does not grow from interval to interval, and series without samples take none")
  func memory() {
    let recorder = Self.recorder()
    func bytes() -> Int {
      recorder.series.reduce(0) {
        $0 + $1.latency.allocatedBytes + $1.serviceTime.allocatedBytes + $1.timeToFirstByte.allocatedBytes
      }
    }
    #expect(bytes() == 0)
    var generator = TestGenerator(seed: 9)
    Self.record(5_000, from: &generator) { _ in recorder }
    recorder.reset()
    let kept = bytes()
    #expect(kept < 6 * 50_000)
    #expect(recorder.series.allSatisfy { $0.latency.allocatedBytes > 0 }, "memory is kept for the next interval")
    for _ in 0..<5 {
      generator = TestGenerator(seed: 9)
      Self.record(5_000, from: &generator) { _ in recorder }
      #expect(recorder.series[0].count == 4_900)
      recorder.reset()
    }
    #expect(bytes() == kept)
    #expect(recorder.series.allSatisfy { $0.count == 0 && $0.latency.isEmpty })
    #expect(recorder.groups[0].intended == 0 && recorder.connectionsOpened == 0 && recorder.wait.isEmpty)
  }
}
