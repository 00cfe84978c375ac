import JSON
import Load
import Measurement
import Scenario
import Testing

@testable import Verdict

private let millisecond: UInt64 = 1_000_000
private let second: UInt64 = 1_000_000_000

@Suite("The generator's check of itself")
struct SelfCheckTests {
  @Test("a run that went well leaves every rule in order, and no finding of its own")
  func healthy() {
    var unjudged = CheckedRun.closed(budget: nil)
    unjudged.scenario.thresholds = [.of(.requests, .rate, .greater, 10)]
    for run in [CheckedRun(), .closed(), unjudged] {
      let judgement = run.judgement
      #expect(judgement.exitCode == .pass && judgement.selfCheck?.speaking.isEmpty == true)
      #expect(judgement.findings.allSatisfy { $0.kind != .selfCheck })
      #expect(judgement.selfCheck?.rules.map(\.name) == SelfCheckRule.Name.allCases)
    }
    let open = CheckedRun().check
    #expect(open.rules.filter { $0.status != .ok }.map(\.name) == [.lostTime, .warmUp])
  }

  /// Rules, what bends a run to just within their limits, and what to just beyond.
  static let edges:
    [(
      name: SelfCheckRule.Name, within: @Sendable (inout CheckedRun) -> Void,
      beyond: @Sendable (inout CheckedRun) -> Void
    )] = [
      (
        .lostArrivals,
        {
          $0.group.unsent = 3; $0.group.iterationsStarted = 1997
        }, { $0.group.iterationsStarted = 1999 }
      ),
      (
        .arrivalRate,
        {
          $0.group.intended = 1980; $0.group.iterationsStarted = 1980
        },
        {
          $0.group.intended = 1978; $0.group.iterationsStarted = 1978
        }
      ),
      // The limit is 5 % of 100 ms; 20 of 2,000 may be later.
      (
        .lag, { run in for index in 0..<20 { run.lags[index * 100] = 90 * millisecond } },
        { run in for index in 0..<21 { run.lags[index * 95] = 6 * millisecond } }
      ),
      (.pause, { $0.pauses[7] = 500 * millisecond }, { $0.pauses[7] = 501 * millisecond }),
      // The p95 is 39 ms; five of a hundred more move it.
      (
        .p95WithoutLag, { run in for index in 0..<2000 { run.lags[index] = 1_800_000 } },
        { run in for index in 0..<2000 { run.lags[index] = 2_300_000 } }
      ),
      (
        .workerCPU, { $0.usage.workers[0].cpu = 799_000_000 }, { $0.usage.workers[0].cpu = 801_000_000 }
      ),
      // A turn may wait a quarter of 5 % of the p95: 0.49 ms.
      (
        .runQueue, { $0.usage.workers[0] = .init(cpu: 1, runQueueWait: 190_000_000, turns: 400) },
        { $0.usage.workers[0] = .init(cpu: 1, runQueueWait: 210_000_000, turns: 400) }
      ),
      (
        .runQueue, { $0.usage.workers[0] = .init(cpu: 1, runQueueWait: 19_000_000, turns: 2) },
        { $0.usage.workers[0] = .init(cpu: 1, runQueueWait: 21_000_000, turns: 2) }
      ),
      (
        .steal,
        {
          $0.usage.stolenTicks = 4
          $0.usage.workers[0] = .init(cpu: 1, runQueueWait: 10_000_000, turns: 2)
        },
        {
          $0.usage.stolenTicks = 5
          $0.usage.workers[0] = .init(cpu: 1, runQueueWait: 10_000_000, turns: 2)
        }
      ),
      (
        .pressure,
        {
          $0.usage.pressure = 99_000_000
          $0.usage.workers[0] = .init(cpu: 1, runQueueWait: 10_000_000, turns: 2)
        },
        {
          $0.usage.pressure = 101_000_000
          $0.usage.workers[0] = .init(cpu: 1, runQueueWait: 10_000_000, turns: 2)
        }
      ),
    ]

