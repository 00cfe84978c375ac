/// What the generator's threads and the machine did while an interval lasted, as the kernel counts it. Additive: what two
/// intervals used, both used together.
package struct IntervalUsage: Sendable, Hashable {
  /// One thread.
  package struct Thread: Sendable, Hashable {
    /// Time on a processor, nanoseconds.
    package var cpu: UInt64
    /// Time that the thread could have run and had no processor, nanoseconds; `nil` where the kernel does not tell.
    package var runQueueWait: UInt64?
    /// How many times it was given a processor.
    package var turns: UInt64?

    package init(cpu: UInt64, runQueueWait: UInt64? = nil, turns: UInt64? = nil) {
      self.cpu = cpu
      self.runQueueWait = runQueueWait
      self.turns = turns
    }
  }

  /// From one reading to the next, nanoseconds; not quite the interval's length.
  package var wall: UInt64
  /// The worker threads, by number.
  package var workers: [Thread]
  /// Ticks of all processors, and how many of them the host took for others; `nil` where the kernel does not tell.
  package var ticks: UInt64?
  package var stolenTicks: UInt64?
  /// Processor time of all threads of this process, a bundled server's too, nanoseconds.
  package var process: UInt64?
  /// Time in which anything on the machine could have run and had no processor, nanoseconds.
  package var pressure: UInt64?

  package init(
    wall: UInt64, workers: [Thread] = [], ticks: UInt64? = nil, stolenTicks: UInt64? = nil,
    process: UInt64? = nil, pressure: UInt64? = nil
  ) {
    self.wall = wall
    self.workers = workers
    self.ticks = ticks
    self.stolenTicks = stolenTicks
    self.process = process
    self.pressure = pressure
  }

  /// What was used from an earlier reading to this one, both being totals since some beginning. A total that went back,
  /// as where a counter began anew, counts as nothing used.
  package func since(_ earlier: IntervalUsage) -> IntervalUsage {
    func grown(_ now: UInt64, _ before: UInt64) -> UInt64 { now > before ? now - before : 0 }
    func grown(_ now: UInt64?, _ before: UInt64?) -> UInt64? {
      guard let now, let before else { return nil }
      return grown(now, before)
    }
    return IntervalUsage(
      wall: grown(wall, earlier.wall),
      workers: zip(workers, earlier.workers).map { now, before in
        Thread(
          cpu: grown(now.cpu, before.cpu), runQueueWait: grown(now.runQueueWait, before.runQueueWait),
          turns: grown(now.turns, before.turns))
      },
      ticks: grown(ticks, earlier.ticks), stolenTicks: grown(stolenTicks, earlier.stolenTicks),
      process: grown(process, earlier.process),
      pressure: grown(pressure, earlier.pressure))
  }

  /// Adds what another interval of the same run used; what either does not know, neither does their sum.
  package mutating func add(_ other: IntervalUsage) {
    func sum(_ left: UInt64?, _ right: UInt64?) -> UInt64? {
      guard let left, let right else { return nil }
      return left + right
    }
    wall += other.wall
    workers = zip(workers, other.workers).map { left, right in
      Thread(
        cpu: left.cpu + right.cpu, runQueueWait: sum(left.runQueueWait, right.runQueueWait),
        turns: sum(left.turns, right.turns))
    }
    ticks = sum(ticks, other.ticks)
    stolenTicks = sum(stolenTicks, other.stolenTicks)
    process = sum(process, other.process)
    pressure = sum(pressure, other.pressure)
  }
}
