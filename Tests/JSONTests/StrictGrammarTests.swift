import Testing

@testable import JSON

/// RFC 8259, cut into the cases of N. Seriot's "JSON Parsing Test Suite" (https://github.com/nst/JSONTestSuite), whose names
/// the rows keep: `y_` must be read, `n_` must not, `i_` is up to the parser.
@Suite struct StrictGrammarTests {
  @Test("what RFC 8259 allows is read, by both readers, to the same value", arguments: accepted)
  func isRead(_ row: Accepted) throws {
    let value = try JSONValue(parsing: row.text.bytes)
    #expect(areIdentical(value, row.value), "\(value)")
    let (again, diagnostics) = read(row.text.bytes, dialect: .json)
    #expect(areIdentical(again, row.value) && diagnostics == row.diagnostics, "\(diagnostics)")
  }

  @Test("what RFC 8259 does not allow is refused where it goes wrong", arguments: refused)
  func isRefused(_ row: Refused) {
    #expect(throws: JSONSyntaxError(row.problem, at: row.offset)) { try JSONValue(parsing: row.text.bytes) }
    #expect(!accepts(row.text.bytes, dialect: .json))
  }

  @Test("512 levels are read and the 513th is refused, also of a hundred thousand")
  func depth() throws {
    for (opening, closing) in [("[", "]"), (#"{"":"#, "}")] {
      let inner = opening == "[" ? "" : "1"
      func text(_ levels: Int) -> String {
        String(repeating: opening, count: levels) + inner + String(repeating: closing, count: levels)
      }
      _ = try JSONValue(parsing: text(512))
      #expect(accepts(Array(text(512).utf8), dialect: .json))
      let error = JSONSyntaxError(.tooDeep, at: 512 * opening.utf8.count)
      #expect(throws: error) { try JSONValue(parsing: text(513)) }
      #expect(throws: error) { try JSONValue(parsing: text(100_000)) }
      #expect(throws: error) { try JSONValue(parsing: String(repeating: opening, count: 100_000)) }
      let column = 512 * opening.count + 1
      #expect(read(text(100_000)).diagnostics == ["1:\(column) error nested deeper than 512 levels"])
    }
  }

  @Test("every place where a text can break off is refused")
  func prefixes() throws {
    let text = Array(#"{"a":[1,-2.5e+3,"x\u00e9\ud83d\ude00\n",true,false,null,{}],"é":"한"}"#.utf8)
    _ = try JSONValue(parsing: text)
    for length in 0..<text.count {
      #expect(throws: JSONSyntaxError.self) { try JSONValue(parsing: Array(text[..<length])) }
      #expect(!accepts(Array(text[..<length]), dialect: .json))
      #expect(!accepts(Array(text[..<length]), dialect: .json5))
    }
  }

  @Test("each control character is refused, and each other ASCII character read, at each place of a long string")
  func longStrings() throws {
    for byte in UInt8(0)..<0x80 where byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\") {
      for place in 0...20 {
        var contents = Array("abcdefghijklmnopqrst".utf8)
        contents.insert(byte, at: place)
        let text = [UInt8(ascii: "\"")] + contents + [UInt8(ascii: "\"")]
        if byte < 0x20 {
          #expect(throws: JSONSyntaxError(.controlCharacterInString, at: 1 + place)) { try JSONValue(parsing: text) }
        } else {
          #expect(try JSONValue(parsing: text) == .string(String(decoding: contents, as: UTF8.self)))
        }
      }
    }
  }

  struct Accepted: CustomTestStringConvertible, Sendable {
    var name: String
    var text: Bytes
    var value: JSONValue
    var diagnostics: [String] = []
    var testDescription: String { name }
  }

  struct Refused: CustomTestStringConvertible, Sendable {
    var name: String
    var text: Bytes
    var offset: Int
    var problem: JSONSyntaxError.Problem
    var testDescription: String { name }
  }
}
