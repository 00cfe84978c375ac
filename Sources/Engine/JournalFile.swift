import EventLoop
import Measurement

/// `intervals.ndjson`, written as the run goes: what is lost to a `SIGKILL` is less than an interval.
///
/// A disk that is full ends the journal and not the run; the verdict is made from memory.
final class JournalFile {
  private let file: AppendingFile
  private var writer = JournalWriter()
  /// Why nothing more is written.
  private(set) var failure: String?

  init(_ path: String) throws(SystemError) { file = try AppendingFile(path) }

  func begin(identity: RunIdentity, warmUp: UInt64, interval: IntervalRecorder) {
    append(writer.head(identity: identity, warmUp: warmUp, interval: interval))
  }

  func interval(_ interval: IntervalRecorder, start: UInt64, end: UInt64, isWarmUp: Bool) {
    append(writer.interval(interval, start: start, end: end, isWarmUp: isWarmUp))
  }

  func clock(_ clock: ClockRecord) { append(writer.clock(clock)) }

  func end(_ record: RunRecord) { append(writer.end(record)) }

  private func append(_ bytes: [UInt8]) {
    if failure != nil { return }
    do throws(SystemError) {
      try file.append(bytes)
    } catch {
      failure = "the journal ends early: \(error)"
    }
  }
}
