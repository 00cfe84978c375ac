import Testing

@testable import JSON

@Suite struct SourceTextTests {
  static let text = "one\ntwo\r\nthree\rfour\u{2028}five\u{2029}sĭx\t👨‍👩‍👧!\n"

  @Test("lines end with LF, CR LF, CR, U+2028 and U+2029")
  func lines() {
    let source = SourceText(name: "t", Self.text)
    #expect((1...8).map(source.line) == ["one", "two", "three", "four", "five", "sĭx\t👨‍👩‍👧!", "", ""])
    #expect(SourceText(name: "t", "").line(1) == "")
  }

  @Test(
    "columns count characters as a reader sees them",
    arguments: [
      ("one", 1, 1), ("two", 2, 1), ("wo", 2, 2), ("three", 3, 1), ("four", 4, 1), ("five", 5, 1), ("sĭx", 6, 1),
      ("x\t", 6, 3), ("👨‍👩‍👧!", 6, 5), ("!", 6, 6),
    ])
  func locations(_ piece: String, _ line: Int, _ column: Int) throws {
    let bytes = Array(Self.text.utf8)
    let wanted = Array(piece.utf8)
    let offset = try #require((0..<bytes.count).first { bytes[$0...].starts(with: wanted) })
    #expect(SourceText(name: "t", Self.text).location(at: offset) == SourceLocation(line: line, column: column))
  }

  @Test("the end, what is beyond it, the middle of a CR LF and a byte order mark have places too")
  func edges() {
    let source = SourceText(name: "t", "a\r\nb")
    #expect(source.location(at: 2) == SourceLocation(line: 1, column: 3))
    #expect(source.location(at: 3) == SourceLocation(line: 2, column: 1))
    #expect(source.location(at: 4) == SourceLocation(line: 2, column: 2))
    #expect(source.location(at: 99) == SourceLocation(line: 2, column: 2))
    #expect(source.location(at: -1) == SourceLocation(line: 1, column: 1))
    let marked = SourceText(name: "t", "\u{FEFF}ab")
    #expect(marked.location(at: 0) == SourceLocation(line: 1, column: 1))
    #expect(marked.location(at: 3) == SourceLocation(line: 1, column: 1))
    #expect(marked.location(at: 4) == SourceLocation(line: 1, column: 2))
    #expect(marked.line(1) == "ab")
  }
}
