import Engine
import EventLoop
import Glibc
import JSON
import Measurement
import Scenario
import Verdict

/// Reading a scenario file for a command, with its complaints printed.
enum ScenarioFile {
  static let options: [OptionSpecification] = [
    OptionSpecification("profile", "NAME", "Apply a profile of the scenario (default: $BENCH_PROFILE, where set)."),
    OptionSpecification(
      "set", "PATH=VALUE", repeatable: true,
      "Change one value of the scenario: --set traffic.rush.load.burst=200. The value is read as JSON5."),
  ]

  static let commandsOption = OptionSpecification(
    "allow-commands", nil, "Run the programs that the scenario's ledgers are read from ('command').")

  /// Whether the programs that a scenario names may be run; complains if they may not.
  static func allowsCommands(of scenario: Scenario, _ arguments: CommandLineArguments) -> Bool {
    let ledgers = commands(of: scenario)
    if ledgers.isEmpty || arguments.has(commandsOption.name) { return true }
    let shown = MaskedSource.text(scenario.source, keepsPlaces: true)
    for ledger in ledgers {
      let diagnostic = Diagnostic(
        .error, "this ledger is read from a program, \(ledger.name), and programs are not run unasked",
        at: ledger.range,
        hint: "if you trust this file, add --allow-commands")
      Console.complain(MaskedSource.text(of: diagnostic, in: scenario.source, shown: shown))
    }
    return false
  }

  /// The ledgers that are read from a program.
  static func commands(of scenario: Scenario) -> [Invariant.Ledger] {
    scenario.invariants.flatMap(\.rule.ledgers).map(\.ledger).filter(\.isCommand)
  }

  /// Says where in the file the fault is that ended a run before it began.
  static func complain(of ending: RunEnding, in scenario: Scenario) {
    guard case .wrongScenario(let reason, let range) = ending else { return }
    let diagnostic = Diagnostic(
      .error, "the ledger cannot be read before the load, and nothing was sent", at: range, hint: reason)
    Console.complain(
      MaskedSource.text(
        of: diagnostic, in: scenario.source, shown: MaskedSource.text(scenario.source, keepsPlaces: true)))
  }

  static let verdictOption = OptionSpecification(
    "verdict", "evidence|point",
    "Judge figures as samples, which need enough requests for a verdict (evidence, the default), or as they are (point)."
  )

  static func verdictRule(_ arguments: CommandLineArguments) throws(UsageError) -> VerdictRule? {
    try arguments.choice("verdict", of: VerdictRule.allCases.map(\.rawValue)).flatMap { VerdictRule(rawValue: $0) }
  }

  /// A scenario, and what was said of it.
  struct Loaded {
    var scenario: Scenario
    /// `scenario.json5:3:7: …`, one text each, without what is secret.
    var warnings: [String]
  }

  /// The scenario, or `nil` after its errors have been printed.
  static func load(_ path: String, _ arguments: CommandLineArguments) throws(UsageError) -> Scenario? {
    try read(path, arguments, judges: false)?.scenario
  }

  /// The scenario and its warnings, which have been printed; `nil` after its errors have been.
  ///
  /// - Parameter judges: Whether it is to be judged: then thresholds that cannot pass are pointed out, too.
  static func read(
    _ path: String, _ arguments: CommandLineArguments, judges: Bool
  ) throws(UsageError) -> Loaded? {
    var overrides: [(path: String, value: String)] = []
    for text in arguments.all("set") {
      guard let equals = text.firstIndex(of: "="), equals != text.startIndex else {
        throw UsageError("'--set \(MaskedOverride.text(text))': write it as --set path.to.value=VALUE")
      }
      overrides.append((String(text[..<equals]), String(text[text.index(after: equals)...])))
    }
    if let rule = try verdictRule(arguments) { overrides.append(("verdict", rule.rawValue)) }
    let bytes: [UInt8]
    do throws(SystemError) {
      bytes = try FileBytes.contents(of: path, limit: 16 << 20)
    } catch {
      throw UsageError(
        "cannot read the scenario '\(path)': \(error.reason)" + hint(path, error.errno))
    }
    let profile = arguments.value("profile") ?? Console.environment("BENCH_PROFILE").flatMap { $0.isEmpty ? nil : $0 }
    let source = SourceText(name: path, bytes: bytes)
    var (scenario, diagnostics) = ScenarioReader.read(
      source,
      options: ReadOptions(
        profile: profile, overrides: overrides, environment: Console.environment,
        readFile: reader(beside: path)))
    let errors = diagnostics.count { $0.severity == .error }
    if errors == 0, scenario != nil {
      scenario?.thresholds += try environmentBudgets()
      if let scenario {
        diagnostics += ScenarioAdvice.warnings(scenario)
        if judges { diagnostics += EvidenceForecast.warnings(scenario) }
      }
    }
    let shown = MaskedSource.text(source, keepsPlaces: true)
    let (some, rest) = Diagnostic.shown(of: diagnostics)
    let told = some.map { MaskedSource.masked($0, in: source, shown: shown) }
    for diagnostic in told { Console.complain(diagnostic.rendered(in: shown)) }
    if let rest { Console.complain(rest) }
    guard errors == 0, let scenario else {
      Console.complain("\(errors) \(errors == 1 ? "error" : "errors") in \(path)")
      return nil
    }
    return Loaded(scenario: scenario, warnings: told.map { line(of: $0, in: source) })
  }

