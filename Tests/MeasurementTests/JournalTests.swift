import JSON
import Testing

@testable import Measurement

private let second: UInt64 = 1_000_000_000

/// A run of three seconds, the first of them warm-up, with an outcome that turned up in the last: its record as it was
/// made while it ran, and its journal.
private func run() -> (record: RunRecord, journal: [UInt8]) {
  var identity = RunIdentity(
    scenario: "coupon-cap", file: "scenarios/coupon-cap.json5", target: "reference", seed: .max)
  identity.profile = "ci"
  identity.incidents = ["coupon.overissue"]
  identity.overrides = ["traffic.rush.load.burst=100"]
  identity.startedAt = 1_780_000_000_123_456_789
  identity.gitRevision = "abc123"
  identity.machine = "2 × EPYC, Linux \"6.1\""
  identity.version = "0.1.0"
  var record = RunRecord(identity: identity)
  record.warmUp = second
  let interval = IntervalRecorderTests.recorder()
  var writer = JournalWriter()
  var journal = writer.head(identity: identity, warmUp: second, interval: interval)
  var generator = TestGenerator(seed: 1)
  for number in 0..<3 as Range<UInt64> {
    IntervalRecorderTests.record(500, from: &generator) { _ in interval }
    if number == 2 {
      let timeout = interval.addSeries(IntervalRecorderTests.timeout)
      interval.record(
        series: timeout, at: 3 * second - 1, latency: 2 * HistogramLayout.highestTrackable, serviceTime: nil,
        timeToFirstByte: nil, bytesSent: 9, bytesReceived: 0)
      interval.noteSample(series: timeout, "no answer\nin time")
      interval.recordUnsent(3, group: 0)
      for _ in 0..<4 { interval.requestBegan(group: 0) }
    }
    if number > 0 {
      interval.record(
        ConnectionEvents(
          reopened: number, renewed: 3, surplusResponses: 2, lenient: ["bare LF line ends": 4, "x": number]))
    }
    if number > 0 { for pause in [number, 3, 2] { interval.recordPause(pause) } }
    // The first second is of a machine that tells nothing but processor time.
    interval.usage =
      number == 0
      ? IntervalUsage(wall: second, workers: [.init(cpu: 7)])
      : IntervalUsage(
        wall: second + number,
        workers: [.init(cpu: 9, runQueueWait: number, turns: 3), .init(cpu: 0, runQueueWait: 1, turns: 0)],
        ticks: 200, stolenTicks: number, process: 40, pressure: 31)
    journal += writer.interval(interval, start: number * second, end: (number + 1) * second, isWarmUp: number == 0)
    interval.accumulate(
      into: &record, start: number * second, end: (number + 1) * second, isWarmUp: number == 0)
    interval.reset()
  }
  record.ending = .interrupted("SIGINT")
  record.elapsed = 2 * second - 7
  record.groups[0].release = ReleaseRecord(users: 500, skew: 12_345, peakInFlight: 499)
  record.generator.workerCPU = [1, 2]
  record.generator.serverCPU = [3]
  record.generator.peakResidentBytes = 44_000_000
  record.ledgers = [
    "never over-issued": LedgerRecord(keys: ["user-1", "user-2"], amounts: [7, -9]),
    "b": LedgerRecord(keys: [], failure: "500"),
  ]
  record.aborts = ["p(95) < 1s"]
  record.notes = ["schedstat could not be read"]
  record.serverLog = ["requests": 1_500]
  record.recorded = [1_500, 0]
  journal += writer.end(record)
  return (record, journal)
}

/// The same lines with the checks that belong to them, whatever was changed.
private func resealed(_ lines: [String]) -> [UInt8] {
  lines.enumerated().flatMap { index, text in
    var line = Array(text.utf8)
    if let place = firstRange(of: ",\"check\":\"", in: text) {
      line = Array(text[..<place.lowerBound].utf8) + [UInt8(ascii: "}")]
    }
    JournalCheck.seal(&line, number: UInt64(index + 1))
    return line + [UInt8(ascii: "\n")]
  }
}

