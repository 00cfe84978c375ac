import Load
import Testing

private let second: UInt64 = 1_000_000_000

private typealias Profile = LoadShape.Profile
private typealias Segment = LoadShape.Segment

/// All arrivals of a schedule.
private func arrivals(
  _ profile: LoadShape.Profile, poisson: SeededGenerator? = nil, worker: Int = 0, of workers: Int = 1, users: Int = 500
) -> [ArrivalSchedule.Arrival] {
  var schedule = ArrivalSchedule(
    profile: profile, poisson: poisson, share: WorkerShare(worker: worker, of: workers, users: users))
  var arrivals: [ArrivalSchedule.Arrival] = []
  while let arrival = schedule.take(dueBy: .max) { arrivals.append(arrival) }
  return arrivals
}

@Suite struct ArrivalScheduleTests {
  @Test("200/s for 30 s is 6,000 arrivals, each 5 ms after the one before, from 0 on")
  func steady() {
    let profile = Profile.constant(200, nanoseconds: 30 * second)
    let all = arrivals(profile)
    #expect(all.count == 6_000)
    #expect(all.enumerated().allSatisfy { $1.iteration == UInt64($0) && $1.nanoseconds == UInt64($0) * 5_000_000 })
    #expect(ArrivalSchedule.count(of: profile) == 6_000)
  }

  @Test(
    "the number of arrivals is the area under the profile, begun ones counted",
    arguments: [
      ([(200, 200, 30_000)], 6_000), ([(1, 1, 500)], 1), ([(0.5, 0.5, 10_000)], 5), ([(0.3, 0.3, 10_000)], 3),
      ([(0.1, 0.1, 30_000)], 3), ([(1.1, 1.1, 90_000)], 99), ([(2.7, 2.7, 90_000)], 243),
      ([(1.0 / 3, 1.0 / 3, 3_000)], 1), ([(0, 200, 10_000)], 1_000),
      ([(0, 200, 10_000), (200, 200, 30_000), (200, 0, 10_000)], 8_000), ([(0, 0, 5_000)], 0), ([], 0),
      ([(100, 100, 0), (7, 7, 1_000)], 7), ([(99_999.9, 99_999.9, 60_000)], 5_999_994),
    ] as [([(Double, Double, UInt64)], Int)])
  func counts(segments: [(Double, Double, UInt64)], count: Int) {
    let profile = Profile(segments: segments.map { Segment(from: $0.0, to: $0.1, nanoseconds: $0.2 * 1_000_000) })
    let all = arrivals(profile)
    #expect(all.count == count)
    #expect(ArrivalSchedule.count(of: profile) == UInt64(count))
    #expect(all.last.map { $0.nanoseconds < profile.nanoseconds } ?? true)
  }

  @Test(
    "arrival i of a ramp comes when the area under it, summed up numerically, reaches i",
    arguments: [
      [(0, 200, 10)], [(201, 0, 9)], [(10, 300, 7), (300, 20, 3)], [(50, 50, 2), (0, 0, 3), (0, 90, 2), (90, 10, 1)],
    ] as [[(Double, Double, UInt64)]])
  func rampInversion(segments: [(Double, Double, UInt64)]) {
    let profile = Profile(segments: segments.map { Segment(from: $0.0, to: $0.1, nanoseconds: $0.2 * second) })
    // Sums of level × 10 µs at mid-points, and the first time when each whole number is reached.
    let step: UInt64 = 10_000
    var area = 0.0
    var reached: [UInt64] = []
    for start in stride(from: 0, to: profile.nanoseconds, by: Int(step)) {
      if area >= Double(reached.count), profile.level(at: start + step / 2) > 0 { reached.append(start) }
      area += profile.level(at: start + step / 2) * Double(step) / 1e9
    }
    let all = arrivals(profile)
    #expect(all.count == reached.count)
    for (arrival, reached) in zip(all, reached) {
      #expect(abs(Int64(arrival.nanoseconds) - Int64(reached)) <= Int64(2 * step))
    }
  }

  @Test("a ramp from nothing to 200/s over 10 s has its i-th arrival at √(i/10) s")
  func rampClosedForm() {
    for arrival in arrivals(Profile(segments: [Segment(from: 0, to: 200, nanoseconds: 10 * second)])) {
      let exact = (Double(arrival.iteration) / 10).squareRoot() * 1e9
      #expect(abs(Double(arrival.nanoseconds) - exact) <= 1)
    }
  }

