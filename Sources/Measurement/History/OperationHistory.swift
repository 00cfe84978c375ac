/// The recorded requests of all workers of a run, read from their files.
///
/// The bytes stay the caller's (a mapped file, say) and must outlive this. They are read from front to back as often as it
/// takes, and nothing is kept of them but the names of steps and outcomes: memory does not grow with requests and keys.
///
/// Records that are not as they were written are left out and counted, and so are those with an impossible time; reading goes
/// on behind them. `isWhole` says whether there were any.
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
    /// The file of operations, with its head.
    var operations: UnsafeRawBufferPointer
    /// Sound records that follow each other without a gap.
    var runs: [(offset: Int, count: Int)] = []
    var count = 0
    var names: UnsafeRawBufferPointer
    var seed: UInt64
    /// How many keys the workers before it have.
    var firstKey: UInt32
    var keyCount: UInt32
    /// Keys whose entries are damaged, in order.
    var missingKeys: [ClosedRange<UInt32>]
    /// Of every `keyStride`-th key, from the first: where its entry is in `names`.
    var keyOffsets: [Int]
    /// By number in the file; `nil` for one whose name is damaged.
    var series: [UInt32?]
  }

  /// Bytes that are read before they are released.
  static let releaseLength = 1 << 22
  /// So that a text is found by way of a few dozen, for an eighth of a byte a key.
  static let keyStride: UInt32 = 64
  /// About how many keys a portion has at most.
  package static let usualPortion = 1 << 20

  /// Key numbers of all workers are below it: the highest bit is the portions'.
  static let keyLimit: UInt32 = 1 << 31

  /// What `Operation.outcome` counts into.
  package private(set) var series: [SeriesKey] = []
  /// What the columns of `Operation.keys` hold.
  package private(set) var keyNames: [String] = []
  /// What was left out, in sentences; empty after a run that ended in good order.
  package private(set) var notes: [String] = []
  /// Whether all that was written is here, as far as the files tell.
  package var isWhole: Bool { notes.isEmpty }
  private(set) var workers: [WorkerLog] = []
  let release: Release?
  private let keysOfPortion: Int
  /// No request can have ended later.
  private let latest: UInt64
  /// Of the first file, or as was asked for.
  private var run: UInt64?
  private var numbers: [SeriesKey: UInt32] = [:]

  /// Reads the names, and looks where the records end.
  ///
  /// - Parameters:
  ///   - run: When the run began that the files have to be of, nanoseconds since 1970; `nil` for any.
  ///   - latest: When the run ended, nanoseconds since its start: requests that say they ended later are left out.
  ///   - keysOfPortion: About how many keys a portion has at most.
  ///   - release: Told of what has been read, a few MB at a time.
  /// - Throws: Where a file is not of this format or version, or the workers' are not of one run.
  /// - Complexity: O(names + operations) time.
  package init(
    _ files: [Files], run: UInt64? = nil, latest: UInt64 = Operation.latest, keysOfPortion: Int = usualPortion,
    release: Release? = nil
  ) throws(OperationHistoryError) {
    precondition(keysOfPortion > 0, "a portion without keys")
    self.keysOfPortion = keysOfPortion
    self.release = release
    self.latest = min(latest, Operation.latest)
    self.run = run
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
    let own = number - worker.firstKey
    let stride = Int((own - 1) / Self.keyStride)
    guard stride < worker.keyOffsets.count else { return "" }
    var cursor = NamesCursor(worker.names, seed: worker.seed, from: worker.keyOffsets[stride])
    while let name = cursor.advance() {
      guard name.kind == .key else { continue }
      if name.number == own { return String(decoding: name.text, as: UTF8.self) }
      if name.number > own { break }
    }
    return ""
  }

  /// All numbers that a text has as a key: one for each time that a worker came to know it.
  ///
  /// - Complexity: O(names).
  package func numbers(ofKey text: String) -> Set<UInt32> {
    let wanted = Array(text.utf8)
    var numbers: Set<UInt32> = []
    for worker in workers {
      var cursor = NamesCursor(worker.names, seed: worker.seed, release: release)
      while let name = cursor.advance() {
        guard name.kind == .key else { continue }
        if name.text.count == wanted.count, name.text.elementsEqual(wanted) {
          numbers.insert(worker.firstKey + name.number)
        }
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
        operation.outcome = worker.number(ofSeries: operation.outcome)
        body(operation)
      }
    }
  }

  /// In how many portions the keys of any column are; a text may have been counted more than once.
  package var portionCount: Int { max(1, (keyCount + keysOfPortion - 1) / keysOfPortion) }
}

