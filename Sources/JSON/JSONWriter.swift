/// Writes JSON text (RFC 8259) as UTF-8.
///
/// Doubles are written with the fewest digits that read back as the same double, always with a point or an exponent, so
/// that they come back as doubles. Infinities and NaN, which JSON does not have, are written as `null`, as `JSON.stringify`
/// does: a report with one strange figure is better than none.
package enum JSONWriter {
  /// Writes `text` in quotes. Quotes, backslashes and control characters are escaped, everything else stays as it is.
  ///
  /// - Complexity: O(n).
  package static func writeString(_ text: String, into output: inout [UInt8]) {
    output.append(UInt8(ascii: "\""))
    let bytes = text.utf8.span
    bytes.withUnsafeBufferPointer { bytes in
      var plainStart = 0
      for (index, byte) in bytes.enumerated() where byte < 0x20 || byte == 0x22 || byte == 0x5C {
        output.append(contentsOf: bytes[plainStart..<index])
        writeEscape(of: byte, into: &output)
        plainStart = index + 1
      }
      output.append(contentsOf: bytes[plainStart...])
    }
    output.append(UInt8(ascii: "\""))
  }

  /// Writes the escape of a quote, a backslash or a control character: the short one where there is one.
  package static func writeEscape(of byte: UInt8, into output: inout [UInt8]) {
    output.append(UInt8(ascii: "\\"))
    switch byte {
    case 0x08: output.append(UInt8(ascii: "b"))
    case 0x09: output.append(UInt8(ascii: "t"))
    case 0x0A: output.append(UInt8(ascii: "n"))
    case 0x0C: output.append(UInt8(ascii: "f"))
    case 0x0D: output.append(UInt8(ascii: "r"))
    case 0x22, 0x5C: output.append(byte)
    default:
      output.append(contentsOf: "u00".utf8)
      for digit in [byte >> 4, byte & 0xF] {
        output.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
      }
    }
  }

  package static func writeNumber(_ value: Double, into output: inout [UInt8]) {
    // The description of a Double is the shortest text that reads back the same, and is a JSON number.
    output.append(contentsOf: (value.isFinite ? value.description : "null").utf8)
  }
}

extension JSONValue {
  /// Appends the value as JSON text: on one line, or with two spaces for each level where `pretty`.
  ///
  /// - Complexity: O(n) in the length of the text.
  package func write(into output: inout [UInt8], pretty: Bool = false) {
    write(into: &output, indent: pretty ? 0 : nil)
  }

  /// The value as JSON text.
  package func text(pretty: Bool = false) -> String {
    var output: [UInt8] = []
    write(into: &output, pretty: pretty)
    return String(decoding: output, as: UTF8.self)
  }

  /// - Parameter indent: the level that the value stands on, or `nil` for all on one line.
  private func write(into output: inout [UInt8], indent: Int?) {
    switch self {
    case .null: output.append(contentsOf: "null".utf8)
    case .bool(let value): output.append(contentsOf: (value ? "true" : "false").utf8)
    case .integer(let value): output.append(contentsOf: String(value).utf8)
    case .number(let value): JSONWriter.writeNumber(value, into: &output)
    case .decimal(let number): output.append(contentsOf: number.spelling.utf8)
    case .string(let text): JSONWriter.writeString(text, into: &output)
    case .array(let elements):
      Self.write(elements, between: "[", "]", into: &output, indent: indent) { element, output, indent in
        element.write(into: &output, indent: indent)
      }
    case .object(let fields):
      Self.write(fields, between: "{", "}", into: &output, indent: indent) { field, output, indent in
        JSONWriter.writeString(field.key, into: &output)
        output.append(UInt8(ascii: ":"))
        if indent != nil { output.append(UInt8(ascii: " ")) }
        field.value.write(into: &output, indent: indent)
      }
    }
  }

  private static func write<Item>(
    _ items: [Item], between opening: Unicode.Scalar, _ closing: Unicode.Scalar, into output: inout [UInt8],
    indent: Int?, item: (Item, inout [UInt8], Int?) -> Void
  ) {
    output.append(UInt8(ascii: opening))
    for index in items.indices {
      if index > 0 { output.append(UInt8(ascii: ",")) }
      if let indent { startLine(indent + 1, into: &output) }
      item(items[index], &output, indent.map { $0 + 1 })
    }
    if let indent, !items.isEmpty { startLine(indent, into: &output) }
    output.append(UInt8(ascii: closing))
  }

  private static func startLine(_ indent: Int, into output: inout [UInt8]) {
    output.append(0x0A)
    output.append(contentsOf: repeatElement(0x20, count: indent * 2))
  }
}
