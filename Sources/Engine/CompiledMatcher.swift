import HTTPClient
import JSON
import RegularExpressions
import Scenario

/// A matcher with its expected value compiled.
struct CompiledMatcher: Sendable {
  enum Expected: Sendable {
    case constant(JSONValue)
    /// Text with variables: compared as text, with numbers by their decimal form.
    case text(FragmentList)
    /// A list or an object with variables in it.
    case json(FragmentList)
  }

  enum Predicate: Sendable {
    case equals(Expected)
    case notEquals(Expected)
    case ordered(Threshold.Comparison, Expected)
    case startsWith(FragmentList)
    case endsWith(FragmentList)
    case contains(Expected)
    case matches(Pattern)
    case exists(Bool)
    case isType(ValueType)
    case count(Int)
    case oneOf([Expected])
    case statusClass(Int)
  }

  enum ValueType: Sendable {
    case string, number, boolean, list, object, uuid, isoDate
  }

  let subject: Matcher.Subject
  let predicate: Predicate
  /// In the scenario's source.
  let range: SourceRange

  var readsBody: Bool {
    switch subject {
    case .json, .body: true
    case .status, .header, .cookie, .bytes, .duration: false
    }
  }

  var readsHeaders: Bool {
    switch subject {
    case .header, .cookie: true
    case .status, .json, .body, .bytes, .duration: false
    }
  }

  init(_ matcher: Matcher, _ variables: VariableTable) {
    subject = matcher.subject
    range = matcher.range
    func expected(_ template: JSONTemplate) -> Expected {
      switch template {
      case .constant(let value): return .constant(value)
      case .string(let text), .number(let text):
        let list = variables.compile(text, .none)
        return list.constant.map { .constant(.string(String(decoding: $0, as: UTF8.self))) } ?? .text(list)
      case .array, .object:
        let list = variables.compile(template)
        if let bytes = list.constant, let value = try? JSONValue(parsing: bytes) { return .constant(value) }
        return .json(list)
      }
    }
    predicate =
      switch matcher.predicate {
      case .equals(let value): .equals(expected(value))
      case .notEquals(let value): .notEquals(expected(value))
      case .greaterThan(let value): .ordered(.greater, expected(value))
      case .greaterThanOrEqual(let value): .ordered(.greaterOrEqual, expected(value))
      case .lessThan(let value): .ordered(.less, expected(value))
      case .lessThanOrEqual(let value): .ordered(.lessOrEqual, expected(value))
      case .startsWith(let text): .startsWith(variables.compile(text, .none))
      case .endsWith(let text): .endsWith(variables.compile(text, .none))
      case .contains(let value): .contains(expected(value))
      case .matches(let pattern): .matches(pattern)
      case .exists(let flag): .exists(flag)
      case .isString: .isType(.string)
      case .isNumber: .isType(.number)
      case .isBoolean: .isType(.boolean)
      case .isList: .isType(.list)
      case .isObject: .isType(.object)
      case .isUuid: .isType(.uuid)
      case .isIsoDate: .isType(.isoDate)
      case .count(let count): .count(count)
      case .oneOf(let values): .oneOf(values.map(expected))
      case .statusClass(let hundred): .statusClass(hundred)
      }
  }

  /// The status that alone decides, for outcomes that look at nothing else.
  func acceptsStatus(_ status: Int) -> Bool? {
    guard case .status = subject else { return nil }
    switch predicate {
    case .statusClass(let hundred): return status / 100 == hundred
    case .equals(.constant(let value)): return value.integer == Int64(status)
    case .oneOf(let values):
      var accepted = false
      for value in values {
        guard case .constant(let value) = value else { return nil }
        accepted = accepted || value.integer == Int64(status)
      }
      return accepted
    default: return nil
    }
  }
}

extension CompiledMatcher.Predicate {
  /// The texts that it compares with.
  var lists: [FragmentList] {
    func list(_ expected: CompiledMatcher.Expected) -> [FragmentList] {
      switch expected {
      case .text(let list), .json(let list): [list]
      case .constant: []
      }
    }
    return switch self {
    case .equals(let value), .notEquals(let value), .ordered(_, let value), .contains(let value): list(value)
    case .startsWith(let text), .endsWith(let text): [text]
    case .oneOf(let values): values.flatMap(list)
    case .matches, .exists, .isType, .count, .statusClass: []
    }
  }

