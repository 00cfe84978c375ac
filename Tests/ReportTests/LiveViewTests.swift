import JSON
import Testing

@testable import Report

@Suite struct LiveViewTests {
  static let running: LiveSnapshot = {
    var snapshot = LiveSnapshot(scenario: "coupon-cap", phase: "running", elapsed: 12_400_000_000)
    snapshot.expectedTotal = 30_000_000_000
    snapshot.requests = 14_312
    snapshot.rate = 1234.4
    snapshot.inFlight = 50
    snapshot.p95 = 31_200_000
    snapshot.errors = 14
    snapshot.iterationsDone = 14_300
    return snapshot
  }()

  @Test("a running load shows its progress and its figures")
  func running() {
    #expect(
      LiveView(width: 80, style: .plain).lines(Self.running) == [
        "coupon-cap  running", "  [================>                       ] 41 %  12s  17s left",
        "  14,312 requests  1,234/s  50 in flight", "  p(95) 31.2 ms  14 errors (0.0978 %)  14,300 iterations",
      ])
  }

  @Test("a load that ends by count shows how many are done, and guesses the end only after a while")
  func counted() {
    var snapshot = Self.running
    snapshot.expectedTotal = nil
    snapshot.iterationsTotal = 50_000
    #expect(
      LiveView(width: 60, style: .plain).lines(snapshot)[1]
        == "  [==========>                        ] 28 %  12s  30s left")
    #expect(LiveView(width: 80, style: .plain).lines(snapshot)[3].hasSuffix("14,300 of 50,000 iterations"))
    snapshot.iterationsDone = 100
    #expect(LiveView(width: 60, style: .plain).lines(snapshot)[1].hasSuffix("0 %  12s"))
    snapshot.iterationsTotal = nil
    #expect(LiveView(width: 60, style: .plain).lines(snapshot)[1] == "  12s")
  }

  @Test("the time that is left goes down between two counts")
  func countdown() {
    var snapshot = Self.running
    snapshot.expectedTotal = nil
    snapshot.iterationsTotal = 28_600
    snapshot.countedAt = 12_000_000_000
    #expect(snapshot.remaining == 11_600_000_000)
    snapshot.elapsed = 13_000_000_000
    #expect(snapshot.remaining == 11_000_000_000)
    snapshot.elapsed = 90_000_000_000
    #expect(snapshot.remaining == 0)
  }

  @Test("the block has the same height at any time, and no line is too wide", arguments: [1, 10, 24, 40, 80, 200])
  func shape(_ width: Int) {
    var ended = Self.running
    ended.elapsed = 40_000_000_000
    ended.iterationsTotal = 10
    let before = LiveSnapshot(scenario: "쿠폰-한도", phase: "set-up", elapsed: 0)
    for snapshot in [Self.running, ended, before] {
      let lines = LiveView(width: width, style: .plain).lines(snapshot)
      #expect(lines.count == LiveView.height)
      for line in lines { #expect(DisplayWidth.of(line) <= width, "\(line)") }
    }
  }

  @Test("the end is never passed")
  func pastTheEnd() {
    var snapshot = Self.running
    snapshot.elapsed = 31_000_000_000
    #expect(LiveView(width: 80, style: .plain).lines(snapshot)[1].hasSuffix("100 %  31s  0s left"))
  }

  @Test("a block is drawn over the last one line by line")
  func draw() {
    #expect(LiveView.draw(["a", "b"], isFirst: true) == "\u{1B}[?7la\u{1B}[K\nb\u{1B}[K\n\u{1B}[?7h")
    #expect(LiveView.draw(["a", "b"], isFirst: false) == "\u{1B}[2A\r\u{1B}[?7la\u{1B}[K\nb\u{1B}[K\n\u{1B}[?7h")
    // Nothing clears the screen, whose lines a terminal may keep.
    #expect(LiveView.erase == "\u{1B}[4A\r\u{1B}[K\n\u{1B}[K\n\u{1B}[K\n\u{1B}[K\n\u{1B}[4A")
  }
}
