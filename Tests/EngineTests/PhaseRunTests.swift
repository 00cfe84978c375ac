import EventLoop
import Glibc
import JSON
import Measurement
import Testing

@testable import Engine

extension RunTests {
  @Suite struct Phases {
    private static let signIn =
      "set_up: [{ name: 'sign-in', get: '/token', outcomes: { in: { status: 200, capture: { token: '$.token' } } } }],"

    @Test("what set-up captured is every user's, and the tear-down's", arguments: [1, 2])
    func setUp(workers: Int) throws {
      try withTarget { target in
        let record = try target.run(
          oneStep(
            "{ users: 4, iterations: 2 }", "post: '/ok', text: '${token}'",
            more: Self.signIn + "tear_down: [{ name: 'out', post: '/ok?out', text: '${token}' }],"), workers: workers)
        #expect(target.probe.bodies(of: "/ok").allSatisfy { $0 == "the-token" })
        #expect(target.probe.seen.count == 10 && target.probe.seen.first?.target == "/token")
        #expect(target.probe.seen.last?.target == "/ok?out")
        #expect(record.requests == 8 && record.series.allSatisfy { $0.key.group == "main" })
      }
    }

    @Test("a set-up that fails ends the run before any load, and says what was answered")
    func setUpFails() throws {
      try withTarget { target in
        let record = try target.run(
          oneStep(
            "{ users: 1, iterations: 1 }",
            more: "set_up: [{ name: 'first', post: '/say/418', text: 'no tea' }, { name: 'second', get: '/ok' }],"))
        #expect(record.ending == .setUpFailed("set_up: step 'first' ended as 'unexpected': status 418: no tea"))
        #expect(target.probe.seen.count == 1 && record.requests == 0)
        #expect(record.groups.map(\.name) == ["main"] && record.series.map(\.key.outcome) == ["ok"])
      }
    }

    @Test("a set-up step that may fail does not end the run")
    func tolerantSetUp() throws {
      try withTarget { target in
        let record = try target.run(
          oneStep(
            "{ users: 1, iterations: 1 }",
            more: "set_up: [{ name: 'first', get: '/status/404', continue_on_error: true }],"))
        #expect(record.ending == .completed && record.count("ok") == 1)
      }
    }

    @Test("a failing tear-down is a note, and no more")
    func tearDownFails() throws {
      try withTarget { target in
        let record = try target.run(
          oneStep("{ users: 1, iterations: 1 }", more: "tear_down: [{ name: 'last', get: '/status/500' }],"))
        #expect(record.ending == .completed && record.count("ok") == 1)
        #expect(record.notes == ["tear_down: step 'last' ended as 'unexpected': status 500"])
      }
    }

    /// The n-th request of the run, what is under way then, and how many the load has recorded afterwards at most.
    static let interruptions: [(at: Int, scenario: String)] = [
      (
        1,
        oneStep(
          "{ users: 2, iterations: 5 }",
          more: "set_up: [{ name: 'slow', get: '/slow/30000' }, { name: 'more', get: '/ok' }],")
      ),
      (3, oneStep("{ users: 2, for: '30s' }", "get: '/slow/30000'", more: "set_up: [{ name: 'up', get: '/ok' }],")),
      (2, oneStep("{ users: 2, for: '30s' }", group: "think_time: '30s',")),
      (2, oneStep("{ users: [{ to: 1, over: '10ms' }, { to: 2, over: '10m' }] }", "get: '/slow/1'")),
      (2, oneStep("{ users: 2, iterations: 9 }", "get: '/ok', think_time: '30s'")),
      (2, oneStep("{ users: 2, shared_iterations: 9 }", group: "pacing: '30s',")),
      (5, oneStep("{ arrivals: '200/s', for: '30s', max_users: 2 }", "get: '/slow/10'")),
      (2, oneStep("{ arrivals: '20/s', for: '30s', max_users: 2 }", group: "think_time: '30s',")),
      (4, oneStep("{ burst: 40, max_users: 4 }", "get: '/slow/30000'")),
      (2, oneStep("{ users: 1, iterations: 1 }", more: "tear_down: [{ name: 'slow', get: '/slow/30000' }],")),
    ]

