/// A checksum of 32 bits for what a run writes, so that damage is found when it is read again.
///
/// It tells damage by accident, one in 2^32 cases aside; it is no protection against forgery. Sixteen bytes are taken at a
/// time: both words are multiplied to 128 bits, whose halves are put together, as in wyhash (Wang Yi, public domain). A
/// CRC-32C of a record costs three times as much without a processor's own instruction. `docs/history-format.md` has it
/// in full.
package enum Checksum {
  static let start: UInt64 = 0x9E37_79B9_7F4A_7C15
  static let first: UInt64 = 0xA076_1D64_78BD_642F
  static let last: UInt64 = 0xE703_7ED1_A0B4_28DB

  /// Takes in two words.
  @inline(__always)
  static func mix(_ state: UInt64, _ left: UInt64, _ right: UInt64) -> UInt64 {
    let (high, low) = (left ^ first).multipliedFullWidth(by: right ^ state)
    return high ^ low
  }

  /// What comes of the words that were taken in.
  @inline(__always)
  static func finish(_ state: UInt64) -> UInt32 {
    let (high, low) = (state ^ last).multipliedFullWidth(by: start)
    let word = high ^ low
    return UInt32(truncatingIfNeeded: word ^ word >> 32)
  }

  /// The checksum of bytes, of which the last sixteen are filled up with zeros.
  ///
  /// - Parameter seed: What the bytes belong to, such as their place in the file: the same bytes elsewhere do not match.
  /// - Complexity: O(n).
  package static func of(_ bytes: UnsafeRawBufferPointer, seed: UInt64) -> UInt32 {
    var state = start ^ seed ^ UInt64(truncatingIfNeeded: bytes.count) << 32
    var offset = 0
    while bytes.count - offset >= 16 {
      state = mix(state, word(bytes, offset), word(bytes, offset + 8))
      offset += 16
    }
    if offset < bytes.count {
      state = mix(state, partialWord(bytes, offset), partialWord(bytes, offset + 8))
    }
    return finish(state)
  }

  @inline(__always)
  static func word(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> UInt64 {
    UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
  }

  private static func partialWord(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> UInt64 {
    var word: UInt64 = 0
    for place in 0..<max(0, min(8, bytes.count - offset)) { word |= UInt64(bytes[offset + place]) << (8 * place) }
    return word
  }
}
