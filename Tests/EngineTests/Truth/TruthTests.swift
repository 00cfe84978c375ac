import Glibc
import Testing

@testable import Engine

/// The figures of runs against services whose latency is known beforehand.
///
/// Their tolerances are milliseconds, so that nothing else may run beside them: `bin/test` sets `STAMPEDE_TRUTH` and runs
/// them alone.
@Suite(
  .serialized,
  .enabled(if: getenv("STAMPEDE_TRUTH") != nil, "STAMPEDE_TRUTH asks for them; they take the machine for themselves"))
struct TruthTests {
  @Test(
    "a stall has the percentiles of its formula, in an open load with many and with few users; a closed one hardly sees it"
  )
  func stall() throws {
    let outcome = try TruthCheck.stall.outcome()
    #expect(outcome.holdsAsDisturbed, "\(outcome.description)")
  }

  @Test("a request that timed out is in the figures, as having taken its timeout at least")
  func timeouts() throws {
    let outcome = try TruthCheck.timeouts.outcome()
    #expect(outcome.holdsAsDisturbed, "\(outcome.description)")
  }

  @Test("a delay is what it is, at every percentile and in each of the three times of a request")
  func delay() throws {
    let outcome = try TruthCheck.delay.outcome()
    #expect(outcome.holdsAsDisturbed, "\(outcome.description)")
  }

  #if DEBUG
    @Test("each well-known mistake is noticed, and by the figures that it spoils", arguments: Mutant.allCases)
    func mutants(mutant: Mutant) throws {
      let (check, spoiled): (TruthCheck, [String]) =
        switch mutant {
        case .measuredFromSend: (.stall, ["p(95.0) of 'few'"])
        case .closedForOpen: (.stall, ["p(95.0) of 'few'", "p(95.0) of 'many'"])
        case .percentilesAveraged:
          (.stall, ["p(95.0) of 'few'", "p(95.0) of 'many'", "p(99.0) of 'few'", "p(99.0) of 'many'"])
        case .timeoutsDropped: (.timeouts, ["p(95.0) of 'main'", "the number of timeouts"])
        }
      var descriptions: [String] = []
      var isJudged = false
      for _ in 1...5 {
        let outcome = try check.attempt { $0.mutant = mutant }
        // Too low: a noisy machine makes times longer, and may hide a mistake so.
        let low = Set(outcome.wrong.filter { $0.measured < $0.truth }.map(\.figure))
        if low.isSuperset(of: spoiled) { return }
        isJudged = isJudged || outcome.disturbance == nil
        descriptions.append("too low are only \(low.sorted()): \(outcome.description)")
      }
      if isJudged {
        Issue.record("\(descriptions.joined(separator: "\n"))")
      } else {
        Issue.record("no run was undisturbed, so that nothing is known of the mistake", severity: .warning)
      }
    }
  #endif
}
