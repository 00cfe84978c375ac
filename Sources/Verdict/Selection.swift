import Measurement
import Scenario

/// The part of a run's figures that a metric selector names.
package struct Selection: Sendable {
  package let selector: MetricSelector
  package let record: RunRecord

  package init(_ selector: MetricSelector, in record: RunRecord) {
    self.selector = selector
    self.record = record
  }

  /// All outcomes of the selected groups and steps.
  package var answers: [SeriesRecord] {
    record.series.filter { series in
      (selector.group == nil || selector.group == series.key.group)
        && (selector.step == nil || selector.step == series.key.step)
    }
  }

  /// What a figure on times stands on: the outcome that is named, or else all that were looked for, and those that
  /// nobody answered in time, which waited at least that long.
  package var measured: [SeriesRecord] {
    if let outcome = selector.outcome { return answers.filter { $0.key.outcome == outcome } }
    return answers.filter { $0.kind.countsInLatency(outcome: $0.key.outcome) }
  }

  /// What a figure on counts stands on: the outcome that is named, or else all.
  package var named: [SeriesRecord] {
    guard let outcome = selector.outcome else { return answers }
    return answers.filter { $0.key.outcome == outcome }
  }

  package var groups: [GroupRecord] { record.groups.filter { selector.group == nil || selector.group == $0.name } }

  /// Of the selected groups and steps, whatever their outcome.
  package var requests: UInt64 { Selection.count(answers) }

  /// Errors among `requests`; an outcome that the selector names itself is looked for.
  package var errors: UInt64 {
    answers.reduce(into: 0) { if $1.kind.isError, $1.key.outcome != selector.outcome { $0 += $1.count } }
  }

  package static func count(_ series: [SeriesRecord]) -> UInt64 { series.reduce(into: 0) { $0 += $1.count } }

  /// The distribution that a metric of times has here; `nil` for other metrics.
  package var distribution: Histogram? {
    switch selector.metric {
    case .latency: Selection.merged(measured, \.latency)
    case .serviceTime: Selection.merged(measured, \.serviceTime)
    case .timeToFirstByte: Selection.merged(measured, \.timeToFirstByte)
    case .connectTime: record.connections.connectTime
    case .generatorLag: record.generator.lag
    case .wait: record.generator.wait
    case .errors, .outcomes, .requests, .iterations, .connections, .bytesSent, .bytesReceived: nil
    }
  }

  /// Of what a metric of times stands on; empty for those that have none by interval.
  var timeline: Timeline { Selection.timeline(measured) }

  static func timeline(_ series: [SeriesRecord]) -> Timeline {
    var merged = Timeline()
    for record in series { merged.merge(record.timeline) }
    return merged
  }

  /// Percentiles are of the pooled samples, never means of percentiles.
  package static func merged(_ series: [SeriesRecord], _ part: KeyPath<SeriesRecord, Histogram>) -> Histogram {
    var merged = Histogram()
    for record in series { merged.merge(record[keyPath: part]) }
    return merged
  }
}
