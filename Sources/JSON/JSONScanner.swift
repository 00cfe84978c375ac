/// Finds one place in a JSON text in one pass over its bytes, without building values and without allocating.
///
/// The text is checked whole, by the rules of `JSONValue(parsing:keepingNumbers:)`, and the result is the same as that of
/// parsing it and asking `JSONPath.first(in:)`: of repeated keys the last counts. Only an index from the end reads its list twice.
package enum JSONScanner {
  /// The value at `path`, or `nil` where there is none or where `text` is not JSON.
  ///
  /// What is found points into `text` and must not outlive it.
  ///
  /// - Complexity: O(n), and O(list) once more for each negative index.
  package static func find(_ path: JSONPath, in text: UnsafeRawBufferPointer) -> Found? { try? search(path, in: text) }

  /// The value at `path`, or `nil` if the text, which is JSON, has none.
  ///
  /// - Throws: Why `text` is not JSON.
  package static func search(_ path: JSONPath, in text: UnsafeRawBufferPointer) throws(JSONSyntaxError) -> Found? {
    guard !text.isEmpty else { throw JSONSyntaxError(.endOfText, at: 0) }
    var scan = PathScan(cursor: StrictCursor(text), segments: path.segments)
    let match = try scan.find(0, depth: 0)
    try scan.cursor.expectEnd()
    switch match {
    case .none: return nil
    case .slice(let start, let end): return Found(content: .text(UnsafeRawBufferPointer(rebasing: text[start..<end])))
    case .count(let count): return Found(content: .count(count))
    }
  }
}

/// One pass of the scanner.
private struct PathScan {
  var cursor: StrictCursor
  let segments: [JSONPath.Segment]

  enum Match {
    case none
    case slice(start: Int, end: Int)
    case count(Int)
  }

  /// Reads the value at the position and finds in it what the segments from the one at `index` on lead to.
  mutating func find(_ index: Int, depth: Int) throws(JSONSyntaxError) -> Match {
    let first = try cursor.nextByte()
    guard index < segments.count else {
      let start = cursor.position
      _ = try skip(depth: depth)
      return .slice(start: start, end: cursor.position)
    }
    let isObject = first == UInt8(ascii: "{")
    let isArray = first == UInt8(ascii: "[")
    switch segments[index] {
    case .member(let name) where isObject:
      return try member(name.utf8.span, index, depth: depth + 1)
    case .index(let position) where isArray:
      return try element(position, index, depth: depth + 1)
    case .wildcard where isArray:
      return try anyElement(index, depth: depth + 1)
    case .wildcard where isObject:
      return try anyMember(index, depth: depth + 1)
    case .length where first == UInt8(ascii: "\""):
      return .count(cursor.codePoints(try cursor.readString()))
    case .length:
      return try skip(depth: depth).map { .count($0) } ?? .none
    default:
      _ = try skip(depth: depth)
      return .none
    }
  }

  private mutating func member(_ name: Span<UInt8>, _ index: Int, depth: Int) throws(JSONSyntaxError) -> Match {
    var match = Match.none
    var more = try open(UInt8(ascii: "}"), depth: depth)
    while more {
      let key = try self.key()
      if isKey(key, name) {
        match = try find(index + 1, depth: depth)
      } else {
        _ = try skip(depth: depth)
      }
      more = try goOn(UInt8(ascii: "}"))
    }
    return match
  }

  private mutating func anyMember(_ index: Int, depth: Int) throws(JSONSyntaxError) -> Match {
    var match = Match.none
    var more = try open(UInt8(ascii: "}"), depth: depth)
    while more {
      _ = try key()
      try findUnlessFound(&match, index + 1, depth: depth)
      more = try goOn(UInt8(ascii: "}"))
    }
    return match
  }

  private mutating func anyElement(_ index: Int, depth: Int) throws(JSONSyntaxError) -> Match {
    var match = Match.none
    var more = try open(UInt8(ascii: "]"), depth: depth)
    while more {
      try findUnlessFound(&match, index + 1, depth: depth)
      more = try goOn(UInt8(ascii: "]"))
    }
    return match
  }

