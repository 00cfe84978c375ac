import EventLoop
import Measurement

/// A thread that wakes a hundred times a second and notes how late it was let in.
///
/// It is what the machine does to a thread that asks for nothing. Workers that keep to a schedule ask for short turns, and come
/// before others: that they are on time says nothing of a target on the same machine.
final class TurnProbe: @unchecked Sendable {
  private static let interval: UInt64 = 10_000_000

  private let thread: LoopThread
  private let late = Locked(Histogram())
  private var due: UInt64 = 0
  private lazy var timer = CallbackTimer { [unowned self] in wake() }

  init() throws(SystemError) {
    thread = try LoopThread(name: "probe")
    thread.loop.submit { [self] in arm(EventLoop.now()) }
  }

  /// To be called once, from another thread.
  func stop() {
    thread.loop.submit { [self] in thread.loop.cancel(timer) }
    thread.stopAndJoin()
  }

  /// How late it was each time since it was last asked, nanoseconds.
  func take() -> Histogram {
    late.withLock { late in
      defer { late = Histogram() }
      return late
    }
  }

  private func wake() {
    let now = EventLoop.now()
    late.withLock { $0.record(now > due ? now - due : 0) }
    arm(now)
  }

  private func arm(_ now: UInt64) {
    due = now + Self.interval
    thread.loop.arm(timer, at: due)
  }
}
