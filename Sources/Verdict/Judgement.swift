import Measurement

/// All findings of a run, and what they come to together.
package struct Judgement: Sendable {
  /// Thresholds and invariants in the scenario's order, then conditions of the run.
  package var findings: [Finding]
  /// The worst of the findings; at least `inconclusive` where the run was cut short.
  package var verdict: Verdict
  package var exitCode: ExitCode
  /// What the run says about the generator; `nil` where there was no load.
  package var selfCheck: SelfCheck?

  /// - Parameter inconclusivePasses: an inconclusive run exits with 0; the verdict stays what it is.
  package init(
    findings: [Finding], ending: RunEnding, selfCheck: SelfCheck? = nil, inconclusivePasses: Bool = false
  ) {
    self.findings = findings
    self.selfCheck = selfCheck
    let worst = findings.map(\.verdict).max() ?? .inconclusive
    switch ending {
    case .completed, .aborted:
      verdict = worst
      exitCode =
        switch worst {
        case .pass: .pass
        case .inconclusive: inconclusivePasses ? .pass : .inconclusive
        case .invalid: .invalid
        case .fail: .fail
        }
    case .interrupted, .cutOff:
      verdict = max(worst, .inconclusive)
      exitCode = worst == .fail ? .fail : .interrupted
    case .wrongScenario:
      verdict = .invalid
      exitCode = .configuration
    case .unreachable:
      verdict = .invalid
      exitCode = .unreachable
    case .setUpFailed, .notReady:
      verdict = .invalid
      exitCode = .invalid
    }
  }

  /// It is neither PASS nor FAIL, and for no other reason than that the generator was late or its machine busy: the same run
  /// again may come out otherwise.
  package var isSpoiledByNoise: Bool {
    let doubtful = findings.filter { $0.verdict > .pass }
    return verdict < .fail && !doubtful.isEmpty && doubtful.allSatisfy { $0.cause?.isNoise == true }
  }

  /// The finding that explains the verdict: the generator's where it spoiled the run, else the first that decided.
  private var deciding: Finding? {
    let deciding = findings.filter { $0.verdict == verdict && $0.verdict > .pass }
    return deciding.first { $0.kind == .selfCheck } ?? deciding.first
  }

  /// Why the run is neither PASS nor FAIL, for programs.
  package var cause: Finding.Cause? { deciding?.cause }

  /// The same for people, in a sentence; empty where everything passed.
  package var reason: String { deciding?.message ?? "" }

  package var failed: [Finding] { findings.filter { $0.verdict == .fail } }

  /// How many findings have each verdict, worst first, none of them zero.
  package var tally: [(verdict: Verdict, count: Int)] {
    Verdict.allCases.sorted(by: >).compactMap { verdict in
      let count = findings.count { $0.verdict == verdict }
      return count == 0 ? nil : (verdict, count)
    }
  }
}
