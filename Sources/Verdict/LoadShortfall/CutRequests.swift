import Measurement
import Scenario

/// Requests that the run itself cut short: nobody knows how they would have ended, so that no budget is kept on the
/// strength of their absence.
struct CutRequests {
  private let record: RunRecord
  private let rule: VerdictRule

  init(_ record: RunRecord, rule: VerdictRule) {
    self.record = record
    self.rule = rule
  }

  /// A finding as it stands with what these requests may have come to.
  ///
  /// A budget passes if it would also had all of them ended badly: as errors, or after any time at all. One that asks for
  /// long times or many errors fails only if it would without them.
  func applied(to finding: Finding, _ threshold: Threshold) -> Finding {
    let cut = Selection.count(Selection(threshold.metric, in: record).answers.filter { $0.kind == .cancelled })
    guard cut > 0, threshold.metric.outcome != "cancelled" else { return finding }
    let hides =
      switch finding.verdict {
      case .pass: changes(.pass, threshold, atWorst(threshold))
      case .fail where threshold.metric.metric.kind == .trend && !threshold.wantsLess:
        changes(.fail, threshold, without())
      case .fail, .inconclusive, .invalid: false
      }
    guard hides else { return finding }
    var finding = finding
    finding.verdict = .inconclusive
    finding.cause = .cutShort
    finding.message +=
      "; but \(counted(cut, "request")) \(cut == 1 ? "was" : "were") cut short, and could make the difference"
    return finding
  }

  private func changes(_ verdict: Verdict, _ threshold: Threshold, _ other: RunRecord?) -> Bool {
    guard let other else { return false }
    return ThresholdJudge(threshold: threshold, record: other, rule: rule).judge().verdict != verdict
  }

  private func without() -> RunRecord {
    var record = record
    record.series.removeAll { $0.kind == .cancelled }
    return record
  }

  /// The run had they all ended as badly as they could have; `nil` where that makes no difference to the metric.
  private func atWorst(_ threshold: Threshold) -> RunRecord? {
    var record = record
    switch threshold.metric.metric {
    case .errors, .outcomes:
      guard threshold.wantsLess else { return nil }
      for index in record.series.indices where record.series[index].kind == .cancelled {
        record.series[index].kind = .transport
        if let outcome = threshold.metric.outcome { record.series[index].key.outcome = outcome }
      }
    case .latency, .serviceTime, .timeToFirstByte:
      guard threshold.wantsLess else { return without() }
      // A response that was not expected has no place among the times, so what an outcome's own times would be is open.
      for index in record.series.indices where record.series[index].kind == .cancelled {
        record.series[index] = record.series[index].endless
        if let outcome = threshold.metric.outcome { record.series[index].key.outcome = outcome }
      }
    case .connectTime, .generatorLag, .wait, .requests, .iterations, .connections, .bytesSent, .bytesReceived:
      return nil
    }
    return record
  }
}

extension Threshold {
  fileprivate var wantsLess: Bool { comparison == .less || comparison == .lessOrEqual }
}

extension SeriesRecord {
  /// The same requests, had they taken longer than any budget allows.
  fileprivate var endless: SeriesRecord {
    var series = self
    var forever = Histogram()
    forever.record(HistogramLayout.highestTrackable, times: count)
    series.latency = forever
    series.serviceTime = forever
    series.timeToFirstByte = forever
    series.exceedances = exceedances.map { counter in
      var all = ExceedanceCounter(budgetNanoseconds: counter.budgetNanoseconds)
      for (index, slot) in counter.slots.enumerated() {
        for _ in 0..<slot.count { all.record(at: UInt64(index) * counter.slotWidth, value: .max) }
      }
      return all
    }
    return series
  }
}
