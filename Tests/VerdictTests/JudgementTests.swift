import Measurement
import Scenario
import Testing

@testable import Verdict

@Suite struct JudgementTests {
  private func finding(_ verdict: Verdict) -> Finding {
    Finding(kind: .threshold, name: "latency", text: "p(95) < 1s", verdict: verdict, message: "")
  }

  @Test(
    "a run takes the worst of its findings",
    arguments: [
      ([.pass], .pass, .pass), ([.pass, .inconclusive], .inconclusive, .inconclusive),
      ([.inconclusive, .invalid, .pass], .invalid, .invalid), ([.invalid, .fail, .pass], .fail, .fail),
      ([.fail, .fail], .fail, .fail), ([], .inconclusive, .inconclusive),
    ] as [([Verdict], Verdict, ExitCode)])
  func worst(_ verdicts: [Verdict], _ verdict: Verdict, _ exitCode: ExitCode) {
    let judgement = Judgement(findings: verdicts.map(finding), ending: .completed)
    #expect(judgement.verdict == verdict)
    #expect(judgement.exitCode == exitCode)
  }

  @Test(
    "how a run ended decides its exit code together with the verdict",
    arguments: [
      (.interrupted("SIGINT"), .pass, .inconclusive, .interrupted), (.interrupted("SIGINT"), .fail, .fail, .fail),
      (.interrupted("SIGTERM"), .invalid, .invalid, .interrupted), (.cutOff, .pass, .inconclusive, .interrupted),
      (.cutOff, .fail, .fail, .fail), (.aborted, .fail, .fail, .fail), (.aborted, .pass, .pass, .pass),
      (.unreachable("127.0.0.1:9"), .pass, .invalid, .unreachable), (.setUpFailed("login"), .pass, .invalid, .invalid),
    ] as [(RunEnding, Verdict, Verdict, ExitCode)])
  func ending(_ ending: RunEnding, _ found: Verdict, _ verdict: Verdict, _ exitCode: ExitCode) {
    let judgement = Judgement(findings: [finding(found)], ending: ending)
    #expect(judgement.verdict == verdict)
    #expect(judgement.exitCode == exitCode)
  }

  @Test("an inconclusive run exits with 0 where that was asked for, and stays inconclusive")
  func inconclusivePasses() {
    let judgement = Judgement(findings: [finding(.inconclusive)], ending: .completed, inconclusivePasses: true)
    #expect(judgement.exitCode == .pass)
    #expect(judgement.verdict == .inconclusive)
    #expect(Judgement(findings: [finding(.invalid)], ending: .completed, inconclusivePasses: true).exitCode == .invalid)
  }

  @Test("exit codes are the documented numbers")
  func numbers() {
    let codes = ExitCode.allCases.map(\.rawValue)
    #expect(codes == [0, 70, 99, 104, 105, 111, 112, 113])
  }

  @Test("a target that could not be reached is the only finding")
  func unreachable() {
    var record = RunRecord.sample()
    record.ending = .unreachable("127.0.0.1:9: connection refused")
    let judgement = Judgement.of(record, scenario: .sample(thresholds: [.of(.errors, .rate, .less, 0.01)]))
    #expect(judgement.exitCode == .unreachable)
    #expect(judgement.findings.map(\.name) == ["target"])
    #expect(judgement.findings.map(\.message) == ["127.0.0.1:9: connection refused"])
  }

  @Test("the tally counts each verdict, worst first")
  func tally() {
    let judgement = Judgement(findings: [.pass, .fail, .pass, .inconclusive].map(finding), ending: .completed)
    #expect(judgement.tally.map { "\($0.verdict) \($0.count)" } == ["fail 1", "inconclusive 1", "pass 2"])
  }
}
