import CLinux
import Glibc

/// Comparisons of texts byte for byte. Swift's own take texts for equal that only look the same (`é` in one code point or
/// two), and find no `\n` in `\r\n`, which is one character to them.
extension String {
  func isExactly(_ other: String) -> Bool { compare(other) { $0.count == $1.count && Self.equal($0, $1, $1.count) } }

  func beginsExactly(with prefix: String) -> Bool {
    compare(prefix) { $0.count >= $1.count && Self.equal($0, $1, $1.count) }
  }

  func endsExactly(with suffix: String) -> Bool {
    compare(suffix) { text, suffix in
      text.count >= suffix.count
        && Self.equal(UnsafeBufferPointer(rebasing: text[(text.count - suffix.count)...]), suffix, suffix.count)
    }
  }

  func containsExactly(_ part: String) -> Bool {
    compare(part) { text, part in
      part.isEmpty
        || !text.isEmpty && stampede_find(text.baseAddress!, UInt(text.count), part.baseAddress!, UInt(part.count)) >= 0
    }
  }

  private typealias Bytes = UnsafeBufferPointer<UInt8>

  private func compare(_ other: String, _ body: (Bytes, Bytes) -> Bool) -> Bool {
    var (mine, other) = (self, other)
    return mine.withUTF8 { mine in other.withUTF8 { body(mine, $0) } }
  }

  private static func equal(_ left: Bytes, _ right: Bytes, _ count: Int) -> Bool {
    count == 0 || memcmp(left.baseAddress!, right.baseAddress!, count) == 0
  }
}