    @Test("an interrupt ends the run in whatever phase it is", arguments: interruptions.indices, [1, 2])
    func interrupt(index: Int, workers: Int) throws {
      let (at, scenario) = Self.interruptions[index]
      try withTarget { target in
        let run = try target.make(scenario, workers: workers)
        target.probe.watch { count in if count == at { run.interrupt("SIGINT") } }
        let began = EventLoop.now()
        let record = run.run()
        #expect(record.ending == .interrupted("SIGINT"))
        // Far less than anything that was under way.
        #expect(EventLoop.now() - began < 15_000_000_000)
        #expect(record.groups[0].iterationsStarted <= record.groups[0].intended)
        // What was cut short is a request like any other, and nobody's error.
        #expect(record.count("unsent") == 0)
        #expect(record.series.filter { $0.key.outcome == "cancelled" }.allSatisfy { $0.kind == .cancelled })
      }
    }

    @Test(
      "what is under way at an interrupt is counted as cancelled, with the time that it took so far", arguments: [1, 2])
    func cancelled(workers: Int) throws {
      try withTarget { target in
        let run = try target.make(
          oneStep("{ users: 4, for: '60s' }", "get: '/gather/99/60000', timeout: '50s'"), workers: workers)
        target.probe.watch { count in if count == 4 { run.interrupt("SIGINT") } }
        let record = run.run()
        let cut = try #require(record.series("cancelled"))
        #expect(record.requests == 4 && cut.count == 4)
        #expect(cut.latency.minimum > 0 && cut.serviceTime.count == 4)
        #expect(record.elapsed >= cut.latency.maximum)
        #expect(!cut.kind.isError && cut.kind.countsInLatency(outcome: "cancelled"))
      }
    }

    @Test("arrivals that wait for a user at an interrupt are cancelled, not unsent")
    func cancelledArrivals() throws {
      try withTarget { target in
        let run = try target.make(
          oneStep("{ arrivals: '200/s', for: '60s', max_users: 2 }", "get: '/slow/50'"))
        target.probe.watch { count in if count == 6 { run.interrupt("SIGINT") } }
        let record = run.run()
        #expect(record.count("unsent") == 0 && record.count("cancelled") >= record.groups[0].unsent)
        #expect(record.groups[0].intended == record.groups[0].iterationsStarted + record.groups[0].unsent)
      }
    }

    @Test(
      "the ages of requests under way are told to a threshold that may end the run, and are in no figure",
      arguments: [1, 2])
    func ages(workers: Int) throws {
      try withTarget { target in
        let more = "thresholds: { latency: { threshold: 'p(95) < 1ms', abort_on_fail: true } },"
        for load in ["{ users: 3, for: '60s' }", "{ arrivals: '10/s', for: '60s', max_users: 2 }"] {
          let run = try target.make(oneStep(load, "get: '/slow/60000'", more: more), workers: workers)
          nonisolated(unsafe) var seen: [UnderWay] = []
          run.abortsNow = { record in
            seen = record.underWay
            return seen.contains { $0.ages.count >= 3 } ? ["latency: p(95) < 1ms"] : []
          }
          let record = run.run()
          #expect(record.ending == .aborted && seen.map(\.step) == ["one"])
          #expect(record.underWay.isEmpty && record.requests == record.count("cancelled"))
        }
        let without = try target.make(oneStep("{ users: 1, iterations: 3 }", "get: '/slow/700'"))
        without.abortsNow = { record in
          #expect(record.underWay.isEmpty)
          return []
        }
        #expect(without.run().count("ok") == 3)
      }
    }

    @Test("an interrupt before the run has begun, and one while the target is prepared, are interrupts")
    func earlyInterrupt() throws {
      try withTarget { target in
        let early = try target.make(oneStep("{ users: 1, iterations: 1 }"))
        early.interrupt("SIGTERM")
        #expect(early.run().ending == .interrupted("SIGTERM"))
        #expect(target.probe.seen.isEmpty)
      }
    }

