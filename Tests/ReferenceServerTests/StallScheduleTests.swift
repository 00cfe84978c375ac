import Testing

@testable import ReferenceServer

@Suite("A server's stalls")
struct StallScheduleTests {
  /// Of 100 from 1,000 on, 40 in the middle: it stands still in 1030..<1070, 1130..<1170 and so on.
  private static let schedule = StallSchedule(origin: 1_000, stall: 40, period: 100)

  @Test("a window is in the middle of its period")
  func windows() {
    #expect(Self.schedule.bounds(ofWindow: 0) == 1_030..<1_070)
    #expect(Self.schedule.bounds(ofWindow: 12) == 2_230..<2_270)
    for (instant, window) in [
      (1_000, nil), (1_029, nil), (1_030, 0), (1_069, 0), (1_070, nil), (1_129, nil), (1_130, 1), (2_269, 12),
    ] as [(UInt64, Int?)] {
      #expect(Self.schedule.window(at: instant) == window, "at \(instant)")
    }
  }

  @Test(
    "work goes on after a stall where it stopped",
    arguments: [
      ("none, while it works", 1_010, 0, 1_010),
      ("none, in a stall", 1_050, 0, 1_070),
      ("none, at a stall's first instant", 1_030, 0, 1_070),
      ("done before the stall", 1_010, 10, 1_020),
      ("done as the stall begins", 1_010, 20, 1_030),
      ("cut in two by a stall", 1_010, 21, 1_071),
      ("begun in a stall", 1_050, 5, 1_075),
      ("from the end of a stall to the next", 1_070, 60, 1_130),
      ("over two stalls", 1_070, 61, 1_171),
      ("over many", 1_000, 30 + 60 * 10 + 1, 2_000 + 71),
    ] as [(String, UInt64, UInt64, UInt64)])
  func advances(name: String, from: UInt64, work: UInt64, to: UInt64) {
    #expect(Self.schedule.advance(from: from, by: work) == to, "\(name)")
  }

  @Test("it agrees with counting the instants at which the server works")
  func agreesWithCounting() {
    var random = SeededRandom(seed: 7)
    for _ in 0..<500 {
      let period = 2 + random.next() % 40
      let schedule = StallSchedule(origin: random.next() % 100, stall: random.next() % period, period: period)
      let from = schedule.origin + random.next() % 90
      let work = random.next() % 120
      var instant = from
      while schedule.window(at: instant) != nil { instant += 1 }
      var left = work
      while left > 0 {
        if schedule.window(at: instant) == nil { left -= 1 }
        instant += 1
      }
      #expect(schedule.advance(from: from, by: work) == instant, "\(schedule), \(work) from \(from)")
    }
  }

  @Test("one that never stands still does all at once")
  func never() {
    let schedule = StallSchedule(origin: 5, stall: 0, period: 10)
    #expect((0..<40).allSatisfy { schedule.advance(from: 5 + $0, by: 3) == 8 + $0 })
    #expect((0..<40).allSatisfy { schedule.window(at: 5 + $0) == nil })
  }
}
