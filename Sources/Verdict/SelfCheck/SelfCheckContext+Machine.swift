import Measurement
import Scenario

/// The rules on processors: whether the worker threads, and the machine, had enough of them.
extension SelfCheckContext {
  private static let quieter = "stop what else runs here, move the target off this machine, or run again"

  /// A worker was busy nearly all of the time. For an open load that is a fault; for a closed one it is the point, unless
  /// times are judged that may be the generator's.
  func workerCPU() -> SelfCheckRule {
    // An interval that ended early tells little.
    let whole = intervals.filter { $0.wall >= 500_000_000 }
    let shares = (whole.isEmpty ? intervals : whole).filter { $0.wall > 0 && !$0.workers.isEmpty }
    guard !shares.isEmpty else { return unavailable(.workerCPU, "processor time of the worker threads") }
    let workers = shares.map(\.workers.count).min() ?? 0
    let busiest =
      (0..<workers).map { worker in
        median(shares.map { Double($0.workers[worker].cpu) / Double($0.wall) })
      }.max() ?? 0
    let share = Quantity(busiest, .fraction)
    let isBusy = busiest > limits.workerCPU ?? .infinity
    let text = "a worker thread was busy \(share.text) of the median interval"
    let limit = limits.workerCPU.map { Quantity($0, .fraction) }
    if isScheduled || !isBusy {
      return rule(
        .workerCPU, share, limit: limit, speaks: .invalid, isBroken: isBusy, text,
        advice: "add workers or lower the rate")
    }
    let own = ownTime
    return rule(
      .workerCPU, share, limit: limit, speaks: smallestBudget != nil && own > tolerance ? .invalid : .note,
      isBroken: true, text,
      advice: smallestBudget != nil && own > tolerance
        ? "generator-bound, and up to \(Quantity.duration(own)) of each time may be its own; add workers or users less"
        : "generator-bound, the throughput is its own and not the target's limit")
  }

  /// What a busy worker may add to a time: its own work on all requests that are in flight at once. Nanoseconds.
  private var ownTime: Double {
    guard let usage, requests > 0, !usage.workers.isEmpty else { return .infinity }
    let inFlight = record.groups.reduce(0) { $0 + $1.peakInFlight }
    let spent = usage.workers.reduce(0) { $0 + Double($1.cpu) }
    return spent / Double(requests) * Double(inFlight) / Double(usage.workers.count)
  }

  /// Worker threads waited for a processor.
  func runQueue(_ noise: MachineNoise) -> SelfCheckRule {
    guard let share = noise.waitShare, let turn = noise.waitPerTurn else {
      return unavailable(.runQueue, "/proc/self/task/*/schedstat")
    }
    let text =
      "worker threads waited \(Quantity.percent(share)) of the time for a processor, \(Quantity.duration(turn)) a turn"
    return rule(
      .runQueue, Quantity(share, .fraction), limit: limits.runQueue.map { Quantity($0, .fraction) }, speaks: .invalid,
      isBroken: share > limits.runQueue ?? .infinity && turn > noise.turnLimit, text, advice: Self.quieter)
  }

  /// The host took processors for others.
  func steal() -> SelfCheckRule {
    guard let usage, let ticks = usage.ticks, let stolen = usage.stolenTicks else {
      return unavailable(.steal, "/proc/stat")
    }
    let share = ticks > 0 ? Double(stolen) / Double(ticks) : 0
    let isBroken = share > limits.steal ?? .infinity && share * 1e9 > tolerance && judgesTimes
    return rule(
      .steal, Quantity(share, .fraction), limit: limits.steal.map { Quantity($0, .fraction) }, speaks: .inconclusive,
      isBroken: isBroken, "the host took \(Quantity.percent(share)) of processor time for others",
      advice: "run again, or on a machine of its own")
  }

  /// Something on the machine waited for a processor.
  func pressure(_ noise: MachineNoise) -> SelfCheckRule {
    guard let usage, let waiting = usage.pressure, usage.wall > 0 else {
      return unavailable(.pressure, "/proc/pressure/cpu")
    }
    let share = min(1, Double(waiting) / Double(usage.wall))
    // Whether it was ours, and long enough to matter, the threads' own waits tell where they can be read.
    let isBroken =
      share > limits.pressure ?? .infinity && judgesTimes && noise.waitPerTurn ?? .infinity > noise.turnLimit
    return rule(
      .pressure, Quantity(share, .fraction), limit: limits.pressure.map { Quantity($0, .fraction) },
      speaks: .inconclusive, isBroken: isBroken,
      "something on this machine waited for a processor \(Quantity.percent(share)) of the time", advice: Self.quieter)
  }

  /// There is something to be spoiled by a slow machine.
  var judgesTimes: Bool { isScheduled || smallestBudget != nil }

  private func unavailable(_ name: SelfCheckRule.Name, _ source: String) -> SelfCheckRule {
    SelfCheckRule(name, .notAvailable, "not available: \(source) could not be read")
  }

  private func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  }
}

/// How much of what was measured may be waits for a processor.
struct MachineNoise {
  /// Of the wall time, for the worker thread that waited most; `nil` where the kernel does not tell.
  let waitShare: Double?
  /// The mean wait before that thread's turns, nanoseconds.
  let waitPerTurn: Double?
  /// From which mean wait on times are spoiled, nanoseconds.
  let turnLimit: Double
  /// Of all processor time.
  let stolenShare: Double

  init(_ context: SelfCheckContext) {
    let usage = context.usage
    let worst = usage?.workers.max { ($0.runQueueWait ?? 0) < ($1.runQueueWait ?? 0) }
    if let usage, usage.wall > 0, let wait = worst?.runQueueWait, let turns = worst?.turns {
      waitShare = Double(wait) / Double(usage.wall)
      waitPerTurn = turns > 0 ? Double(wait) / Double(turns) : 0
    } else {
      waitShare = nil
      waitPerTurn = nil
    }
    stolenShare =
      usage.flatMap { usage in
        usage.ticks.flatMap { all in usage.stolenTicks.map { all > 0 ? Double($0) / Double(all) : 0 } }
      } ?? 0
    if context.isScheduled {
      // A request passes through some four turns of threads: the worker's and the target's, there and back.
      let p95 = context.scheduledP95 ?? 0
      turnLimit = max(SelfCheckContext.leastShift, (context.limits.p95Shift ?? 0.05) * p95) / 4
    } else if context.smallestBudget != nil {
      // By Markov's inequality fewer than one turn in twenty waits twenty times the mean.
      turnLimit = context.tolerance / 20
    } else {
      turnLimit = .infinity
    }
  }

  /// Of a time, what it would at least have been on a machine with processors to spare.
  func least(of time: Double) -> Double {
    guard let waitShare, let waitPerTurn else { return time * (1 - stolenShare) }
    return max(0, time * (1 - min(1, waitShare + stolenShare)) - 20 * waitPerTurn)
  }

  /// Of a rate, what it would at most have been.
  func most(of rate: Double) -> Double {
    let share = min(1, (waitShare ?? 0) + stolenShare)
    return share < 1 ? rate / (1 - share) : .infinity
  }

  /// The machine was noisier than its limits allow, whether or not that matters to what is judged.
  func isNoisy(_ limits: SelfCheckLimits) -> Bool {
    waitShare ?? 0 > limits.runQueue ?? .infinity || stolenShare > limits.steal ?? .infinity
  }
}
