import Measurement
import Scenario

/// Whether a threshold with `abort_on_fail` is breached by what there is so far.
///
/// A budget on latency also sees requests that are under way and have already taken longer than it allows: a target that
/// hangs answers nothing that could be judged.
struct AbortJudge {
  let threshold: Threshold
  /// Of the run so far.
  let record: RunRecord
  let rule: VerdictRule

  var isBreached: Bool {
    if isBreached(record, rule) { return true }
    guard let overdue else { return false }
    var record = record
    record.series += overdue
    if isBreached(record, rule) { return true }
    // No more evidence comes from a target that has stopped answering.
    return isStuck && isBreached(record, .point)
  }

  private func isBreached(_ record: RunRecord, _ rule: VerdictRule) -> Bool {
    ThresholdJudge(threshold: threshold, record: record, rule: rule).isBreachedAlready
  }

  /// Requests under way that are over the budget, as if they had been answered now; `nil` where that tells nothing.
  private var overdue: [SeriesRecord]? {
    guard threshold.metric.metric == .latency, threshold.metric.outcome == nil, threshold.unit == .nanoseconds,
      threshold.comparison == .less || threshold.comparison == .lessOrEqual
    else { return nil }
    let series = selected.compactMap { overdue($0) }
    return series.isEmpty ? nil : series
  }

  private func overdue(_ underWay: UnderWay) -> SeriesRecord? {
    let bound = UInt64(min(max(threshold.bound, 0), 1e18))
    var series = SeriesRecord(
      key: SeriesKey(group: underWay.group, step: underWay.step, outcome: "under_way"), kind: .cancelled)
    var counter = ExceedanceCounter(budgetNanoseconds: bound)
    underWay.ages.forEachBucket { from, _, count in
      guard from > bound else { return }
      series.latency.record(from, times: count)
      // It was over the budget from this instant on.
      let instant = now - min(now, from - bound)
      for _ in 0..<count { counter.record(at: instant, value: from) }
    }
    guard !series.latency.isEmpty else { return nil }
    series.count = series.latency.count
    series.exceedances = [counter]
    var slot = Timeline.Slot()
    slot.count = series.count
    slot.latency = Double(series.latency.sum)
    series.timeline.add(slot, at: max(0, measured.count - 1))
    return series
  }

  private var selected: [UnderWay] {
    let selector = threshold.metric
    return record.underWay.filter {
      (selector.group == nil || selector.group == $0.group) && (selector.step == nil || selector.step == $0.step)
    }
  }

  private var measured: [IntervalSummary] { record.intervals.filter { !$0.isWarmUp } }
  private var now: UInt64 { record.intervals.last?.end ?? 0 }

  /// Nothing that the threshold looks at has ended for ten times the budget, and for two seconds at least, while a request
  /// waited for as long.
  private var isStuck: Bool {
    let patience = max(10 * threshold.bound, 2e9)
    let oldest = selected.reduce(UInt64(0)) { max($0, $1.ages.maximum) }
    guard Double(oldest) >= patience else { return false }
    let timeline = Selection.timeline(Selection(threshold.metric, in: record).answers)
    guard let last = timeline.slots.lastIndex(where: { $0.count > 0 }) else { return true }
    let intervals = measured
    let end = intervals[min(intervals.count, (last + 1) << timeline.magnitude) - 1].end
    return Double(now - end) >= patience
  }
}
