/// How far the generator may be off before it spoils a run. `nil` for a limit that is off: what it is on is measured and
/// reported, and changes no verdict. Shares are of 1.
package struct SelfCheckLimits: Sendable, Hashable {
  /// How far the arrivals made may be off those that the load calls for.
  package var rate: Double? = 0.01
  /// How late the generator may be at p99, nanoseconds; or the share of the smallest budget on latency, where that is more.
  package var lag: UInt64? = 1_000_000
  package var lagShare: Double? = 0.05
  /// How long a worker may stand still at once, nanoseconds.
  package var pause: UInt64? = 500_000_000
  /// By how much p95 may change when the generator's lag is taken out.
  package var p95Shift: Double? = 0.05
  /// How much of the time of users in a loop the generator may lose: beyond it the target was not offered what they would.
  package var lostTime: Double? = 0.05
  /// How busy a worker thread may be in the median interval of an open load.
  package var workerCPU: Double? = 0.8
  /// Share of the time that a worker thread may wait for a processor.
  package var runQueue: Double? = 0.02
  /// Share of processor time that the host may take for others.
  package var steal: Double? = 0.02
  /// Share of the time in which something on the machine may wait for a processor.
  package var pressure: Double? = 0.1
  /// How unlikely a trend must be by chance, before there is said to be no steady state.
  package var trend: Double? = 0.01

  package init() {}

  /// All of them off.
  package static let off: SelfCheckLimits = {
    var limits = SelfCheckLimits()
    for limit in shares { limits[keyPath: limit.path] = nil }
    for limit in durations { limits[keyPath: limit.path] = nil }
    return limits
  }()

  /// Those that are durations, by their names in a scenario file.
  package static let durations: [(name: String, path: any WritableKeyPath<SelfCheckLimits, UInt64?> & Sendable)] = [
    ("lag", \.lag), ("pause", \.pause),
  ]

  /// Those that are shares, by their names in a scenario file, and the most that each may be.
  package static let shares:
    [(name: String, path: any WritableKeyPath<SelfCheckLimits, Double?> & Sendable, most: Double)] = [
      ("rate", \.rate, 1), ("lag_share", \.lagShare, 10), ("p95_shift", \.p95Shift, 100),
      ("lost_time", \.lostTime, 1),
      ("worker_cpu", \.workerCPU, 1),
      ("run_queue", \.runQueue, 1), ("steal", \.steal, 1), ("cpu_pressure", \.pressure, 1),
      ("steady_state", \.trend, 0.5),
    ]
}
