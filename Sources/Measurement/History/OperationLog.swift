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
  package let worker: Int
  private static let largestName = 1 << 16
  /// In the table, usually: half of those that a reader keeps in reach.
  package static let mostKeys = 1 << 16

  /// Begins both files.
  ///
  /// - Parameters:
  ///   - steps: What `Operation.step` counts into.
  ///   - series: What `Operation.outcome` counts into; `addSeries` adds to them.
  ///   - keyNames: What the columns of `Operation.keys` hold: the names of variables.
  ///   - bufferedOperations: How many are kept before `sink` gets them.
  ///   - keyLimit: The most keys in the table, at most `mostKeys`; it is emptied at 64 bytes a key on average, too.
  package init(
    worker: Int, steps: [String], series: [SeriesKey], keyNames: [String], bufferedOperations: Int = 1_024,
    keyLimit: Int = mostKeys, sink: @escaping Sink
  ) {
    precondition(bufferedOperations > 0 && keyLimit > 0, "a log without room")
    precondition(keyLimit <= Self.mostKeys, "keys out of a reader's reach")
    self.worker = worker
    self.sink = sink
    self.keyLimit = keyLimit
    keyByteLimit = keyLimit * 64
    buffer = .allocate(byteCount: bufferedOperations * Operation.encodedLength, alignment: 64)
    for file in OperationLogFile.allCases {
      OperationLogFormat.head(file, worker: worker).withUnsafeBytes { sink(file, $0) }
    }
    for step in steps { appendName(.step, step) }
    for key in series { addSeries(key) }
    for name in keyNames { appendName(.column, name) }
  }

  deinit { buffer.deallocate() }

  /// Gives a name to the next number of `Operation.outcome`.
  package func addSeries(_ key: SeriesKey) {
    appendName(.series, "\(key.group)\0\(key.step)\0\(key.outcome)")
  }

  /// The number of a key for `Operation.keys`; 0 for the empty one. Of a longer one only the first 64 KB count.
  package func number(ofKey text: UnsafeRawBufferPointer) -> UInt32 {
    let text = text.count <= Self.largestName ? text : UnsafeRawBufferPointer(rebasing: text[..<Self.largestName])
    if keys.count >= keyLimit || keys.byteCount >= keyByteLimit {
      keysForgotten += UInt32(keys.count)
      keys.removeAll()
    }
    let (number, isNew) = keys.number(of: text)
    if isNew { appendName(.key, text) }
    return number == 0 ? 0 : keysForgotten + number
  }

  package func number(ofKey text: String) -> UInt32 {
    text.utf8.span.withUnsafeBytes { number(ofKey: $0) }
  }

  /// Appends an operation.
  ///
  /// - Complexity: O(1), without allocation; calls `sink` when the buffer is full.
  package func append(_ operation: Operation) {
    count += 1
    operation.encode(into: buffer, at: used, ordinal: count)
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

  private func appendName(_ kind: OperationLogFormat.Name, _ text: String) {
    text.utf8.span.withUnsafeBytes { appendName(kind, $0) }
  }

  private func appendName(_ kind: OperationLogFormat.Name, _ text: UnsafeRawBufferPointer) {
    withUnsafeTemporaryAllocation(byteCount: OperationLogFormat.nameHeadLength, alignment: 1) { head in
      head[0] = kind.rawValue
      head.storeBytes(of: UInt32(text.count).littleEndian, toByteOffset: 1, as: UInt32.self)
      names.append(contentsOf: UnsafeRawBufferPointer(head))
    }
    names.append(contentsOf: text)
  }
}
