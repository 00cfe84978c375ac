import EventLoop
import Glibc

/// Whole files, without Foundation, which costs start-up time.
package enum FileBytes {
  /// The file's bytes, or `nil` where it cannot be read.
  package static func read(_ path: String) -> [UInt8]? { try? contents(of: path) }

  /// The file's bytes. Only a regular file is read: a pipe or a device may never end.
  ///
  /// - Parameter limit: A longer file is refused with `EFBIG`.
  package static func contents(of path: String, limit: Int = 1 << 32) throws(SystemError) -> [UInt8] {
    // A pipe without a writer would not be opened until it has one.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    if descriptor < 0 { throw SystemError(path, errno) }
    defer { Glibc.close(descriptor) }
    var status = stat()
    if fstat(descriptor, &status) != 0 { throw SystemError(path, errno) }
    switch status.st_mode & S_IFMT {
    case S_IFREG: break
    case S_IFDIR: throw SystemError(path, EISDIR)
    default: throw SystemError(path, EINVAL, why: "it is a pipe, a socket or a device, and only regular files are read")
    }
    // What the file system says is a hint: a file under /proc has a length of 0.
    guard status.st_size <= limit else { throw tooLong(path, limit) }
    var failure: Int32 = 0
    var bytes = [UInt8](unsafeUninitializedCapacity: Int(status.st_size) + 1) { buffer, count in
      failure = fill(buffer, from: descriptor, &count)
    }
    if failure != 0 { throw SystemError(path, failure) }
    // Where there is more than was said, on in pieces.
    var chunk: [UInt8] = []
    while bytes.count > Int(status.st_size), failure == 0 {
      guard bytes.count <= limit else { throw tooLong(path, limit) }
      if chunk.isEmpty { chunk = [UInt8](repeating: 0, count: 1 << 16) }
      var count = 0
      failure = chunk.withUnsafeMutableBufferPointer { fill($0, from: descriptor, &count) }
      if failure != 0 { throw SystemError(path, failure) }
      bytes.append(contentsOf: chunk[..<count])
      if count < chunk.count { break }
    }
    return bytes
  }

  private static func tooLong(_ path: String, _ limit: Int) -> SystemError {
    SystemError(path, EFBIG, why: "it is longer than \(limit >> 20) MB, which is the most that is read")
  }

  /// Reads until the buffer is full or the file ends.
  ///
  /// - Returns: 0, or the error number.
  private static func fill(
    _ buffer: UnsafeMutableBufferPointer<UInt8>, from descriptor: Int32, _ count: inout Int
  ) -> Int32 {
    count = 0
    while count < buffer.count {
      let got = Glibc.read(descriptor, buffer.baseAddress! + count, buffer.count - count)
      if got == 0 { break }
      if got > 0 { count += got } else if errno != EINTR { return errno }
    }
    return 0
  }
}

/// A file that is only ever appended to, a whole piece with each call.
package final class AppendingFile {
  let path: String
  private let descriptor: Int32

  /// Makes the file, or empties it.
  package init(_ path: String) throws(SystemError) {
    self.path = path
    descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0o644)
    if descriptor < 0 { throw SystemError(path, errno) }
  }

  deinit { Glibc.close(descriptor) }

  /// - Parameter written: How many of the bytes are in the file, also where the rest is not.
  /// - Throws: at the first failure.
  func append(_ bytes: UnsafeRawBufferPointer, written: inout Int) throws(SystemError) {
    written = 0
    while written < bytes.count {
      let count = write(descriptor, bytes.baseAddress! + written, bytes.count - written)
      if count < 0 {
        if errno == EINTR { continue }
        throw SystemError(path, errno)
      }
      if count == 0 { throw SystemError(path, ENOSPC) }
      written += count
    }
  }

  package func append(_ bytes: [UInt8]) throws(SystemError) {
    // Typed throws do not pass through `withUnsafeBytes`.
    let result: Result<Void, SystemError> = bytes.withUnsafeBytes { buffer in
      var written = 0
      do throws(SystemError) {
        try append(buffer, written: &written)
        return .success(())
      } catch {
        return .failure(error)
      }
    }
    try result.get()
  }
}
