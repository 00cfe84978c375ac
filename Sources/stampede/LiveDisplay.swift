import Engine
import Glibc
import Measurement
import Report
import Scenario

/// The block of lines that follows a run on a terminal.
final class LiveDisplay {
  private let scenario: String
  private let descriptor: Int32
  private var isShown = false

  /// `nil` where standard output is no terminal: nothing is drawn into files and pipes.
  init?(scenario: Scenario, descriptor: Int32 = STDOUT_FILENO) {
    guard Console.isTerminal(descriptor), Console.environment("TERM") != "dumb" else { return nil }
    self.scenario = scenario.name
    self.descriptor = descriptor
  }

  func show(_ progress: Run.Progress) {
    var snapshot = LiveSnapshot(scenario: scenario, phase: progress.phase.rawValue, elapsed: progress.elapsed)
    snapshot.expectedTotal = progress.expected
    snapshot.requests = progress.requests
    snapshot.errors = progress.errors
    snapshot.iterationsDone = progress.iterations
    snapshot.iterationsTotal = progress.iterationsExpected
    snapshot.countedAt = progress.last?.end
    if let last = progress.last, last.end > last.start {
      snapshot.rate = Double(last.requests) / (Double(last.end - last.start) / 1e9)
      snapshot.inFlight = last.inFlight
      snapshot.p95 = last.requests > last.errors ? last.p95 : nil
    }
    let style: TextStyle = Console.usesColour(descriptor) ? .colour : .plain
    let view = LiveView(width: Console.width(descriptor) ?? 80, style: style)
    Console.write(LiveView.draw(view.lines(snapshot), isFirst: !isShown))
    isShown = true
  }

  /// Takes the block away: the report follows in its place.
  func close() {
    if isShown { Console.write(LiveView.erase) }
    isShown = false
  }
}
