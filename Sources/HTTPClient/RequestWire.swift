import Glibc

/// A request as the bytes of a connection: head, then body, framed in chunks where asked. Any part of it can be
/// produced from its position alone, so that large bodies need no buffer of their size and a send that was cut short
/// needs no memory.
struct RequestWire {
  /// Data bytes of a chunk; the last may be shorter.
  static let chunkBytes = 16_384
  /// `4000\r\n`, data, `\r\n`.
  private static let chunkOnWire = 6 + chunkBytes + 2
  private static let lastChunk: StaticString = "0\r\n\r\n"

  private let headCount: Int
  private let bodyCount: Int
  private let chunked: Bool
  /// All bytes, heads and framing included.
  let count: Int

  init(headCount: Int, bodyCount: Int, chunked: Bool) {
    self.headCount = headCount
    self.bodyCount = bodyCount
    self.chunked = chunked
    if chunked {
      let (full, rest) = bodyCount.quotientAndRemainder(dividingBy: Self.chunkBytes)
      let partial = rest == 0 ? 0 : Self.digits(rest) + 2 + rest + 2
      count = headCount + full * Self.chunkOnWire + partial + Self.lastChunk.utf8CodeUnitCount
    } else {
      count = headCount + bodyCount
    }
  }

  /// The offset in the body of a position, where the rest of the message is the body as it is.
  func bodyOffset(at position: Int) -> Int? {
    chunked || position < headCount ? nil : position - headCount
  }

  /// Writes what belongs at `position` and after it, as much as fits.
  ///
  /// - Returns: the number of bytes written; 0 only at the end, or where `output` is empty.
  func copy(from position: Int, head: [UInt8], body: HTTPRequestBody, into output: UnsafeMutableRawBufferPointer) -> Int
  {
    var window = Window(output: output, position: position)
    head.withUnsafeBytes { window.append(count: headCount, from: $0.baseAddress) }
    if !chunked {
      window.append(bodyCount, of: body, from: 0)
      return window.written
    }
    // Whole chunks before the position are passed over at one step.
    let passed = max(0, min((position - headCount) / Self.chunkOnWire, bodyCount / Self.chunkBytes))
    window.skip(passed * Self.chunkOnWire)
    var offset = passed * Self.chunkBytes
    while offset < bodyCount, !window.isFull {
      let size = min(Self.chunkBytes, bodyCount - offset)
      window.append(sizeLine: size, digits: Self.digits(size))
      window.append(size, of: body, from: offset)
      window.append(count: 2, from: UnsafeRawPointer(("\r\n" as StaticString).utf8Start))
      offset += size
    }
    if offset >= bodyCount {
      window.append(count: Self.lastChunk.utf8CodeUnitCount, from: UnsafeRawPointer(Self.lastChunk.utf8Start))
    }
    return window.written
  }

  private static func digits(_ value: Int) -> Int { (Int.bitWidth - value.leadingZeroBitCount + 3) / 4 }

  /// The part of the wire that is wanted: pieces are offered in their order, and only what falls into it is written.
  private struct Window {
    let output: UnsafeMutableRawBufferPointer
    let position: Int
    var written = 0
    /// Where on the wire the next piece begins.
    private var cursor = 0

    init(output: UnsafeMutableRawBufferPointer, position: Int) {
      self.output = output
      self.position = position
    }

    var isFull: Bool { written == output.count }

    mutating func skip(_ count: Int) { cursor += count }

    /// The part of the next `count` bytes to be written, as an offset into them and a length.
    private mutating func claim(_ count: Int) -> (offset: Int, count: Int) {
      let offset = max(0, position + written - cursor)
      cursor += count
      if offset >= count { return (0, 0) }
      return (offset, min(count - offset, output.count - written))
    }

    mutating func append(count: Int, from source: UnsafeRawPointer?) {
      let part = claim(count)
      if part.count == 0 { return }
      memcpy(output.baseAddress! + written, source! + part.offset, part.count)
      written += part.count
    }

    mutating func append(_ count: Int, of body: HTTPRequestBody, from offset: Int) {
      switch body {
      case .none: break
      case .bytes(let bytes):
        bytes.withUnsafeBytes { append(count: count, from: $0.baseAddress.map { $0 + offset }) }
      case .repeated(let byte, _):
        let part = claim(count)
        if part.count == 0 { return }
        memset(output.baseAddress! + written, Int32(byte), part.count)
        written += part.count
      }
    }

    mutating func append(sizeLine size: Int, digits: Int) {
      let part = claim(digits + 2)
      for index in part.offset..<(part.offset + part.count) {
        let byte: UInt8
        switch index - digits {
        case 0: byte = UInt8(ascii: "\r")
        case 1: byte = UInt8(ascii: "\n")
        default:
          let nibble = UInt8(truncatingIfNeeded: size >> (4 * (digits - 1 - index))) & 0xF
          byte = nibble < 10 ? 0x30 + nibble : 0x57 + nibble
        }
        output[written] = byte
        written += 1
      }
    }
  }
}
