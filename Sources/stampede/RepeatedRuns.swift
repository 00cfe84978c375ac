import Engine
import EventLoop
import Glibc
import JSON
import Measurement
import Report
import Scenario
import Verdict

/// `stampede run --repeat N`: runs with different seeds, up to the first that finds a violation.
final class RepeatedRuns {
  static let most = 10_000

  private let retried: RetriedRun
  private var runner: ScenarioRunner { retried.runner }
  private let seeds: [UInt64]
  private let startedAt = WallClock.now()
  private var done: [RepeatedRun] = []
  /// The worst so far, which is shown in the end.
  private var deciding: ScenarioRunner.Ended?
  private var notes: [String] = []

  init(_ retried: RetriedRun, first: UInt64, count: Int) {
    self.retried = retried
    seeds = Machine.seeds(from: first, count: count)
  }

  private var width: Int? { Console.width(STDOUT_FILENO) }

  private var isJSON: Bool { runner.arguments.has("json") }

  /// Runs, and says what came of it.
  func run() throws -> ExitCode {
    let directory = makeDirectory()
    for (index, seed) in seeds.enumerated() where !runner.relay.isInterrupted {
      let ended = try retried.run(seed: seed) { place(of: index, attempt: $0, in: directory) }
      let run = RepeatedRun(number: index + 1, seed: seed, ended)
      done.append(run)
      if !isJSON { Console.write(TextBlock(run.line(of: seeds.count), hanging: 2).text(width: width)) }
      if deciding == nil || run.exitCode.isWorse(than: deciding!.judgement.exitCode) { deciding = ended }
      if run.endsTheSeries { break }
    }
    let document = document
    if let directory {
      do throws(ReportDirectoryError) {
        try directory.write("repeat.json", Array((document.text(pretty: true) + "\n").utf8))
      } catch {
        notes.append("the report is incomplete: \(error)")
      }
    }
    show(document, directory)
    return exitCode
  }

  /// The worst, by what a pipeline has to know first; an interrupted series that found nothing is interrupted.
  private var exitCode: ExitCode { done.map(\.exitCode).reduce(.pass) { $1.isWorse(than: $0) ? $1 : $0 } }

  // MARK: - Files

  /// Holds the directories of all runs.
  private func makeDirectory() -> ReportDirectory? {
    guard runner.reports != "none" else { return nil }
    do throws(ReportDirectoryError) {
      return try ReportDirectory.create(
        in: runner.reports, scenario: runner.scenario.name + "-repeat", startedAt: startedAt)
    } catch {
      notes.append("there are no reports: \(error)")
      return nil
    }
  }

  /// `run-07`, and `run-07-attempt-2` for one that was made again.
  private func place(of index: Int, attempt: Int, in directory: ReportDirectory?) -> RunFiles.Place {
    guard let directory else { return .new(under: "none") }
    let digits = String(index + 1)
    let zeros = String(repeating: "0", count: max(0, String(seeds.count).count - digits.count))
    do throws(ReportDirectoryError) {
      let suffix = attempt == 1 ? "" : "-attempt-\(attempt)"
      return .existing(try directory.makeDirectory("run-\(zeros)\(digits)\(suffix)"))
    } catch {
      notes.append("run \(index + 1) leaves no report: \(error)")
      return .new(under: "none")
    }
  }

  // MARK: - What is said

  private func show(_ document: JSONValue, _ directory: ReportDirectory?) {
    if isJSON {
      Console.line(json: document.text(pretty: true))
      return
    }
    for note in notes { Console.complain("stampede: \(note)") }
    if let deciding, deciding.judgement.exitCode != .pass {
      Console.line("")
      RunCommand.show(
        deciding.record, deciding.judgement, runner.scenario, directory: deciding.directory, asJSON: false)
    }
    Console.line("")
    Console.write(TextBlock(summary, hanging: 2).text(width: width))
    if let again, exitCode == .fail { Console.write(TextBlock(command: again, label: "again").text(width: width)) }
    if let directory { Console.write(TextBlock(command: directory.path, label: "all runs").text(width: width)) }
  }

  /// The command that repeats the run that failed.
  private var again: String? {
    deciding.map { RerunCommand.text($0.record.identity, runner.scenario) }
  }

