extension JSONValue {
  /// Parses one JSON text, strictly after RFC 8259.
  ///
  /// Integers that fit `Int64` stay exact, other numbers become the nearest double (`-0` too, which keeps its sign);
  /// a number beyond the doubles is refused. If `keepingNumbers`, they stay as they are written, whatever their size. Repeated keys are all kept; a look-up finds the last. A byte order mark at the
  /// start is passed over. Lone surrogates and bytes that are not UTF-8 are refused.
  ///
  /// - Throws: `JSONSyntaxError` with the offset of what is wrong.
  /// - Complexity: O(n); no memory but that of the value.
  package init(parsing bytes: UnsafeRawBufferPointer, keepingNumbers: Bool = false) throws(JSONSyntaxError) {
    guard !bytes.isEmpty else { throw JSONSyntaxError(.endOfText, at: 0) }
    var parser = StrictParser(cursor: StrictCursor(bytes), keepsNumbers: keepingNumbers)
    self = try parser.value(depth: 0)
    try parser.cursor.expectEnd()
  }

  package init(parsing bytes: [UInt8], keepingNumbers: Bool = false) throws(JSONSyntaxError) {
    self = try bytes.span.withUnsafeBytes { (buffer) throws(JSONSyntaxError) in
      try JSONValue(parsing: buffer, keepingNumbers: keepingNumbers)
    }
  }

  package init(parsing text: String, keepingNumbers: Bool = false) throws(JSONSyntaxError) {
    self = try text.utf8.span.withUnsafeBytes { (buffer) throws(JSONSyntaxError) in
      try JSONValue(parsing: buffer, keepingNumbers: keepingNumbers)
    }
  }
}

/// Builds values from tokens.
private struct StrictParser {
  var cursor: StrictCursor
  let keepsNumbers: Bool

  /// - Parameter depth: the number of arrays and objects around the value.
  mutating func value(depth: Int) throws(JSONSyntaxError) -> JSONValue {
    switch try cursor.nextByte() {
    case UInt8(ascii: "\""):
      return .string(cursor.string(try cursor.readString()))
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
      let number = try cursor.readNumber()
      return keepsNumbers ? cursor.exactValue(of: number) : try cursor.value(of: number)
    case UInt8(ascii: "{"):
      return .object(try fields(depth: depth + 1))
    case UInt8(ascii: "["):
      return .array(try elements(depth: depth + 1))
    case UInt8(ascii: "t"):
      try cursor.expect("true")
      return .bool(true)
    case UInt8(ascii: "f"):
      try cursor.expect("false")
      return .bool(false)
    case UInt8(ascii: "n"):
      try cursor.expect("null")
      return .null
    default:
      throw JSONSyntaxError(.valueExpected, at: cursor.position)
    }
  }

  private mutating func elements(depth: Int) throws(JSONSyntaxError) -> [JSONValue] {
    guard depth <= JSONLimits.depth else { throw JSONSyntaxError(.tooDeep, at: cursor.position) }
    cursor.position += 1
    var elements: [JSONValue] = []
    if try cursor.nextByte() == UInt8(ascii: "]") {
      cursor.position += 1
      return elements
    }
    while true {
      elements.append(try value(depth: depth))
      switch try cursor.nextByte() {
      case UInt8(ascii: ","): cursor.position += 1
      case UInt8(ascii: "]"):
        cursor.position += 1
        return elements
      default: throw JSONSyntaxError(.commaOrBracketExpected, at: cursor.position)
      }
    }
  }

  private mutating func fields(depth: Int) throws(JSONSyntaxError) -> [JSONField] {
    guard depth <= JSONLimits.depth else { throw JSONSyntaxError(.tooDeep, at: cursor.position) }
    cursor.position += 1
    var fields: [JSONField] = []
    if try cursor.nextByte() == UInt8(ascii: "}") {
      cursor.position += 1
      return fields
    }
    // Room for eight members at once: growing from one took a third of the time (150-byte object: 290 ns, so 220 ns).
    fields.reserveCapacity(8)
    while true {
      guard try cursor.nextByte() == UInt8(ascii: "\"") else {
        throw JSONSyntaxError(.keyExpected, at: cursor.position)
      }
      let key = cursor.string(try cursor.readString())
      guard try cursor.nextByte() == UInt8(ascii: ":") else {
        throw JSONSyntaxError(.colonExpected, at: cursor.position)
      }
      cursor.position += 1
      fields.append(JSONField(key, try value(depth: depth)))
      switch try cursor.nextByte() {
      case UInt8(ascii: ","): cursor.position += 1
      case UInt8(ascii: "}"):
        cursor.position += 1
        return fields
      default: throw JSONSyntaxError(.commaOrBraceExpected, at: cursor.position)
      }
    }
  }
}
