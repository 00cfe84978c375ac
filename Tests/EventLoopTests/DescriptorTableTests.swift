import Glibc
import Testing

@testable import EventLoop

@Suite("The table of descriptors")
struct DescriptorTableTests {
  /// Of `/proc/self/status`.
  private static func size() throws -> Int {
    let file = try #require(fopen("/proc/self/status", "r"))
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 256)
    while fgets(&line, 256, file) != nil {
      let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      if text.hasPrefix("FDSize:") { return try #require(Int(text.dropFirst(7).filter(\.isNumber))) }
    }
    throw SystemError("fgets", 0)
  }

  @Test("is as large as asked for, within the limit, and nothing is left open")
  func reserves() throws {
    var limit = rlimit()
    try #require(getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0)
    let most = Int(min(limit.rlim_cur, 100_000))
    let wanted = min(most, try Self.size() + 1_000)
    DescriptorTable.reserve(wanted)
    #expect(try Self.size() >= wanted)
    #expect(fcntl(Int32(wanted - 1), F_GETFD) == -1)
    // Where the limit is less, as much as it allows.
    if limit.rlim_cur < 100_000 {
      DescriptorTable.reserve(.max)
      #expect(try Self.size() >= most)
    }
    DescriptorTable.reserve(0)
  }
}
