import EventLoop
import HTTPClient
import Load
import Measurement

/// One worker's part of a traffic group: decides when which user starts its next iteration. One subclass for each
/// family of load shapes. Lives on the worker's loop.
class GroupRunner {
  unowned(unsafe) let worker: Worker
  let group: CompiledGroup
  /// When the group's load begins, monotonic nanoseconds; set by `start`.
  final private(set) var began: UInt64 = 0

  /// Which users and iterations are this worker's.
  let share: WorkerShare
  private final var started: UInt64 = 0
  /// When an iteration found no row of a `unique` data source, monotonic nanoseconds, and which one.
  private final var exhausted: (at: UInt64, source: Int)?
  /// Users that have gone, and those that never had a connection.
  private final var (users, neverConnected): (UInt64, UInt64) = (0, 0)
  /// The users that there are, by their number.
  private final var members: [Int: VirtualUser] = [:]
  /// Of the last user that could not connect and had answers before, nanoseconds.
  private final var usualAnswerTime: UInt64 = 0
  final private(set) var running = 0
  /// Set once nothing more will start.
  final var isDrained = false

  init(worker: Worker, group: CompiledGroup) {
    self.worker = worker
    self.group = group
    share = group.load.share(ofWorker: worker.index, of: worker.plan.workers)
  }

  /// Gets ready what must be ready before the start; calls `then` when it is.
  func prepare(then: @escaping () -> Void) { then() }

  /// Begins the load at `instant`.
  final func start(at instant: UInt64) {
    began = instant &+ group.startAfter
    if worker.isStopping { isDrained = true } else { begin() }
  }

  /// To be overridden: starts users or arms timers. `began` is set.
  func begin() {}

  /// Starts nothing more. Iterations under way see `worker.isStopping`.
  func stop() {}

  final var isFinished: Bool { isDrained && running == 0 }

  /// Runs `body` as a task on the worker's loop and counts it.
  final func launch(_ body: @escaping () async -> Void) {
    running += 1
    let box = UncheckedBox(body)
    let runner = UncheckedBox(self)
    Task(executorPreference: worker.loop) {
      await box.value()
      let runner = runner.value
      runner.running -= 1
      runner.leave(1)
      runner.worker.checkFinished()
    }
  }

  /// So many of the group's users will meet no others any more.
  final func leave(_ count: Int) { worker.rendezvous(of: group)?.leave(count) }

  enum IterationEnd {
    case completed, failed, stopped
    /// It was not begun: a `unique` data source has no more rows.
    case dataExhausted
  }

  /// Does the worker's next iteration, or the one that the schedule numbered, and counts it.
  final func iterate(
    _ user: VirtualUser, number: UInt64? = nil, intended: UInt64, waited: UInt64
  ) async -> IterationEnd {
    if worker.isStopping { return .stopped }
    let number = number ?? share.iteration(started)
    if let source = user.begin(iteration: Int(number)) {
      if exhausted == nil { exhausted = (EventLoop.now(), source) }
      return .dataExhausted
    }
    started += 1
    worker.recordStarted(group, intended: intended)
    switch await user.iterate(intended: intended, waited: waited) {
    case .completed:
      worker.recordCompleted(group, intended: intended)
      return .completed
    case .failed: return .failed
    case .stopped: return .stopped
    }
  }

  /// This worker's user `local` of the group.
  final func makeUser(_ local: Int) -> VirtualUser {
    let before = worker.plan.groups[..<group.index].reduce(0) { $0 + $1.load.maxUsers }
    let user = VirtualUser(
      worker: worker, group: group, index: before + share.user(local), values: worker.initialValues)
    user.beginsBehindOthers = local > 0
    members[user.index] = user
    return user
  }

  /// Adds the ages of requests that have been sent and not been answered.
  ///
  /// - Parameters:
  ///   - start: Those that were wanted before are left out, monotonic nanoseconds.
  ///   - now: Monotonic nanoseconds.
  func add(to underWay: inout [UnderWay], wantedFrom start: UInt64, now: UInt64) {
    for user in members.values {
      guard let wanted = user.wantedUnderWay, wanted >= start, now > wanted else { continue }
      underWay.add(now - wanted, step: user.stepUnderWay.name, group: group.name)
    }
  }

  /// A user does no more iterations.
  final func retire(_ user: VirtualUser) {
    user.connection.close()
    members[user.index] = nil
    // Arrivals are counted one by one, whoever takes them.
    guard user.exchange.started > 0, !group.isScheduled else { return }
    users += 1
    if user.firstSent == 0, let failure = user.exchange.failure, failure.precedesRequest, !failure.isGeneratorFault {
      neverConnected += 1
    }
  }

  /// How much of the worker's part of the load there was; to be asked once the group has ended.
  final var offered: OfferedLoad {
    var offered = OfferedLoad()
    offered.users = users
    offered.neverConnected = neverConnected
    offered.exhausted = exhausted.map { worker.plan.pools[$0.source].name }
    switch group.load {
    case .closed(let profile), .open(let profile, _, _):
      let weight = Double(userCount) / Double(group.load.maxUsers)
      offered.planned = profile.area * weight
      let end = exhausted.map { $0.at > began ? $0.at - began : 0 }
      offered.offered = (end.map { profile.area(upTo: $0) } ?? profile.area) * weight
    case .countedPerUser, .countedShared, .burst:
      offered.planned = Double(share.iterationCount(of: group.load.iterations ?? 0))
      offered.offered = exhausted == nil ? offered.planned : Double(started)
    }
    return offered
  }

  /// How many of the group's users are this worker's.
  final var userCount: Int { share.userCount(of: group.load.maxUsers) }

  /// When a user of a closed shape wants its next iteration: when its last has ended, after think time and pacing.
  final func nextStart(of user: VirtualUser, after started: UInt64) async -> UInt64 {
    await restAfterFailure(user)
    if user.sentNothing {
      // Every step was passed over: without this, the user would never let go of the thread.
      await user.rest.until(EventLoop.now() &+ 1_000_000)
      return EventLoop.now()
    }
    var wanted = user.exchange.failure?.precedesRequest == true ? EventLoop.now() : max(started, user.lastDone)
    if let pause = group.thinkTime { wanted &+= user.draw(pause) }
    if let pacing = group.pacing { wanted = max(wanted, started &+ pacing) }
    return wanted
  }

  /// A user that cannot connect waits before it tries again: a closed loop against a dead port is no load. It waits
  /// about as long as an answer took it, so that time without a target weighs in the error rate as time with one does; one
  /// that had none yet, as long as the last that had.
  final func restAfterFailure(_ user: VirtualUser) async {
    guard let failure = user.exchange.failure, failure.precedesRequest else { return }
    if let usual = user.answerTimes.usual { usualAnswerTime = usual }
    await user.rest.until(EventLoop.now() &+ min(100_000_000, max(1_000_000, usualAnswerTime)))
  }
}

/// Carries a value that stays on one thread past the compiler's check.
struct UncheckedBox<Value>: @unchecked Sendable {
  let value: Value
  init(_ value: Value) { self.value = value }
}
