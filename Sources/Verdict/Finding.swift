import JSON
import Scenario

/// One thing that was judged: a threshold, an invariant, or a condition of the run itself.
package struct Finding: Sendable {
  package enum Kind: String, Sendable, CaseIterable {
    case threshold
    case invariant
    /// What the generator says of itself.
    case selfCheck = "self_check"
    /// The load was what the scenario asks for.
    case load
    /// The target was there, and set-up did what it should.
    case precondition
  }

  /// What kept a finding from being PASS or FAIL, for programs.
  package enum Cause: String, Sendable, CaseIterable {
    /// The generator was late, or its machine busy.
    case noise
    /// Arrivals were lost, too few or too many, or none came while a worker was paused.
    case loadNotOffered = "load_not_offered"
    /// The generator's own speed was the limit.
    case generatorBound = "generator_bound"
    /// Too few samples for any answer, however clear.
    case fewSamples = "few_samples"
    /// Most requests failed, so that the times of the others prove little.
    case failedRequests = "failed_requests"
    /// Latencies rose or fell throughout the run.
    case unsteady = "no_steady_state"
    /// Data ran out, this machine could not send, or users never connected.
    case loadShortfall = "load_shortfall"
    /// Requests that the end of the run cut short could make the difference.
    case cutShort = "cut_short"
    /// The run did not do what the invariant is about.
    case notExercised = "not_exercised"

    /// It is the generator's or its machine's doing: another run may come out otherwise.
    package var isNoise: Bool {
      switch self {
      case .noise, .loadNotOffered, .generatorBound: true
      case .fewSamples, .failedRequests, .unsteady, .loadShortfall, .cutShort, .notExercised: false
      }
    }
  }

  package var kind: Kind
  /// `latency{step:issue}` of a threshold, the scenario's name for an invariant.
  package var name: String
  /// What had to hold, as the scenario writes it: `p(95) < 1s`; of an invariant in words.
  package var text: String
  package var verdict: Verdict
  /// Why it is INVALID or INCONCLUSIVE; `nil` where it is not, or for a reason of its own.
  package var cause: Cause?
  /// `nil` where there was nothing to observe.
  package var observed: Quantity?
  package var bound: Quantity?
  /// How many requests (or connections, or iterations) the observation stands on.
  package var samples: UInt64
  /// How much they tell; `nil` where the comparison is exact.
  package var evidence: Evidence?
  /// One sentence: what was seen, and why the verdict is what it is.
  package var message: String
  /// In the scenario's source; `nil` where the file does not say it.
  package var range: SourceRange?
  /// Stampede put it there; the scenario does not name it.
  package var isDefault: Bool
  package var counterexample: Counterexample?
  /// Of an invariant: how much went on at once; `nil` where no request was on record.
  package var contention: Contention?
  /// It passed though the generator was late or its machine busy.
  package var isKeptInNoise = false
  /// Of an invariant: what the target says and the answers differ. A list that is written late may still come to agree.
  package var ledgerDiffers = false

  package init(
    kind: Kind, name: String, text: String, verdict: Verdict, cause: Cause? = nil, observed: Quantity? = nil,
    bound: Quantity? = nil,
    samples: UInt64 = 0, evidence: Evidence? = nil, message: String, range: SourceRange? = nil,
    isDefault: Bool = false, counterexample: Counterexample? = nil, contention: Contention? = nil
  ) {
    self.kind = kind
    self.name = name
    self.text = text
    self.verdict = verdict
    self.cause = cause
    self.observed = observed
    self.bound = bound
    self.samples = samples
    self.evidence = evidence
    self.message = message
    self.range = range
    self.isDefault = isDefault
    self.counterexample = counterexample
    self.contention = contention
  }
}

extension Finding {
  /// The observed figure as people read it, with its interval where it has one: `443 ms (431–452)`.
  package var observedText: String? { observed?.text(within: evidence?.interval) }
}
