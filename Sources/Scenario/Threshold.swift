import JSON

/// One budget: `latency{step:issue}`: `p(95) < 1s`.
package struct Threshold: Sendable {
  package var metric: MetricSelector
  package var aggregation: Aggregation
  package var comparison: Comparison
  /// Nanoseconds for times, a fraction of 1 for rates, per second for `rate` of a counter, else plain.
  package var bound: Double
  /// As written: `p(95) < 1s`.
  package var text: String
  package var abortOnFail: Bool
  /// Nanoseconds from the start before which the threshold does not abort.
  package var delayAbort: UInt64
  /// Added by Stampede, not by the file.
  package var isDefault: Bool
  package var range: SourceRange

  package init(
    metric: MetricSelector, aggregation: Aggregation, comparison: Comparison, bound: Double, text: String,
    range: SourceRange
  ) {
    self.metric = metric
    self.aggregation = aggregation
    self.comparison = comparison
    self.bound = bound
    self.text = text
    self.range = range
    abortOnFail = false
    delayAbort = 0
    isDefault = false
  }

  package enum Aggregation: Sendable, Hashable {
    case average, minimum, maximum, median
    /// Between 0 and 100.
    case percentile(Double)
    case count, rate, value
  }

  package enum Comparison: String, Sendable, CaseIterable {
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
    case equal = "=="
    case notEqual = "!="

    package func holds(_ left: Double, _ right: Double) -> Bool {
      switch self {
      case .less: left < right
      case .lessOrEqual: left <= right
      case .greater: left > right
      case .greaterOrEqual: left >= right
      case .equal: left == right
      case .notEqual: left != right
      }
    }
  }
}

/// How a run's figures become verdicts.
package enum VerdictRule: String, Sendable, CaseIterable {
  /// As samples of what the target does: the verdict has to hold for another run of the same.
  case evidence
  /// As they are: the figure of this run is compared with the budget.
  case point
}

/// `latency{step:issue,outcome:issued}`: a metric and the tags that must all hold.
package struct MetricSelector: Sendable, Hashable {
  package var metric: Metric
  package var group: String?
  package var step: String?
  package var outcome: String?

  package init(metric: Metric, group: String? = nil, step: String? = nil, outcome: String? = nil) {
    self.metric = metric
    self.group = group
    self.step = step
    self.outcome = outcome
  }

  /// As a scenario file writes it.
  package var text: String {
    var tags: [String] = []
    if let group { tags.append("group:\(group)") }
    if let step { tags.append("step:\(step)") }
    if let outcome { tags.append("outcome:\(outcome)") }
    return tags.isEmpty ? metric.rawValue : "\(metric.rawValue){\(tags.joined(separator: ","))}"
  }
}

/// What is measured, by the name that thresholds and results use.
package enum Metric: String, Sendable, CaseIterable {
  /// Response time: done − intended. Nanoseconds; of looked-for outcomes unless an outcome is named.
  case latency
  /// done − sent.
  case serviceTime = "service_time"
  /// firstByte − sent.
  case timeToFirstByte = "ttfb"
  /// Of connections, from the start of resolving to ready.
  case connectTime = "connect_time"
  /// sent − intended that the generator itself caused.
  case generatorLag = "generator_lag"
  /// sent − intended spent waiting for a free user or a connection.
  case wait
  /// Unexpected and transport outcomes among all.
  case errors
  /// Share of a named outcome among all requests of the step (or of all).
  case outcomes
  case requests
  case iterations
  case connections
  case bytesSent = "bytes_sent"
  case bytesReceived = "bytes_received"

  package enum Kind: Sendable {
    /// avg min max med p(N) count
    case trend
    /// rate count
    case rate
    /// count rate
    case counter
  }

  package var kind: Kind {
    switch self {
    case .latency, .serviceTime, .timeToFirstByte, .connectTime, .generatorLag, .wait: .trend
    case .errors, .outcomes: .rate
    case .requests, .iterations, .connections, .bytesSent, .bytesReceived: .counter
    }
  }
}
