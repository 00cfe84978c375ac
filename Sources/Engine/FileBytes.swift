import EventLoop
import Glibc

/// Whole files, without Foundation, which costs start-up time.
package enum FileBytes {
  /// The file's bytes, or `nil` where it cannot be read.
  package static func read(_ path: String) -> [UInt8]? { try? contents(of: path) }

  /// The file's bytes.
  package static func contents(of path: String) throws(SystemError) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    if descriptor < 0 { throw SystemError(path, errno) }
    defer { Glibc.close(descriptor) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = Glibc.read(descriptor, &chunk, chunk.count)
      if count < 0 {
        if errno == EINTR { continue }
        throw SystemError(path, errno)
      }
      if count == 0 { return bytes }
      bytes.append(contentsOf: chunk[..<count])
    }
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

  /// - Throws: at the first failure, after which a part may be written.
  func append(_ bytes: UnsafeRawBufferPointer) throws(SystemError) {
    var offset = 0
    while offset < bytes.count {
      let count = write(descriptor, bytes.baseAddress! + offset, bytes.count - offset)
      if count < 0 {
        if errno == EINTR { continue }
        throw SystemError(path, errno)
      }
      offset += count
    }
  }

  package func append(_ bytes: [UInt8]) throws(SystemError) {
    // Typed throws do not pass through `withUnsafeBytes`.
    let result: Result<Void, SystemError> = bytes.withUnsafeBytes { buffer in
      do throws(SystemError) {
        try append(buffer)
        return .success(())
      } catch {
        return .failure(error)
      }
    }
    try result.get()
  }
}
