import Measurement
import Scenario

/// What a run says about the figure that a threshold names.
struct Observation {
  var quantity: Quantity
  /// What the figure stands on: requests, connections, iterations.
  var samples: UInt64
  /// How samples are called: `request`.
  var noun: String
  /// Samples above a latency budget, counted one by one by time; `nil` where that was not done.
  var counter: ExceedanceCounter?
  var exceedances: UInt64? { counter?.exceedances }

  /// - Returns: `nil` where there are no samples at all, or none of the time that the figure is a rate of.
  static func of(_ threshold: Threshold, in record: RunRecord) -> Observation? {
    let selection = Selection(threshold.metric, in: record)
    switch threshold.metric.metric.kind {
    case .trend: return trend(threshold, selection)
    case .rate: return rate(threshold.aggregation, selection)
    case .counter: return counter(threshold.aggregation, selection)
    }
  }

  private static func trend(_ threshold: Threshold, _ selection: Selection) -> Observation? {
    guard let distribution = selection.distribution, !distribution.isEmpty else { return nil }
    let value: Double =
      switch threshold.aggregation {
      case .average: distribution.mean
      case .minimum: Double(distribution.minimum)
      case .maximum: Double(distribution.maximum)
      case .median: Double(distribution.percentile(50))
      case .percentile(let percent): Double(distribution.percentile(percent))
      case .count, .rate, .value: Double(distribution.count)
      }
    var observation = Observation(
      quantity: Quantity(value, threshold.unit), samples: distribution.count, noun: selection.noun)
    if threshold.metric.metric == .latency { observation.counter = counter(of: threshold.bound, selection) }
    return observation
  }

  /// Samples above `bound`, where every selected series counted them.
  private static func counter(of bound: Double, _ selection: Selection) -> ExceedanceCounter? {
    guard let budget = UInt64(exactly: bound.rounded()) else { return nil }
    var total = ExceedanceCounter(budgetNanoseconds: budget)
    for series in selection.measured where series.count > 0 {
      guard let counter = series.exceedances.first(where: { $0.budgetNanoseconds == budget }),
        counter.count == series.latency.count
      else { return nil }
      total.merge(counter)
    }
    return total
  }

  private static func rate(_ aggregation: Threshold.Aggregation, _ selection: Selection) -> Observation? {
    let all = selection.requests
    guard all > 0 else { return nil }
    let share =
      selection.selector.metric == .errors
      ? Selection.count(selection.named.filter(\.kind.isError)) : Selection.count(selection.named)
    let quantity =
      aggregation == .count ? Quantity(Double(share), .count) : Quantity(Double(share) / Double(all), .fraction)
    return Observation(quantity: quantity, samples: all, noun: "request")
  }

  private static func counter(_ aggregation: Threshold.Aggregation, _ selection: Selection) -> Observation? {
    let record = selection.record
    var total: UInt64
    var samples: UInt64
    switch selection.selector.metric {
    case .iterations:
      total = selection.groups.reduce(0) { $0 + $1.iterationsCompleted }
      samples = selection.groups.reduce(0) { $0 + $1.iterationsStarted }
    case .connections:
      total = record.connections.opened
      samples = total + record.connections.failed
    case .bytesSent:
      total = selection.named.reduce(0) { $0 + $1.bytesSent }
      samples = selection.requests
    case .bytesReceived:
      total = selection.named.reduce(0) { $0 + $1.bytesReceived }
      samples = selection.requests
    default:
      total = Selection.count(selection.named)
      samples = selection.requests
    }
    let isBytes = selection.selector.metric == .bytesSent || selection.selector.metric == .bytesReceived
    guard aggregation == .rate else {
      return Observation(
        quantity: Quantity(Double(total), isBytes ? .bytes : .count), samples: samples, noun: selection.noun)
    }
    guard record.elapsed > 0 else { return nil }
    return Observation(
      quantity: Quantity(Double(total) * 1e9 / Double(record.elapsed), isBytes ? .bytesPerSecond : .perSecond),
      samples: samples, noun: selection.noun)
  }
}

extension Selection {
  /// What one sample of the metric is.
  var noun: String {
    switch selector.metric {
    case .connections, .connectTime: "connection"
    case .iterations: "iteration"
    default: "request"
    }
  }
}

extension Threshold {
  /// Of its bound, and of what is observed for it.
  package var unit: Quantity.Unit {
    let isBytes = metric.metric == .bytesSent || metric.metric == .bytesReceived
    switch (metric.metric.kind, aggregation) {
    case (.trend, .count), (.rate, .count): return .count
    case (.trend, _): return .nanoseconds
    case (.rate, _): return .fraction
    case (.counter, .rate): return isBytes ? .bytesPerSecond : .perSecond
    case (.counter, _): return isBytes ? .bytes : .count
    }
  }

  /// The figure, as the scenario writes it: `p(95)`.
  package var figure: String {
    switch aggregation {
    case .average: "avg"
    case .minimum: "min"
    case .maximum: "max"
    case .median: "med"
    case .percentile(let percent):
      percent == percent.rounded() ? "p(\(Int(percent)))" : "p(\(percent))"
    case .count: "count"
    case .rate: "rate"
    case .value: "value"
    }
  }

  /// The threshold by its full name: `latency{step:issue}: p(95) < 1s`.
  package var label: String { "\(metric.text): \(text)" }
}
