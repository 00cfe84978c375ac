import Dispatch
import Engine
import EventLoop
import Glibc
import JSON
import Measurement
import ReferenceServer
import Report
import Scenario
import Verdict

/// Does one run of a scenario, from the target to the files: as often as it is asked to.
struct ScenarioRunner {
  let scenario: Scenario
  /// What was said of it before.
  let warnings: [String]
  let path: String
  let arguments: CommandLineArguments
  let relay: InterruptRelay
  let hardStop: HardStop
  private let incidents: [String]
  private let inconclusivePasses: Bool
  private let verdictRule: VerdictRule?

  init(
    scenario: Scenario, warnings: [String], path: String, arguments: CommandLineArguments, relay: InterruptRelay,
    hardStop: HardStop
  ) throws {
    self.scenario = scenario
    self.warnings = warnings
    self.path = path
    self.arguments = arguments
    self.relay = relay
    self.hardStop = hardStop
    incidents = try Target.incidents(scenario, arguments)
    inconclusivePasses = try arguments.choice("inconclusive", of: ["fail", "pass"]) == "pass"
    verdictRule = try ScenarioFile.verdictRule(arguments)
  }

  /// Where runs leave their directories.
  var reports: String { arguments.value("reports") ?? "reports" }

  /// A run that has ended, judged.
  struct Ended {
    var record: RunRecord
    var judgement: Judgement
    /// `nil` where there is no result in it.
    var directory: ReportDirectory?
  }

  /// - Throws: `PlanError` where the scenario cannot be run as asked, `UsageError` for a wrong command line.
  /// - Parameter attempts: Runs of the same before it that were spoiled.
  func run(seed: UInt64, in place: RunFiles.Place, after attempts: [RunAttempt] = []) throws -> Ended {
    let target = try Target.settle(scenario, arguments, incidents: incidents, seed: seed)
    defer { target.server?.stop() }
    var scenario = scenario
    scenario.keepLiteralSecrets(isBundled: target.server != nil)
    var identity = identity(seed, target)
    identity.attempts = attempts
    let files = RunFiles.make(in: place, identity: identity, scenario: scenario)
    var options = Run.Options(identity: identity, target: target.url)
    options.workers = target.workers
    options.controlToken = target.controlToken
    options.journal = files.directory?.path(of: ReportDirectory.journalName)
    options.history = files.history
    options.warnings = warnings

    let run = try Run(scenario, options)
    hardStop.begin(files, scenario, asJSON: arguments.has("json"))
    defer { hardStop.end() }
    run.onInterrupt = { [hardStop] in hardStop.deposit($0) }
    let history = files.history
    run.ledgerDiffers = { record, invariant in
      Judgement.ledgerDiffers(
        invariant, record, operations: history.flatMap { try? RecordedRequests(directory: $0) })
    }
    relay.connect { run.interrupt($0) }
    let display = arguments.has("quiet") || arguments.has("json") ? nil : LiveDisplay(scenario: scenario)
    run.onProgress = { display?.show($0) }
    run.abortsNow = { record in
      Judgement.aborting(record, scenario: scenario, elapsed: record.elapsed).map(\.label)
    }
    var record = run.run()
    display?.close()
    hardStop.deposit(record)
    let watchdog = watchdog(scenario)
    defer { watchdog?.cancel() }
    if let server = target.server { record.generator.serverCPU = [server.cpuNanoseconds] }
    let (operations, notes) = files.operations(of: record, unwritten: run.unwritten)
    record.notes += files.notes + notes
    let judgement = Judgement.of(
      record, scenario: scenario, shown: shown(identity), operations: operations, inconclusivePasses: inconclusivePasses
    )
    let complaint = hardStop.write({ files.finish(record, judgement, scenario) }, exitCode: judgement.exitCode)
    if let complaint {
      record.notes.append(complaint)
      Console.complain("stampede: \(complaint)")
    }
    files.cleanUp()
    // Nobody is sent to a result that is not there.
    return Ended(record: record, judgement: judgement, directory: complaint == nil ? files.directory : nil)
  }

  /// Ends the process when judging and writing take longer than all that follows the load may.
  private func watchdog(_ scenario: Scenario) -> DispatchWorkItem? {
    let item = DispatchWorkItem { [hardStop] in hardStop.leave(signal: nil) }
    DispatchQueue.global().asyncAfter(
      deadline: .now() + .nanoseconds(Int(clamping: scenario.finishWithin)), execute: item)
    return item
  }

  /// The scenario with what it says and what `--set` gave as it may be shown, which is also how the run is read again.
  private func shown(_ identity: RunIdentity) -> Scenario {
    let overrides = arguments.all("set").map(MaskedOverride.text)
    let source = MaskedSource.text(scenario.source, byName: identity.target != "reference")
    guard overrides != arguments.all("set") || source.bytes != scenario.source.bytes else { return scenario }
    let split = overrides.map { text in
      let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      return (path: String(parts[0]), value: parts.count > 1 ? String(parts[1]) : "")
    }
    let masked = ScenarioReader.read(
      source,
      options: ReadOptions(
        profile: identity.profile, overrides: split, environment: { Console.environment($0) ?? "" },
        readFile: ScenarioFile.reader(beside: path), isForReview: true)
    ).scenario
    if let masked { return masked }
    // Without its steps there are no commands, and so nothing secret in them.
    var silent = scenario
    silent.traffic = []
    silent.reference = nil
    return silent
  }

  private func identity(_ seed: UInt64, _ target: Target) -> RunIdentity {
    var identity = RunIdentity(scenario: scenario.name, file: path, target: target.name, seed: seed)
    identity.summary = scenario.summary
    identity.profile = scenario.profile
    identity.incidents = incidents
    identity.overrides = arguments.all("set").map(MaskedOverride.text)
    if let verdictRule { identity.overrides.append("verdict=\(verdictRule.rawValue)") }
    identity.workers = target.workers
    identity.serverLoops = target.serverLoops
    identity.startedAt = WallClock.now()
    identity.gitRevision = Machine.gitRevision(around: Self.currentDirectory())
    identity.machine = Machine.describe()
    identity.version = Stampede.version
    identity.scenarioCheck = RunDirectory.check(
      MaskedSource.text(scenario.source, byName: identity.target != "reference").bytes)
    return identity
  }

  private static func currentDirectory() -> String {
    guard let path = getcwd(nil, 0) else { return "." }
    defer { free(path) }
    return String(cString: path)
  }
}
