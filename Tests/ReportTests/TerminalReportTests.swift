import JSON
import Measurement
import Testing
import Verdict

@testable import Report

@Suite struct TerminalReportTests {
  static let directory = "reports/20251120T125700Z-coupon-cap"

  struct Case: Sendable, CustomTestStringConvertible {
    var name: String
    var record: RunRecord
    var findings: [Finding]
    var selfCheck: SelfCheck?
    var judgement: Judgement { Judgement(findings: findings, ending: record.ending, selfCheck: selfCheck) }
    var testDescription: String { name }

    func text(width: Int, style: TextStyle = .plain) -> String {
      TerminalReport(
        record, judgement,
        options: .init(width: width, style: style, directory: TerminalReportTests.directory, source: Fixture.source)
      ).text
    }
  }

  static let cases: [Case] = {
    let pass = Case(
      name: "pass", record: Fixture.coupons(),
      findings: [Fixture.latency(), Fixture.errors, Fixture.capHeld, Fixture.once])
    let fail = Case(
      name: "fail", record: Fixture.coupons(overIssued: 37),
      findings: [
        Fixture.latency(
          .fail, observed: 1_310_000_000, message: "p95 1.31 s, budget 1 s (131 %), over 5,000 requests"),
        Fixture.errors, Fixture.capBroken, Fixture.once,
      ])
    var interrupted = Case(
      name: "interrupted", record: Fixture.coupons(),
      findings: [
        Fixture.latency(
          .inconclusive,
          message:
            "p95 988 ms, budget 1 s (98.8 %), over 5,000 requests, but 3,000 of 5,000 requests failed: the times of the rest prove little"
        )
      ])
    interrupted.record.ending = .interrupted("SIGINT")
    interrupted.record.warmUp = 5_000_000_000
    interrupted.record.identity.profile = "ci"
    interrupted.record.identity.overrides = ["traffic.rush.load.burst=9000", "data.buyer.count=9000"]
    interrupted.record.connections.failed = 12
    interrupted.record.groups[0].iterationsStarted = 5400
    interrupted.record.groups[0].intended = 9000
    interrupted.record.groups[0].unsent = 3600
    var unexpected = Fixture.series("unexpected", .unexpected, 3000, latency: (1, 2), service: (1, 2))
    unexpected.samples = ["500 {\"error\":{\"code\":\"BOOM\u{1B}[2J\",\"message\":\"쿠폰 서비스가 응답하지 않습니다\"}}"]
    interrupted.record.series.append(unexpected)
    interrupted.record.series.append(
      Fixture.series("ok", step: "status", .expected, 0, latency: (0, 0), service: (0, 0)))
    interrupted.record.notes = [
      "/proc/pressure/cpu cannot be read: whether the machine was busy with something else is not known"
    ]
    var unreachable = Case(
      name: "unreachable", record: RunRecord(identity: Fixture.coupons().identity),
      findings: [
        Finding(
          kind: .precondition, name: "target", text: "the target can be reached", verdict: .invalid,
          message: "http://127.0.0.1:9 (127.0.0.1:9): connection refused")
      ])
    unreachable.record.ending = .unreachable("http://127.0.0.1:9 (127.0.0.1:9): connection refused")
    let (late, scenario) = Fixture.late()
    let judgement = Judgement.of(late, scenario: scenario)
    let spoiled = Case(
      name: "spoiled", record: late, findings: judgement.findings, selfCheck: judgement.selfCheck)
    return [pass, fail, interrupted, unreachable, spoiled]
  }()

  @Test("a report looks as it should", arguments: cases, [80, 60, 120])
  func golden(_ run: Case, _ width: Int) throws {
    let text = run.text(width: width)
    try expectGolden(text, "\(run.name)-\(width).txt")
  }

  @Test("no line is wider than the terminal", arguments: cases, [24, 40, 60, 79, 80, 81, 100, 200])
  func width(_ run: Case, _ width: Int) {
    // Paths and commands stay in one piece, to be copied.
    let copied = [
      Self.directory, "stampede run", "curl", "-X POST", "--data-raw", "http://", "-H '", "--incident", " \\",
      "--server-loops", "access_token)",
    ]
    for line in run.text(width: width).split(separator: "\n") where !copied.contains(where: { line.contains($0) }) {
      #expect(DisplayWidth.of(line) <= width, "\(line)")
    }
  }

  @Test("a command is broken only between its words, and not at all where it fits", arguments: [60, 80, 100, 200])
  func commands(_ width: Int) throws {
    let fail = try #require(Self.cases.first { $0.name == "fail" })
    let text = fail.text(width: width)
    let joined = text.split(separator: "\n").map { $0.drop { $0 == " " } }.joined(separator: "\n")
      .replacing(" \\\n", with: " ")
    let counterexample = Fixture.overIssue
    #expect(joined.contains("again  \(counterexample.again)\n"))
    #expect(joined.contains("as A  \(counterexample.requests[0].curl)\n"))
    #expect(!joined.contains("as C"))
    #expect(text.split(separator: "\n").allSatisfy { width < 80 || DisplayWidth.of($0) <= width })
  }

  @Test("colours change nothing but the colours, and are there only when asked for", arguments: cases)
  func colours(_ run: Case) {
    let plain = run.text(width: 80)
    let colour = run.text(width: 80, style: .colour)
    #expect(!plain.contains("\u{1B}"))
    #expect(colour.contains("\u{1B}["))
    #expect(withoutColours(colour) == plain)
  }

  private func withoutColours(_ text: String) -> String {
    text.split(separator: "\u{1B}[", omittingEmptySubsequences: false).enumerated().map { index, part in
      index == 0 ? part : part.drop { $0 != "m" }.dropFirst()
    }.joined()
  }

  @Test("the last line says the verdict and the exit code")
  func lastLine() {
    let lines = Self.cases.map { $0.text(width: 100).split(separator: "\n").last ?? "" }
    #expect(lines[0] == "PASS 4 of 4 findings passed (exit code 0)")
    #expect(lines[1] == "FAIL latency{step:issue} p(95) < 1s; never over-issued (exit code 99)")
    #expect(lines[2] == "INCONCLUSIVE interrupted by SIGINT; latency{step:issue} p(95) < 1s (exit code 105)")
    #expect(lines[3] == "INVALID target (exit code 113)")
    #expect(lines[4] == "INVALID latency{step:issue} p(95) < 38ms; generator (exit code 112)")
  }

  @Test("where latency parts from service time, the report names what it waited for")
  func divergence() throws {
    var generator = GeneratorRecord()
    let service = Fixture.histogram(100, 1, 10)
    let latency = Fixture.histogram(100, 1, 200)
    #expect(StepFigures.divergence(service, service, generator) == nil)
    generator.wait = Fixture.histogram(100, 0, 180)
    generator.lag = Fixture.histogram(100, 0, 1)
    #expect(try #require(StepFigures.divergence(latency, service, generator)).contains("waited for a free user"))
    generator.lag = Fixture.histogram(100, 0, 190)
    #expect(try #require(StepFigures.divergence(latency, service, generator)).contains("the generator itself"))
    // A tenth of a millisecond is nothing to explain, however small the service time.
    #expect(StepFigures.divergence(Fixture.histogram(9, 0.1, 0.2), Fixture.histogram(9, 0.05, 0.1), generator) == nil)
  }
}
