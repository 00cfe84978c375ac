import JSON

extension Reading {
  func string(_ node: JSONNode, _ expected: String = "a text") -> String? {
    if case .string(let text) = node.value { return text }
    mismatch(node, expected)
    return nil
  }

  /// A text in which nothing is filled in.
  func plainText(_ node: JSONNode, _ expected: String) -> String? {
    guard let text = string(node, expected) else { return nil }
    if text.isEmpty {
      error("expected \(expected), found an empty text", at: node.range)
      return nil
    }
    if let place = text.firstRange(of: "${") {
      let start = text.utf8.distance(from: text.startIndex, to: place.lowerBound)
      error("nothing can be filled in here", at: span(node, start, text.utf8.count))
      return nil
    }
    return text
  }

  func bool(_ node: JSONNode) -> Bool? {
    if case .bool(let value) = node.value { return value }
    mismatch(node, "true or false")
    return nil
  }

  /// A whole number; `what` names it in messages: "'count'".
  func integer(_ node: JSONNode, _ what: String, in range: ClosedRange<Int>) -> Int? {
    let number: Int? =
      switch node.value {
      case .integer(let value): Int(value)
      case .number(let value): Int(exactly: value)
      default: nil
      }
    guard let number else {
      if case .number = node.value {
        error("\(what) must be a whole number", at: node.range)
      } else {
        mismatch(node, "a whole number for \(what)")
      }
      return nil
    }
    if range.contains(number) { return number }
    error(
      "\(what) must be between \(grouped(range.lowerBound)) and \(grouped(range.upperBound)), found \(grouped(number))",
      at: node.range)
    return nil
  }

  func integer(_ fields: Fields, _ key: String, in range: ClosedRange<Int>) -> Int? {
    fields[key].flatMap { integer($0, "'\(key)'", in: range) }
  }

  func bool(_ fields: Fields, _ key: String) -> Bool? { fields[key].flatMap { bool($0) } }

  /// Nanoseconds of `30s`; a plain 0 is the only number that needs no unit.
  func duration(_ node: JSONNode, _ what: String, in range: ClosedRange<UInt64> = 0...Limits.duration) -> UInt64? {
    let example = "a duration such as '30s' or '500ms'"
    let nanoseconds: UInt64
    switch node.value {
    case .string(let text):
      guard let parsed = QuantityText.nanoseconds(text) else {
        mismatch(node, example, hint: durationHint(text))
        return nil
      }
      nanoseconds = parsed
    case .integer(0): nanoseconds = 0
    case .integer, .number:
      mismatch(node, example, hint: "a duration carries its unit: ns us ms s m h")
      return nil
    default:
      mismatch(node, example)
      return nil
    }
    if nanoseconds == 0, range.lowerBound > 0 {
      error("\(what) must be longer than 0", at: node.range)
      return nil
    }
    if nanoseconds > range.upperBound {
      error("\(what) must be at most \(words(nanoseconds: range.upperBound))", at: node.range)
      return nil
    }
    return nanoseconds
  }

  private func durationHint(_ text: String) -> String? {
    if text.hasPrefix("-") { return "a duration cannot be negative" }
    let compact = text.filter { $0 != " " }
    if QuantityText.nanoseconds(compact) != nil { return "did you mean '\(compact)'?" }
    let unit = String(text.drop { $0.isNumber || $0 == "." }).lowercased()
    let known = [
      "sec": "s", "secs": "s", "second": "s", "seconds": "s", "min": "m", "mins": "m", "minute": "m", "minutes": "m",
      "hour": "h", "hours": "h", "hr": "h", "msec": "ms", "millis": "ms", "milliseconds": "ms", "": "s",
    ]
    if let unit = known[unit.filter { $0 != " " }] {
      return "did you mean '\(text.prefix { $0.isNumber || $0 == "." })\(unit)'?"
    }
    return "units are ns us ms s m h"
  }

  func duration(_ fields: Fields, _ key: String, in range: ClosedRange<UInt64> = 0...Limits.duration) -> UInt64? {
    fields[key].flatMap { duration($0, "'\(key)'", in: range) }
  }

  /// `'1s'`, or `{ from: '500ms', to: '2s' }`.
  func durationRange(_ node: JSONNode, _ what: String) -> DurationRange? {
    guard case .object = node.value else {
      return duration(node, what).map { DurationRange(least: $0, most: $0) }
    }
    guard let fields = fields(node, .range) else { return nil }
    let from = require("from", in: fields).flatMap { duration($0, "'from'") }
    let to = require("to", in: fields).flatMap { duration($0, "'to'") }
    guard let from, let to else { return nil }
    if from > to {
      error("'from' is longer than 'to'", at: node.range)
      return nil
    }
    return DurationRange(least: from, most: to)
  }

  /// Bytes: a number, or `'1MiB'`.
  func size(_ node: JSONNode, _ what: String, in range: ClosedRange<Int>) -> Int? {
    guard case .string(let text) = node.value else {
      if case .integer = node.value { return integer(node, what, in: range) }
      mismatch(node, "a number of bytes, or a size such as '64KiB'")
      return nil
    }
    guard let bytes = QuantityText.bytes(text) else {
      let compact = text.filter { $0 != " " }
      mismatch(
        node, "a number of bytes, or a size such as '64KiB'",
        hint: QuantityText.bytes(compact) == nil ? "units are B kB MB GB KiB MiB GiB" : "did you mean '\(compact)'?")
      return nil
    }
    if range.contains(bytes) { return bytes }
    error(
      "\(what) must be between \(grouped(range.lowerBound)) and \(grouped(range.upperBound)) bytes", at: node.range)
    return nil
  }

  /// One of the words of an enum.
  func word<Value: RawRepresentable & CaseIterable>(_ node: JSONNode, _ what: String) -> Value?
  where Value.RawValue == String {
    let words = Value.allCases.map(\.rawValue)
    guard let text = string(node, "\(what): \(words.map { "'\($0)'" }.joined(separator: ", "))") else { return nil }
    if let value = Value(rawValue: text) { return value }
    error(
      "unknown \(what) '\(text)'", at: node.range,
      hint: Suggestion.hint(for: text, among: words, otherwise: "there are:"))
    return nil
  }

  /// The part of a string's node from one offset of its text to another, in bytes.
  func span(_ node: JSONNode, _ start: Int, _ end: Int) -> SourceRange {
    guard case .string(let text) = node.value else { return node.range }
    if node.range.end - node.range.start == text.utf8.count + 2 {
      return SourceRange(node.range.start + 1 + start, node.range.start + 1 + end)
    }
    return source.range(of: start..<end, in: node.range)
  }
}

/// `1,000,000`.
func grouped(_ number: Int) -> String {
  let digits = String(number.magnitude)
  var text = ""
  for (index, digit) in digits.enumerated() {
    if index > 0, (digits.count - index) % 3 == 0 { text.append(",") }
    text.append(digit)
  }
  return number < 0 ? "-" + text : text
}

/// `1h30m`, `500ms`: in the largest units that leave no remainder.
func words(nanoseconds: UInt64) -> String {
  let units: [(UInt64, String)] = [
    (3_600_000_000_000, "h"), (60_000_000_000, "m"), (1_000_000_000, "s"), (1_000_000, "ms"), (1000, "us"), (1, "ns"),
  ]
  var rest = nanoseconds
  var text = ""
  for (scale, unit) in units where rest >= scale {
    text += "\(rest / scale)\(unit)"
    rest %= scale
  }
  return text.isEmpty ? "0s" : text
}
