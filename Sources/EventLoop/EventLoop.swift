import CLinux
import Glibc
import Synchronization

/// What a file descriptor is ready for, or is watched for: epoll's own bits.
public struct Readiness: OptionSet, Sendable {
  public let rawValue: UInt32
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  package static let readable = Readiness(rawValue: 0x001)
  package static let writable = Readiness(rawValue: 0x004)
  /// Reported whether or not it was asked for.
  package static let error = Readiness(rawValue: 0x008)
  /// Both directions are shut; reported whether or not it was asked for.
  package static let hangup = Readiness(rawValue: 0x010)
  /// The peer shut its sending side.
  package static let peerClosed = Readiness(rawValue: 0x2000)
  /// Report changes only; the handler must then read or write until `EAGAIN`.
  package static let edgeTriggered = Readiness(rawValue: 1 << 31)
}

/// Something that owns a file descriptor on a loop. A class rather than a protocol: the call is on the way of each request.
open class IOHandler {
  public init() {}

  /// Called on the loop's thread each time the descriptor is ready.
  open func ready(_ readiness: Readiness) {}

  /// Called before tasks that became ready in the round before run, with what has come for the next round; `ready` follows.
  open func notice(_ readiness: Readiness) {}

  /// Called before `ready`, while an earlier event is served: the place to fetch memory that `ready` will need.
  open func foresee() {}

  /// The slot in the loop's table while registered; the loop's own business.
  fileprivate final var slot: Int32 = -1
}

/// Failures of the operating system's calls that a loop stands on.
package struct SystemError: Error, CustomStringConvertible, Equatable {
  package var call: String
  package var errno: Int32
  /// Where the error number says too little.
  private var why: String?

  package init(_ call: String, _ errno: Int32, why: String? = nil) {
    self.call = call
    self.errno = errno
    self.why = why
  }

  /// The reason alone.
  package var reason: String { why ?? String(cString: strerror(errno)) }

  package var description: String { "\(call): \(reason)" }
}