  private mutating func element(_ wanted: Int, _ index: Int, depth: Int) throws(JSONSyntaxError) -> Match {
    var wanted = wanted
    if wanted < 0 {
      let start = cursor.position
      let count = try skip(depth: depth - 1) ?? 0
      wanted += count
      if wanted < 0 { return .none }
      cursor.position = start
    }
    var match = Match.none
    var position = 0
    var more = try open(UInt8(ascii: "]"), depth: depth)
    while more {
      if position == wanted {
        match = try find(index + 1, depth: depth)
      } else {
        _ = try skip(depth: depth)
      }
      position += 1
      more = try goOn(UInt8(ascii: "]"))
    }
    return match
  }

  private mutating func findUnlessFound(
    _ match: inout Match, _ index: Int, depth: Int
  ) throws(JSONSyntaxError) {
    if case .none = match {
      match = try find(index, depth: depth)
    } else {
      _ = try skip(depth: depth)
    }
  }
}

// MARK: - Skipping

extension PathScan {
  /// Reads and checks a value; gives the number of its elements or members, or `nil` for other values.
  private mutating func skip(depth: Int) throws(JSONSyntaxError) -> Int? {
    switch try cursor.nextByte() {
    case UInt8(ascii: "\""):
      _ = try cursor.readString()
    case UInt8(ascii: "{"):
      var count = 0
      var more = try open(UInt8(ascii: "}"), depth: depth + 1)
      while more {
        _ = try key()
        _ = try skip(depth: depth + 1)
        count += 1
        more = try goOn(UInt8(ascii: "}"))
      }
      return count
    case UInt8(ascii: "["):
      var count = 0
      var more = try open(UInt8(ascii: "]"), depth: depth + 1)
      while more {
        _ = try skip(depth: depth + 1)
        count += 1
        more = try goOn(UInt8(ascii: "]"))
      }
      return count
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
      _ = try cursor.readNumber()
    case UInt8(ascii: "t"): try cursor.expect("true")
    case UInt8(ascii: "f"): try cursor.expect("false")
    case UInt8(ascii: "n"): try cursor.expect("null")
    default: throw JSONSyntaxError(.valueExpected, at: cursor.position)
    }
    return nil
  }

  /// Reads an opening bracket; `false` where the closing one follows it, which is read too.
  private mutating func open(_ closing: UInt8, depth: Int) throws(JSONSyntaxError) -> Bool {
    guard depth <= JSONLimits.depth else { throw JSONSyntaxError(.tooDeep, at: cursor.position) }
    cursor.position += 1
    guard try cursor.nextByte() == closing else { return true }
    cursor.position += 1
    return false
  }

  /// Reads what follows a member or an element: `true` after a comma, `false` after the closing bracket.
  private mutating func goOn(_ closing: UInt8) throws(JSONSyntaxError) -> Bool {
    let byte = try cursor.nextByte()
    guard byte == UInt8(ascii: ",") || byte == closing else {
      throw JSONSyntaxError(
        closing == UInt8(ascii: "}") ? .commaOrBraceExpected : .commaOrBracketExpected, at: cursor.position)
    }
    cursor.position += 1
    return byte != closing
  }

  private mutating func key() throws(JSONSyntaxError) -> StrictCursor.StringToken {
    guard try cursor.nextByte() == UInt8(ascii: "\"") else {
      throw JSONSyntaxError(.keyExpected, at: cursor.position)
    }
    let key = try cursor.readString()
    guard try cursor.nextByte() == UInt8(ascii: ":") else {
      throw JSONSyntaxError(.colonExpected, at: cursor.position)
    }
    cursor.position += 1
    return key
  }

  private func isKey(_ token: StrictCursor.StringToken, _ name: Span<UInt8>) -> Bool {
    name.withUnsafeBufferPointer { cursor.string(token, equals: $0) }
  }
}
