import EventLoop
import HTTPClient
import Load
import Measurement

/// Users in a loop, as many as the profile wants at each instant.
final class ClosedRunner: GroupRunner {
  private let ramp: UserRamp
  /// Nothing more is started: the data has run out.
  private var isExhausted = false

  init(worker: Worker, group: CompiledGroup, profile: LoadShape.Profile) {
    ramp = UserRamp(profile: profile)
    super.init(worker: worker, group: group)
  }

  override func begin() {
    isDrained = true
    for local in 0..<userCount { launch { [unowned self] in await live(local: local) } }
    worker.checkFinished()
  }

  private func live(local: Int) async {
    let user = makeUser(local)
    let end = began &+ ramp.profile.nanoseconds
    // When the user wants its next iteration.
    var wanted = began
    while !worker.isStopping, !isExhausted {
      if EventLoop.now() < wanted {
        await user.rest.until(min(wanted, end))
        if worker.isStopping || isExhausted { break }
      }
      if wanted >= end || EventLoop.now() >= end { break }
      // Of all users of the group, the first so many are wanted now.
      if ramp.usersWanted(at: wanted &- began) <= share.user(local) {
        guard let change = ramp.nextChange(after: wanted &- began) else { break }
        wanted = began &+ change
        continue
      }
      worker.recordIntended(group, at: wanted)
      let started = wanted
      switch await iterate(user, intended: wanted, waited: 0) {
      case .dataExhausted: isExhausted = true
      case .stopped: break
      case .completed, .failed: wanted = await nextStart(of: user, after: started)
      }
    }
    retire(user)
  }
}