  @Test("a pause has no arrivals, and the one called for at its beginning comes after it")
  func pause() {
    let profile = Profile(segments: [
      Segment(from: 2, to: 2, nanoseconds: second), Segment(from: 0, to: 0, nanoseconds: 5 * second),
      Segment(from: 2, to: 2, nanoseconds: second),
    ])
    #expect(arrivals(profile).map(\.nanoseconds) == [0, second / 2, 6 * second, 6 * second + second / 2])
  }

  @Test("Poisson arrivals have the profile's mean, gaps of the right mean and variance, and the seed's repeat exactly")
  func poisson() {
    let profile = Profile.constant(1_000, nanoseconds: 100 * second)
    let all = arrivals(profile, poisson: SeededGenerator(seed: 3))
    // A Poisson count of mean 100,000 has a standard deviation of 316.
    #expect(abs(all.count - 100_000) < 4 * 316)
    let gaps = zip(all, all.dropFirst()).map { Double($1.nanoseconds - $0.nanoseconds) / 1e6 }
    let mean = gaps.reduce(0, +) / Double(gaps.count)
    let variance = gaps.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(gaps.count)
    #expect(abs(mean - 1) < 4 * 0.00316)
    #expect(abs(variance - 1) < 4 * 0.00894)
    // Counts a second have a variance equal to their mean; over 100 seconds its estimate has a deviation of 14 %.
    var counts = [Double](repeating: 0, count: 100)
    for arrival in all { counts[Int(arrival.nanoseconds / second)] += 1 }
    let spread = counts.reduce(0) { $0 + ($1 - 1_000) * ($1 - 1_000) } / 100
    #expect((400...1_600).contains(spread))
    #expect(all == arrivals(profile, poisson: SeededGenerator(seed: 3)))
    #expect(all != arrivals(profile, poisson: SeededGenerator(seed: 4)))
  }

  @Test("Poisson arrivals follow a ramp: a quarter of them in its first half")
  func poissonRamp() {
    let profile = Profile(segments: [Segment(from: 0, to: 2_000, nanoseconds: 20 * second)])
    let all = arrivals(profile, poisson: SeededGenerator(seed: 12))
    let early = all.count { $0.nanoseconds < 10 * second }
    #expect(abs(Double(early) / Double(all.count) - 0.25) < 4 * (0.25 * 0.75 / 20_000).squareRoot())
  }

  @Test(
    "the schedule is the same whatever the number of workers",
    arguments: [(2, 500), (3, 500), (7, 500), (2, 3), (8, 3), (4, 1)], [true, false])
  func workerShares(workersAndUsers: (Int, Int), poisson: Bool) {
    let profile = Profile(segments: [
      Segment(from: 10, to: 300, nanoseconds: 5 * second), Segment(from: 300, to: 300, nanoseconds: 3 * second),
    ])
    let generator = poisson ? SeededGenerator(seed: 77) : nil
    let (workers, users) = workersAndUsers
    let whole = arrivals(profile, poisson: generator)
    let parts = (0..<workers).map {
      arrivals(profile, poisson: generator, worker: $0, of: workers, users: users)
    }
    #expect(parts.flatMap { $0 }.sorted { $0.iteration < $1.iteration } == whole)
    for (worker, part) in parts.enumerated() {
      let share = WorkerShare(worker: worker, of: workers, users: users)
      #expect(UInt64(part.count) == share.iterationCount(of: UInt64(whole.count)))
    }
  }

  @Test("an arrival is taken once it is due and not before")
  func due() {
    var schedule = ArrivalSchedule(
      profile: .constant(10, nanoseconds: second), poisson: nil, share: WorkerShare(worker: 0, of: 1, users: 5))
    #expect(schedule.take(dueBy: 0)?.iteration == 0)
    #expect(schedule.upcoming == .init(iteration: 1, nanoseconds: 100_000_000))
    #expect(schedule.take(dueBy: 99_999_999) == nil)
    #expect(schedule.take(dueBy: 100_000_000)?.iteration == 1)
    var taken = 0
    while schedule.take(dueBy: 10 * second) != nil { taken += 1 }
    #expect(taken == 8 && schedule.upcoming == nil)
  }
}

@Suite("Gaps that several workers take in turn")
struct ArrivalGapTests {
  @Test("a gap of one arrival is its area; one of several is as likely as its sum")
  func gaps() {
    #expect(ArrivalSchedule.exponentialGap(area: 0.37, arrivals: 1) == 0.37)
    // χ² with 6 degrees of freedom is above 12.5916 in one case of twenty, and so is an exponential variable above ln 20.
    #expect(abs(ArrivalSchedule.exponentialGap(area: 12.5916 / 2, arrivals: 3) - 2.995732) < 1e-4)
    #expect(ArrivalSchedule.exponentialGap(area: 0, arrivals: 5) == 0)
  }
}