/// One thread, one epoll, timers and Swift tasks.
///
/// Everything but `submit`, `enqueue` and `stop` must be called on the loop's own thread, which is the one that is
/// in `run()`; before `run()`, on the thread that will call it. Tasks started with
/// `Task(executorPreference: loop)` run here and nowhere else.
package final class EventLoop: TaskExecutor, @unchecked Sendable {
  package let name: String

  private let epoll: Int32
  private let wakeDescriptor: Int32
  /// The thread that is in `run()`; 0, which no thread is, before. Atomic, for others ask too.
  private let thread = Atomic<pthread_t>(0)

  /// By slot, each retained while it is registered: a count up and down at each event would be the first touch of its
  /// memory, and have to wait for it.
  @exclusivity(unchecked) private var handlers: [Unmanaged<IOHandler>?] = []
  private var freeSlots: [Int32] = []
  /// Deregistered during the round, perhaps in a call of their own: they live until its end.
  private var released: [Unmanaged<IOHandler>] = []
  /// Changed with each deregistration, so that an event read before it does not reach the slot's next owner.
  @exclusivity(unchecked) private var generations: [UInt32] = []

  // Not checked at run time for overlapping access, which one thread and short mutations rule out: 50 ns a round.
  @exclusivity(unchecked) private var timers = TimerHeap()

  /// Jobs that this thread enqueued: no lock.
  @exclusivity(unchecked) private var localJobs = JobQueue()
  private let remote = Locked(Remote())
  /// Whether a wake-up is already under way.
  private let awake = Atomic<Bool>(false)
  private var stopping = false

  private struct Remote {
    var jobs: [UnownedJob] = []
    var bodies: [@Sendable () -> Void] = []
    var stop = false
  }

  /// Total time spent outside `epoll_wait`, nanoseconds; what the loop was busy.
  package private(set) var busyNanoseconds: UInt64 = 0
  /// The clock as read after the last wait, or at the start of `run()`; at most one round old. For coarse uses only.
  package private(set) var roundStart: UInt64 = 0

  package init(name: String) throws(SystemError) {
    self.name = name
    epoll = stampede_epoll_create()
    if epoll < 0 { throw SystemError("epoll_create1", errno) }
    wakeDescriptor = stampede_eventfd()
    if wakeDescriptor < 0 {
      let error = SystemError("eventfd", errno)
      close(epoll)
      throw error
    }
    if stampede_epoll_ctl(epoll, EPOLL_CTL_ADD, wakeDescriptor, Readiness.readable.rawValue, Self.wakeToken) != 0 {
      let error = SystemError("epoll_ctl", errno)
      close(epoll)
      close(wakeDescriptor)
      throw error
    }
  }

  deinit {
    close(epoll)
    close(wakeDescriptor)
    release()
    for handler in handlers { handler?.release() }
  }

  /// Monotonic nanoseconds.
  @inline(__always)
  package static func now() -> UInt64 { stampede_monotonic_nanoseconds() }

  /// The loop that the calling thread is in.
  package static var current: EventLoop? { CurrentLoop.loop }

  /// Whether the caller is on this loop's thread.
  @inline(__always)
  package var isCurrent: Bool { thread.load(ordering: .relaxed) == pthread_self() }

  // MARK: - From any thread

  /// Runs `body` on the loop's thread, soon.
  package func submit(_ body: @escaping @Sendable () -> Void) {
    remote.withLock { $0.bodies.append(body) }
    wake()
  }

  /// Lets `run()` return after the round under way. Tasks still suspended on the loop stay suspended.
  package func stop() {
    remote.withLock { $0.stop = true }
    wake()
  }

  package func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    if isCurrent {
      localJobs.append(job)
    } else {
      remote.withLock { $0.jobs.append(job) }
      wake()
    }
  }

  private func wake() {
    if awake.exchange(true, ordering: .acquiringAndReleasing) { return }
    var one: UInt64 = 1
    _ = write(wakeDescriptor, &one, 8)
  }

  // MARK: - The loop

  private static let wakeToken = UInt64.max
  private static let eventsPerRound = 256

  /// Serves events until `stop()`. The calling thread becomes the loop's thread.
  package func run() {
    thread.store(pthread_self(), ordering: .relaxed)
    CurrentLoop.loop = self
    stopping = false
    // Timers fire late by this much at the most, on top of the scheduler's own delay (default 50 µs).
    _ = stampede_set_timer_slack(1)
    withUnsafeTemporaryAllocation(of: epoll_event.self, capacity: Self.eventsPerRound) { events in
      var roundBegan = Self.now()
      roundStart = roundBegan
      var ahead = 0
      while true {
        takeRemote()
        runJobs()
        if stopping { break }
        let now = Self.now()
        fireTimers(upTo: now)
        runJobs()
        let afterWork = Self.now()
        busyNanoseconds &+= afterWork &- roundBegan
        let count = ahead > 0 ? ahead : wait(events, from: afterWork)
        roundBegan = Self.now()
        roundStart = roundBegan
        for index in 0..<count {
          if index + 2 < count { fetchHandler(of: events[index + 2]) }
          if index + 1 < count { handler(of: events[index + 1])?._withUnsafeGuaranteedRef { $0.foresee() } }
          let event = events[index]
          if event.data.u64 == Self.wakeToken {
            drainWake()
          } else {
            deliver(event)
          }
        }
        if !released.isEmpty { release() }
        ahead = localJobs.isEmpty ? 0 : lookAhead(events)
      }
    }
    CurrentLoop.loop = nil
    thread.store(0, ordering: .relaxed)
  }

  private func wait(_ events: UnsafeMutableBufferPointer<epoll_event>, from now: UInt64) -> Int {
    var limit: Int64 = -1
    if !localJobs.isEmpty || stopping {
      limit = 0
    } else if let deadline = timers.earliest {
      limit = deadline > now ? Int64(clamping: deadline - now) : 0
    }
    let count = stampede_epoll_wait(epoll, events.baseAddress!, Int32(events.count), limit)
    if count >= 0 { return Int(count) }
    precondition(errno == EINTR, "epoll_wait failed: \(String(cString: strerror(errno)))")
    return 0
  }

  /// Fetches what has come meanwhile, before tasks go on that the events of this round made ready: they are about to use
  /// descriptors. While the loop is busy this is the next round's wait, drawn forward, and costs nothing.
  private func lookAhead(_ events: UnsafeMutableBufferPointer<epoll_event>) -> Int {
    let count = Int(stampede_epoll_wait(epoll, events.baseAddress!, Int32(events.count), 0))
    for index in 0..<max(count, 0) {
      let event = events[index]
      handler(of: event)?._withUnsafeGuaranteedRef { $0.notice(Readiness(rawValue: event.events)) }
    }
    return max(count, 0)
  }

  @inline(__always)
  private func deliver(_ event: epoll_event) {
    handler(of: event)?._withUnsafeGuaranteedRef { $0.ready(Readiness(rawValue: event.events)) }
  }

  /// Whom an event is for; `nil` where it has gone.
  @inline(__always)
  private func handler(of event: epoll_event) -> Unmanaged<IOHandler>? {
    let token = event.data.u64
    if token == Self.wakeToken { return nil }
    let slot = Int(token & 0xffff_ffff)
    return generations[slot] == UInt32(token >> 32) ? handlers[slot] : nil
  }

  /// Begins to fetch a handler's memory, which with thousands of connections is in no near cache.
  @inline(__always)
  private func fetchHandler(of event: epoll_event) {
    if let handler = handler(of: event) { stampede_prefetch(handler.toOpaque(), 4) }
  }

  private func release() {
    let handlers = released
    released = []
    for handler in handlers { handler.release() }
  }

  private func drainWake() {
    var value: UInt64 = 0
    _ = read(wakeDescriptor, &value, 8)
  }

  private func takeRemote() {
    guard awake.load(ordering: .relaxed) else { return }
    // Cleared before the queues are read: what is added later rings again.
    awake.store(false, ordering: .sequentiallyConsistent)
    var jobs: [UnownedJob] = []
    var bodies: [@Sendable () -> Void] = []
    remote.withLock { remote in
      swap(&jobs, &remote.jobs)
      swap(&bodies, &remote.bodies)
      if remote.stop {
        stopping = true
        remote.stop = false
      }
    }
    for body in bodies { body() }
    for job in jobs { localJobs.append(job) }
  }

  /// Runs the jobs queued so far, and those that they queue, up to a bound: sockets must get their turn.
  private func runJobs() {
    var budget = 4096
    let executor = asUnownedTaskExecutor()
    while budget > 0, let job = localJobs.popFirst() {
      if let next = localJobs.first { stampede_prefetch(unsafeBitCast(next, to: UnsafeRawPointer.self), 4) }
      job.runSynchronously(on: executor)
      budget -= 1
    }
  }

  // MARK: - Timers

  /// Arms `timer` for a monotonic instant, or moves it there.
  ///
  /// - Complexity: O(log n) in the timers armed.
  package func arm(_ timer: LoopTimer, at deadline: UInt64) { timers.arm(timer, at: deadline) }

  /// Disarms `timer`; nothing happens where it is not armed.
  package func cancel(_ timer: LoopTimer) { timers.cancel(timer) }

  /// Fires what is due. A timer that a firing one arms for an instant already past may fire in the same call, up to
  /// the number armed at its start: no timer starves the sockets.
  private func fireTimers(upTo now: UInt64) {
    var budget = timers.count
    while budget > 0, let timer = timers.popDue(at: now) {
      timer.fire()
      budget -= 1
    }
  }

  // MARK: - Descriptors

  /// Watches `descriptor`. The loop keeps `handler` alive until `deregister`.
  package func register(_ descriptor: Int32, for interest: Readiness, handler: IOHandler) throws(SystemError) {
    precondition(handler.slot < 0, "an IOHandler is registered once at a time")
    let slot: Int32
    if let free = freeSlots.popLast() {
      slot = free
    } else {
      slot = Int32(handlers.count)
      handlers.append(nil)
      generations.append(0)
    }
    let token = UInt64(generations[Int(slot)]) << 32 | UInt64(slot)
    if stampede_epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, interest.rawValue, token) != 0 {
      let error = SystemError("epoll_ctl", errno)
      freeSlots.append(slot)
      throw error
    }
    handlers[Int(slot)] = Unmanaged.passRetained(handler)
    handler.slot = slot
  }

  /// Changes what a registered descriptor is watched for.
  package func modify(_ descriptor: Int32, for interest: Readiness, handler: IOHandler) throws(SystemError) {
    precondition(handler.slot >= 0, "not registered")
    let token = UInt64(generations[Int(handler.slot)]) << 32 | UInt64(handler.slot)
    if stampede_epoll_ctl(epoll, EPOLL_CTL_MOD, descriptor, interest.rawValue, token) != 0 {
      throw SystemError("epoll_ctl", errno)
    }
  }

  /// Stops watching; to be called before the descriptor is closed. Events already read for it are dropped.
  package func deregister(_ descriptor: Int32, handler: IOHandler) {
    guard handler.slot >= 0 else { return }
    let slot = Int(handler.slot)
    _ = stampede_epoll_ctl(epoll, EPOLL_CTL_DEL, descriptor, 0, 0)
    if let registered = handlers[slot] { released.append(registered) }
    handlers[slot] = nil
    generations[slot] &+= 1
    freeSlots.append(handler.slot)
    handler.slot = -1
  }
}