private func expectEqual(_ actual: RunRecord, _ expected: RunRecord) {
  #expect(actual.identity == expected.identity)
  #expect(actual.elapsed == expected.elapsed && actual.warmUp == expected.warmUp)
  #expect(actual.clock == expected.clock && actual.ledgers == expected.ledgers)
  #expect(actual.series.map(\.key) == expected.series.map(\.key))
  for (actual, expected) in zip(actual.series, expected.series) {
    #expect(actual.kind == expected.kind && actual.count == expected.count && actual.samples == expected.samples)
    #expect(actual.latency == expected.latency && actual.serviceTime == expected.serviceTime)
    #expect(actual.timeToFirstByte == expected.timeToFirstByte && actual.exceedances == expected.exceedances)
    #expect(actual.bytesSent == expected.bytesSent && actual.bytesReceived == expected.bytesReceived)
  }
  #expect(actual.groups.map(\.schedule) == expected.groups.map(\.schedule))
  // What has no histogram is compared by its description, so that a new member is compared too.
  #expect(actual.groups.map { "\($0)" } == expected.groups.map { "\($0)" })
  #expect(actual.intervals.map { "\($0)" } == expected.intervals.map { "\($0)" })
  #expect(actual.connections.opened == expected.connections.opened)
  #expect(actual.connections.failed == expected.connections.failed)
  #expect(actual.connections.events == expected.connections.events)
  #expect(actual.connections.connectTime == expected.connections.connectTime)
  #expect(actual.generator.lag == expected.generator.lag && actual.generator.wait == expected.generator.wait)
  #expect(actual.generator.turnWait == expected.generator.turnWait && !actual.generator.turnWait.isEmpty)
  #expect(actual.generator.longestPause == expected.generator.longestPause)
}

