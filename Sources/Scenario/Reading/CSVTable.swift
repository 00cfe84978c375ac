import JSON

/// A file of comma-separated values, after RFC 4180.
///
/// Lines end with CRLF or LF, the last one need not; a byte order mark is skipped, as are empty lines. A field may stand
/// in quotes, in which commas, line ends and doubled quotes are part of it; spaces always are. Beyond the RFC every
/// fault is found and told with its line, and all rows must be as long as the first.
///
/// - Complexity: O(n) time. The fields are laid out where the file's bytes were, so that a table takes at most half as much
///   again as the file.
package struct CSVTable {
  package struct Fault: Hashable {
    package var line: Int
    package var message: String
  }

  /// Worth nothing where there are faults.
  package private(set) var rows: DataRows
  /// The line of the first row, from 1.
  package private(set) var firstLine: Int
  /// In the order of the file, the first of them.
  package private(set) var faults: [Fault]
  /// How many there are in all.
  package private(set) var faultCount: Int

  package init(parsing bytes: consuming [UInt8]) {
    var reader = CSVReader(bytes: bytes)
    reader.read()
    rows = DataRows(bytes: reader.bytes, places: reader.places, columns: max(0, reader.width), count: reader.count)
    firstLine = reader.firstLine
    faults = reader.faults
    faultCount = reader.faultCount
  }
}

/// Reads a file and writes its fields over it: what is written never comes past what is read.
private struct CSVReader {
  var bytes: [UInt8]
  var places: [UInt32] = []
  /// Fields of the first row; -1 before it.
  var width = -1
  var count = 0
  var firstLine = 1
  var faults: [CSVTable.Fault] = []
  var faultCount = 0
  /// Of what is read.
  private let length: Int
  private var index = 0
  private var written = 0
  private var line = 1
  /// One fault would be thousands if a quote is missing.
  private static let keptFaults = 100

  private static let quote = UInt8(ascii: "\"")
  private static let comma = UInt8(ascii: ",")
  private static let lineFeed = UInt8(ascii: "\n")
  private static let carriageReturn = UInt8(ascii: "\r")

  init(bytes: consuming [UInt8]) {
    length = bytes.count
    self.bytes = bytes
  }

  mutating func read() {
    guard bytes.count < DataRows.mostBytes else { return fault(1, "the file is longer than 4 GB") }
    if let offset = firstInvalidUTF8(bytes.span) {
      return fault(1 + bytes[..<offset].count { $0 == Self.lineFeed }, "a field is not UTF-8")
    }
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { index = 3 }
    while index < length { readRow() }
    bytes.removeSubrange(min(written, bytes.count)...)
  }

  private mutating func fault(_ line: Int, _ message: String) {
    faultCount += 1
    if faults.count < Self.keptFaults { faults.append(CSVTable.Fault(line: line, message: message)) }
  }

  private mutating func write(_ byte: UInt8) {
    // Only the end of the last field can be one byte more than there was.
    if written == bytes.count { bytes.append(byte) } else { bytes[written] = byte }
    written += 1
  }

  private var isAtLineEnd: Bool {
    if index >= length || bytes[index] == Self.lineFeed { return true }
    return bytes[index] == Self.carriageReturn && (index + 1 >= length || bytes[index + 1] == Self.lineFeed)
  }

  private mutating func takeLineEnd() {
    if index < length, bytes[index] == Self.carriageReturn { index += 1 }
    if index < length, bytes[index] == Self.lineFeed { index += 1 }
    line += 1
  }

  private mutating func readRow() {
    if isAtLineEnd { return takeLineEnd() }
    let start = line
    if count % DataRows.stride == 0 { places.append(UInt32(written)) }
    var fields = 0
    while true {
      if index < length, bytes[index] == Self.quote { quotedField() } else { plainField() }
      fields += 1
      guard index < length, bytes[index] == Self.comma else { break }
      index += 1
      write(DataRows.end)
    }
    // Before the field's end is written, which may come to stand there.
    takeLineEnd()
    write(DataRows.end)
    count += 1
    if width < 0 {
      width = fields
      firstLine = start
    } else if fields != width {
      fault(start, "expected \(width) field\(width == 1 ? "" : "s"), found \(fields)")
    }
  }

  private mutating func plainField() {
    var hasQuote = false
    while index < length, bytes[index] != Self.comma, !isAtLineEnd {
      let byte = bytes[index]
      if byte == Self.quote { hasQuote = true }
      index += 1
      write(byte)
    }
    if hasQuote {
      fault(line, "a quote within a field that does not begin with one (double it, and quote the field)")
    }
  }

  private mutating func quotedField() {
    let start = line
    index += 1
    while true {
      guard index < length else {
        fault(start, "a quoted field has no closing quote")
        break
      }
      let byte = bytes[index]
      index += 1
      if byte == Self.lineFeed { line += 1 }
      if byte != Self.quote {
        write(byte)
      } else if index < length, bytes[index] == Self.quote {
        write(byte)
        index += 1
      } else {
        break
      }
    }
    if index < length, bytes[index] != Self.comma, !isAtLineEnd {
      fault(line, "text after the closing quote of a field")
      while index < length, bytes[index] != Self.comma, !isAtLineEnd { index += 1 }
    }
  }
}
