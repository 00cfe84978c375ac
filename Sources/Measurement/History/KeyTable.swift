/// Numbers for texts: the same text has the same number, from 1 in the order of coming; 0 is the empty text.
///
/// A hash table over one store of bytes: no allocation for a text that is known, and none of its own for a new one.
package struct KeyTable: Sendable {
  /// Of all texts, one after another.
  private var bytes: [UInt8] = []
  /// Where each text ends in `bytes`; the first, 0, is where the first begins.
  private var ends: [Int] = [0]
  private var hashes: [UInt64] = []
  /// Numbers of texts, at the place of their hash or after it; 0 is free. A power of two, at most 3/4 taken.
  private var places: [UInt32] = []

  package init() {}

  package var count: Int { hashes.count }

  /// Bytes of all texts together.
  package var byteCount: Int { bytes.count }

  /// The number of a text, which is added where it is new.
  ///
  /// - Complexity: O(n) in the text's length, amortized.
  package mutating func number(of text: UnsafeRawBufferPointer) -> (number: UInt32, isNew: Bool) {
    guard !text.isEmpty else { return (0, false) }
    if count * 4 >= places.count * 3 { grow() }
    let hash = Self.hash(text)
    var place = Int(truncatingIfNeeded: hash) & (places.count - 1)
    while places[place] != 0 {
      let number = places[place]
      if hashes[Int(number) - 1] == hash, self.text(of: number).elementsEqual(text) { return (number, false) }
      place = (place + 1) & (places.count - 1)
    }
    bytes.append(contentsOf: text)
    ends.append(bytes.count)
    hashes.append(hash)
    places[place] = UInt32(count)
    return (UInt32(count), true)
  }

  /// The bytes of a text; none for 0.
  ///
  /// - Precondition: `number` is at most `count`.
  package func text(of number: UInt32) -> ArraySlice<UInt8> {
    number == 0 ? [] : bytes[ends[Int(number) - 1]..<ends[Int(number)]]
  }

  /// Forgets all texts and keeps the memory.
  package mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
    ends.removeAll(keepingCapacity: true)
    ends.append(0)
    hashes.removeAll(keepingCapacity: true)
    for place in places.indices { places[place] = 0 }
  }

  private mutating func grow() {
    places = [UInt32](repeating: 0, count: max(64, places.count * 2))
    for (index, hash) in hashes.enumerated() {
      var place = Int(truncatingIfNeeded: hash) & (places.count - 1)
      while places[place] != 0 { place = (place + 1) & (places.count - 1) }
      places[place] = UInt32(index + 1)
    }
  }

  /// FNV-1a, with the high bits folded into those that choose the place.
  private static func hash(_ text: UnsafeRawBufferPointer) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in text { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    return hash ^ (hash >> 32)
  }
}
