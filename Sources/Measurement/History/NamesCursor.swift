/// Reads the entries of a names file one after another, and passes over what is not as it was written.
///
/// After bytes that are no entry the next one is looked for, byte by byte, that matches its checksum and has a later number
/// than the last of its kind: an entry that is there twice counts once.
struct NamesCursor {
  struct Entry {
    var kind: OperationLogFormat.Name
    var number: UInt32
    var text: UnsafeRawBufferPointer
    /// Where it begins in the file.
    var offset: Int
  }

  let bytes: UnsafeRawBufferPointer
  private(set) var offset: Int
  private let seed: UInt64
  /// Bytes that were passed over so far.
  private(set) var damaged = 0
  /// The number that the next entry of a kind has at least.
  private var next: (key: UInt32, series: UInt32, column: UInt32) = (1, 0, 0)
  /// Told of bytes that were read and will not be needed soon.
  private let release: OperationHistory.Release?
  private var released: Int

  /// - Parameters:
  ///   - offset: Of an entry; the first comes after the head.
  ///   - seed: Of the file's checksums.
  init(
    _ bytes: UnsafeRawBufferPointer, seed: UInt64, from offset: Int = OperationLogFormat.headLength,
    release: OperationHistory.Release? = nil
  ) {
    self.bytes = bytes
    self.offset = offset
    self.seed = seed
    self.release = release
    released = offset
  }

  /// The next entry; `nil` at the end.
  mutating func advance() -> Entry? {
    let start = offset
    while bytes.count - offset >= OperationLogFormat.nameHeadLength {
      if let entry = entry(at: offset) {
        damaged += offset - start
        offset = entry.offset + OperationLogFormat.nameHeadLength + entry.text.count
        switch entry.kind {
        case .key: next.key = entry.number &+ 1
        case .series: next.series = entry.number &+ 1
        case .column: next.column = entry.number &+ 1
        }
        if let release, offset - released >= OperationHistory.releaseLength {
          release(UnsafeRawBufferPointer(rebasing: bytes[released..<offset]))
          released = offset
        }
        return entry
      }
      offset += 1
    }
    damaged += bytes.count - start
    offset = bytes.count
    return nil
  }

  private func entry(at offset: Int) -> Entry? {
    func load(_ place: Int) -> UInt32 {
      UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset + place, as: UInt32.self))
    }
    guard let kind = OperationLogFormat.Name(rawValue: bytes[offset]) else { return nil }
    let (number, length) = (load(1), Int(load(5)))
    let isLater =
      switch kind {
      case .key: number >= next.key
      case .series: number >= next.series
      case .column: number >= next.column
      }
    let start = offset + OperationLogFormat.nameHeadLength
    guard isLater, number < OperationHistory.keyLimit, length <= OperationLogFormat.largestName,
      length <= bytes.count - start
    else { return nil }
    let text = UnsafeRawBufferPointer(rebasing: bytes[start..<start + length])
    guard load(9) == OperationLogFormat.check(kind: kind.rawValue, number: number, text: text, seed) else { return nil }
    return Entry(kind: kind, number: number, text: text, offset: offset)
  }
}
