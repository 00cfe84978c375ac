import JSON
import Scenario

/// One thing that was judged: a threshold, an invariant, or a condition of the run itself.
package struct Finding: Sendable {
  package enum Kind: String, Sendable, CaseIterable {
    case threshold
    case invariant
    /// What the generator says of itself.
    case selfCheck = "self_check"
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

  package init(
    kind: Kind, name: String, text: String, verdict: Verdict, observed: Quantity? = nil, bound: Quantity? = nil,
    samples: UInt64 = 0, evidence: Evidence? = nil, message: String, range: SourceRange? = nil,
    isDefault: Bool = false, counterexample: Counterexample? = nil
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
  }
}

extension Finding {
  /// The observed figure as people read it, with its interval where it has one: `443 ms (431–452)`.
  package var observedText: String? { observed?.text(within: evidence?.interval) }
}

/// The requests that prove a violation.
package struct Counterexample: Sendable, Hashable {
  /// What the requests show, in one line: `the 1,001st and later to be answered issued`.
  package var summary: String
  /// The first few, in the order in which they prove it.
  package var requests: [Witness]
  /// How many requests offend in all; `requests` may be fewer.
  package var total: UInt64
  /// Rows of the target's own list that prove it, where no request does.
  package var rows: [String]
  /// How many rows in all.
  package var totalRows: UInt64

  package init(
    summary: String, requests: [Witness] = [], total: UInt64? = nil, rows: [String] = [], totalRows: UInt64? = nil
  ) {
    self.summary = summary
    self.requests = requests
    self.total = total ?? UInt64(requests.count)
    self.rows = rows
    self.totalRows = totalRows ?? UInt64(rows.count)
  }
}

/// A request as the client saw it, with everything that is needed to find it again.
package struct Witness: Sendable, Hashable {
  package struct Key: Sendable, Hashable {
    package var variable: String
    package var value: String

    package init(_ variable: String, _ value: String) {
      self.variable = variable
      self.value = value
    }
  }

  package var group: String
  package var step: String
  package var outcome: String
  package var status: UInt16
  /// Number of the virtual user, from 0.
  package var user: UInt32
  /// Number of the iteration in its group, from 0.
  package var iteration: UInt32
  package var keys: [Key]
  /// Nanoseconds since the run's start.
  package var sent: UInt64
  /// `nil` where no answer came.
  package var returned: UInt64?
  package var sequence: Int64?

  package init(
    group: String, step: String, outcome: String, status: UInt16, user: UInt32, iteration: UInt32, keys: [Key],
    sent: UInt64, returned: UInt64?, sequence: Int64?
  ) {
    self.group = group
    self.step = step
    self.outcome = outcome
    self.status = status
    self.user = user
    self.iteration = iteration
    self.keys = keys
    self.sent = sent
    self.returned = returned
    self.sequence = sequence
  }
}
