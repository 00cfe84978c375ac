import Glibc
import Measurement
import Verdict

/// The files of a run's `history/` folder, mapped into memory for as long as this lives.
///
/// What has been read is given back at once, a few MB at a time: files of any length take little memory.
package final class RecordedRequests: OperationSource {
  private let mapped: [MappedFile]
  private let history: OperationHistory
  /// What is left out, in sentences; empty where all that was recorded is here.
  package let notes: [String]

  /// - Parameters:
  ///   - directory: The `history/` folder; without a worker's files in it there are no requests.
  ///   - record: Of the run, which says how many requests each worker recorded, and when the last can have ended.
  ///   - tails: What of the files is in memory, where the disk did not take it.
  ///   - keysOfPortion: About how many keys are in memory together at most.
  /// - Throws: Where a file cannot be read, or is not what its name says.
  package init(
    directory: String, of record: RunRecord? = nil, tails: [HistoryTail] = [],
    keysOfPortion: Int = OperationHistory.usualPortion
  ) throws(OperationSourceError) {
    var mapped: [MappedFile] = []
    var files: [OperationHistory.Files] = []
    let expected = record?.recorded
    // Files that are gone leave a gap in the numbers.
    let most = max(expected?.count ?? 0, record?.identity.workers ?? 0)
    var worker = 0
    var notes: [String] = []
    while true {
      let path = "\(directory)/worker-\(worker)"
      let tail = tails.first { $0.worker == worker }
      if tail == nil, access("\(path).operations", F_OK) != 0 {
        if worker >= min(most, Self.mostWorkers) { break }
        worker += 1
        continue
      }
      let operations = try MappedFile("\(path).operations", tail: tail?.operations ?? [])
      let names = try MappedFile("\(path).names", tail: tail?.names ?? [])
      mapped += [operations, names]
      files.append(OperationHistory.Files(operations: operations.bytes, names: names.bytes))
      worker += 1
    }
    self.mapped = mapped
    let inFiles = mapped.map(\.inFile)
    do throws(OperationHistoryError) {
      history = try OperationHistory(
        files, run: record?.identity.startedAt, latest: record?.latest ?? Operation.latest,
        keysOfPortion: keysOfPortion,
        release: { MappedFile.release($0, within: inFiles) })
    } catch {
      throw OperationSourceError("\(directory): \(error)")
    }
    notes += history.notes
    if let expected {
      let total = expected.reduce(0, +)
      if UInt64(history.count) != total {
        notes.append("The run recorded \(total) requests, and \(history.count) of them can be read.")
      }
    }
    self.notes = notes
  }

  /// More than any machine has processors.
  private static let mostWorkers = 1 << 16

  package var loss: String? { notes.isEmpty ? nil : notes.joined(separator: " ") }
  package var series: [SeriesKey] { history.series }
  package var keyNames: [String] { history.keyNames }
  package func text(ofKey number: UInt32) -> String { history.text(ofKey: number) }
  package func numbers(ofKey text: String) -> Set<UInt32> { history.numbers(ofKey: text) }
  package func forEach(_ body: (Operation) -> Void) { history.forEach(body) }
  package var portionCount: Int { history.portionCount }
  package func portion(_ index: Int, by column: Int, also columns: [Int]) -> any OperationPortion {
    history.portion(index, by: column, also: columns)
  }
}

/// A file's bytes in memory, read only, and behind them a tail that is not in the file.
private final class MappedFile {
  let bytes: UnsafeRawBufferPointer
  /// The part that can be read from the file again.
  let inFile: Range<UInt>

  /// A file that cannot be opened counts as empty if it has a tail.
  init(_ path: String, tail: [UInt8]) throws(OperationSourceError) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    if descriptor < 0, tail.isEmpty { throw Self.error(path) }
    defer { if descriptor >= 0 { close(descriptor) } }
    var count = 0
    if descriptor >= 0 {
      var status = stat()
      if fstat(descriptor, &status) != 0 { throw Self.error(path) }
      guard status.st_mode & S_IFMT == S_IFREG else {
        throw OperationSourceError("\(path): this is not a regular file")
      }
      count = Int(status.st_size)
    }
    // An empty file has no mapping.
    if count + tail.count == 0 {
      bytes = UnsafeRawBufferPointer(start: nil, count: 0)
      inFile = 0..<0
      return
    }
    if tail.isEmpty {
      let address = mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0)
      guard let address, address != MAP_FAILED else { throw Self.error(path) }
      bytes = UnsafeRawBufferPointer(start: address, count: count)
      inFile = UInt(bitPattern: address)..<UInt(bitPattern: address) + UInt(count)
      return
    }
    // Whole pages of the file are mapped over memory; the page in which it ends, and the tail, are copied there.
    let room = mmap(nil, count + tail.count, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let room, room != MAP_FAILED else { throw Self.error(path) }
    bytes = UnsafeRawBufferPointer(start: room, count: count + tail.count)
    let page = Int(getpagesize())
    let whole = count / page * page
    inFile = UInt(bitPattern: room)..<UInt(bitPattern: room) + UInt(whole)
    if whole > 0 {
      let mapped = mmap(room, whole, PROT_READ, MAP_PRIVATE | MAP_FIXED, descriptor, 0)
      guard let mapped, mapped != MAP_FAILED else { throw Self.error(path) }
    }
    var offset = whole
    while offset < count {
      let got = pread(descriptor, room + offset, count - offset, off_t(offset))
      if got < 0, errno == EINTR { continue }
      guard got > 0 else { throw Self.error(path) }
      offset += got
    }
    tail.withUnsafeBytes { (room + count).copyMemory(from: $0.baseAddress!, byteCount: $0.count) }
  }

  deinit {
    if let start = bytes.baseAddress { munmap(UnsafeMutableRawPointer(mutating: start), bytes.count) }
  }

  /// Gives back the memory of pages that lie wholly within `bytes`; they are read again from the file when needed.
  ///
  /// - Parameter files: The memory behind which there are files: any other has nothing to be read again from.
  static func release(_ bytes: UnsafeRawBufferPointer, within files: [Range<UInt>]) {
    let place = UInt(bitPattern: bytes.baseAddress)
    guard let file = files.first(where: { $0.contains(place) }) else { return }
    let page = UInt(getpagesize())
    let start = (place + page - 1) / page * page
    let end = min(place + UInt(bytes.count), file.upperBound) / page * page
    if start < end { madvise(UnsafeMutableRawPointer(bitPattern: start), Int(end - start), MADV_DONTNEED) }
  }

  private static func error(_ path: String) -> OperationSourceError {
    OperationSourceError("\(path): \(String(cString: strerror(errno)))")
  }
}
