/// The two files of a worker's history; `docs/history-format.md` is the description for readers of them.
///
/// Both are append-only and little-endian, and begin with a head of 64 bytes.
package enum OperationLogFile: Sendable, Hashable, CaseIterable {
  /// A record of 64 bytes for each operation.
  case operations
  /// What the numbers in the records stand for, each written before the first record that has it.
  case names

  var magic: [UInt8] {
    switch self {
    case .operations: Array("STMPDOPS".utf8)
    case .names: Array("STMPDNAM".utf8)
    }
  }
}

/// Which file of which run a history's bytes belong to: its head says so, and every checksum in it depends on it.
struct OperationLogOwner: Hashable {
  var worker: UInt32
  /// When the run began, nanoseconds since 1970.
  var run: UInt64

  /// Seeds the checksums of what is in the file.
  var seed: UInt64 { run ^ UInt64(worker) << 40 }
}

enum OperationLogFormat {
  static let version: UInt32 = 2
  static let headLength = 64

  /// An entry of the names file; entries of a kind are numbered in order: keys from 1, the others from 0.
  enum Name: UInt8 {
    case key = 1
    // 2 was a step's name in version 1.
    /// Group, step and outcome, with a zero byte between them.
    case series = 3
    /// What a column of keys holds: the name of a variable.
    case column = 4
  }

  /// The kind (1 byte), the number, the length of the text and the checksum (4 bytes each).
  static let nameHeadLength = 13
  /// The longest text of a name; of a longer key only the beginning counts.
  static let largestName = 1 << 16

  /// The head: 8 bytes that name the file, the version and the worker's number (4 bytes each), when the run began (8), zeros,
  /// and in the last 4 bytes the checksum of those before.
  static func head(_ file: OperationLogFile, _ owner: OperationLogOwner) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: headLength)
    bytes.replaceSubrange(0..<8, with: file.magic)
    bytes.withUnsafeMutableBytes {
      $0.storeBytes(of: version.littleEndian, toByteOffset: 8, as: UInt32.self)
      $0.storeBytes(of: owner.worker.littleEndian, toByteOffset: 12, as: UInt32.self)
      $0.storeBytes(of: owner.run.littleEndian, toByteOffset: 16, as: UInt64.self)
      let check = Checksum.of(UnsafeRawBufferPointer(rebasing: $0[..<60]), seed: 0)
      $0.storeBytes(of: check.littleEndian, toByteOffset: 60, as: UInt32.self)
    }
    return bytes
  }

  /// Whose the file is.
  static func owner(
    _ file: OperationLogFile, _ bytes: UnsafeRawBufferPointer
  ) throws(OperationHistoryError) -> OperationLogOwner {
    guard bytes.count >= headLength, bytes.prefix(8).elementsEqual(file.magic) else { throw .unknownFile(file) }
    func load<Value: FixedWidthInteger>(_ place: Int, as type: Value.Type = Value.self) -> Value {
      Value(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: Value.self))
    }
    // Before the checksum: other versions may have it elsewhere.
    let version: UInt32 = load(8)
    guard version == Self.version else { throw .unknownVersion(file, version) }
    guard load(60, as: UInt32.self) == Checksum.of(UnsafeRawBufferPointer(rebasing: bytes[..<60]), seed: 0) else {
      throw .damagedHead(file)
    }
    return OperationLogOwner(worker: load(12), run: load(16))
  }

  /// The checksum of an entry: of its text, and by the seed of all that stands before it.
  static func check(kind: UInt8, number: UInt32, text: UnsafeRawBufferPointer, _ seed: UInt64) -> UInt32 {
    Checksum.of(text, seed: seed &+ UInt64(kind) << 56 &+ UInt64(number))
  }
}

extension Operation {
  /// In a file.
  package static let encodedLength = 64

  /// Writes the record: the members in order of their width, then `ordinal`, which is the record's place in the order in
  /// which they were written, and the checksum.
  ///
  /// - Parameters:
  ///   - ordinal: The lower half of its number in the file, from 1.
  ///   - seed: Of the file's checksums.
  func encode(into bytes: UnsafeMutableRawBufferPointer, at offset: Int, ordinal: UInt32, seed: UInt64) {
    func store<Value: FixedWidthInteger>(_ value: Value, _ place: Int) {
      bytes.storeBytes(of: value.littleEndian, toByteOffset: offset + place, as: Value.self)
    }
    store(invoked, 0)
    store(returned, 8)
    store(sequence, 16)
    store(user, 24)
    store(iteration, 28)
    for index in keys.indices { store(keys[index], 32 + 4 * index) }
    store(outcome, 48)
    store(status, 52)
    store(flags.rawValue, 54)
    store(ordinal, 56)
    store(OperationRecord.check(UnsafeRawBufferPointer(bytes), at: offset, seed: seed), 60)
  }
}

/// A record in a file.
struct OperationRecord {
  let bytes: UnsafeRawBufferPointer
  let offset: Int

  @inline(__always)
  private func load<Value: FixedWidthInteger>(_ place: Int, as type: Value.Type = Value.self) -> Value {
    Value(littleEndian: bytes.loadUnaligned(fromByteOffset: offset + place, as: Value.self))
  }

  /// The number of the key in a column.
  func key(_ column: Int) -> UInt32 { load(32 + 4 * column) }

  var ordinal: UInt32 { load(56) }

  /// Whether the bytes are those that were written.
  func isWhole(seed: UInt64) -> Bool { load(60, as: UInt32.self) == Self.check(bytes, at: offset, seed: seed) }

  /// The checksum of a record: of its first 60 bytes and four zeros.
  @inline(__always)
  static func check(_ bytes: UnsafeRawBufferPointer, at offset: Int, seed: UInt64) -> UInt32 {
    func word(_ index: Int) -> UInt64 { Checksum.word(bytes, offset + 8 * index) }
    var state = Checksum.start ^ seed ^ 64 << 32
    state = Checksum.mix(state, word(0), word(1))
    state = Checksum.mix(state, word(2), word(3))
    state = Checksum.mix(state, word(4), word(5))
    state = Checksum.mix(state, word(6), word(7) & 0xFFFF_FFFF)
    return Checksum.finish(state)
  }

  var operation: Operation {
    var operation = Operation(
      invoked: load(0), returned: load(8), outcome: load(48), user: load(24), iteration: load(28))
    operation.sequence = load(16)
    for index in operation.keys.indices { operation.keys[index] = load(32 + 4 * index) }
    operation.status = load(52)
    operation.flags = Operation.Flags(rawValue: load(54))
    return operation
  }
}
