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

  package var kind: Kind
  /// `latency{step:issue}` of a threshold, the scenario's name for an invariant.
  package var name: String
  /// What had to hold, as the scenario writes it: `p(95) < 1s`; of an invariant in words.
  package var text: String
  package var verdict: Verdict
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

  package init(
    kind: Kind, name: String, text: String, verdict: Verdict, observed: Quantity? = nil, bound: Quantity? = nil,
    samples: UInt64 = 0, evidence: Evidence? = nil, message: String, range: SourceRange? = nil,
    isDefault: Bool = false, counterexample: Counterexample? = nil, contention: Contention? = nil
  ) {
    self.kind = kind
    self.name = name
    self.text = text
    self.verdict = verdict
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
