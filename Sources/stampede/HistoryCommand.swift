import Engine
import EventLoop
import Glibc
import JSON
import Measurement
import Report
import Scenario
import Verdict

/// `stampede history`: look at the requests that a run recorded, and judge them again.
enum HistoryCommand: Command {
  static let specification = CommandSpecification(
    name: "history", summary: "Look at the requests that a run recorded, judge them again, or give them to others.",
    positional: "DIRECTORY", positionalCount: 1...1,
    options: [
      OptionSpecification(
        "by", "VARIABLE", "List the values of a variable that had the most requests; with --key, the variable it is of."
      ),
      OptionSpecification("key", "VALUE", "Show the requests with this value of a variable on one axis of time."),
      OptionSpecification("list", nil, "Show the requests one by one, in the order in which they were sent."),
      OptionSpecification("step", "NAME", "Only those of a step."),
      OptionSpecification("outcome", "NAME", "Only those with an outcome."),
      OptionSpecification("limit", "N", "Show so many (default: 20)."),
      OptionSpecification("export", "FILE", "Write them as NDJSON; '-' for standard output. All of them: no limit."),
      OptionSpecification("json", nil, "Print the findings as JSON on standard output, and nothing else there."),
    ],
    examples: [
      (
        "stampede history reports/20260301T093000Z-coupon-cap",
        "Judge the run's invariants again from its requests; the exit code is the verdict."
      ),
      ("stampede history DIRECTORY --by buyer", "Who asked most often, what for, and how much of it at once."),
      ("stampede history DIRECTORY --key user-04711", "All that one buyer did, on one axis of time."),
      ("stampede history DIRECTORY --list --outcome unexpected", "Answers that nobody looked for, first sent first."),
      (
        "stampede history DIRECTORY --export - | jq -s 'map(select(.invoked)) | sort_by(.invoked)'",
        "For another checker: a line for each request (docs/history-format.md)."
      ),
    ])

  static func run(_ arguments: CommandLineArguments) throws -> ExitCode {
    let limit = try arguments.integer("limit", in: 1...1_000_000) ?? 20
    if arguments.has("json"),
      let other = ["by", "key", "list", "export"].first(where: { arguments.has($0) || arguments.value($0) != nil })
    {
      throw UsageError(
        "--json prints the findings, and --\(other) requests; for requests as JSON there is --export FILE")
    }
    let run: RunDirectory
    do {
      run = try RunDirectory(arguments.positional[0])
    } catch {
      throw UsageError("\(error)")
    }
    guard let folder = run.history else {
      throw UsageError(
        "\(run.files.path) has no recorded requests: a run records those that its scenario's invariants need")
    }
    let source: RecordedRequests
    do throws(OperationSourceError) {
      source = try RecordedRequests(directory: folder, of: run.record)
    } catch {
      throw UsageError("\(error)")
    }
    for note in source.notes { Console.complain("stampede: \(note)") }
    let filter = try filter(arguments, source)
    do {
      if let file = arguments.value("export") { return try export(run.record, source, filter, to: file) }
      let view = HistoryView(
        source, numberNames: readAgain(run).scenario?.numberNames ?? [:],
        width: Console.width(STDOUT_FILENO) ?? 80,
        style: Console.usesColour(STDOUT_FILENO) ? .colour : .plain)
      if arguments.value("key") != nil || arguments.has("list") {
        let (text, total) = try view.timeline(filter, limit: limit)
        if total == 0, let value = filter.value {
          throw UsageError(
            "no recorded request has the value '\(value)' of \(filter.variable ?? source.keyNames.joined(separator: ", "))"
          )
        }
        Console.write(text)
        return .pass
      }
      if let variable = arguments.value("by") {
        Console.write(try view.keys(of: variable, filter, limit: limit))
        return .pass
      }
      if !arguments.has("json") { Console.write(try view.overview() + "\n") }
    } catch let error as OperationSourceError {
      throw UsageError("\(error)")
    }
    return try judge(run, source, arguments)
  }

  /// Names that nothing has are errors, not empty lists.
  private static func filter(
    _ arguments: CommandLineArguments, _ source: RecordedRequests
  ) throws(UsageError) -> HistoryFilter {
    let filter = HistoryFilter(
      step: arguments.value("step"), outcome: arguments.value("outcome"), variable: arguments.value("by"),
      value: arguments.value("key"))
    func check(_ name: String?, _ known: [String], _ what: String, _ none: String) throws(UsageError) {
      guard let name, !known.contains(name) else { return }
      throw UsageError(
        "no recorded request has the \(what) '\(name)'"
          + (Suggestion.nearest(to: name, among: known).map { ": did you mean '\($0)'?" }
            ?? (known.isEmpty ? ": \(none)" : ": there are \(known.joined(separator: ", "))")))
    }
    try check(filter.step, unique(source.series.map(\.step)), "step", "no step was recorded")
    try check(filter.outcome, unique(source.series.map(\.outcome)), "outcome", "none was recorded")
    try check(filter.variable, source.keyNames, "variable", "the scenario's invariants name none")
    return filter
  }

  private static func unique(_ names: [String]) -> [String] {
    names.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }

  private static func export(
    _ record: RunRecord, _ source: RecordedRequests, _ filter: HistoryFilter, to path: String
  ) throws(OperationSourceError) -> ExitCode {
    let export = HistoryExport(record, source)
    if path == "-" {
      Console.write(json: export.head)
      _ = try export.lines(of: filter) { Console.write(json: $0) }
      return Console.outputIsWhole ? .pass : .fault
    }
    let file: AppendingFile
    do throws(SystemError) {
      file = try AppendingFile(path)
    } catch {
      Console.complain("stampede: cannot write \(path): \(error)")
      return .fault
    }
    var failure: SystemError?
    func append(_ bytes: [UInt8]) {
      if failure != nil { return }
      do throws(SystemError) { try file.append(bytes) } catch { failure = error }
    }
    append(export.head)
    let count = try export.lines(of: filter) { append($0) }
    if let failure {
      Console.complain("stampede: cannot write \(path): \(failure)")
      return .fault
    }
    Console.line("\(Quantity.grouped(count)) requests in \(path)")
    return .pass
  }

  private static func judge(
    _ run: RunDirectory, _ source: RecordedRequests, _ arguments: CommandLineArguments
  ) throws -> ExitCode {
    guard let scenario = Self.scenario(of: run) else { return .configuration }
    let judgement = Judgement.ofInvariants(run.record, scenario: scenario, operations: source)
    if arguments.has("json") {
      Console.line(
        json:
          ResultDocument(run.record, judgement, source: scenario.source).findings.text(pretty: true))
      return judgement.exitCode
    }
    let options = TerminalReport.Options(
      width: Console.width(STDOUT_FILENO) ?? 80, style: Console.usesColour(STDOUT_FILENO) ? .colour : .plain,
      source: scenario.source)
    Console.write(TerminalReport(run.record, judgement, options: options).findingsText)
    return judgement.exitCode
  }

  private static func readAgain(_ run: RunDirectory) -> (scenario: Scenario?, diagnostics: [Diagnostic]) {
    run.scenario(environment: Console.environment, readFile: ScenarioFile.reader(beside: run.source.name))
  }

  /// The scenario as the run read it; `nil` where it cannot be read again, which is told.
  private static func scenario(of run: RunDirectory) -> Scenario? {
    let (read, diagnostics) = readAgain(run)
    if let read, !diagnostics.contains(where: { $0.severity == .error }) { return read }
    ScenarioFile.complain(diagnostics, in: run.source)
    Console.complain("stampede: the scenario that the run kept cannot be read again")
    return nil
  }
}
