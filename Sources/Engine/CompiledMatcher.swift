import HTTPClient
import JSON
import RegularExpressions
import Scenario

/// A matcher with its expected value compiled.
struct CompiledMatcher: Sendable {
  enum Expected: Sendable {
    case constant(JSONValue)
    /// Text with variables, which equals the number that it spells, too.
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
      case .constant(let value): .constant(value)
      case .string(let text), .number(let text): .text(variables.compile(text, .none))
      case .array, .object: .json(variables.compile(template))
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
    case .ordered(let comparison, .constant(let value)):
      return ValueComparison.order(.integer(Int64(status)), value).map(comparison.holds)
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
      case .json(let list): (try? JSONValue(parsing: render(list), keepingNumbers: true)) ?? .null
      }
    }
    func isEqual(_ actual: JSONValue, _ expected: CompiledMatcher.Expected) -> Bool {
      ValueComparison(isFilledIn: expected.isFilledIn).equal(actual, value(expected))
    }
    switch self {
    case .exists: return true
    case .equals(let expected): return isEqual(actual, expected)
    case .notEquals(let expected): return !isEqual(actual, expected)
    case .ordered(let comparison, let expected):
      return ValueComparison.order(actual, value(expected)).map(comparison.holds) ?? false
    case .startsWith(let list): return actual.string?.beginsExactly(with: render(list)) ?? false
    case .endsWith(let list): return actual.string?.endsExactly(with: render(list)) ?? false
    case .contains(let expected):
      if let elements = actual.array {
        let comparison = ValueComparison(isFilledIn: expected.isFilledIn)
        let wanted = value(expected)
        return elements.contains { comparison.equal($0, wanted) }
      }
      guard let text = actual.string, let part = value(expected).string else { return false }
      return text.containsExactly(part)
    case .matches(let pattern): return searches.search(for: pattern).matches(actual.string ?? actual.text())
    case .isType(let type): return type.matches(actual)
    case .count(let count):
      switch actual {
      case .array(let elements): return elements.count == count
      case .object(let fields): return fields.count == count
      default: return false
      }
    case .oneOf(let values): return values.contains { isEqual(actual, $0) }
    case .statusClass(let hundred): return actual.integer.map { $0 / 100 == hundred } ?? false
    }
  }
}

extension CompiledMatcher.Expected {
  fileprivate var isFilledIn: Bool { if case .constant = self { false } else { true } }
}

extension Threshold.Comparison {
  /// Whether it holds for two values in this order: -1, 0 or 1.
  fileprivate func holds(_ order: Int) -> Bool { holds(Double(order), 0) }
}
