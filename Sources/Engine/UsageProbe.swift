import CLinux
import EventLoop
import Glibc
import Measurement

/// Asks the kernel what the worker threads and the machine have done, for the coordinator, once an interval.
///
/// A source that cannot be read is left out. The files stay open: reading one again costs some microseconds.
struct UsageProbe {
  private let threads: [LoopThread]
  private let schedulers: [KernelFile?]
  private let processors = KernelFile("/proc/stat")
  private let pressure = KernelFile("/proc/pressure/cpu")
  private var last = IntervalUsage(wall: 0)

  /// Begins the first interval.
  init(_ threads: [LoopThread]) {
    self.threads = threads
    schedulers = threads.map { thread in
      thread.threadID.flatMap { KernelFile("/proc/self/task/\($0)/schedstat") }
    }
    last = reading()
  }

  /// What was used since it was last asked.
  mutating func take() -> IntervalUsage {
    let now = reading()
    defer { last = now }
    return now.since(last)
  }

  /// Totals since the threads, and the machine, began.
  private func reading() -> IntervalUsage {
    var reading = IntervalUsage(wall: EventLoop.now())
    reading.workers = zip(threads, schedulers).map { thread, scheduler in
      var usage = IntervalUsage.Thread(cpu: thread.cpuNanoseconds)
      if let (wait, turns) = scheduler?.text().flatMap(Self.scheduling) {
        (usage.runQueueWait, usage.turns) = (wait, turns)
      }
      return usage
    }
    reading.process = stampede_process_cpu_nanoseconds()
    if let (all, stolen) = processors?.text().flatMap(Self.ticks) {
      (reading.ticks, reading.stolenTicks) = (all, stolen)
    }
    reading.pressure = pressure?.text().flatMap(Self.pressure)
    return reading
  }

  /// Of a thread's `schedstat`: nanoseconds on a processor, nanoseconds waiting for one, turns.
  static func scheduling(_ text: String) -> (wait: UInt64, turns: UInt64)? {
    let numbers = text.split { $0 == " " || $0 == "\n" }.map { UInt64($0) }
    guard numbers.count >= 3, let wait = numbers[1], let turns = numbers[2] else { return nil }
    return (wait, turns)
  }

  /// Of `/proc/stat`: user, nice, system, idle, iowait, irq, softirq and steal of all processors. What guests use is in
  /// user and nice already.
  static func ticks(_ text: String) -> (all: UInt64, stolen: UInt64)? {
    guard let line = text.split(separator: "\n").first, line.hasPrefix("cpu ") else { return nil }
    let numbers = line.split(separator: " ").dropFirst().prefix(8).map { UInt64($0) }
    guard numbers.count == 8, let stolen = numbers[7], !numbers.contains(nil) else { return nil }
    return (numbers.reduce(0) { $0 &+ ($1 ?? 0) }, stolen)
  }

  /// Of `/proc/pressure/cpu`: the microseconds of `some … total=`, as nanoseconds.
  static func pressure(_ text: String) -> UInt64? {
    guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix("some ") }) else { return nil }
    guard let total = line.split(separator: " ").first(where: { $0.hasPrefix("total=") }) else { return nil }
    return UInt64(total.dropFirst("total=".count)).map { $0 &* 1000 }
  }
}

/// A small file that the kernel writes anew each time it is read from its beginning.
private final class KernelFile {
  private let descriptor: Int32

  init?(_ path: String) {
    descriptor = open(path, O_RDONLY | O_CLOEXEC)
    if descriptor < 0 { return nil }
  }

  deinit { close(descriptor) }

  /// The first 4 KiB; `nil` where it cannot be read, as pressure where the kernel was told not to account for it.
  func text() -> String? {
    withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 1) { buffer in
      let count = pread(descriptor, buffer.baseAddress, buffer.count, 0)
      return count > 0 ? String(decoding: buffer[..<count], as: UTF8.self) : nil
    }
  }
}
