import Engine
import Glibc
import JSON
import Measurement
import ReferenceServer
import Scenario
import Verdict

/// `stampede try`: one iteration, every request and response shown.
enum TryCommand: Command {
  static let specification = CommandSpecification(
    name: "try",
    summary: "Do one iteration of each traffic group, and show every request and response and the ledgers.",
    positional: "SCENARIO", positionalCount: 1...1,
    options: Target.options + ScenarioFile.options + [
      ScenarioFile.commandsOption, OptionSpecification("seed", "N", "Seed of every draw."),
    ],
    examples: [
      (
        "stampede try scenarios/roulette-daily-limit.json5",
        "See what each step sends, and what its outcomes make of it."
      )
    ])

  static func run(_ arguments: CommandLineArguments) throws -> ExitCode {
    let path = arguments.positional[0]
    guard var scenario = try ScenarioFile.load(path, arguments) else { return .configuration }
    guard ScenarioFile.allowsCommands(of: scenario, arguments) else { return .configuration }
    let seed = try arguments.integer("seed", in: 0...Int.max).map { UInt64($0) } ?? scenario.seed ?? 1
    let incidents = try Target.incidents(scenario, arguments)
    let relay = InterruptRelay()
    let watcher = InterruptWatcher(patience: HardStop.patience, onLast: { _ in LedgerCommand.endAll() }) {
      relay.interrupt($0)
    }
    let target = try Target.settle(scenario, arguments, incidents: incidents, seed: seed)
    defer { target.server?.stop() }
    scenario.keepLiteralSecrets(isBundled: target.server != nil)
    watcher.start()
    var identity = RunIdentity(scenario: scenario.name, file: path, target: target.name, seed: seed)
    identity.incidents = incidents
    var options = Run.Options(identity: identity, target: target.url)
    options.controlToken = target.controlToken
    let run: Run
    do {
      run = try Run(scenario, options)
    } catch let error as PlanError {
      Console.complain("stampede: \(path): \(error)")
      return .configuration
    }
    relay.connect { run.interrupt($0) }
    let printer = TrialPrinter(scenario: scenario)
    let record = run.runTrial({ printer.show($0) }, ledger: { printer.show($0) })
    for note in record.notes { Console.line("note: \(TerminalText.visible(note))") }
    switch record.ending {
    case .completed, .aborted, .cutOff:
      return printer.hadError ? .fail : .pass
    case .interrupted: return .interrupted
    case .wrongScenario:
      ScenarioFile.complain(of: record.ending, in: scenario)
      return .configuration
    case .unreachable(let reason):
      Console.complain("stampede: the target could not be reached: \(reason)")
      return .unreachable
    case .setUpFailed(let reason), .notReady(let reason):
      Console.complain("stampede: \(reason)")
      return .invalid
    }
  }
}

/// Prints the exchanges of a trial.
final class TrialPrinter: @unchecked Sendable {
  private let scenario: Scenario
  private let colour = Console.usesColour(STDOUT_FILENO)
  private(set) var hadError = false

  init(scenario: Scenario) { self.scenario = scenario }

  private lazy var shownSource = MaskedSource.text(scenario.source, keepsPlaces: true)

  func show(_ exchange: TrialExchange) {
    if exchange.kind.isError { hadError = true }
    Console.line(paint("── \(visible("\(exchange.group) / \(exchange.step)")) ", "1"))
    for line in exchange.requestHead.split(separator: "\n", omittingEmptySubsequences: false) {
      Console.line(paint("> ", "36") + visible(line))
    }
    Console.line(paint(">", "36"))
    lines(exchange.requestBody, after: paint("> ", "36"))
    if let failure = exchange.failure {
      Console.line(paint("! no answer: ", "31") + visible(failure))
    } else {
      Console.line(paint("< ", "32") + visible("HTTP/1.1 \(exchange.status) \(exchange.reason)"))
      for (name, value) in exchange.headers { Console.line(paint("< ", "32") + visible("\(name): \(value)")) }
      Console.line(paint("<", "32"))
      lines(String(decoding: exchange.body, as: UTF8.self), after: paint("< ", "32"))
      if exchange.bodyBytes > TrialExchange.shownBytes { Console.line("  (… \(exchange.bodyBytes) bytes in all)") }
    }
    for refusal in exchange.refusals { explain(refusal) }
    let mark = exchange.kind.isError ? paint("✗", "31") : paint("✓", "32")
    let milliseconds = Double(exchange.serviceTime / 1000) / 1000
    Console.line("\(mark) outcome: \(paint(exchange.outcome, "1")) in \(milliseconds) ms")
    for (variable, value) in exchange.captures { Console.line("  captured \(variable) = \(visible(value))") }
    Console.line("")
  }

  /// What was read of a ledger.
  func show(_ ledger: TrialLedger) {
    Console.line(paint("── ledger of '\(ledger.name)' ", "1"))
    Console.line("  \(ledger.source)")
    if let failure = ledger.record.failure {
      hadError = true
      Console.line(paint("! not read: ", "31") + TerminalText.visible(failure))
      let place = shownSource.location(at: ledger.range.start)
      Console.line("    --> \(shownSource.name):\(place.line):\(place.column)")
    } else if ledger.isNumber {
      Console.line("  says \(ledger.record.amounts.first.map { String($0) } ?? "nothing")")
    } else {
      let before = ledger.rowsBefore.map { ", \($0) of them before the iteration" } ?? ""
      Console.line(
        "  \(ledger.record.count) \(ledger.record.count == 1 ? "row" : "rows") on \(ledger.record.pages) "
          + "\(ledger.record.pages == 1 ? "page" : "pages")\(before)")
      for (index, row) in ledger.firstRows.enumerated() {
        let key = ledger.hasKeys && index < ledger.firstKeys.count ? "key '\(ledger.firstKeys[index])' in " : ""
        Console.line("  row \(index + 1): " + TerminalText.visible("\(key)\(row)"))
      }
      if let doubt = ledger.record.doubt { Console.line(paint("? ", "33") + TerminalText.visible(doubt.text)) }
    }
    Console.line("")
  }

  /// Shows a body, each of its lines marked as one, so that none can pass for a word of Stampede's own.
  private func lines(_ body: String, after mark: String) {
    if body.isEmpty { return }
    for line in body.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false) {
      Console.line(mark + visible(Substring(line)))
    }
  }

  private func explain(_ refusal: TrialExchange.Refusal) {
    let source = shownSource
    let place = source.location(at: refusal.range.start)
    let line = source.line(place.line)
    Console.line("  not \(refusal.outcome): \(visible(refusal.actual))")
    Console.line("    --> \(visible(source.name)):\(place.line):\(place.column)")
    Console.line("     | \(visible(line))")
  }

  private func visible(_ text: some StringProtocol) -> String { TerminalText.visible(text, keeping: ["\t"]) }

  private func paint(_ text: String, _ code: String) -> String { colour ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text }
}
