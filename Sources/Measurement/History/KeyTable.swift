import Glibc

/// Numbers for texts: the same text has the same number, from 1 in the order of coming; 0 is the empty text.
///
/// A hash table over one store of bytes: no allocation for a text that is known, and none of its own for a new one.
package struct KeyTable: Sendable {
  /// Of all texts, one after another.
  private var bytes: [UInt8] = []
  /// Where each text ends in `bytes`; the first, 0, is where the first begins.
  private var ends: [Int] = [0]
  /// Numbers of texts and the low halves of their hashes, at the place of the hash or after it; 0 is free. A power of two,
  /// at most 3/4 taken. The hash beside the number keeps a search within a few neighbouring words.
  private var places: [UInt64] = []

  package init() {}

  package var count: Int { ends.count - 1 }

  /// Bytes of all texts together.
  package var byteCount: Int { bytes.count }

  /// The number of a text, which is added where it is new.
  ///
  /// - Complexity: O(n) in the text's length, amortized.
  package mutating func number(of text: UnsafeRawBufferPointer) -> (number: UInt32, isNew: Bool) {
    number(of: text, hash: Self.hash(text))
  }

  /// - Parameter hash: Of the text, by `hash`.
  mutating func number(of text: UnsafeRawBufferPointer, hash: UInt64) -> (number: UInt32, isNew: Bool) {
    guard !text.isEmpty else { return (0, false) }
    if count * 4 >= places.count * 3 { grow() }
    let mark = hash << 32
    var place = Int(truncatingIfNeeded: hash) & (places.count - 1)
    while places[place] != 0 {
      let found = places[place]
      if found & Self.markBits == mark {
        let number = UInt32(truncatingIfNeeded: found)
        if isText(of: number, text) { return (number, false) }
      }
      place = (place + 1) & (places.count - 1)
    }
    bytes.append(contentsOf: text)
    ends.append(bytes.count)
    places[place] = mark | UInt64(count)
    return (UInt32(count), true)
  }

  /// The bytes of a text; none for 0.
  ///
  /// - Precondition: `number` is at most `count`.
  package func text(of number: UInt32) -> ArraySlice<UInt8> {
    number == 0 ? [] : bytes[ends[Int(number) - 1]..<ends[Int(number)]]
  }

  private func isText(of number: UInt32, _ text: UnsafeRawBufferPointer) -> Bool {
    let start = ends[Int(number) - 1]
    guard ends[Int(number)] - start == text.count else { return false }
    return bytes.withUnsafeBytes { memcmp($0.baseAddress! + start, text.baseAddress!, text.count) == 0 }
  }

  /// Forgets all texts and keeps the memory.
  package mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
    ends.removeAll(keepingCapacity: true)
    ends.append(0)
    for place in places.indices { places[place] = 0 }
  }

  private mutating func grow() {
    let old = places
    places = [UInt64](repeating: 0, count: max(64, old.count * 2))
    precondition(places.count <= 1 << 32, "more texts than half a hash can tell apart")
    for found in old where found != 0 {
      var place = Int(found >> 32) & (places.count - 1)
      while places[place] != 0 { place = (place + 1) & (places.count - 1) }
      places[place] = found
    }
  }

  /// Keeps the texts, and forgets how to find their numbers: what is added from here on is new.
  mutating func freeze() { places = [] }

  private static let markBits: UInt64 = 0xFFFF_FFFF_0000_0000

  /// Eight bytes at a time; good for tables in memory alone, as nothing that is written depends on it.
  ///
  /// Each word is multiplied to 128 bits, whose halves are put together, as in wyhash (Wang Yi, public domain).
  static func hash(_ text: UnsafeRawBufferPointer) -> UInt64 {
    var hash = UInt64(truncatingIfNeeded: text.count) ^ 0x9E37_79B9_7F4A_7C15
    func mix(_ word: UInt64) {
      let (high, low) = (hash ^ word).multipliedFullWidth(by: 0xA076_1D64_78BD_642F)
      hash = high ^ low
    }
    var offset = 0
    while text.count - offset >= 8 {
      mix(text.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
      offset += 8
    }
    var word: UInt64 = 0
    while offset < text.count {
      word = word << 8 | UInt64(text[offset])
      offset += 1
    }
    mix(word)
    // Once more, so that all bits depend on the last word.
    mix(0xE703_7ED1_A0B4_28DB)
    return hash
  }
}
