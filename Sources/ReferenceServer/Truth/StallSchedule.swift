/// A server that stands still for a part of every period, and works in the rest.
///
/// Times are monotonic nanoseconds. Window k is [origin + k·period + (period − stall)/2, stall later): in the middle of
/// its period, so that a whole number of periods from the origin on holds each stall with what it leaves behind.
struct StallSchedule: Sendable, Hashable {
  /// When the first period began.
  let origin: UInt64
  /// How long the server stands still in each period; 0 for never.
  let stall: UInt64
  let period: UInt64

  /// - Precondition: stall < period.
  init(origin: UInt64, stall: UInt64, period: UInt64) {
    precondition(stall < period, "a server that always stands still never answers")
    self.origin = origin
    self.stall = stall
    self.period = period
  }

  /// From the end of one stall to the start of the next.
  private var working: UInt64 { period - stall }

  /// The number of the window that an instant, not before the origin, is in; `nil` where the server works.
  func window(at instant: UInt64) -> Int? {
    let elapsed = instant - origin
    let offset = working / 2
    let phase = elapsed % period
    return phase >= offset && phase - offset < stall ? Int(elapsed / period) : nil
  }

  /// The first instant and the end of a window.
  func bounds(ofWindow number: Int) -> Range<UInt64> {
    let start = origin + UInt64(number) * period + working / 2
    return start..<start + stall
  }

  /// When a server that begins at `instant`, or as soon as it works again, has worked for `work` nanoseconds. Work that
  /// is done when a stall begins is done.
  ///
  /// - Complexity: O(1).
  func advance(from instant: UInt64, by work: UInt64) -> UInt64 {
    let begin = window(at: instant).map { bounds(ofWindow: $0).upperBound } ?? instant
    if work == 0 { return begin }
    // Since the end of the last stall; before the first, since where one before it would have ended.
    let worked = (begin - origin + period - working / 2 - stall) % period
    let total = worked + work
    let stalls = (total - 1) / working
    return begin + work + stalls * stall
  }
}
