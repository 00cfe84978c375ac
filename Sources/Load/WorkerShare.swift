/// Which users and iterations of a traffic group are a worker's.
///
/// User u is worker u mod W's, and iteration i belongs with user i mod U, where U is the group's largest number of users.
/// So a worker's part of the iterations is in proportion to its users, a worker without users has none, and the schedule
/// is the same whatever the number of workers.
package struct WorkerShare: Sendable, Hashable {
  /// From 0.
  package let worker: Int
  package let workers: Int
  /// The group's largest number of users, of all workers.
  package let users: Int
  /// How many of them are this worker's.
  private let ownUsers: Int

  /// - Precondition: `0 <= worker < workers`, and `users` is positive.
  package init(worker: Int, of workers: Int, users: Int) {
    precondition(worker >= 0 && worker < workers, "there is no such worker")
    precondition(users > 0, "a traffic group without users")
    self.worker = worker
    self.workers = workers
    self.users = users
    ownUsers = max(0, users - worker + workers - 1) / workers
  }

  /// How many of the first `count` users are this worker's.
  package func userCount(of count: Int) -> Int {
    max(0, count - worker + workers - 1) / workers
  }

  /// The number in the run of this worker's n-th user, from 0.
  package func user(_ number: Int) -> Int { number * workers + worker }

  /// Whether an iteration, numbered from 0 in its group, is this worker's.
  package func owns(iteration: UInt64) -> Bool {
    Int(iteration % UInt64(users)) % workers == worker
  }

  /// How many of the first `count` iterations are this worker's.
  package func iterationCount(of count: UInt64) -> UInt64 {
    let rounds = count / UInt64(users)
    let rest = Int(count % UInt64(users))
    return rounds * UInt64(ownUsers) + UInt64(userCount(of: rest))
  }

  /// The number in its group of this worker's n-th iteration, from 0.
  ///
  /// - Precondition: The worker has users.
  package func iteration(_ number: UInt64) -> UInt64 {
    if workers == 1 { return number }
    let own = UInt64(ownUsers)
    return number / own * UInt64(users) + UInt64(user(Int(number % own)))
  }
}
