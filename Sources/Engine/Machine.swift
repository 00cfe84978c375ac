import CLinux
import Glibc
import Load

/// What machine this is, for the record.
package enum Machine {
  /// `AMD EPYC, 2 cores, 24 GB, Linux 6.1.0`.
  package static func describe() -> String {
    let model = firstValue(of: "model name", in: "/proc/cpuinfo") ?? "unknown processor"
    let kilobytes = firstValue(of: "MemTotal", in: "/proc/meminfo").flatMap { Int($0.prefix { $0 != " " }) } ?? 0
    var system = utsname()
    uname(&system)
    let release = withUnsafeBytes(of: &system.release) { text(upToZero: $0) }
    let cores = allowedProcessors().count
    let gigabytes = Double(kilobytes) / 1_048_576
    return "\(model), \(cores) \(cores == 1 ? "core" : "cores"), \(Int(gigabytes.rounded())) GB, Linux \(release)"
  }

  /// Processors that this process may use.
  package static func allowedProcessors() -> [Int32] {
    var processors = [Int32](repeating: 0, count: 1024)
    let count = stampede_allowed_cpus(&processors, Int32(processors.count))
    return count > 0 ? Array(processors.prefix(Int(count))) : [0]
  }

  /// The most memory that this process has had resident so far.
  package static func peakResidentBytes() -> UInt64 {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return UInt64(usage.ru_maxrss) * 1024
  }

  /// Seeds for runs that follow one another: the first, and others that are drawn from it, each another.
  package static func seeds(from first: UInt64, count: Int) -> [UInt64] {
    var generator = SeededGenerator(seed: first).fork(stream: "repeat")
    var seeds = [first]
    while seeds.count < count {
      // Short enough to be copied by hand.
      let seed = generator.next() >> 24
      if !seeds.contains(seed) { seeds.append(seed) }
    }
    return seeds
  }

  /// A number that no earlier run is likely to have had.
  package static func freshSeed() -> UInt64 {
    var generator = SystemRandomNumberGenerator()
    // Short enough to be typed again.
    return generator.next() % 1_000_000_000_000
  }

  /// The commit that `HEAD` names in the work tree around `directory`, read without running git.
  package static func gitRevision(around directory: String) -> String? {
    var path = directory
    while true {
      if let head = FileBytes.read(path + "/.git/HEAD").map(trimmed) {
        guard head.hasPrefix("ref: ") else { return head }
        let reference = String(head.dropFirst(5))
        if let commit = FileBytes.read(path + "/.git/" + reference).map(trimmed) { return commit }
        return FileBytes.read(path + "/.git/packed-refs").map { String(decoding: $0, as: UTF8.self) }?
          .split(separator: "\n").first { $0.hasSuffix(" " + reference) }.map { String($0.prefix { $0 != " " }) }
      }
      guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return nil }
      path = String(path[..<slash])
    }
  }

  private static func trimmed(_ bytes: [UInt8]) -> String {
    String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
  }

  private static func firstValue(of key: String, in path: String) -> String? {
    guard let bytes = FileBytes.read(path) else { return nil }
    for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") where line.hasPrefix(key) {
      guard let colon = line.firstIndex(of: ":") else { continue }
      return String(line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" })
    }
    return nil
  }

  private static func text(upToZero bytes: UnsafeRawBufferPointer) -> String {
    String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
  }
}
