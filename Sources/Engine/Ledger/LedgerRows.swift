import JSON
import Scenario

extension Invariant.Ledger {
  /// The rows in a response or a program's output, and the whole of it where it is one JSON value.
  ///
  /// - Throws: a `LedgerFault` where they are not there.
  func rows(in bytes: [UInt8]) throws(LedgerFault) -> (rows: [JSONValue], json: JSONValue?) {
    guard case .command(let command) = source, command.format != .json else { return try jsonRows(bytes) }
    return (command.format == .csv ? try tableRows(bytes, command.columns) : try lineRows(bytes), nil)
  }

  private func jsonRows(_ bytes: [UInt8]) throws(LedgerFault) -> (rows: [JSONValue], json: JSONValue) {
    let json: JSONValue
    do throws(JSONSyntaxError) {
      json = try JSONValue(parsing: bytes)
    } catch {
      let what = isCommand ? "the output" : "the response"
      throw LedgerFault(
        .scenario, bytes.isEmpty ? "\(what) is empty, and not JSON" : "\(what) is not JSON: \(Self.beginning(bytes))")
    }
    guard let rows else { return ([json], json) }
    guard let found = rows.first(in: json) else {
      throw LedgerFault(.scenario, "the response has nothing at \(rows): \(Self.beginning(bytes)); is 'rows' right?")
    }
    guard let list = found.array else {
      throw LedgerFault(.scenario, "the response has no list at \(rows): \(Self.beginning(bytes)); is 'rows' right?")
    }
    return (list, json)
  }

  /// Each line a JSON value.
  private func lineRows(_ bytes: [UInt8]) throws(LedgerFault) -> [JSONValue] {
    var rows: [JSONValue] = []
    for (index, line) in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
      if line.allSatisfy({ $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\r") }) { continue }
      do throws(JSONSyntaxError) {
        rows.append(try JSONValue(parsing: Array(line)))
      } catch {
        throw LedgerFault(.scenario, "line \(index + 1) of the output is not JSON: \(Self.beginning(Array(line)))")
      }
    }
    return rows
  }

  /// Each line an object with a text for each column.
  private func tableRows(_ bytes: [UInt8], _ given: [String]) throws(LedgerFault) -> [JSONValue] {
    let table = CSVTable(parsing: bytes)
    if let fault = table.faults.first {
      throw LedgerFault(.scenario, "line \(fault.line) of the output is not CSV: \(fault.message)")
    }
    let rows = table.rows
    let isHeaded = given.isEmpty && rows.count > 0
    let columns = isHeaded ? (0..<rows.columns).map { rows.text(row: 0, column: $0) } : given
    if rows.count > 0, rows.columns != columns.count {
      throw LedgerFault(
        .scenario,
        "line \(table.firstLine) of the output has \(rows.columns) fields, and 'columns' names \(columns.count); "
          + "psql separates them with -F,")
    }
    for path in [key, amount].compactMap(\.self) where !columns.isEmpty && !columns.contains(path.description) {
      throw LedgerFault(
        .scenario,
        "the output has no column '\(path.description)': its first line is \(columns.joined(separator: ",")); where that is "
          + "a row already, 'columns' names them")
    }
    return ((isHeaded ? 1 : 0)..<rows.count).map { row in
      .object(columns.indices.map { JSONField(columns[$0], .string(rows.text(row: row, column: $0))) })
    }
  }

  private static func beginning(_ bytes: [UInt8]) -> String {
    LedgerFault.short(String(decoding: bytes.prefix(200), as: UTF8.self))
  }
}
