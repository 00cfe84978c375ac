/// Base 64 with the URL and file name safe alphabet and without padding (RFC 4648, section 5; RFC 7515, section 2).
package enum Base64URL {
  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

  /// The sextet of each byte; 0xff for what is not in the alphabet.
  private static let sextets: [UInt8] = {
    var table = [UInt8](repeating: 0xff, count: 256)
    for (value, character) in alphabet.enumerated() { table[Int(character)] = UInt8(value) }
    return table
  }()

  /// - Complexity: O(n).
  package static func encode(_ bytes: some Collection<UInt8>) -> [UInt8] {
    var output: [UInt8] = []
    output.reserveCapacity((bytes.count * 4 + 2) / 3)
    var buffer: UInt32 = 0
    var bits: UInt32 = 0
    for byte in bytes {
      buffer = buffer << 8 | UInt32(byte)
      bits += 8
      while bits >= 6 {
        bits -= 6
        output.append(alphabet[Int(buffer >> bits & 63)])
      }
    }
    if bits > 0 { output.append(alphabet[Int(buffer << (6 - bits) & 63)]) }
    return output
  }

  /// The bytes that `text` stands for, or `nil` where it is no canonical encoding: padding, a byte outside the
  /// alphabet, a length that no encoding has, or bits set in the last character that carry nothing
  /// (RFC 4648, section 3.5), so that each byte string has one text only.
  ///
  /// - Complexity: O(n).
  package static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
    let count = text.count
    if count % 4 == 1 { return nil }
    var output: [UInt8] = []
    output.reserveCapacity(count * 3 / 4)
    var buffer: UInt32 = 0
    var bits: UInt32 = 0
    for character in text {
      let sextet = sextets[Int(character)]
      if sextet == 0xff { return nil }
      buffer = buffer << 6 | UInt32(sextet)
      bits += 6
      if bits >= 8 {
        bits -= 8
        output.append(UInt8(truncatingIfNeeded: buffer >> bits))
      }
    }
    return buffer & (1 << bits - 1) == 0 ? output : nil
  }
}
