import JSON

extension CompiledMatcher.ValueType {
  func matches(_ value: JSONValue) -> Bool {
    switch (self, value) {
    case (.string, .string), (.boolean, .bool), (.list, .array), (.object, .object), (.number, .integer),
      (.number, .number), (.number, .decimal):
      true
    case (.uuid, .string(let text)): Self.isUUID(text.utf8)
    case (.isoDate, .string(let text)): Self.isISODate(Array(text.utf8))
    default: false
    }
  }

  private static func isUUID(_ bytes: String.UTF8View) -> Bool {
    guard bytes.count == 36 else { return false }
    for (index, byte) in bytes.enumerated() {
      switch index {
      case 8, 13, 18, 23: if byte != UInt8(ascii: "-") { return false }
      default:
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
          UInt8(ascii: "A")...UInt8(ascii: "F"):
          continue
        default: return false
        }
      }
    }
    return true
  }

  /// `2026-02-28`, or with a time: `2026-02-28T09:30:00Z`, `…T09:30:00.123+09:00`.
  private static func isISODate(_ bytes: [UInt8]) -> Bool {
    func number(_ range: Range<Int>) -> Int? {
      guard range.upperBound <= bytes.count else { return nil }
      var value = 0
      for byte in bytes[range] {
        guard byte >= 0x30, byte <= 0x39 else { return nil }
        value = value * 10 + Int(byte - 0x30)
      }
      return value
    }
    func has(_ character: Unicode.Scalar, at index: Int) -> Bool {
      index < bytes.count && bytes[index] == UInt8(ascii: character)
    }
    guard let year = number(0..<4), has("-", at: 4), let month = number(5..<7), has("-", at: 7),
      let day = number(8..<10), (1...12).contains(month)
    else { return false }
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    let days = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    guard day >= 1, day <= days[month - 1] else { return false }
    if bytes.count == 10 { return true }
    guard has("T", at: 10) || has(" ", at: 10), let hour = number(11..<13), has(":", at: 13),
      let minute = number(14..<16), has(":", at: 16), let second = number(17..<19), hour < 24, minute < 60, second <= 60
    else { return false }
    var index = 19
    if has(".", at: index) {
      index += 1
      let start = index
      while index < bytes.count, bytes[index] >= 0x30, bytes[index] <= 0x39 { index += 1 }
      if index == start { return false }
    }
    if index == bytes.count { return true }
    if has("Z", at: index) { return index + 1 == bytes.count }
    guard has("+", at: index) || has("-", at: index), let hours = number(index + 1..<index + 3), hours < 24,
      has(":", at: index + 3), let minutes = number(index + 4..<index + 6), minutes < 60
    else { return false }
    return index + 6 == bytes.count
  }
}
