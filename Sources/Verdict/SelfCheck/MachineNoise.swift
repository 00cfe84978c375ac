import Measurement
import Scenario

/// How much of what was measured may be waits for a processor.
struct MachineNoise {
  /// Of the wall time, for the worker thread that waited most; `nil` where the kernel does not tell.
  let waitShare: Double?
  /// The mean wait before that thread's turns, nanoseconds.
  let waitPerTurn: Double?
  /// Of all processor time.
  let stolenShare: Double
  /// Waits were long enough to show in what is judged; shares of time alone do not tell.
  let isFelt: Bool

  init(_ context: SelfCheckContext) {
    let usage = context.usage
    let worst = usage?.workers.max { ($0.runQueueWait ?? 0) < ($1.runQueueWait ?? 0) }
    if let usage, usage.wall > 0, let wait = worst?.runQueueWait, let turns = worst?.turns {
      waitShare = Double(wait) / Double(usage.wall)
      waitPerTurn = turns > 0 ? Double(wait) / Double(turns) : 0
    } else {
      (waitShare, waitPerTurn) = (nil, nil)
    }
    if let ticks = usage?.ticks, let stolen = usage?.stolenTicks, ticks > 0 {
      stolenShare = Double(stolen) / Double(ticks)
    } else {
      stolenShare = 0
    }
    isFelt = Self.isFelt(context, waitPerTurn)
  }

  private static func isFelt(_ context: SelfCheckContext, _ waitPerTurn: Double?) -> Bool {
    if context.isScheduled {
      // A thread that has slept until an arrival is due, and is late for it, is late for answers too: the lag is a probe
      // of the machine. A request passes through some four turns: the worker's and the target's, there and back.
      let least = max(
        2 * SelfCheckContext.leastShift, (context.limits.p95Shift ?? 0.05) * (context.scheduledP95 ?? 0))
      return context.lateness ?? .infinity > least || waitPerTurn ?? 0 > least / 4
    }
    // A time has no more waits in it than it is long.
    guard context.smallestBudget != nil, context.largestP95 > context.tolerance else { return false }
    // By Markov's inequality fewer than one turn in twenty waits twenty times the mean.
    return waitPerTurn ?? .infinity > context.tolerance / 20
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
