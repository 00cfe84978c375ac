import Glibc
import JSON
import Load
import Scenario
import Testing
import Verdict

@testable import Measurement
@testable import Report

/// The files of a small run, as bytes by their names in its directory.
private struct Files {
  var contents: [String: [UInt8]] = [:]

  static let scenario = SourceText(
    name: "tiny.json5",
    """
    {
      name: 'tiny', verdict: 'point', self_check: 'off', target: 'http://127.0.0.1:1',
      data: { buyer: { sequence: 'u-{n}', each: 2 } },
      traffic: {
        main: {
          load: { users: 40, iterations: 1 },
          steps: [
            {
              name: 'issue', post: '/issue', json: { userId: '${buyer}' },
              outcomes: { issued: { status: 201, capture: { number: '$.sequence' } }, sold_out: 409 },
            },
          ],
        },
      },
      invariants: {
        cap: { capped: { step: 'issue', accepted: 'issued', rejected: 'sold_out', cap: 20, sequence: 'number' } },
        once: { at_most: { of: 'issue.issued', count: 1, per: 'buyer' } },
        daily: {
          daily_limit: {
            limit: 1, step: 'issue', accepted: 'issued', rejected: 'sold_out', per: 'buyer', zone: 'Asia/Seoul',
          },
        },
        never: { never: ['issue.unexpected', 'issue.timeout'] },
        kept: {
          conserved: { of: ['issue.issued'], per: 'buyer', ledger: { get: '/l', rows: '$', key: '$.userId' } },
        },
      },
      thresholds: { requests: 'count >= 40', 'latency{step:issue}': 'p(95) < 1s' },
    }
    """)

  /// - Parameter isBroken: One buyer has two coupons.
  init(isBroken: Bool) throws {
    var identity = RunIdentity(scenario: "tiny", file: "tiny.json5", target: "http://127.0.0.1:1", seed: 7)
    identity.startedAt = 1_780_000_000_123_456_789
    identity.scenarioCheck = RunDirectory.check(Self.scenario.bytes)
    identity.workers = 2
    let outcomes = ["issued", "sold_out", "unexpected"]
    let keys = outcomes.map { SeriesKey(group: "main", step: "issue", outcome: $0) }
    let interval = IntervalRecorder(
      series: zip(keys, [OutcomeKind.expected, .expected, .unexpected]).map {
        IntervalRecorder.SeriesDefinition(key: $0, kind: $1, budgets: [1_000_000_000])
      }, groups: [IntervalRecorder.GroupDefinition(name: "main", load: "40 users", isOpen: false)])
    var writer = JournalWriter()
    var record = RunRecord(identity: identity)
    var journal = writer.head(identity: identity, warmUp: 0, interval: interval)
    record.clock.startedAt = identity.startedAt
    record.clock.add(ClockRecord.Reading(ahead: -50_000...50_000, stoppedAt: nil))
    journal += writer.clock(record.clock)

    var history: [String: [UInt8]] = [:]
    let logs = (0..<2).map { worker in
      OperationLog(worker: worker, run: identity.startedAt, series: keys, keyNames: ["buyer"], bufferedOperations: 3) {
        history["history/worker-\(worker).\($0)", default: []].append(contentsOf: $1)
      }
    }
    var ledger: [String] = []
    for half in 0..<2 {
      for number in half * 20..<half * 20 + 20 {
        let buyer = "u-\(number / 2 + 1)"
        let isIssued = number % 2 == 0 || isBroken && number == 7
        let log = logs[number % 2]
        var operation = Operation(
          invoked: 1_000_000 + UInt64(number) * 1_000, returned: 900_000_000 + UInt64(number) * 1_000,
          outcome: isIssued ? 0 : 1, user: UInt32(number), iteration: UInt32(number))
        operation.status = isIssued ? 201 : 409
        operation.keys[0] = log.number(ofKey: buyer)
        if isIssued {
          operation.flags = .sequenced
          operation.sequence = Int64(number == 7 ? 20 : number / 2 + 1)
          ledger.append(buyer)
        }
        log.append(operation)
        interval.record(
          series: isIssued ? 0 : 1, at: operation.returned, latency: 899_000_000, serviceTime: 890_000_000,
          timeToFirstByte: 880_000_000, bytesSent: 10, bytesReceived: 20)
        interval.recordIntended(1, group: 0)
        interval.recordIterationStarted(group: 0)
        interval.recordIterationCompleted(group: 0)
      }
      let (start, end) = (UInt64(half) * 500_000_000, UInt64(half + 1) * 500_000_000)
      journal += writer.interval(interval, start: start, end: end, isWarmUp: false)
      interval.accumulate(into: &record, start: start, end: end, isWarmUp: false)
      interval.reset()
    }
    for log in logs { log.flush() }
    record.elapsed = 1_000_000_000
    record.recorded = logs.map(\.count)
    record.ledgers = ["kept": LedgerRecord(keys: ledger)]
    journal += writer.end(record)

    contents = history
    contents["intervals.ndjson"] = journal
    contents["scenario.json5"] = Self.scenario.bytes
    contents["run.json"] = Array(identity.json.text(pretty: true).utf8)
    contents["result.json"] = Array("{ \"schema\": 1, \"totals\": { \"requests\": 40 } }".utf8)
  }

