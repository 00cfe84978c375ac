import Glibc
import JSON
import Measurement
import Verdict

/// The directory that a run leaves: `<reports>/<utc>-<scenario>`.
///
/// A file appears whole or not at all: it is written beside its place and renamed. Nothing waits for the disk, so that
/// what was written survives the end of the process, not that of the machine's power.
package struct ReportDirectory: Sendable, Hashable {
  package let path: String

  /// What was run.
  package static let runName = "run.json"
  /// The scenario's text as it was read.
  package static let scenarioName = "scenario.json5"
  /// The figures of each interval, written while the run goes on.
  package static let journalName = "intervals.ndjson"
  /// The folder of the recorded requests, where an invariant needs them.
  package static let historyName = "history"
  package static let resultName = "result.json"

  /// A directory that exists already.
  package init(existing path: String) {
    self.path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
  }

  /// Makes a new directory, and the one that holds it.
  ///
  /// - Parameters:
  ///   - reports: The directory that holds the runs.
  ///   - scenario: Characters other than letters, digits, `.`, `_` and `-` become `-`.
  ///   - startedAt: Nanoseconds since 1970. Runs of the same scenario in the same second get a number after their name.
  package static func create(
    in reports: String, scenario: String, startedAt: UInt64
  ) throws(ReportDirectoryError) -> ReportDirectory {
    try makeDirectories(reports)
    let name = "\(UTCTime(nanosecondsSince1970: startedAt).compact)-\(fileName(of: scenario))"
    let base = reports.hasSuffix("/") ? reports + name : reports + "/" + name
    for attempt in 1...1000 {
      let path = attempt == 1 ? base : "\(base)-\(attempt)"
      if mkdir(path, 0o777) == 0 { return ReportDirectory(existing: path) }
      guard errno == EEXIST else { throw ReportDirectoryError(.makeDirectory, path, errno) }
    }
    throw ReportDirectoryError(.makeDirectory, base, EEXIST)
  }

  /// The path of a file or directory in it.
  package func path(of name: String) -> String { "\(path)/\(name)" }

  /// Makes a directory in it; one that exists is taken.
  package func makeDirectory(_ name: String) throws(ReportDirectoryError) -> String {
    let path = path(of: name)
    guard mkdir(path, 0o777) == 0 || errno == EEXIST else { throw ReportDirectoryError(.makeDirectory, path, errno) }
    return path
  }

  /// Writes `run.json`, and beside it the scenario's text as it was read, so that a run can be judged again after the
  /// file has changed.
  package func writeRun(_ identity: RunIdentity, scenario source: SourceText) throws(ReportDirectoryError) {
    var bytes: [UInt8] = []
    identity.json.write(into: &bytes, pretty: true)
    bytes.append(UInt8(ascii: "\n"))
    try write(Self.scenarioName, source.bytes)
    try write(Self.runName, bytes)
  }

  package func write(_ result: ResultDocument) throws(ReportDirectoryError) {
    try write(Self.resultName, result.bytes)
  }

  /// Writes a file whole, in place of one of that name.
  package func write(_ name: String, _ bytes: [UInt8]) throws(ReportDirectoryError) {
    let final = path(of: name)
    let temporary = path(of: ".\(name).\(getpid())")
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw ReportDirectoryError(.write, final, errno) }
    var failure = ReportDirectory.writeAll(bytes, to: descriptor)
    // Quotas and network file systems may tell only now.
    if close(descriptor) != 0, failure == 0, errno != EINTR { failure = errno }
    if failure == 0, rename(temporary, final) != 0 { failure = errno }
    guard failure == 0 else {
      unlink(temporary)
      throw ReportDirectoryError(.write, final, failure)
    }
  }

  /// The bytes of a file.
  package func read(_ name: String) throws(ReportDirectoryError) -> [UInt8] {
    let path = path(of: name)
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw ReportDirectoryError(.read, path, errno) }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 18)
    while true {
      let count = Glibc.read(descriptor, &chunk, chunk.count)
      if count == 0 { return bytes }
      if count > 0 {
        bytes += chunk[..<count]
      } else if errno != EINTR {
        throw ReportDirectoryError(.read, path, errno)
      }
    }
  }

  /// Whether there is a file or folder of that name.
  package func has(_ name: String) -> Bool { access(path(of: name), F_OK) == 0 }

  /// - Returns: 0, or the error number.
  private static func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Int32 {
    bytes.withUnsafeBytes { buffer in
      var offset = 0
      while offset < buffer.count {
        let count = Glibc.write(descriptor, buffer.baseAddress! + offset, buffer.count - offset)
        if count > 0 {
          offset += count
        } else if count == 0 {
          return ENOSPC
        } else if errno != EINTR {
          return errno
        }
      }
      return 0
    }
  }

  private static func makeDirectories(_ path: String) throws(ReportDirectoryError) {
    var made = path.hasPrefix("/") ? "/" : ""
    for part in path.split(separator: "/") {
      made += made.isEmpty || made.hasSuffix("/") ? String(part) : "/" + part
      guard mkdir(made, 0o777) != 0, errno != EEXIST else { continue }
      let failure = errno
      var status = stat()
      // A directory above may not be ours to write, and exist all the same.
      guard stat(made, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
        throw ReportDirectoryError(.makeDirectory, made, failure)
      }
    }
  }

  private static func fileName(of scenario: String) -> String {
    let name = scenario.unicodeScalars.map { scalar -> Character in
      let isKept =
        scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) || "._-".unicodeScalars.contains(scalar)
      return isKept ? Character(scalar) : "-"
    }
    // 255 bytes is the longest name that common file systems take.
    var short = String(name)
    while short.utf8.count > 200 { short.removeLast() }
    return short.isEmpty ? "run" : short
  }
}

/// Why a report could not be written or read: what was tried where, and the system's reason.
package struct ReportDirectoryError: Error, Hashable, CustomStringConvertible {
  package enum Operation: String, Sendable {
    case makeDirectory = "make the directory"
    case write = "write"
    case read = "read"
  }

  package var operation: Operation
  package var path: String
  package var errorNumber: Int32

  package init(_ operation: Operation, _ path: String, _ errorNumber: Int32) {
    self.operation = operation
    self.path = path
    self.errorNumber = errorNumber
  }

  package var description: String {
    "cannot \(operation.rawValue) \(path): \(String(cString: strerror(errorNumber)))" + (hint.map { "; \($0)" } ?? "")
  }

  /// What to do about it.
  private var hint: String? {
    switch errorNumber {
    case ENOSPC, EDQUOT: "make room there, or name another place with --reports DIR"
    case EACCES, EPERM, EROFS: "name a place that can be written with --reports DIR"
    default: nil
    }
  }
}
