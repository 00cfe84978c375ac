/// The UTF-8 of a JSON string whose escapes are resolved on the way, without storage.
///
/// Takes the contents between the quotes, which must have been checked already.
struct UnescapedBytes: IteratorProtocol {
  private let source: UnsafeBufferPointer<UInt8>
  private var position = 0
  /// Bytes of an escaped character that are still to come, the next one lowest.
  private var pending: UInt32 = 0
  private var pendingCount = 0

  init(_ source: UnsafeBufferPointer<UInt8>) {
    self.source = source
  }

  mutating func next() -> UInt8? {
    if pendingCount > 0 {
      let byte = UInt8(truncatingIfNeeded: pending)
      pending >>= 8
      pendingCount -= 1
      return byte
    }
    guard position < source.count else { return nil }
    let byte = source[position]
    guard byte == UInt8(ascii: "\\") else {
      position += 1
      return byte
    }
    position += 2
    switch source[position - 1] {
    case UInt8(ascii: "b"): return 0x08
    case UInt8(ascii: "f"): return 0x0C
    case UInt8(ascii: "n"): return 0x0A
    case UInt8(ascii: "r"): return 0x0D
    case UInt8(ascii: "t"): return 0x09
    case UInt8(ascii: "u"): return character()
    case let other: return other
    }
  }

  /// The first byte of the character after `\u`; the others become pending.
  private mutating func character() -> UInt8 {
    var value = codeUnit()
    if value & 0xFC00 == 0xD800 {
      position += 2
      value = 0x10000 + (value & 0x3FF) << 10 + codeUnit() & 0x3FF
    }
    let encoded = UTF8.encode(Unicode.Scalar(value)!)!
    var bytes = encoded.makeIterator()
    let first = bytes.next()!
    pendingCount = encoded.count - 1
    pending = 0
    var shift: UInt32 = 0
    while let byte = bytes.next() {
      pending |= UInt32(byte) << shift
      shift += 8
    }
    return first
  }

  private mutating func codeUnit() -> UInt32 {
    var unit: UInt32 = 0
    for offset in 0..<4 { unit = unit << 4 | UInt32(hexadecimalValue(source[position + offset])!) }
    position += 4
    return unit
  }
}
