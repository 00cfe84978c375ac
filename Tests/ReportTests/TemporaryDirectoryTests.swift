import Glibc
import Testing

@testable import Report

@Suite struct TemporaryDirectoryTests {
  @Test("a temporary directory is removed with what is in it")
  func removed() throws {
    try withTemporaryDirectory { root in
      let directory = try TemporaryDirectory(in: root)
      #expect(names(in: root).count == 1)
      try ReportDirectory(existing: directory.path).write("worker-0.names", [1, 2, 3])
      directory.remove()
      #expect(names(in: root).isEmpty)
    }
  }

  @Test("that of a process that is gone is removed by the next, and others are left alone")
  func abandoned() throws {
    try withTemporaryDirectory { root in
      // As a kill leaves it: the file is there, and nobody holds the lock.
      for name in ["stampede-history-abcdef", "stampede-history-fresh", "another-directory"] {
        mkdir("\(root)/\(name)", 0o700)
        try ReportDirectory(existing: "\(root)/\(name)").write("worker-0.operations", [1])
      }
      try ReportDirectory(existing: "\(root)/stampede-history-abcdef").write("lock", [])
      try ReportDirectory(existing: "\(root)/another-directory").write("lock", [])
      let used = try TemporaryDirectory(in: root)
      let left = Set(names(in: root))
      #expect(!left.contains("stampede-history-abcdef"))
      #expect(left.isSuperset(of: ["stampede-history-fresh", "another-directory"]) && left.count == 3)
      // A second process finds the first one's lock held.
      let second = try TemporaryDirectory(in: root)
      #expect(names(in: used.path) == ["lock"] && names(in: second.path) == ["lock"])
    }
  }
}
