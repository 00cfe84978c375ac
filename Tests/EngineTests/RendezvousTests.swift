import EventLoop
import Measurement
import Scenario
import Testing

@testable import Engine

extension RunTests {
  @Suite struct Meetings {
    /// Each user comes by a step of its own length, and then meets the others.
    private func meeting(
      _ load: String, users: Int, timeout: String = "60s", come: String = "get: '/slow/${user}'", data: String = ""
    ) -> String {
      """
      { name: 'test', target: 'http://127.0.0.1', \(data) traffic: { main: { load: \(load), steps: [
        { name: 'come', \(come) },
        { name: 'meet', post: '/ok', rendezvous: { users: \(users), timeout: '\(timeout)' } } ] } } }
      """
    }

    @Test("nobody goes on before as many as are asked for are there, on whichever workers", arguments: [1, 2, 3])
    func together(workers: Int) throws {
      try withTarget { target in
        let record = try target.run(meeting("{ users: 12, iterations: 3 }", users: 12), workers: workers)
        #expect(record.count("ok", step: "meet") == 36 && record.notes == [])
        var come = 0
        var met = 0
        for seen in target.probe.seen {
          if seen.target == "/ok" { met += 1 } else { come += 1 }
          // Of each round all have come before the first goes on.
          #expect(met == 0 || come >= 12 * ((met + 11) / 12))
        }
        #expect(met == 36)
      }
    }

    @Test("waiting for each other is no latency")
    func latency() throws {
      try withTarget { target in
        // A machine that stands still while they meet makes that long, too.
        let (came, met) = try fitting {
          // One user comes 300 ms after the others.
          let record = try target.run(
            meeting(
              "{ users: 3, iterations: 1 }", users: 3, come: "get: '/slow/${pause}'",
              data: "data: { pause: { list: ['0', '300', '0'], order: 'per_user' } },"))
          return (
            try #require(record.series.first { $0.key.step == "come" && $0.key.outcome == "ok" }),
            try #require(record.series.first { $0.key.step == "meet" && $0.key.outcome == "ok" })
          )
        } fits: { came, met in
          met.latency.maximum < came.latency.maximum / 2
        }
        #expect(met.latency.count == 3 && came.latency.maximum >= 300_000_000)
        #expect(met.latency.maximum < came.latency.maximum / 2)
      }
    }

    @Test("the remainder is let go when no others can come, and the report says so", arguments: [1, 2, 3])
    func remainder(workers: Int) throws {
      try withTarget { target in
        let record = try target.run(
          meeting("{ users: 6, shared_iterations: 10 }", users: 4, come: "get: '/ok?come'"), workers: workers)
        #expect(record.count("ok", step: "meet") == 10)
        let notes = record.notes.filter { $0.contains("rendezvous") }
        #expect(
          notes.count == 1 && notes.first?.hasSuffix("of 4 users: no others could come.") == true, "\(record.notes)")
      }
    }

    @Test("who waits in vain goes on after a while, and the report says so", arguments: [1, 2])
    func timeout(workers: Int) throws {
      try withTarget { target in
        // The third comes long after the others are tired of it.
        let record = try target.run(
          meeting(
            "{ users: 3, iterations: 1 }", users: 3, timeout: "20ms", come: "get: '/slow/${pause}'",
            data: "data: { pause: { list: ['0', '0', '1500'], order: 'per_user' } },"),
          workers: workers)
        #expect(record.count("ok", step: "meet") == 3)
        #expect(
          record.notes.contains { $0.contains(" of 3 users: the others did not come within 20 ms.") },
          "\(record.notes)")
      }
    }

    @Test("users that end before they come are not waited for", arguments: [1, 2])
    func failing(workers: Int) throws {
      try withTarget { target in
        let record = try target.run(
          meeting(
            "{ users: 4, iterations: 2 }", users: 3, come: "get: '/status/${code}', outcomes: { fine: 200 }",
            data: "data: { code: { list: ['200', '500'], order: 'per_user' } },"), workers: workers)
        #expect(record.count("unexpected", step: "come") == 4)
        #expect(record.count("ok", step: "meet") == 4)
      }
    }

    @Test("users at two meeting places that wait for each other are let go, first come first served")
    func twoGates() throws {
      try withTarget { target in
        let record = try target.run(
          """
          { name: 'test', target: 'http://127.0.0.1', traffic: { main: { load: { users: 3, iterations: 1 }, steps: [
            { name: 'pair', post: '/ok', rendezvous: 2 }, { name: 'all', post: '/ok', rendezvous: 3 } ] } } }
          """)
        // Two pass the first place and wait at the second for the third, which waits at the first.
        #expect(record.count("ok", step: "pair") == 3 && record.count("ok", step: "all") == 3)
        #expect(record.notes.count == 1 && record.notes.first?.contains("'pair'") == true, "\(record.notes)")
      }
    }

    @Test("a run that is interrupted leaves nobody waiting", arguments: [1, 2])
    func interrupted(workers: Int) throws {
      try withTarget { target in
        let run = try target.make(
          meeting(
            "{ users: 4, for: '60s' }", users: 4, come: "get: '/slow/${pause}'",
            data: "data: { pause: { list: ['60000', '0', '0', '0'], order: 'per_user' } },"), workers: workers)
        // Three are there, or on their way, and wait for the one that is held up.
        target.probe.watch { count in if count == 4 { run.interrupt("SIGINT") } }
        #expect(run.run().ending == .interrupted("SIGINT"))
      }
    }
  }
}
