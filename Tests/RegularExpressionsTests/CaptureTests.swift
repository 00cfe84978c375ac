import Testing

@testable import RegularExpressions

@Suite("Captures")
struct CaptureTests {
  @Test("are those that trying one way after another finds first", arguments: 0..<10)
  func oracle(part: Int) throws {
    var generator = PatternGenerator(seed: UInt64(1000 + part))
    generator.goesBeyondPOSIX = true
    var compared = 0
    for _ in 0..<600 {
      let source = generator.pattern()
      let search = PatternSearch(try Pattern(source))
      for _ in 0..<6 {
        let text = generator.text()
        guard let expected = try BacktrackingOracle(source, text).match() else { continue }
        compared += 1
        let found = ranges(search, text).map { $0.flatMap { [$0?.lowerBound ?? -1, $0?.upperBound ?? -1] } } ?? []
        if found != expected { Issue.record("'\(source)' in \(text.debugDescription): \(found), not \(expected)") }
      }
    }
    #expect(compared > 1500)
  }

  @Test(
    "are leftmost, and first in preference",
    arguments: [
      ("(a|ab)(c|bcd)?", "abcd", ["abcd", "a", "bcd"]), ("a*?b", "aab", ["aab"]), ("<.+?>", "<a><b>", ["<a>"]),
      ("<.+>", "<a><b>", ["<a><b>"]), ("(\\d+)-(\\d+)", "tel 12-345", ["12-345", "12", "345"]),
      ("(?<year>\\d{4})-(?P<month>\\d\\d)", "on 2026-02-28", ["2026-02", "2026", "02"]),
      ("(a)|(b)", "b", ["b", nil, "b"]),
      ("(한+)글", "이 한한글", ["한한글", "한한"]), ("(a*)*", "aa", ["aa", "aa"]), ("()", "x", ["", ""]),
      ("x(y)?", "x", ["x", nil]),
      ("(?i)(straße)", "STRASSE Straße", ["Straße", "Straße"]), ("(a{2})+", "aaaaa", ["aaaa", "aa"]),
    ] as [(String, String, [String?])])
  func table(pattern: String, text: String, expected: [String?]) throws {
    let search = PatternSearch(try Pattern(pattern))
    let utf8 = Array(text.utf8)
    let found = ranges(search, text)?.map { range in range.map { String(decoding: utf8[$0], as: UTF8.self) } }
    #expect(found == expected)
  }

  @Test("have the names that they were given")
  func names() throws {
    #expect(try Pattern("(?<id>\\d+)(x)(?:y)(?P<_n2>z)").captureNames == ["id", nil, "_n2"])
  }

  private func ranges(_ search: PatternSearch, _ text: String) -> [Range<Int>?]? {
    Array(text.utf8).withUnsafeBytes { search.match(in: $0) }
  }
}
