import Measurement
import Scenario

extension Judgement {
  /// Judges a run: its thresholds in the scenario's order, then its invariants, then the generator where it spoiled it.
  ///
  /// - Parameters:
  ///   - record: What the run left.
  ///   - scenario: What was asked of it, with profile and overrides applied.
  ///   - operations: The recorded requests; `nil` where there are none.
  ///   - shown: The scenario that commands are made from, without what is secret.
  ///   - inconclusivePasses: An inconclusive run exits with 0; the verdict stays what it is.
  ///   - unjudged: Why invariants are not judged; `nil`: they are.
  /// - Complexity: O(recorded requests × invariants).
  package static func of(
    _ record: RunRecord, scenario: Scenario, shown: Scenario? = nil, operations: (any OperationSource)? = nil,
    inconclusivePasses: Bool = false, unjudged: String? = nil
  ) -> Judgement {
    if let finding = precondition(record) {
      return Judgement(findings: [finding], ending: record.ending, inconclusivePasses: inconclusivePasses)
    }
    let selfCheck = SelfCheck(record, scenario: scenario)
    var shortfall = LoadShortfall(record, scenario)
    var findings = scenario.thresholds.map { threshold in
      let record = shortfall.record(for: threshold)
      var finding = ThresholdJudge(threshold: threshold, record: record, rule: scenario.verdict).judge()
      finding = CutRequests(record, rule: scenario.verdict).applied(to: finding, threshold)
      finding = selfCheck.applied(to: finding, threshold, record, scenario.verdict)
      return shortfall.applied(to: finding, threshold)
    }
    let generator = selfCheck.finding(beside: findings)
    if record.lacksFigures { for index in findings.indices { findings[index].excuse("figures are missing") } }
    let invariantFindings: [Finding]
    if let unjudged {
      let isInterrupted = if case .interrupted = record.ending { true } else { false }
      invariantFindings = scenario.invariants.map { unread($0, unjudged, isInterrupted ? .inconclusive : .invalid) }
    } else {
      invariantFindings = invariants(of: scenario, record, operations, shown: shown ?? scenario)
    }
    findings += zip(scenario.invariants, invariantFindings).map { shortfall.applied(to: $1, $0) }
    // What a load came to, and what the generator says of itself, rests on the same figures.
    if !record.lacksFigures {
      findings += shortfall.findings
      if let generator { findings.append(generator) }
    }
    if let finding = records(record) { findings.append(finding) }
    return Judgement(
      findings: findings, ending: record.ending, selfCheck: generator == nil ? selfCheck.withoutVerdicts() : selfCheck,
      inconclusivePasses: inconclusivePasses)
  }

  /// Judges a run's invariants alone.
  package static func ofInvariants(
    _ record: RunRecord, scenario: Scenario, operations: (any OperationSource)?
  ) -> Judgement {
    Judgement(
      findings: invariants(of: scenario, record, operations, shown: scenario) + [records(record)].compactMap(\.self),
      ending: record.ending)
  }

  /// Whether an invariant's ledger and the answers differ by what has been read.
  package static func ledgerDiffers(
    _ invariant: Invariant, _ record: RunRecord, operations: (any OperationSource)?
  ) -> Bool { judge(invariant, record, operations).ledgerDiffers }

  private static func invariants(
    of scenario: Scenario, _ record: RunRecord, _ operations: (any OperationSource)?, shown: Scenario
  ) -> [Finding] {
    scenario.invariants.map { invariant in
      var finding = judge(invariant, record, operations)
      finding.counterexample = finding.counterexample?.repeatable(record, shown)
      return finding
    }
  }

  /// The thresholds that end a run early and are breached by what there is so far.
  ///
  /// - Parameter elapsed: Nanoseconds since the load's start, against which `delay_abort` is held.
  package static func aborting(_ record: RunRecord, scenario: Scenario, elapsed: UInt64) -> [Threshold] {
    let shortfall = LoadShortfall(record, scenario)
    return scenario.thresholds.filter { threshold in
      threshold.abortOnFail && elapsed >= threshold.delayAbort
        && AbortJudge(threshold: threshold, record: shortfall.record(for: threshold), rule: scenario.verdict).isBreached
    }
  }

  /// The finding where a part of the run's own records is lost: what is lost may have said otherwise.
  private static func records(_ record: RunRecord) -> Finding? {
    if record.losses.isEmpty { return nil }
    return Finding(
      kind: .precondition, name: "records", text: "the run's records are whole", verdict: .inconclusive,
      message: record.losses.joined(separator: " "))
  }

