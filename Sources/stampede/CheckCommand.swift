import Engine
import JSON
import Scenario
import Verdict

/// `stampede check`: validate scenario files and do nothing else.
enum CheckCommand: Command {
  static let specification = CommandSpecification(
    name: "check", summary: "Validate scenario files; every error is shown, with its place.",
    positional: "SCENARIO...", positionalCount: 1...1000,
    options: ScenarioFile.options + [
      ScenarioFile.verdictOption, OptionSpecification("strict", nil, "Exit with 104 for warnings too."),
    ],
    examples: [
      ("stampede check scenarios/*.json5", "All scenarios of a folder."),
      ("stampede check --strict --profile ci checkout.json5", "In CI: no scenario that cannot show what it is for."),
    ])

  static func run(_ arguments: CommandLineArguments) throws -> ExitCode {
    var failed = 0
    for path in arguments.positional {
      do {
        guard let loaded = try ScenarioFile.read(path, arguments, judges: true) else {
          failed += 1
          continue
        }
        let scenario = loaded.scenario
        if arguments.has("strict"), !loaded.warnings.isEmpty { failed += 1 }
        // What only shows when the requests are laid out: a host with variables, too many recorded keys.
        try Run.check(scenario)
        let steps = scenario.traffic.reduce(0) { $0 + $1.steps.count }
        Console.line(
          "\(path): \(scenario.name): \(count(scenario.traffic.count, "traffic group")), \(count(steps, "step")), "
            + "\(count(scenario.invariants.count, "invariant")), "
            + "\(count(scenario.thresholds.count { !$0.isDefault }, "threshold"))"
            + (loaded.warnings.isEmpty ? "" : ", \(count(loaded.warnings.count, "warning"))"))
        for ledger in ScenarioFile.commands(of: scenario) {
          Console.line(
            "\(path): a ledger is read from the program \(ledger.name): 'run' and 'try' need --allow-commands")
        }
      } catch let error as UsageError {
        Console.complain("stampede: \(error)")
        failed += 1
      } catch let error as PlanError {
        Console.complain("stampede: \(path): \(error)")
        failed += 1
      }
    }
    return failed == 0 ? .pass : .configuration
  }

  private static func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }
}
