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
        // A machine that stands still for most of the time leaves one answer, and nobody who waited for it.
        let record = try fitting {
          try target.run(oneStep("{ arrivals: '200/s', for: '100ms', max_users: 1 }", "get: '/slow/40'"))
        } fits: {
          $0.count("ok") > 1
        }
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
          // Nobody is answered before all twelve are there.
          oneStep("{ burst: 36, max_users: 12 }", "post: '/gather/12/10', text: '${iteration}'"), workers: workers)
        #expect(record.count("ok") == 36 && record.groups[0].intended == 36)
        #expect(target.probe.bodies().compactMap { Int($0) }.sorted() == Array(0..<36))
        #expect(target.probe.mostAtOnce == 12 && record.groups[0].peakInFlight == 12)
        let release = try #require(record.groups[0].release)
        #expect(release.users == 12 && release.peakInFlight == 12 && release.skew < 10_000_000_000)
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
          oneStep("{ burst: 12 }", "post: '/gather/12/0', text: ''", more: "client: { connections: 'pooled' },"),
          workers: workers)
        #expect(record.count("ok") == 12)
        #expect(record.connections.opened == 12)
        // None of them waited for a connection, or for another's.
        #expect(record.groups[0].release?.peakInFlight == 12)
        #expect(target.probe.mostAtOnce == 12)
      }
    }

    @Test("users in a loop go on for as long as they are asked to, and no longer")
    func closed() throws {
      try withTarget { target in
        // A machine that stands still for the whole time leaves nothing.
        let record = try fitting {
          let began = EventLoop.now()
          let record = try target.run(oneStep("{ users: 3, for: '60ms' }", "get: '/slow/1'"), workers: 2)
          #expect(EventLoop.now() - began >= 60_000_000)
          return record
        } fits: {
          $0.requests >= 3
        }
        #expect(record.requests >= 3 && record.requests <= 180)
        #expect(record.count("ok") == record.requests)
        #expect(record.groups[0].intended == record.groups[0].iterationsStarted)
        #expect(record.series("unsent") == nil)
        // None is wanted after the end.
        let arrived = target.probe.seen.suffix(Int(record.requests)).map(\.arrived)
        let first = try #require(arrived.min())
        let last = try #require(arrived.max())
        #expect(last >= first && record.elapsed >= last - first)
      }
    }

    @Test("a ramp adds users from nobody on, in their order")
    func ramp() throws {
      // When each user's first request came, nanoseconds since before the run.
      let first = try fitting {
        try withTarget { target in
          let began = EventLoop.now()
          _ = try target.run(
            oneStep("{ users: [{ to: 4, over: '80ms' }] }", "post: '/slow/2', text: '${user}'"), workers: 2)
          let seen = target.probe.seen
          let first = (0..<4).map { user in seen.filter { $0.body == "\(user)" }.map { $0.arrived - began }.min() }
          // The level passes 0.5, 1.5, 2.5 and 3.5, and nobody is there before.
          for (user, instant) in first.enumerated() where instant != nil {
            #expect(instant! >= UInt64(user * 20 + 10) * 1_000_000)
          }
          return first
        }
      } fits: { first in
        // How late each may be is the machine's affair.
        !first.contains(nil) && first.map { $0! } == first.map { $0! }.sorted()
      }
      #expect(!first.contains(nil) && first.map { $0 ?? 0 } == first.map { $0 ?? 0 }.sorted())
    }

    @Test("think time and pacing hold users back")
    func pauses() throws {
      try withTarget { target in
        _ = try target.run(oneStep("{ users: 1, iterations: 3 }", group: "think_time: '15ms',"))
        let thought = target.probe.seen.map(\.arrived)
        #expect(zip(thought, thought.dropFirst()).allSatisfy { $1 - $0 >= 15_000_000 })
        let began = EventLoop.now()
        _ = try target.run(oneStep("{ users: 1, iterations: 3 }", "get: '/slow/5'", group: "pacing: '20ms',"))
        let paced = target.probe.seen.map(\.arrived).dropFirst(3)
        #expect(paced.count == 3)
        for (number, instant) in paced.enumerated() { #expect(instant - began >= UInt64(number) * 20_000_000) }
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
      // A machine that stands still from before the first to after the second may turn them round.
      let (seen, record, began) = try fitting {
        try withTarget { target in
          let began = EventLoop.now()
          let record = try target.run(
            """
            { name: 'test', target: 'http://127.0.0.1', traffic: {
              late: { start_after: '400ms', load: { users: 1, iterations: 1 }, steps: [{ name: 'b', get: '/ok?late' }] },
              early: { load: { users: 1, iterations: 1 }, steps: [{ name: 'a', get: '/ok?early' }] } } }
            """)
          return (target.probe.seen, record, began)
        }
      } fits: { seen, _, _ in
        seen.first?.target == "/ok?early"
      }
      #expect(seen.map(\.target) == ["/ok?early", "/ok?late"])
      #expect(seen.last.map { $0.arrived - began } ?? 0 >= 400_000_000)
      #expect(record.groups.map(\.intended) == [1, 1])
      // Users are numbered through the groups.
      #expect(record.elapsed >= 400_000_000)
    }

    @Test("what was wanted in warm-up is in no figure")
    func warmUp() throws {
      // A machine that stands still for all of the warm-up leaves its interval empty.
      let record = try fitting {
        try withTarget { target in
          let record = try target.run(
            oneStep("{ arrivals: '500/s', for: '120ms', max_users: 60 }", more: "warm_up: '60ms',"), workers: 2)
          #expect(target.probe.seen.count == 60)
          return record
        }
      } fits: {
        $0.intervals.filter(\.isWarmUp).contains { $0.requests > 0 }
      }
      #expect(record.requests == 30 && record.groups[0].intended == 30)
      #expect(record.groups[0].iterationsStarted == 30 && record.groups[0].iterationsCompleted == 30)
      #expect(record.warmUp == 60_000_000 && record.elapsed >= 50_000_000)
      // What warm-up wanted and was answered after it is in no interval.
      #expect((1...30).contains(record.intervals.filter(\.isWarmUp).reduce(0) { $0 + $1.requests }))
      #expect(record.intervals.first?.end == 60_000_000)
    }
  }
}
