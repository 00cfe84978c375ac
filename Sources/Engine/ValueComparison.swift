import JSON

/// How a value of a response is compared with an expected one: numbers by their exact value, texts byte for byte, objects
/// without regard to the order of their members.
struct ValueComparison {
  /// The expected value's texts were filled in. Such a text equals the number, boolean or `null` that it spells.
  let isFilledIn: Bool

  func equal(_ actual: JSONValue, _ expected: JSONValue) -> Bool {
    switch (actual, expected) {
    case (.integer(let actual), .integer(let expected)): return actual == expected
    case (.integer, .number), (.number, .integer), (.number, .number): return actual.double == expected.double
    case (.integer, .decimal), (.decimal, .integer), (.number, .decimal), (.decimal, .number), (.decimal, .decimal):
      guard let actual = actual.exactNumber, let expected = expected.exactNumber else { return false }
      return actual == expected
    case (.integer, .string(let text)), (.number, .string(let text)), (.decimal, .string(let text)):
      guard isFilledIn else { return actual.text().isExactly(text) }
      guard let actual = actual.exactNumber, let expected = JSONNumber(text) else { return false }
      return actual == expected
    case (.bool, .string(let text)): return actual.text().isExactly(text)
    case (.null, .string(let text)): return isFilledIn && text.isExactly("null")
    case (.string(let actual), .string(let expected)): return actual.isExactly(expected)
    case (.array(let actual), .array(let expected)):
      return actual.count == expected.count && zip(actual, expected).allSatisfy { equal($0, $1) }
    case (.object(let actual), .object(let expected)):
      // Of a repeated key the last counts, as it does for paths.
      let (actual, expected) = (Self.members(actual), Self.members(expected))
      return actual.count == expected.count
        && expected.allSatisfy { key, value in actual[key].map { equal($0, value) } ?? false }
    default: return actual == expected
    }
  }

  /// -1, 0 or 1; `nil` if either is neither a number nor a text that spells one.
  static func order(_ actual: JSONValue, _ expected: JSONValue) -> Int? {
    switch (actual, expected) {
    case (.integer(let actual), .integer(let expected)): return actual < expected ? -1 : actual == expected ? 0 : 1
    case (.number(let actual), .integer(let expected)):
      let expected = Double(expected)
      return actual < expected ? -1 : actual == expected ? 0 : 1
    default:
      guard let actual = number(actual), let expected = number(expected) else { return nil }
      return JSONNumber.order(actual, expected)
    }
  }

  private static func number(_ value: JSONValue) -> JSONNumber? {
    value.exactNumber ?? value.string.flatMap { JSONNumber($0) }
  }

  /// By the bytes of their keys.
  private static func members(_ fields: [JSONField]) -> [[UInt8]: JSONValue] {
    Dictionary(fields.map { (Array($0.key.utf8), $0.value) }, uniquingKeysWith: { $1 })
  }
}
