/// Reads the notation of `JSONPath`.
struct JSONPathCompiler {
  let bytes: [UInt8]
  private var position = 0

  init(bytes: [UInt8]) {
    self.bytes = bytes
  }

  mutating func segments() throws(JSONPathError) -> [JSONPath.Segment] {
    guard peek() == UInt8(ascii: "$") else {
      throw JSONPathError("a path starts with '$'", at: 0, hint: "write '$.name' for the member 'name'")
    }
    position = 1
    var segments: [JSONPath.Segment] = []
    while let byte = peek() {
      if segments.last == .length { throw JSONPathError("'.length()' ends a path", at: position) }
      switch byte {
      case UInt8(ascii: "."): segments.append(try afterPoint())
      case UInt8(ascii: "["): segments.append(try inBrackets())
      default: throw JSONPathError("expected '.' or '[' here, not \(quoted())", at: position)
      }
    }
    return segments
  }

  private func peek(_ distance: Int = 0) -> UInt8? {
    position + distance < bytes.count ? bytes[position + distance] : nil
  }

  /// The character at the position, for a message.
  private func quoted() -> String {
    guard position < bytes.count else { return "the end" }
    return "'\(String(decoding: bytes[position...], as: UTF8.self).prefix(1))'"
  }
}

// MARK: - .name

extension JSONPathCompiler {
  private mutating func afterPoint() throws(JSONPathError) -> JSONPath.Segment {
    position += 1
    guard let first = peek() else { throw JSONPathError("the path ends after '.'", at: position) }
    switch first {
    case UInt8(ascii: "*"):
      position += 1
      return .wildcard
    case UInt8(ascii: "."):
      throw JSONPathError("'..' (search at every depth) is not supported", at: position - 1, hint: "name each step")
    case UInt8(ascii: "["):
      throw JSONPathError("no '.' before '['", at: position - 1)
    default: break
    }
    let start = position
    while let byte = peek(), Self.isNameByte(byte) { position += 1 }
    let name = String(decoding: bytes[start..<position], as: UTF8.self)
    guard !name.isEmpty else { throw JSONPathError("expected a name after '.', not \(quoted())", at: position) }
    if UInt8(ascii: "0")...UInt8(ascii: "9") ~= first {
      throw JSONPathError(
        "a name after '.' does not begin with a digit", at: start,
        hint: "write [\(name)] for an element, ['\(name)'] for a member")
    }
    if first == UInt8(ascii: "-") {
      throw JSONPathError("a name after '.' does not begin with '-'", at: start, hint: "write ['\(name)']")
    }
    if peek() == UInt8(ascii: "(") {
      guard name == "length", peek(1) == UInt8(ascii: ")") else {
        throw JSONPathError("the one function of a path is 'length()'", at: start)
      }
      position += 2
      return .length
    }
    return .member(name)
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "$"), 0x80...:
      true
    default: false
    }
  }
}

// MARK: - [ ]

extension JSONPathCompiler {
  private mutating func inBrackets() throws(JSONPathError) -> JSONPath.Segment {
    let bracket = position
    position += 1
    let segment: JSONPath.Segment
    switch peek() {
    case nil: throw JSONPathError("this '[' is never closed", at: bracket)
    case UInt8(ascii: "*"):
      position += 1
      segment = .wildcard
    case UInt8(ascii: "'"), UInt8(ascii: "\""):
      segment = .member(try quotedName())
    case .some(UInt8(ascii: "-")), .some(UInt8(ascii: "0")...UInt8(ascii: "9")):
      segment = .index(try index())
    case UInt8(ascii: "?"):
      throw JSONPathError("filters are not supported", at: position)
    default:
      throw JSONPathError(
        "expected an index, a name in quotes or '*' after '[', not \(quoted())", at: position,
        hint: "a name in brackets needs quotes: ['name']")
    }
    switch peek() {
    case UInt8(ascii: "]"): position += 1
    case nil: throw JSONPathError("this '[' is never closed", at: bracket)
    case UInt8(ascii: ":"): throw JSONPathError("slices are not supported", at: position)
    case UInt8(ascii: ","): throw JSONPathError("lists of indices or names are not supported", at: position)
    default: throw JSONPathError("expected ']' here, not \(quoted())", at: position)
    }
    return segment
  }

  private mutating func index() throws(JSONPathError) -> Int {
    let start = position
    let isNegative = peek() == UInt8(ascii: "-")
    if isNegative { position += 1 }
    let digits = position
    var value = 0
    while let byte = peek(), UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte {
      // 2⁵³ − 1, the greatest index of RFC 9535, has 16 digits.
      guard position - digits < 16 else { throw JSONPathError("this index is too large", at: start) }
      value = value * 10 + Int(byte - UInt8(ascii: "0"))
      position += 1
    }
    guard position > digits else { throw JSONPathError("expected digits after '-'", at: position) }
    if bytes[digits] == UInt8(ascii: "0"), isNegative || position - digits > 1 {
      throw JSONPathError(
        isNegative ? "an index from the end begins at -1" : "an index has no leading zero", at: start)
    }
    return isNegative ? -value : value
  }

  private mutating func quotedName() throws(JSONPathError) -> String {
    let start = position
    let quote = bytes[position]
    position += 1
    var name: [UInt8] = []
    while let byte = peek() {
      position += 1
      if byte == quote { return String(decoding: name, as: UTF8.self) }
      guard byte == UInt8(ascii: "\\") else {
        name.append(byte)
        continue
      }
      try appendEscape(to: &name)
    }
    throw JSONPathError("this quote is never closed", at: start)
  }

  /// Reads the rest of an escape, whose backslash has been read.
  private mutating func appendEscape(to name: inout [UInt8]) throws(JSONPathError) {
    let escape = position - 1
    guard let byte = peek() else { throw JSONPathError("the path ends inside an escape", at: escape) }
    position += 1
    switch byte {
    case UInt8(ascii: "b"): name.append(0x08)
    case UInt8(ascii: "f"): name.append(0x0C)
    case UInt8(ascii: "n"): name.append(0x0A)
    case UInt8(ascii: "r"): name.append(0x0D)
    case UInt8(ascii: "t"): name.append(0x09)
    case UInt8(ascii: "'"), UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): name.append(byte)
    case UInt8(ascii: "u"):
      var value = try codeUnit(of: escape)
      if value & 0xFC00 == 0xD800, peek() == UInt8(ascii: "\\"), peek(1) == UInt8(ascii: "u") {
        position += 2
        let low = try codeUnit(of: escape)
        value = low & 0xFC00 == 0xDC00 ? 0x10000 + (value & 0x3FF) << 10 + low & 0x3FF : value
      }
      guard let scalar = Unicode.Scalar(value) else {
        throw JSONPathError("this escape is half of a surrogate pair", at: escape)
      }
      name.append(contentsOf: UTF8.encode(scalar)!)
    default:
      throw JSONPathError("an unknown escape", at: escape, hint: "a backslash itself is written \\\\")
    }
  }

  private mutating func codeUnit(of escape: Int) throws(JSONPathError) -> UInt32 {
    var unit: UInt32 = 0
    for _ in 0..<4 {
      guard let digit = peek().flatMap(hexadecimalValue) else {
        throw JSONPathError("'\\u' needs four hexadecimal digits", at: escape)
      }
      unit = unit << 4 | UInt32(digit)
      position += 1
    }
    return unit
  }
}
