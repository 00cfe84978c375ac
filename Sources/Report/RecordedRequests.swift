import Glibc
import Measurement
import Verdict

/// The files of a run's `history/` folder, mapped into memory for as long as this lives.
package final class RecordedRequests: OperationSource {
  private let mapped: [MappedFile]
  private let history: OperationHistory

  /// - Parameter directory: The `history/` folder; without a worker's files in it there are no requests.
  /// - Throws: Where a file cannot be read, or is not what its name says.
  package init(directory: String) throws(OperationSourceError) {
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
      history = try OperationHistory(files)
    } catch {
      throw OperationSourceError("\(directory): \(error)")
    }
  }

  /// What was left out at the ends of files, in sentences.
  package var notes: [String] { history.notes }

  package var series: [SeriesKey] { history.series }
  package var keyNames: [String] { history.keyNames }
  package var keyCount: Int { history.keyCount }
  package func text(ofKey number: UInt32) -> String { history.text(ofKey: number) }
  package func forEach(_ body: (Operation) -> Void) { history.forEach(body) }
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

  private static func error(_ path: String) -> OperationSourceError {
    OperationSourceError("\(path): \(String(cString: strerror(errno)))")
  }
}
