import Testing

@testable import JSON

@Suite struct JSONNumberTests {
  @Test(
    "spellings of one number are equal",
    arguments: [
      ["1", "1.0", "1e0", "10e-1", "0.1E+1", "100e-2", "0.001e3", "1.000"],
      ["0", "-0", "0.0", "-0.00e5", "0e999999999999999999999"],
      ["19.90", "19.9", "1990e-2", "0.1990e2"],
      ["9007199254740993", "9007199254740993.0", "9.007199254740993e15"],
      ["18446744073709551615", "1844674407370955161.5e1"],
      ["0.1000000000000000055", "1.000000000000000055e-1"],
      ["1e400", "10e399", "0.1e401"],
      ["-12.5", "-125e-1"],
    ])
  func equal(_ spellings: [String]) throws {
    let numbers = try spellings.map { try #require(JSONNumber($0)) }
    for first in numbers {
      for second in numbers {
        #expect(first == second, "\(first.spelling) \(second.spelling)")
        #expect(first.hashValue == second.hashValue)
      }
    }
  }

  @Test(
    "numbers that a double cannot tell apart are in order",
    arguments: [
      ("9007199254740992", "9007199254740993"), ("18446744073709551614", "18446744073709551615"),
      ("0.1", "0.1000000000000000055"), ("1e399", "1e400"), ("-1e400", "1e-400"), ("-1e400", "-1e399"), ("0", "1e-400"),
      ("-1e-400", "0"), ("-2", "-1"), ("9", "10"), ("99e-1", "10"), ("1e-2", "0.1"), ("1.25", "1.3"), ("1", "1.5"),
      ("-1.5", "-1"), ("1e9", "1e999999999999999999999999"), ("1e-999999999999999999999999", "1e-9"),
    ])
  func order(_ less: String, _ more: String) throws {
    let (less, more) = (try #require(JSONNumber(less)), try #require(JSONNumber(more)))
    #expect(less < more)
    #expect(!(more < less))
    #expect(less != more)
    #expect(JSONNumber.order(more, less) == 1)
  }

  @Test(
    "what JSON does not spell so is not a number",
    arguments: [
      "", "-", "007", "00", "-01", "+1", ".5", "5.", "-.5", "0x10", "1_000", "NaN", "Infinity", "inf", " 1", "1 ", "1e",
      "1e+", "e1", "1.e5", "1,5", "１", "1.2.3", "--1", "1\0", "null",
    ])
  func refused(_ text: String) { #expect(JSONNumber(text) == nil) }

  @Test(
    "a number is an integer if it is one exactly",
    arguments: [
      ("5", 5), ("5.0", 5), ("5e0", 5), ("50e-1", 5), ("1e18", 1_000_000_000_000_000_000), ("1e19", nil), ("0.5", nil),
      ("-0", 0), ("9223372036854775807", .max), ("9223372036854775808", nil), ("-9223372036854775808", .min),
      ("-9223372036854775809", nil), ("9007199254740993.0", 9_007_199_254_740_993), ("15e-1", nil),
      ("1e-999999999999", nil),
      ("99999999999999999999", nil),
    ] as [(String, Int64?)])
  func integer(_ text: String, _ value: Int64?) throws { #expect(try #require(JSONNumber(text)).integer == value) }

  @Test("a long number costs no more than its text")
  func long() throws {
    let digits = String(repeating: "9", count: 1_000_000)
    let number = try #require(JSONNumber(digits + "e-999999"))
    #expect(number == number)
    #expect(try number < #require(JSONNumber("10")))
    #expect(try number > #require(JSONNumber("9.99999")))
  }

  @Test("random pairs are in the order of an independent reckoning")
  func agreesWithReckoning() throws {
    var random = SplitMix(state: 20_260_228)
    var equal = 0
    for _ in 0..<60_000 {
      let first = RandomNumber(&random)
      let second = Bool.random(using: &random) ? first.respelled(&random) : RandomNumber(&random)
      let (left, right) = (try #require(JSONNumber(first.text)), try #require(JSONNumber(second.text)))
      let expected = Reckoning.order(first, second)
      #expect(JSONNumber.order(left, right) == expected, "\(first.text) and \(second.text)")
      #expect((left == right) == (expected == 0))
      if expected == 0 {
        equal += 1
        #expect(left.hashValue == right.hashValue)
      }
    }
    #expect(equal > 10_000)
  }

  @Test("a number in a document keeps its spelling from reading to writing")
  func keeps() throws {
    var random = SplitMix(state: 7)
    for _ in 0..<5_000 {
      let text = RandomNumber(&random).text
      let value = try JSONValue(parsing: "[\(text)]", keepingNumbers: true)
      #expect(value.text() == "[\(text)]")
      let found = try Array("{\"a\":\(text)}".utf8).withUnsafeBytes {
        JSONScanner.find(try JSONPath("$.a"), in: $0)?.value.text()
      }
      #expect(found == text)
    }
  }
}

/// A number of up to 40 digits: `digits × 10^exponent`, and one of the many ways to spell it.
private struct RandomNumber {
  var isNegative: Bool
  /// From the first on; may begin and end with zeros.
  var digits: [Int]
  var exponent: Int
  var text: String

  init(_ random: inout SplitMix) {
    let isSmall = Int.random(in: 0..<4, using: &random) == 0
    let count = Int.random(in: 1...(isSmall ? 2 : 40), using: &random)
    self.init(
      isNegative: Bool.random(using: &random),
      digits: (0..<count).map { _ in Int.random(in: 0...9, using: &random) },
      exponent: Int.random(in: isSmall ? -2...2 : -60...60, using: &random), &random)
  }

  private init(isNegative: Bool, digits: [Int], exponent: Int, _ random: inout SplitMix) {
    (self.isNegative, self.digits, self.exponent) = (isNegative, digits, exponent)
    // The point goes after some digit, and the exponent makes up for it.
    let padded = digits + Array(repeating: 0, count: Int.random(in: 0...3, using: &random))
    let point = Int.random(in: 1...padded.count, using: &random)
    var whole = padded[..<point].map(String.init).joined()
    while whole.count > 1, whole.hasPrefix("0") { whole.removeFirst() }
    let fraction = padded[point...].map(String.init).joined()
    let shift = exponent + digits.count - point
    text = (isNegative ? "-" : "") + whole + (fraction.isEmpty ? "" : "." + fraction)
    if shift != 0 || Bool.random(using: &random) {
      let sign = shift < 0 ? "-" : Bool.random(using: &random) ? "+" : ""
      let zeros = String(repeating: "0", count: Int.random(in: 0...2, using: &random))
      text += (Bool.random(using: &random) ? "e" : "E") + sign + zeros + String(shift.magnitude)
    }
  }

  func respelled(_ random: inout SplitMix) -> RandomNumber {
    let zeros = Int.random(in: 0...3, using: &random)
    return RandomNumber(
      isNegative: isNegative, digits: digits + Array(repeating: 0, count: zeros), exponent: exponent - zeros, &random)
  }
}

/// Arithmetic on digits by the school's method: both numbers written out to the same power of ten, compared digit by digit.
private enum Reckoning {
  static func order(_ left: RandomNumber, _ right: RandomNumber) -> Int {
    let least = min(left.exponent, right.exponent)
    let mine = signed(left, least)
    let other = signed(right, least)
    if mine.sign != other.sign { return mine.sign < other.sign ? -1 : 1 }
    let length = max(mine.digits.count, other.digits.count)
    func padded(_ digits: [Int]) -> [Int] { Array(repeating: 0, count: length - digits.count) + digits }
    for (first, second) in zip(padded(mine.digits), padded(other.digits)) where first != second {
      return (first < second ? -1 : 1) * mine.sign
    }
    return 0
  }

  private static func signed(_ number: RandomNumber, _ least: Int) -> (sign: Int, digits: [Int]) {
    let digits = number.digits + Array(repeating: 0, count: number.exponent - least)
    let isZero = digits.allSatisfy { $0 == 0 }
    return (isZero ? 0 : number.isNegative ? -1 : 1, digits)
  }
}