  /// Makes the directory hold these files and no others.
  func write(_ root: String) {
    for folder in [root, "\(root)/history"] {
      mkdir(folder, 0o777)
      for name in names(in: folder) { unlink("\(folder)/\(name)") }
    }
    for (name, bytes) in contents {
      let file = fopen("\(root)/\(name)", "w")
      bytes.withUnsafeBytes { _ = fwrite($0.baseAddress, 1, $0.count, file) }
      fclose(file)
    }
  }
}

/// What `stampede report` and `stampede history` do with a directory; `nil` where they refuse it.
private func review(_ root: String) -> (exitCode: ExitCode, operations: Int, requests: UInt64)? {
  guard let run = try? RunDirectory(root) else { return nil }
  let (scenario, diagnostics) = run.scenario(environment: { _ in nil }, readFile: { _ in [] })
  for diagnostic in diagnostics.prefix(3) { _ = diagnostic.rendered(in: run.source) }
  guard let scenario, !diagnostics.contains(where: { $0.severity == .error }) else { return nil }
  var record = run.record
  let source = run.history.flatMap { try? RecordedRequests(directory: $0, of: record) }
  record.notes += source?.notes ?? []
  let judgement = Judgement.of(record, scenario: scenario, operations: source)
  record.notes += run.differences(from: judgement)
  _ = ResultDocument(record, judgement, source: scenario.source).bytes
  _ =
    TerminalReport(
      record, judgement, options: TerminalReport.Options(width: 80, style: .plain, source: scenario.source)
    ).text
  var count = 0
  if let source {
    source.forEach { _ in count += 1 }
    let view = HistoryView(source, numberNames: scenario.numberNames, width: 80, style: .plain)
    _ = try? view.overview()
    _ = try? view.timeline(HistoryFilter(), limit: 20)
    if let name = source.keyNames.first { _ = try? view.keys(of: name, HistoryFilter(), limit: 20) }
    _ = try? HistoryExport(record, source).lines(of: HistoryFilter()) { _ in }
    _ = Judgement.ofInvariants(record, scenario: scenario, operations: source)
  }
  return (judgement.exitCode, count, RunTotals(record).requests)
}

extension Files {
  /// Damages one file, or takes it away.
  fileprivate mutating func mutate(_ random: inout SeededGenerator) {
    let name = contents.keys.sorted().randomElement(using: &random)!
    var bytes = contents[name]!
    guard !bytes.isEmpty else { return }
    func place() -> Int { Int.random(in: bytes.indices, using: &random) }
    switch Int.random(in: 0..<9, using: &random) {
    case 0, 1: bytes[place()] ^= 1 << UInt8.random(in: 0..<8, using: &random)
    case 2: bytes[place()] = .random(in: 0...255, using: &random)
    case 3: bytes.removeSubrange(place()...)
    case 4:
      let start = place()
      bytes.removeSubrange(start..<min(bytes.count, start + Int.random(in: 1...128, using: &random)))
    case 5:
      let start = place()
      bytes.insert(
        contentsOf: bytes[start..<min(bytes.count, start + Int.random(in: 1...128, using: &random))], at: place())
    case 6:
      let length = min(64, bytes.count / 2)
      let (left, right) = (Int.random(in: 0...bytes.count - length, using: &random), place() / 64 * 64)
      let block = Array(bytes[left..<left + length])
      bytes.removeSubrange(left..<left + length)
      bytes.insert(contentsOf: block, at: min(right, bytes.count))
    case 7:
      if Bool.random(using: &random) {
        contents[name] = nil
      } else {
        // Another file's bytes.
        contents[name] = contents.values.sorted { $0.count < $1.count }.randomElement(using: &random)!
      }
      return
    default: bytes = Self.replacingValue(in: bytes, &random)
    }
    contents[name] = bytes
  }