  private static func precondition(_ record: RunRecord) -> Finding? {
    switch record.ending {
    case .unreachable(let reason):
      Finding(
        kind: .precondition, name: "target", text: "the target can be reached", verdict: .invalid, message: reason)
    case .notReady(let reason):
      Finding(
        kind: .precondition, name: "start", text: "the run can start", verdict: .invalid, message: reason)
    case .wrongScenario(let reason, let range):
      Finding(
        kind: .precondition, name: "ledger", text: "the ledger can be read before the load", verdict: .invalid,
        message: reason, range: range)
    case .setUpFailed(let reason):
      Finding(
        kind: .precondition, name: "set_up", text: "set-up is answered as it should be", verdict: .invalid,
        message: reason)
    case .completed, .interrupted, .aborted, .cutOff: nil
    }
  }

  private static func judge(
    _ invariant: Invariant, _ record: RunRecord, _ operations: (any OperationSource)?
  ) -> Finding {
    guard let operations else {
      return unread(invariant, "the requests it needs were not recorded")
    }
    let context = InvariantContext(invariant: invariant, record: record, source: operations)
    do throws(OperationSourceError) {
      switch invariant.rule {
      case .capped(let rule): return try CappedJudge(rule: rule, context: context).judge()
      case .atMost(let rule): return try AtMostJudge(rule: rule, context: context).judge()
      case .dailyLimit(let rule): return try DailyLimitJudge(rule: rule, context: context).judge()
      case .conserved(let rule): return try ConservedJudge(rule: rule, context: context).judge()
      case .replay(let rule): return try ReplayJudge(rule: rule, context: context).judge()
      case .equal(let rule): return try EqualJudge(rule: rule, context: context).judge()
      case .never(let outcomes): return try NeverJudge(outcomes: outcomes, context: context).judge()
      }
    } catch {
      return unread(invariant, "the recorded requests cannot be read: \(error)")
    }
  }

  private static func unread(
    _ invariant: Invariant, _ reason: String, _ verdict: Verdict = .inconclusive
  ) -> Finding {
    Finding(
      kind: .invariant, name: invariant.name, text: invariant.text, verdict: verdict, message: reason,
      range: invariant.range)
  }
}

extension ThresholdJudge {
  /// The budget is breached by what there is now; ones that more requests can still bring about are not.
  var isBreachedAlready: Bool {
    guard let observation = Observation.of(threshold, in: record), observation.samples > 0 else { return false }
    if rule == .evidence,
      let ruling = EvidenceJudge(threshold, Selection(threshold.metric, in: record), observation)?.ruling()
    {
      return ruling.verdict == .fail
    }
    switch (threshold.aggregation, threshold.comparison) {
    case (.count, .greater), (.count, .greaterOrEqual), (.count, .equal): return false
    default: return !PointJudge.holds(threshold, observation)
    }
  }
}

extension Invariant {
  /// What has to hold, in words.
  var text: String {
    switch rule {
    case .capped(let rule):
      "at most \(Quantity.grouped(rule.cap)) \(rule.accepted.outcome)" + (rule.ledger == nil ? "" : ledgerText)
    case .atMost(let rule):
      "at most \(Quantity.grouped(rule.count)) \(rule.outcome.text) per \(rule.variable)"
        + (rule.distinct.map { ", told apart by \($0)" } ?? "") + (rule.ledger == nil ? "" : ledgerText)
    case .dailyLimit(let rule):
      "at most \(Quantity.grouped(rule.limit)) \(rule.accepted.text) a day (\(rule.zone.name)) per \(rule.variable)"
    case .conserved(let rule):
      "the ledger holds what was \(rule.outcomes.texts)" + (rule.isOneRow ? ", one row each" : "")
        + ", and nothing else"
    case .replay(let rule): "\(rule.result) of \(rule.outcome.text) follows from '\(rule.input.text)'"
    case .equal(let rule):
      "\(rule.left.words) is \(rule.right.words)" + (rule.variable.map { " for each \($0)" } ?? "")
    case .never(let outcomes): "never \(outcomes.map(\.text).joined(separator: " or "))"
    }
  }

  private var ledgerText: String { ", and the ledger agrees" }
}

extension Finding {
  /// Makes a breach that rests on incomplete figures inconclusive: those that are missing may have shown another.
  fileprivate mutating func excuse(_ reason: String) {
    guard verdict == .fail || verdict == .pass else { return }
    verdict = .inconclusive
    message = "\(reason); of what is left, \(message)"
  }
}
