import Engine
import Glibc
import JSON
import Measurement
import Report
import Scenario
import Synchronization
import Verdict

/// Leaves the result of a run that does not come to its end by itself, and ends the process: after a second signal, when the
/// time after a first one is over, and when judging takes longer than the scenario allows.
///
/// Its thread waits for nobody: what there is of the run is in the record that was deposited last, or else in its journal.
final class HardStop: Sendable {
  /// The run under way.
  private struct Current {
    var files: RunFiles
    var scenario: Scenario
    var asJSON: Bool
    /// What was deposited last.
    var record: RunRecord?
  }

  private struct State {
    var current: Current?
    /// The exit code, where the result is written already.
    var written: ExitCode?
  }

  private let state = Mutex(State())

  /// How long after the first signal the process ends whatever it does, nanoseconds.
  static let patience: UInt64 = 1_500_000_000

  func begin(_ files: RunFiles, _ scenario: Scenario, asJSON: Bool) {
    state.withLock { state in
      state.current = Current(files: files, scenario: scenario, asJSON: asJSON)
      state.written = nil
    }
  }

  /// What there is of the run so far.
  func deposit(_ record: RunRecord) { state.withLock { $0.current?.record = record } }

  /// Writes the run's result, unless this has left one and the process is about to end.
  func write(_ body: () -> String?, exitCode: ExitCode) -> String? {
    state.withLock { state in
      let complaint = body()
      state.written = exitCode
      return complaint
    }
  }

  func end() { state.withLock { $0.current = nil } }

  /// Leaves a result and ends the process.
  ///
  /// - Parameters:
  ///   - signal: that ended the run; `nil`: its time was over.
  func leave(signal: String?) {
    // Somebody who writes a result just now is given a moment; where the disk does not take it, there will be none.
    for _ in 0..<30 {
      if state.withLockIfAvailable({ leave($0, signal: signal) }) != nil { return }
      usleep(10_000)
    }
  }

  private func leave(_ state: State, signal: String?) {
    LedgerCommand.endAll()
    if let code = state.written {
      TemporaryDirectory.removeAll()
      _exit(code.rawValue)
    }
    guard let current = state.current else { return }
    let (record, judgement) = Self.judged(current, signal)
    _ = current.files.finish(record, judgement, current.scenario)
    current.files.cleanUp()
    let place = current.files.directory.map { "; what there is of the run is in \($0.path)" } ?? ""
    if current.asJSON {
      Console.line(ResultDocument(record, judgement, source: current.scenario.source).value.text(pretty: true))
    }
    TemporaryDirectory.removeAll()
    Console.complain("\nstampede: stopped before the run was judged\(place)")
    _exit(judgement.exitCode.rawValue)
  }

  private static func judged(_ current: Current, _ signal: String?) -> (RunRecord, Judgement) {
    var record =
      current.record ?? (current.files.directory.flatMap { try? RunDirectory($0.path).record })
      ?? RunRecord(identity: RunIdentity(scenario: current.scenario.name, file: "", target: "", seed: 0))
    let reason: String
    if let signal {
      if record.ending == .completed || record.ending == .cutOff || record.ending == .aborted {
        record.ending = .interrupted(signal)
      }
      reason = "it was not judged: the run was interrupted (\(signal))"
    } else {
      reason = "it was not judged in time; 'finish_within' sets how long everything after the load may take"
    }
    return (record, Judgement.of(record, scenario: current.scenario, unjudged: reason))
  }
}
