import Testing

@testable import JSON

@Suite struct DiagnosticTests {
  private func rendered(_ text: String) -> String {
    let source = SourceText(name: "s.json5", text)
    return JSONReader.read(source).diagnostics.map { $0.rendered(in: source) }.joined(separator: "\n")
  }

  @Test("a diagnostic shows the place, the line, a caret and a hint")
  func plain() {
    #expect(
      rendered("{\n  name: 'x',\n  wait: 10ms,\n}") == """
        s.json5:3:11: error: 'ms' right after a number
          3 |   wait: 10ms,
            |           ^~
            = a value with a unit, a version or a date is text: '10ms'
        """)
  }

  @Test("the caret stands right after tabs, which stay tabs")
  func tabs() {
    #expect(
      rendered("{\n\ta:\t1,\n\t\tb:\tx,\n}") == """
        s.json5:3:6: error: 'x' is no value here
          3 | \t\tb:\tx,
            | \t\t  \t^
            = text stands in quotes: 'x'
        """)
  }

  @Test("the caret stands right after characters of several bytes, wide ones and joined ones")
  func wide() {
    #expect(
      rendered("{ 'é한글👨‍👩‍👧e\u{301}': 쿠폰 }") == """
        s.json5:1:12: error: '쿠폰' is no value here
          1 | { 'é한글👨‍👩‍👧e\u{301}': 쿠폰 }
            |               ^~~~
            = text stands in quotes: '쿠폰'
        """)
  }

  @Test(
    "several diagnostics follow each other; a place at a line's end has its caret there; line numbers of any length")
  func several() {
    let lines = String(repeating: "\n", count: 99)
    #expect(
      rendered("{" + lines + "a: 1\n, a: [1 2]}") == """
        s.json5:101:3: error: the key 'a' is given twice
          101 | , a: [1 2]}
              |   ^
              = the first one is at line 100, column 1; remove or rename one
        s.json5:101:8: error: expected ',' or ']' after this element
          101 | , a: [1 2]}
              |        ^
        """)
    #expect(
      rendered("{a: 'b\r\n}") == """
        s.json5:1:5: error: this string is not closed; strings end on their line
          1 | {a: 'b
            |     ^~
            = close it with '; a line break in the text is written \\n, or end the line with \\ to go on in the next
        """)
    #expect(
      rendered("{a:\n") == """
        s.json5:1:1: error: this '{' is never closed
          1 | {a:
            | ^
            = add '}' where the object ends
        """)
  }

  @Test("a warning is called one")
  func warning() {
    #expect(
      rendered("'\u{2029}'") == """
        s.json5:1:2: warning: U+2029 (PARAGRAPH SEPARATOR) in a string ends a line in JavaScript before 2019
          1 | '
            |  ^
            = write \\u2029 if it is meant
        """)
  }

  @Test("control characters do not reach the terminal, nor do those that turn the writing's direction")
  func control() {
    let text = rendered("{'\u{1B}[31m\u{202E}\u{9B}': 1,\n'\\u001b[31m\u{202E}\\u009b': 2}")
    #expect(
      text == """
        s.json5:2:1: error: the key '\\e[31m\\u{202E}\\u{9B}' is given twice
          2 | '\\u001b[31m\\u{202E}\\u009b': 2}
            | ^~~~~~~~~~~~~~~~~~~~~~~~~~
            = the first one is at line 1, column 2; remove or rename one
        """)
  }

  @Test("of a very long line the part around the place is shown")
  func longLine() {
    let filler = String(repeating: "123456789,", count: 1000)
    let text = rendered("[\(filler)x,\(filler)1]")
    let lines = text.split(separator: "\n")
    #expect(lines[0] == "s.json5:1:10002: error: 'x' is no value here")
    #expect(lines[1].count == "  1 | ".count + 1 + 60 + 1 + 40 + 1)
    #expect(
      lines[1].hasPrefix("  1 | …123456789,") && lines[1].contains(",x,") && lines[1].hasSuffix("123456789,1…") == false
    )
    #expect(lines[2] == "    | " + String(repeating: " ", count: 61) + "^")
  }

  @Test("a range over several lines is marked to the end of its first line")
  func manyLines() {
    let source = SourceText(name: "s", "{ a: [\n1,\n2] }")
    let text = Diagnostic(.error, "wrong", at: SourceRange(5, 12), hint: nil).rendered(in: source)
    #expect(text == "s:1:6: error: wrong\n  1 | { a: [\n    |      ^")
  }

  @Test("bytes that are not UTF-8 are shown as replacements")
  func invalidUTF8() {
    let source = SourceText(name: "s", bytes: Array("['é".utf8) + [0xFF] + Array("']".utf8))
    let diagnostics = JSONReader.read(source).diagnostics
    #expect(
      diagnostics.map { $0.rendered(in: source) } == [
        """
        s:1:4: error: this byte (0xFF) is not UTF-8
          1 | ['é\u{FFFD}']
            |    ^
            = save the file as UTF-8
        """
      ])
  }
}
