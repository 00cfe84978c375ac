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
      guard let name = names.advance() else { preconditionFailure("a history changed while it was read") }
      guard name.kind == .key else { continue }
      last = name.number
      entries[Int(last & (Self.length - 1))] = Entry(
        start: name.text.baseAddress ?? UnsafeRawPointer(entries), count: UInt32(name.text.count), number: 0,
        hash: KeyTable.hash(name.text))
    }
    return entries + Int(number & (Self.length - 1))
  }
}
