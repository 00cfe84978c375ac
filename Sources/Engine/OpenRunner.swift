import EventLoop
import HTTPClient
import Load
import Measurement

/// Arrivals on schedule, whether or not earlier ones have ended.
///
/// Users are made as arrivals need them, up to the worker's share of `max_users`, and kept. An arrival that finds none
/// free waits, first come first served; what still waits when the shape ends is counted as unsent, and as cancelled when
/// the run is ended before.
final class OpenRunner: GroupRunner {
  private var schedule: ArrivalSchedule
  private let duration: UInt64
  /// Of Poisson arrivals, on the first worker: the rate, and where the arrival that was taken last stands under it.
  private let rate: LoadShape.Profile?
  private var lastTaken: (iteration: UInt64, area: Double)?
  private var users = 0
  /// The data has run out, and with it the shape.
  private var isExhausted = false
  private var free: [Seat] = []
  private var waiting = FIFO<Arrival>()
  private lazy var arrivalTimer = CallbackTimer { [unowned self] in arrive() }
  private lazy var endTimer = CallbackTimer { [unowned self] in endOfShape() }

  /// A parked user and what wakes it.
  private final class Seat {
    var continuation: UnsafeContinuation<Arrival?, Never>?
  }

  private struct Arrival {
    var iteration: UInt64
    var intended: UInt64
    /// Spent waiting for a free user, nanoseconds.
    var waited: UInt64
  }

  init(worker: Worker, group: CompiledGroup, profile: LoadShape.Profile, poisson: Bool) {
    let generator = SeededGenerator(seed: worker.plan.seed).fork(stream: group.name)
    schedule = ArrivalSchedule(
      profile: profile, poisson: poisson ? generator : nil,
      share: group.load.share(ofWorker: worker.index, of: worker.plan.workers))
    duration = profile.nanoseconds
    rate = poisson && worker.index == 0 ? profile : nil
    super.init(worker: worker, group: group)
  }

  override func begin() {
    worker.loop.arm(endTimer, at: began &+ duration)
    if let first = schedule.upcoming { worker.loop.arm(arrivalTimer, at: began &+ first.nanoseconds) }
  }

  private func arrive() {
    let now = EventLoop.now()
    while let due = schedule.take(dueBy: now > began ? now - began : 0) {
      let arrival = Arrival(iteration: due.iteration, intended: began &+ due.nanoseconds, waited: 0)
      worker.recordIntended(group, at: arrival.intended)
      if let rate { recordGap(rate, due.iteration, now) }
      if let seat = free.popLast() {
        let continuation = seat.continuation
        seat.continuation = nil
        continuation!.resume(returning: arrival)
      } else if users < userCount {
        let local = users
        users += 1
        launch { [unowned self] in await live(local: local, first: arrival) }
      } else {
        waiting.append(arrival)
      }
    }
    if let next = schedule.upcoming { worker.loop.arm(arrivalTimer, at: began &+ next.nanoseconds) }
  }

  private func recordGap(_ rate: LoadShape.Profile, _ iteration: UInt64, _ now: UInt64) {
    let area = rate.area(upTo: now > began ? now - began : 0)
    if let last = lastTaken {
      let gap = ArrivalSchedule.exponentialGap(area: area - last.area, arrivals: iteration - last.iteration)
      worker.record { $0.recordGap(gap, group: group.index) }
    }
    lastTaken = (iteration, area)
  }

  private func live(local: Int, first: Arrival) async {
    let user = makeUser(local)
    let seat = Seat()
    var arrival: Arrival? = first
    while let current = arrival {
      if worker.isStopping {
        worker.recordUnsent(group, intended: current.intended, now: EventLoop.now())
        break
      }
      let ended = await iterate(
        user, number: current.iteration, intended: current.intended, waited: current.waited)
      if case .dataExhausted = ended {
        isExhausted = true
        endOfShape()
      }
      if let pause = group.thinkTime, !isDrained {
        // The end of the shape does not wait for a pause after which nothing comes.
        await user.rest.until(min(EventLoop.now() &+ user.draw(pause), began &+ duration))
      }
      if isDrained || worker.isStopping { break }
      if var next = waiting.popFirst() {
        next.waited = EventLoop.now() &- next.intended
        arrival = next
      } else {
        arrival = await withUnsafeContinuation { continuation in
          seat.continuation = continuation
          free.append(seat)
        }
      }
    }
    retire(user)
  }

  private func endOfShape() {
    if isDrained { return }
    // Arrivals due by now that the timer has not seen yet are still arrivals.
    if !worker.isStopping, !isExhausted { arrive() }
    isDrained = true
    // Users that were never needed.
    leave(userCount - users)
    worker.loop.cancel(arrivalTimer)
    worker.loop.cancel(endTimer)
    let now = EventLoop.now()
    while let arrival = waiting.popFirst() {
      // Those for whom there is no row were not kept waiting by the target.
      if !isExhausted { worker.recordUnsent(group, intended: arrival.intended, now: now) }
    }
    let parked = free
    free = []
    for seat in parked {
      let continuation = seat.continuation
      seat.continuation = nil
      continuation?.resume(returning: nil)
    }
    worker.checkFinished()
  }

  override func stop() { endOfShape() }

  /// Arrivals that wait for a free user have waited so long already.
  override func add(to underWay: inout [UnderWay], wantedFrom start: UInt64, now: UInt64) {
    super.add(to: &underWay, wantedFrom: start, now: now)
    for arrival in waiting.elements where arrival.intended >= start && now > arrival.intended {
      underWay.add(now - arrival.intended, step: group.steps[0].name, group: group.name)
    }
  }
}

/// A timer that calls a closure.
final class CallbackTimer: LoopTimer {
  private let callback: () -> Void
  init(_ callback: @escaping () -> Void) { self.callback = callback }
  override func fire() { callback() }
}
