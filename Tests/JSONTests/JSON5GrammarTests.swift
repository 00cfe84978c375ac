import Testing

@testable import JSON

/// JSON5 1.0.0 (https://spec.json5.org), section by section. The rows cover the cases of the specification's own test files
/// (https://github.com/json5/json5-tests) and more.
@Suite struct JSON5GrammarTests {
  @Test("what JSON5 allows is read", arguments: accepted)
  func isRead(_ row: Accepted) {
    let (value, diagnostics) = read(row.text)
    #expect(areIdentical(value, row.value), "\(String(describing: value))")
    #expect(diagnostics == [])
  }

  @Test("what JSON5 does not allow is refused where it goes wrong, in words", arguments: refused)
  func isRefused(_ row: Refused) {
    let (_, diagnostics) = read(row.text)
    #expect(diagnostics == row.diagnostics)
  }

  @Test("strict JSON refuses each of JSON5's liberties")
  func strict() {
    for row in Self.accepted where !row.isJSON {
      #expect(!accepts(Array(row.text.utf8), dialect: .json), "\(row.text.debugDescription)")
      #expect(throws: JSONSyntaxError.self, "\(row.text.debugDescription)") { try JSONValue(parsing: row.text) }
    }
  }

  @Test("what strict JSON accepts JSON5 accepts, as the same value")
  func superset() {
    for row in StrictGrammarTests.accepted {
      #expect(accepts(row.text.bytes, dialect: .json5), "\(row.name)")
      #expect(areIdentical(read(row.text.bytes, dialect: .json5).value, row.value), "\(row.name)")
    }
  }

  @Test("every code point that Unicode calls a space separator is white space, and no other beyond the named ones")
  func whiteSpace() {
    let spaces: Set<UInt32> = [
      0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x20, 0xA0, 0x1680, 0x2000, 0x2001, 0x2002, 0x2003, 0x2004, 0x2005, 0x2006, 0x2007,
      0x2008, 0x2009, 0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000, 0xFEFF,
    ]
    for value in UInt32(1)...0x3100 where value != UInt32(UInt8(ascii: "/")) {
      let text = "[\(Unicode.Scalar(value)!)]"
      let isSpace = read(text).diagnostics.isEmpty && !(0x30...0x39).contains(value)
      #expect(isSpace == spaces.contains(value), "U+\(String(value, radix: 16))")
    }
    #expect(read("\u{FEFF}[\u{FEFF}]\u{FEFF}").diagnostics == [])
  }

  @Test("U+2028 and U+2029 in a string are read with a warning", arguments: ["\u{2028}", "\u{2029}"])
  func lineSeparators(_ separator: String) {
    let (value, diagnostics) = read("['a', 'b\(separator)c']")
    #expect(areIdentical(value, ["a", .string("b\(separator)c")]))
    #expect(diagnostics.count == 1)
    #expect(diagnostics.first?.hasPrefix("1:9 warning U+202") == true)
  }

  @Test("several faults in one text are all reported, and the rest is still read")
  func recovery() {
    let (value, diagnostics) = read("{\n  a: 1\n  b: '\\u12'\n  a: [1 2]\n}")
    #expect(
      diagnostics == [
        "2:7 error expected ',' or '}' after this member",
        "3:7 error this escape needs four hexadecimal digits",
        "3:12 error expected ',' or '}' after this member",
        "4:3 error the key 'a' is given twice",
        "4:8 error expected ',' or ']' after this element",
      ])
    #expect(areIdentical(value, ["a": 1, "b": "", "a": [1, 2]]))
  }

  @Test("after a hundred errors reading stops")
  func tooMany() {
    #expect(read("[" + String(repeating: "1 ", count: 1000) + "]").diagnostics.count == 100)
  }

  @Test("a repeated key is found among few keys and among many, spelled otherwise, and only where code points agree")
  func duplicates() {
    #expect(read(#"{"a": 1, \u0061: 2}"#).diagnostics == ["1:10 error the key 'a' is given twice"])
    #expect(read("{a: {a: 1}, b: [{a: 1}, {a: 1}]}").diagnostics == [])
    #expect(read("{'\u{E9}': 1, 'e\u{301}': 2}").diagnostics == [])
    let many = (0..<1000).map { "k\($0): \($0)" }.joined(separator: ",\n")
    #expect(read("{\(many)}").diagnostics == [])
    #expect(
      read("{\(many),\nk3: 0, k999: 0}").diagnostics == [
        "1001:1 error the key 'k3' is given twice", "1001:8 error the key 'k999' is given twice",
      ])
  }

  @Test("nodes know their bytes")
  func ranges() throws {
    let text = " { 'ké' : [ 1, \"x\" ] , n: -0x1F }"
    let root = try #require(JSONReader.read(SourceText(name: "t", text)).root)
    func slice(_ range: SourceRange) -> String {
      String(decoding: Array(text.utf8)[range.start..<range.end], as: UTF8.self)
    }
    guard case .object(let members) = root.value, case .array(let elements) = members[0].value.value else {
      Issue.record("no object with a list")
      return
    }
    #expect(slice(root.range) == "{ 'ké' : [ 1, \"x\" ] , n: -0x1F }")
    #expect(members.map { slice($0.keyRange) } == ["'ké'", "n"])
    #expect(members.map { slice($0.value.range) } == ["[ 1, \"x\" ]", "-0x1F"])
    #expect(elements.map { slice($0.range) } == ["1", "\"x\""])
  }

  struct Accepted: CustomTestStringConvertible, Sendable {
    var text: String
    var value: JSONValue
    /// It is strict JSON too.
    var isJSON = false
    var testDescription: String { text.debugDescription }
  }

  struct Refused: CustomTestStringConvertible, Sendable {
    var text: String
    var diagnostics: [String]
    var testDescription: String { text.debugDescription }
  }
}
