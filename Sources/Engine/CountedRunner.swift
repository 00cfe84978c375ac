import EventLoop
import HTTPClient
import Load
import Measurement

/// Users that do a set number of iterations, each its own or all from one store.
final class CountedRunner: GroupRunner {
  /// Iterations of this worker that nobody has taken yet.
  private var left: UInt64 = 0
  /// The most that one user takes.
  private let perUser: UInt64

  init(worker: Worker, group: CompiledGroup, perUser: Int?) {
    self.perUser = perUser.map { UInt64($0) } ?? .max
    super.init(worker: worker, group: group)
    left = share.iterationCount(of: group.load.iterations ?? 0)
  }

  override func begin() {
    isDrained = true
    for local in 0..<userCount { launch { [unowned self] in await live(local: local) } }
    worker.checkFinished()
  }

  private func live(local: Int) async {
    let user = makeUser(local)
    var wanted = began
    var taken: UInt64 = 0
    while left > 0, taken < perUser, !worker.isStopping {
      if EventLoop.now() < wanted {
        await user.rest.until(wanted)
        // Another user may have taken the last one meanwhile.
        if worker.isStopping || left == 0 { break }
      }
      left -= 1
      taken += 1
      worker.recordIntended(group, at: wanted)
      switch await iterate(user, intended: wanted, waited: 0) {
      case .dataExhausted: giveUp()
      case .stopped: break
      case .completed, .failed: wanted = await nextStart(of: user, after: wanted)
      }
    }
    retire(user)
  }

  override func stop() { giveUp() }

  /// The shape called for those that are left all the same.
  private func giveUp() {
    worker.recordIntended(group, count: left, at: EventLoop.now())
    left = 0
  }
}
