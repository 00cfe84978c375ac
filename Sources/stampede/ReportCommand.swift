import Engine
import Glibc
import JSON
import Measurement
import Report
import Scenario
import Verdict

/// `stampede report`: make the result of a run again from what it left.
enum ReportCommand: Command {
  static let specification = CommandSpecification(
    name: "report", summary: "Judge and show a run again from its directory, also one that was killed.",
    positional: "DIRECTORY", positionalCount: 1...1,
    options: [
      ScenarioFile.verdictOption,
      OptionSpecification("inconclusive", "fail|pass", "Whether an inconclusive run exits with 111 (default) or 0."),
      OptionSpecification("json", nil, "Print the result as JSON on standard output, and nothing else there."),
    ],
    examples: [("stampede report reports/20260301T093000Z-coupon-cap", "The run of that moment, as it was shown then.")]
  )

  static func run(_ arguments: CommandLineArguments) throws -> ExitCode {
    let inconclusivePasses = try arguments.choice("inconclusive", of: ["fail", "pass"]) == "pass"
    let run: RunDirectory
    do {
      run = try RunDirectory(arguments.positional[0])
    } catch {
      throw UsageError("\(error)")
    }
    let (read, diagnostics) = run.scenario(
      environment: Console.environment, readFile: ScenarioFile.reader(beside: run.source.name))
    guard var scenario = read, !diagnostics.contains(where: { $0.severity == .error }) else {
      ScenarioFile.complain(diagnostics, in: run.source)
      Console.complain("stampede: the scenario that the run kept cannot be read again")
      return .configuration
    }
    if let rule = try ScenarioFile.verdictRule(arguments) { scenario.verdict = rule }
    scenario.thresholds += try ScenarioFile.environmentBudgets()
    var record = run.record
    let files = RunFiles(existing: run.files, history: run.history)
    let (operations, notes) = files.operations(of: record)
    record.notes += notes
    let judgement = Judgement.of(
      record, scenario: scenario, operations: operations, inconclusivePasses: inconclusivePasses)
    record.notes += run.differences(from: judgement)
    // A run that was killed gets its result now; one that has a result keeps it.
    if run.result == nil, let complaint = files.finish(record, judgement, scenario) { record.notes.append(complaint) }
    RunCommand.show(record, judgement, scenario, directory: files.directory, asJSON: arguments.has("json"))
    return judgement.exitCode
  }
}
