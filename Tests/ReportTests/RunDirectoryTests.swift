import JSON
import Load
import Measurement
import Scenario
import Testing
import Verdict

@testable import Report

@Suite struct RunDirectoryTests {
  static let scenario = SourceText(
    name: "scenarios/tiny.json5",
    """
    {
      name: 'tiny',
      verdict: 'point',
      target: 'http://127.0.0.1:1',
      traffic: {
        main: {
          load: { users: 1, iterations: 10 },
          steps: [{ name: 'get', get: '/${env.STAMPEDE_TEST_TOKEN}' }],
        },
      },
      thresholds: { requests: ['count >= 10'], errors: ['rate < 20%'] },
      profiles: { strict: { thresholds: { errors: ['rate < 1%'] } } },
    }
    """)

  /// A run of two intervals of 5 answers each, of which the last is an error.
  struct Run {
    var identity = RunIdentity(scenario: "tiny", file: "scenarios/tiny.json5", target: "http://127.0.0.1:1", seed: 7)
    private(set) var lines: [[UInt8]] = []

    init() {
      let series = ["ok", "unexpected"].map { outcome in
        IntervalRecorder.SeriesDefinition(
          key: SeriesKey(group: "main", step: "get", outcome: outcome), kind: outcome == "ok" ? .expected : .unexpected,
          budgets: [])
      }
      let groups = [IntervalRecorder.GroupDefinition(name: "main", load: "1 user", isOpen: false)]
      let interval = IntervalRecorder(series: series, groups: groups)
      var writer = JournalWriter()
      var record = RunRecord(identity: identity)
      lines.append(writer.head(identity: identity, warmUp: 0, interval: interval))
      for second in UInt64(0)..<2 {
        for answer in 0..<5 {
          interval.record(
            series: second == 1 && answer == 4 ? 1 : 0, at: second * 1_000_000_000, latency: 2_000_000,
            serviceTime: 1_000_000, timeToFirstByte: 900_000, bytesSent: 10, bytesReceived: 20)
          interval.recordIterationStarted(group: 0)
          interval.recordIterationCompleted(group: 0)
        }
        let (start, end) = (second * 1_000_000_000, (second + 1) * 1_000_000_000)
        lines.append(writer.interval(interval, start: start, end: end, isWarmUp: false))
        interval.accumulate(into: &record, start: start, end: end, isWarmUp: false)
        interval.reset()
      }
      record.elapsed = 2_000_000_000
      lines.append(writer.end(record))
    }

    /// Writes the run's directory with the first `lines` lines of its journal, and `torn` bytes of the next.
    func write(_ root: String, lines count: Int, torn: Int = 0) throws {
      let files = ReportDirectory(existing: root)
      try files.writeRun(identity, scenario: RunDirectoryTests.scenario)
      guard count > 0 else { return }
      try files.write(
        ReportDirectory.journalName, Array(lines[..<count].joined()) + (torn > 0 ? lines[count][..<torn] : []))
    }
  }

  private func judge(_ run: RunDirectory) throws -> Judgement {
    let (scenario, diagnostics) = run.scenario(environment: { _ in nil }, readFile: { _ in [] })
    return Judgement.of(run.record, scenario: try #require(scenario, "\(diagnostics)"))
  }

  @Test("a run that ended is judged again from its journal, and agrees with its result")
  func whole() throws {
    try withTemporaryDirectory { root in
      try Run().write(root, lines: 4)
      let first = try RunDirectory(root)
      #expect(first.result == nil)
      #expect(first.history == nil)
      #expect(first.source.name == "scenarios/tiny.json5")
      let judgement = try judge(first)
      #expect(judgement.verdict == .pass)
      #expect(first.differences(from: judgement) == [])

      try first.files.write(ResultDocument(first.record, judgement, source: first.source))
      let second = try RunDirectory(root)
      #expect(second.result != nil)
      #expect(second.differences(from: judgement) == [])
      _ = try second.files.makeDirectory(ReportDirectory.historyName)
      #expect(second.history == "\(root)/history")
    }
  }

  @Test("a result that says otherwise than the journal is told")
  func differences() throws {
    try withTemporaryDirectory { root in
      try Run().write(root, lines: 4)
      let run = try RunDirectory(root)
      var record = run.record
      record.series[0].count = 8
      let (scenario, _) = run.scenario(environment: { _ in nil }, readFile: { _ in [] })
      let other = Judgement.of(record, scenario: try #require(scenario))
      try run.files.write(ResultDocument(record, other))
      #expect(
        try RunDirectory(root).differences(from: judge(run)) == [
          "result.json says requests 9, and the journal 10",
          "result.json says verdict \"fail\", and the journal \"pass\"",
          "result.json says 'requests: count >= 10' \"fail\", and the journal \"pass\"",
        ])
    }
  }

  @Test(
    "a run that was killed is judged from what was flushed", arguments: [(3, 0, 10), (2, 0, 5), (2, 40, 5), (1, 0, 0)])
  func cutOff(_ lines: Int, _ torn: Int, _ requests: UInt64) throws {
    try withTemporaryDirectory { root in
      try Run().write(root, lines: lines, torn: torn)
      let run = try RunDirectory(root)
      #expect(run.record.ending == .cutOff)
      #expect(RunTotals(run.record).requests == requests)
      #expect(run.record.notes.contains { $0.contains("cut off") })
      #expect(try judge(run).exitCode == .interrupted)
    }
  }

  @Test("a run that was killed before its first interval says so")
  func noJournal() throws {
    try withTemporaryDirectory { root in
      try Run().write(root, lines: 0)
      let run = try RunDirectory(root)
      #expect(run.record.ending == .cutOff)
      #expect(run.record.notes == ["The run was cut off before its first interval was written: there are no figures."])
      #expect(try judge(run).exitCode == .interrupted)
    }
  }

  @Test("the run's profile and overrides are laid over the scenario again")
  func profile() throws {
    try withTemporaryDirectory { root in
      var run = Run()
      run.identity.profile = "strict"
      run.identity.overrides = ["traffic.main.load.iterations=20"]
      try run.write(root, lines: 0)
      let scenario = try #require(
        try RunDirectory(root).scenario(environment: { _ in nil }, readFile: { _ in [] }).scenario)
      #expect(scenario.thresholds.map(\.text) == ["count >= 10", "rate < 1%"])
      #expect(scenario.traffic[0].load == .countedPerUser(users: 1, iterations: 20))
    }
  }