extension OperationHistory.WorkerLog {
  /// Calls `body` with every sound record as it is written.
  func forEach(release: OperationHistory.Release?, _ body: (OperationRecord) -> Void) {
    let stride = OperationHistory.releaseLength / Operation.encodedLength
    for run in runs {
      var start = 0
      while start < run.count {
        let end = min(run.count, start + stride)
        let bytes = run.offset + start * Operation.encodedLength..<run.offset + end * Operation.encodedLength
        for offset in Swift.stride(from: bytes.lowerBound, to: bytes.upperBound, by: Operation.encodedLength) {
          body(OperationRecord(bytes: operations, offset: offset))
        }
        release?(UnsafeRawBufferPointer(rebasing: operations[bytes]))
        start = end
      }
    }
  }

  /// The history's number of a series that a sound record has.
  func number(ofSeries number: UInt32) -> UInt32 { series[Int(number)]! }

  /// Whether a key has a name.
  func has(_ key: UInt32) -> Bool {
    if key > keyCount { return false }
    var (low, high) = (0, missingKeys.count)
    while low < high {
      let middle = (low + high) / 2
      if missingKeys[middle].upperBound < key { low = middle + 1 } else { high = middle }
    }
    return low == missingKeys.count || !missingKeys[low].contains(key)
  }
}

// MARK: - Reading

extension OperationHistory {
  private mutating func add(_ files: Files) throws(OperationHistoryError) {
    let owner = try OperationLogFormat.owner(.operations, files.operations)
    let number = Int(owner.worker)
    let namesOwner = try OperationLogFormat.owner(.names, files.names)
    guard namesOwner.worker == owner.worker else { throw .otherWorker(number) }
    guard namesOwner.run == owner.run, (run ?? owner.run) == owner.run else { throw .otherRun(worker: number) }
    guard !workers.contains(where: { $0.seed == owner.seed }) else { throw .twice(worker: number) }
    run = owner.run
    let names = try readNames(files.names, owner)
    if workers.isEmpty {
      keyNames = names.columns
    } else if keyNames != names.columns {
      throw .otherRun(worker: number)
    }
    let before = keyCount
    guard before + Int(names.keyCount) < Int(Self.keyLimit) else { throw .tooManyKeys }
    var log = WorkerLog(
      operations: files.operations, names: files.names, seed: owner.seed, firstKey: UInt32(before),
      keyCount: names.keyCount, missingKeys: names.missingKeys, keyOffsets: names.keyOffsets, series: [])
    for key in names.series { log.series.append(key.map { self.number(of: $0) }) }
    if names.damaged > 0 {
      notes.append(
        "\(names.damaged) bytes of the names of worker \(number)'s recorded requests are damaged or cut off, and left out."
      )
    }
    let lost = findRecords(&log)
    if let sentence = lost.sentence(worker: number, sound: log.count) { notes.append(sentence) }
    workers.append(log)
  }

  /// What of a worker's records is left out.
  private struct Lost {
    /// Known to be missing or damaged, by the ordinals of those around them.
    var damaged: UInt64 = 0
    /// Bytes after the last sound record.
    var rest = 0
    /// Without names of their outcome or keys.
    var nameless: UInt64 = 0
    var impossible: UInt64 = 0

    func sentence(worker: Int, sound: Int) -> String? {
      func counted(_ count: UInt64) -> String { "\(count) request\(count == 1 ? "" : "s")" }
      var parts: [String] = []
      if damaged > 0 { parts.append("\(counted(damaged)) damaged or missing") }
      if rest > 0 { parts.append("\(rest) bytes at the end damaged or cut off") }
      if nameless > 0 { parts.append("\(counted(nameless)) without names") }
      if impossible > 0 { parts.append("\(counted(impossible)) with an impossible time") }
      if parts.isEmpty { return nil }
      return "Of the recorded requests of worker \(worker), \(sound) are sound; left out are "
        + parts.joined(separator: ", ") + "."
    }
  }

  /// Finds the records that are sound, have names in reach and possible times.
  private func findRecords(_ log: inout WorkerLog) -> Lost {
    var lost = Lost()
    let bytes = log.operations
    var offset = OperationLogFormat.headLength
    // Of the last record that was read, in full.
    var last: UInt64 = 0
    var seen: UInt64 = 0
    var end = offset
    var highest: UInt32 = 0
    var released = offset
    while bytes.count - offset >= Operation.encodedLength {
      let record = OperationRecord(bytes: bytes, offset: offset)
      // Later than the last, so that a part of the file that is there twice counts once.
      let step = record.ordinal &- UInt32(truncatingIfNeeded: last)
      guard step != 0, step < 1 << 31, record.isWhole(seed: log.seed) else {
        offset += 1
        continue
      }
      last += UInt64(step)
      seen += 1
      switch soundness(of: record, in: log, &highest) {
      case .sound:
        if let run = log.runs.last, run.offset + run.count * Operation.encodedLength == offset {
          log.runs[log.runs.count - 1].count += 1
        } else {
          log.runs.append((offset, 1))
        }
        log.count += 1
      case .nameless: lost.nameless += 1
      case .impossible: lost.impossible += 1
      }
      offset += Operation.encodedLength
      end = offset
      if let release, offset - released >= Self.releaseLength {
        release(UnsafeRawBufferPointer(rebasing: bytes[released..<offset]))
        released = offset
      }
    }
    lost.damaged = last - seen
    lost.rest = bytes.count - end
    return lost
  }