  private var summary: String {
    let count = "\(done.count) of \(seeds.count) runs"
    switch exitCode {
    case .pass: return "PASS in all of \(done.count) runs, with seeds from \(seeds[0])"
    case .fail:
      let failed = done.last { $0.exitCode == .fail }
      return "FAIL in run \(failed?.number ?? 0) of \(seeds.count), with seed \(failed.map { String($0.seed) } ?? "")"
    default:
      let tally = Verdict.allCases.sorted(by: >).compactMap { verdict -> String? in
        let count = done.count { $0.verdict == verdict }
        return count == 0 ? nil : "\(count) \(verdict.label)"
      }
      return "\(count): \(tally.joined(separator: ", "))"
    }
  }

  private var document: JSONValue {
    [
      "schema": 1,
      "scenario": .string(runner.scenario.name),
      "asked": .integer(Int64(seeds.count)),
      "done": .integer(Int64(done.count)),
      "verdict": .string((done.map(\.verdict).max() ?? .inconclusive).rawValue),
      "exit_code": .integer(Int64(exitCode.rawValue)),
      "again": exitCode == .fail ? again.map { .string($0) } ?? .null : .null,
      "notes": .array(notes.map { .string($0) }),
      "runs": .array(done.map(\.json)),
      "result": deciding.map {
        ResultDocument($0.record, $0.judgement, source: runner.scenario.source).value
      } ?? .null,
    ]
  }
}

/// One of several runs, as the list of them shows it.
struct RepeatedRun {
  var number: Int
  var seed: UInt64
  var verdict: Verdict
  var exitCode: ExitCode
  /// More of the same would come to the same: nothing can be sent, or somebody wants an end.
  var endsTheSeries: Bool
  var directory: String?
  /// Runs with this seed, the last of which counts.
  var attempts: Int
  /// What decided, by name.
  var reasons: [String]
  var requests: UInt64
  var errors: UInt64
  /// Nanoseconds.
  var elapsed: UInt64

  init(number: Int, seed: UInt64, _ ended: ScenarioRunner.Ended) {
    self.number = number
    self.seed = seed
    verdict = ended.judgement.verdict
    exitCode = ended.judgement.exitCode
    directory = ended.directory?.path
    attempts = ended.record.identity.attempts.count + 1
    reasons =
      verdict == .pass ? [] : ended.judgement.findings.filter { $0.verdict == ended.judgement.verdict }.map(\.name)
    let totals = RunTotals(ended.record)
    (requests, errors, elapsed) = (totals.requests, totals.errors, ended.record.elapsed)
    endsTheSeries =
      switch ended.record.ending {
      case .completed, .aborted: verdict == .fail
      case .interrupted, .cutOff, .unreachable, .setUpFailed, .notReady, .wrongScenario: true
      }
  }

  /// `run  3 of 20  seed 123  PASS  5,000 requests, 0 errors in 1.2 s`.
  func line(of count: Int) -> String {
    let width = String(count).count
    let digits = String(number)
    let padded = String(repeating: " ", count: max(0, width - digits.count)) + digits
    return "run \(padded) of \(count)  seed \(seed)  \(verdict.label)\(attempts > 1 ? " in attempt \(attempts)" : "")  "
      + "\(Quantity.grouped(requests)) requests, "
      + "\(Quantity.grouped(errors)) errors in \(Quantity.duration(Double(elapsed)))"
      + (reasons.isEmpty ? "" : ": " + reasons.prefix(3).joined(separator: "; "))
  }

  var json: JSONValue {
    [
      "number": .integer(Int64(number)),
      "seed": Int64(exactly: seed).map { .integer($0) } ?? .string(String(seed)),
      "verdict": .string(verdict.rawValue),
      "exit_code": .integer(Int64(exitCode.rawValue)),
      "directory": directory.map { .string($0) } ?? .null,
      "attempts": .integer(Int64(attempts)),
      "reasons": .array(reasons.map { .string($0) }),
      "requests": .integer(Int64(clamping: requests)),
      "errors": .integer(Int64(clamping: errors)),
      "elapsed_ns": .integer(Int64(clamping: elapsed)),
    ]
  }
}

extension ExitCode {
  /// Whether of several runs this one's code is the one to exit with.
  func isWorse(than other: ExitCode) -> Bool { rank > other.rank }

  private var rank: Int {
    switch self {
    case .pass: 0
    case .inconclusive: 1
    case .invalid: 2
    case .interrupted: 3
    case .unreachable: 4
    case .configuration: 5
    case .fail: 6
    case .fault: 7
    }
  }
}
