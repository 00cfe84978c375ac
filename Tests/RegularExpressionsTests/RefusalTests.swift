import Testing

@testable import RegularExpressions

@Suite("What is no regular expression")
struct RefusalTests {
  @Test(
    "is refused with its place",
    arguments: [
      ("(?=x)", "look-around is not supported", 0..<3), ("a(?<!x)", "look-around is not supported", 1..<4),
      ("(a)\\1", "back-references are not supported", 3..<5),
      ("(?>a)", "atomic groups are not supported", 0..<3), ("한a++", "possessive quantifiers are not supported", 4..<6),
      ("x[abc", "'[' has no ']'", 1..<2),
      ("a\\", "there is nothing after the last '\\'", 1..<2), ("(a", "'(' has no ')'", 0..<1),
      ("a)", "')' has no '('", 1..<2), ("*a", "there is nothing before '*' that could be repeated", 0..<1),
      ("a|+", "there is nothing before '+' that could be repeated", 2..<3),
      ("{2}", "there is nothing before '{2}' that could be repeated", 0..<3),
      ("^*", "what is before '*' is a place, which cannot be repeated", 1..<2),
      ("\\q", "'\\q' is not known", 0..<2), ("[\\q]", "'\\q' is not known", 1..<3),
      ("\\Z", "'\\Z' is not known", 0..<2), ("a{3,2}", "the first number of repetitions is above the second", 1..<6),
      ("a{3", "'{' begins a number of repetitions that has no '}'", 1..<3),
      ("a{1001}", "repetitions are 1,000 at most", 2..<6),
      ("a{99999999999999999999}", "repetitions are 1,000 at most", 2..<22),
      ("[z-a]", "a range in '[ ]' goes from a character to one that is not before it", 1..<4),
      ("[a-\\d]", "a range in '[ ]' goes from a character to one that is not before it", 1..<5),
      ("[[:foo:]]", "there is no such class in '[ ]'", 1..<8),
      ("[[.a.]]", "collating elements are not supported", 1..<3),
      ("[\\b]", "'\\b' is a place, which cannot be in '[ ]'", 1..<3),
      ("\\x4", "'\\x' needs 2 hexadecimal digits, or up to 6 in braces", 0..<3),
      ("\\x{110000}", "there is no character with this number", 0..<10),
      ("\\ud800", "there is no character with this number", 0..<6),
      ("\\u{}", "'\\u' needs 4 hexadecimal digits, or up to 6 in braces", 0..<3),
      ("\\p{Foo}", "there is no such Unicode class", 0..<7), ("\\p{L", "'\\p{' has no '}'", 0..<4),
      ("\\p", "there is no such Unicode class", 0..<2),
      ("(?x)a", "'(?x' begins no group that is known", 0..<3), ("(?i", "'(' has no ')'", 0..<3),
      ("(?)", "'(?)' begins no group that is known", 0..<3), ("(?i-)", "'(?i-)' begins no group that is known", 0..<5),
      ("(?<1a>x)", "the group's name is not complete", 0..<3), ("(?<a>x)(?<a>y)", "two groups are named 'a'", 7..<12),
      ("[", "'[' has no ']'", 0..<1), ("[]", "'[' has no ']'", 0..<1), ("[^]", "'[' has no ']'", 0..<1),
      ("\\0", "'\\0' is not known", 0..<2), ("(?\u{1B}", "'(?\u{FFFD}' begins no group that is known", 0..<3),
    ] as [(String, String, Range<Int>)])
  func refused(pattern: String, message: String, place: Range<Int>) {
    let error = #expect(throws: PatternError.self) { try Pattern(pattern) }
    #expect(error?.message == message)
    #expect(error?.range == place)
  }

  @Test(
    "is too much for a search in bounded time",
    arguments: [
      (String(repeating: "(", count: 60_000) + String(repeating: ")", count: 60_000), "it is longer than 4,096 bytes"),
      (
        String(repeating: "(?:", count: 101) + String(repeating: ")", count: 101),
        "groups are nested more than 100 deep"
      ),
      (String(repeating: "(?:", count: 101), "groups are nested more than 100 deep"),
      (String(repeating: "()", count: 101), "more than 100 groups capture"),
      (
        "((((a{1,200}){1,200}){1,200}){1,200})",
        "it is too large: with its repetitions written out it has more than 10,000 parts"
      ),
      ("a{1,1000}{1,1000}", "it is too large: with its repetitions written out it has more than 10,000 parts"),
      ("a" + String(repeating: "{1}", count: 1000), "groups and quantifiers are nested too deeply"),
      ("a" + String(repeating: "*", count: 4000), "groups and quantifiers are nested too deeply"),
      ("(a?){500}a{500}", "it is too complex to be searched for quickly in every text"),
      (String(repeating: "(?:a|b)*", count: 20_000), "it is longer than 4,096 bytes"),
      ("(?:.a|.b){300}", "it is too complex to be searched for quickly in every text"),
    ] as [(String, String)])
  func tooMuch(pattern: String, message: String) {
    let error = #expect(throws: PatternError.self) { try Pattern(pattern) }
    #expect(error?.message == message)
    #expect(error.map { $0.range.upperBound <= pattern.utf8.count && !$0.range.isEmpty } == true)
  }

  @Test(
    "is nothing that people need",
    arguments: [
      String(repeating: "(?:", count: 100) + "a" + String(repeating: ")?", count: 100), "a{1000}", ".{0,900}x",
      String(repeating: "a?", count: 60),
      String(repeating: "(?:a|b)*", count: 40), String(repeating: "가나다라", count: 300),
      "(?i)" + String(repeating: "\\p{L}", count: 300),
      "^[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$",
      "^(?:(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])\\.){3}(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])$",
      "^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?(?:\\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)+$",
      "^(?:(?:[0-9a-f]{1,4}:){7}[0-9a-f]{1,4}|(?:[0-9a-f]{1,4}:){1,7}:|(?:[0-9a-f]{1,4}:){1,6}:[0-9a-f]{1,4}|::)$",
      "^\\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\\d|3[01])T(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(?:\\.\\d{1,9})?(?:Z|[+-]\\d{2}:\\d{2})$",
      "^(?<major>0|[1-9]\\d*)\\.(?<minor>0|[1-9]\\d*)\\.(?<patch>0|[1-9]\\d*)(?:-(?<pre>[0-9A-Za-z.-]+))?(?:\\+(?<build>[0-9A-Za-z.-]+))?$",
      "^[\\w.!#$%&'*+/=?^`{|}~-]{1,64}@(?:[\\w-]{1,63}\\.){1,8}[A-Za-z]{2,63}$",
      "^https?://[^\\s/?#]+(?:/[^\\s?#]*)?(?:\\?[^\\s#]*)?(?:#\\S*)?$",
      "^[A-Za-z0-9_-]{2,}(?:\\.[A-Za-z0-9_-]{2,}){2}$",
      "^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$",
      (0..<150).map { "product-\(1000 + $0 * 37)" }.joined(separator: "|"),
    ])
  func accepted(pattern: String) throws { _ = try Pattern(pattern) }
}
