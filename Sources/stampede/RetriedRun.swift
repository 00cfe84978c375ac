import Glibc
import Measurement
import Report
import Verdict

/// `stampede run --retry N`: a run that noise spoiled is made again, with the same seed. One that passed or failed never is,
/// and neither is one that had too few samples or did not put an invariant to the test: that would come out the same.
struct RetriedRun {
  static let most = 100

  let runner: ScenarioRunner
  /// How often it is made again at most.
  let retries: Int

  /// The last attempt.
  ///
  /// - Parameter place: Of the files of the attempt with this number, from 1.
  func run(seed: UInt64, in place: (Int) -> RunFiles.Place) throws -> ScenarioRunner.Ended {
    var attempts: [RunAttempt] = []
    while true {
      let ended = try runner.run(seed: seed, in: place(attempts.count + 1), after: attempts)
      guard attempts.count < retries, !runner.relay.isInterrupted, ended.wentToItsEnd, ended.judgement.isSpoiledByNoise
      else { return ended }
      let judgement = ended.judgement
      attempts.append(
        RunAttempt(
          verdict: judgement.verdict.rawValue, exitCode: Int(judgement.exitCode.rawValue),
          cause: judgement.cause?.rawValue, reason: judgement.reason, directory: ended.directory?.path))
      tell(attempts)
    }
  }

  /// `attempt 1 of 4  INVALID  the generator was late by 12 ms at p99 (limit 5 ms): …; running again`.
  private func tell(_ attempts: [RunAttempt]) {
    guard let last = attempts.last else { return }
    let line =
      "attempt \(attempts.count) of \(retries + 1)  \(last.verdict.uppercased()) by noise  \(last.reason); running again"
    if runner.arguments.has("json") {
      Console.complain(line)
    } else {
      Console.write(TextBlock(line, hanging: 2).text(width: Console.width(STDOUT_FILENO)))
    }
  }
}

extension ScenarioRunner.Ended {
  fileprivate var wentToItsEnd: Bool { record.ending == .completed || record.ending == .aborted }
}
