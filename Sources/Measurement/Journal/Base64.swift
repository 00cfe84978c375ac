/// Bytes as text, after RFC 4648 section 4: the standard alphabet, padded, without line breaks.
enum Base64 {
  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
  /// The value of each character; 64 and up for those that are none.
  private static let values: [UInt8] = {
    var values = [UInt8](repeating: 255, count: 256)
    for (value, character) in alphabet.enumerated() { values[Int(character)] = UInt8(value) }
    return values
  }()
  private static let padding = UInt8(ascii: "=")

  /// - Complexity: O(n).
  static func encode(_ bytes: [UInt8]) -> String {
    String(unsafeUninitializedCapacity: (bytes.count + 2) / 3 * 4) { text in
      var place = 0
      for start in stride(from: 0, to: bytes.count, by: 3) {
        let rest = bytes.count - start
        let group =
          UInt32(bytes[start]) << 16 | (rest > 1 ? UInt32(bytes[start + 1]) << 8 : 0)
          | (rest > 2 ? UInt32(bytes[start + 2]) : 0)
        text[place] = alphabet[Int(group >> 18)]
        text[place + 1] = alphabet[Int(group >> 12 & 63)]
        text[place + 2] = rest > 1 ? alphabet[Int(group >> 6 & 63)] : padding
        text[place + 3] = rest > 2 ? alphabet[Int(group & 63)] : padding
        place += 4
      }
      return place
    }
  }

  /// - Returns: `nil` where the text is no canonical base64: a strange character, a length that is no multiple of 4,
  ///   padding elsewhere than at the end, or bits beyond the last byte that are not zero.
  /// - Complexity: O(n).
  static func decode(_ text: String) -> [UInt8]? {
    let characters = Array(text.utf8)
    guard characters.count.isMultiple(of: 4) else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(characters.count / 4 * 3)
    for start in stride(from: 0, to: characters.count, by: 4) {
      var digits = characters[start..<start + 4]
      if start + 4 == characters.count {
        while digits.count > 2, digits.last == padding { digits.removeLast() }
      }
      var group: UInt32 = 0
      for digit in digits {
        let value = values[Int(digit)]
        guard value < 64 else { return nil }
        group = group << 6 | UInt32(value)
      }
      group <<= 6 * UInt32(4 - digits.count)
      let byteCount = digits.count - 1
      guard group & ((1 << (8 * UInt32(3 - byteCount))) - 1) == 0 else { return nil }
      for place in 0..<byteCount { bytes.append(UInt8(truncatingIfNeeded: group >> (16 - 8 * UInt32(place)))) }
    }
    return bytes
  }
}
