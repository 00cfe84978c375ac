import Load
import Testing

private let second: UInt64 = 1_000_000_000
private typealias Profile = LoadShape.Profile

@Suite struct LoadShapeTests {
  static let ramp = LoadShape.Profile(segments: [
    .init(from: 0, to: 50, nanoseconds: 10 * second), .init(from: 50, to: 50, nanoseconds: 30 * second),
    .init(from: 50, to: 0, nanoseconds: 5 * second),
  ])

  @Test(
    "a shape says in words what it is, how long it is and how much",
    arguments: [
      (.closed(.constant(50, nanoseconds: 30 * second)), "50 users for 30 s", 50, 30, nil),
      (.closed(.constant(1, nanoseconds: 90 * second)), "1 user for 90 s", 1, 90, nil),
      (.closed(ramp), "0 to 50 to 0 users over 45 s", 50, 45, nil),
      (.countedPerUser(users: 50, iterations: 10), "50 users, 10 iterations each", 50, nil, 500),
      (.countedPerUser(users: 1, iterations: 1), "1 user, 1 iteration each", 1, nil, 1),
      (.countedShared(users: 50, iterations: 5_000), "50 users sharing 5,000 iterations", 50, nil, 5_000),
      (
        .open(.constant(200, nanoseconds: 30 * second), maxUsers: 500, poisson: false),
        "200 arrivals/s for 30 s, at most 500 users", 500, 30, 6_000
      ),
      (
        .open(.constant(0.25, nanoseconds: 7_200 * second), maxUsers: 1, poisson: true),
        "0.25 Poisson arrivals/s for 2 h, at most 1 user", 1, 7_200, 1_800
      ),
      (.open(ramp, maxUsers: 5, poisson: false), "0 to 50 to 0 arrivals/s over 45 s, at most 5 users", 5, 45, 1_875),
      (.burst(count: 5_000, maxUsers: 500), "burst of 5,000 with at most 500 users", 500, nil, 5_000),
      (.burst(count: 1_234_567, maxUsers: 5_000), "burst of 1,234,567 with at most 5,000 users", 5_000, nil, 1_234_567),
      (.burst(count: 3, maxUsers: 500), "burst of 3 with at most 500 users", 3, nil, 3),
    ] as [(LoadShape, String, Int, UInt64?, UInt64?)])
  func totals(shape: LoadShape, words: String, maxUsers: Int, seconds: UInt64?, iterations: UInt64?) {
    #expect(shape.description == words)
    #expect(shape.maxUsers == maxUsers)
    #expect(shape.nanoseconds == seconds.map { $0 * second })
    #expect(shape.iterations == iterations)
  }

  @Test(
    "lengths of time are said in the largest unit that fits",
    arguments: [
      (250_000_000, "250 ms"), (1_500_000_000, "1.5 s"), (120_000_000_000, "2 min"), (1_500_000, "1.5 ms"),
      (3_600_000_000_000, "1 h"), (0, "0 ms"), (61_000_000_000, "61 s"),
    ] as [(UInt64, String)])
  func lengths(nanoseconds: UInt64, words: String) {
    #expect(LoadShape.closed(.constant(2, nanoseconds: nanoseconds)).description == "2 users for \(words)")
  }

  @Test(
    "users follow the profile, rounded",
    arguments: [
      (0, 0), (99_999_999, 0), (100_000_000, 1), (299_999_999, 1), (300_000_000, 2), (5_000_000_000, 25),
      (9_900_000_000, 50), (39_999_999_999, 50), (42_500_000_000, 25), (44_999_999_999, 0), (45_000_000_000, 0),
      (.max, 0),
    ] as [(UInt64, Int)])
  func usersWanted(elapsed: UInt64, users: Int) {
    #expect(UserRamp(profile: Self.ramp).usersWanted(at: elapsed) == users)
  }

  @Test("the number of users changes only where the next change was foretold, and every change is of one user")
  func nextChange() {
    let ramp = UserRamp(profile: Self.ramp)
    var elapsed: UInt64 = 0
    var changes: [Int] = []
    while changes.count < 1_000, let next = ramp.nextChange(after: elapsed) {
      #expect(next > elapsed)
      // Foretold to the nanosecond.
      #expect(ramp.usersWanted(at: max(next - 2, elapsed)) == ramp.usersWanted(at: elapsed))
      changes.append(ramp.usersWanted(at: next) - ramp.usersWanted(at: elapsed))
      elapsed = next
    }
    #expect(elapsed == 45 * second)
    #expect(changes.filter { $0 == 1 }.count == 50 && changes.filter { $0 == -1 }.count == 50)
    #expect(changes.allSatisfy { abs($0) <= 1 })
    #expect(changes.count < 200)
  }

  @Test("a step to another level is foretold too")
  func step() {
    let ramp = UserRamp(
      profile: Profile(segments: [
        .init(from: 10, to: 10, nanoseconds: second), .init(from: 80, to: 80, nanoseconds: second),
      ]))
    #expect(ramp.nextChange(after: 0) == second)
    #expect(ramp.usersWanted(at: second - 1) == 10 && ramp.usersWanted(at: second) == 80)
    #expect(ramp.nextChange(after: second) == 2 * second)
    #expect(ramp.nextChange(after: 2 * second) == nil)
  }

  @Test("the area under a profile by a time is what its levels add up to")
  func area() {
    #expect(Self.ramp.area == 1_875)
    #expect(Self.ramp.area(upTo: 5 * second) == 62.5)
    #expect(Self.ramp.area(upTo: 10 * second) == 250)
    #expect(Self.ramp.area(upTo: 20 * second) == 750)
    #expect(Self.ramp.area(upTo: .max) == 1_875)
  }
}

@Suite struct WorkerShareTests {
  @Test(
    "every user and iteration is exactly one worker's, and the counts agree with the numbers",
    arguments: [1, 2, 3, 8], [1, 2, 3, 7, 500])
  func partition(workers: Int, users: Int) {
    for iterations in [0, 1, 2, 5, 499, 500, 501, 5_000] as [UInt64] {
      var owners = [Int](repeating: 0, count: Int(iterations))
      var userOwners = [Int](repeating: 0, count: users)
      for worker in 0..<workers {
        let share = WorkerShare(worker: worker, of: workers, users: users)
        let count = share.iterationCount(of: iterations)
        for number in 0..<count {
          owners[Int(share.iteration(number))] += 1
          #expect(share.owns(iteration: share.iteration(number)))
        }
        #expect((0..<iterations).count { share.owns(iteration: $0) } == Int(count))
        for number in 0..<share.userCount(of: users) { userOwners[share.user(number)] += 1 }
        #expect(count == 0 || share.userCount(of: users) > 0, "iterations that no user would do")
      }
      #expect(owners.allSatisfy { $0 == 1 })
      #expect(userOwners.allSatisfy { $0 == 1 })
    }
  }

  @Test("two workers share a burst of 5,000 to 500 users evenly")
  func burst() {
    let shape = LoadShape.burst(count: 5_000, maxUsers: 500)
    for worker in 0..<2 {
      let share = shape.share(ofWorker: worker, of: 2)
      #expect(share.userCount(of: 500) == 250 && share.iterationCount(of: 5_000) == 2_500)
      #expect(share.iteration(0) == UInt64(worker) && share.iteration(1) == UInt64(worker + 2))
    }
  }
}
