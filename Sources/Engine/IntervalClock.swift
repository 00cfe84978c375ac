/// When a worker's intervals end, and for how long it stood still in each: the instants are given, the worker carries out what
/// follows from them. Monotonic nanoseconds.
///
/// A pulse falls due ten times a second; by as much as it is late, the worker did nothing of what was due. A stop is seen once it
/// is over, and all timers that fell due meanwhile go off then in the order of their instants. So the warm-up's last interval may
/// end long after its time, and what of the stop came after that belongs to what is measured.
struct IntervalClock {
  static let pulseInterval: UInt64 = 100_000_000

  /// When the run started.
  let start: UInt64
  let warmUpEnd: UInt64
  /// The interval under way belongs to no warm-up.
  private(set) var isMeasuring: Bool
  /// When the interval under way ends.
  private(set) var intervalEnd: UInt64
  private(set) var nextPulse: UInt64
  private let interval: UInt64
  private var intervalsEnded: UInt64 = 0

  init(start: UInt64, warmUp: UInt64, interval: UInt64) {
    self.start = start
    self.interval = interval
    warmUpEnd = start &+ warmUp
    isMeasuring = warmUp == 0
    nextPulse = start &+ Self.pulseInterval
    intervalEnd = start
    intervalEnd = nextEnd()
  }

  /// For how long the worker has stood still now.
  func pause(at now: UInt64) -> UInt64 { now > nextPulse ? now &- nextPulse : 0 }

  /// An interval that is to be handed over.
  struct Ended {
    var end: UInt64
    var isWarmUp: Bool
    /// The longest that has not been told of it yet.
    var pause: UInt64
  }

  /// Goes on to the next interval: its end has come, or something that belongs to a later one.
  ///
  /// A pause belongs to the interval that it began in.
  mutating func endInterval(at now: UInt64) -> Ended {
    let ended = Ended(end: intervalEnd, isWarmUp: intervalEnd <= warmUpEnd, pause: pause(at: now))
    // What of a stop comes after the warm-up is counted there.
    if ended.end == warmUpEnd { nextPulse = max(nextPulse, ended.end) }
    isMeasuring = ended.end >= warmUpEnd
    if (ended.end &- start) % interval == 0 { intervalsEnded += 1 }
    intervalEnd = nextEnd()
    return ended
  }

  enum Pulse {
    /// An interval of the warm-up has ended long since: hand it over, and ask again.
    case ended(Ended)
    /// Record it: the next pulse is due.
    case pause(UInt64)
  }

  /// What is to be done at a pulse.
  mutating func pulse(at now: UInt64) -> Pulse {
    // A stop across the end of the warm-up belongs to what is measured.
    if !isMeasuring, intervalEnd <= now { return .ended(endInterval(at: now)) }
    defer { nextPulse = now &+ Self.pulseInterval }
    return .pause(pause(at: now))
  }

  private func nextEnd() -> UInt64 {
    // The warm-up ends an interval of its own, so that no interval is half in and half out.
    let regular = start &+ (intervalsEnded &+ 1) &* interval
    return intervalEnd < warmUpEnd && warmUpEnd < regular ? warmUpEnd : regular
  }
}
