import EventLoop
import HTTPClient
import Load
import Measurement

/// All iterations wanted at one instant: users connect first, wait at a barrier, and are let go together.
///
/// Where there are more iterations than users, each user goes on with the next; those were wanted at the same instant,
/// and their wait for a free user counts.
final class BurstRunner: GroupRunner {
  /// Iterations of this worker that nobody has taken yet.
  private var left: UInt64
  private var waiting: [UnsafeContinuation<Bool, Never>] = []
  private var connecting = 0
  /// Each user's first request.
  private(set) var wave = ReleasedWave()
  private var whenReady: (() -> Void)?
  private lazy var releaseTimer = CallbackTimer { [unowned self] in release() }

  override init(worker: Worker, group: CompiledGroup) {
    left = 0
    super.init(worker: worker, group: group)
    left = share.iterationCount(of: group.load.iterations ?? 0)
  }

  override func prepare(then: @escaping () -> Void) {
    if userCount == 0 {
      then()
      return
    }
    whenReady = then
    connecting = userCount
    for local in 0..<userCount { launch { [unowned self] in await live(local: local) } }
  }

  override func begin() {
    if userCount == 0 {
      isDrained = true
      worker.checkFinished()
    } else {
      worker.loop.arm(releaseTimer, at: began)
    }
  }

  private func release() {
    isDrained = true
    worker.recordIntended(group, count: left, at: began)
    let ready = waiting
    waiting = []
    for continuation in ready { continuation.resume(returning: true) }
  }

  override func stop() {
    if !isDrained { worker.recordIntended(group, count: left, at: EventLoop.now()) }
    isDrained = true
    worker.loop.cancel(releaseTimer)
    let ready = waiting
    waiting = []
    for continuation in ready { continuation.resume(returning: false) }
    worker.checkFinished()
  }

  private func live(local: Int) async {
    let user = makeUser(local)
    // A failure here shows again, and is counted, when the user sends.
    let opening = await worker.client.connect(to: worker.origins[group.steps[0].ordinal], for: user.connection)
    if case .opened(let connectTime, let turnWait) = opening {
      worker.record { $0.recordConnection(connectTime: connectTime, turnWait: turnWait) }
    }
    connecting -= 1
    if connecting == 0 {
      let ready = whenReady
      whenReady = nil
      // After the continuation below is in place.
      worker.loop.submit { [box = UncheckedBox(ready)] in box.value?() }
    }
    var released = false
    if !worker.isStopping { released = await withUnsafeContinuation { waiting.append($0) } }
    guard released else {
      retire(user)
      return
    }
    var free = began
    defer { if user.firstSent >= began { wave.add(sent: user.firstSent &- began, done: user.firstDone &- began) } }
    while left > 0, !worker.isStopping {
      left -= 1
      let ended = await iterate(user, intended: began, waited: free > began ? free - began : 0)
      if case .dataExhausted = ended { left = 0 }
      if case .stopped = ended { break }
      await restAfterFailure(user)
      free = EventLoop.now()
    }
    retire(user)
  }
}
