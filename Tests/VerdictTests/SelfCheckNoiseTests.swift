import Load
import Measurement
import Scenario
import Testing

@testable import Verdict

private let millisecond: UInt64 = 1_000_000
private let second: UInt64 = 1_000_000_000

@Suite("What the noise of a machine does to a run")
struct SelfCheckNoiseTests {
  @Test("the noise of a machine spoils an open load where its arrivals, or its turns, show it")
  func openNoise() {
    var run = CheckedRun()
    // Ten thousand turns a second, 5 µs each; a busy neighbour; a host that takes a tenth.
    run.usage = IntervalUsage(
      wall: second, workers: [.init(cpu: 300_000_000, runQueueWait: 50_000_000, turns: 10_000)], ticks: 200,
      stolenTicks: 20, pressure: 500_000_000)
    #expect(run.judgement.exitCode == .pass)
    // Two arrivals of a hundred are late by 3 ms, where the p95 is 39 ms and the lag may be 5 ms.
    for index in 0..<40 { run.lags[index * 50] = 3 * millisecond }
    let rules = [.lag, .p95WithoutLag, .runQueue, .steal, .pressure] as [SelfCheckRule.Name]
    #expect(rules.map { run.rule($0).status } == [.ok, .ok, .invalid, .inconclusive, .inconclusive])
    run.usage.workers[0].runQueueWait = nil
    run.usage.workers[0].turns = nil
    #expect(rules.map { run.rule($0).status } == [.ok, .ok, .notAvailable, .inconclusive, .inconclusive])
    #expect(run.judgement.exitCode == .pass)
    run.scenario.thresholds = [.of(.latency, .maximum, .less, 39e6)]
    #expect(run.judgement.exitCode == .invalid)
  }

  @Test("a thread that asks for nothing shows the noise that workers with short turns do not feel")
  func probe() {
    var run = CheckedRun()
    run.usage = IntervalUsage(
      wall: second, workers: [.init(cpu: 300_000_000, runQueueWait: 0, turns: 1000)], ticks: 200, stolenTicks: 0,
      pressure: 500_000_000)
    // Of 200 wakes.
    run.probeLags = Array(repeating: 50_000, count: 197) + [3, 3, 3].map { $0 * millisecond }
    run.scenario.thresholds = [.of(.latency, .percentile(95), .less, 38e6)]
    #expect(run.rule(.pressure).status == .inconclusive && run.judgement.exitCode == .inconclusive)
    run.probeLags = Array(repeating: 50_000, count: 199) + [3 * millisecond]
    #expect(run.rule(.pressure).status == .ok && run.judgement.exitCode == .fail)
  }

  @Test("a breach of an open load's budget that four late turns may make up is none, and one beyond them stands")
  func openDoubt() {
    var run = CheckedRun()
    // Something waits all the time, and nothing of the generator's.
    run.usage = IntervalUsage(
      wall: second, workers: [.init(cpu: 300_000_000, runQueueWait: 0, turns: 1000)], ticks: 200, stolenTicks: 0,
      pressure: second)
    run.latencies = run.latencies.map { $0 - 20 * millisecond + 500 * millisecond }
    for index in 0..<40 { run.lags[index * 50] = 4 * millisecond }
    // The p95 is 519 ms.
    run.scenario.thresholds = [.of(.latency, .percentile(95), .less, 505e6)]
    #expect(
      run.judgement.exitCode == .inconclusive && run.judgement.findings[0].message.contains("woke up to 4 ms late"))
    #expect(run.judgement.isSpoiledByNoise)
    run.usage.pressure = 0
    #expect(run.judgement.exitCode == .fail)
    run.usage.pressure = second
    run.scenario.thresholds = [.of(.latency, .percentile(95), .less, 501e6)]
    #expect(run.judgement.exitCode == .fail)
  }

  @Test("the noise of a machine spoils a closed load's times only where turns wait long beside the budget")
  func closedNoise() {
    var run = CheckedRun.closed(budget: 1e9)
    run.latencies = run.latencies.map { 4 * $0 }
    // A core shared by target and generator: 40 % of the time, in short turns.
    run.usage.workers[0] = .init(cpu: 500_000_000, runQueueWait: 400_000_000, turns: 1000)
    run.usage.pressure = 700_000_000
    #expect(run.judgement.exitCode == .pass)
    run.usage.workers[0].turns = 100
    #expect(run.judgement.exitCode == .pass && run.rule(.runQueue).status == .invalid)
    #expect(run.rule(.pressure).status == .inconclusive)
    run.scenario.thresholds = [.of(.latency, .percentile(95), .less, 150e6)]
    #expect(run.judgement.exitCode == .invalid)
    run.scenario.thresholds = [.of(.latency, .percentile(95), .less, 60e9)]
    #expect(run.judgement.exitCode == .pass)
    // A time has no more waits in it than it is long.
    run.scenario.thresholds = [.of(.latency, .percentile(95), .less, 1e9)]
    run.latencies = run.latencies.map { $0 / 4 }
    #expect(run.judgement.exitCode == .pass)
  }

  @Test("what generator and bundled server wait for each other is told from what both wait for others")
  func foreign() {
    var run = CheckedRun.closed(budget: 1e9)
    run.record.identity.serverLoops = 1
    run.latencies = run.latencies.map { 4 * $0 }
    // The server runs half of the time.
    run.usage.workers[0] = .init(cpu: 300_000_000, runQueueWait: 500_000_000, turns: 1000)
    (run.usage.pressure, run.usage.process) = (700_000_000, 800_000_000)
    #expect(run.judgement.exitCode == .pass)
    // A tenth: two fifths of times of 156 ms are others', where 50 ms do not matter.
    run.usage.process = 400_000_000
    #expect(run.judgement.exitCode == .pass && run.rule(.runQueue).status == .invalid)
    #expect(run.rule(.pressure).status == .inconclusive)
    // A breach on a machine of one's own is one, however much generator and server waited for each other.
    run.latencies = run.latencies.map { 10 * $0 }
    run.usage.process = 790_000_000
    #expect(run.judgement.exitCode == .fail)
  }

  @Test("a breach that the machine's noise may make up is none, and one beyond it stands")
  func doubt() {
    var run = CheckedRun.closed(budget: 1e9)
    run.usage.workers[0] = .init(cpu: 500_000_000, runQueueWait: 400_000_000, turns: 1000)
    run.latencies = run.latencies.map { 40 * $0 }
    // The p95 is 1.56 s; less two fifths of it, and 8 ms, it is 0.93 s.
    let judgement = run.judgement
    #expect(
      judgement.exitCode == .inconclusive && judgement.findings[0].message.contains("may explain all of it"))
    run.latencies = run.latencies.map { 2 * $0 }
    #expect(run.judgement.exitCode == .fail)
    run.scenario.thresholds = [.of(.requests, .rate, .greater, 150)]
    #expect(run.judgement.exitCode == .inconclusive)
    run.scenario.thresholds = [.of(.requests, .rate, .greater, 180)]
    #expect(run.judgement.exitCode == .fail)
  }
}
