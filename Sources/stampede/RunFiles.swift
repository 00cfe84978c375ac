import Engine
import Glibc
import JSON
import Measurement
import Report
import Scenario
import Verdict

/// Where a run's files go, and what became of them. A disk that is full or not writable costs files, never the verdict.
struct RunFiles {
  /// `nil` where none are wanted, or none could be made.
  private(set) var directory: ReportDirectory?
  /// The folder of the recorded requests, which invariants need in any case.
  private(set) var history: String?
  private var temporary: TemporaryDirectory?
  private(set) var notes: [String] = []

  /// Those of a run that has ended.
  init(existing directory: ReportDirectory, history: String?) {
    self.directory = directory
    self.history = history
  }

  private init() {}

  /// Where a run's directory goes.
  enum Place {
    /// A new one under the directory of reports; 'none' for no files.
    case new(under: String)
    /// One that is there already.
    case existing(String)
  }

  static func make(in place: Place, identity: RunIdentity, scenario: Scenario) -> RunFiles {
    var files = RunFiles()
    if place.isWanted {
      do throws(ReportDirectoryError) {
        let directory = try place.directory(identity)
        files.directory = directory
        try directory.writeRun(
          identity, scenario: MaskedSource.text(scenario.source, byName: identity.target != "reference"))
        if !HistoryNeeds.of(scenario).needs.isEmpty {
          files.history = try directory.makeDirectory(ReportDirectory.historyName)
        }
      } catch {
        files.notes.append("the report is incomplete: \(error)")
      }
    }
    if files.history == nil, !HistoryNeeds.of(scenario).needs.isEmpty { files.makeTemporaryHistory() }
    return files
  }

  private mutating func makeTemporaryHistory() {
    let base = Console.environment("TMPDIR").flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp"
    do throws(ReportDirectoryError) {
      let directory = try TemporaryDirectory(in: base)
      temporary = directory
      history = directory.path
    } catch {
      // Files that cannot be made there either: what is recorded stays in memory.
      notes.append("there is no room on disk for recorded requests: \(error)")
      history = "/dev/null/history"
    }
  }

  /// Writes the result.
  ///
  /// - Returns: why it is not there.
  func finish(_ record: RunRecord, _ judgement: Judgement, _ scenario: Scenario) -> String? {
    guard let directory else { return nil }
    do throws(ReportDirectoryError) {
      try directory.write(ResultDocument(record, judgement, source: scenario.source))
      return nil
    } catch {
      return "the report is incomplete: \(error)"
    }
  }

  /// The recorded requests, to be judged.
  ///
  /// - Returns: them, and what about them is worth a sentence.
  func operations(
    of record: RunRecord, unwritten: [HistoryTail] = []
  ) -> ((any OperationSource)?, notes: [String]) {
    guard let history else { return (nil, []) }
    do throws(OperationSourceError) {
      let requests = try RecordedRequests(directory: history, of: record, tails: unwritten)
      return (requests, requests.notes)
    } catch {
      return (nil, ["the recorded requests cannot be read: \(error)"])
    }
  }

  /// Removes what was only needed to judge.
  func cleanUp() { temporary?.remove() }
}

extension RunFiles.Place {
  fileprivate var isWanted: Bool { if case .new(under: "none") = self { false } else { true } }

  fileprivate func directory(_ identity: RunIdentity) throws(ReportDirectoryError) -> ReportDirectory {
    switch self {
    case .new(let reports):
      try ReportDirectory.create(in: reports, scenario: identity.scenario, startedAt: identity.startedAt)
    case .existing(let path): ReportDirectory(existing: path)
    }
  }
}