  private static let values = [
    "18446744073709551615", "-1", "9223372036854775807", "-9223372036854775808", "1e308", "1e-320", "0",
    "4611686018427387904",
    "1099511627776", "31622400000000000", "null", "true", "\"\"", "\"18446744073709551615\"", "[]", "{}", "[[]]",
    "\"\\u0000\"", "2.5",
  ]

  /// Puts an extreme value or one of another type in place of a number.
  fileprivate static func replacingValue(in bytes: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
    let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
    let starts = bytes.indices.filter { digits.contains(bytes[$0]) && ($0 == 0 || !digits.contains(bytes[$0 - 1])) }
    guard let start = starts.randomElement(using: &random) else { return bytes }
    let end = bytes[start...].firstIndex { !digits.contains($0) } ?? bytes.count
    return bytes[..<start] + Array(values.randomElement(using: &random)!.utf8) + bytes[end...]
  }

  /// Changes what the files say, and makes all checksums fit: as a forger would, or a fault before they were made.
  fileprivate mutating func forge(_ random: inout SeededGenerator) {
    switch Int.random(in: 0..<3, using: &random) {
    case 0:
      let name = "history/worker-\(Int.random(in: 0...1, using: &random)).operations"
      var bytes = contents[name]!
      let record = 64 + 64 * Int.random(in: 0..<bytes.count / 64 - 1, using: &random)
      let extremes: [UInt64] = [0, 1, .max, .max - 1, 1 << 63, 1 << 32, Operation.latest, 900_000_000]
      let word = 8 * Int.random(in: 0..<7, using: &random)
      let owner = OperationLogOwner(worker: UInt32(bytes[12]), run: 1_780_000_000_123_456_789)
      bytes.withUnsafeMutableBytes {
        $0.storeBytes(of: extremes.randomElement(using: &random)!, toByteOffset: record + word, as: UInt64.self)
        let check = OperationRecord.check(UnsafeRawBufferPointer($0), at: record, seed: owner.seed)
        $0.storeBytes(of: check, toByteOffset: record + 60, as: UInt32.self)
      }
      contents[name] = bytes
    default:
      var lines = contents["intervals.ndjson"]!.split(separator: UInt8(ascii: "\n")).map(Array.init)
      let index = Int.random(in: lines.indices, using: &random)
      for _ in 0..<Int.random(in: 1...2, using: &random) {
        lines[index] = Self.replacingValue(in: lines[index], &random)
      }
      for index in lines.indices {
        let marker = Array(",\"check\":\"".utf8)
        guard let place = lines[index].indices.last(where: { lines[index][$0...].starts(with: marker) }) else {
          continue
        }
        lines[index] = lines[index][..<place] + [UInt8(ascii: "}")]
        JournalCheck.seal(&lines[index], number: UInt64(index + 1))
      }
      contents["intervals.ndjson"] = lines.flatMap { $0 + [UInt8(ascii: "\n")] }
    }
  }
}

/// A small generator whose draws are the same everywhere (SplitMix64).
private struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

/// Directories that are damaged in all: `STAMPEDE_MUTATIONS` of the environment, else as many as take a few seconds.
private let mutations = getenv("STAMPEDE_MUTATIONS").flatMap { Int(String(cString: $0)) } ?? 2_000

@Suite("A run's directory with damaged files") struct MutatedDirectoryTests {
  /// Made once: each batch damages copies.
  private static let sound = Result { try Files(isBroken: false) }
  private static let broken = Result { try Files(isBroken: true) }

