import Measurement
import Scenario

/// Load that the scenario asks for and the target never got, for a reason that is not the target's.
///
/// Nothing passes by not happening: what was judged on a part of the load does not pass. Nor is the target blamed for it:
/// requests that this machine could not send are taken out before anything is judged. What was breached without them
/// stays breached.
struct LoadShortfall {
  /// Above this share of requests that this machine could not send, nothing that is judged on the others holds.
  static let mostUnsendable = 0.01

  private let record: RunRecord
  private let scenario: Scenario
  /// The run without the requests that this machine could not send.
  private let sendable: RunRecord
  /// They have spoiled what was judged, be they ever so few.
  private var isSpoiledByFaults = false

  init(_ record: RunRecord, _ scenario: Scenario) {
    self.record = record
    self.scenario = scenario
    var sendable = record
    sendable.series.removeAll { GeneratorFault(rawValue: $0.key.outcome) != nil && $0.kind == .transport }
    self.sendable = sendable
  }

  /// The figures that a threshold is held against.
  func record(for threshold: Threshold) -> RunRecord { Self.names(threshold) ? record : sendable }

  /// The scenario itself asks for one of these outcomes, which is then judged as any other.
  private static func names(_ threshold: Threshold) -> Bool {
    threshold.metric.outcome.flatMap(GeneratorFault.init) != nil
  }

  // MARK: - What becomes of the findings

  /// A finding on a threshold, made from `record(for:)`, as it stands with the load that there was.
  mutating func applied(to finding: Finding, _ threshold: Threshold) -> Finding {
    if Self.names(threshold) { return finding }
    var finding = finding
    let selection = Selection(threshold.metric, in: record)
    let groups = groups(of: threshold.metric)
    let faults = Faults(selection.answers)
    let asksForMore =
      threshold.comparison == .greater || threshold.comparison == .greaterOrEqual || threshold.comparison == .equal
    if finding.verdict == .fail {
      // Load that did not happen makes fewer of everything.
      let isCount = threshold.metric.metric.kind == .counter || threshold.aggregation == .count
      guard isCount, asksForMore, !record.aborts.contains(threshold.label) else { return finding }
      if let cause = faults.cause(relevantOnly: true) ?? groups.lazy.compactMap(cutShort).first {
        finding.verdict = .invalid
        finding.cause = .loadShortfall
        finding.message += "; but \(cause)"
      } else if let cause = groups.lazy.compactMap(neverConnected).first {
        finding.verdict = .inconclusive
        finding.cause = .loadShortfall
        finding.message += "; but \(cause)"
      }
      return finding
    }
    if let cause = faults.cause(relevantOnly: true) {
      isSpoiledByFaults = true
      finding.verdict = max(finding.verdict, .invalid)
      finding.cause = .loadShortfall
      finding.message += "; but \(cause)"
    } else if let cause = faults.cause(relevantOnly: false),
      ThresholdJudge(threshold: threshold, record: record, rule: scenario.verdict).judge().verdict == .fail
    {
      isSpoiledByFaults = true
      finding.verdict = .invalid
      finding.cause = .loadShortfall
      finding.message += "; but \(cause), which would break the budget"
    } else {
      doubt(&finding, groups)
    }
    return finding
  }

  /// A finding on an invariant, as it stands with the load that there was.
  mutating func applied(to finding: Finding, _ invariant: Invariant) -> Finding {
    guard finding.verdict < .invalid else { return finding }
    var finding = finding
    let outcomes = invariant.outcomes
    let series = record.series.filter { series in outcomes.contains { $0.step == series.key.step } }
    guard !outcomes.contains(where: { GeneratorFault(rawValue: $0.outcome) != nil }) else { return finding }
    if let cause = Faults(series).cause(relevantOnly: true) {
      isSpoiledByFaults = true
      finding.verdict = .invalid
      finding.cause = .loadShortfall
      finding.message += "; but \(cause)"
    } else {
      let names = Set(series.map(\.key.group))
      doubt(&finding, record.groups.filter { names.contains($0.name) })
    }
    return finding
  }

  private func doubt(_ finding: inout Finding, _ groups: [GroupRecord]) {
    guard finding.verdict == .pass, let cause = groups.lazy.compactMap({ cutShort($0) ?? neverConnected($0) }).first
    else { return }
    finding.verdict = .inconclusive
    finding.cause = .loadShortfall
    finding.message += "; but \(cause)"
  }

  private func groups(of selector: MetricSelector) -> [GroupRecord] {
    let names = Set(Selection(selector, in: record).answers.map(\.key.group))
    return record.groups.filter { group in
      selector.group.map { $0 == group.name } ?? (selector.step == nil || names.contains(group.name))
    }
  }

  // MARK: - Causes

  /// `the traffic 'f' ended after 1.5 % of its load`; `nil` where it came to nearly all of it.
  private func cutShort(_ group: GroupRecord) -> String? {
    guard let offered = group.offered, offered.isShort, let data = offered.exhausted else { return nil }
    return "the traffic '\(group.name)' ended after \(Quantity.percent(offered.share)) of its load: "
      + "the data '\(data)' ran out of rows"
  }

