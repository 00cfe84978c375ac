import Engine
import EventLoop
import Glibc
import JSON
import Measurement
import ReferenceServer
import Report
import Scenario
import Synchronization
import Verdict

/// `stampede run`: drive the load, judge it, report it, and exit with what it came to.
enum RunCommand: Command {
  static let specification = CommandSpecification(
    name: "run", summary: "Run a scenario, judge it, and exit with the verdict.", positional: "SCENARIO",
    positionalCount: 1...1,
    options: Target.options + ScenarioFile.options + [
      ScenarioFile.commandsOption,
      OptionSpecification("seed", "N", "Seed of every draw; a run prints its own."),
      OptionSpecification(
        "repeat", "N",
        "Run it N times, each with another seed, drawn from the first; stop at the first violation, and print its seed."
      ),
      OptionSpecification(
        "retry", "N",
        "Run it again, up to N times, if only a late generator or a busy machine kept it from an answer; the last run counts."
      ),
      OptionSpecification("reports", "DIR", "Where the run's directory goes (default: reports); 'none' for no files."),
      ScenarioFile.verdictOption,
      OptionSpecification("inconclusive", "fail|pass", "Whether an inconclusive run exits with 111 (default) or 0."),
      OptionSpecification("json", nil, "Print the result as JSON on standard output, and nothing else there."),
      OptionSpecification("quiet", nil, "Show no progress while the run goes on."),
    ],
    examples: [
      ("stampede run scenarios/coupon-cap.json5", "5,000 buyers at once against 1,000 coupons of the bundled server."),
      (
        "stampede run scenarios/coupon-cap.json5 --incident coupon.overissue",
        "The same with the over-issue incident switched on: exits with 99 and names the requests that prove it."
      ),
      (
        "stampede run scenarios/coupon-cap.json5 --target http://127.0.0.1:8080 --control-token TOKEN",
        "Against 'stampede serve' in another process."
      ),
      (
        "stampede run scenarios/coupon-cap.json5 --repeat 20",
        "A race that shows only sometimes: up to 20 runs, and the seed of the first that fails."
      ),
      (
        "stampede run scenarios/oversized-payload.json5 --retry 3",
        "On a shared machine: up to three more runs if noise spoiled the first."
      ),
      ("stampede run checkout.json5 --profile staging --json | jq .verdict", "For a script."),
    ])

  static func run(_ arguments: CommandLineArguments) throws -> ExitCode {
    let path = arguments.positional[0]
    guard let loaded = try ScenarioFile.read(path, arguments, judges: true) else { return .configuration }
    let scenario = loaded.scenario
    let seed = try Self.seed(scenario, arguments)
    let repeats = try arguments.integer("repeat", in: 1...RepeatedRuns.most)
    let retries = try arguments.integer("retry", in: 0...RetriedRun.most) ?? 0
    guard ScenarioFile.allowsCommands(of: scenario, arguments) else { return .configuration }
    let relay = InterruptRelay()
    let hardStop = HardStop()
    // Before any thread starts: they all inherit that the signals are blocked.
    let watcher = InterruptWatcher(patience: HardStop.patience, onLast: { hardStop.leave(signal: $0) }) {
      relay.interrupt($0)
    }
    watcher.start()
    let runner = try ScenarioRunner(
      scenario: scenario, warnings: loaded.warnings, path: path, arguments: arguments, relay: relay, hardStop: hardStop)
    do {
      let retried = RetriedRun(runner: runner, retries: retries)
      if let repeats { return try RepeatedRuns(retried, first: seed, count: repeats).run() }
      let ended = try retried.run(seed: seed) { _ in .new(under: runner.reports) }
      ScenarioFile.complain(of: ended.record.ending, in: scenario)
      show(ended.record, ended.judgement, scenario, directory: ended.directory, asJSON: arguments.has("json"))
      return ended.judgement.exitCode
    } catch let error as PlanError {
      Console.complain("stampede: \(path): \(error)")
      return .configuration
    }
  }

  static func show(
    _ record: RunRecord, _ judgement: Judgement, _ scenario: Scenario, directory: ReportDirectory?, asJSON: Bool
  ) {
    if asJSON {
      Console.line(json: ResultDocument(record, judgement, source: scenario.source).value.text(pretty: true))
      return
    }
    let options = TerminalReport.Options(
      width: Console.width(STDOUT_FILENO) ?? 80, style: Console.usesColour(STDOUT_FILENO) ? .colour : .plain,
      directory: directory?.path, source: scenario.source)
    Console.write(TerminalReport(record, judgement, options: options).text)
  }

  private static func seed(_ scenario: Scenario, _ arguments: CommandLineArguments) throws(UsageError) -> UInt64 {
    guard let text = arguments.value("seed") else { return scenario.seed ?? Machine.freshSeed() }
    guard let seed = UInt64(text) else { throw UsageError("'--seed \(text)': a whole number from 0 was expected") }
    return seed
  }
}

/// Passes a signal on to the run, also one that came before there was one.
final class InterruptRelay: Sendable {
  private struct State {
    var pending: String?
    var receiver: (@Sendable (String) -> Void)?
  }

  private let state = Mutex(State())

  func interrupt(_ signal: String) {
    let receiver = state.withLock { state in
      state.pending = signal
      return state.receiver
    }
    receiver?(signal)
  }

  /// A signal has come.
  var isInterrupted: Bool { state.withLock { $0.pending != nil } }

  func connect(_ receiver: @escaping @Sendable (String) -> Void) {
    let pending = state.withLock { state in
      state.receiver = receiver
      return state.pending
    }
    if let pending { receiver(pending) }
  }
}
