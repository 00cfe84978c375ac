import Testing

@testable import RegularExpressions

@Suite("Long texts")
struct LongTextTests {
  private static func random(_ alphabet: String, _ count: Int) -> [UInt8] {
    var generator = PatternGenerator(seed: 77)
    let letters = Array(alphabet.utf8)
    return (0..<count).map { _ in letters[generator.below(letters.count)] }
  }

  /// With each, a text in which every character leads to another state, what would be found at its end, and whether
  /// the states did not fit.
  @Test(
    "are searched to their end, however many states they lead to",
    arguments: [
      ("[ab]*a[ab]{20}c", "ab", "abbbbbbbbbbbbbbbbbbbbc", true),
      ("(ab?|b)*a(aa?|b){20}c", "ab", "abbbbbbbbbbbbbbbbbbbbc", true),
      ("x.{200}y", "xz", "x" + String(repeating: "z", count: 200) + "y", true),
      ("\\bx[xz ]{70}\\by", "xz ", " x" + String(repeating: " ", count: 70) + "y", true),
      ("[a-z]+[0-9]", "abcxyz", "q7", false), ("(x+x+)+y", "x", "xxy", false), (".*.*=.*", "x", "x=", false),
      ("(?:a|b)*c$", "ab", "c", false),
      ("(?m)^b.{40}c$", "ab\n", "\n" + "b" + String(repeating: "한", count: 40) + "c", true), ("소진", "안녕", "소진", false),
      ("[^한]{30}한", "가나다", String(repeating: "가", count: 30) + "한", false),
    ] as [(String, String, String, Bool)])
  func states(pattern: String, alphabet: String, end: String, resets: Bool) throws {
    let search = PatternSearch(try Pattern(pattern))
    var text = Self.random(alphabet, 300_000)
    #expect(!text.withUnsafeBytes(search.matches))
    #expect((search.resets > 0) == resets)
    text += Array(end.utf8)
    for _ in 0..<3 { #expect(text.withUnsafeBytes(search.matches)) }
    // As a search that remembers nothing.
    #expect(text.withUnsafeBytes(PatternSearch(try Pattern(pattern)).matches))
  }

  @Test("give what short ones do, with and without a table that was ever full")
  func sameAfterReset() throws {
    let pattern = try Pattern("a[ab]{12}c|bc{2,}a\\b")
    let used = PatternSearch(pattern)
    for round in 0..<300 {
      var generator = PatternGenerator(seed: UInt64(round))
      let text = (0..<1 + generator.below(2000)).map { _ in generator.pick(["a", "b", "a", "b", "a", "b", "c", " "]) }
        .joined()
      let found = Array(text.utf8).withUnsafeBytes { used.match(in: $0) }
      #expect(PatternSearch(pattern).matches(text) == (found != nil))
    }
  }
}