  @Test("each rule speaks beyond its limit and not within it", arguments: edges.indices)
  func edge(index: Int) {
    let (name, within, beyond) = Self.edges[index]
    var run = CheckedRun()
    within(&run)
    #expect(run.rule(name).status == .ok, "\(run.rule(name))")
    #expect(run.judgement.exitCode == .pass, "\(run.judgement.findings.map(\.message))")
    run = CheckedRun()
    beyond(&run)
    let isNoise = name == .steal || name == .pressure
    #expect(run.rule(name).status == (isNoise ? .inconclusive : .invalid), "\(run.rule(name))")
    let isOffered = name.spoils != .everything
    if isOffered {
      // A budget that is kept all the same is kept.
      let judgement = run.judgement
      #expect(judgement.exitCode == .pass && judgement.findings.count == 1)
      #expect(judgement.findings[0].message.hasSuffix("; kept even with the noise in"))
      let note = judgement.selfCheck?.notes.first { $0.name == name }
      #expect(judgement.selfCheck?.verdict == .pass && note?.message.hasSuffix("no verdict was spoiled by it") == true)
      // And one that is broken may be so because of it.
      run.scenario.thresholds = [.of(.latency, .percentile(95), .less, 38e6)]
    }
    let judgement = run.judgement
    #expect(judgement.exitCode == (isNoise ? .inconclusive : .invalid))
    let finding = judgement.findings.last
    #expect(finding?.kind == .selfCheck && finding?.verdict == judgement.verdict)
    #expect(finding?.cause == (isOffered ? .noise : .loadNotOffered) && judgement.isSpoiledByNoise)
    #expect(finding?.message.contains("(limit ") == true && finding?.message.contains(": ") == true)
    #expect(judgement.findings[0].verdict == judgement.verdict)
    #expect(
      judgement.findings[0].message.contains(
        isOffered ? "; not held against the target, because " : "; not counted as kept, because "))
    // Its limit off, it is measured all the same and says nothing.
    run.scenario.selfCheck = .off
    if name != .lostArrivals {
      #expect(run.rule(name).status == .off && run.rule(name).observed != nil)
      #expect(run.check.verdict == .pass && run.judgement.exitCode == (isOffered ? .fail : .pass))
    }
  }

  @Test("the sentence says what was measured and what to do")
  func sentence() throws {
    var run = CheckedRun()
    for index in 0..<60 { run.lags[index * 30] = 12 * millisecond }
    run.scenario.thresholds = [.of(.latency, .percentile(95), .less, 38e6)]
    let finding = try #require(run.judgement.findings.last)
    #expect(
      finding.message
        == "the generator was late by 12 ms at p99 (limit 1.90 ms): add workers, lower the rate, move the "
        + "target off this machine, or try again (--retry 3)"
    )
    #expect(finding.name == "generator" && finding.observed?.text == "12 ms" && finding.bound?.text == "1.90 ms")
    run.usage.workers[0].cpu = 950_000_000
    #expect(run.judgement.findings.last?.message.hasSuffix("(also broken: worker_cpu 95.0 %)") == true)
  }

  @Test("a generator that stood still for a second of twenty is invalid, whether its budget held or not")
  func stopped() {
    var run = CheckedRun()
    for index in 500..<600 { run.lags[index] = UInt64(600 - index) * 10 * millisecond }
    for budget in [100e6, 30e9] {
      run.scenario.thresholds = [.of(.latency, .percentile(95), .less, budget)]
      #expect(run.rule(budget == 100e6 ? .lag : .p95WithoutLag).status == .invalid || budget > 1e9)
    }
    run.scenario.thresholds = [.of(.latency, .percentile(95), .less, 100e6)]
    #expect(run.judgement.exitCode == .invalid && run.judgement.findings.allSatisfy { $0.verdict == .invalid })
    // The same without the stop, and slow: that is the target's.
    run = CheckedRun()
    run.latencies = run.latencies.map { 10 * $0 }
    #expect(run.judgement.exitCode == .fail)
  }

  @Test("a stop of a second in a run so long that no percentile tells is invalid all the same")
  func stoppedOnce() throws {
    // Ten arrivals a second, of 2,000: half a percent.
    var run = CheckedRun()
    for index in 500..<510 { run.lags[index] = UInt64(510 - index) * 100 * millisecond }
    run.scenario.thresholds = [.of(.latency, .percentile(95), .less, 5e9)]
    #expect(run.judgement.exitCode == .pass)
    run.pauses[5] = 950 * millisecond
    let judgement = run.judgement
    #expect(judgement.exitCode == .invalid && judgement.findings.allSatisfy { $0.verdict == .invalid })
    #expect(
      judgement.findings.last?.message
        == "a worker thread was paused for 950 ms at once (limit 500 ms): nothing was sent meanwhile, because "
        + "something stopped the generator, such as a debugger, a frozen container or a suspended machine; run again")
    run.scenario.selfCheck.pause = 1000 * millisecond
    #expect(run.judgement.exitCode == .pass)
  }

  @Test("a stop is told of a closed load, and is unknown of a journal that did not look")
  func pauseElsewhere() {
    var run = CheckedRun.closed()
    run.pauses[5] = 950 * millisecond
    #expect(run.rule(.pause).status == .note && run.judgement.exitCode == .pass)
    run = CheckedRun()
    run.pauses = run.pauses.map { _ in nil }
    #expect(run.rule(.pause).status == .notAvailable && run.judgement.exitCode == .pass)
  }

  @Test("neither a target that stands still nor a wait for a free user is a stop of the generator's")
  func othersPauses() {
    var run = CheckedRun()
    for index in 500..<600 { run.latencies[index] = UInt64(600 - index) * 100 * millisecond }
    run.group.unsent = 5
    run.group.iterationsStarted = 1995
    run.scenario.thresholds = [.of(.latency, .percentile(90), .less, 100e6)]
    #expect(run.rule(.pause).status == .ok && run.check.verdict == .pass)
  }

  @Test("one late arrival among few is a hiccup, and two are not")
  func few() {
    var run = CheckedRun()
    run.latencies = Array(run.latencies.prefix(100))
    run.lags = Array(run.lags.prefix(100))
    run.lags[7] = 500 * millisecond
    #expect(run.rule(.lag).status == .ok)
    run.lags[8] = 500 * millisecond
    #expect(run.rule(.lag).status == .invalid)
  }

  @Test("waits for a free user are no fault of the generator's, and are told")
  func noFreeUser() {
    var run = CheckedRun()
    (run.group.unsent, run.group.iterationsStarted) = (400, 1600)
    #expect(run.check.verdict == .pass && run.rule(.noFreeUser).status == .note)
    #expect(
      run.rule(.noFreeUser).message == "400 of 2,000 arrivals found no free user: the target or max_users is the limit")
  }

  @Test("a Poisson count may be off by chance, and data that runs out ends a schedule early")
  func arrivalCounts() {
    var run = CheckedRun()
    (run.group.intended, run.group.iterationsStarted) = (1850, 1850)
    #expect(run.rule(.arrivalRate).status == .invalid)
    run.shape = .open(.constant(100, nanoseconds: 20 * second), maxUsers: 50, poisson: true)
    #expect(run.rule(.arrivalRate).status == .ok)
    (run.group.intended, run.group.iterationsStarted) = (1790, 1790)
    #expect(run.rule(.arrivalRate).status == .invalid)
    run.scenario.data = [
      DataSource(name: "buyer", columns: [], rows: .list([["a"]]), order: .unique, range: SourceRange(0, 0))
    ]
    #expect(run.rule(.arrivalRate).status == .notApplicable)
    run.scenario.data = []
    run.record.ending = .interrupted("SIGINT")
    #expect(run.rule(.arrivalRate).status == .notApplicable)
    // Half of it is warm-up.
    run.record.ending = .completed
    run.record.warmUp = 10 * second
    (run.group.intended, run.group.iterationsStarted) = (1000, 1000)
    #expect(run.rule(.arrivalRate).status == .ok)
  }

  @Test("a busy worker of a closed load is told, and spoils times only where it may make them up")
  func generatorBound() {
    var run = CheckedRun.closed(budget: nil)
    run.usage.workers[0].cpu = 950_000_000
    #expect(run.rule(.workerCPU).status == .note && run.check.isGeneratorBound && run.check.verdict == .pass)
    #expect(run.rule(.workerCPU).message.contains("generator-bound"))
    // 19 s for 2,000 requests, 50 at once: 475 ms.
    run.scenario.thresholds = [.of(.latency, .percentile(95), .less, 100e6)]
    #expect(run.rule(.workerCPU).status == .invalid && run.judgement.exitCode == .pass)
    run.scenario.thresholds = [.of(.latency, .percentile(95), .less, 25e6)]
    #expect(run.rule(.workerCPU).status == .invalid && run.judgement.exitCode == .invalid)
    run.scenario.thresholds = [.of(.latency, .percentile(95), .less, 20e9)]
    #expect(run.rule(.workerCPU).status == .note && run.judgement.exitCode == .pass)
    // Busy in fewer than half of the intervals.
    run = CheckedRun()
    for interval in 0..<9 { run.usages[interval] = IntervalUsage(wall: second, workers: [.init(cpu: second)]) }
    #expect(run.rule(.workerCPU).status == .ok)
  }

  @Test("a throughput that falls short is not the target's where the generator was busy")
  func throughput() {
    var run = CheckedRun.closed(budget: nil)
    run.scenario.thresholds = [.of(.requests, .rate, .greater, 500)]
    #expect(run.judgement.exitCode == .fail)
    run.usage.workers[0].cpu = 950_000_000
    #expect(run.judgement.exitCode == .invalid)
    #expect(run.judgement.findings[0].message.hasSuffix("the generator itself was the limit"))
  }

  @Test("a source that cannot be read is said so, and the others go on")
  func unavailable() {
    var run = CheckedRun()
    run.usage = IntervalUsage(wall: second, workers: [.init(cpu: 900_000_000)])
    for name in [.runQueue, .steal, .pressure] as [SelfCheckRule.Name] {
      #expect(run.rule(name).status == .notAvailable && run.rule(name).message.hasPrefix("not available: /proc/"))
    }
    #expect(run.rule(.workerCPU).status == .invalid)
    // Without schedstat the pressure on a closed load speaks for itself.
    run = .closed()
    run.latencies = run.latencies.map { 2 * $0 }
    run.usage.workers[0] = .init(cpu: 1)
    run.usage.pressure = 110_000_000
    #expect(run.rule(.pressure).status == .inconclusive)
  }

  @Test("a plain comparison asks for a generator that was on time, and not for a quiet machine")
  func point() {
    var run = CheckedRun()
    run.scenario.verdict = .point
    run.usage.stolenTicks = 20
    run.usage.workers[0] = .init(cpu: 1, runQueueWait: 10_000_000, turns: 2)
    #expect(run.judgement.exitCode == .pass && run.rule(.steal).status == .note)
    for index in 0..<60 { run.lags[index * 30] = 12 * millisecond }
    run.scenario.thresholds = [.of(.latency, .percentile(95), .less, 38e6)]
    #expect(run.judgement.exitCode == .invalid)
  }
}
