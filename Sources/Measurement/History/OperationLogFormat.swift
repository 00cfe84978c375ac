/// The two files of a worker's history; `docs/history-format.md` is the description for readers of them.
///
/// Both are append-only and little-endian, and begin with a head of 64 bytes: 8 bytes that name the file, the version
/// and the worker's number (4 bytes each), zeros.
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

enum OperationLogFormat {
  static let version: UInt32 = 1
  static let headLength = 64

  /// An entry of the names file: its kind (1 byte), the length of its text (4 bytes), its text in UTF-8. Entries of a
  /// kind are numbered in order: keys from 1, the others from 0.
  enum Name: UInt8 {
    case key = 1
    case step = 2
    /// Group, step and outcome, with a zero byte between them.
    case series = 3
    /// What a column of keys holds: the name of a variable.
    case column = 4
  }

  static let nameHeadLength = 5

  static func head(_ file: OperationLogFile, worker: Int) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: headLength)
    bytes.replaceSubrange(0..<8, with: file.magic)
    bytes.withUnsafeMutableBytes {
      $0.storeBytes(of: version.littleEndian, toByteOffset: 8, as: UInt32.self)
      $0.storeBytes(of: UInt32(worker).littleEndian, toByteOffset: 12, as: UInt32.self)
    }
    return bytes
  }
}

extension Operation {
  /// In a file.
  package static let encodedLength = 64

  /// Writes the record: the members in order of their width, and `ordinal`, which tells a record from bytes that were
  /// never written.
  ///
  /// - Parameter ordinal: Of the record in its file, from 1.
  func encode(into bytes: UnsafeMutableRawBufferPointer, at offset: Int, ordinal: UInt64) {
    func store<Value: FixedWidthInteger>(_ value: Value, _ place: Int) {
      bytes.storeBytes(of: value.littleEndian, toByteOffset: offset + place, as: Value.self)
    }
    store(invoked, 0)
    store(returned, 8)
    store(sequence, 16)
    store(user, 24)
    store(iteration, 28)
    for index in keys.indices { store(keys[index], 32 + 4 * index) }
    store(step, 48)
    store(outcome, 50)
    store(status, 52)
    store(flags.rawValue, 54)
    store(ordinal, 56)
  }

  /// - Returns: `nil` where the record was not written as the `ordinal`-th of its file.
  init?(decoding bytes: UnsafeRawBufferPointer, at offset: Int, ordinal: UInt64) {
    func load<Value: FixedWidthInteger>(_ place: Int, as type: Value.Type = Value.self) -> Value {
      Value(littleEndian: bytes.loadUnaligned(fromByteOffset: offset + place, as: Value.self))
    }
    guard load(56, as: UInt64.self) == ordinal else { return nil }
    self.init(
      invoked: load(0), returned: load(8), step: load(48), outcome: load(50), user: load(24), iteration: load(28))
    sequence = load(16)
    for index in keys.indices { keys[index] = load(32 + 4 * index) }
    status = load(52)
    flags = Flags(rawValue: load(54))
  }
}

/// A record that is known to be sound, of which a part may be all that one needs.
struct OperationRecord {
  let bytes: UnsafeRawBufferPointer
  let index: Int

  /// The number of the key in a column.
  func key(_ column: Int) -> UInt32 {
    UInt32(
      littleEndian: bytes.loadUnaligned(
        fromByteOffset: index * Operation.encodedLength + 32 + 4 * column, as: UInt32.self))
  }

  var operation: Operation {
    let offset = index * Operation.encodedLength
    guard let operation = Operation(decoding: bytes, at: offset, ordinal: UInt64(index + 1)) else {
      preconditionFailure("a history changed while it was read")
    }
    return operation
  }
}
