/// Admits so many requests of each client in each minute of the clock: fixed windows.
///
/// A client can be admitted twice the limit within sixty seconds, half of it on either side of a minute's end; that
/// is what a fixed window does. Memory grows with the clients of one minute only.
package struct RateWindow: Sendable {
  private var minute: Int64 = .min
  private var counts: [String: Int] = [:]

  package init() {}

  /// Counts a request, and says whether it is within the limit.
  ///
  /// - Parameters:
  ///   - seconds: the clock, seconds since 1970.
  ///   - limit: requests a minute; what is over it does not count.
  /// - Complexity: O(1) expected.
  package mutating func admit(_ client: String, at seconds: Int64, limit: Int) -> Bool {
    let minute = seconds.quotientAndRemainder(dividingBy: 60).quotient
    if minute != self.minute {
      self.minute = minute
      counts.removeAll(keepingCapacity: counts.count < 10_000)
    }
    let count = counts[client, default: 0]
    if count >= limit { return false }
    counts[client] = count + 1
    return true
  }

  /// Seconds until the next window begins.
  package static func secondsLeft(at seconds: Int64) -> Int64 { 60 - seconds % 60 }
}