  /// Whether `actual` satisfies the predicate; `nil` stands for "there is none".
  func holds(
    _ actual: JSONValue?, _ searches: PatternSearches = PatternSearches(), render: (FragmentList) -> String
  ) -> Bool {
    if case .exists(let wanted) = self { return (actual != nil) == wanted }
    guard let actual else { return false }
    func value(_ expected: CompiledMatcher.Expected) -> JSONValue {
      switch expected {
      case .constant(let value): value
      case .text(let list): .string(render(list))
      case .json(let list): (try? JSONValue(parsing: render(list))) ?? .null
      }
    }
    switch self {
    case .exists: return true
    case .equals(let expected): return Self.equal(actual, value(expected))
    case .notEquals(let expected): return !Self.equal(actual, value(expected))
    case .ordered(let comparison, let expected):
      guard let left = Self.number(actual), let right = Self.number(value(expected)) else { return false }
      return comparison.holds(left, right)
    case .startsWith(let list): return actual.string?.hasPrefix(render(list)) ?? false
    case .endsWith(let list): return actual.string?.hasSuffix(render(list)) ?? false
    case .contains(let expected):
      if let elements = actual.array {
        let wanted = value(expected)
        return elements.contains { Self.equal($0, wanted) }
      }
      guard let text = actual.string, let part = value(expected).string else { return false }
      return part.isEmpty || text.contains(part)
    case .matches(let pattern): return searches.search(for: pattern).matches(actual.string ?? actual.text())
    case .isType(let type): return type.matches(actual)
    case .count(let count):
      switch actual {
      case .array(let elements): return elements.count == count
      case .object(let fields): return fields.count == count
      default: return false
      }
    case .oneOf(let values): return values.contains { Self.equal(actual, value($0)) }
    case .statusClass(let hundred): return actual.integer.map { $0 / 100 == hundred } ?? false
    }
  }

  /// Equality as a person means it: 1 is 1.0, members have no order, and text that a template made equals the number
  /// that it spells.
  private static func equal(_ left: JSONValue, _ right: JSONValue) -> Bool {
    switch (left, right) {
    case (.integer, .number), (.number, .integer): return left.double == right.double
    case (.integer, .string(let text)), (.number, .string(let text)), (.bool, .string(let text)):
      return left.text() == text
    case (.array(let left), .array(let right)):
      return left.count == right.count && zip(left, right).allSatisfy { equal($0, $1) }
    case (.object(let leftFields), .object(let rightFields)):
      return leftFields.count == rightFields.count
        && leftFields.allSatisfy { field in right[field.key].map { equal(field.value, $0) } ?? false }
    default: return left == right
    }
  }

  private static func number(_ value: JSONValue) -> Double? {
    value.double ?? value.string.flatMap(Double.init)
  }
}

extension CompiledMatcher.ValueType {
  func matches(_ value: JSONValue) -> Bool {
    switch (self, value) {
    case (.string, .string), (.boolean, .bool), (.list, .array), (.object, .object), (.number, .integer),
      (.number, .number):
      true
    case (.uuid, .string(let text)): Self.isUUID(text.utf8)
    case (.isoDate, .string(let text)): Self.isISODate(Array(text.utf8))
    default: false
    }
  }

  private static func isUUID(_ bytes: String.UTF8View) -> Bool {
    guard bytes.count == 36 else { return false }
    for (index, byte) in bytes.enumerated() {
      switch index {
      case 8, 13, 18, 23: if byte != UInt8(ascii: "-") { return false }
      default:
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
          UInt8(ascii: "A")...UInt8(ascii: "F"):
          continue
        default: return false
        }
      }
    }
    return true
  }

  /// `2026-02-28`, or with a time: `2026-02-28T09:30:00Z`, `…T09:30:00.123+09:00`.
  private static func isISODate(_ bytes: [UInt8]) -> Bool {
    func number(_ range: Range<Int>) -> Int? {
      guard range.upperBound <= bytes.count else { return nil }
      var value = 0
      for byte in bytes[range] {
        guard byte >= 0x30, byte <= 0x39 else { return nil }
        value = value * 10 + Int(byte - 0x30)
      }
      return value
    }
    func has(_ character: Unicode.Scalar, at index: Int) -> Bool {
      index < bytes.count && bytes[index] == UInt8(ascii: character)
    }
    guard let year = number(0..<4), has("-", at: 4), let month = number(5..<7), has("-", at: 7),
      let day = number(8..<10), (1...12).contains(month)
    else { return false }
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    let days = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    guard day >= 1, day <= days[month - 1] else { return false }
    if bytes.count == 10 { return true }
    guard has("T", at: 10) || has(" ", at: 10), let hour = number(11..<13), has(":", at: 13),
      let minute = number(14..<16), has(":", at: 16), let second = number(17..<19), hour < 24, minute < 60, second <= 60
    else { return false }
    var index = 19
    if has(".", at: index) {
      index += 1
      let start = index
      while index < bytes.count, bytes[index] >= 0x30, bytes[index] <= 0x39 { index += 1 }
      if index == start { return false }
    }
    if index == bytes.count { return true }
    if has("Z", at: index) { return index + 1 == bytes.count }
    guard has("+", at: index) || has("-", at: index), let hours = number(index + 1..<index + 3), hours < 24,
      has(":", at: index + 3), let minutes = number(index + 4..<index + 6), minutes < 60
    else { return false }
    return index + 6 == bytes.count
  }
}
