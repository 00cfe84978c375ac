import Testing

@testable import JSON

@Suite struct JSONScannerTests {
  private func find<Result>(_ path: String, in text: String, _ body: (JSONScanner.Found?) -> Result) throws -> Result {
    let path = try JSONPath(path)
    return Array(text.utf8).withUnsafeBytes { body(JSONScanner.find(path, in: $0)) }
  }

  @Test(
    "the slice found is the value's own bytes",
    arguments: [
      ("$.a", #"{"a" : [ 1, {"b":2} ] , "c":3}"#, #"[ 1, {"b":2} ]"#),
      ("$.a[1].b", #"{"a" : [ 1, {"b":2} ] , "c":3}"#, "2"),
      ("$.a", #"{"x":"\"a\":","a":"\\\""}"#, #""\\\"""#),
      ("$", " \n[1] ", "[1]"),
      ("$['\\n']", #"{"\n":true}"#, "true"),
      ("$.é", #"{"\u00e9":-1.50e+2}"#, "-1.50e+2"),
      ("$.a", #"{"a":1,"a":2}"#, "2"),
      ("$[-2]", "[1,2,3]", "2"),
    ])
  func slices(_ path: String, _ text: String, _ slice: String) throws {
    let found = try find(path, in: text) { $0?.text.map { String(decoding: $0, as: UTF8.self) } }
    #expect(found == slice)
  }

  @Test(
    "a later key of the same name counts, also where it hides what an earlier one has",
    arguments: [
      #"{"a":{"b":1},"a":{}}"#, #"{"a":{"b":1},"a":3}"#, #"{"a":{"b":1,"b":[]},"a":null}"#,
    ])
  func hidden(_ text: String) throws {
    #expect(try find("$.a.b", in: text) { $0 == nil })
  }

  @Test(
    "a text that is wrong anywhere gives nothing, even after the value",
    arguments: [
      #"{"a":1"#, #"{"a":1}x"#, #"{"a":1,"b":tru}"#, #"{"a":1,"b":[1,]}"#, #"{"a":1,"b":"\x"}"#,
      #"{"a":1,"b":-}"#, #"{"a":1,}"#, #"{"a":1 "b":2}"#, "{\"a\":1,\"b\":\"\u{1}\"}", "", "  ",
      #"{"a":1,"b":"# + String(repeating: "[", count: 512) + String(repeating: "]", count: 512) + "}",
    ])
  func malformed(_ text: String) throws {
    #expect(throws: JSONSyntaxError.self) { try JSONValue(parsing: text) }
    #expect(try find("$.a", in: text) { $0 == nil })
  }

  @Test("random paths in random documents find what the tree has")
  func agreesWithTree() throws {
    var random = RandomJSON(random: SplitMix(state: 23))
    var hits = 0
    for round in 0..<4_000 {
      let document = random.value()
      let text = document.text(pretty: round % 2 == 0)
      for _ in 0..<4 {
        let path = random.path()
        let expected = path.first(in: try JSONValue(parsing: text, keepingNumbers: true))
        let found = Array(text.utf8).withUnsafeBytes { JSONScanner.find(path, in: $0)?.value }
        #expect(areIdentical(found, expected), "\(path.segments) in \(text)")
        hits += expected == nil || path.segments.isEmpty ? 0 : 1
      }
    }
    #expect(hits > 500)
  }

  @Test("random damage is seen alike by parser, scanner and reader")
  func agreesOnDamage() throws {
    var random = RandomJSON(random: SplitMix(state: 29))
    let pieces = Array(#"{}[]",:\u0d8-+.eE1tfn /"#.utf8) + [0x80, 0xC3, 0xFF, 0x00, 0x0A]
    var readable = 0
    for _ in 0..<4_000 {
      var bytes = Array(random.value().text().utf8)
      for _ in 0..<Int.random(in: 1...2, using: &random.random) {
        let index = Int.random(in: 0...bytes.count, using: &random.random)
        let piece = pieces.randomElement(using: &random.random)!
        switch Int.random(in: 0..<3, using: &random.random) {
        case 0: bytes.insert(piece, at: index)
        case 1 where index < bytes.count: bytes[index] = piece
        default: if index < bytes.count { bytes.remove(at: index) }
        }
      }
      let value = try? JSONValue(parsing: bytes, keepingNumbers: true)
      let whole = bytes.withUnsafeBytes { JSONScanner.find(JSONPath(segments: [], description: "$"), in: $0)?.value }
      #expect(areIdentical(whole, value))
      let nearest = try? JSONValue(parsing: bytes)
      #expect(accepts(bytes, dialect: .json) == (nearest != nil), "\(String(decoding: bytes, as: UTF8.self))")
      readable += value == nil ? 0 : 1
    }
    #expect(readable > 100)
  }

  @Test("what was found answers without a tree")
  func accessors() throws {
    let text =
      #"{"i":5,"f":5.5,"w":5.0,"s":"a\u00e9\n😀","t":true,"z":null,"e":"","l":[1,2],"big":9223372036854775808,"beyond":1e999}"#
    #expect(try find("$.i", in: text) { [$0?.asInt64, $0?.asString.map { _ in 0 }] } == [5, nil])
    #expect(try find("$.i", in: text) { $0?.asDouble } == 5)
    #expect(try find("$.f", in: text) { $0?.asDouble } == 5.5)
    #expect(try find("$.f", in: text) { $0?.asInt64 } == nil)
    #expect(try find("$.w", in: text) { $0?.asInt64 } == 5)
    #expect(try find("$.big", in: text) { $0?.asInt64 } == nil)
    #expect(try find("$.beyond", in: text) { $0?.value.text() } == "1e999")
    #expect(try find("$.big", in: text) { $0?.asDouble } == 9223372036854775808)
    #expect(try find("$.s", in: text) { $0?.asString } == "aé\n😀")
    #expect(try find("$.s", in: text) { $0?.isString("aé\n😀") } == true)
    #expect(try find("$.s", in: text) { $0?.isString("aé\n") } == false)
    #expect(try find("$.s", in: text) { $0?.isString("aé\n😀!") } == false)
    #expect(try find("$.s", in: text) { $0?.isString } == true)
    #expect(try find("$.s", in: text) { $0?.asInt64 } == nil)
    #expect(try find("$.e", in: text) { $0?.isString("") } == true)
    #expect(try find("$.e", in: text) { $0?.isString("x") } == false)
    #expect(try find("$.i", in: text) { $0?.isString("5") } == false)
    #expect(try find("$.t", in: text) { $0?.asBool } == true)
    #expect(try find("$.i", in: text) { $0?.asBool } == nil)
    #expect(try find("$.z", in: text) { $0?.isNull } == true)
    #expect(try find("$.t", in: text) { $0?.isNull } == false)
    #expect(try find("$.l.length()", in: text) { $0?.asInt64 } == 2)
    #expect(try find("$.l.length()", in: text) { $0?.asDouble } == 2)
    #expect(try find("$.l.length()", in: text) { $0?.text == nil && $0?.isString == false } == true)
    #expect(try find("$.l", in: text) { $0?.value } == [1, 2])
  }
}
