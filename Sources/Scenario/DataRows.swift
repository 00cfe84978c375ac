/// Rows of texts, all with the same number of columns, in one piece of memory.
///
/// Each text is followed by a byte that no UTF-8 has. The place of every fourth row is kept: with very short rows, too, that
/// is at most half of what the texts take.
package struct DataRows: Sendable {
  /// Stands behind each text.
  static let end: UInt8 = 0xFF
  /// Of how many rows the place of one is kept.
  static let stride = 4
  /// Places are kept in 32 bits.
  package static let mostBytes = Int(UInt32.max)

  private var bytes: [UInt8]
  /// Of rows 0, 4, 8, …
  private var places: [UInt32] = []
  package let columns: Int
  package private(set) var count: Int

  /// Rows that have been laid out already.
  ///
  /// - Parameters:
  ///   - bytes: Texts, each with `end` behind it.
  ///   - places: Of rows 0, 4, 8, …
  init(bytes: [UInt8], places: [UInt32], columns: Int, count: Int) {
    self.bytes = bytes
    self.places = places
    self.columns = columns
    self.count = count
  }

  /// - Precondition: All rows have as many texts as the first.
  package init(_ rows: [[String]]) {
    columns = rows.first?.count ?? 0
    count = 0
    bytes = []
    for row in rows {
      precondition(row.count == columns, "rows of different lengths")
      if count % Self.stride == 0 { places.append(UInt32(bytes.count)) }
      for text in row {
        bytes += text.utf8
        bytes.append(Self.end)
      }
      count += 1
    }
  }

  /// Where a text is in `withBytes`.
  ///
  /// - Complexity: O(length of at most `stride` rows).
  @inline(__always)
  private func range(row: Int, column: Int) -> Range<Int> {
    bytes.withUnsafeBufferPointer { bytes in
      var start = Int(places[row / Self.stride])
      var skipped = row % Self.stride * columns + column
      while skipped > 0 {
        if bytes[start] == Self.end { skipped -= 1 }
        start += 1
      }
      var end = start
      while bytes[end] != Self.end { end += 1 }
      return start..<end
    }
  }

  /// The bytes of a text.
  ///
  /// - Precondition: There is such a row and column.
  package subscript(row: Int, column: Int) -> ArraySlice<UInt8> {
    @inline(__always) get {
      precondition(row < count && column < columns, "no such text")
      return bytes[range(row: row, column: column)]
    }
  }

  package func text(row: Int, column: Int) -> String { String(decoding: self[row, column], as: UTF8.self) }

  /// Without its first row, which is kept in memory all the same.
  func dropFirst() -> DataRows {
    var rows = self
    rows.places = []
    rows.count = max(0, count - 1)
    // Of the rows that were 1, 5, 9, …
    for row in Swift.stride(from: 1, to: count, by: Self.stride) {
      rows.places.append(UInt32(range(row: row, column: 0).lowerBound))
    }
    return rows
  }
}

extension DataRows: Equatable, ExpressibleByArrayLiteral {
  package init(arrayLiteral elements: [String]...) { self.init(elements) }

  package static func == (left: DataRows, right: DataRows) -> Bool {
    guard left.count == right.count, left.columns == right.columns || left.count == 0 else { return false }
    return (0..<left.count).allSatisfy { row in
      (0..<left.columns).allSatisfy { left[row, $0] == right[row, $0] }
    }
  }
}
