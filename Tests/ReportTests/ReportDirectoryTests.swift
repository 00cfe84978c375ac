import Glibc
import JSON
import Measurement
import Testing

@testable import Report

@Suite struct ReportDirectoryTests {
  static let start: UInt64 = 1_763_643_420_000_000_000

  @Test(
    "moments have the names that the calendar gives them",
    arguments: [
      (0, "1970-01-01T00:00:00Z"), (951_782_399, "2000-02-28T23:59:59Z"), (951_868_799, "2000-02-29T23:59:59Z"),
      (951_868_800, "2000-03-01T00:00:00Z"), (1_763_643_420, "2025-11-20T12:57:00Z"),
      (4_107_542_399, "2100-02-28T23:59:59Z"), (4_107_542_400, "2100-03-01T00:00:00Z"),
    ] as [(UInt64, String)])
  func time(_ seconds: UInt64, _ text: String) {
    #expect(UTCTime(nanosecondsSince1970: seconds * 1_000_000_000).text == text)
  }

  @Test("a directory is named after the moment and the scenario, and a second one gets a number")
  func naming() throws {
    try withTemporaryDirectory { root in
      let reports = "\(root)/a/reports"
      let first = try ReportDirectory.create(in: reports, scenario: "coupon-cap", startedAt: Self.start)
      #expect(first.path == "\(reports)/20251120T125700Z-coupon-cap")
      let second = try ReportDirectory.create(in: reports + "/", scenario: "coupon-cap", startedAt: Self.start)
      #expect(second.path == "\(reports)/20251120T125700Z-coupon-cap-2")
      let odd = try ReportDirectory.create(in: reports, scenario: "../a b/쿠폰", startedAt: Self.start)
      #expect(odd.path == "\(reports)/20251120T125700Z-..-a-b-쿠폰")
      let long = try ReportDirectory.create(
        in: reports, scenario: String(repeating: "쿠", count: 300), startedAt: Self.start)
      #expect(names(in: reports).count == 4)
      #expect(long.path.utf8.count < reports.utf8.count + 255)
    }
  }

  @Test("a file appears whole, takes the place of the last one, and leaves nothing beside it")
  func writing() throws {
    try withTemporaryDirectory { root in
      let directory = ReportDirectory(existing: root + "/")
      try directory.write("result.json", Array("first".utf8))
      try directory.write("result.json", Array(repeating: UInt8(ascii: "x"), count: 3_000_000))
      #expect(readFile("\(root)/result.json")?.utf8.count == 3_000_000)
      #expect(names(in: root) == ["result.json"])
      #expect(try directory.makeDirectory("history") == "\(root)/history")
      #expect(try directory.makeDirectory("history") == "\(root)/history")
    }
  }

  @Test("a full disk is told with its path and a way out, and leaves the old file as it was")
  func diskFull() throws {
    try withTemporaryDirectory { root in
      let directory = ReportDirectory(existing: root)
      try directory.write("result.json", Array("old".utf8))
      // The file that the text is written to first is one on a full device.
      try #require(symlink("/dev/full", "\(root)/.result.json.\(getpid())") == 0)
      let error = #expect(throws: ReportDirectoryError.self) {
        try directory.write("result.json", [UInt8](repeating: 0, count: 1_000_000))
      }
      #expect(
        error?.description
          == "cannot write \(root)/result.json: No space left on device; "
          + "make room there, or name another place with --reports DIR")
      #expect(readFile("\(root)/result.json") == "old")
      #expect(names(in: root) == ["result.json"])
    }
  }

  @Test("a place that is no directory is told")
  func noDirectory() throws {
    try withTemporaryDirectory { root in
      #expect(writeFile("\(root)/file", "x"))
      let error = #expect(throws: ReportDirectoryError.self) {
        try ReportDirectory.create(in: "\(root)/file/reports", scenario: "a", startedAt: 0)
      }
      #expect(error?.path == "\(root)/file/reports")
      #expect(error?.operation == .makeDirectory)
    }
  }
}