  @Test("what is not the directory of a run is refused with the file and the reason")
  func refused() throws {
    try withTemporaryDirectory { root in
      func complaint() -> String? {
        do throws(RunDirectoryError) {
          _ = try RunDirectory(root)
          return nil
        } catch {
          return error.description
        }
      }
      #expect(complaint() == "\(root) is no directory of a run: there is no run.json in it")
      try Run().write(root, lines: 2)
      #expect(complaint() == nil)
      let files = ReportDirectory(existing: root)
      try files.write("intervals.ndjson", Array("{}\n".utf8))
      #expect(complaint()?.hasPrefix("\(root)/intervals.ndjson: line 1: ") == true)
      try files.write("run.json", Array("{".utf8))
      #expect(complaint()?.hasPrefix("\(root)/run.json: not JSON at byte 1") == true)
      try files.write("run.json", Array("{}".utf8))
      #expect(complaint()?.hasPrefix("\(root)/run.json: ") == true)
    }
  }

  @Test("the run that the repository keeps is judged as it was")
  func example() throws {
    let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    let run = try RunDirectory("/\(root)/reports/example")
    #expect(run.record.ending == .completed && run.record.series.contains { $0.count > 0 })
    let scenario = try #require(run.scenario(environment: { _ in nil }, readFile: { _ in [] }).scenario)
    let requests = try RecordedRequests(directory: try #require(run.history), of: run.record)
    #expect(requests.notes.isEmpty && run.record.losses.isEmpty)
    let judgement = Judgement.of(run.record, scenario: scenario, operations: requests)
    #expect(run.differences(from: judgement) == [])
    #expect(judgement.findings.contains { $0.kind == .invariant && $0.verdict == .fail })
  }

  @Test("a journal from before releases and the generator's check of itself is read")
  func olderJournal() throws {
    let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    let path = "/\(root)/reports/example"
    let run = try RunDirectory(path)
    let scenario = try #require(run.scenario(environment: { _ in nil }, readFile: { _ in [] }).scenario)
    var lines = try #require(readFile("\(path)/intervals.ndjson")).split(separator: "\n").map(String.init)
    let end = try JSONValue(parsing: Array(lines.removeLast().utf8))
    let known = ["ending", "elapsed", "worker_cpu", "server_cpu", "peak_resident_bytes", "ledgers", "aborts", "notes"]
    let older = known.compactMap { key in end["run_end"]?[key].map { JSONField(key, $0) } }
    #expect(older.count == known.count)
    let kept = [
      "start", "end", "series", "groups", "connections_opened", "connections_failed", "generator_lag", "wait",
    ]
    for index in lines.indices.dropFirst() {
      let interval = try JSONValue(parsing: Array(lines[index].utf8))
      lines[index] = JSONValue.object(kept.compactMap { key in interval[key].map { JSONField(key, $0) } }).text()
    }
    lines.append(JSONValue.object([JSONField("run_end", .object(older))]).text())
    // Version 1 had no checksums.
    lines[0] = lines[0].replacing("stampede.intervals/2", with: "stampede.intervals/1")
      .replacing(/,"check":"[^"]*"/, with: "")
    let record = try JournalReader.read(Array((lines.joined(separator: "\n") + "\n").utf8))
    #expect(record.ending == .completed && record.groups.allSatisfy { $0.release == nil })
    #expect(Judgement.of(record, scenario: scenario).selfCheck?.rules.contains { $0.status == .notAvailable } == true)
  }
}
