import JSON
import Scenario
import Verdict

extension ResultDocument {
  func finding(_ finding: Finding) -> JSONValue {
    [
      "kind": .string(finding.kind.rawValue),
      "name": .string(finding.name),
      "text": .string(finding.text),
      "verdict": .string(finding.verdict.rawValue),
      "cause": finding.cause.map { .string($0.rawValue) } ?? .null,
      "observed": finding.observed.map(quantity) ?? .null,
      "bound": finding.bound.map(quantity) ?? .null,
      "samples": finding.samples.json,
      "interval": finding.evidence?.interval.map(range) ?? .null,
      "bounds": finding.evidence.map { range($0.bounds) } ?? .null,
      "design_effect": finding.evidence.map { .number($0.designEffect) } ?? .null,
      "effective_samples": finding.evidence.map { .number($0.effectiveSamples) } ?? .null,
      "samples_needed": finding.evidence?.samplesNeeded.map(\.json) ?? .null,
      "message": .string(finding.message),
      "default": .bool(finding.isDefault),
      "location": location(finding.range),
      "counterexample": finding.counterexample.map(counterexample) ?? .null,
      "contention": finding.contention.map(contention) ?? .null,
    ]
  }

  private func contention(_ contention: Contention) -> JSONValue {
    [
      "peak_in_flight": .integer(Int64(contention.peakInFlight)),
      "lower_bound": .bool(contention.isLowerBound),
      "in_flight_at_cap": contention.atCap.map { .integer(Int64($0)) } ?? .null,
      "contended_keys": contention.contendedKeys.map { .integer(Int64($0)) } ?? .null,
      "contested_limits": contention.contestedLimits.map { .integer(Int64($0)) } ?? .null,
    ]
  }

  func quantity(_ quantity: Quantity) -> JSONValue {
    [
      "value": Int64(exactly: quantity.value).map { .integer($0) } ?? .number(quantity.value),
      "unit": .string(quantity.unit.rawValue),
      "text": .string(quantity.text),
    ]
  }

  private func range(_ range: Evidence.Range) -> JSONValue {
    ["lower": range.lower.map { .number($0) } ?? .null, "upper": range.upper.map { .number($0) } ?? .null]
  }

  private func location(_ range: SourceRange?) -> JSONValue {
    guard let range, let source else { return .null }
    let location = source.location(at: range.start)
    return [
      "file": .string(source.name), "line": .integer(Int64(location.line)), "column": .integer(Int64(location.column)),
    ]
  }

  private func counterexample(_ counterexample: Counterexample) -> JSONValue {
    [
      "summary": .string(counterexample.summary),
      "explanation": .string(counterexample.explanation),
      "requests": .array(counterexample.requests.map(witness)),
      "total_requests": counterexample.total.json,
      "ledger_rows": .array(counterexample.rows.map { .string($0) }),
      "total_ledger_rows": counterexample.totalRows.json,
      "again": .string(counterexample.again),
      "server": .array(counterexample.server.map { .string($0) }),
    ]
  }

  private func witness(_ witness: Witness) -> JSONValue {
    [
      "group": .string(witness.group),
      "step": .string(witness.step),
      "outcome": .string(witness.outcome),
      "status": .integer(Int64(witness.status)),
      "sequence": witness.sequence.map { .integer($0) } ?? .null,
      "keys": .object(witness.keys.map { JSONField($0.variable, .string($0.value)) }),
      "user": .integer(Int64(witness.user)),
      "iteration": .integer(Int64(witness.iteration)),
      "sent_ns": witness.sent.json,
      "returned_ns": witness.returned.map(\.json) ?? .null,
      "before": .array(witness.before.map { .string($0) }),
      "curl": .string(witness.curl),
    ]
  }
}