  /// `shop.json5:3:7: …`: a warning in one line, for the report.
  private static func line(of warning: Diagnostic, in source: SourceText) -> String {
    let location = source.location(at: warning.range.start)
    let name = source.name.split(separator: "/").last.map(String.init) ?? source.name
    return "\(name):\(location.line):\(location.column): \(warning.message)" + (warning.hint.map { "; \($0)" } ?? "")
  }

  /// Prints what is wrong with a scenario that a run kept, which has no secrets.
  static func complain(_ diagnostics: [Diagnostic], in source: SourceText) {
    let (some, rest) = Diagnostic.shown(of: diagnostics)
    for diagnostic in some { Console.complain(diagnostic.rendered(in: source)) }
    if let rest { Console.complain(rest) }
  }

  /// What may have been meant: a file beside it whose name is nearly the same, or those of the directory that was named.
  private static func hint(_ path: String, _ code: Int32) -> String {
    let directory = code == EISDIR ? path : path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
    let files = scenarios(in: directory.isEmpty ? "/" : directory)
    if code == EISDIR {
      let shown = files.prefix(5).joined(separator: ", ")
      return files.isEmpty ? "" : "; scenarios in it are \(shown)\(files.count > 5 ? ", …" : "")"
    }
    let name = String(path[(path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex)...])
    let near = files.first { $0 == name + ".json5" } ?? Suggestion.nearest(to: name, among: files)
    return near.map { ": did you mean '\(path.dropLast(name.count))\($0)'?" } ?? ""
  }

  private static func scenarios(in directory: String) -> [String] {
    guard let stream = opendir(directory) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      if name.hasSuffix(".json5") || name.hasSuffix(".json") { names.append(name) }
    }
    return names.sorted()
  }

  /// Budgets on all latencies that the environment sets, besides the scenario's own.
  static func environmentBudgets() throws(UsageError) -> [Threshold] {
    let names: [(String, Threshold.Aggregation, String)] = [
      ("BENCH_FAIL_THRESHOLD_MS", .average, "avg"), ("BENCH_FAIL_P95_THRESHOLD_MS", .percentile(95), "p(95)"),
    ]
    var budgets: [Threshold] = []
    for (name, aggregation, words) in names {
      guard let text = Console.environment(name), !text.isEmpty else { continue }
      guard let milliseconds = Double(text), milliseconds > 0, milliseconds.isFinite else {
        throw UsageError("\(name)='\(text)' in the environment: milliseconds above 0 were expected")
      }
      budgets.append(
        Threshold(
          metric: MetricSelector(metric: .latency), aggregation: aggregation, comparison: .less,
          bound: milliseconds * 1e6, text: "\(words) < \(text)ms (\(name))", range: SourceRange(0, 0)))
    }
    return budgets
  }

  /// The longest file that a scenario may name, bytes.
  private static let fileLimit = 1 << 30

  /// Reads files that a scenario names: as written where absolute, else beside the scenario.
  static func reader(beside path: String) -> (String) throws -> [UInt8] {
    let directory = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
    return { name in try FileBytes.contents(of: name.hasPrefix("/") ? name : directory + name, limit: fileLimit) }
  }
}
