import JSON

/// Reads budgets. White space between the words is free:
/// ```
/// budget      = aggregation comparison bound
/// aggregation = "avg" | "min" | "max" | "med" | "p(" number ")" | "count" | "rate"
/// comparison  = "<" | "<=" | ">" | ">=" | "==" | "!="
/// bound       = number [ unit ]
/// unit        = a time (ns us ms s m h), "%", a rate (/s /m /h), or a size (B kB MB GB KiB MiB GiB)
/// selector    = metric [ "{" tag ":" value *( "," tag ":" value ) "}" ]
/// ```
struct ThresholdParser {
  /// What is wrong, and which bytes of the text show it.
  struct Fault: Error, Hashable {
    var message: String
    var start: Int
    var end: Int
    var hint: String?
  }

  struct Budget: Hashable {
    var aggregation: Threshold.Aggregation
    var comparison: Threshold.Comparison
    var bound: Double
  }

  private let bytes: [UInt8]
  private var index = 0

  private init(_ text: String) { bytes = Array(text.utf8) }

  // MARK: - Budgets

  static func budget(_ text: String, of metric: Metric) throws(Fault) -> Budget {
    var parser = ThresholdParser(text)
    let aggregation = try parser.aggregation(of: metric)
    let comparison = try parser.comparison()
    let bound = try parser.bound(of: metric, aggregation)
    return Budget(aggregation: aggregation, comparison: comparison, bound: bound)
  }

  private mutating func aggregation(of metric: Metric) throws(Fault) -> Threshold.Aggregation {
    skipSpace()
    let start = index
    let word = takeWord()
    let valid = metric.aggregations
    var aggregation: Threshold.Aggregation?
    switch word {
    case "avg": aggregation = .average
    case "min": aggregation = .minimum
    case "max": aggregation = .maximum
    case "med": aggregation = .median
    case "count": aggregation = .count
    case "rate": aggregation = .rate
    case "p" where peek() == UInt8(ascii: "("): aggregation = .percentile(try percentile(from: start))
    default: break
    }
    guard let aggregation else {
      let shown = word.isEmpty ? "an aggregation is missing" : "unknown aggregation '\(word)'"
      throw Fault(message: shown, start: start, end: max(index, start + 1), hint: hint(for: word, valid))
    }
    if !valid.contains(word == "p" ? "p(N)" : word) {
      throw Fault(
        message: "'\(word == "p" ? "p(N)" : word)' is no aggregation of \(metric.rawValue)", start: start, end: index,
        hint: "\(metric.rawValue) has: \(Suggestion.list(valid))")
    }
    return aggregation
  }

  private func hint(for word: String, _ valid: [String]) -> String {
    if word.hasPrefix("p"), let percent = Int(word.dropFirst()) { return "did you mean 'p(\(percent))'?" }
    let words = ["average": "avg", "mean": "avg", "median": "med", "minimum": "min", "maximum": "max"]
    if let meant = words[word] { return "did you mean '\(meant)'?" }
    return Suggestion.hint(for: word, among: valid, otherwise: "there are:") ?? ""
  }

  private mutating func percentile(from start: Int) throws(Fault) -> Double {
    index += 1
    let open = index
    while let byte = peek(), byte != UInt8(ascii: ")"), !Self.isComparison(byte) { index += 1 }
    let text = String(decoding: bytes[open..<index], as: UTF8.self).filter { $0 != " " }
    guard peek() == UInt8(ascii: ")") else {
      throw Fault(message: "'p(' has no ')'", start: start, end: index, hint: "such as p(95)")
    }
    index += 1
    guard let percent = Double(text), percent > 0, percent < 100 else {
      throw Fault(
        message: "a percentile is between 0 and 100, both excluded", start: start, end: index,
        hint: "such as p(95) or p(99.9)")
    }
    return percent
  }

