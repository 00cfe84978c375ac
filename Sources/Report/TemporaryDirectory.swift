import Glibc
import Synchronization

/// A directory for files that only the running process needs, removed when it ends.
///
/// A process that is killed leaves it behind; the next one that makes such a directory removes it. A lock on a file in it
/// tells a directory that is in use from one whose process is gone, whatever number either had.
package final class TemporaryDirectory: Sendable {
  package let path: String
  private let lock: Int32

  private static let prefix = "stampede-history-"
  private static let lockName = "lock"
  private static let live = Mutex<[String]>([])

  /// - Parameter base: The directory that holds it.
  /// - Throws: `ReportDirectoryError`, where it cannot be made.
  package init(in base: String) throws(ReportDirectoryError) {
    Self.removeAbandoned(in: base)
    var template = Array("\(base)/\(Self.prefix)XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw ReportDirectoryError(.makeDirectory, base, errno) }
    let path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    // Under another name until it is locked: a process that starts now takes no directory for abandoned that has no lock.
    let fresh = "\(path)/.\(Self.lockName)"
    let lock = open(fresh, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard lock >= 0, flock(lock, LOCK_EX | LOCK_NB) == 0, rename(fresh, "\(path)/\(Self.lockName)") == 0 else {
      let failure = errno
      if lock >= 0 { close(lock) }
      Self.remove(path)
      throw ReportDirectoryError(.makeDirectory, path, failure)
    }
    self.path = path
    self.lock = lock
    Self.live.withLock { $0.append(path) }
  }

  /// Removes it and what is in it.
  package func remove() {
    Self.live.withLock { live in
      guard let index = live.firstIndex(of: path) else { return }
      live.remove(at: index)
      Self.remove(path)
      close(lock)
    }
  }

  deinit { remove() }

  /// Removes all of this process; for a way out that waits for nobody.
  package static func removeAll() {
    for path in live.withLock({ $0 }) { remove(path) }
  }

  /// Removes directories of this user whose process is gone.
  static func removeAbandoned(in base: String) {
    for name in names(in: base) where name.hasPrefix(prefix) {
      let path = "\(base)/\(name)"
      var status = stat()
      guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR, status.st_uid == geteuid() else { continue }
      let lock = open("\(path)/\(lockName)", O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
      guard lock >= 0 else { continue }
      if flock(lock, LOCK_EX | LOCK_NB) == 0 { remove(path) }
      close(lock)
    }
  }

  /// Only files: nothing of ours has folders in it.
  private static func remove(_ path: String) {
    // The lock last, so that what is left by a kill in between is still known as abandoned.
    for name in names(in: path).sorted(by: { $0 != lockName && $1 == lockName }) { unlink("\(path)/\(name)") }
    rmdir(path)
  }

  private static func names(in directory: String) -> [String] {
    guard let stream = opendir(directory) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      if name != ".", name != ".." { names.append(name) }
    }
    return names
  }
}
