import Testing

@testable import JSON

@Suite struct JSONWriterTests {
  @Test("values are written on one line, in order, without space")
  func compact() {
    let value: JSONValue = ["b": [1, -2.5, true, .null, "x"], "a": [:], "c": [], "b2": ["": "\u{1F600}"]]
    #expect(value.text() == #"{"b":[1,-2.5,true,null,"x"],"a":{},"c":[],"b2":{"":"😀"}}"#)
  }

  @Test("pretty values take a line for each element and member, indented by two spaces a level")
  func pretty() {
    let value: JSONValue = ["b": [1, [], ["x": [:]]], "a": "y"]
    #expect(
      value.text(pretty: true) == """
        {
          "b": [
            1,
            [],
            {
              "x": {}
            }
          ],
          "a": "y"
        }
        """)
  }

  @Test("what must be escaped is, and nothing else")
  func escapes() throws {
    for value in UInt32(0)...0x2100 {
      guard let scalar = Unicode.Scalar(value) else { continue }
      let written = JSONValue.string(String(scalar)).text()
      let isEscaped = written.contains("\\")
      #expect(isEscaped == (value < 0x20 || value == 0x22 || value == 0x5C))
      #expect(try JSONValue(parsing: written) == .string(String(scalar)))
    }
    #expect(
      JSONValue.string("a\"b\\c/\u{8}\u{9}\u{A}\u{C}\u{D}\u{0}\u{1F}").text() == #""a\"b\\c/\b\t\n\f\r\u0000\u001f""#)
  }

  @Test("infinities and NaN are written as null", arguments: [Double.infinity, -.infinity, .nan])
  func nonFinite(_ value: Double) {
    #expect(JSONValue.array([.number(value)]).text() == "[null]")
  }

  @Test("writing appends to what is there")
  func appends() {
    var output = Array("data: ".utf8)
    JSONValue.integer(7).write(into: &output)
    JSONWriter.writeString("é", into: &output)
    #expect(String(decoding: output, as: UTF8.self) == "data: 7\"é\"")
  }

  @Test("random values come back the same from both readers, compact and pretty")
  func roundTrips() throws {
    var random = RandomJSON(random: SplitMix(state: 17))
    for _ in 0..<2_000 {
      let value = random.value()
      for pretty in [false, true] {
        let text = value.text(pretty: pretty)
        #expect(areIdentical(try JSONValue(parsing: text), value), "\(text)")
        #expect(areIdentical(read(text, dialect: .json).value, value), "\(text)")
      }
    }
  }
}
