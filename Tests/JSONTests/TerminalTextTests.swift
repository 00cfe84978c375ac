import Testing

@testable import JSON

@Suite struct TerminalTextTests {
  @Test(
    "characters that command a terminal or hide in it are spelled out",
    arguments: [
      ("\u{1B}[2J\u{1B}]0;owned\u{7}", #"\e[2J\e]0;owned\u{7}"#), ("over\rwritten", #"over\rwritten"#),
      ("a\u{9B}31m", #"a\u{9B}31m"#),
      ("a\u{202E}b\u{2066}c\u{200F}d", #"a\u{202E}b\u{2066}c\u{200F}d"#),
      ("a\u{200B}b\u{FEFF}\u{2060}", #"a\u{200B}b\u{FEFF}\u{2060}"#),
      ("a\0\u{7F}\u{2028}", #"a\u{0}\u{7F}\u{2028}"#), ("a\r\nb\tc", #"a\r\nb\tc"#),
      // What scripts and emoji need stays.
      ("plain 한글 é 👩\u{200D}💻 \u{200C}", "plain 한글 é 👩\u{200D}💻 \u{200C}"),
    ])
  func visible(text: String, shown: String) { #expect(TerminalText.visible(text) == shown) }

  @Test("line ends and tabs stay where they are wanted")
  func kept() { #expect(TerminalText.visible("a\r\n\tb\u{1B}", keeping: ["\n", "\t"]) == "a\\r\n\tb\\e") }

  @Test("JSON has escapes for them, and is the same value")
  func json() throws {
    let value: JSONValue = ["a\u{202E}": "\u{1B}[2J\u{9B}x\u{200B}\u{2028} é 😀", "b": [1, 2.5]]
    for pretty in [false, true] {
      let shown = TerminalText.visible(json: value.text(pretty: pretty))
      #expect(shown.unicodeScalars.allSatisfy { $0 == "\n" || $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) })
      #expect(shown.contains(#"\u202e"#) && shown.contains(#"\u009b"#) && shown.contains("é 😀"))
      #expect(try JSONValue(parsing: shown) == value)
    }
  }
}
