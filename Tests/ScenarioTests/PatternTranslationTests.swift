import Glibc
import Testing

@testable import Scenario

@Suite("Regular expressions")
struct PatternTranslationTests {
  @Test(
    "mean in POSIX what they mean to those who write them",
    arguments: [
      ("^\\d+$", ["42"], ["4a", "", "d"]), ("^\\D$", ["x"], ["4"]), ("^[\\d.]+$", ["1.5"], ["1,5", "\\"]),
      ("^[^\\d]+$", ["ab"], ["a1"]), ("^\\w+@\\w+\\.kr$", ["a_1@b.kr"], ["a@b-kr"]), ("a.*?b", ["axxb"], ["axx"]),
      ("(?:ab)+c", ["ababc"], ["ac"]), ("^[\\w-]+$", ["a-b_1"], ["a b"]), ("^[a\\]b]+$", ["a]b"], ["a\\"]),
      ("^[]a]+$", ["]a"], ["b"]), ("^[\\\\]$", ["\\"], ["x"]), ("^[a\\-z]$", ["-", "a", "z"], ["b"]),
      ("^[[:upper:]]{2,3}$", ["AB", "ABC"], ["A", "ab"]), ("^\\s*$", [" \t"], ["x"]), ("a\\.b", ["a.b"], ["axb"]),
      ("^(sold|gone)$", ["sold"], ["sold out"]), ("\\$5", ["$5"], ["5"]), ("한글", ["이 한글"], ["한"]),
      ("^a\\tb\\n$", ["a\tb\n"], ["atbn"]), ("x{2}?y", ["xxy"], ["xy"]),
    ] as [(String, [String], [String])])
  func meaning(pattern: String, matching: [String], others: [String]) throws {
    let posix = try PatternTranslation.posix(pattern)
    for text in matching { #expect(matches(posix, text), "'\(pattern)' became '\(posix)': \(text)") }
    for text in others { #expect(!matches(posix, text), "'\(pattern)' became '\(posix)': \(text)") }
  }

  private func matches(_ pattern: String, _ text: String) -> Bool {
    var compiled = regex_t()
    guard regcomp(&compiled, pattern, REG_EXTENDED | REG_NOSUB) == 0 else { return false }
    defer { regfree(&compiled) }
    return regexec(&compiled, text, 0, nil, 0) == 0
  }

  @Test(
    "that POSIX has no words for are refused",
    arguments: [
      ("(?=x)", "look-around and inline options are not known"), ("(a)\\1", "'\\1' is not known"),
      ("\\p{L}", "'\\p' is not known"), ("[가-힣]", "characters beyond ASCII cannot stand in brackets"),
      ("a++", "possessive quantifiers are not known"), ("[abc", "'[' has no ']'"),
      ("a\\", "there is nothing after the last '\\'"),
      ("[\\x41]", "'\\x' is not known in brackets"), ("(a", "Unmatched ( or \\("),
      ("*a", "Invalid preceding regular expression"),
    ])
  func refused(pattern: String, message: String) {
    #expect(throws: PatternTranslation.Fault.self) { try PatternTranslation.posix(pattern) }
    do {
      _ = try PatternTranslation.posix(pattern)
    } catch {
      #expect(error.message == message)
    }
  }
}
