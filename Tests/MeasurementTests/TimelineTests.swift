import Testing

@testable import Measurement

@Suite struct TimelineTests {
  private static func slot(_ count: UInt64, latency: Double = 0) -> Timeline.Slot {
    var slot = Timeline.Slot()
    slot.count = count
    slot.latency = latency
    return slot
  }

  @Test("intervals are kept apart, and those without requests are there")
  func intervals() {
    var timeline = Timeline()
    timeline.add(Self.slot(3, latency: 30), at: 0)
    timeline.add(Self.slot(5), at: 2)
    timeline.add(Self.slot(1, latency: 2), at: 0)
    #expect(timeline.slots == [Self.slot(4, latency: 32), Self.slot(0), Self.slot(5)])
  }

  @Test("beyond 256 intervals neighbours merge, and nothing is lost", arguments: [256, 257, 513, 3600])
  func long(_ length: Int) {
    var timeline = Timeline()
    for number in 0..<length { timeline.add(Self.slot(UInt64(number)), at: number) }
    #expect(timeline.slots.count <= Timeline.slotLimit)
    #expect(timeline.slots.count * 2 > Timeline.slotLimit)
    #expect(timeline.slots.reduce(0) { $0 + $1.count } == UInt64(length * (length - 1) / 2))
    let width = 1 << timeline.magnitude
    #expect(timeline.slots[1].count == UInt64((width..<2 * width).reduce(0, +)))
  }

  @Test("merged series are the same as one that had all requests")
  func merging() {
    var (one, two, both) = (Timeline(), Timeline(), Timeline())
    for number in 0..<700 {
      if number < 100 { one.add(Self.slot(1), at: number) }
      two.add(Self.slot(2), at: number)
      both.add(Self.slot(number < 100 ? 3 : 2), at: number)
    }
    var merged = one
    merged.merge(two)
    #expect(merged == both)
    two.merge(one)
    #expect(two == both)
    // Wide slots do not become narrow ones.
    var wide = Timeline()
    wide.widen(to: 2)
    wide.add(Self.slot(1), at: 5)
    var narrow = Timeline()
    narrow.add(Self.slot(1), at: 7)
    narrow.merge(wide)
    #expect(narrow.magnitude == 2)
    #expect(narrow.slots == [Self.slot(0), Self.slot(2)])
  }

  @Test("a run's record has each series by measured interval, without the warm-up")
  func recorded() {
    let definition = IntervalRecorder.SeriesDefinition(
      key: SeriesKey(group: "main", step: "get", outcome: "ok"), kind: .expected, budgets: [])
    let recorder = IntervalRecorder(
      series: [definition], groups: [IntervalRecorder.GroupDefinition(name: "main", load: "", isOpen: false)])
    var record = RunRecord(identity: RunIdentity(scenario: "s", file: "s.json5", target: "reference", seed: 1))
    for second in UInt64(0)..<4 {
      // None in the third one.
      for _ in 0..<(second == 2 ? 0 : second + 1) {
        recorder.record(
          series: 0, at: second * 1_000_000_000, latency: 2_000_000, serviceTime: 1_000_000, timeToFirstByte: nil,
          bytesSent: 0, bytesReceived: 0)
      }
      recorder.accumulate(
        into: &record, start: second * 1_000_000_000, end: (second + 1) * 1_000_000_000, isWarmUp: second == 0)
      recorder.reset()
    }
    let slots = record.series[0].timeline.slots
    #expect(slots.map(\.count) == [2, 0, 4])
    #expect(slots.map(\.latency) == [4e6, 0, 8e6])
    #expect(slots.map(\.serviceTime) == [2e6, 0, 4e6])
    #expect(slots.map(\.sent) == [2, 0, 4])
    #expect(slots.map(\.answered) == [0, 0, 0])
  }
}
