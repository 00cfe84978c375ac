import Glibc
import Measurement
import Testing

@testable import Verdict

/// Seeded simulations in which the truth is known.
@Suite struct EvidenceCoverageTests {
  /// Latencies of a queue with one server, arrivals and service drawn from exponential distributions (M/M/1), and when
  /// each request ended. In units of the mean service time.
  private struct SimulatedQueue {
    let load: Double
    var generator: SeededGenerator
    var clock = 0.0
    var backlog: Double

    init(load: Double, seed: UInt64) {
      self.load = load
      generator = SeededGenerator(state: seed)
      backlog = 0
      // In steady state the queue is empty with probability 1 − load, else the wait is exponential.
      if uniform() < load { backlog = -log(uniform()) / (1 - load) }
    }

    private mutating func uniform() -> Double { (Double(generator.next() >> 11) + 0.5) * 0x1p-53 }

    mutating func next() -> (latency: Double, end: Double) {
      let latency = backlog - log(uniform())
      let gap = -log(uniform()) / load
      let end = clock + latency
      clock += gap
      backlog = max(0, latency - gap)
      return (latency, end)
    }
  }

  /// Of 100 runs, how many have the true share in a two-sided 95 % interval: with the design effect, and without.
  @Test("on a queue at half load, intervals with the design effect cover the true p95, and plain ones do not")
  func queue() {
    let (runs, size, load) = (100, 10_000, 0.5)
    // p95 of the time in an M/M/1 queue.
    let budget = -log(0.05) / (1 - load)
    var (covered, coveredPlainly, passes, fails) = (0, 0, 0, 0)
    for seed in 0..<runs {
      var queue = SimulatedQueue(load: load, seed: UInt64(seed))
      var batches = [BatchedShare.Batch](repeating: .init(samples: 0, events: 0), count: 20)
      let length = Double(size) / load / 20
      for _ in 0..<size {
        let (latency, end) = queue.next()
        let batch = min(19, Int(end / length))
        batches[batch].samples += 1
        if latency > budget { batches[batch].events += 1 }
      }
      let share = BatchedShare(batches)
      func covers(_ size: Double) -> Bool {
        ClopperPearson.lower(events: share.share * size, samples: size, confidence: 0.975) <= 0.05
          && ClopperPearson.upper(events: share.share * size, samples: size, confidence: 0.975) >= 0.05
      }
      if covers(share.effectiveSamples) { covered += 1 }
      if covers(Double(size)) { coveredPlainly += 1 }
      // On the very edge of the budget a verdict is an error: of at most 5 % for PASS, 1 % for FAIL.
      switch ShareTest(share: share, limit: 0.05, wantsBelow: true, leastEffective: 400).result(noun: "request").verdict
      {
      case .pass: passes += 1
      case .fail: fails += 1
      default: break
      }
    }
    #expect(covered >= runs * 93 / 100, "\(covered) of \(runs)")
    #expect(coveredPlainly <= runs * 70 / 100, "\(coveredPlainly) of \(runs)")
    #expect(passes <= runs * 8 / 100, "\(passes) of \(runs)")
    #expect(fails <= runs * 3 / 100, "\(fails) of \(runs)")
  }

  /// The verdicts of runs against a budget, where p95 is `share` of it.
  private func verdicts(p95 share: Double, load: Double?, size: Int, runs: Int) -> [Verdict: Int] {
    var verdicts: [Verdict: Int] = [:]
    let p95 = -log(0.05) / (1 - (load ?? 0))
    let budget = UInt64(p95 / share * 1e6)
    for seed in 0..<runs {
      // A queue that nobody waits in has independent latencies.
      var queue = SimulatedQueue(load: load ?? 1e-9, seed: 1000 + UInt64(seed))
      var counter = ExceedanceCounter(budgetNanoseconds: budget)
      for index in 0..<size {
        let (latency, end) = queue.next()
        counter.record(at: load == nil ? UInt64(index) * 1_000_000 : UInt64(end * 1e6), value: UInt64(latency * 1e6))
      }
      let test = ShareTest(share: BatchedShare(counter), limit: 0.05, wantsBelow: true, leastEffective: 400)
      verdicts[test.result(noun: "request").verdict, default: 0] += 1
    }
    return verdicts
  }

  @Test(
    "a true p95 at 80 % of its budget never fails, and at 125 % never passes",
    arguments: [(nil, 500, 100), (nil, 2000, 100), (0.5, 10_000, 30)] as [(Double?, Int, Int)])
  func margins(_ load: Double?, _ size: Int, _ runs: Int) {
    let healthy = verdicts(p95: 0.8, load: load, size: size, runs: runs)
    #expect(healthy[.fail] == nil, "\(healthy)")
    let broken = verdicts(p95: 1.25, load: load, size: size, runs: runs)
    #expect(broken[.pass] == nil, "\(broken)")
    guard size >= 2000 else { return }
    #expect(broken == [.fail: runs])
    // On a queue it happens that a stretch of bad luck leaves fewer than 400 effective requests.
    #expect(healthy[.pass, default: 0] >= (load == nil ? runs : runs - 1), "\(healthy)")
  }
}
