import EventLoop

/// A user's pause, which the end of the run cuts short. Each user has one, for pause after pause.
final class Rest: LoopTimer {
  private unowned(unsafe) let worker: Worker
  private var continuation: UnsafeContinuation<Void, Never>?
  /// Among the worker's rests under way; -1: not there.
  fileprivate var index = -1

  init(worker: Worker) { self.worker = worker }

  /// Suspends until `deadline`, monotonic nanoseconds, or until the worker stops; returns at once where it has.
  func until(_ deadline: UInt64) async {
    if worker.isStopping { return }
    await withUnsafeContinuation { continuation in
      self.continuation = continuation
      worker.resting.add(self)
      worker.loop.arm(self, at: deadline)
    }
  }

  override func fire() {
    worker.resting.remove(self)
    resume()
  }

  fileprivate func resume() {
    let waiting = continuation
    continuation = nil
    waiting?.resume()
  }
}

/// The rests of a worker's users that are under way.
struct Rests {
  private var rests: [Rest] = []

  /// - Complexity: O(1) amortised.
  fileprivate mutating func add(_ rest: Rest) {
    rest.index = rests.count
    rests.append(rest)
  }

  /// - Complexity: O(1).
  fileprivate mutating func remove(_ rest: Rest) {
    let last = rests.removeLast()
    if last !== rest {
      rests[rest.index] = last
      last.index = rest.index
    }
    rest.index = -1
  }

  /// Ends all at once.
  mutating func wake(on loop: EventLoop) {
    let woken = rests
    rests = []
    for rest in woken {
      rest.index = -1
      loop.cancel(rest)
      rest.resume()
    }
  }
}
