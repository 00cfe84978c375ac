@testable import JSON

/// Reads `text` and gives the value and what was said about it, one line each: "2:5 error message".
func read(
  _ text: [UInt8], dialect: JSONReader.Dialect
) -> (value: JSONValue?, diagnostics: [String]) {
  let source = SourceText(name: "test.json5", bytes: text)
  let (root, diagnostics) = JSONReader.read(source, dialect: dialect)
  let lines = diagnostics.map { diagnostic in
    let place = source.location(at: diagnostic.range.start)
    return "\(place.line):\(place.column) \(diagnostic.severity.rawValue) \(diagnostic.message)"
  }
  return (root?.plain, lines)
}

func read(_ text: String, dialect: JSONReader.Dialect = .json5) -> (value: JSONValue?, diagnostics: [String]) {
  read(Array(text.utf8), dialect: dialect)
}

/// Whether `dialect` takes `text` without an error, repeated keys aside, which JSON's grammar allows.
func accepts(_ text: [UInt8], dialect: JSONReader.Dialect) -> Bool {
  let (value, diagnostics) = read(text, dialect: dialect)
  return value != nil && diagnostics.allSatisfy { !$0.contains(" error ") || $0.hasSuffix("is given twice") }
}

/// Equality to the bit: NaN equals itself, 0 and -0 differ, 1 and 1.0 differ, strings differ where their code points do.
func areIdentical(_ first: JSONValue?, _ second: JSONValue?) -> Bool {
  switch (first, second) {
  case (nil, nil): true
  case (.number(let first), .number(let second)):
    first.bitPattern == second.bitPattern || first.isNaN && second.isNaN
  case (.string(let first), .string(let second)): first.utf8.elementsEqual(second.utf8)
  case (.array(let first), .array(let second)):
    first.count == second.count && zip(first, second).allSatisfy { areIdentical($0, $1) }
  case (.object(let first), .object(let second)):
    first.count == second.count
      && zip(first, second).allSatisfy { $0.key.utf8.elementsEqual($1.key.utf8) && areIdentical($0.value, $1.value) }
  default: first == second
  }
}

/// Text that may hold bytes that are not UTF-8.
struct Bytes: Sendable, CustomStringConvertible {
  var bytes: [UInt8]

  var description: String { String(decoding: bytes, as: UTF8.self) }

  static func + (left: Bytes, right: String) -> Bytes { Bytes(bytes: left.bytes + right.utf8) }
  static func + (left: String, right: Bytes) -> Bytes { Bytes(bytes: left.utf8 + right.bytes) }
}

extension Bytes: ExpressibleByStringLiteral, ExpressibleByArrayLiteral {
  init(stringLiteral value: String) { self.init(bytes: Array(value.utf8)) }
  init(arrayLiteral elements: UInt8...) { self.init(bytes: elements) }
}

/// SplitMix64 (Steele, Lea, Flood 2014): small, seeded, the same everywhere.
struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

/// Random values whose few keys meet often, so that paths find something.
struct RandomJSON {
  var random: SplitMix
  static let keys = ["a", "b", "c", "", "한글", "a\"b", "\u{E9}", "e\u{301}", "long key beyond fifteen bytes"]

  mutating func value(depth: Int = 0) -> JSONValue {
    switch Int.random(in: 0..<(depth < 5 ? 11 : 7), using: &random) {
    case 0: .null
    case 1: .bool(.random(using: &random))
    case 2: .integer(Int64.random(in: -100...100, using: &random))
    case 3: .integer(Int64(bitPattern: random.next()))
    case 4: .number(finite())
    case 5, 6: .string(text())
    case 7, 8: .array((0..<Int.random(in: 0...5, using: &random)).map { _ in value(depth: depth + 1) })
    default:
      .object(
        (0..<Int.random(in: 0...5, using: &random)).map { _ in
          JSONField(Self.keys.randomElement(using: &random)!, value(depth: depth + 1))
        })
    }
  }

  mutating func path() -> JSONPath {
    var segments: [JSONPath.Segment] = []
    for _ in 0..<Int.random(in: 0...5, using: &random) {
      switch Int.random(in: 0..<8, using: &random) {
      case 0...3: segments.append(.member(Self.keys.randomElement(using: &random)!))
      case 4, 5: segments.append(.index(Int.random(in: -4...4, using: &random)))
      default: segments.append(.wildcard)
      }
    }
    if Int.random(in: 0..<6, using: &random) == 0 { segments.append(.length) }
    return JSONPath(segments: segments, description: "random")
  }

  private mutating func finite() -> Double {
    let value = Double(bitPattern: random.next())
    return value.isFinite ? value : 0.5
  }

  private mutating func text() -> String {
    let pieces = [
      "x", "plain ascii text", "\"", "\\", "\n", "\u{1}", "é", "한", "😀", "\u{7F}", "/", "\u{2028}", "\u{0}",
    ]
    return (0..<Int.random(in: 0...6, using: &random)).map { _ in pieces.randomElement(using: &random)! }.joined()
  }
}