  private mutating func comparison() throws(Fault) -> Threshold.Comparison {
    skipSpace()
    let start = index
    while let byte = peek(), Self.isComparison(byte) { index += 1 }
    let text = String(decoding: bytes[start..<index], as: UTF8.self)
    if let comparison = Threshold.Comparison(rawValue: text) { return comparison }
    let hints = [
      "=": "did you mean '=='?", "=<": "did you mean '<='?", "=>": "did you mean '>='?", "<>": "did you mean '!='?",
    ]
    throw Fault(
      message: text.isEmpty ? "a comparison is missing" : "unknown comparison '\(text)'", start: start,
      end: max(index, start + 1), hint: hints[text] ?? "there are: < <= > >= == !=")
  }

  private mutating func bound(of metric: Metric, _ aggregation: Threshold.Aggregation) throws(Fault) -> Double {
    skipSpace()
    let start = index
    var end = bytes.count
    while end > start, bytes[end - 1] == UInt8(ascii: " ") { end -= 1 }
    let text = String(decoding: bytes[start..<end], as: UTF8.self).filter { $0 != " " }
    let unit = metric.unit(of: aggregation)
    if text.isEmpty {
      throw Fault(message: "the bound is missing", start: start, end: start + 1, hint: "such as \(unit.example)")
    }
    if text.hasPrefix("-") {
      throw Fault(message: "a bound cannot be negative", start: start, end: end)
    }
    if let bound = unit.value(of: text) { return bound }
    throw Fault(
      message: "expected \(unit.words) such as \(unit.example), found '\(text)'", start: start, end: end,
      hint: unit.hint(for: text))
  }

  // MARK: - Selectors

  struct Tag: Hashable {
    var name: String
    var value: String
    var nameRange: Range<Int>
    var valueRange: Range<Int>
  }

  /// The metric's name and its tags, both as written, not yet held against what exists.
  static func selector(_ text: String) throws(Fault) -> (metric: String, tags: [Tag]) {
    let bytes = Array(text.utf8)
    guard let open = bytes.firstIndex(of: UInt8(ascii: "{")) else {
      return (trimmed(bytes, 0..<bytes.count).text, [])
    }
    guard let close = bytes.lastIndex(of: UInt8(ascii: "}")), close > open else {
      throw Fault(message: "'{' has no '}'", start: open, end: bytes.count, hint: "such as latency{step:issue}")
    }
    let after = trimmed(bytes, (close + 1)..<bytes.count)
    if !after.text.isEmpty {
      throw Fault(message: "nothing can follow the tags", start: after.range.lowerBound, end: after.range.upperBound)
    }
    var tags: [Tag] = []
    for part in bytes[(open + 1)..<close].split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
      guard let colon = part.firstIndex(of: UInt8(ascii: ":")) else {
        throw Fault(
          message: "expected a tag and its value, such as step:issue", start: part.startIndex,
          end: max(part.endIndex, part.startIndex + 1))
      }
      let name = trimmed(bytes, part.startIndex..<colon)
      let value = trimmed(bytes, (colon + 1)..<part.endIndex)
      tags.append(Tag(name: name.text, value: value.text, nameRange: name.range, valueRange: value.range))
    }
    return (trimmed(bytes, 0..<open).text, tags)
  }

  private static func trimmed(_ bytes: [UInt8], _ range: Range<Int>) -> (text: String, range: Range<Int>) {
    var range = range
    let space = UInt8(ascii: " ")
    while let first = range.first, bytes[first] == space { range = (first + 1)..<range.upperBound }
    while let last = range.last, bytes[last] == space { range = range.lowerBound..<last }
    return (String(decoding: bytes[range], as: UTF8.self), range)
  }

  // MARK: - Bytes

  private func peek() -> UInt8? { index < bytes.count ? bytes[index] : nil }

  private mutating func skipSpace() { while peek() == UInt8(ascii: " ") { index += 1 } }

  private mutating func takeWord() -> String {
    let start = index
    while let byte = peek(), byte != UInt8(ascii: "("), byte != UInt8(ascii: " "), !Self.isComparison(byte) {
      index += 1
    }
    return String(decoding: bytes[start..<index], as: UTF8.self)
  }

  private static func isComparison(_ byte: UInt8) -> Bool { "<>=!".utf8.contains(byte) }
}
