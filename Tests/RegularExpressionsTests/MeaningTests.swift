import Testing

@testable import RegularExpressions

@Suite("Regular expressions")
struct MeaningTests {
  @Test(
    "find what they say and nothing else",
    arguments: [
      // Characters and anchors.
      ("", ["", "x"], []), ("a\\.b", ["a.b"], ["axb"]), ("^$", [""], ["x", "\n"]),
      ("^ok$", ["ok"], ["ok\n", "ok\0 ERROR", "ook"]),
      ("ERROR", ["ok\0 ERROR"], ["ok\0"]), ("a^b|$c", [], ["ab", "a^b", "$c"]), ("^a|b$", ["ax", "xb"], ["xa", "bx"]),
      ("\\$5", ["$5"], ["5"]), ("\\<b\\>", ["<b>"], ["b"]), ("{\"ok\": ?true}", ["{\"ok\":true}"], ["{\"ok\":false}"]),
      ("a{,b}", ["a{,b}"], ["ab"]), ("\\Aab\\z", ["ab"], ["ab\n", "xab"]), ("x{", ["x{"], ["x"]),
      ("a]}", ["a]}"], ["a"]),
      // Sets.
      ("^[\\d.]+$", ["1.5"], ["1,5", "\\"]), ("^[^\\d]+$", ["ab", "한"], ["a1"]), ("^[\\w-]+$", ["a-b_1"], ["a b"]),
      ("^[\\w-.]+$", ["a-b.c"], ["a,b"]), ("^[a\\]b]+$", ["a]b"], ["a\\"]), ("^[]a]+$", ["]a"], ["b"]),
      ("^[^]a]+$", ["b["], ["]"]),
      ("^[\\\\]$", ["\\"], ["x"]), ("^[a\\-z]$", ["-", "a", "z"], ["b"]), ("^[a-]$", ["-", "a"], ["b"]),
      ("^[-a]$", ["-", "a"], ["b"]),
      ("^[[:upper:]]{2,3}$", ["AB", "ABC"], ["A", "ab", "ÀÉ"]), ("^[[:alpha:][:punct:]]+$", ["a-b!"], ["1"]),
      ("^[a[b]+$", ["[ab"], ["]"]), ("^[\\x41-\\x43\\u00e9]+$", ["ABCé"], ["D"]), ("^[+--]+$", ["+,-"], ["."]),
      ("^[^a]$", ["\n", "한", "\0"], ["a", "ab", ""]),
      // Classes.
      ("^\\d+$", ["42"], ["4a", "", "d", "٤"]), ("^\\D$", ["x", "٤"], ["4"]),
      ("^\\w+@\\w+\\.kr$", ["a_1@b.kr"], ["a@b-kr"]),
      ("^\\s*$", [" \t\r\n\u{B}\u{C}", ""], ["x", "\u{A0}"]), ("^\\S\\W$", ["x-", "é한"], ["xy"]),
      ("\\bid\\b", ["an id", "id", "-id-"], ["idle", "void"]),
      ("\\Bx", ["ax"], ["x", "-x"]), ("^a\\tb\\n\\r\\f\\v$", ["a\tb\n\r\u{C}\u{B}"], ["atbn"]),
      ("\\x00", ["a\0b"], ["a0b"]),
      ("^\\x{AC00}\\u{1F600}\\uac00$", ["가😀가"], ["가"]), ("^\\p{L}+$", ["한글abcé"], ["a1"]),
      ("^\\pN\\PN$", ["1a", "٤b"], ["a1", "11"]),
      ("^\\p{Lu}\\p{Ll}$", ["Éé", "Ab"], ["éÉ"]), ("^\\p{Hangul}+$", ["한글ㄱ"], ["漢"]),
      ("^\\p{Script=Han}\\p{sc=Hiragana}$", ["漢の"], ["のの"]),
      ("^[\\p{L}\\p{Nd}_]+$", ["변수_1"], ["-"]), ("^\\P{ASCII}\\p{^ascii}$", ["éé"], ["ae"]),
      ("^\\p{Uppercase_Letter}$", ["A"], ["a"]),
      ("^\\p{Any}$", ["\u{10FFFF}", "\u{E000}"], [""]), ("^\\p{Co}\\p{Cn}$", ["\u{E000}\u{FFFF}"], ["ab"]),
      ("^\\p{Zs}\\p{Sc}$", ["\u{A0}₩"], ["  "]),
      // Characters beyond ASCII.
      ("한글", ["이 한글"], ["한"]), ("^[가-힣]+$", ["쿠폰소진"], ["쿠폰 소진", "ㄱ"]),
      ("^.$", ["a", "é", "한", "😀", "\n"], ["", "ab", "éé"]),
      ("^한{2}$", ["한한"], ["한"]), ("^[é한]$", ["é", "한"], ["\u{E9}\u{301}", "e"]), ("😀|😁", ["x😁"], ["😂"]),
      // Repetitions and groups.
      ("a.*?b", ["axxb", "a\nb"], ["axx"]), ("(?:ab)+c", ["ababc"], ["ac"]), ("^(sold|gone)$", ["sold"], ["sold out"]),
      ("x{2}?y", ["xxy"], ["xy"]), ("^a{2,3}$", ["aa", "aaa"], ["a", "aaaa"]), ("^a{,2}$", ["", "aa"], ["aaa"]),
      ("^a{2,}$", ["aa", "aaaaa"], ["a"]),
      ("^(a|)$", ["a", ""], ["b"]), ("^(|a)+b$", ["b", "aab"], ["a"]), ("^()*x$", ["x"], ["y"]),
      ("^a{0}b$", ["b"], ["ab"]), ("^(a{2}){2}$", ["aaaa"], ["aaa"]),
      ("^a**$", ["", "aa"], ["b"]), ("^a{2}{3}$", ["aaaaaa"], ["aaaaa", "aa"]),
      ("^(?:a|b|cd){3}$", ["acdb"], ["acb d"]), ("^(?<n>x)(?P<m>y)$", ["xy"], ["x"]),
      ("^(?:^a$)?$", ["a", ""], ["b"]), ("^(a*)*b$", ["aaab", "b"], ["aaa"]),
      // Flags.
      ("(?i)sold OUT", ["Sold Out"], ["soldout"]), ("(?i)^[^a]$", ["b"], ["a", "A"]), ("(?i)^é한$", ["É한"], ["e한"]),
      ("(?i:a)b", ["Ab"], ["aB"]),
      ("a(?i)b", ["aB"], ["AB"]), ("((?i)a)b", ["Ab"], ["AB"]), ("(?i)a(?-i)b", ["Ab"], ["AB"]),
      ("(?i)k", ["\u{212A}"], ["x"]), ("(?i)[r-t]", ["ſ"], ["u"]),
      ("(?m)^b$", ["a\nb\nc"], ["ab"]), ("^b$", [], ["a\nb\nc"]), ("(?-s)^.$", ["a"], ["\n"]),
      ("(?-s)a.b|(?s)c.d", ["c\nd"], ["a\nb"]), ("(?im-s)^A.B$", ["x\nazb"], ["a\nb"]),
      ("(?m)^$", ["a\n\nb", ""], ["a"]), ("(?i)\\p{Lu}", ["a"], ["1"]), ("(?i)σ", ["ς", "Σ"], ["s"]),
      ("(?i)i", ["I"], ["ı", "İ"]),
    ] as [(String, [String], [String])])
  func meaning(pattern: String, matching: [String], others: [String]) throws {
    let search = PatternSearch(try Pattern(pattern))
    for text in matching { #expect(search.matches(text), "'\(pattern)': \(text)") }
    for text in others { #expect(!search.matches(text), "'\(pattern)': \(text)") }
  }

  @Test(
    "take each byte that is not UTF-8 for U+FFFD",
    arguments: [
      ("^.$", [[0xFF], [0x80], [0xC3], [0xED, 0x95, 0x9C]], [[0xED, 0x95], [0xC0, 0x80], [0xED, 0xA0, 0x80], []]),
      ("^a.b$", [[0x61, 0xE9, 0x62]], [[0x61, 0x62]]),
      ("ok", [[0xFF, 0x6F, 0x6B], [0xE9, 0x6F, 0x6B, 0xED, 0x95]], [[0x6F, 0xFF, 0x6B]]),
      ("^\\x{FFFD}{2}$", [[0xED, 0x95], [0xEF, 0xBF, 0xBD, 0xFF], [0xC1, 0xBF]], [[0xED, 0x95, 0x9C]]),
      ("\\x{FFFD}", [[0x61, 0xFF]], [[0x61]]), ("[^é]", [[0xC3]], [[0xC3, 0xA9]]),
      ("^.{3}$", [[0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80].dropLast() + [0x41]], []),
      (
        "^.{4}$", [[0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xF0, 0x80, 0x80, 0x80]],
        [[0xF4, 0x8F, 0xBF, 0xBF]]
      ),
      ("\\xE9", [[0xC3, 0xA9]], [[0xE9]]),
    ] as [(String, [[UInt8]], [[UInt8]])])
  func invalid(pattern: String, matching: [[UInt8]], others: [[UInt8]]) throws {
    let search = PatternSearch(try Pattern(pattern))
    for text in matching { #expect(text.withUnsafeBytes(search.matches), "'\(pattern)': \(text)") }
    for text in others { #expect(!text.withUnsafeBytes(search.matches), "'\(pattern)': \(text)") }
  }

  @Test("search in no bytes at all as in an empty text")
  func nothing() throws {
    let empty = UnsafeRawBufferPointer(start: nil, count: 0)
    #expect(PatternSearch(try Pattern("^$")).matches(empty))
    #expect(!PatternSearch(try Pattern("a")).matches(empty))
    #expect(PatternSearch(try Pattern("()")).match(in: empty) == [0..<0, 0..<0])
  }
}
