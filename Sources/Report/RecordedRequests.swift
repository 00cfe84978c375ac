import Glibc
import Measurement
import Verdict

/// The files of a run's `history/` folder, mapped into memory for as long as this lives.
///
/// What has been read is given back at once, a few MB at a time: files of any length take little memory.
package final class RecordedRequests: OperationSource {
  private let mapped: [MappedFile]
  private let history: OperationHistory

  /// - Parameters:
  ///   - directory: The `history/` folder; without a worker's files in it there are no requests.
  ///   - keysOfPortion: About how many keys are in memory together at most.
  /// - Throws: Where a file cannot be read, or is not what its name says.
  package init(
    directory: String, keysOfPortion: Int = OperationHistory.usualPortion
  ) throws(OperationSourceError) {
    var mapped: [MappedFile] = []
    var files: [OperationHistory.Files] = []
    while access("\(directory)/worker-\(files.count).operations", F_OK) == 0 {
      let operations = try MappedFile("\(directory)/worker-\(files.count).operations")
      let names = try MappedFile("\(directory)/worker-\(files.count).names")
      mapped += [operations, names]
      files.append(OperationHistory.Files(operations: operations.bytes, names: names.bytes))
    }
    self.mapped = mapped
    do throws(OperationHistoryError) {
      history = try OperationHistory(files, keysOfPortion: keysOfPortion, release: MappedFile.release)
    } catch {
      throw OperationSourceError("\(directory): \(error)")
    }
  }

  /// What was left out at the ends of files, in sentences.
  package var notes: [String] { history.notes }

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

/// A file's bytes in memory, read only.
private final class MappedFile {
  let bytes: UnsafeRawBufferPointer

  init(_ path: String) throws(OperationSourceError) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    if descriptor < 0 { throw Self.error(path) }
    defer { close(descriptor) }
    var status = stat()
    if fstat(descriptor, &status) != 0 { throw Self.error(path) }
    let count = Int(status.st_size)
    // An empty file has no mapping.
    if count == 0 {
      bytes = UnsafeRawBufferPointer(start: nil, count: 0)
      return
    }
    let address = mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0)
    guard let address, address != MAP_FAILED else { throw Self.error(path) }
    bytes = UnsafeRawBufferPointer(start: address, count: count)
  }

  deinit {
    if let start = bytes.baseAddress { munmap(UnsafeMutableRawPointer(mutating: start), bytes.count) }
  }

  /// Gives back the memory of pages that lie wholly within `bytes`; they are read again from the file when needed.
  static func release(_ bytes: UnsafeRawBufferPointer) {
    let page = UInt(getpagesize())
    let start = (UInt(bitPattern: bytes.baseAddress) + page - 1) / page * page
    let end = (UInt(bitPattern: bytes.baseAddress) + UInt(bytes.count)) / page * page
    if start < end { madvise(UnsafeMutableRawPointer(bitPattern: start), Int(end - start), MADV_DONTNEED) }
  }

  private static func error(_ path: String) -> OperationSourceError {
    OperationSourceError("\(path): \(String(cString: strerror(errno)))")
  }
}
