import EventLoop
import Measurement
import Testing

@testable import Engine

extension RunTests {
  @Suite struct Shapes {
    @Test("counted loads do exactly the iterations asked for", arguments: [1, 2, 3])
    func counted(workers: Int) throws {
      try withTarget { target in
        let each = try target.run(oneStep("{ users: 5, iterations: 4 }"), workers: workers)
        #expect(each.requests == 20 && each.count("ok") == 20)
        #expect(each.groups[0].intended == 20 && each.groups[0].iterationsStarted == 20)
        #expect(each.groups[0].iterationsCompleted == 20 && each.ending == .completed)
        #expect(target.probe.seen.count == 20)
        let shared = try target.run(oneStep("{ users: 5, shared_iterations: 13 }"), workers: workers)
        #expect(shared.requests == 13 && shared.groups[0].intended == 13)
        #expect(target.probe.seen.count == 33)
      }
    }

    @Test("iterations are numbered from 0 without gaps, by users from 0", arguments: [1, 2, 3])
    func numbering(workers: Int) throws {
      try withTarget { target in
        _ = try target.run(
          oneStep("{ users: 4, shared_iterations: 21 }", "post: '/ok', text: '${iteration} ${user} ${group} ${step}'"),
          workers: workers)
        let said = target.probe.bodies().map { $0.split(separator: " ") }
        #expect(said.compactMap { Int($0[0]) }.sorted() == Array(0..<21))
        #expect(Set(said.compactMap { Int($0[1]) }) == [0, 1, 2, 3])
        #expect(said.allSatisfy { $0[2] == "main" && $0[3] == "one" })
      }
    }

    @Test("each user of a load counted per user does its own share")
    func perUser() throws {
      try withTarget { target in
        _ = try target.run(oneStep("{ users: 3, iterations: 4 }", "post: '/ok', text: '${user}'"), workers: 2)
        let counts = Dictionary(grouping: target.probe.bodies(), by: \.self).mapValues(\.count)
        #expect(counts == ["0": 4, "1": 4, "2": 4])
      }
    }

    @Test("arrivals come as often as the schedule says, however slow the target is", arguments: [1, 2, 3])
    func arrivals(workers: Int) throws {
      try withTarget { target in
        let record = try target.run(
          oneStep("{ arrivals: '500/s', for: '100ms', max_users: 50 }", "get: '/slow/5'"), workers: workers)
        #expect(record.groups[0].intended == 50)
        #expect(record.count("ok") + record.count("unsent") == 50)
        #expect(record.groups[0].iterationsStarted + record.groups[0].unsent == 50)
        #expect(UInt64(target.probe.seen.count) == record.count("ok"))
      }
    }

    @Test("arrivals that find no user wait, and those that nobody takes count as at least so long")
    func unsent() throws {
      try withTarget { target in
        let record = try target.run(
          oneStep("{ arrivals: '200/s', for: '100ms', max_users: 1 }", "get: '/slow/40'"))
        let unsent = try #require(record.series("unsent"))
        #expect(record.groups[0].intended == 20 && record.groups[0].unsent == unsent.count)
        #expect(unsent.count >= 15 && unsent.count + record.count("ok") == 20)
        #expect(unsent.kind == .transport && unsent.serviceTime.count == 0)
        // The earliest that is left came at 15 ms, and the shape ended at 100.
        #expect(unsent.latency.maximum >= 60_000_000)
        // The second waited for the first to end, and that is nobody's lag but the target's.
        #expect(record.generator.wait.maximum >= 30_000_000)
        let answered = try #require(record.series("ok"))
        #expect(answered.latency.maximum >= answered.serviceTime.maximum + 30_000_000)
      }
    }

    @Test("a burst sends everything at once, as far as it has users", arguments: [1, 2, 3])
    func burst(workers: Int) throws {
      try withTarget { target in
        let record = try target.run(
          oneStep("{ burst: 40, max_users: 12 }", "post: '/slow/10', text: '${iteration}'"), workers: workers)
        #expect(record.count("ok") == 40 && record.groups[0].intended == 40)
        #expect(target.probe.bodies().compactMap { Int($0) }.sorted() == Array(0..<40))
        #expect(target.probe.mostAtOnce <= 12 && target.probe.mostAtOnce > 6)
        #expect(record.groups[0].peakInFlight > 6)
        let release = try #require(record.groups[0].release)
        #expect(release.users == 12 && release.peakInFlight > 6 && release.skew < 10_000_000_000)
        // Connected before the release, one each.
        #expect(record.connections.opened == 12)
        // Those of the second and third round were wanted when the first were.
        #expect(record.series("ok")!.latency.maximum >= 20_000_000)
        #expect(record.generator.wait.maximum >= 10_000_000)
      }
    }

