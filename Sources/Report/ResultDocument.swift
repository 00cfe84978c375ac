import JSON
import Measurement
import Scenario
import Verdict

/// `result.json`: every figure and finding of a run, in a form that only grows. `docs/result.md` describes it, and
/// `schema/result.schema.json` is its JSON Schema.
///
/// Times are nanoseconds in members whose names end in `_ns`; shares are of 1; rates are per second.
package struct ResultDocument: Sendable {
  package static let schema: Int64 = 1

  let record: RunRecord
  let judgement: Judgement
  /// The scenario's text, to say where a finding stands in it.
  let source: SourceText?

  package init(_ record: RunRecord, _ judgement: Judgement, source: SourceText? = nil) {
    self.record = record
    self.judgement = judgement
    self.source = source
  }

  /// The file's bytes.
  package var bytes: [UInt8] {
    var bytes: [UInt8] = []
    value.write(into: &bytes, pretty: true)
    bytes.append(UInt8(ascii: "\n"))
    return bytes
  }

  package var value: JSONValue {
    [
      "schema": .integer(Self.schema),
      "run": record.identity.json,
      "started_at": .string(UTCTime(nanosecondsSince1970: record.identity.startedAt).text),
      "ending": ending,
      "verdict": .string(judgement.verdict.rawValue),
      "exit_code": .integer(Int64(judgement.exitCode.rawValue)),
      "attempts": .array(attempts),
      "elapsed_ns": record.elapsed.json,
      "warm_up_ns": record.warmUp.json,
      "totals": totals,
      "findings": findings,
      "warnings": .array(record.warnings.map { .string($0) }),
      "self_check": judgement.selfCheck.map(selfCheck) ?? .null,
      "steps": .array(StepFigures.of(record).map(step)),
      "groups": .array(record.groups.map(group)),
      "connections": connections,
      "generator": generator,
      "intervals": .array(record.intervals.map(interval)),
      "ledgers": .array(ledgers),
      "aborts": .array(record.aborts.map { .string($0) }),
      "notes": .array(record.notes.map { .string($0) }),
      "server_log": record.serverLog ?? .null,
    ]
  }

  /// What was judged.
  package var findings: JSONValue { .array(judgement.findings.map(finding)) }

  /// All runs of the same, this one last.
  private var attempts: [JSONValue] {
    let earlier = record.identity.attempts
    let last = RunAttempt(
      verdict: judgement.verdict.rawValue, exitCode: Int(judgement.exitCode.rawValue),
      cause: judgement.cause?.rawValue, reason: judgement.reason, directory: nil)
    return (earlier + [last]).enumerated().map { index, attempt in
      [
        "number": .integer(Int64(index + 1)), "verdict": .string(attempt.verdict),
        "exit_code": .integer(Int64(attempt.exitCode)), "cause": attempt.cause.map { .string($0) } ?? .null,
        "reason": .string(attempt.reason), "directory": attempt.directory.map { .string($0) } ?? .null,
      ]
    }
  }

  private var ending: JSONValue {
    let (kind, reason): (String, String?) =
      switch record.ending {
      case .completed: ("completed", nil)
      case .interrupted(let signal): ("interrupted", signal)
      case .aborted: ("aborted", record.aborts.first)
      case .cutOff: ("cut_off", nil)
      case .unreachable(let reason): ("unreachable", reason)
      case .setUpFailed(let reason): ("set_up_failed", reason)
      case .notReady(let reason): ("not_ready", reason)
      case .wrongScenario(let reason, _): ("wrong_scenario", reason)
      }
    return ["kind": .string(kind), "reason": reason.map { .string($0) } ?? .null]
  }

  private var totals: JSONValue {
    let totals = RunTotals(record)
    return [
      "requests": totals.requests.json,
      "requests_per_second": totals.requestRate.map { .number($0) } ?? .null,
      "errors": totals.errors.json,
      "error_rate": .number(totals.errorRate),
      "cancelled": totals.cancelled.json,
      "iterations": totals.iterations.json,
      "connections": record.connections.opened.json,
      "bytes_sent": totals.bytesSent.json,
      "bytes_received": totals.bytesReceived.json,
    ]
  }

  private var connections: JSONValue {
    let connections = record.connections
    let lenient = connections.events.lenient.sorted { $0.key < $1.key }
    return [
      "opened": connections.opened.json,
      "failed": connections.failed.json,
      "reopened": connections.events.reopened.json,
      "renewed": connections.events.renewed.json,
      "surplus_responses": connections.events.surplusResponses.json,
      "lenient": .object(lenient.map { JSONField($0.key, $0.value.json) }),
      "connect_time": connections.connectTime.json,
    ]
  }

  private func step(_ step: StepFigures) -> JSONValue {
    let timed = step.outcomes.filter { $0.kind.countsInLatency(outcome: $0.key.outcome) }
    return [
      "group": .string(step.group),
      "step": .string(step.step),
      "requests": step.requests.json,
      "errors": Selection.count(step.outcomes.filter(\.kind.isError)).json,
      "latency": Selection.merged(timed, \.latency).json,
      "service_time": Selection.merged(timed, \.serviceTime).json,
      "ttfb": Selection.merged(timed, \.timeToFirstByte).json,
      "outcomes": .array(step.outcomes.map { outcome($0, of: step.requests) }),
    ]
  }

  private func outcome(_ series: SeriesRecord, of requests: UInt64) -> JSONValue {
    [
      "outcome": .string(series.key.outcome),
      "kind": .string(series.kind.rawValue),
      "count": series.count.json,
      "share": .number(requests > 0 ? Double(series.count) / Double(requests) : 0),
      "latency": series.latency.json,
      "service_time": series.serviceTime.json,
      "ttfb": series.timeToFirstByte.json,
      "bytes_sent": series.bytesSent.json,
      "bytes_received": series.bytesReceived.json,
      "exceedances": .array(
        series.exceedances.map { counter in
          [
            "budget_ns": counter.budgetNanoseconds.json, "samples": counter.count.json,
            "above": counter.exceedances.json,
          ]
        }),
      "samples": .array(series.samples.map { .string($0) }),
    ]
  }

  private func group(_ group: GroupRecord) -> JSONValue {
    [
      "group": .string(group.name),
      "load": .string(group.load),
      "open": .bool(group.isOpen),
      "intended": group.intended.json,
      "iterations_started": group.iterationsStarted.json,
      "iterations_completed": group.iterationsCompleted.json,
      "unsent": group.unsent.json,
      "offered_share": group.offered.map { .number($0.share) } ?? .null,
      "data_exhausted": group.offered?.exhausted.map { .string($0) } ?? .null,
      "users_never_connected": group.offered?.neverConnected.json ?? .null,
      "peak_in_flight": .integer(Int64(group.peakInFlight)),
      "released": group.release.map { .integer(Int64($0.users)) } ?? .null,
      "release_skew_ns": group.release?.skew.json ?? .null,
      "released_in_flight": group.release.map { .integer(Int64($0.peakInFlight)) } ?? .null,
      "arrival_lag": group.schedule.lag.json,
      "arrival_gaps": gaps(group.schedule.gaps),
    ]
  }

  private var generator: JSONValue {
    [
      "lag": record.generator.lag.json,
      "probe_lag": record.generator.probeLag.json,
      "wait": record.generator.wait.json,
      "turn_wait": record.generator.turnWait.json,
      "worker_cpu_ns": .array(record.generator.workerCPU.map(\.json)),
      "server_cpu_ns": .array(record.generator.serverCPU.map(\.json)),
      "peak_resident_bytes": record.generator.peakResidentBytes.json,
    ]
  }

  private func interval(_ interval: IntervalSummary) -> JSONValue {
    [
      "start_ns": interval.start.json,
      "end_ns": interval.end.json,
      "warm_up": .bool(interval.isWarmUp),
      "requests": interval.requests.json,
      "errors": interval.errors.json,
      "in_flight": .integer(Int64(interval.inFlight)),
      "med_ns": interval.median.json,
      "p95_ns": interval.p95.json,
      "p99_ns": interval.p99.json,
      "max_ns": interval.maximum.json,
    ]
  }

  private var ledgers: [JSONValue] {
    record.ledgers.sorted { $0.key < $1.key }.map { name, ledger in
      [
        "invariant": .string(name), "rows": .integer(Int64(ledger.keys.count)),
        "rows_before": record.ledgersBefore[name].map { .integer(Int64($0.keys.count)) } ?? .null,
        "pages": .integer(Int64(ledger.pages)),
        "failure": ledger.failure.map { .string($0) } ?? .null,
        "doubt": ledger.doubt.map { .string($0.text) } ?? .null,
      ]
    }
  }
}

extension UInt64 {
  /// Counts and times beyond 2^63 do not occur; one would be clamped.
  var json: JSONValue { .integer(Int64(clamping: self)) }
}

extension Histogram {
  /// `null` where there are no samples, so that no one takes a zero for a time.
  var json: JSONValue {
    guard !isEmpty else { return .null }
    return [
      "count": count.json,
      "avg_ns": .integer(Int64(mean.rounded())),
      "min_ns": minimum.json,
      "med_ns": percentile(50).json,
      "p90_ns": percentile(90).json,
      "p95_ns": percentile(95).json,
      "p99_ns": percentile(99).json,
      "p99_9_ns": percentile(99.9).json,
      "max_ns": maximum.json,
    ]
  }
}
