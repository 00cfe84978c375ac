import JSON
import Scenario

/// How a variable's text is written where it stands.
enum Escaping: Sendable, Hashable {
  case none
  /// Inside a JSON string.
  case json
  /// A JSON value: the text itself where it spells a number, else a string.
  case jsonNumber
  /// A path segment: everything but unreserved characters is percent-encoded (RFC 3986, section 2.3).
  case path
  /// A query or form value; as `path`.
  case query
  /// A header's value: control characters are left out, so that no value can begin a new header.
  case header
}

/// A piece of a request or an expected value, ready to be written.
enum Fragment: Sendable, Hashable {
  case literal([UInt8])
  /// A captured value, by its slot in the user's variables.
  case slot(Int, Escaping)
  /// A column of the row that the iteration drew from a data source.
  case data(source: Int, column: Int, Escaping)
  case builtIn(Template.BuiltIn, Escaping)

  /// The variable's slot that it writes.
  var slot: Int? { if case .slot(let slot, _) = self { slot } else { nil } }

  /// Index of the data source that it draws from.
  var dataSource: Int? { if case .data(let source, _, _) = self { source } else { nil } }
}

/// Fragments in order, neighbouring literals joined.
struct FragmentList: Sendable, Hashable {
  private(set) var fragments: [Fragment] = []

  /// The bytes where nothing varies.
  var constant: [UInt8]? {
    switch fragments.count {
    case 0: []
    case 1: if case .literal(let bytes) = fragments[0] { bytes } else { nil }
    default: nil
    }
  }

  mutating func append(_ fragment: Fragment) {
    if case .literal(let more) = fragment {
      if more.isEmpty { return }
      if case .literal(var bytes) = fragments.last {
        // Taken out, so that they are added in place: a batch has millions of pieces.
        fragments.removeLast()
        bytes += more
        fragments.append(.literal(bytes))
        return
      }
    }
    fragments.append(fragment)
  }

  /// What stands before the filler of a body of exact size, and what stands after it.
  func splitAtPadding() -> (before: FragmentList, after: FragmentList) {
    var before = FragmentList()
    var after = FragmentList()
    var isAfter = false
    for fragment in fragments {
      if case .builtIn(.padding, _) = fragment {
        isAfter = true
      } else if isAfter {
        after.append(fragment)
      } else {
        before.append(fragment)
      }
    }
    return (before, after)
  }

  mutating func append(_ text: String) { append(.literal(Array(text.utf8))) }

  mutating func append(_ other: FragmentList) {
    for fragment in other.fragments { append(fragment) }
  }
}

extension Escaping {
  /// Appends `bytes`, written as this place needs.
  @inline(__always)
  func append<Bytes: Collection<UInt8>>(_ bytes: Bytes, to output: inout [UInt8]) {
    switch self {
    case .none: output.append(contentsOf: bytes)
    case .json: Self.appendJSON(bytes, to: &output)
    case .jsonNumber: Self.appendNumber(bytes, to: &output)
    case .path, .query: Self.appendPercentEncoded(bytes, to: &output)
    case .header: for byte in bytes where byte >= 0x20 && byte != 0x7f || byte == 0x09 { output.append(byte) }
    }
  }

  private static func appendJSON<Bytes: Collection<UInt8>>(_ bytes: Bytes, to output: inout [UInt8]) {
    if bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x22 && $0 != 0x5c }) {
      output.append(contentsOf: bytes)
      return
    }
    for byte in bytes {
      switch byte {
      case 0..<0x20, 0x22, 0x5c: JSONWriter.writeEscape(of: byte, into: &output)
      default: output.append(byte)
      }
    }
  }

  private static func appendNumber<Bytes: Collection<UInt8>>(_ bytes: Bytes, to output: inout [UInt8]) {
    if JSONNumber.isSpelled(Array(bytes)) { return output.append(contentsOf: bytes) }
    output.append(UInt8(ascii: "\""))
    appendJSON(bytes, to: &output)
    output.append(UInt8(ascii: "\""))
  }

  private static func appendPercentEncoded<Bytes: Collection<UInt8>>(_ bytes: Bytes, to output: inout [UInt8]) {
    for byte in bytes {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
        UInt8(ascii: "~"):
        output.append(byte)
      default:
        output.append(UInt8(ascii: "%"))
        output.append(hexDigit(byte >> 4))
        output.append(hexDigit(byte & 15))
      }
    }
  }

  private static func hexDigit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "A") + value - 10
  }
}

/// Appends a number in decimal, padded with zeros to `width`.
func appendDecimal(_ value: Int, width: Int = 0, to output: inout [UInt8]) {
  // All digits at once: appending them one by one takes twice as long.
  withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 21) { bytes in
    var rest = value.magnitude
    var start = bytes.count
    repeat {
      let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
      start -= 1
      bytes[start] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: digit)
      rest = quotient
    } while rest > 0
    var missing = width - (bytes.count - start)
    while missing > 0, start > 1 {
      start -= 1
      missing -= 1
      bytes[start] = UInt8(ascii: "0")
    }
    if value < 0 {
      if missing <= 0 {
        start -= 1
        bytes[start] = UInt8(ascii: "-")
      } else {
        output.append(UInt8(ascii: "-"))
      }
    }
    if missing > 0 { output.append(contentsOf: repeatElement(UInt8(ascii: "0"), count: missing)) }
    output.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[start...]))
  }
}