  @Test("passes and fails as long as it is whole")
  func whole() throws {
    try withTemporaryDirectory { root in
      try Files(isBroken: false).write(root)
      let passed = try #require(review(root))
      #expect(passed == (.pass, 40, 40))
      try Files(isBroken: true).write(root)
      let failed = try #require(review(root))
      #expect(failed == (.fail, 40, 40))
    }
  }

  @Test("is read or refused without a crash, and passes only where nothing is missing", arguments: 0..<20)
  func damaged(batch: Int) throws {
    try withTemporaryDirectory { root in
      var random = SeededGenerator(state: UInt64(batch) << 32)
      var (refused, passed, others) = (0, 0, 0)
      let count = mutations / 20
      for _ in 0..<count {
        let isBroken = Bool.random(using: &random)
        var files = try (isBroken ? Self.broken : Self.sound).get()
        for _ in 0..<Int.random(in: 1...3, using: &random) where !files.contents.isEmpty { files.mutate(&random) }
        files.write(root)
        guard let reviewed = review(root) else {
          refused += 1
          continue
        }
        if reviewed.exitCode == .pass {
          passed += 1
          #expect(!isBroken && reviewed.operations == 40 && reviewed.requests == 40)
        } else {
          others += 1
        }
      }
      // Damage to run.json and result.json changes no verdict.
      // So many pass in a long series only.
      let leastPassed = count / 500
      #expect(
        refused * 10 > count && passed >= leastPassed && others * 5 > count, "\(refused) \(passed) \(others)")
    }
  }

  @Test("that were forged are read or refused without a crash", arguments: 0..<4)
  func forged(batch: Int) throws {
    try withTemporaryDirectory { root in
      var random = SeededGenerator(state: UInt64(batch) << 32 | 1)
      var read = 0
      let count = mutations / 20
      for _ in 0..<count {
        var files = try (Bool.random(using: &random) ? Self.broken : Self.sound).get()
        files.forge(&random)
        files.write(root)
        if review(root) != nil { read += 1 }
      }
      #expect(read * 5 > count, "\(read)")
    }
  }

  @Test(
    "says what is missing, and is inconclusive for it",
    arguments: [
      ("a record", "damaged or missing", ExitCode.inconclusive),
      ("a worker's files", "20 of them can be read", .inconclusive),
      ("a line of the journal", "The journal is damaged", .inconclusive),
      ("a word of the scenario", "is not the text that the run read", .inconclusive),
      ("the history", "not recorded", .inconclusive),
    ])
  func losses(_ what: String, _ sentence: String, _ exitCode: ExitCode) throws {
    try withTemporaryDirectory { root in
      var files = try Files(isBroken: false)
      switch what {
      case "a record": files.contents["history/worker-0.operations"]![200] ^= 1
      case "a worker's files":
        files.contents["history/worker-1.operations"] = nil
        files.contents["history/worker-1.names"] = nil
      case "a line of the journal":
        let journal = files.contents["intervals.ndjson"]!
        let ends = journal.indices.filter { journal[$0] == UInt8(ascii: "\n") }
        files.contents["intervals.ndjson"] = Array(journal[...ends[1]] + journal[(ends[2] + 1)...])
      case "a word of the scenario":
        let text = String(decoding: files.contents["scenario.json5"]!, as: UTF8.self)
        files.contents["scenario.json5"] = Array(text.replacing("count: 1", with: "count: 2").utf8)
      default: for name in files.contents.keys where name.hasPrefix("history/") { files.contents[name] = nil }
      }
      files.write(root)
      if what == "the history" { rmdir("\(root)/history") }
      let run = try RunDirectory(root)
      let scenario = try #require(run.scenario(environment: { _ in nil }, readFile: { _ in [] }).scenario)
      let source = try run.history.map { try RecordedRequests(directory: $0, of: run.record) }
      let judgement = Judgement.of(run.record, scenario: scenario, operations: source)
      #expect(judgement.exitCode == exitCode)
      #expect(judgement.findings.contains { $0.message.contains(sentence) }, "\(judgement.findings.map(\.message))")
    }
  }
}
