// Fuzzes files of comma-separated values. Whatever the bytes are, nothing crashes, lines are those of the file, and a
// table without faults has rows of one length and reads the same when all its fields are written in quotes.

@testable import Scenario

@c(LLVMFuzzerTestOneInput)
public func fuzzCommaSeparatedValues(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: start, count: count))
  let table = CSVTable(parsing: bytes)
  let lines = bytes.count { $0 == 0x0A } + 1
  for fault in table.faults {
    require(1...lines ~= fault.line && !fault.message.isEmpty, "a fault has a line of the file, and words")
  }
  require(1...lines ~= table.firstLine, "the first row has a line of the file")
  guard table.faults.isEmpty else { return 0 }
  let rows = table.rows
  let written = (0..<rows.count).map { row in
    (0..<rows.columns).map { column in
      let text = rows.text(row: row, column: column)
      return "\"\(text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\""))\""
    }.joined(separator: ",") + "\n"
  }.joined()
  let again = CSVTable(parsing: Array(written.utf8))
  require(again.faults.isEmpty && again.rows == rows, "what was written reads the same")
  return 0
}

private func require(_ condition: Bool, _ rule: StaticString) {
  guard condition else { fatalError("broken: \(rule)") }
}
