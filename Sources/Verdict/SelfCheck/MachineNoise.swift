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
  /// Of the wall time, what that thread waited for others than the threads of this process, at least; `nil` where the target
  /// may be another process of this machine, or it is not known.
  let foreignShare: Double?
  /// How late threads were let in at p99 in an open load, nanoseconds; 0 in others.
  let lateness: Double
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
    if context.record.identity.serverLoops > 0, let usage, usage.wall > 0, let process = usage.process,
      let worst, let wait = worst.runQueueWait
    {
      // A thread waits for another of the process no longer than that one runs.
      let own = process > worst.cpu ? process - worst.cpu : 0
      foreignShare = wait > own ? Double(wait - own) / Double(usage.wall) : 0
    } else {
      foreignShare = nil
    }
    lateness = context.isScheduled ? context.turnLateness ?? 0 : 0
    isFelt = Self.isFelt(context, waitPerTurn, foreignShare)
  }

  private static func isFelt(_ context: SelfCheckContext, _ waitPerTurn: Double?, _ foreignShare: Double?) -> Bool {
    if context.isScheduled {
      // A thread that has slept until its time has come, and is let in late, is late for answers too: it is a probe of the
      // machine. A request passes through some four turns: the worker's and the target's, there and back.
      let least = max(
        2 * SelfCheckContext.leastShift, (context.limits.p95Shift ?? 0.05) * (context.scheduledP95 ?? 0))
      return context.turnLateness ?? .infinity > least || waitPerTurn ?? 0 > least / 4
    }
    // A time has no more waits in it than it is long.
    guard context.smallestBudget != nil, context.largestP95 > context.tolerance else { return false }
    // While a thread waits, so do all requests that it has.
    if (foreignShare ?? 0) * context.largestP95 > context.tolerance { return true }
    // By Markov's inequality fewer than one turn in twenty waits twenty times the mean.
    return waitPerTurn ?? .infinity > context.tolerance / 20
  }

  /// Of a time, what it would at least have been on a machine with processors to spare.
  func least(of time: Double) -> Double {
    max(0, time * (1 - lostShare) - 20 * (waitPerTurn ?? 0) - 4 * lateness)
  }

  /// Of a rate, what it would at most have been.
  func most(of rate: Double) -> Double {
    lostShare < 1 ? rate / (1 - lostShare) : .infinity
  }

  /// Of the time, what others may have had of the processors. A bundled server and the generator wait for each other too,
  /// which is no noise.
  var lostShare: Double { min(1, (foreignShare ?? waitShare ?? 0) + stolenShare) }

  /// What is taken off a time that is over its budget.
  var inWords: String {
    let share = "threads waited \(Quantity.percent(lostShare)) of the time for a processor"
    return lateness > 0 ? "\(share) and woke up to \(Quantity.duration(lateness)) late" : share
  }

  /// The machine was noisier than its limits allow, whether or not that matters to what is judged. A closed load makes a
  /// pressure of its own.
  func isNoisy(_ context: SelfCheckContext) -> Bool {
    let limits = context.limits
    if stolenShare > limits.steal ?? .infinity { return true }
    if context.isScheduled, context.pressureShare ?? 0 > limits.pressure ?? .infinity { return true }
    return foreignShare ?? waitShare ?? 0 > limits.runQueue ?? .infinity
  }
}
