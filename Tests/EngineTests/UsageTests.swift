import EventLoop
import Measurement
import Testing

@testable import Engine

@Suite("What the kernel tells of threads and machine")
struct UsageProbeTests {
  @Test("a thread's schedstat is its wait and its turns")
  func scheduling() throws {
    let (wait, turns) = try #require(UsageProbe.scheduling("1520730000 2808254 17\n"))
    #expect(wait == 2_808_254 && turns == 17)
    #expect(UsageProbe.scheduling("") == nil && UsageProbe.scheduling("1 2") == nil)
    #expect(UsageProbe.scheduling("1 x 3\n") == nil)
  }

  @Test("ticks are those of all processors, and what guests use is not counted twice")
  func ticks() throws {
    let text = "cpu  10 1 20 300 4 5 6 7 8 9\ncpu0 1 1 1 1 1 1 1 1 1 1\nintr 5\n"
    let (all, stolen) = try #require(UsageProbe.ticks(text))
    #expect(all == 353 && stolen == 7)
    // Before Linux 2.6.11 nobody counted what was stolen.
    #expect(UsageProbe.ticks("cpu  10 1 20 300\n") == nil && UsageProbe.ticks("") == nil)
    #expect(UsageProbe.ticks("cpu  10 1 20 300 4 5 6 x\n") == nil)
  }

  @Test("pressure is the total of what waited at all")
  func pressure() {
    let text = """
      some avg10=60.65 avg60=27.43 avg300=12.12 total=8190525671
      full avg10=0.00 avg60=0.00 avg300=0.00 total=5
      """
    #expect(UsageProbe.pressure(text) == 8_190_525_671_000)
    #expect(UsageProbe.pressure("full avg10=0.00 total=5\n") == nil && UsageProbe.pressure("some total=?\n") == nil)
  }
}

extension RunTests {
  @Suite struct Lateness {
    @Test("an open group leaves how late each arrival was, and each interval what its threads used", arguments: [1, 2])
    func recorded(workers: Int) throws {
      try withTarget { target in
        let record = try target.run(
          oneStep("{ arrivals: '400/s', for: '250ms', max_users: 400, poisson: true }", "repeat: 2, get: '/ok'"),
          workers: workers)
        let (schedule, started) = (record.groups[0].schedule, record.groups[0].iterationsStarted)
        // The second request of an iteration is no arrival, and a gap has an arrival before it and one after.
        #expect(started > 50 && record.requests == 2 * started && schedule.lag.count == started)
        #expect(schedule.gaps.count == (started + UInt64(workers) - 1) / UInt64(workers) - 1)
        #expect(schedule.late.count == schedule.lateWithoutLag.count && schedule.late.count <= record.requests)
        let usage = try #require(record.intervals.last?.usage)
        #expect(try #require(usage.process) >= usage.workers.reduce(0) { $0 + $1.cpu })
        #expect(usage.workers.count == workers && usage.wall > 200_000_000)
        #expect(usage.workers.allSatisfy { $0.cpu > 0 && $0.cpu < usage.wall })
      }
    }

    @Test("a worker that stands still is seen to, on any of them", arguments: [1, 2])
    func pause(workers: Int) throws {
      try withTarget { target in
        // The coordinator's own thread may stand still until the load has ended.
        let record = try fitting {
          let run = try target.make(
            oneStep("{ arrivals: '10/s', for: '900ms', max_users: 50 }"), workers: workers)
          var isStopped = false
          run.onProgress = { progress in
            guard progress.phase == .running, !isStopped else { return }
            isStopped = true
            run.workers.last!.loop.submit {
              let end = EventLoop.now() + 400_000_000
              while EventLoop.now() < end {}
            }
          }
          let record = run.run()
          #expect(record.ending == .completed)
          return record
        } fits: {
          $0.generator.longestPause ?? 0 >= 300_000_000
        }
        // The timer that tells was due within 100 ms.
        #expect(try #require(record.generator.longestPause) >= 300_000_000)
      }
    }

    @Test("steady arrivals leave no gaps, and closed groups and bursts no schedule")
    func unrecorded() throws {
      try withTarget { target in
        let steady = try target.run(oneStep("{ arrivals: '400/s', for: '50ms', max_users: 50 }"))
        #expect(steady.groups[0].schedule.lag.count == 20 && steady.groups[0].schedule.gaps.isEmpty)
        #expect(try target.run(oneStep("{ users: 2, iterations: 5 }")).groups[0].schedule == ScheduleFigures())
        #expect(try target.run(oneStep("{ burst: 5 }")).groups[0].schedule == ScheduleFigures())
      }
    }

    @Test("a wait for a free user is no lag of the generator's")
    func waiting() throws {
      try withTarget { target in
        // A machine that stands still makes a lag of its own.
        let record = try fitting {
          try target.run(oneStep("{ arrivals: '100/s', for: '300ms', max_users: 1 }", "get: '/slow/30'"))
        } fits: {
          $0.groups[0].schedule.lag.maximum < $0.generator.wait.maximum
        }
        #expect(record.generator.wait.maximum > 20_000_000)
        #expect(record.groups[0].schedule.lag.maximum < record.generator.wait.maximum)
      }
    }
  }
}
