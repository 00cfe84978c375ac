import JSON
import Measurement
import Scenario
import Testing

@testable import Verdict

@Suite("Load that did not happen")
struct LoadShortfallTests {
  private static let errors = Threshold.of(.errors, .rate, .less, 0.01)
  private static let p95 = Threshold.of(.latency, .percentile(95), .less, 100_000_000)

  private func run(_ series: [SeriesRecord], offered: OfferedLoad? = nil) -> RunRecord {
    var record = RunRecord.sample(series)
    var group = GroupRecord(name: "rush", load: "4 users for 10 s", isOpen: false)
    group.offered = offered
    record.groups = [group]
    return record
  }

  private func scenario(_ thresholds: [Threshold]) -> Scenario {
    var scenario = Scenario.sample(thresholds: thresholds)
    scenario.data = [
      DataSource(name: "account", columns: [], rows: .list([["a"], ["b"]]), order: .unique, range: SourceRange(0, 0))
    ]
    return scenario
  }

  private func exhausted(_ share: Double) -> OfferedLoad {
    var offered = OfferedLoad()
    (offered.planned, offered.offered, offered.exhausted) = (1000, 1000 * share, "account")
    return offered
  }

  private func verdicts(_ record: RunRecord, _ thresholds: [Threshold]) -> [Verdict] {
    Judgement.of(record, scenario: scenario(thresholds)).findings.filter { $0.kind == .threshold }.map(\.verdict)
  }

  @Test(
    "a load that data cut short passes nothing, unless hardly any of it is missing",
    arguments: [(0.015, Verdict.inconclusive), (0.98, .inconclusive), (0.995, .pass)])
  func exhaustion(share: Double, verdict: Verdict) {
    let record = run([.of("ok", count: 2000)], offered: exhausted(share))
    let judgement = Judgement.of(record, scenario: scenario([Self.errors]))
    #expect(judgement.findings.first?.verdict == verdict)
    let load = judgement.findings.filter { $0.kind == .load }
    #expect(load.map(\.verdict) == (share < 0.99 ? [.invalid] : []))
    #expect(judgement.exitCode == (share < 0.99 ? .invalid : .pass))
    if let message = load.first?.message {
      #expect(message.contains("'account' ran out of rows (2 rows") && message.contains("shared_iterations: 2"))
    }
  }

  @Test("a breach on what there was of the load stays one")
  func breachStands() {
    let record = run(
      [.of("ok", count: 2000), .of("unexpected", .unexpected, count: 500)], offered: exhausted(0.5))
    let judgement = Judgement.of(record, scenario: scenario([Self.errors]))
    #expect(judgement.verdict == .fail && judgement.exitCode == .fail)
  }

  @Test("too few of something are no breach if data ended the load")
  func countsOfAShortLoad() {
    let record = run([.of("ok", count: 100)], offered: exhausted(0.1))
    #expect(verdicts(record, [.of(.requests, .count, .greater, 900)]) == [.invalid])
    #expect(verdicts(record, [.of(.requests, .rate, .greater, 900)]) == [.invalid])
    #expect(verdicts(record, [.of(.requests, .count, .less, 50)]) == [.fail])
  }

  @Test("a threshold on another traffic group is not touched")
  func otherGroup() {
    var record = run(
      [.of("ok", count: 2000), .of("ok", group: "other", step: "look", count: 2000)], offered: exhausted(0.1))
    record.groups.append(GroupRecord(name: "other", load: "", isOpen: false))
    let thresholds: [Threshold] = [
      .of(.errors, .rate, .less, 0.01, group: "other"), .of(.errors, .rate, .less, 0.01, step: "look"),
      .of(.errors, .rate, .less, 0.01, step: "issue"),
    ]
    #expect(verdicts(record, thresholds) == [.pass, .pass, .inconclusive])
  }

  @Test(
    "requests that this machine could not send are no error of the target", arguments: ["no_ports", "no_descriptors"])
  func unsendable(outcome: String) {
    let record = run([.of("ok", count: 400), .of(outcome, .transport, count: 4996)])
    let judgement = Judgement.of(record, scenario: scenario([Self.errors, Self.p95]))
    #expect(judgement.findings.map(\.verdict) == [.invalid, .invalid, .invalid])
    #expect(judgement.exitCode == .invalid)
    let message = judgement.findings.last?.message ?? ""
    #expect(message.contains("4,996 of 5,396 requests were not sent"))
    #expect(message.contains(outcome == "no_ports" ? "ip_local_port_range" : "ulimit -n"))
  }

  @Test("the target's own errors break a budget beside them")
  func ownErrors() {
    let record = run(
      [.of("ok", count: 400), .of("unexpected", .unexpected, count: 100), .of("no_ports", .transport, count: 300)])
    let judgement = Judgement.of(record, scenario: scenario([Self.errors]))
    #expect(judgement.findings.first?.verdict == .fail && judgement.exitCode == .fail)
  }

