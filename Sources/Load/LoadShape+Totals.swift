extension LoadShape {
  /// Whether iterations start on a schedule of their own, so that their latency counts from when they were wanted.
  package var isOpen: Bool {
    switch self {
    case .open, .burst: true
    case .closed, .countedPerUser, .countedShared: false
    }
  }

  /// The most users that run at once.
  package var maxUsers: Int {
    switch self {
    case .closed(let profile): Int(profile.peak.rounded())
    case .countedPerUser(let users, _), .countedShared(let users, _): users
    case .open(_, let maxUsers, _): maxUsers
    case .burst(let count, let maxUsers): min(count, maxUsers)
    }
  }

  /// From the group's start to the last that the shape itself starts, nanoseconds; `nil` where a count ends it.
  package var nanoseconds: UInt64? {
    switch self {
    case .closed(let profile), .open(let profile, _, _): profile.nanoseconds
    case .countedPerUser, .countedShared, .burst: nil
    }
  }

  /// How many iterations the shape calls for; the average of a Poisson schedule; `nil` where time ends it.
  package var iterations: UInt64? {
    switch self {
    case .closed: nil
    case .countedPerUser(let users, let iterations): UInt64(users) * UInt64(iterations)
    case .countedShared(_, let iterations): UInt64(iterations)
    case .open(let profile, _, _): ArrivalSchedule.count(of: profile)
    case .burst(let count, _): UInt64(count)
    }
  }

  /// The users and iterations that are a worker's.
  ///
  /// - Precondition: The shape has users, as `Scenario` sees to.
  package func share(ofWorker worker: Int, of workers: Int) -> WorkerShare {
    WorkerShare(worker: worker, of: workers, users: maxUsers)
  }
}
