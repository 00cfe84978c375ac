/// Waiting on a loop, for tasks that run on it.
extension EventLoop {
  /// Suspends the calling task until `deadline` (monotonic nanoseconds).
  ///
  /// - Throws: `CancellationError` as soon as the task is cancelled.
  package func sleep(until deadline: UInt64) async throws {
    try Task.checkCancellation()
    let timer = SleepTimer()
    // Cancelled before it is armed: `cancelled` is then seen by `begin`.
    try await withTaskCancellationHandler {
      try await withUnsafeThrowingContinuation { continuation in
        timer.begin(continuation, on: self, until: deadline)
      }
    } onCancel: {
      submit { timer.cancelSleep(on: self) }
    }
  }

  /// Suspends the calling task for `duration`.
  package func sleep(for duration: Duration) async throws {
    try await sleep(until: Self.now() &+ duration.wholeNanoseconds)
  }

  /// Lets everything else that is ready on the loop run first.
  package func yield() async {
    await withUnsafeContinuation { continuation in
      submit { continuation.resume() }
    }
  }

  /// Runs `body`, and cancels it once `deadline` has passed.
  ///
  /// - Throws: `DeadlineExceeded` where the deadline passed first; otherwise what `body` throws.
  package func withDeadline<Result: Sendable>(
    at deadline: UInt64, _ body: @escaping @Sendable () async throws -> Result
  ) async throws -> Result {
    let task = Task(executorPreference: self) { try await body() }
    let timer = DeadlineTimer(task: task)
    arm(timer, at: deadline)
    defer { cancel(timer) }
    do {
      return try await withTaskCancellationHandler {
        try await task.value
      } onCancel: {
        task.cancel()
      }
    } catch is CancellationError where timer.expired {
      throw DeadlineExceeded()
    }
  }
}

/// What `withDeadline` throws.
package struct DeadlineExceeded: Error, Equatable {}

extension Duration {
  /// The duration in nanoseconds, negative ones as 0, saturating at about 584 years.
  package var wholeNanoseconds: UInt64 {
    let (seconds, attoseconds) = components
    if seconds < 0 || attoseconds < 0 { return 0 }
    let (scaled, overflow) = UInt64(seconds).multipliedReportingOverflow(by: 1_000_000_000)
    return overflow ? .max : scaled &+ UInt64(attoseconds / 1_000_000_000)
  }
}

/// Touched on the loop's thread only.
private final class SleepTimer: LoopTimer, @unchecked Sendable {
  private var continuation: UnsafeContinuation<Void, any Error>?
  private var cancelled = false

  func begin(_ continuation: UnsafeContinuation<Void, any Error>, on loop: EventLoop, until deadline: UInt64) {
    if cancelled {
      continuation.resume(throwing: CancellationError())
    } else {
      self.continuation = continuation
      loop.arm(self, at: deadline)
    }
  }

  func cancelSleep(on loop: EventLoop) {
    cancelled = true
    loop.cancel(self)
    if let continuation {
      self.continuation = nil
      continuation.resume(throwing: CancellationError())
    }
  }

  override func fire() {
    if let continuation {
      self.continuation = nil
      continuation.resume()
    }
  }
}

/// Touched on the loop's thread only.
private final class DeadlineTimer<Result: Sendable>: LoopTimer {
  private let task: Task<Result, any Error>
  private(set) var expired = false

  init(task: Task<Result, any Error>) { self.task = task }

  override func fire() {
    expired = true
    task.cancel()
  }
}
