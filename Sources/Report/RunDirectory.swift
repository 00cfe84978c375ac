import JSON
import Measurement
import Scenario
import Verdict

/// A run that left its directory, read again: the figures from the journal, which is the truth also where the run was
/// killed before it could write a result.
package struct RunDirectory: Sendable {
  package let files: ReportDirectory
  package let record: RunRecord
  /// The scenario's text as the run read it, under the name that the file had then.
  package let source: SourceText
  /// The result that the run itself wrote; `nil` where it did not come to that, or what it wrote cannot be read.
  package let result: JSONValue?

  /// Reads `run.json`, `scenario.json5`, `intervals.ndjson` and, where it is there, `result.json`.
  ///
  /// A run that was cut off before its first interval has no journal; its record then has no figures, and says so.
  package init(_ path: String) throws(RunDirectoryError) {
    files = ReportDirectory(existing: path)
    guard files.has(ReportDirectory.runName) else {
      if files.has("repeat.json") {
        throw RunDirectoryError(
          "\(files.path) holds the runs of a --repeat: name one of them, such as \(files.path)/run-1")
      }
      throw RunDirectoryError("\(files.path) is no directory of a run: there is no \(ReportDirectory.runName) in it")
    }
    let identity: RunIdentity
    let run = try Self.json(ReportDirectory.runName, in: files)
    do throws(JournalError) {
      identity = try RunIdentity(json: run)
    } catch {
      throw RunDirectoryError("\(files.path(of: ReportDirectory.runName)): \(error)")
    }
    source = SourceText(name: identity.file, bytes: try Self.bytes(ReportDirectory.scenarioName, in: files))
    var record = try Self.record(identity, in: files)
    if let check = record.identity.scenarioCheck, check != Self.check(source.bytes) {
      record.losses.append(
        "\(files.path(of: ReportDirectory.scenarioName)) is not the text that the run read: it was changed or is damaged."
      )
    }
    self.record = record
    result = try? Self.json(ReportDirectory.resultName, in: files)
  }

  /// The folder of the recorded requests; `nil` where there is none.
  package var history: String? {
    files.has(ReportDirectory.historyName) ? files.path(of: ReportDirectory.historyName) : nil
  }

  /// The scenario as it was run: with the run's profile and overrides laid over the file.
  ///
  /// - Parameters:
  ///   - environment: Variables may have changed since, or be secret; those that are not set count as empty, which no
  ///     figure depends on.
  ///   - readFile: Reads a file that the scenario names, by its name there.
  package func scenario(
    environment: @escaping (String) -> String?, readFile: @escaping (String) throws -> [UInt8]
  ) -> (scenario: Scenario?, diagnostics: [Diagnostic]) {
    let overrides = record.identity.overrides.map { text in
      let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      return (path: String(parts[0]), value: parts.count > 1 ? String(parts[1]) : "")
    }
    return ScenarioReader.read(
      source,
      options: ReadOptions(
        profile: record.identity.profile, overrides: overrides, environment: { environment($0) ?? "" },
        readFile: readFile, isForReview: true))
  }

  /// Where the run's own result says otherwise than `judgement`, which was made from its journal: a sentence each.
  package func differences(from judgement: Judgement) -> [String] {
    guard let result else { return [] }
    var differences: [String] = []
    func compare(_ name: String, _ written: JSONValue?, _ rebuilt: JSONValue) {
      guard let written, written != rebuilt else { return }
      differences.append("result.json says \(name) \(written.text()), and the journal \(rebuilt.text())")
    }
    let totals = RunTotals(record)
    compare("requests", result["totals"]?["requests"], totals.requests.json)
    compare("errors", result["totals"]?["errors"], totals.errors.json)
    compare("iterations", result["totals"]?["iterations"], totals.iterations.json)
    compare("verdict", result["verdict"], .string(judgement.verdict.rawValue))
    for finding in judgement.findings {
      let written = result["findings"]?.array?.first {
        $0["name"]?.string == finding.name && $0["text"]?.string == finding.text
      }
      compare("'\(finding.name): \(finding.text)'", written?["verdict"], .string(finding.verdict.rawValue))
    }
    return differences
  }

  /// The checksum by which a scenario's text is known again.
  package static func check(_ scenario: [UInt8]) -> String {
    String(scenario.withUnsafeBytes { Checksum.of($0, seed: 0) }, radix: 16)
  }

  // MARK: - Files

  private static func record(
    _ identity: RunIdentity, in files: ReportDirectory
  ) throws(RunDirectoryError) -> RunRecord {
    let name = ReportDirectory.journalName
    let bytes = files.has(name) ? try bytes(name, in: files) : []
    do throws(JournalError) {
      return try JournalReader.read(bytes)
    } catch {
      switch error {
      case .empty:
        var record = RunRecord(identity: identity)
        record.ending = .cutOff
        record.notes = ["The run was cut off before its first interval was written: there are no figures."]
        return record
      case .notJSON, .malformed, .tooLong: throw RunDirectoryError("\(files.path(of: name)): \(error)")
      }
    }
  }

  private static func bytes(_ name: String, in files: ReportDirectory) throws(RunDirectoryError) -> [UInt8] {
    do throws(ReportDirectoryError) {
      return try files.read(name)
    } catch {
      throw RunDirectoryError(error.description)
    }
  }

  private static func json(_ name: String, in files: ReportDirectory) throws(RunDirectoryError) -> JSONValue {
    let bytes = try bytes(name, in: files)
    do throws(JSONSyntaxError) {
      return try JSONValue(parsing: bytes)
    } catch {
      throw RunDirectoryError("\(files.path(of: name)): \(error)")
    }
  }
}

/// Why a directory cannot be read as a run's: which file, and what is wrong with it.
package struct RunDirectoryError: Error, Hashable, CustomStringConvertible {
  package var description: String

  init(_ description: String) { self.description = description }
}
