/// What kind of number a budget is held against.
enum ThresholdUnit {
  case time, share, perSecond, bytesPerSecond, count, bytes

  /// In the model's units: nanoseconds, a fraction of 1, per second, plain. `nil` where the text is none.
  func value(of text: String) -> Double? {
    switch self {
    case .time: return QuantityText.nanoseconds(text).map { Double($0) }
    case .share:
      // A plain 1 would be everything, and is nearly always meant as 1 %.
      if let fraction = plain(text) { return fraction < 1 ? fraction : nil }
      return QuantityText.fraction(text).flatMap { $0 <= 1 ? $0 : nil }
    case .perSecond: return QuantityText.perSecond(text)
    case .bytesPerSecond:
      guard let slash = text.firstIndex(of: "/"), let bytes = QuantityText.bytes(text[..<slash]),
        let scale = QuantityText.perSecond("1" + text[slash...])
      else { return nil }
      return Double(bytes) * scale
    case .count: return plain(text)
    case .bytes: return QuantityText.bytes(text).map { Double($0) }
    }
  }

  private func plain(_ text: String) -> Double? {
    var rest = Array(text.utf8)[...]
    guard let number = QuantityText.takeDecimal(&rest), rest.isEmpty else { return nil }
    return number.double
  }

  var words: String {
    switch self {
    case .time: "a time"
    case .share: "a share"
    case .perSecond: "a rate"
    case .bytesPerSecond: "bytes in a time"
    case .count: "a plain number"
    case .bytes: "a number of bytes"
    }
  }

  var example: String {
    switch self {
    case .time: "200ms"
    case .share: "1%"
    case .perSecond: "10/s"
    case .bytesPerSecond: "10MB/s"
    case .count: "100"
    case .bytes: "10MB"
    }
  }

  func hint(for text: String) -> String {
    if let number = plain(text) {
      switch self {
      case .time: return "a time carries its unit: did you mean '\(text)ms'?"
      case .share: return number <= 100 ? "did you mean '\(text)%'?" : "such as \(example)"
      case .perSecond: return "did you mean '\(text)/s'?"
      case .bytesPerSecond: return "did you mean '\(text)B/s'?"
      case .count, .bytes: break
      }
    }
    return switch self {
    case .time: "units are ns us ms s m h"
    case .share: "between 0% and 100%, or a fraction such as 0.05"
    case .perSecond: "units are /s /m /h"
    case .bytesPerSecond: "such as \(example)"
    case .count: "a count has no unit"
    case .bytes: "units are B kB MB GB KiB MiB GiB"
    }
  }
}

extension Metric {
  /// As budgets write them.
  var aggregations: [String] {
    switch kind {
    case .trend: ["avg", "min", "med", "max", "p(N)", "count"]
    case .rate: ["rate", "count"]
    case .counter: ["count", "rate"]
    }
  }

  func unit(of aggregation: Threshold.Aggregation) -> ThresholdUnit {
    let isBytes = self == .bytesSent || self == .bytesReceived
    switch aggregation {
    case .average, .minimum, .maximum, .median, .percentile: return .time
    case .count: return isBytes ? .bytes : .count
    case .rate, .value:
      if kind == .rate { return .share }
      return isBytes ? .bytesPerSecond : .perSecond
    }
  }

  /// The tags by which the metric can be cut.
  var tags: [String] {
    switch self {
    case .latency, .serviceTime, .timeToFirstByte, .outcomes, .requests, .bytesSent, .bytesReceived:
      ["group", "step", "outcome"]
    case .errors: ["group", "step"]
    case .iterations: ["group"]
    case .connectTime, .generatorLag, .wait, .connections: []
    }
  }
}
