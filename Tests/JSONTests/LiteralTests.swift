import Testing

@testable import JSON

@Suite("A string's literal")
struct LiteralTests {
  @Test(
    "is where each part of its text can be found",
    arguments: [
      ("'abc'", 1..<2, "b"), ("'abc'", 0..<3, "abc"), (#"'\\d+'"#, 1..<2, "d"), (#"'\\d+'"#, 0..<2, #"\\d"#),
      (#"'\u00e9x'"#, 0..<2, #"\u00e9"#), (#"'\u00e9x'"#, 2..<3, "x"), (#"'\ud83d\ude00x'"#, 4..<5, "x"),
      (#"'\x41\xe9x'"#, 3..<4, "x"), (#"'\x41\xe9x'"#, 1..<3, #"\xe9"#), ("'a\\\nb'", 1..<2, "\\\nb"),
      ("'a\\\r\nbc'", 2..<3, "c"),
      (#"'\0\n\'x'"#, 3..<4, "x"), ("'가\\\\나'", 4..<7, "나"), (#"'\가x'"#, 3..<4, "x"),
      ("'\\\u{2028}x'", 0..<1, "\\\u{2028}x"),
      (#"'\uAC00x'"#, 3..<4, "x"), ("'ab'", 2..<2, ""), ("'ab'", 1..<9, "'ab'"),
    ] as [(String, Range<Int>, String)])
  func part(literal: String, part: Range<Int>, expected: String) throws {
    let source = SourceText(name: "it", bytes: Array("[ \(literal)]".utf8))
    guard case .array(let elements)? = JSONReader.read(source).root?.value, let node = elements.first else {
      Issue.record("not read: \(literal)")
      return
    }
    let found = source.range(of: part, in: node.range)
    #expect(String(decoding: source.bytes[found.start..<found.end], as: UTF8.self) == expected)
  }

  @Test(
    "tells of escapes that mean nothing",
    arguments: [
      (#"'\d+\\d\w'"#, [#"\d"#, #"\w"#]), (#"'\n\t\b\f\r\v\x41\u0041\'\"\/\0'"#, []), ("'a\\\nb'", []),
      (#"'\S\.'"#, [#"\S"#]),
    ] as [(String, [String])])
  func idle(literal: String, expected: [String]) {
    let source = SourceText(name: "it", bytes: Array(literal.utf8))
    let found = source.idleEscapes(in: SourceRange(0, source.bytes.count))
    #expect(found.map { String(decoding: source.bytes[$0.start..<$0.end], as: UTF8.self) } == expected)
  }
}
