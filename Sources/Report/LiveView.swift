import Verdict

/// What a run is doing at an instant, for a person who watches it.
package struct LiveSnapshot: Sendable, Hashable {
  package var scenario: String
  /// `set-up`, `running`, `ramp down`: a word or two.
  package var phase: String
  /// Nanoseconds since the load's start.
  package var elapsed: UInt64
  /// Of the whole load; `nil` where it ends by count or is not known.
  package var expectedTotal: UInt64?
  package var requests: UInt64
  /// Per second, of late.
  package var rate: Double
  package var inFlight: Int
  /// Response time of looked-for outcomes, of late. Nanoseconds; `nil` where there was none.
  package var p95: UInt64?
  package var errors: UInt64
  package var iterationsDone: UInt64
  /// `nil` where the load ends by time.
  package var iterationsTotal: UInt64?
  /// When the counts were taken, nanoseconds since the load's start; `nil` for now.
  package var countedAt: UInt64?

  package init(scenario: String, phase: String, elapsed: UInt64) {
    self.scenario = scenario
    self.phase = phase
    self.elapsed = elapsed
    requests = 0
    rate = 0
    inFlight = 0
    errors = 0
    iterationsDone = 0
  }

  /// How much of the load is done, between 0 and 1: by time where the load ends by time, else by count.
  var progress: Double? {
    if let expectedTotal, expectedTotal > 0 { return min(1, Double(elapsed) / Double(expectedTotal)) }
    if let iterationsTotal, iterationsTotal > 0 { return min(1, Double(iterationsDone) / Double(iterationsTotal)) }
    return nil
  }

  /// Nanoseconds until the end: known for a load that ends by time, else at the pace so far once a twentieth is done.
  var remaining: UInt64? {
    if let expectedTotal { return expectedTotal > elapsed ? expectedTotal - elapsed : 0 }
    guard let progress, progress >= 0.05 else { return nil }
    // The clock goes on between counts, and must not count against the pace.
    let counted = min(countedAt ?? elapsed, elapsed)
    let left = UInt64(Double(counted) / progress * (1 - progress))
    return left > elapsed - counted ? left - (elapsed - counted) : 0
  }
}

/// The block that shows a run while it goes on: always `height` lines, none wider than the terminal.
package struct LiveView: Sendable {
  package static let height = 4

  package var width: Int
  package var style: TextStyle

  package init(width: Int, style: TextStyle) {
    self.width = width
    self.style = style
  }

  package func lines(_ snapshot: LiveSnapshot) -> [String] {
    var title = StyledLine(snapshot.scenario, .strong)
    title.append("  \(snapshot.phase)", .faint)
    var traffic = StyledLine("  \(Quantity.grouped(snapshot.requests)) requests")
    traffic.append("  \(Quantity(snapshot.rate, .perSecond).text)")
    traffic.append("  \(Quantity.grouped(snapshot.inFlight)) in flight")
    var health = StyledLine("  p(95) \(snapshot.p95.map { Quantity.duration(Double($0)) } ?? "-")")
    let share = snapshot.requests > 0 ? Double(snapshot.errors) / Double(snapshot.requests) : 0
    health.append("  ")
    health.append(
      "\(Quantity.grouped(snapshot.errors)) errors (\(Quantity.percent(share)))", snapshot.errors > 0 ? .bad : .plain)
    health.append("  \(Quantity.grouped(snapshot.iterationsDone))")
    if let total = snapshot.iterationsTotal { health.append(" of \(Quantity.grouped(total))") }
    health.append(" iterations")
    return [title, bar(snapshot), traffic, health].map { $0.clipped(to: width).text(style) }
  }

  /// `  [=========>          ]  45 %  12 s  14 s left`.
  private func bar(_ snapshot: LiveSnapshot) -> StyledLine {
    let elapsed = LiveView.clock(snapshot.elapsed)
    guard let progress = snapshot.progress else { return StyledLine("  \(elapsed)") }
    var facts = " \(Int(progress * 100)) %  \(elapsed)"
    if let remaining = snapshot.remaining { facts += "  \(LiveView.clock(remaining)) left" }
    let cells = min(40, width - 4 - StyledLine(facts).width - 1)
    var line = StyledLine("  ")
    if cells >= 8 {
      let full = Int(progress * Double(cells))
      line.append("[")
      line.append(String(repeating: "=", count: full) + (full < cells ? ">" : ""), .good)
      line.append(String(repeating: " ", count: max(0, cells - full - 1)) + "]")
    }
    line.append(facts)
    return line
  }

  /// Whole seconds, so that the figures stand still between two of them: `9s`, `1m05s`, `2h03m`.
  private static func clock(_ nanoseconds: UInt64) -> String {
    let seconds = nanoseconds / 1_000_000_000
    func two(_ number: UInt64) -> String { number < 10 ? "0\(number)" : "\(number)" }
    if seconds < 60 { return "\(seconds)s" }
    if seconds < 3600 { return "\(seconds / 60)m\(two(seconds % 60))s" }
    return "\(seconds / 3600)h\(two(seconds / 60 % 60))m"
  }

  // MARK: - Drawing in place

  /// What to write to show `lines` where the last block stands, or for the first time. The cursor is left below them.
  ///
  /// Wrapping is off while the block is written, so that a terminal that was made narrower does not take it for more lines.
  package static func draw(_ lines: [String], isFirst: Bool) -> String {
    var text = isFirst ? "" : "\u{1B}[\(lines.count)A\r"
    text += "\u{1B}[?7l"
    for line in lines { text += line + "\u{1B}[K\n" }
    return text + "\u{1B}[?7h"
  }

  /// What to write to take the block away; the cursor is left where it began.
  ///
  /// Line by line: a terminal that is told to clear all of its screen may keep what was there in its history.
  package static let erase =
    "\u{1B}[\(height)A\r" + String(repeating: "\u{1B}[K\n", count: height) + "\u{1B}[\(height)A"
}