    @Test("a burst whose users share a pool has all of its connections before the release", arguments: [1, 2])
    func pooledBurst(workers: Int) throws {
      try withTarget { target in
        let record = try target.run(
          oneStep("{ burst: 12 }", "post: '/slow/10', text: ''", more: "client: { connections: 'pooled' },"),
          workers: workers)
        #expect(record.count("ok") == 12)
        #expect(record.connections.opened == 12)
        // None of them waited for a connection, or for another's.
        #expect(record.groups[0].release?.peakInFlight ?? 0 > 6)
        #expect(target.probe.mostAtOnce > 6)
      }
    }

    @Test("users in a loop go on for as long as they are asked to, and no longer")
    func closed() throws {
      try withTarget { target in
        let began = EventLoop.now()
        let record = try target.run(oneStep("{ users: 3, for: '60ms' }", "get: '/slow/1'"), workers: 2)
        #expect(EventLoop.now() - began >= 60_000_000)
        #expect(record.requests >= 3 && record.requests <= 180)
        #expect(record.count("ok") == record.requests)
        #expect(record.groups[0].intended == record.groups[0].iterationsStarted)
        #expect(record.series("unsent") == nil)
        // None is wanted after the end.
        let first = try #require(target.probe.seen.map(\.arrived).min())
        let last = try #require(target.probe.seen.map(\.arrived).max())
        #expect(last >= first && record.elapsed >= last - first)
      }
    }

    @Test("a ramp adds users from nobody on, in their order")
    func ramp() throws {
      try withTarget { target in
        _ = try target.run(
          oneStep("{ users: [{ to: 4, over: '80ms' }] }", "post: '/slow/2', text: '${user}'"), workers: 2)
        let seen = target.probe.seen
        let first = (0..<4).map { user in seen.filter { $0.body == "\(user)" }.map(\.arrived).min() ?? .max }
        #expect(first == first.sorted() && first[0] < .max)
        // User 1 is wanted 20 ms after user 0 (the level passes 0.5, then 1.5).
        if first[1] < .max { #expect(first[1] - first[0] > 10_000_000) }
      }
    }

    @Test("think time and pacing hold users back")
    func pauses() throws {
      try withTarget { target in
        _ = try target.run(oneStep("{ users: 1, iterations: 3 }", group: "think_time: '15ms',"))
        let thought = target.probe.seen.map(\.arrived)
        #expect(zip(thought, thought.dropFirst()).allSatisfy { $1 - $0 >= 15_000_000 })
        _ = try target.run(oneStep("{ users: 1, iterations: 3 }", "get: '/slow/5'", group: "pacing: '20ms',"))
        let paced = target.probe.seen.map(\.arrived).dropFirst(3)
        #expect(paced.last! - paced.first! >= 25_000_000)
      }
    }

    @Test("arrivals that were wanted in warm-up and served after it are in no figure either")
    func warmUpBacklog() throws {
      try withTarget { target in
        let record = try target.run(
          oneStep(
            "{ arrivals: '500/s', for: '120ms', max_users: 4 }", "get: '/slow/15'", more: "warm_up: '60ms',"))
        let group = record.groups[0]
        #expect(group.intended == 30 && record.requests == 30)
        #expect(group.iterationsStarted == record.count("ok") && group.iterationsCompleted == record.count("ok"))
        #expect(group.unsent == record.count("unsent") && group.unsent > 0)
      }
    }

    @Test("groups begin when they are asked to")
    func startAfter() throws {
      try withTarget { target in
        let record = try target.run(
          """
          { name: 'test', target: 'http://127.0.0.1', traffic: {
            late: { start_after: '40ms', load: { users: 1, iterations: 1 }, steps: [{ name: 'b', get: '/ok?late' }] },
            early: { load: { users: 1, iterations: 1 }, steps: [{ name: 'a', get: '/ok?early' }] } } }
          """)
        #expect(target.probe.seen.map(\.target) == ["/ok?early", "/ok?late"])
        let seen = target.probe.seen
        #expect(seen[1].arrived - seen[0].arrived >= 20_000_000)
        #expect(record.groups.map(\.intended) == [1, 1])
        // Users are numbered through the groups.
        #expect(record.elapsed >= 40_000_000)
      }
    }

    @Test("what was wanted in warm-up is in no figure")
    func warmUp() throws {
      try withTarget { target in
        let record = try target.run(
          oneStep("{ arrivals: '500/s', for: '120ms', max_users: 60 }", more: "warm_up: '60ms',"), workers: 2)
        #expect(target.probe.seen.count == 60)
        #expect(record.requests == 30 && record.groups[0].intended == 30)
        #expect(record.groups[0].iterationsStarted == 30 && record.groups[0].iterationsCompleted == 30)
        #expect(record.warmUp == 60_000_000 && record.elapsed >= 50_000_000)
        // What warm-up wanted and was answered after it is in no interval.
        #expect((1...30).contains(record.intervals.filter(\.isWarmUp).reduce(0) { $0 + $1.requests }))
        #expect(record.intervals.first?.end == 60_000_000)
      }
    }
  }
}
