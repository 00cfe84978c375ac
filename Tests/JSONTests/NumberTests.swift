import Testing

@testable import JSON

@Suite struct NumberTests {
  /// Literals that naive conversion gets wrong, with the bits of the nearest double (ties to even), from the literature:
  /// Clinger 1990, Paxson 1991, and published defects of PHP, Java and V8.
  static let hard: [(String, UInt64)] = [
    ("1e23", 0x44B5_2D02_C7E1_4AF6),
    ("9007199254740993.0", 0x4340_0000_0000_0000),
    ("9007199254740992.99999999999999999999", 0x4340_0000_0000_0000),
    ("9007199254740993.00000000000000000001", 0x4340_0000_0000_0001),
    ("2.2250738585072011e-308", 0x000F_FFFF_FFFF_FFFF),
    ("2.2250738585072012e-308", 0x0010_0000_0000_0000),
    ("2.2250738585072014e-308", 0x0010_0000_0000_0000),
    ("1.7976931348623157e308", 0x7FEF_FFFF_FFFF_FFFF),
    ("1.7976931348623158e308", 0x7FEF_FFFF_FFFF_FFFF),
    ("4.9406564584124654e-324", 0x0000_0000_0000_0001),
    ("2.4703282292062328e-324", 0x0000_0000_0000_0001),
    ("2.4703282292062327e-324", 0x0000_0000_0000_0000),
    ("6.631236846766476e-316", 0x0000_0000_07FF_FFFF + 1),
    ("0.1", 0x3FB9_9999_9999_999A),
    ("0.3", 0x3FD3_3333_3333_3333),
    ("1e22", 0x4480_F0CF_064D_D592),
    ("1e-22", 0x3B5E_3920_1017_5EE6),
    ("123456789012345678901234567890e-10", 0x43E5_6A95_319D_63E1),
    ("1" + String(repeating: "0", count: 400) + "e-400", 0x3FF0_0000_0000_0000),
    ("0." + String(repeating: "0", count: 400) + "1e401", 0x3FF0_0000_0000_0000),
    ("0." + String(repeating: "0", count: 99_990) + "1e99991", 0x3FF0_0000_0000_0000),
    ("0." + String(repeating: "0", count: 10_000) + "1e1000000", 0x7FF0_0000_0000_0000),
  ]

  @Test("hard literals become the nearest double", arguments: hard)
  func hardLiterals(_ literal: String, _ bits: UInt64) throws {
    guard Double(bitPattern: bits).isFinite else {
      #expect(throws: JSONSyntaxError(.numberOutOfRange, at: 0)) { try JSONValue(parsing: literal) }
      return
    }
    #expect(try JSONValue(parsing: literal).double?.bitPattern == bits)
    #expect(try JSONValue(parsing: "-" + literal).double?.bitPattern == bits | 1 << 63)
    #expect(read(literal).value?.double?.bitPattern == bits)
  }

  @Test("ten thousand random literals of up to 25 digits agree with the standard library's conversion")
  func randomLiterals() throws {
    var random = SplitMix(state: 7)
    for _ in 0..<10_000 {
      var literal = String(
        (0..<Int.random(in: 1...25, using: &random)).map { _ in "0123456789".randomElement(using: &random)! })
      literal = "\(Int.random(in: 1...9, using: &random))" + literal
      let point = Int.random(in: 1...literal.count, using: &random)
      if point < literal.count { literal.insert(".", at: literal.index(literal.startIndex, offsetBy: point)) }
      literal += "e\(Int.random(in: -330...280, using: &random))"
      let expected = try #require(Double(literal))
      #expect(try JSONValue(parsing: literal).double?.bitPattern == expected.bitPattern, "\(literal)")
      #expect(read(literal).value?.double?.bitPattern == expected.bitPattern, "\(literal)")
    }
  }

  @Test("every double is written in the shortest form that reads back to its bits")
  func doublesRoundTrip() throws {
    var random = SplitMix(state: 11)
    var values: [Double] = [
      0.0, -0.0, 1, -1, 0.1, 1e21, 1e-7, 123456789.125, .greatestFiniteMagnitude, .leastNonzeroMagnitude,
    ]
    for _ in 0..<10_000 { values.append(Double(bitPattern: random.next())) }
    for value in values where value.isFinite {
      let text = JSONValue.number(value).text()
      let again = try JSONValue(parsing: text)
      #expect(areIdentical(again, .number(value)), "\(text)")
      #expect(areIdentical(read(text).value, .number(value)), "\(text)")
      #expect(text.utf8.count <= 24)
    }
  }

  @Test("every Int64 round-trips exactly, and what does not fit becomes a double")
  func integersRoundTrip() throws {
    var random = SplitMix(state: 13)
    var values: [Int64] = [0, 1, -1, .max, .min, .max - 1, .min + 1, 1 << 53, (1 << 53) + 1]
    for shift in 0..<64 { values.append(Int64(bitPattern: random.next()) >> Int64(shift)) }
    for value in values {
      #expect(try JSONValue(parsing: JSONValue.integer(value).text()) == .integer(value))
      #expect(read(String(value)).value == .integer(value))
      let magnitude = String(value.magnitude, radix: 16)
      #expect(read((value < 0 ? "-0x" : "0x") + magnitude).value == .integer(value))
    }
  }

  @Test(
    "a number answers as an integer only where it is one exactly",
    arguments: [
      ("5", 5), ("5.0", 5), ("5e2", 500), ("-0", 0), ("5.5", nil), ("1e300", nil), ("9223372036854775808", nil),
      ("9223372036854775807", Int64.max),
    ] as [(String, Int64?)])
  func asInteger(_ literal: String, _ integer: Int64?) throws {
    #expect(try JSONValue(parsing: literal).integer == integer)
  }
}
