extension JSONScanner {
  /// What was found: a piece of the text, not yet read, or a `.length()`. Valid as long as the text stays where it is.
  package struct Found {
    enum Content {
      /// A checked value without space around it.
      case text(UnsafeRawBufferPointer)
      case count(Int)
    }

    let content: Content

    /// The value's bytes in the text, quotes and brackets included; `nil` for a `.length()`, which the text does not hold.
    package var text: UnsafeRawBufferPointer? {
      if case .text(let text) = content { text } else { nil }
    }

    /// The value as a tree, its numbers as they are written.
    package var value: JSONValue {
      switch content {
      case .count(let count): .integer(Int64(count))
      case .text(let text):
        // It was checked when it was found.
        try! JSONValue(parsing: text, keepingNumbers: true)
      }
    }

    package var isString: Bool { first == UInt8(ascii: "\"") }
    package var isNull: Bool { first == UInt8(ascii: "n") }

    package var asString: String? {
      string.map { $0.cursor.string($0.token) }
    }

    /// Whether it is a string that says `expected`, byte for byte once its escapes are resolved. Allocates nothing.
    package func isString(_ expected: String) -> Bool {
      guard let (cursor, token) = string else { return false }
      return expected.utf8.span.withUnsafeBufferPointer { cursor.string(token, equals: $0) }
    }

    package var asBool: Bool? {
      switch first {
      case UInt8(ascii: "t"): true
      case UInt8(ascii: "f"): false
      default: nil
      }
    }

    /// The number where it is an integer exactly; `5`, `5.0` and `5e0` all are 5.
    package var asInt64: Int64? { number?.integer }

    /// The nearest double where it is a number.
    package var asDouble: Double? { number?.double }

    private var first: UInt8? { text?.first }

    private var number: JSONValue? {
      switch content {
      case .count(let count): return .integer(Int64(count))
      case .text(let text):
        guard let first, first == UInt8(ascii: "-") || first &- 0x30 < 10 else { return nil }
        var cursor = StrictCursor(text)
        return (try? cursor.readNumber()).map { cursor.exactValue(of: $0) }
      }
    }

    private var string: (cursor: StrictCursor, token: StrictCursor.StringToken)? {
      guard isString, let text else { return nil }
      var cursor = StrictCursor(text)
      guard let token = try? cursor.readString() else { return nil }
      return (cursor, token)
    }
  }
}
