import JSON
import Scenario
import Testing

@testable import Engine

@Suite struct FragmentTests {
  @Test(
    "text is written as its place needs",
    arguments: [
      (Escaping.none, "a b\"/\\é\n", "a b\"/\\é\n"),
      (.json, "a b/é", "a b/é"),
      (.json, "\"\\\u{1}\n\u{1F}", #"\"\\\u0001\n\u001f"#),
      (.jsonNumber, "0", "0"), (.jsonNumber, "-12.50e+3", "-12.50e+3"), (.jsonNumber, "1E5", "1E5"),
      (.jsonNumber, "007", "\"007\""), (.jsonNumber, "", "\"\""), (.jsonNumber, "-", "\"-\""),
      (.jsonNumber, "1.", "\"1.\""),
      (.jsonNumber, "1e", "\"1e\""), (.jsonNumber, "+1", "\"+1\""), (.jsonNumber, "1 ", "\"1 \""),
      (.jsonNumber, "1,\"a\":2", "\"1,\\\"a\\\":2\""), (.jsonNumber, "true", "\"true\""),
      (.path, "a-._~Z9 /?é%", "a-._~Z9%20%2F%3F%C3%A9%25"),
      (.query, "a=b&c+d", "a%3Db%26c%2Bd"),
      (.header, "a\r\nX: y\u{7f}\tz", "aX: y\tz"),
    ])
  func escaping(escaping: Escaping, text: String, expected: String) {
    var output: [UInt8] = []
    escaping.append(text.utf8, to: &output)
    #expect(String(decoding: output, as: UTF8.self) == expected)
  }

  @Test(
    "numbers are written in decimal, with zeros before them where a width is asked for",
    arguments: [
      (0, 0, "0"), (7, 3, "007"), (1234, 3, "1234"), (-5, 0, "-5"), (10, 2, "10"), (999, 0, "999"), (1000, 0, "1000"),
      (Int.max, 0, "9223372036854775807"), (Int.min, 0, "-9223372036854775808"),
    ])
  func decimals(value: Int, width: Int, expected: String) {
    var output: [UInt8] = []
    appendDecimal(value, width: width, to: &output)
    #expect(String(decoding: output, as: UTF8.self) == expected)
  }

  @Test("neighbouring literals are joined, and a list of literals is constant")
  func joining() {
    var list = FragmentList()
    #expect(list.constant == [])
    list.append("a")
    list.append("")
    list.append("bc")
    #expect(list.fragments.count == 1 && list.constant == Array("abc".utf8))
    var other = FragmentList()
    other.append("d")
    other.append(.slot(0, .none))
    list.append(other)
    list.append("e")
    #expect(list.fragments == [.literal(Array("abcd".utf8)), .slot(0, .none), .literal(Array("e".utf8))])
    #expect(list.constant == nil)
  }
}
