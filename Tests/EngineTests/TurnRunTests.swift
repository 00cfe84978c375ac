import EventLoop
import HTTPClient
import Measurement
import Testing

@testable import Engine

extension RunTests {
  /// Whose doing it is that a crowd connects in turns.
  @Suite("Turns of connecting, in runs")
  struct Turns {
    /// Sums over all requests, nanoseconds.
    struct Sums {
      var done: UInt64 = 0
      var sent: UInt64 = 0
      var connecting: UInt64 = 0
      var turns: UInt64 = 0
      var firstTurns: UInt64 = 0
      var count: UInt64 = 0
    }

    /// Runs a scenario with one worker, and shows `look` each request of the load as it ends, on the worker's thread.
    static func run(
      _ target: Running, _ load: String, policy: String, look: @escaping (Worker, VirtualUser) -> Void
    ) throws -> RunRecord {
      let run = try target.make(
        oneStep(load, more: "client: { connections: '\(policy)' }, set_up: [{ name: 'first', get: '/ok' }],"))
      let box = UncheckedBox((run, look))
      target.probe.watch { count in
        // The request of the set-up: the worker is there, and hears this before it is told to begin.
        if count == 1 { show(box.value.0.workers[0], to: box) }
      }
      return run.run()
    }

    private static func show(_ worker: Worker, to box: UncheckedBox<(Run, (Worker, VirtualUser) -> Void)>) {
      worker.loop.submit {
        // The set-up looks itself until it is done.
        if worker.onExchange != nil { return show(worker, to: box) }
        worker.onExchange = { [unowned worker] user, _, _ in box.value.1(worker, user) }
      }
    }

    static func sums(_ target: Running, _ load: String, policy: String) throws -> (record: RunRecord, sums: Sums) {
      var sums = Sums()
      let record = try run(target, load, policy: policy) { worker, user in
        let exchange = user.exchange
        sums.count += 1
        sums.done += exchange.done - worker.origin
        sums.sent += exchange.sent - worker.origin
        sums.turns += exchange.turnWait
        // Nobody was begun before the first.
        if user.index > 0 { sums.firstTurns += exchange.started - worker.origin }
        sums.connecting += exchange.connectionWait - exchange.turnWait
      }
      #expect(record.count("ok") == 200 && sums.count == 200)
      return (record, sums)
    }

    @Test("a user in a loop wants its first request when its turn has come", arguments: ["per_user", "fresh"])
    func closed(policy: String) throws {
      try withTarget { target in
        let (record, sums) = try Self.sums(target, "{ users: 200, iterations: 1 }", policy: policy)
        #expect(sums.turns > 0 && sums.firstTurns > 0)
        let all = sums.turns + sums.firstTurns
        #expect(record.series("ok")!.latency.sum == sums.done - all)
        #expect(record.generator.turnWait.count == 200 && record.generator.turnWait.sum == all)
        #expect(record.generator.wait.sum == sums.connecting)
        #expect(record.generator.lag.sum == sums.sent - all - sums.connecting)
        #expect(record.connections.connectTime.sum == sums.connecting)
      }
    }

    @Test("what a burst waits for turns after the release is the generator's lag, and within its latency")
    func burst() throws {
      try withTarget { target in
        let (record, sums) = try Self.sums(target, "{ burst: 200 }", policy: "fresh")
        #expect(sums.turns > 0)
        #expect(record.series("ok")!.latency.sum == sums.done)
        #expect(record.generator.turnWait.count == 200 && record.generator.turnWait.sum == sums.turns)
        #expect(record.generator.wait.sum == sums.connecting)
        #expect(record.generator.lag.sum == sums.sent - sums.connecting)
      }
    }

    @Test("a burst that connects ahead has its turns before the release")
    func ahead() throws {
      try withTarget { target in
        let (record, sums) = try Self.sums(target, "{ burst: 200 }", policy: "per_user")
        #expect(sums.turns == 0 && sums.connecting == 0)
        #expect(record.series("ok")!.latency.sum == sums.done)
        #expect(record.generator.turnWait.count == 200 && record.generator.turnWait.maximum > 0)
      }
    }

    @Test("arrivals on a schedule are late by the turns that they wait for")
    func open() throws {
      try withTarget { target in
        var (isKept, turns, latencies, lags) = (false, UInt64(0), UInt64(0), UInt64(0))
        let load = "{ arrivals: '1000/s', for: '1s', max_users: 1000 }"
        let record = try Self.run(target, load, policy: "fresh") { worker, user in
          let intended = worker.origin + UInt64(user.iteration) * 1_000_000
          turns += user.exchange.turnWait
          latencies += user.exchange.done - intended
          lags += user.exchange.sent - intended - (user.exchange.connectionWait - user.exchange.turnWait)
          if isKept { return }
          // A hundred arrivals fall due meanwhile.
          isKept = true
          let end = EventLoop.now() + 100_000_000
          while EventLoop.now() < end {}
        }
        #expect(record.count("ok") == 1000 && turns > 0)
        #expect(record.series("ok")!.latency.sum == latencies)
        #expect(record.generator.turnWait.sum == turns)
        #expect(record.generator.lag.sum == lags && record.groups[0].schedule.lag.sum == lags)
      }
    }
  }
}
