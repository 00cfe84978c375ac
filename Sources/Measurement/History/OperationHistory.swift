/// The recorded requests of all workers of a run, read from their files.
///
/// The bytes stay the caller's (a mapped file, say) and must outlive this. Keys are numbered anew, the same text with the
/// same number whichever worker wrote it, from 1 without gaps.
package struct OperationHistory {
  /// The files of one worker.
  package struct Files {
    package var operations: UnsafeRawBufferPointer
    package var names: UnsafeRawBufferPointer

    package init(operations: UnsafeRawBufferPointer, names: UnsafeRawBufferPointer) {
      self.operations = operations
      self.names = names
    }
  }

  private struct WorkerLog {
    var records: UnsafeRawBufferPointer
    var count: Int
    /// By number in the file.
    var keys: [UInt32]
    /// By number in the file.
    var series: [UInt16]
  }

  package private(set) var steps: [String] = []
  /// What `Operation.outcome` counts into.
  package private(set) var series: [SeriesKey] = []
  /// What the columns of `Operation.keys` hold.
  package private(set) var keyNames: [String] = []
  /// What was left out at the ends of files, in sentences; empty after a run that ended in good order.
  package private(set) var notes: [String] = []
  private var keys = KeyTable()
  private var workers: [WorkerLog] = []

  /// Reads the names, and looks where the records end.
  ///
  /// - Throws: Where a file is not of this format or version, or the workers' are not of one run.
  /// - Complexity: O(names + operations).
  package init(_ files: [Files]) throws(OperationHistoryError) {
    for files in files { try add(files) }
  }

  package var count: Int { workers.reduce(0) { $0 + $1.count } }

  package var keyCount: Int { keys.count }

  /// The text of a key; empty for 0.
  ///
  /// - Precondition: `number` is at most `keyCount`.
  package func text(ofKey number: UInt32) -> String {
    String(decoding: keys.text(of: number), as: UTF8.self)
  }

  /// Calls `body` with every operation, worker after worker, each in the order in which they were recorded.
  ///
  /// - Complexity: O(count).
  package func forEach(_ body: (Operation) -> Void) {
    for worker in workers {
      for index in 0..<worker.count {
        guard
          var operation = Operation(
            decoding: worker.records, at: index * Operation.encodedLength, ordinal: UInt64(index + 1))
        else { preconditionFailure("a history changed while it was read") }
        for column in operation.keys.indices { operation.keys[column] = worker.keys[Int(operation.keys[column])] }
        operation.outcome = worker.series[Int(operation.outcome)]
        body(operation)
      }
    }
  }
}

// MARK: - Reading

extension OperationHistory {
  private mutating func add(_ files: Files) throws(OperationHistoryError) {
    let number = try Self.readHead(.operations, files.operations)
    guard try Self.readHead(.names, files.names) == number else { throw .otherWorker(number) }
    let names = try readNames(files.names, worker: number)
    if workers.isEmpty {
      steps = names.steps
      keyNames = names.columns
    } else if steps != names.steps || keyNames != names.columns {
      throw .otherRun(worker: number)
    }
    var log = WorkerLog(
      records: UnsafeRawBufferPointer(rebasing: files.operations[OperationLogFormat.headLength...]), count: 0,
      keys: names.keys, series: [])
    for key in names.series { log.series.append(try self.number(of: key, worker: number)) }
    let whole = log.records.count / Operation.encodedLength
    while log.count < whole, isSound(log, steps: names.steps.count) { log.count += 1 }
    let rest = log.records.count - log.count * Operation.encodedLength
    if rest > 0 {
      notes.append(
        "The history of worker \(number) was cut off: \(log.count) requests are whole, and \(rest) bytes after them"
          + " are left out.")
    }
    workers.append(log)
  }

  /// Whether the record after those that are counted was written whole, and all its names are known.
  private func isSound(_ log: WorkerLog, steps: Int) -> Bool {
    let offset = log.count * Operation.encodedLength
    guard let operation = Operation(decoding: log.records, at: offset, ordinal: UInt64(log.count + 1)) else {
      return false
    }
    return operation.step < steps && operation.outcome < log.series.count
      && operation.keys.indices.allSatisfy { operation.keys[$0] < log.keys.count }
  }

  private static func readHead(
    _ file: OperationLogFile, _ bytes: UnsafeRawBufferPointer
  ) throws(OperationHistoryError) -> Int {
    guard bytes.count >= OperationLogFormat.headLength, bytes.prefix(8).elementsEqual(file.magic) else {
      throw .unknownFile(file)
    }
    let version = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt32.self))
    guard version == OperationLogFormat.version else { throw .unknownVersion(file, version) }
    return Int(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 12, as: UInt32.self)))
  }

  private struct Names {
    var steps: [String] = []
    var columns: [String] = []
    var series: [SeriesKey] = []
    /// 0 is the empty key.
    var keys: [UInt32] = [0]
  }

  private mutating func readNames(_ bytes: UnsafeRawBufferPointer, worker: Int) throws(OperationHistoryError) -> Names {
    var names = Names()
    var offset = OperationLogFormat.headLength
    while bytes.count - offset >= OperationLogFormat.nameHeadLength {
      let length = Int(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset + 1, as: UInt32.self)))
      let start = offset + OperationLogFormat.nameHeadLength
      guard length <= bytes.count - start else { break }
      let text = UnsafeRawBufferPointer(rebasing: bytes[start..<start + length])
      guard let kind = OperationLogFormat.Name(rawValue: bytes[offset]) else {
        throw .unknownName(worker: worker, offset: offset)
      }
      switch kind {
      case .key: names.keys.append(keys.number(of: text).number)
      case .step: names.steps.append(String(decoding: text, as: UTF8.self))
      case .column: names.columns.append(String(decoding: text, as: UTF8.self))
      case .series:
        let parts = text.split(separator: 0, maxSplits: 2, omittingEmptySubsequences: false).map {
          String(decoding: $0, as: UTF8.self)
        }
        guard parts.count == 3 else { throw .unknownName(worker: worker, offset: offset) }
        names.series.append(SeriesKey(group: parts[0], step: parts[1], outcome: parts[2]))
      }
      offset = start + length
    }
    return names
  }

  private mutating func number(of key: SeriesKey, worker: Int) throws(OperationHistoryError) -> UInt16 {
    if let known = series.firstIndex(of: key) { return UInt16(known) }
    guard let number = UInt16(exactly: series.count) else { throw .tooManySeries(worker: worker) }
    series.append(key)
    return number
  }
}

/// Why files are no history of a run.
package enum OperationHistoryError: Error, Hashable, Sendable, CustomStringConvertible {
  case unknownFile(OperationLogFile)
  case unknownVersion(OperationLogFile, UInt32)
  /// The names are another worker's than the operations.
  case otherWorker(Int)
  /// The worker had other steps or columns than the first.
  case otherRun(worker: Int)
  case unknownName(worker: Int, offset: Int)
  case tooManySeries(worker: Int)

  package var description: String {
    switch self {
    case .unknownFile(let file): "this is no file of \(file) of a history"
    case .unknownVersion(let file, let version):
      "the file of \(file) has version \(version); only \(OperationLogFormat.version) is known"
    case .otherWorker(let worker): "the names beside worker \(worker)'s operations are another worker's"
    case .otherRun(let worker): "worker \(worker)'s history is of another run than the first worker's"
    case .unknownName(let worker, let offset):
      "worker \(worker)'s names cannot be read from byte \(offset) on"
    case .tooManySeries(let worker): "worker \(worker)'s names have more than \(UInt16.max) series"
    }
  }
}
