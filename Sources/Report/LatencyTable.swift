import Measurement
import Verdict

/// Distributions of times, one a row: `avg min med max p(90) p(95) p(99)`.
struct LatencyTable {
  static let columns: [(name: String, value: @Sendable (Histogram) -> Double)] = [
    ("avg", { $0.mean }), ("min", { Double($0.minimum) }), ("med", { Double($0.percentile(50)) }),
    ("max", { Double($0.maximum) }), ("p(90)", { Double($0.percentile(90)) }), ("p(95)", { Double($0.percentile(95)) }),
    ("p(99)", { Double($0.percentile(99)) }),
  ]
  private static let labelWidth = 15
  private static let columnWidth = 9

  var rows: [(label: String, distribution: Histogram)]

  /// Columns that do not fit beside each other go below each other.
  func add(to layout: inout Layout) {
    let fitting = max(1, (layout.width - LatencyTable.labelWidth) / LatencyTable.columnWidth)
    var first = 0
    while first < LatencyTable.columns.count {
      let shown = LatencyTable.columns[first..<min(first + fitting, LatencyTable.columns.count)]
      var head = StyledLine(String(repeating: " ", count: LatencyTable.labelWidth))
      for column in shown { head.append(LatencyTable.cell(column.name), .faint) }
      layout.add(head)
      for row in rows {
        var line = StyledLine("  " + row.label + " ")
        line.append(String(repeating: ".", count: max(0, LatencyTable.labelWidth - line.width)), .faint)
        for column in shown { line.append(LatencyTable.cell(LatencyTable.time(column.value(row.distribution)))) }
        layout.add(line)
      }
      first += fitting
    }
  }

  private static func cell(_ text: String) -> String {
    let line = StyledLine(text)
    return String(repeating: " ", count: max(1, columnWidth - line.width)) + text
  }

  /// Times from 100 s on are written without spaces, so that they keep to their column.
  private static func time(_ nanoseconds: Double) -> String {
    let text = Quantity.duration(nanoseconds)
    return nanoseconds >= 99.95e9 ? String(text.filter { $0 != " " }) : text
  }
}
