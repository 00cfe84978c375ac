import EventLoop
import Measurement
import Testing

@testable import Engine

extension RunTests {
  @Suite struct Data {
    private static let loads = [
      "{ burst: 100, max_users: 10 }", "{ users: 7, shared_iterations: 100 }", "{ users: 10, iterations: 10 }",
      "{ arrivals: '5000/s', for: '20ms', max_users: 100 }",
    ]

    @Test(
      "unique data is used up to the last row and none of it twice, whatever the number of workers",
      arguments: loads, [1, 2, 3])
    func unique(load: String, workers: Int) throws {
      try withTarget { target in
        let record = try target.run(
          oneStep(load, "post: '/ok', text: '${buyer}'", more: "data: { buyer: { sequence: 'b{n:03}', count: 100 } },"),
          workers: workers)
        #expect(record.notes == [])
        #expect(record.count("ok") + record.count("unsent") == 100)
        let bodies = target.probe.bodies()
        #expect(Set(bodies).count == bodies.count && UInt64(bodies.count) == record.count("ok"))
        if record.count("unsent") == 0 { #expect(bodies.min() == "b001" && bodies.max() == "b100") }
      }
    }

    @Test("data that runs out ends its group at once, is said, and counts no iteration", arguments: [1, 2])
    func exhaustion(workers: Int) throws {
      try withTarget { target in
        let began = EventLoop.now()
        let record = try target.run(
          """
          { name: 'test', target: 'http://127.0.0.1', data: { key: { sequence: 'k{n}', count: 6 } }, traffic: {
            loop: { load: { users: 2, for: '30s' }, steps: [{ name: 'a', post: '/ok', text: '${key}' }] } } }
          """, workers: workers)
        // Not as long as the load was to be.
        #expect(record.ending == .completed && EventLoop.now() - began < 15_000_000_000)
        let offered = try #require(record.groups[0].offered)
        #expect(offered.exhausted == "key" && offered.isShort && offered.planned == 60 && record.notes == [])
        #expect(record.requests == 6 && record.groups[0].iterationsStarted == 6)
        #expect(Set(target.probe.bodies()).count == 6)
      }
    }

    @Test("arrivals for which no data is left are in no figure of the target, and none comes after them")
    func exhaustedArrivals() throws {
      try withTarget { target in
        let record = try target.run(
          oneStep(
            "{ arrivals: '500/s', for: '30s', max_users: 5 }", "post: '/ok', text: '${key}'",
            more: "data: { key: { list: ['a', 'b', 'c'], order: 'unique' } },"))
        #expect(record.count("ok") == 3 && record.requests == 3 && record.groups[0].unsent == 0)
        #expect(record.groups[0].intended > 3)
        #expect(target.probe.bodies().sorted() == ["a", "b", "c"])
        #expect(record.groups[0].offered?.exhausted == "key" && record.groups[0].offered?.isShort == true)
      }
    }

    @Test("a shape whose data runs out still says what it called for")
    func exhaustedCount() throws {
      try withTarget { target in
        let record = try target.run(
          oneStep(
            "{ users: 2, iterations: 10 }", "post: '/ok', text: '${key}'",
            more: "data: { key: { list: ['a', 'b', 'c'], order: 'unique' } },"))
        #expect(record.requests == 3 && record.groups[0].intended == 20 && record.groups[0].iterationsStarted == 3)
        #expect(record.groups[0].offered?.planned == 20 && record.groups[0].offered?.offered == 3)
      }
    }

    @Test("a load that asks for no more than there are rows comes to its end")
    func usedUp() throws {
      try withTarget { target in
        let record = try target.run(
          oneStep(
            "{ users: 2, shared_iterations: 3 }", "post: '/ok', text: '${key}'",
            more: "data: { key: { list: ['a', 'b', 'c'], order: 'unique' } },"))
        #expect(record.requests == 3 && record.groups[0].offered?.exhausted == nil)
        #expect(record.groups[0].offered?.share == 1)
      }
    }

    @Test("users in a loop that never got a connection are counted apart from those that did", arguments: [1, 2])
    func neverConnected(workers: Int) throws {
      try withTarget { target in
        try withClosedPort { port in
          let record = try target.run(
            """
            { name: 'test', target: 'http://127.0.0.1', traffic: {
              good: { load: { users: 3, iterations: 2 }, steps: [{ name: 'a', get: '/ok' }] },
              bad: { load: { users: 3, iterations: 2 }, steps: [{ name: 'b', get: 'http://127.0.0.1:\(port)/ok' }] } } }
            """, workers: workers)
          let offered = record.groups.map(\.offered)
          #expect(offered.map { $0?.users } == [3, 3] && offered.map { $0?.neverConnected } == [0, 3])
        }
      }
    }

    @Test("rows that several groups share are drawn once", arguments: [1, 2])
    func shared(workers: Int) throws {
      try withTarget { target in
        let step = "post: '/ok', text: '${key}'"
        _ = try target.run(
          """
          { name: 'test', target: 'http://127.0.0.1', data: { key: { sequence: 'k{n}' } }, traffic: {
            x: { load: { users: 2, iterations: 5 }, steps: [{ name: 'a', \(step) }] },
            y: { load: { users: 2, iterations: 5 }, steps: [{ name: 'b', \(step) }] } } }
          """, workers: workers)
        #expect(Set(target.probe.bodies()).count == 20)
      }
    }

    @Test("data in a body of exact size is drawn like any other")
    func sized() throws {
      try withTarget { target in
        _ = try target.run(
          oneStep(
            "{ users: 1, iterations: 3 }",
            "post: '/ok', json_sized: { bytes: 64, value: { id: '${key}', pad: '' }, pad: '$.pad' }",
            more: "data: { key: ['one', 'three', 'eleven'] },"))
        let bodies = target.probe.bodies()
        #expect(bodies.map(\.utf8.count) == [64, 64, 64])
        #expect(zip(bodies, ["one", "three", "eleven"]).allSatisfy { $0.contains("\"id\":\"\($1)\"") })
      }
    }

    @Test("cycled data begins again, per-user data stays, and a seed repeats random draws")
    func orders() throws {
      try withTarget { target in
        let load = "{ users: 2, iterations: 4 }"
        _ = try target.run(oneStep(load, "post: '/ok?c', text: '${key}'", more: "data: { key: ['a', 'b', 'c'] },"))
        #expect(target.probe.bodies(of: "/ok?c").sorted() == ["a", "a", "a", "b", "b", "b", "c", "c"])
        let own = "data: { key: { list: ['a', 'b', 'c'], order: 'per_user' } },"
        _ = try target.run(oneStep(load, "post: '/ok?p', text: '${user}${key}'", more: own))
        #expect(Set(target.probe.bodies(of: "/ok?p")) == ["0a", "1b"])
        let drawn = "data: { key: { list: ['a', 'b', 'c', 'd', 'e'], order: 'random' } },"
        for round in ["/ok?1", "/ok?2"] {
          let step = "post: '\(round)', text: '${user}${key}${random(1,1000000)}${uuid}'"
          _ = try target.run(oneStep(load, step, more: drawn), workers: round == "/ok?1" ? 1 : 2, seed: 7)
        }
        #expect(Set(target.probe.bodies(of: "/ok?1")) == Set(target.probe.bodies(of: "/ok?2")))
        _ = try target.run(
          oneStep(load, "post: '/ok?3', text: '${user}${key}${random(1,1000000)}${uuid}'", more: drawn), seed: 8)
        #expect(Set(target.probe.bodies(of: "/ok?3")).isDisjoint(with: target.probe.bodies(of: "/ok?1")))
      }
    }
  }
}
