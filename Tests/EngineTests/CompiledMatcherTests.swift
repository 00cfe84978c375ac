import JSON
import Measurement
import Scenario
import Testing

@testable import Engine

/// Predicates in the words of Hurl's documentation (hurl.dev, "Asserting response").
@Suite struct CompiledMatcherTests {
  private func holds(_ predicate: String, _ value: String?) throws -> Bool {
    let read = try scenario(
      oneStep("{ users: 1, iterations: 1 }", "get: '/', outcomes: { it: { json: { '$.v': \(predicate) } } }"))
    let step = try Plan(read, target: "http://127.0.0.1", seed: 0, workers: 1).groups[0].steps[0]
    let matcher = try #require(step.outcomes[0].matchers.first)
    let actual = try value.map { try JSONValue(parsing: $0, keepingNumbers: true) }
    return matcher.predicate.holds(actual) { String(decoding: $0.constant ?? [], as: UTF8.self) }
  }

  private static let rows: [(String, String?, Bool)] = [
    ("1", "1", true), ("1", "1.0", true), ("1", "\"1\"", false), ("1", "2", false), ("1", nil, false),
    ("'a'", "\"a\"", true), ("'a'", "\"b\"", false), ("true", "true", true), ("null", "null", true),
    ("null", nil, false), ("{ equals: { a: 1, b: [2] } }", #"{"b":[2.0],"a":1}"#, true),
    ("{ equals: { a: 1 } }", #"{"a":1,"b":2}"#, false), ("{ equals: [1, 2] }", "[2,1]", false),
    ("{ notEquals: 1 }", "2", true), ("{ notEquals: 1 }", "1.0", false), ("{ notEquals: 1 }", nil, false),
    ("{ greaterThan: 1 }", "1.5", true), ("{ greaterThan: 1 }", "1", false), ("{ greaterThan: 1 }", "\"2\"", true),
    ("{ greaterThanOrEqual: 1 }", "1", true), ("{ lessThan: 1 }", "0", true), ("{ lessThan: 1 }", "1", false),
    ("{ lessThanOrEqual: 1 }", "1", true), ("{ lessThanOrEqual: 1 }", "\"x\"", false),
    ("{ startsWith: 'ab' }", "\"abc\"", true), ("{ startsWith: 'b' }", "\"abc\"", false),
    ("{ startsWith: 'a' }", "1", false),
    ("{ endsWith: 'bc' }", "\"abc\"", true), ("{ endsWith: 'b' }", "\"abc\"", false),
    ("{ contains: 'b' }", "\"abc\"", true), ("{ contains: 'x' }", "\"abc\"", false),
    ("{ contains: 2 }", "[1,2]", true), ("{ contains: 3 }", "[1,2]", false), ("{ contains: 'b' }", "[\"b\"]", true),
    ("{ matches: '^[0-9]{3}$' }", "\"123\"", true), ("{ matches: '^[0-9]{3}$' }", "123", true),
    ("{ matches: '^[0-9]{3}$' }", "\"1234\"", false), ("{ matches: 'b.*d' }", "\"abcd\"", true),
    ("{ exists: true }", "null", true), ("{ exists: true }", nil, false), ("{ exists: false }", nil, true),
    ("{ exists: false }", "0", false), ("{ isString: true }", "\"\"", true), ("{ isString: true }", "1", false),
    ("{ isNumber: true }", "1.5", true), ("{ isNumber: true }", "\"1\"", false), ("{ isBoolean: true }", "false", true),
    ("{ isBoolean: true }", "0", false), ("{ isList: true }", "[]", true), ("{ isList: true }", "{}", false),
    ("{ isObject: true }", "{}", true), ("{ isObject: true }", "[]", false),
    ("{ isUuid: true }", "\"550e8400-e29b-41d4-a716-446655440000\"", true),
    ("{ isUuid: true }", "\"550E8400-E29B-41D4-A716-446655440000\"", true),
    ("{ isUuid: true }", "\"550e8400e29b41d4a716446655440000\"", false),
    ("{ isUuid: true }", "\"550e8400-e29b-41d4-a716-44665544000g\"", false),
    ("{ isUuid: true }", "\"550e8400-e29b-41d4-a716-4466554400000\"", false),
    ("{ isIsoDate: true }", "\"2026-02-28\"", true), ("{ isIsoDate: true }", "\"2024-02-29T23:59:60Z\"", true),
    ("{ isIsoDate: true }", "\"2026-02-28T09:30:00.123+09:00\"", true),
    ("{ isIsoDate: true }", "\"2026-02-29\"", false), ("{ isIsoDate: true }", "\"2026-13-01\"", false),
    ("{ isIsoDate: true }", "\"2026-01-01T24:00:00Z\"", false),
    ("{ isIsoDate: true }", "\"2026-01-01T10:00:00+24:00\"", false),
    ("{ isIsoDate: true }", "\"2026-01-01T10:00:00.Z\"", false), ("{ isIsoDate: true }", "\"1 January\"", false),
    ("{ isIsoDate: true }", "20260101", false), ("{ count: 2 }", "[1,2]", true), ("{ count: 2 }", "[1]", false),
    ("{ count: 1 }", "{\"a\":1}", true), ("{ count: 0 }", "null", false),
    ("{ oneOf: [1, 'b'] }", "\"b\"", true), ("{ oneOf: [1, 'b'] }", "1.0", true),
    ("{ oneOf: [1, 'b'] }", "\"1\"", false),
  ]

  private static let exactRows: [(String, String?, Bool)] = [
    // Beyond what a double tells apart.
    ("9007199254740993", "9007199254740993.0", true), ("9007199254740993", "9007199254740992.0", false),
    ("18446744073709551615", "18446744073709551615", true), ("18446744073709551615", "18446744073709551616", false),
    ("0.1000000000000000055", "0.1", false), ("19.90", "19.9", true), ("19.9", "1990e-2", true), ("100", "1e2", true),
    ("1", "1e400", false), ("{ greaterThan: 9007199254740992 }", "9007199254740993.0", true),
    ("{ greaterThan: 18446744073709551614 }", "18446744073709551615", true),
    ("{ greaterThan: 0.1 }", "0.10000000000000000001", true), ("{ lessThan: 0 }", "-1e-400", true),
    ("{ greaterThan: 1 }", "\"0x10\"", false), ("{ greaterThan: 1 }", "\"+2\"", false),
    ("{ greaterThan: 1 }", "\" 2\"", false), ("{ greaterThan: 1 }", "\"NaN\"", false),
    ("{ greaterThan: 1 }", "\"007\"", false), ("{ greaterThan: 1 }", "\"2e0\"", true),
    ("{ contains: 2.50 }", "[1,2.5]", true), ("{ oneOf: [1.10] }", "1.1", true),
    ("{ equals: { a: [1.0] } }", #"{"a":[1]}"#, true), ("{ isNumber: true }", "1e999", true),
    // A text that was written down is not a number of another spelling.
    ("'1.10'", "1.1", false), ("'5'", "5", true),
    // Of repeated keys the last counts.
    ("{ equals: { a: 1, b: 2 } }", #"{"a":1,"a":1}"#, false), ("{ equals: { a: 1 } }", #"{"a":2,"a":1}"#, true),
    // Bytes, not what looks the same, and not characters as a reader sees them.
    ("'\\u00e9'", #""\u00e9""#, true), ("'\\u00e9'", #""e\u0301""#, false),
    ("{ oneOf: ['\\u00e9'] }", #""e\u0301""#, false), ("{ equals: { '\\u00e9': 1 } }", #"{"e\u0301":1}"#, false),
    ("{ equals: ['\\u00e9'] }", #"["e\u0301"]"#, false), ("{ contains: '\\n' }", #""a\r\nb""#, true),
    ("{ startsWith: 'a\\r' }", #""a\r\nb""#, true), ("{ endsWith: '\\nb' }", #""a\r\nb""#, true),
    ("{ startsWith: 'e' }", #""e\u0301""#, true), ("{ contains: '\\u0301' }", #""e\u0301""#, true),
    ("{ contains: 'b' }", #""a\u0000b""#, true), ("{ endsWith: 'b' }", #""a\u0000b""#, true),
    ("'a'", #""a\u0000b""#, false), ("{ contains: '' }", #""""#, true),
  ]

  @Test("numbers are compared exactly, texts byte for byte", arguments: exactRows)
  func exact(predicate: String, value: String?, expected: Bool) throws {
    #expect(try holds(predicate, value) == expected)
  }

  @Test("a predicate holds for what it says, and for nothing else", arguments: rows)
  func predicates(predicate: String, value: String?, expected: Bool) throws {
    #expect(try holds(predicate, value) == expected)
  }

  @Test("a text that was filled in equals the number and the truth value that it spells")
  func filledIn() throws {
    var list = FragmentList()
    list.append(.slot(0, .none))
    for (text, actual, expected) in [
      ("7", JSONValue.integer(7), true), ("7", .string("7"), true), ("8", .integer(7), false),
      ("true", .bool(true), true),
      ("7", .null, false),
    ] {
      #expect(CompiledMatcher.Predicate.equals(.text(list)).holds(actual) { _ in text } == expected)
      #expect(CompiledMatcher.Predicate.oneOf([.text(list)]).holds(actual) { _ in text } == expected)
    }
    let object = CompiledMatcher.Predicate.equals(.json(list))
    #expect(object.holds(["a": [1]]) { _ in #"{"a":["1"]}"# })
    #expect(!object.holds(["a": [1]]) { _ in #"{"a":["2"]}"# } && !object.holds(["a": 1]) { _ in "{" })
  }

  @Test("outcomes that look at the status alone are a table, and give what the first that matches gives")
  func table() throws {
    func step(_ outcomes: String) throws -> CompiledStep {
      let read = try scenario(oneStep("{ users: 1, iterations: 1 }", "get: '/', outcomes: { \(outcomes) }"))
      return try Plan(read, target: "http://127.0.0.1", seed: 0, workers: 1).groups[0].steps[0]
    }
    let mixed = try step("a: 200, b: { status: '2xx' }, c: { status: [200, 404, 500] }")
    let table = try #require(mixed.outcomeByStatus)
    #expect(table.count == 600 && table[200] == 0 && table[201] == 1 && table[404] == 2 && table[500] == 2)
    #expect(table[403] == 3 && mixed.outcomeName(3) == "unexpected" && mixed.outcomeKind(3) == .unexpected)
    #expect(!mixed.keepsBody)
    #expect(try step("a: { status: 200, json: { '$.x': 1 } }").outcomeByStatus == nil)
    let ordered = try #require(try step("a: { status: { greaterThan: 199, lessThan: 300 } }").outcomeByStatus)
    #expect(ordered[199] == 1 && ordered[200] == 0 && ordered[299] == 0 && ordered[300] == 1)
    #expect(try step("a: { status: 200, duration: { lessThan: '1s' } }").outcomeByStatus == nil)
    #expect(try step("a: { status: 200, json: { '$.x': 1 } }").keepsBody)
    #expect(mixed.outcomeName(mixed.transport(TransportOutcome.unsent)) == "unsent")
    #expect(mixed.outcomeKind(mixed.outcomeCount - 1) == .transport)
  }
}
