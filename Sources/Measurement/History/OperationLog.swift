/// A worker's record of the requests that invariants need: appended to a buffer, and given away when that is full.
///
/// It does no I/O: `sink` gets the bytes to append to each file. A record's names always come before it, so that files
/// that end anywhere can be read to there. Memory is bounded: the table of keys is emptied when it is full, and a key
/// that comes again then gets another number, which readers bring together by its text.
///
/// - Thread rule: one thread at a time; `sink` is called on it.
package final class OperationLog {
  package typealias Sink = (_ file: OperationLogFile, _ bytes: UnsafeRawBufferPointer) -> Void

  private let sink: Sink
  private let buffer: UnsafeMutableRawBufferPointer
  private var used = 0
  private var names: [UInt8] = []
  private var keys = KeyTable()
  /// Of keys before those in the table.
  private var keysForgotten: UInt32 = 0
  private let keyLimit: Int
  private let keyByteLimit: Int
  /// Operations appended so far.
  package private(set) var count: UInt64 = 0
  private let seed: UInt64
  private var seriesCount: UInt32 = 0
  /// In the table, usually: half of those that a reader keeps in reach.
  package static let mostKeys = 1 << 16

  /// Begins both files.
  ///
  /// - Parameters:
  ///   - run: When the run began, nanoseconds since 1970: no file of another run passes for one of this.
  ///   - series: What `Operation.outcome` counts into; `addSeries` adds to them.
  ///   - keyNames: What the columns of `Operation.keys` hold: the names of variables.
  ///   - bufferedOperations: How many are kept before `sink` gets them.
  ///   - keyLimit: The most keys in the table, at most `mostKeys`; it is emptied at 64 bytes a key on average, too.
  package init(
    worker: Int, run: UInt64, series: [SeriesKey], keyNames: [String], bufferedOperations: Int = 1_024,
    keyLimit: Int = mostKeys, sink: @escaping Sink
  ) {
    precondition(bufferedOperations > 0 && keyLimit > 0, "a log without room")
    precondition(keyLimit <= Self.mostKeys, "keys out of a reader's reach")
    self.sink = sink
    self.keyLimit = keyLimit
    keyByteLimit = keyLimit * 64
    buffer = .allocate(byteCount: bufferedOperations * Operation.encodedLength, alignment: 64)
    let owner = OperationLogOwner(worker: UInt32(worker), run: run)
    seed = owner.seed
    for file in OperationLogFile.allCases {
      OperationLogFormat.head(file, owner).withUnsafeBytes { sink(file, $0) }
    }
    for (number, name) in keyNames.enumerated() { appendName(.column, UInt32(number), name) }
    for key in series { addSeries(key) }
  }

  deinit { buffer.deallocate() }

  /// Gives a name to the next number of `Operation.outcome`.
  package func addSeries(_ key: SeriesKey) {
    appendName(.series, seriesCount, "\(key.group)\0\(key.step)\0\(key.outcome)")
    seriesCount += 1
  }

  /// The number of a key for `Operation.keys`; 0 for the empty one. Of a longer one only the first 64 KB count.
  package func number(ofKey text: UnsafeRawBufferPointer) -> UInt32 {
    let text = UnsafeRawBufferPointer(rebasing: text.prefix(OperationLogFormat.largestName))
    if keys.count >= keyLimit || keys.byteCount >= keyByteLimit {
      keysForgotten += UInt32(keys.count)
      keys.removeAll()
    }
    let (number, isNew) = keys.number(of: text)
    if number == 0 { return 0 }
    if isNew { appendName(.key, keysForgotten + number, text) }
    return keysForgotten + number
  }

  package func number(ofKey text: String) -> UInt32 {
    text.utf8.span.withUnsafeBytes { number(ofKey: $0) }
  }

  /// Appends an operation.
  ///
  /// - Complexity: O(1), without allocation; calls `sink` when the buffer is full.
  package func append(_ operation: Operation) {
    count += 1
    operation.encode(into: buffer, at: used, ordinal: UInt32(truncatingIfNeeded: count), seed: seed)
    used += Operation.encodedLength
    if used == buffer.count { flush() }
  }

  /// Gives all that is buffered to `sink`, names first.
  package func flush() {
    if !names.isEmpty {
      names.withUnsafeBytes { sink(.names, $0) }
      names.removeAll(keepingCapacity: true)
    }
    if used > 0 {
      sink(.operations, UnsafeRawBufferPointer(rebasing: buffer[..<used]))
      used = 0
    }
  }

  private func appendName(_ kind: OperationLogFormat.Name, _ number: UInt32, _ text: String) {
    text.utf8.span.withUnsafeBytes { appendName(kind, number, $0) }
  }

  private func appendName(_ kind: OperationLogFormat.Name, _ number: UInt32, _ text: UnsafeRawBufferPointer) {
    withUnsafeTemporaryAllocation(byteCount: OperationLogFormat.nameHeadLength, alignment: 1) { head in
      head[0] = kind.rawValue
      head.storeBytes(of: number.littleEndian, toByteOffset: 1, as: UInt32.self)
      head.storeBytes(of: UInt32(text.count).littleEndian, toByteOffset: 5, as: UInt32.self)
      let check = OperationLogFormat.check(kind: kind.rawValue, number: number, text: text, seed)
      head.storeBytes(of: check.littleEndian, toByteOffset: 9, as: UInt32.self)
      names.append(contentsOf: UnsafeRawBufferPointer(head))
    }
    names.append(contentsOf: text)
  }
}
