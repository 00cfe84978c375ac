/// The recursive descent behind `JSONReader`: values, arrays and objects. Tokens are in the extensions.
struct SourceParser {
  /// Reading cannot go on; the reason is in the diagnostics.
  struct Stop: Error {}

  let source: SourceText
  let bytes: [UInt8]
  let dialect: JSONReader.Dialect
  var position = 0
  private(set) var diagnostics: [Diagnostic] = []

  init(source: SourceText, dialect: JSONReader.Dialect) {
    self.source = source
    self.dialect = dialect
    bytes = source.bytes
  }

  mutating func document() -> JSONNode? {
    do throws(Stop) {
      if let offset = firstInvalidUTF8(bytes.span) {
        throw stop(
          "this byte (\(hexadecimal(UInt32(bytes[offset]), digits: 2))) is not UTF-8", at: offset, offset + 1,
          hint: "save the file as UTF-8")
      }
      if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
      try skipSpace()
      guard position < bytes.count else {
        throw stop("expected a value, but there is nothing in this text", at: position, position)
      }
      let root = try value(after: .start, depth: 0)
      try skipSpace()
      guard position == bytes.count else {
        throw stop("expected the end of the text after the value, not \(found())", at: position, foundEnd())
      }
      return root
    } catch {
      return nil
    }
  }

  // MARK: Reporting

  /// Reports an error after which reading goes on.
  mutating func report(_ message: String, at start: Int, _ end: Int, hint: String? = nil) throws(Stop) {
    diagnostics.append(Diagnostic(.error, message, at: SourceRange(start, end), hint: hint))
    if diagnostics.count >= JSONReader.mostErrors { throw Stop() }
  }

  /// Reports an error that ends the reading.
  mutating func stop(_ message: String, at start: Int, _ end: Int, hint: String? = nil) -> Stop {
    diagnostics.append(Diagnostic(.error, message, at: SourceRange(start, end), hint: hint))
    return Stop()
  }

  mutating func warn(_ message: String, at start: Int, _ end: Int, hint: String? = nil) {
    diagnostics.append(Diagnostic(.warning, message, at: SourceRange(start, end), hint: hint))
  }

  // MARK: Values

  /// Where a value is looked for, for the message where there is none.
  enum Place {
    case start
    case element(openedAt: Int)
    case member(openedAt: Int)
  }

  /// - Parameter depth: the number of arrays and objects around the value.
  mutating func value(after place: Place, depth: Int) throws(Stop) -> JSONNode {
    let start = position
    guard start < bytes.count else {
      switch place {
      case .start: throw stop("expected a value", at: start, start)
      case .element(let opening): throw neverClosed(opening)
      case .member(let opening): throw neverClosed(opening)
      }
    }
    switch bytes[start] {
    case UInt8(ascii: "{"): return try object(depth: depth + 1)
    case UInt8(ascii: "["): return try array(depth: depth + 1)
    case UInt8(ascii: "\""), UInt8(ascii: "'"):
      let text = try string()
      return JSONNode(.string(text), range: SourceRange(start, position))
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."):
      let number = try number()
      return JSONNode(number, range: SourceRange(start, position), number: spelled(number, from: start))
    case UInt8(ascii: ","), UInt8(ascii: "]"), UInt8(ascii: "}"), UInt8(ascii: ":"):
      throw missingValue(place)
    default:
      let word = try word()
      return JSONNode(word, range: SourceRange(start, position))
    }
  }

  private mutating func missingValue(_ place: Place) -> Stop {
    let isComma = bytes[position] == UInt8(ascii: ",")
    switch place {
    case .member:
      return stop("expected a value after ':', not \(found())", at: position, foundEnd())
    case .element where isComma:
      return stop(
        "expected a value before this ','", at: position, position + 1,
        hint: "lists have no holes: take out the comma, or write null")
    case .start, .element:
      return stop("expected a value, not \(found())", at: position, foundEnd())
    }
  }

  private mutating func array(depth: Int) throws(Stop) -> JSONNode {
    let opening = position
    try checkDepth(depth)
    position += 1
    var elements: [JSONNode] = []
    while true {
      try skipSpace()
      if peek() == UInt8(ascii: "]"), elements.isEmpty || dialect == .json5 { break }
      elements.append(try value(after: .element(openedAt: opening), depth: depth))
      let end = position
      try skipSpace()
      if peek() == UInt8(ascii: ",") {
        position += 1
        try refuseTrailingComma(before: UInt8(ascii: "]"))
      } else if peek() == UInt8(ascii: "]") {
        break
      } else {
        try missingComma("expected ',' or ']' after this element", after: end, in: opening)
      }
    }
    position += 1
    return JSONNode(.array(elements), range: SourceRange(opening, position))
  }

  private mutating func object(depth: Int) throws(Stop) -> JSONNode {
    let opening = position
    try checkDepth(depth)
    position += 1
    var members: [JSONMember] = []
    var keys = KeysSeen()
    while true {
      try skipSpace()
      if peek() == UInt8(ascii: "}"), members.isEmpty || dialect == .json5 { break }
      let start = position
      let key = try key(openedAt: opening)
      let keyRange = SourceRange(start, position)
      if let first = keys.insert(key, at: members.count, of: members) {
        let earlier = source.location(at: members[first].keyRange.start)
        try report(
          "the key '\(key)' is given twice", at: start, position,
          hint: "the first one is at line \(earlier.line), column \(earlier.column); remove or rename one")
      }
      try skipSpace()
      guard peek() == UInt8(ascii: ":") else { throw missingColon(key: keyRange, openedAt: opening) }
      position += 1
      try skipSpace()
      let value = try value(after: .member(openedAt: opening), depth: depth)
      members.append(JSONMember(key: key, keyRange: keyRange, value: value))
      let end = position
      try skipSpace()
      if peek() == UInt8(ascii: ",") {
        position += 1
        try refuseTrailingComma(before: UInt8(ascii: "}"))
      } else if peek() == UInt8(ascii: "}") {
        break
      } else {
        try missingComma("expected ',' or '}' after this member", after: end, in: opening)
      }
    }
    position += 1
    return JSONNode(.object(members), range: SourceRange(opening, position))
  }

  private mutating func checkDepth(_ depth: Int) throws(Stop) {
    guard depth > JSONLimits.depth else { return }
    throw stop("nested deeper than \(JSONLimits.depth) levels", at: position, position + 1)
  }
}

/// Finds repeated keys: by looking through the members while they are few, by a table when they are many.
private struct KeysSeen {
  private var table: [[UInt8]: Int] = [:]

  /// Notes the key of the member to come; gives the index of the first member that has it already.
  mutating func insert(_ key: String, at index: Int, of members: [JSONMember]) -> Int? {
    if index < 16 { return members.firstIndex { $0.key.utf8.elementsEqual(key.utf8) } }
    if table.isEmpty {
      for (earlier, member) in members.enumerated() where table[Array(member.key.utf8)] == nil {
        table[Array(member.key.utf8)] = earlier
      }
    }
    if let first = table[Array(key.utf8)] { return first }
    table[Array(key.utf8)] = index
    return nil
  }
}
