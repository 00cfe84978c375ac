/// The keys of a worker that its next records may name, while both files are read from front to back.
///
/// A worker's table of keys is bounded, so that its records name no key that is `length` numbers or more behind the last one
/// named before. What is here is therefore bounded too, however many keys there are.
struct KeyWindow {
  /// How many keys are in reach. The writer's table has at most `OperationLog.mostKeys` keys, and a record may have some
  /// from before the table was emptied.
  static let length: UInt32 = 1 << 17

  struct Entry {
    /// In the names file.
    var start: UnsafeRawPointer
    var count: UInt32
    /// The reader's own number for the text; 0: none yet.
    var number: UInt32
    var hash: UInt64

    var text: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: start, count: Int(count)) }
  }

  private var names: NamesCursor
  private let entries: UnsafeMutablePointer<Entry>
  /// The last key that was read.
  private var last: UInt32 = 0

  /// - Parameter names: The file's entries, after its head.
  init(_ names: NamesCursor) {
    self.names = names
    entries = .allocate(capacity: Int(Self.length))
  }

  func deallocate() { entries.deallocate() }

  /// The key of a record.
  ///
  /// - Precondition: The file has it, and it is in reach of the records before.
  mutating func entry(_ number: UInt32) -> UnsafeMutablePointer<Entry> {
    while last < number {
      guard let name = names.next() else { preconditionFailure("a history changed while it was read") }
      guard name.kind == OperationLogFormat.Name.key.rawValue else { continue }
      last += 1
      entries[Int(last & (Self.length - 1))] = Entry(
        start: name.text.baseAddress ?? UnsafeRawPointer(entries), count: UInt32(name.text.count), number: 0,
        hash: KeyTable.hash(name.text))
    }
    return entries + Int(number & (Self.length - 1))
  }
}

/// Reads the entries of a names file one after another.
struct NamesCursor {
  let bytes: UnsafeRawBufferPointer
  private(set) var offset: Int
  /// Told of bytes that were read and will not be needed soon.
  private let release: OperationHistory.Release?
  private var released: Int

  /// - Parameter offset: Of an entry; the first comes after the head.
  init(
    _ bytes: UnsafeRawBufferPointer, from offset: Int = OperationLogFormat.headLength,
    release: OperationHistory.Release? = nil
  ) {
    self.bytes = bytes
    self.offset = offset
    self.release = release
    released = offset
  }

  /// The next entry; `nil` at the end, or where the last one is not whole.
  mutating func next() -> (kind: UInt8, text: UnsafeRawBufferPointer)? {
    guard bytes.count - offset >= OperationLogFormat.nameHeadLength else { return nil }
    let length = Int(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset + 1, as: UInt32.self)))
    let start = offset + OperationLogFormat.nameHeadLength
    guard length <= bytes.count - start else { return nil }
    let kind = bytes[offset]
    offset = start + length
    if let release, offset - released >= OperationHistory.releaseLength {
      release(UnsafeRawBufferPointer(rebasing: bytes[released..<offset]))
      released = offset
    }
    return (kind, UnsafeRawBufferPointer(rebasing: bytes[start..<start + length]))
  }
}
