// Lines end with LF, CR, CR LF, U+2028 or U+2029, as in JSON5.
extension SourceText {
  /// The line and column of the byte at `offset`; offsets beyond the text count as its end.
  ///
  /// The column counts characters as a reader sees them (a letter with its accents, an emoji family and a tab are one each);
  /// a byte order mark at the start counts for nothing.
  ///
  /// - Complexity: O(offset).
  package func location(at offset: Int) -> SourceLocation {
    let offset = min(max(offset, 0), bytes.count)
    var line = 1
    var start = textStart
    var position = 0
    while position < offset {
      let width = bytes.lineEndWidth(at: position)
      position += max(width, 1)
      if width > 0, position <= offset {
        line += 1
        start = position
      }
    }
    let before = String(decoding: bytes[min(start, offset)..<offset], as: UTF8.self)
    return SourceLocation(line: line, column: before.count + 1)
  }

  /// The text of a line, counted from 1, without its line end; empty beyond the last one.
  ///
  /// - Complexity: O(n).
  package func line(_ number: Int) -> String {
    String(decoding: bytes[lineRange(number)], as: UTF8.self)
  }

  /// The bytes of a line without its line end.
  func lineRange(_ number: Int) -> Range<Int> {
    var line = 1
    var start = textStart
    var position = start
    while position < bytes.count {
      let width = bytes.lineEndWidth(at: position)
      if width > 0 {
        if line == number { return start..<position }
        line += 1
        start = position + width
      }
      position += max(width, 1)
    }
    return line == number ? start..<bytes.count : bytes.count..<bytes.count
  }

  private var textStart: Int { bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0 }
}
