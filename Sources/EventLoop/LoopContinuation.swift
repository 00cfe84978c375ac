import Glibc

/// A task that waits for what another thread may bring: resumed on its own loop, whoever resumes it.
///
/// An `UnsafeContinuation` may be resumed from any thread, also before its task has come to suspend. That is sound, and
/// ThreadSanitizer cannot see that it is: the runtime that orders the two is not instrumented. Going through the loop's
/// queue is ordered in plain sight, and lets the task finish what it was doing first.
package struct LoopContinuation<Value: Sendable>: Sendable {
  private let continuation: UnsafeContinuation<Value, Never>
  private let loop: EventLoop?

  fileprivate init(_ continuation: UnsafeContinuation<Value, Never>) {
    self.continuation = continuation
    loop = EventLoop.current
  }

  /// Resumes the task with `value`; from any thread, once.
  package func resume(returning value: Value) {
    guard let loop, !loop.isCurrent else {
      continuation.resume(returning: value)
      return
    }
    let continuation = continuation
    loop.submit { continuation.resume(returning: value) }
  }
}

extension LoopContinuation where Value == Void {
  package func resume() { resume(returning: ()) }
}

/// Suspends the calling task until what `body` was given is resumed.
package func suspendOnLoop<Value: Sendable>(
  returning type: Value.Type = Value.self, _ body: (LoopContinuation<Value>) -> Void
) async -> Value {
  await withUnsafeContinuation { body(LoopContinuation($0)) }
}

/// The loop that each thread is in.
enum CurrentLoop {
  private static let key: pthread_key_t = {
    var key = pthread_key_t()
    precondition(pthread_key_create(&key, nil) == 0, "no thread-specific storage is left")
    return key
  }()

  /// The thread's own; it is alive, for it is running.
  static var loop: EventLoop? {
    get { pthread_getspecific(key).map { Unmanaged<EventLoop>.fromOpaque($0).takeUnretainedValue() } }
    set { pthread_setspecific(key, newValue.map { Unmanaged.passUnretained($0).toOpaque() }) }
  }
}
