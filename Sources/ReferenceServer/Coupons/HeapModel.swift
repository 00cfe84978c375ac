import EventLoop

/// A heap as a JVM would report it: level while the service is well, and filling up in `memory.pressure`.
struct HeapModel: Sendable {
  static let maxBytes = 536_870_912
  private static let restingFraction = 0.35
  /// From here on each cycle has a pause that is felt.
  private static let pausesFrom = 0.6
  /// From here on nothing can be allocated.
  private static let exhaustedFrom = 0.97
  private static let cycleNanoseconds: UInt64 = 500_000_000

  private let pressure: IncidentSwitch

  init(pressure: IncidentSwitch) { self.pressure = pressure }

  /// How full the heap is, 0 to 1: rises evenly from its rest to full in the incident's seconds.
  var usedFraction: Double {
    let elapsed = Double(pressure.nanosecondsOn)
    if elapsed == 0 { return Self.restingFraction }
    return min(1, Self.restingFraction + (1 - Self.restingFraction) * elapsed / (pressure.parameter * 1e9))
  }

  var usedBytes: Int { Int(usedFraction * Double(Self.maxBytes)) }

  var isExhausted: Bool { usedFraction >= Self.exhaustedFrom }

  /// The end of the collection that `now` (monotonic nanoseconds) falls into, or `nil` outside of one. A cycle begins
  /// with its pause, which takes up more of it the fuller the heap is, up to four fifths.
  func pauseEnd(at now: UInt64) -> UInt64? {
    let fraction = usedFraction
    guard fraction > Self.pausesFrom else { return nil }
    let share = 0.8 * (fraction - Self.pausesFrom) / (1 - Self.pausesFrom)
    let begin = now / Self.cycleNanoseconds * Self.cycleNanoseconds
    let end = begin + UInt64(share * Double(Self.cycleNanoseconds))
    return now < end ? end : nil
  }

  /// Waits out the collection under way.
  ///
  /// - Returns: whether there is memory to serve the request.
  func enter(on loop: EventLoop) async -> Bool {
    guard pressure.isOn else { return true }
    while let end = pauseEnd(at: EventLoop.now()) {
      do { try await loop.sleep(until: end) } catch { return false }
    }
    return !isExhausted
  }
}