  private func neverConnected(_ group: GroupRecord) -> String? {
    guard let offered = group.offered, offered.neverConnected > 0 else { return nil }
    return "\(Quantity.grouped(offered.neverConnected)) of \(counted(offered.users, "user")) of '\(group.name)' "
      + "never got a connection"
  }

  // MARK: - Findings of its own

  /// What did not happen, and what to do, one finding for each cause; to be asked once all else is judged.
  var findings: [Finding] {
    var findings: [Finding] = []
    let faults = Faults(record.series)
    if let cause = faults.cause(relevantOnly: !isSpoiledByFaults) {
      findings.append(
        finding("load", .invalid, observed: faults.total, "\(cause.capitalizedFirst). \(faults.advice)"))
    }
    for group in record.groups {
      if let cause = cutShort(group), let offered = group.offered {
        findings.append(
          finding(
            "load{group:\(group.name)}", .invalid, observed: nil, share: offered.share,
            "\(cause.capitalizedFirst)\(rows(of: offered.exhausted)). \(advice(offered.exhausted, group))"))
      }
      if let cause = neverConnected(group), let offered = group.offered {
        findings.append(
          finding(
            "load{group:\(group.name)}", .inconclusive, observed: offered.neverConnected,
            "\(cause.capitalizedFirst), so the target did not carry them. Check its limit on connections and the length "
              + "of its accept queue, raise 'client.connect_timeout', or start the users in stages."))
      }
    }
    return findings
  }

  private func finding(
    _ name: String, _ verdict: Verdict, observed: UInt64?, share: Double? = nil, _ message: String
  ) -> Finding {
    Finding(
      kind: .load, name: name, text: "the load happens as the scenario asks for it", verdict: verdict,
      cause: .loadShortfall,
      observed: share.map { Quantity($0, .fraction) } ?? observed.map { Quantity(Double($0), .count) }, message: message
    )
  }

  private func rows(of name: String?) -> String {
    guard let source = scenario.data.first(where: { $0.name == name }), let rows = source.rowCount else { return "" }
    return " (\(counted(rows, "row")), each of which is used once)"
  }

  private func advice(_ name: String?, _ group: GroupRecord) -> String {
    let source = scenario.data.first { $0.name == name }
    let rows = source.flatMap { source in source.rowCount.map { $0.multipliedReportingOverflow(by: source.each) } }
    var text = "Add rows, shorten the load, or let rows come again with order: 'cycle'."
    if let rows, !rows.overflow, !group.isOpen {
      text += " To end when each row was used, ask for that: { users: …, shared_iterations: \(rows.partialValue) }."
    }
    return text
  }
}

/// A transport outcome whose cause is the machine that generates the load.
enum GeneratorFault: String, CaseIterable {
  case noPorts = "no_ports"
  case noDescriptors = "no_descriptors"

  var cause: String {
    switch self {
    case .noPorts: "the generator's machine ran out of local ports"
    case .noDescriptors: "the generator ran out of file descriptors"
    }
  }

  var advice: String {
    switch self {
    case .noPorts:
      "Reuse connections (connections: 'per_user'), spread them over several target addresses, or widen "
        + "net.ipv4.ip_local_port_range."
    case .noDescriptors: "Raise the limit (ulimit -n), use fewer users, or reuse connections (connections: 'per_user')."
    }
  }
}

/// How many of some requests this machine could not send.
private struct Faults {
  let total: UInt64
  private let requests: UInt64
  private let worst: GeneratorFault?

  init(_ series: [SeriesRecord]) {
    var byFault: [GeneratorFault: UInt64] = [:]
    for series in series where series.kind == .transport && series.count > 0 {
      if let fault = GeneratorFault(rawValue: series.key.outcome) { byFault[fault, default: 0] += series.count }
    }
    total = byFault.values.reduce(0, +)
    requests = Selection.count(series)
    worst = GeneratorFault.allCases.filter { byFault[$0] != nil }.max { byFault[$0] ?? 0 < byFault[$1] ?? 0 }
  }

  /// `the generator's machine ran out of local ports: 4,996 of 5,396 requests were not sent`.
  func cause(relevantOnly: Bool) -> String? {
    guard let worst, !relevantOnly || Double(total) > LoadShortfall.mostUnsendable * Double(requests) else {
      return nil
    }
    return "\(worst.cause): \(Quantity.grouped(total)) of \(counted(requests, "request")) "
      + "\(total == 1 ? "was" : "were") not sent"
  }

  var advice: String { worst?.advice ?? "" }
}

extension Invariant {
  /// The outcomes that the rule is about.
  fileprivate var outcomes: [OutcomeReference] {
    switch rule {
    case .capped(let rule): [rule.accepted] + (rule.rejected.map { [$0] } ?? [])
    case .atMost(let rule): [rule.outcome]
    case .dailyLimit(let rule): [rule.accepted]
    case .conserved(let rule): rule.outcomes
    case .replay(let rule): [rule.outcome]
    case .equal(let rule): rule.left.outcomes + rule.right.outcomes
    case .never(let outcomes): outcomes
    }
  }
}

extension String {
  fileprivate var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
