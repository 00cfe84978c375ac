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
      OptionSpecification("seed", "N", "Seed of every draw; a run prints its own."),
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
      ("stampede run checkout.json5 --profile staging --json | jq .verdict", "For a script."),
    ])

  static func run(_ arguments: CommandLineArguments) throws -> ExitCode {
    let path = arguments.positional[0]
    guard let scenario = try ScenarioFile.load(path, arguments) else { return .configuration }
    let inconclusivePasses = try arguments.choice("inconclusive", of: ["fail", "pass"]) == "pass"
    let seed = try Self.seed(scenario, arguments)
    let incidents = try Target.incidents(scenario, arguments)
    // Before any thread starts: they all inherit that the signals are blocked.
    let relay = InterruptRelay()
    let watcher = InterruptWatcher { relay.interrupt($0) }
    let target = try Target.settle(scenario, arguments, incidents: incidents, seed: seed)
    defer { target.server?.stop() }
    watcher.start()

    var identity = RunIdentity(scenario: scenario.name, file: path, target: target.name, seed: seed)
    identity.summary = scenario.summary
    identity.profile = scenario.profile
    identity.incidents = incidents
    identity.overrides = arguments.all("set")
    if let rule = try ScenarioFile.verdictRule(arguments) { identity.overrides.append("verdict=\(rule.rawValue)") }
    identity.workers = target.workers
    identity.serverLoops = target.serverLoops
    identity.startedAt = WallClock.now()
    identity.gitRevision = Machine.gitRevision(around: currentDirectory())
    identity.machine = Machine.describe()
    identity.version = Stampede.version

    let files = RunFiles.make(under: arguments.value("reports") ?? "reports", identity: identity, scenario: scenario)
    var options = Run.Options(identity: identity, target: target.url)
    options.workers = target.workers
    options.controlToken = target.controlToken
    options.journal = files.directory?.path(of: ReportDirectory.journalName)
    options.history = files.history

    let run: Run
    do {
      run = try Run(scenario, options)
    } catch let error as PlanError {
      Console.complain("stampede: \(path): \(error)")
      return .configuration
    }
    relay.connect { run.interrupt($0) }
    let display = arguments.has("quiet") || arguments.has("json") ? nil : LiveDisplay(scenario: scenario)
    run.onProgress = { display?.show($0) }
    run.abortsNow = { record in
      Judgement.aborting(record, scenario: scenario, elapsed: record.elapsed).map(\.label)
    }
    var record = run.run()
    display?.close()
    if let server = target.server { record.generator.serverCPU = [server.cpuNanoseconds] }
    let (operations, notes) = files.operations()
    record.notes += files.notes + notes
    let judgement = Judgement.of(
      record, scenario: scenario, operations: operations, inconclusivePasses: inconclusivePasses)
    let complaint = files.finish(record, judgement, scenario)
    if let complaint { record.notes.append(complaint) }
    files.cleanUp()
    // Nobody is sent to a result that is not there.
    let shown = complaint == nil ? files.directory : nil
    show(record, judgement, scenario, directory: shown, asJSON: arguments.has("json"))
    return judgement.exitCode
  }

  static func show(
    _ record: RunRecord, _ judgement: Judgement, _ scenario: Scenario, directory: ReportDirectory?, asJSON: Bool
  ) {
    if asJSON {
      Console.line(ResultDocument(record, judgement, source: scenario.source).value.text(pretty: true))
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

  private static func currentDirectory() -> String {
    guard let path = getcwd(nil, 0) else { return "." }
    defer { free(path) }
    return String(cString: path)
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

  func connect(_ receiver: @escaping @Sendable (String) -> Void) {
    let pending = state.withLock { state in
      state.receiver = receiver
      return state.pending
    }
    if let pending { receiver(pending) }
  }
}