  private enum Soundness { case sound, nameless, impossible }

  /// - Parameter highest: The highest key of the records before.
  private func soundness(of record: OperationRecord, in log: WorkerLog, _ highest: inout UInt32) -> Soundness {
    let operation = record.operation
    guard operation.outcome < log.series.count, log.series[Int(operation.outcome)] != nil else { return .nameless }
    var reach = highest
    for column in operation.keys.indices where operation.keys[column] != 0 {
      let key = operation.keys[column]
      guard key <= log.keyCount, log.missingKeys.isEmpty || log.has(key) else { return .nameless }
      reach = max(reach, key)
    }
    for column in operation.keys.indices where operation.keys[column] != 0 {
      if reach - operation.keys[column] >= KeyWindow.length { return .nameless }
    }
    guard operation.invoked <= latest else { return .impossible }
    if operation.returned != Operation.never {
      guard operation.returned >= operation.invoked, operation.returned <= latest else { return .impossible }
    }
    highest = reach
    return .sound
  }

  private struct Names {
    var columns: [String] = []
    var series: [SeriesKey?] = []
    var keyCount: UInt32 = 0
    var missingKeys: [ClosedRange<UInt32>] = []
    var keyOffsets: [Int] = []
    var damaged = 0
  }

  private func readNames(
    _ bytes: UnsafeRawBufferPointer, _ owner: OperationLogOwner
  ) throws(OperationHistoryError) -> Names {
    var names = Names()
    var cursor = NamesCursor(bytes, seed: owner.seed, release: release)
    while let entry = cursor.advance() {
      let number = Int(entry.number)
      switch entry.kind {
      case .key:
        if entry.number > names.keyCount + 1 { names.missingKeys.append(names.keyCount + 1...entry.number - 1) }
        names.keyCount = entry.number
        let strides = Int((entry.number - 1) / Self.keyStride) + 1
        // A gap as wide as a whole file of keys is no damage that can be: the number is bounded by the file's length.
        guard strides <= bytes.count else { throw .tooManyKeys }
        while names.keyOffsets.count < strides { names.keyOffsets.append(entry.offset) }
      case .column:
        guard number < 4 else { throw .unknownName(worker: Int(owner.worker), offset: entry.offset) }
        while names.columns.count < number { names.columns.append("") }
        names.columns.append(String(decoding: entry.text, as: UTF8.self))
      case .series:
        let parts = entry.text.split(separator: 0, maxSplits: 2, omittingEmptySubsequences: false).map {
          String(decoding: $0, as: UTF8.self)
        }
        guard parts.count == 3, number <= bytes.count else {
          throw .unknownName(worker: Int(owner.worker), offset: entry.offset)
        }
        while names.series.count < number { names.series.append(nil) }
        names.series.append(SeriesKey(group: parts[0], step: parts[1], outcome: parts[2]))
      }
    }
    names.damaged = cursor.damaged
    return names
  }

  private mutating func number(of key: SeriesKey) -> UInt32 {
    if let known = numbers[key] { return known }
    let number = UInt32(series.count)
    numbers[key] = number
    series.append(key)
    return number
  }
}

/// Why files are no history of a run.
package enum OperationHistoryError: Error, Hashable, Sendable, CustomStringConvertible {
  case unknownFile(OperationLogFile)
  case unknownVersion(OperationLogFile, UInt32)
  case damagedHead(OperationLogFile)
  /// The names are another worker's than the operations.
  case otherWorker(Int)
  /// The file is of another run than the first, or than the names beside it.
  case otherRun(worker: Int)
  /// Two files are of the same worker.
  case twice(worker: Int)
  case unknownName(worker: Int, offset: Int)
  case tooManyKeys

  package var description: String {
    switch self {
    case .unknownFile(let file): "this is not a history's file of \(file)"
    case .unknownVersion(let file, let version):
      "the file of \(file) has version \(version) of the format, and this stampede reads only version "
        + "\(OperationLogFormat.version): \(version < OperationLogFormat.version ? "an older" : "a newer") stampede wrote it,"
        + " and the same can read it; or run the scenario again"
    case .damagedHead(let file): "the head of the file of \(file) is damaged"
    case .otherWorker(let worker): "the names beside worker \(worker)'s operations are another worker's"
    case .otherRun(let worker): "worker \(worker)'s history is of another run than the files beside it"
    case .twice(let worker): "worker \(worker)'s history is there twice"
    case .unknownName(let worker, let offset):
      "worker \(worker)'s names cannot be read from byte \(offset) on"
    case .tooManyKeys: "the workers' names have 2^31 keys or more"
    }
  }
}