@Suite struct JournalTests {
  @Test("a record that is read from its journal is the record of the run")
  func roundTrip() throws {
    let (record, journal) = run()
    let read = try JournalReader.read(journal)
    expectEqual(read, record)
    #expect(read.series.count == 3 && read.series[2].latency.saturated == 1)
    #expect(read.series[0].exceedances.map(\.exceedances).min()! > 0)
    #expect(read.ending == .interrupted("SIGINT"))
    #expect(read.generator.workerCPU == [1, 2] && read.generator.serverCPU == [3])
    #expect(read.generator.peakResidentBytes == 44_000_000 && read.generator.longestPause == 3)
    #expect(read.ledgers.mapValues { "\($0)" } == record.ledgers.mapValues { "\($0)" })
    #expect(read.aborts == record.aborts && read.notes == record.notes && read.serverLog == record.serverLog)
    #expect(read.recorded == [1_500, 0] && read.losses.isEmpty && !read.lacksFigures)
    #expect(
      read.groups[0].release == ReleaseRecord(users: 500, skew: 12_345, peakInFlight: 499) && read.groups[0].unsent == 3
    )
    #expect(read.groups[0].schedule.lag.count == 1000 && read.groups[0].schedule.late.count > 0)
    #expect(read.groups[0].schedule.gaps.count == 1000)
    #expect(read.intervals[0].usage?.workers == [.init(cpu: 7)] && read.intervals[0].usage?.pressure == nil)
    #expect(read.intervals[2].usage?.workers[0].runQueueWait == 2 && read.intervals[2].usage?.stolenTicks == 2)
  }

  @Test("a journal of a version that did not read the machine is read all the same")
  func olderJournal() throws {
    let text = String(decoding: run().journal, as: UTF8.self)
    var lines: [String] = []
    for line in text.split(separator: "\n") {
      guard case .object(var fields) = try JSONValue(parsing: Array(line.utf8)) else { continue }
      fields.removeAll { $0.key == "usage" || $0.key == "longest_pause" }
      if let index = fields.firstIndex(where: { $0.key == "groups" }), let groups = fields[index].value.array {
        let bare = groups.map { group -> JSONValue in
          guard case .object(let members) = group else { return group }
          return .object(members.filter { $0.key != "schedule" })
        }
        fields[index] = JSONField("groups", .array(bare))
      }
      lines.append(JSONValue.object(fields).text())
    }
    lines[0] = lines[0].replacing("stampede.intervals/2", with: "stampede.intervals/1")
    let bare = lines.map { $0[..<firstRange(of: ",\"check\":", in: $0)!.lowerBound] + "}" }
    let read = try JournalReader.read(Array((bare.joined(separator: "\n") + "\n").utf8))
    #expect(read.losses.isEmpty && !read.lacksFigures)
    #expect(read.intervals.allSatisfy { $0.usage == nil } && read.intervals.count == 3)
    #expect(read.generator.longestPause == nil)
    #expect(read.groups[0].schedule == ScheduleFigures() && read.groups[0].intended > 0)
  }

  @Test("what time it was is kept, the last word of it")
  func clock() throws {
    var clock = ClockRecord()
    clock.startedAt = 1_780_000_000_200_000_000
    clock.add(ClockRecord.Reading(ahead: -5...7, stoppedAt: nil))
    let (_, journal) = run()
    let lines = String(decoding: journal, as: UTF8.self).split(separator: "\n").map(String.init)
    var writer = JournalWriter()
    let early = String(decoding: writer.clock(clock).dropLast(), as: UTF8.self)
    clock.add(ClockRecord.Reading(ahead: -6...(-6), stoppedAt: 1_780_000_000_000_000_000))
    clock.failure = "status 500"
    let late = String(decoding: writer.clock(clock).dropLast(), as: UTF8.self)
    let whole = resealed([lines[0], early] + lines[1...3] + [late, lines[4]])
    #expect(try JournalReader.read(whole).clock == clock)
    #expect(try JournalReader.read(resealed([lines[0], early, lines[1]])).clock.readings.count == 1)
    #expect(try JournalReader.read(whole).intervals.count == 3)
  }

  @Test("cut anywhere, a journal gives the whole intervals before the cut, and says so")
  func cuts() throws {
    let (record, journal) = run()
    let lineEnds = journal.indices.filter { journal[$0] == UInt8(ascii: "\n") }
    #expect(lineEnds.count == 5)
    for cut in stride(from: 0, to: lineEnds.last!, by: 1_009) + lineEnds.flatMap({ [$0 - 1, $0, $0 + 1] }) {
      let lines = lineEnds.count { $0 <= cut }
      guard lines > 0 else {
        #expect(throws: JournalError.empty) { try JournalReader.read(Array(journal[..<cut])) }
        continue
      }
      let read = try JournalReader.read(Array(journal[..<cut]))
      // A line is whole without its newline, too.
      let whole = lines - 1
      #expect((whole...whole + 1).contains(read.intervals.count + (read.ending == .cutOff ? 0 : 1)))
      #expect(read.intervals.map(\.requests) == record.intervals.prefix(read.intervals.count).map(\.requests))
      if cut < lineEnds.last! {
        #expect(read.ending == .cutOff)
        #expect(read.notes.contains { $0.contains("has no end") })
        #expect(read.elapsed == UInt64(max(0, read.intervals.count - 1)) * second)
      }
    }
    let torn = try JournalReader.read(Array(journal[...(lineEnds[2] + 20)]))
    #expect(torn.notes.contains { $0.contains("cut off after 20 bytes") })
    #expect(torn.intervals.count == 2)
  }

  @Test(
    "what is no journal is refused with the line and the member",
    arguments: [
      (
        0, "\"schema\":\"stampede.intervals/2\"", "\"schema\":\"stampede.intervals/3\"",
        "line 1: schema is 'stampede.intervals/3', and this stampede reads stampede.intervals/1 and /2"
      ),
      (0, "\"seed\":\"18446744073709551615\"", "\"seed\":-1", "line 1: identity.seed is not an integer from 0"),
      (0, "\"kind\":\"expected\"", "\"kind\":\"good\"", "line 1: series[0].kind is none of expected, named_error"),
      (
        0, "\"outcome\":\"sold_out\"", "\"outcome\":\"issued\"",
        "line 1: series[1].outcome is 'issued', which the table"
      ),
      (1, "\"id\":1", "\"id\":2", "line 2: series[1].id is 2, and the table has 2 series"),
      (1, "\"id\":1", "\"id\":0", "line 2: series[1].id is 0, as another's in the line"),
      (1, "\"count\":490", "\"count\":-490", "line 2: series[0].count is not an integer"),
      (1, "\"count\":490", "\"count\":9007199254740992", "line 2: series[0].count is 9007199254740992, which is more"),
      (1, "\"hdr\":\"HISTE", "\"hdr\":\"HISTF", "line 2: series[0].latency.hdr is no histogram"),
      (1, "\"hdr\":\"HISTE", "\"hdr\":\"*ISTE", "line 2: series[0].latency.hdr is not base64"),
      (
        1, "\"latency\":{\"count\":490", "\"latency\":{\"count\":491",
        "line 2: series[0].latency.count is 491, and the buckets hold 490"
      ),
      (1, "\"min\":", "\"min\":1", "line 2: series[0].latency."),
      (1, "\"budget\":5000000", "\"budget\":5000001", "line 2: series[0].exceedances are not of the series' budgets"),
      (1, "\"width_log2\":21", "\"width_log2\":99", "line 2: series[0].exceedances[0].slots cannot be"),
      (1, "\"groups\":[", "\"groups\":[{},", "line 2: groups has 2 elements, and the head 1 groups"),
      (1, "\"start\":0", "\"start\":5000000000", "line 2: start is 5000000000, which is not between"),
      (1, "\"workers\":[[7]]", "\"workers\":[[7,8]]", "line 2: usage.workers has an element that is not [cpu]"),
      (2, "\"process\":40", "\"process\":-40", "line 3: usage.process is not an integer"),
      (2, "\"ticks\":[200,1]", "\"ticks\":[200,201]", "line 3: usage.ticks is not [all, stolen]"),
      (2, "\"wall\":1000000001", "\"wall\":-1", "line 3: usage.wall is not an integer"),
      (2, "\"start\":1000000000", "\"start\":999999999", "line 3: start is 999999999, which is not between"),
      (2, "{\"start\"", "{start", "line 3: not JSON at byte 1"),
      (3, "\"new_series\"", "\"old_series\"", "line 4: series[2].id is 2, and the table has 2 series"),
      (4, "\"kind\":\"interrupted\"", "\"kind\":\"done\"", "line 5: run_end.ending.kind is 'done', which is no way"),
      (4, "{\"run_end\":", "{\"end\":", "line 5: start is missing"),
    ])
  func refusals(line: Int, text: String, replacement: String, message: String) throws {
    var lines = String(decoding: run().journal, as: UTF8.self).split(separator: "\n").map(String.init)
    let place = try #require(firstRange(of: text, in: lines[line]))
    lines[line].replaceSubrange(place, with: replacement)
    let journal = resealed(lines)
    let error = #expect(throws: JournalError.self) { try JournalReader.read(journal) }
    #expect(error?.description.hasPrefix(message) == true, "\(error?.description ?? "")")
  }

  @Test("nothing may come after the end")
  func afterTheEnd() throws {
    let journal = run().journal
    var lines = String(decoding: journal, as: UTF8.self).split(separator: "\n").map(String.init)
    lines.append(lines[1])
    #expect(throws: JournalError.self) { try JournalReader.read(resealed(lines)) }
    let read = try JournalReader.read(journal + Array("{}\n".utf8))
    #expect(read.losses.first?.contains("1 line after the last sound one") == true && read.lacksFigures)
  }

  @Test(
    "a line that is damaged, missing, twice or out of place is left out, and told",
    arguments: [
      ("damaged", [1, 3], "1 of 5 lines"), ("missing", [1, 3], "1 of 5 lines"), ("twice", [1, 2, 3], "1 line after"),
      ("swapped", [1, 3], "1 of 5 lines"), ("split", [1, 3], "1 of 5 lines"),
      ("the one with a name", [1, 2], "1 of 5"),
      ("the end", [1, 2, 3], "1 line after"),
    ])
  func damage(_ kind: String, _ left: [Int], _ sentence: String) throws {
    let (record, journal) = run()
    var lines = String(decoding: journal, as: UTF8.self).split(separator: "\n").map(String.init)
    switch kind {
    case "damaged": lines[2] = lines[2].replacing("\"id\":1", with: "\"id\":0")
    case "missing": lines.remove(at: 2)
    case "twice": lines.append(lines[2])
    case "swapped": lines.swapAt(2, 3)
    case "split": lines[2].insert("\n", at: lines[2].index(lines[2].startIndex, offsetBy: 90))
    case "the one with a name": lines[3] = lines[3].replacing("timeout", with: "timeOut")
    default: lines[4] = lines[4].replacing("interrupted", with: "completed")
    }
    let read = try JournalReader.read(Array((lines.joined(separator: "\n") + "\n").utf8))
    #expect(read.losses.count == 1 && read.losses[0].contains(sentence), "\(read.losses)")
    #expect(read.lacksFigures)
    #expect(read.intervals.map(\.requests) == left.map { record.intervals[$0 - 1].requests })
    #expect(read.ending == (kind == "the end" ? .cutOff : .interrupted("SIGINT")))
  }

  @Test("after a lost line that named a series, numbers of series that mean nothing are not read")
  func lostNames() throws {
    let (_, journal) = run()
    var lines = String(decoding: journal, as: UTF8.self).split(separator: "\n").map(String.init)
    // Once more what the third second was, a second later: it has the series that only the line before it names.
    let interval = lines[3].replacing("\"start\":2000000000", with: "\"start\":3000000000")
      .replacing("\"end\":3000000000", with: "\"end\":4000000000")
      .replacing("\"new_series\"", with: "\"old_series\"")
    lines.insert(interval, at: 4)
    let whole = String(decoding: resealed(lines), as: UTF8.self).split(separator: "\n").map(String.init)
    #expect(try JournalReader.read(Array((whole.joined(separator: "\n") + "\n").utf8)).intervals.count == 4)
    let cut = whole[..<3] + whole[4...]
    let read = try JournalReader.read(Array((cut.joined(separator: "\n") + "\n").utf8))
    #expect(read.intervals.count == 2 && read.series.count == 2 && read.ending == .interrupted("SIGINT"))
    #expect(read.losses.first?.contains("2 of 6 lines") == true, "\(read.losses)")
  }

  @Test("journals with bytes changed at random are read or refused, without a trap", arguments: [true, false])
  func anyBytes(isSealed: Bool) {
    let (_, journal) = run()
    var generator = TestGenerator(seed: 4)
    var refused = 0
    for _ in 0..<100 {
      var changed = journal
      for _ in 0..<Int.random(in: 1...3, using: &generator) {
        changed[Int.random(in: changed.indices, using: &generator)] = UInt8.random(in: 0x20...0x7E, using: &generator)
      }
      do {
        if isSealed {
          let lines = String(decoding: changed, as: UTF8.self).split(separator: "\n").map(String.init)
          changed = resealed(lines)
        }
        let read = try JournalReader.read(changed)
        if !isSealed { #expect(!read.losses.isEmpty || read.ending == .cutOff || changed == journal) }
      } catch {
        refused += 1
        #expect(!error.description.isEmpty)
      }
    }
    #expect(isSealed == (refused > 30))
  }

  @Test("every ending comes back")
  func endings() throws {
    var (record, journal) = run()
    let head = String(decoding: journal[..<journal.firstIndex(of: UInt8(ascii: "\n"))!], as: UTF8.self)
    let endings: [RunEnding] = [
      .completed, .interrupted("SIGTERM"), .aborted, .cutOff, .unreachable("127.0.0.1:1: refused"), .setUpFailed("503"),
    ]
    for ending in endings {
      record.ending = ending
      var writer = JournalWriter()
      let end = String(decoding: writer.end(record).dropLast(), as: UTF8.self)
      #expect(try JournalReader.read(resealed([head, end])).ending == ending)
    }
  }
}

