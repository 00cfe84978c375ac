/// What may be secret in a text that is no JSON5, so that its names tell little: strings that are no names, what follows a
/// secret name, and what follows a string on its line where a comma is missing or a quote too many.
enum UnreadableText {
  /// Where it stands, in order, without quotes around it.
  ///
  /// - Complexity: O(length of the text).
  static func secrets(in bytes: [UInt8]) -> [Range<Int>] {
    var scan = Scan(bytes: bytes)
    scan.all()
    return scan.secrets.filter { !$0.isEmpty }
  }

  private struct Scan {
    let bytes: [UInt8]
    var index = 0
    var secrets: [Range<Int>] = []
    /// The last thing read on the line was a string that is no name.
    var isAfterString = false

    mutating func all() {
      while index < bytes.count {
        switch bytes[index] {
        case let byte where byte <= 0x20:
          if byte == UInt8(ascii: "\n") { isAfterString = false }
          index += 1
        case UInt8(ascii: "/") where next(is: "/"): index = lineEnd
        case UInt8(ascii: "/") where next(is: "*"):
          index += 2
          while index < bytes.count, bytes[index - 1] != UInt8(ascii: "*") || bytes[index] != UInt8(ascii: "/") {
            index += 1
          }
          index = min(index + 1, bytes.count)
        case let byte where ",:{}[]".utf8.contains(byte):
          isAfterString = false
          index += 1
        default:
          if isAfterString { hideLine() } else if isQuote(bytes[index]) { string() } else { word() }
        }
      }
    }

    private mutating func string() {
      let text = quoted()
      if isFollowedByColon {
        value(of: text)
      } else {
        secrets.append(text)
        isAfterString = true
      }
    }

    private mutating func word() {
      let start = index
      while index < bytes.count, bytes[index] > 0x20, !",:{}[]".utf8.contains(bytes[index]), !isQuote(bytes[index]) {
        index += 1
      }
      if isFollowedByColon { value(of: start..<index) }
    }

    /// Goes on behind a name, and hides the value of a secret one up to the end of the member or line.
    private mutating func value(of name: Range<Int>) {
      guard SecretName.isSecret(String(decoding: bytes[name], as: UTF8.self)) else { return }
      skipSpace()
      index += 1
      skipSpace()
      while index < bytes.count, !",{}[]\r\n".utf8.contains(bytes[index]) {
        if isQuote(bytes[index]) {
          secrets.append(quoted())
          isAfterString = true
        } else if isAfterString, bytes[index] > 0x20 {
          return hideLine()
        } else {
          let start = index
          while index < bytes.count, !",{}[]\r\n".utf8.contains(bytes[index]), !isQuote(bytes[index]),
            !isAfterString || bytes[index] <= 0x20
          {
            index += 1
          }
          secrets.append(start..<index)
        }
      }
    }

    /// Whether a quote is missing or one too many is not to be known.
    private mutating func hideLine() {
      let end = lineEnd
      secrets.append(index..<end)
      (index, isAfterString) = (end, false)
    }

    /// The text of a string, which ends on its line where that does not end with a backslash.
    private mutating func quoted() -> Range<Int> {
      let quote = bytes[index]
      let start = index + 1
      index = start
      while index < bytes.count, bytes[index] != quote, bytes[index] != UInt8(ascii: "\n") {
        index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1
      }
      index = min(index, bytes.count)
      let end = index
      if index < bytes.count, bytes[index] == quote { index += 1 }
      return min(start, end)..<end
    }

    private var isFollowedByColon: Bool {
      bytes[index...].first { $0 > 0x20 } == UInt8(ascii: ":")
    }

    private var lineEnd: Int { bytes[index...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count }

    private mutating func skipSpace() { while index < bytes.count, bytes[index] <= 0x20 { index += 1 } }

    private func next(is character: Unicode.Scalar) -> Bool {
      index + 1 < bytes.count && bytes[index + 1] == UInt8(ascii: character)
    }

    private func isQuote(_ byte: UInt8) -> Bool { "'\"`".utf8.contains(byte) }
  }
}