  @Test("so few of them that the budget holds with and without change nothing")
  func fewUnsendable() {
    let record = run([.of("ok", count: 4000), .of("no_ports", .transport, count: 1)])
    #expect(verdicts(record, [Self.errors]) == [.pass])
  }

  @Test("a budget that only they would break is not judged, few as they are")
  func fewUnsendableThatBreak() {
    let record = run([.of("ok", count: 10_000), .of("no_ports", .transport, count: 60)])
    let judgement = Judgement.of(record, scenario: scenario([.of(.errors, .rate, .less, 0.001)]))
    #expect(judgement.findings.map(\.verdict) == [.invalid, .invalid])
    #expect(judgement.findings.map(\.kind) == [.threshold, .load])
  }

  @Test("a threshold that asks for them by name is judged as it stands")
  func byName() {
    let record = run([.of("ok", count: 400), .of("no_ports", .transport, count: 300)])
    #expect(verdicts(record, [.of(.outcomes, .count, .equal, 0, outcome: "no_ports")]) == [.fail])
  }

  @Test("a run does not end early for what this machine could not send")
  func noAbort() {
    var threshold = Self.errors
    threshold.abortOnFail = true
    let record = run([.of("ok", count: 400), .of("no_ports", .transport, count: 4996)])
    #expect(Judgement.aborting(record, scenario: scenario([threshold]), elapsed: 9).isEmpty)
  }

  @Test("users that never got a connection keep the others from passing")
  func neverConnected() {
    var offered = OfferedLoad()
    (offered.planned, offered.offered, offered.users, offered.neverConnected) = (10, 10, 50, 12)
    let record = run([.of("ok", count: 5000), .of("connect_timeout", .transport, count: 12)], offered: offered)
    let judgement = Judgement.of(record, scenario: scenario([Self.errors]))
    #expect(judgement.verdict == .inconclusive && judgement.exitCode == .inconclusive)
    #expect(verdicts(record, [.of(.requests, .rate, .greater, 900)]) == [.inconclusive])
    #expect(judgement.findings.last?.message.contains("12 of 50 users of 'rush' never got a connection") == true)
  }

  @Test("what a journal says of the load is read back")
  func journal() throws {
    var offered = exhausted(0.25)
    (offered.users, offered.neverConnected) = (7, 2)
    var record = run([.of("ok", count: 1)], offered: offered)
    record.warnings = ["a.json5:1:1: hm"]
    let recorder = IntervalRecorder(series: [], groups: [.init(name: "rush", load: "", isOpen: false)])
    var writer = JournalWriter()
    let bytes =
      writer.head(identity: record.identity, warmUp: 0, interval: recorder) + writer.end(record)
    let read = try JournalReader.read(bytes)
    #expect(read.groups.first?.offered == offered && read.warnings == record.warnings)
  }
}

@Suite("Requests that the end of the run cut short")
struct CutRequestsTests {
  private func judge(_ series: [SeriesRecord], _ threshold: Threshold, _ rule: VerdictRule = .point) -> Verdict {
    var record = RunRecord.sample(series)
    record.ending = .interrupted("SIGINT")
    let finding = ThresholdJudge(threshold: threshold, record: record, rule: rule).judge()
    return CutRequests(record, rule: rule).applied(to: finding, threshold).verdict
  }

  private func cut(_ count: UInt64, milliseconds: UInt64 = 3000, budget: UInt64 = 500_000_000) -> SeriesRecord {
    .of("cancelled", .cancelled, count: count, milliseconds: milliseconds, budget: budget)
  }

  private func good(_ count: UInt64) -> SeriesRecord { .of("ok", count: count, budget: 500_000_000) }

  @Test("they are no errors, and no budget on errors is kept without them")
  func errors() {
    let threshold = Threshold.of(.errors, .rate, .less, 0.01)
    #expect(judge([good(2), cut(2)], threshold) == .inconclusive)
    #expect(judge([good(1000), cut(2)], threshold) == .pass)
    #expect(judge([good(1000), cut(2)], .of(.errors, .rate, .lessOrEqual, 0)) == .inconclusive)
    #expect(judge([good(1000), cut(2)], .of(.errors, .count, .less, 2)) == .inconclusive)
  }

  @Test("they have waited at least as long as they did")
  func breach() {
    let threshold = Threshold.of(.latency, .percentile(95), .less, 500_000_000)
    #expect(judge([good(10), cut(10)], threshold) == .fail)
  }

