import Measurement
import Scenario

/// The rules on processors: whether the worker threads, and the machine, had enough of them.
extension SelfCheckContext {
  private static let quieter = "stop what else runs here, move the target off this machine, or try again (--retry 3)"

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
    let text = "a worker thread was busy for \(share.text) of the median interval"
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
        ? "generator-bound, and up to \(Quantity.duration(own)) of each time may be its own; add workers or use fewer users"
        : "generator-bound: the throughput is the generator's limit and not the target's")
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
      "worker threads waited for a processor \(Quantity.percent(share)) of the time, \(Quantity.duration(turn)) each time on average"
    return rule(
      .runQueue, Quantity(share, .fraction), limit: limits.runQueue.map { Quantity($0, .fraction) }, speaks: .invalid,
      isBroken: share > limits.runQueue ?? .infinity && noise.isFelt, text, advice: Self.quieter)
  }

  /// The host took processors for others.
  func steal(_ noise: MachineNoise) -> SelfCheckRule {
    guard let usage, let ticks = usage.ticks, let stolen = usage.stolenTicks else {
      return unavailable(.steal, "/proc/stat")
    }
    let share = ticks > 0 ? Double(stolen) / Double(ticks) : 0
    // No request is delayed by more than all that was stolen while it lasted.
    let isFelt = isScheduled ? noise.isFelt : smallestBudget != nil && share * 1e9 > tolerance
    let isBroken = share > limits.steal ?? .infinity && isFelt
    return rule(
      .steal, Quantity(share, .fraction), limit: limits.steal.map { Quantity($0, .fraction) }, speaks: .inconclusive,
      isBroken: isBroken, "the host took \(Quantity.percent(share)) of processor time for other machines",
      advice: "try again (--retry 3), or use a machine of its own")
  }

  /// Something on the machine waited for a processor.
  func pressure(_ noise: MachineNoise) -> SelfCheckRule {
    guard let share = pressureShare else { return unavailable(.pressure, "/proc/pressure/cpu") }
    return rule(
      .pressure, Quantity(share, .fraction), limit: limits.pressure.map { Quantity($0, .fraction) },
      speaks: .inconclusive,
      isBroken: share > limits.pressure ?? .infinity && noise.isFelt,
      "something on this machine waited for a processor \(Quantity.percent(share)) of the time", advice: Self.quieter)
  }

  /// Of the time, that in which something waited for a processor; `nil` where the kernel does not tell.
  var pressureShare: Double? {
    guard let usage, let waiting = usage.pressure, usage.wall > 0 else { return nil }
    return min(1, Double(waiting) / Double(usage.wall))
  }

  private func unavailable(_ name: SelfCheckRule.Name, _ source: String) -> SelfCheckRule {
    SelfCheckRule(name, .notAvailable, "not available: \(source) could not be read")
  }

  private func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  }
}