@Suite struct RunIdentityJSONTests {
  @Test("what was run is written and read back the same, a seed beyond Int64 too")
  func roundTrip() throws {
    let identity = run().record.identity
    let text = identity.json.text(pretty: true)
    #expect(try RunIdentity(json: JSONValue(parsing: text)) == identity)
    let plain = RunIdentity(scenario: "a", file: "b", target: "c", seed: 7)
    #expect(try RunIdentity(json: plain.json) == plain)
    #expect(plain.json["seed"] == 7 && plain.json["profile"] == .null)
  }

  @Test("a run.json of another version, or without a member, is refused by name")
  func refusals() {
    func message(_ json: JSONValue) -> String {
      do {
        return "\(try RunIdentity(json: json))"
      } catch {
        return error.description
      }
    }
    let newer = message(["schema": "stampede.run/9"])
    #expect(newer.hasPrefix("schema is 'stampede.run/9', and this stampede reads stampede.run/1: another version"))
    #expect(newer.contains("run the scenario again"))
    #expect(message(["schema": "stampede.run/1"]) == "scenario is missing")
    #expect(message([]) == "the record is not an object")
  }
}

/// Without Foundation.
private func firstRange(of part: String, in text: String) -> Range<String.Index>? {
  var start = text.startIndex
  while start < text.endIndex {
    if text[start...].hasPrefix(part) { return start..<text.index(start, offsetBy: part.count) }
    start = text.index(after: start)
  }
  return nil
}