  @Test("those that had hardly begun do not make a run fast")
  func young() {
    let threshold = Threshold.of(.latency, .percentile(95), .less, 500_000_000)
    #expect(judge([good(10), cut(10, milliseconds: 1)], threshold) == .inconclusive)
    #expect(judge([good(1000), cut(10, milliseconds: 1)], threshold) == .pass)
    #expect(
      judge([good(1000), cut(10, milliseconds: 1)], .of(.latency, .maximum, .less, 500_000_000)) == .inconclusive)
    #expect(
      judge([good(1000), cut(1, milliseconds: 1)], .of(.latency, .minimum, .greater, 5_000_000)) == .inconclusive)
  }

  @Test("a rate per second that an interrupted run had not reached is not breached")
  func rate() {
    #expect(judge([good(4), cut(2)], .of(.requests, .rate, .greater, 1000)) == .inconclusive)
    #expect(judge([good(4), cut(2)], .of(.requests, .rate, .less, 0.1)) == .fail)
  }
}

@Suite("Thresholds that end a run for what is under way")
struct AbortJudgeTests {
  private func record(
    _ series: [SeriesRecord], ages: [UInt64], step: String = "issue", now: UInt64 = 10
  ) -> RunRecord {
    var record = RunRecord.sample(series)
    record.intervals = (0..<now).map { IntervalSummary(start: $0 * 1_000_000_000, end: ($0 + 1) * 1_000_000_000) }
    var underWay: [UnderWay] = []
    for age in ages { underWay.add(age * 1_000_000, step: step, group: "rush") }
    record.underWay = underWay
    return record
  }

  private static let p95 = Threshold.of(.latency, .percentile(95), .less, 500_000_000)
  private func good(_ count: UInt64) -> SeriesRecord { .of("ok", count: count, budget: 500_000_000) }

  private func isBreached(_ record: RunRecord, _ threshold: Threshold = p95, _ rule: VerdictRule = .evidence) -> Bool {
    AbortJudge(threshold: threshold, record: record, rule: rule).isBreached
  }

  @Test("a target that hangs from the start breaks a budget on latency though nothing is answered")
  func hang() {
    #expect(isBreached(record([], ages: [6000, 6000])))
    #expect(isBreached(record([good(2)], ages: [6000, 6000])))
  }

  @Test("requests over the budget are samples like any other, those within it are none")
  func share() {
    // 5,000 over in the second half of the run, beside 5,000 in the first.
    #expect(isBreached(record([good(5000)], ages: (0..<5000).map { 600 + $0 })))
    #expect(!isBreached(record([good(5000)], ages: Array(repeating: 400, count: 5000))))
    // As many as share one stall tell hardly more than one.
    #expect(!isBreached(record([good(5000)], ages: Array(repeating: 600, count: 500))))
  }

  @Test("a stall that is not ten times the budget, or not two seconds, proves nothing by itself")
  func patience() {
    #expect(!isBreached(record([], ages: [4900, 4900])))
    let strict = Threshold.of(.latency, .percentile(95), .less, 1_000_000)
    #expect(!isBreached(record([], ages: [1900, 1900]), strict))
    #expect(isBreached(record([], ages: [2100, 2100]), strict))
  }

  @Test("a target that still answers others is not stuck")
  func answering() {
    var busy = good(100)
    for interval in 0..<10 {
      var slot = Timeline.Slot()
      slot.count = 10
      busy.timeline.add(slot, at: interval)
    }
    #expect(!isBreached(record([busy], ages: Array(repeating: 9000, count: 10))))
    var quiet = good(20)
    var slot = Timeline.Slot()
    slot.count = 20
    quiet.timeline.add(slot, at: 0)
    #expect(isBreached(record([quiet], ages: Array(repeating: 9000, count: 10))))
  }

  @Test("only what the threshold selects counts, and only for upper budgets on latency")
  func selection() {
    let stuck = record([], ages: [9000, 9000], step: "other")
    #expect(!isBreached(stuck, .of(.latency, .percentile(95), .less, 500_000_000, step: "issue")))
    #expect(isBreached(stuck, .of(.latency, .percentile(95), .less, 500_000_000, step: "other")))
    #expect(!isBreached(stuck, .of(.latency, .percentile(95), .less, 500_000_000, outcome: "ok")))
    #expect(!isBreached(stuck, .of(.latency, .percentile(95), .greater, 500_000_000)))
    #expect(!isBreached(stuck, .of(.serviceTime, .percentile(95), .less, 500_000_000)))
    #expect(isBreached(stuck, .of(.latency, .maximum, .less, 500_000_000)))
    #expect(isBreached(stuck, .of(.latency, .average, .less, 500_000_000)))
  }

  @Test("a plain comparison takes the first that is over")
  func point() {
    #expect(isBreached(record([good(2)], ages: [600]), Self.p95, .point))
    #expect(!isBreached(record([good(2)], ages: [400]), Self.p95, .point))
  }

  @Test("a run that a threshold ended fails it even if nothing was answered")
  func noSamples() {
    var record = RunRecord.sample([])
    record.ending = .aborted
    record.aborts = [Self.p95.label]
    #expect(ThresholdJudge(threshold: Self.p95, record: record, rule: .evidence).judge().verdict == .fail)
  }
}
