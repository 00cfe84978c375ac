/// A file of comma-separated values, after RFC 4180.
///
/// Lines end with CRLF or LF, the last one need not; a byte order mark is skipped, as are empty lines. A field may stand
/// in quotes, in which commas, line ends and doubled quotes are part of it; spaces always are. Beyond the RFC every
/// fault is found and told with its line, and all rows must be as long as the first.
package struct CSVTable {
  package struct Row {
    package var fields: [String]
    /// From 1; of its first field.
    package var line: Int
  }

  package struct Fault: Hashable {
    package var line: Int
    package var message: String
  }

  package var rows: [Row] = []
  package var faults: [Fault] = []

  package init(parsing bytes: [UInt8]) {
    var reader = CSVReader(bytes: bytes)
    reader.read()
    rows = reader.rows
    faults = reader.faults
    if let width = rows.first?.fields.count {
      for row in rows where row.fields.count != width {
        faults.append(
          Fault(line: row.line, message: "expected \(width) field\(width == 1 ? "" : "s"), found \(row.fields.count)"))
      }
      faults.sort { $0.line < $1.line }
    }
  }
}

private struct CSVReader {
  let bytes: [UInt8]
  var rows: [CSVTable.Row] = []
  var faults: [CSVTable.Fault] = []
  private var index = 0
  private var line = 1

  private static let quote = UInt8(ascii: "\"")
  private static let comma = UInt8(ascii: ",")
  private static let lineFeed = UInt8(ascii: "\n")
  private static let carriageReturn = UInt8(ascii: "\r")

  init(bytes: [UInt8]) { self.bytes = bytes }

  mutating func read() {
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { index = 3 }
    while index < bytes.count { readRow() }
  }

  private var isAtLineEnd: Bool {
    if index >= bytes.count || bytes[index] == Self.lineFeed { return true }
    return bytes[index] == Self.carriageReturn && (index + 1 >= bytes.count || bytes[index + 1] == Self.lineFeed)
  }

  private mutating func takeLineEnd() {
    if index < bytes.count, bytes[index] == Self.carriageReturn { index += 1 }
    if index < bytes.count, bytes[index] == Self.lineFeed { index += 1 }
    line += 1
  }

  private mutating func readRow() {
    if isAtLineEnd { return takeLineEnd() }
    let start = line
    var fields: [String] = []
    while true {
      let fieldLine = line
      let text = bytes[index...].first == Self.quote ? quotedField() : plainField()
      if let text {
        fields.append(text)
      } else {
        faults.append(CSVTable.Fault(line: fieldLine, message: "a field is not UTF-8"))
        fields.append("")
      }
      if index < bytes.count, bytes[index] == Self.comma { index += 1 } else { break }
    }
    takeLineEnd()
    rows.append(CSVTable.Row(fields: fields, line: start))
  }

  private mutating func plainField() -> String? {
    let start = index
    var hasQuote = false
    while index < bytes.count, bytes[index] != Self.comma, !isAtLineEnd {
      if bytes[index] == Self.quote { hasQuote = true }
      index += 1
    }
    if hasQuote {
      faults.append(
        CSVTable.Fault(
          line: line, message: "a quote within a field that does not begin with one (double it, and quote the field)"))
    }
    return String(validating: bytes[start..<index], as: UTF8.self)
  }

  private mutating func quotedField() -> String? {
    let start = line
    var text: [UInt8] = []
    index += 1
    while true {
      guard index < bytes.count else {
        faults.append(CSVTable.Fault(line: start, message: "a quoted field has no closing quote"))
        break
      }
      let byte = bytes[index]
      index += 1
      if byte == Self.lineFeed { line += 1 }
      if byte != Self.quote {
        text.append(byte)
      } else if index < bytes.count, bytes[index] == Self.quote {
        text.append(byte)
        index += 1
      } else {
        break
      }
    }
    if index < bytes.count, bytes[index] != Self.comma, !isAtLineEnd {
      faults.append(CSVTable.Fault(line: line, message: "text after the closing quote of a field"))
      while index < bytes.count, bytes[index] != Self.comma, !isAtLineEnd { index += 1 }
    }
    return String(validating: text, as: UTF8.self)
  }
}
