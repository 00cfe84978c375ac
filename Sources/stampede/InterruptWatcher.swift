import Glibc

/// Waits for the signals that end a run, on a thread of its own.
///
/// The signals are blocked in every thread that is started after `init`, so that nothing has to be safe in a handler.
final class InterruptWatcher: @unchecked Sendable {
  private let names: [(number: Int32, name: String)] = [(SIGINT, "SIGINT"), (SIGTERM, "SIGTERM"), (SIGHUP, "SIGHUP")]
  private var signals = sigset_t()
  private let onFirst: @Sendable (String) -> Void

  /// - Parameter onFirst: called with the name of the first signal; a second one ends the process at once.
  init(onFirst: @escaping @Sendable (String) -> Void) {
    self.onFirst = onFirst
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
    onFirst(names.first { $0.number == number }?.name ?? "signal \(number)")
    while sigwait(&signals, &number) != 0 {}
    Console.complain("\nstampede: stopped at once")
    _exit(105)
  }
}
