/// The recorded requests of all workers of a run, read from their files.
///
/// The bytes stay the caller's (a mapped file, say) and must outlive this. They are read from front to back as often as it
/// takes, and nothing is kept of them but the names of steps and outcomes: memory does not grow with requests and keys.
///
/// A key's number is its place among the names of all workers. It stands for one text, and a text may have several: what
/// counts by key asks for portions, where it has one.
package struct OperationHistory {
  /// Takes note that bytes have been read and will not be needed soon; they must stay readable.
  package typealias Release = (UnsafeRawBufferPointer) -> Void

  /// The files of one worker.
  package struct Files {
    package var operations: UnsafeRawBufferPointer
    package var names: UnsafeRawBufferPointer

    package init(operations: UnsafeRawBufferPointer, names: UnsafeRawBufferPointer) {
      self.operations = operations
      self.names = names
    }
  }

  struct WorkerLog {
    var records: UnsafeRawBufferPointer
    var count: Int
    var names: UnsafeRawBufferPointer
    /// How many keys the workers before it have.
    var firstKey: UInt32
    var keyCount: UInt32
    /// Of every `keyStride`-th key, from the first: where its entry is in `names`.
    var keyOffsets: [Int]
    /// By number in the file.
    var series: [UInt16]
  }

  /// Bytes that are read before they are released.
  static let releaseLength = 1 << 22
  /// So that a text is found by way of a few dozen, for an eighth of a byte a key.
  static let keyStride: UInt32 = 64
  /// About how many keys a portion has at most.
  package static let usualPortion = 1 << 20

  package private(set) var steps: [String] = []
  /// What `Operation.outcome` counts into.
  package private(set) var series: [SeriesKey] = []
  /// What the columns of `Operation.keys` hold.
  package private(set) var keyNames: [String] = []
  /// What was left out at the ends of files, in sentences; empty after a run that ended in good order.
  package private(set) var notes: [String] = []
  private(set) var workers: [WorkerLog] = []
  let release: Release?
  private let keysOfPortion: Int

  /// Reads the names, and looks where the records end.
  ///
  /// - Parameters:
  ///   - keysOfPortion: About how many keys a portion has at most.
  ///   - release: Told of what has been read, a few MB at a time.
  /// - Throws: Where a file is not of this format or version, or the workers' are not of one run.
  /// - Complexity: O(names + operations) time.
  package init(
    _ files: [Files], keysOfPortion: Int = usualPortion, release: Release? = nil
  ) throws(OperationHistoryError) {
    precondition(keysOfPortion > 0, "a portion without keys")
    self.keysOfPortion = keysOfPortion
    self.release = release
    for files in files { try add(files) }
  }

  package var count: Int { workers.reduce(0) { $0 + $1.count } }

  /// The largest number of a key.
  package var keyCount: Int { workers.last.map { Int($0.firstKey) + Int($0.keyCount) } ?? 0 }

  /// The text of a key; empty for 0.
  ///
  /// - Precondition: `number` is at most `keyCount`.
  /// - Complexity: O(1), by way of at most `keyStride` entries.
  package func text(ofKey number: UInt32) -> String {
    guard number != 0, let worker = workers.last(where: { $0.firstKey < number }) else { return "" }
    let place = number - worker.firstKey - 1
    var cursor = NamesCursor(worker.names, from: worker.keyOffsets[Int(place / Self.keyStride)])
    var left = place % Self.keyStride
    while let name = cursor.next() {
      guard name.kind == OperationLogFormat.Name.key.rawValue else { continue }
      if left == 0 { return String(decoding: name.text, as: UTF8.self) }
      left -= 1
    }
    preconditionFailure("a history changed while it was read")
  }

  /// All numbers that a text has as a key: one for each time that a worker came to know it.
  ///
  /// - Complexity: O(names).
  package func numbers(ofKey text: String) -> Set<UInt32> {
    let wanted = Array(text.utf8)
    var numbers: Set<UInt32> = []
    for worker in workers {
      var number = worker.firstKey
      var cursor = NamesCursor(worker.names, release: release)
      while let name = cursor.next() {
        guard name.kind == OperationLogFormat.Name.key.rawValue else { continue }
        number += 1
        if name.text.count == wanted.count, name.text.elementsEqual(wanted) { numbers.insert(number) }
      }
    }
    return numbers
  }

  /// Calls `body` with every operation, worker after worker, each in the order in which they were recorded.
  ///
  /// - Complexity: O(count).
  package func forEach(_ body: (Operation) -> Void) {
    for worker in workers {
      worker.forEach(release: release) { record in
        var operation = record.operation
        for column in operation.keys.indices where operation.keys[column] != 0 {
          operation.keys[column] += worker.firstKey
        }
        operation.outcome = worker.series[Int(operation.outcome)]
        body(operation)
      }
    }
  }

  /// In how many portions the keys of any column are; a text may have been counted more than once.
  package var portionCount: Int { max(1, (keyCount + keysOfPortion - 1) / keysOfPortion) }
}

