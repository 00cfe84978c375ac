import EventLoop
import Glibc
import Report

/// Waits for the signals that end a run, on a thread of its own.
///
/// The signals are blocked in every thread that is started after `init`, so that nothing has to be safe in a handler.
final class InterruptWatcher: @unchecked Sendable {
  private let names: [(number: Int32, name: String)] = [(SIGINT, "SIGINT"), (SIGTERM, "SIGTERM"), (SIGHUP, "SIGHUP")]
  private var signals = sigset_t()
  private let patience: UInt64
  private let onFirst: @Sendable (String) -> Void
  private let onLast: @Sendable (String) -> Void

  /// - Parameters:
  ///   - patience: How long the process may go on after the first signal, nanoseconds.
  ///   - onLast: called with the first signal's name when a second one has come or the patience is over, to leave what there
  ///     is; the process ends after it, if not in it.
  ///   - onFirst: called with the name of the first signal.
  init(
    patience: UInt64 = .max, onLast: @escaping @Sendable (String) -> Void = { _ in },
    onFirst: @escaping @Sendable (String) -> Void
  ) {
    self.patience = patience
    self.onFirst = onFirst
    self.onLast = onLast
    sigemptyset(&signals)
    for (number, _) in names { sigaddset(&signals, number) }
    pthread_sigmask(SIG_BLOCK, &signals, nil)
  }

  /// Starts waiting; for the rest of the process's life.
  func start() {
    var thread = pthread_t()
    let error = pthread_create(
      &thread, nil,
      { argument in
        Unmanaged<InterruptWatcher>.fromOpaque(argument!).takeRetainedValue().wait()
        return nil
      }, Unmanaged.passRetained(self).toOpaque())
    if error == 0 { pthread_detach(thread) }
  }

  private func wait() {
    var number: Int32 = 0
    while sigwait(&signals, &number) != 0 {}
    let (deadline, overflow) = EventLoop.now().addingReportingOverflow(patience)
    let name = names.first { $0.number == number }?.name ?? "signal \(number)"
    onFirst(name)
    waitForAnother(until: overflow ? .max : deadline)
    onLast(name)
    TemporaryDirectory.removeAll()
    Console.complain("\nstampede: stopped at once")
    _exit(105)
  }

  /// Until another signal comes, or the time is over.
  private func waitForAnother(until deadline: UInt64) {
    while true {
      let now = EventLoop.now()
      if now >= deadline { return }
      let rest = min(deadline - now, 3_600_000_000_000)
      var time = timespec(tv_sec: Int(rest / 1_000_000_000), tv_nsec: Int(rest % 1_000_000_000))
      if sigtimedwait(&signals, nil, &time) > 0 { return }
    }
  }
}