    @Test("a run that has ended leaves nothing behind", arguments: [false, true])
    func release(isInterrupted: Bool) throws {
      try withTarget { target in
        weak var left: Run?
        do {
          let run = try target.make(
            oneStep("{ burst: 9, max_users: 3 }", "get: '/slow/5'", more: "set_up: [{ name: 'up', get: '/ok' }],"),
            workers: 2)
          if isInterrupted {
            target.probe.watch { [weak run] count in if count == 3 { run?.interrupt("SIGINT") } }
          }
          left = run
          #expect(run.run().ending == (isInterrupted ? .interrupted("SIGINT") : .completed))
        }
        // The thread that interrupted may still be on its way out of the call.
        for _ in 0..<6000 where left != nil { usleep(10_000) }
        #expect(left == nil)
      }
    }

    @Test("the tear-down is done whole after an interrupt")
    func tearDownAfterInterrupt() throws {
      try withTarget { target in
        let run = try target.make(
          oneStep(
            "{ users: 1, for: '30s' }", "get: '/slow/1'",
            more: "tear_down: [{ name: 'x', get: '/ok?1' }, { name: 'y', get: '/ok?2' }],"))
        target.probe.watch { count in if count == 3 { run.interrupt("SIGINT") } }
        #expect(run.run().ending == .interrupted("SIGINT"))
        #expect(target.probe.seen.suffix(2).map(\.target) == ["/ok?1", "/ok?2"])
      }
    }

    @Test("a threshold can end the run, and is named")
    func abort() throws {
      try withTarget { target in
        // The warm-up ends an interval early.
        let run = try target.make(
          oneStep("{ users: 1, for: '30s' }", "get: '/slow/1'", more: "warm_up: '20ms',"))
        run.abortsNow = { record in record.intervals.last.map { $0.requests > 0 } ?? false ? ["errors rate < 1%"] : [] }
        let record = run.run()
        #expect(record.ending == .aborted && record.aborts == ["errors rate < 1%"])
        #expect(record.elapsed < 15_000_000_000)
      }
    }

    @Test("a target that is not there is named, and nothing is counted")
    func unreachable() throws {
      let (port, record) = try withClosedPort { port in
        (port, try makeRun(oneStep("{ users: 1, iterations: 1 }"), url: "http://127.0.0.1:\(port)").run())
      }
      guard case .unreachable(let reason) = record.ending else {
        Issue.record("\(record.ending)")
        return
      }
      #expect(
        reason
          == "connect_refused: nothing listens at http://127.0.0.1:\(port): start the target, or name another one")
      #expect(record.requests == 0 && record.elapsed == 0)
    }

    @Test("a control token that the target does not know ends the run before it begins")
    func wrongToken() throws {
      try withTarget { target in
        let record = try target.run(oneStep("{ users: 1, iterations: 1 }")) { $0.controlToken = "wrong" }
        guard case .notReady(let reason) = record.ending else {
          Issue.record("\(record.ending)")
          return
        }
        #expect(reason.contains("control token") && target.probe.seen.isEmpty)
        let controlled = try target.run(oneStep("{ users: 1, iterations: 1 }")) {
          $0.controlToken = target.controlToken
        }
        #expect(controlled.ending == .completed && controlled.serverLog != nil)
      }
    }

    @Test("a scenario that needs more descriptors than there can be says so before it starts")
    func descriptors() throws {
      var limit = rlimit()
      getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
      let complaint = DescriptorLimit.complaint(needing: Int(clamping: limit.rlim_max) &+ 1)
      if limit.rlim_max < rlim_t(Int.max) {
        #expect(complaint?.contains("needs \(limit.rlim_max + 1) file descriptors") == true)
      }
      #expect(DescriptorLimit.complaint(needing: 1) == nil)
    }
  }
}
