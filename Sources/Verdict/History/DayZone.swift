/// When a day begins: at midnight of a zone that keeps one distance from UTC all year.
package struct DayZone: Sendable, Hashable {
  /// Seconds that the zone's clocks are ahead of UTC.
  package var secondsAhead: Int64

  /// - Precondition: `secondsAhead` is less than a day in size.
  package init(secondsAhead: Int64) {
    precondition(abs(secondsAhead) < 86_400, "no zone is a day away from UTC")
    self.secondsAhead = secondsAhead
  }

  /// The day that an instant belongs to, counted from 1 January 1970 in the zone; midnight belongs to the day it begins.
  ///
  /// - Parameter instant: Nanoseconds since 1970 in UTC.
  package func day(of instant: UInt64) -> Int32 {
    let seconds = Int64(instant / 1_000_000_000) + secondsAhead
    return Int32((seconds >= 0 ? seconds : seconds - 86_399) / 86_400)
  }
}