extension OperationHistory.WorkerLog {
  /// Calls `body` with every record as it is written.
  func forEach(release: OperationHistory.Release?, _ body: (OperationRecord) -> Void) {
    let stride = OperationHistory.releaseLength / Operation.encodedLength
    var start = 0
    while start < count {
      let end = min(count, start + stride)
      for index in start..<end {
        body(OperationRecord(bytes: records, index: index))
      }
      release?(
        UnsafeRawBufferPointer(rebasing: records[start * Operation.encodedLength..<end * Operation.encodedLength]))
      start = end
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
    let before = keyCount
    // The highest bit is the portions'.
    guard before + Int(names.keyCount) < 1 << 31 else { throw .tooManyKeys }
    var log = WorkerLog(
      records: UnsafeRawBufferPointer(rebasing: files.operations[OperationLogFormat.headLength...]), count: 0,
      names: files.names, firstKey: UInt32(before), keyCount: names.keyCount, keyOffsets: names.keyOffsets, series: [])
    for key in names.series { log.series.append(try self.number(of: key, worker: number)) }
    log.count = soundCount(log, steps: names.steps.count)
    let rest = log.records.count - log.count * Operation.encodedLength
    if rest > 0 {
      notes.append(
        "The history of worker \(number) was cut off: \(log.count) requests are whole, and \(rest) bytes after them"
          + " are left out.")
    }
    workers.append(log)
  }

  /// How many records from the first were written whole, and have names that are known and in reach.
  private func soundCount(_ log: WorkerLog, steps: Int) -> Int {
    let stride = Self.releaseLength / Operation.encodedLength
    let whole = log.records.count / Operation.encodedLength
    var highest: UInt32 = 0
    for index in 0..<whole {
      let offset = index * Operation.encodedLength
      guard let operation = Operation(decoding: log.records, at: offset, ordinal: UInt64(index + 1)),
        operation.step < steps, operation.outcome < log.series.count
      else { return index }
      for column in operation.keys.indices { highest = max(highest, operation.keys[column]) }
      guard highest <= log.keyCount else { return index }
      for column in operation.keys.indices where operation.keys[column] != 0 {
        if highest - operation.keys[column] >= KeyWindow.length { return index }
      }
      if (index + 1) % stride == 0 {
        release?(UnsafeRawBufferPointer(rebasing: log.records[(index + 1 - stride) * Operation.encodedLength..<offset]))
      }
    }
    return whole
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
    var keyCount: UInt32 = 0
    var keyOffsets: [Int] = []
  }

  private func readNames(_ bytes: UnsafeRawBufferPointer, worker: Int) throws(OperationHistoryError) -> Names {
    var names = Names()
    var cursor = NamesCursor(bytes, release: release)
    while true {
      let offset = cursor.offset
      guard let (kind, text) = cursor.next() else { return names }
      switch OperationLogFormat.Name(rawValue: kind) {
      case .key:
        if names.keyCount % Self.keyStride == 0 { names.keyOffsets.append(offset) }
        let (count, overflow) = names.keyCount.addingReportingOverflow(1)
        if overflow { throw .tooManyKeys }
        names.keyCount = count
      case .step: names.steps.append(String(decoding: text, as: UTF8.self))
      case .column: names.columns.append(String(decoding: text, as: UTF8.self))
      case .series:
        let parts = text.split(separator: 0, maxSplits: 2, omittingEmptySubsequences: false).map {
          String(decoding: $0, as: UTF8.self)
        }
        guard parts.count == 3 else { throw .unknownName(worker: worker, offset: offset) }
        names.series.append(SeriesKey(group: parts[0], step: parts[1], outcome: parts[2]))
      case nil: throw .unknownName(worker: worker, offset: offset)
      }
    }
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
  case tooManyKeys

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
    case .tooManyKeys: "the workers' names have 2^31 keys or more"
    }
  }
}
