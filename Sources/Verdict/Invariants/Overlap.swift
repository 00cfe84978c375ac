import Measurement

/// The most operations that were open at one instant, from the instants of some of them.
///
/// Stands on the first `limit` operations, and is a lower bound where there are more.
/// - Complexity: O(n log n) in the operations it stands on, when asked.
struct OverlapSurvey {
  static let limit = 1 << 18
  private var invoked: [UInt64] = []
  private var returned: [UInt64] = []
  private(set) var isLowerBound = false

  mutating func add(invoked start: UInt64, returned end: UInt64) {
    guard invoked.count < OverlapSurvey.limit else {
      isLowerBound = true
      return
    }
    invoked.append(start)
    // When the client gave up is not on record: such a request counts at the instant at which it was sent.
    returned.append(end == Operation.never ? start + 1 : end)
  }

  var peak: Int { peakOverlap(invoked: invoked, returned: returned) }
}

/// How much went on at once, of what an invariant is about.
package struct Contention: Sendable, Hashable {
  /// The most requests of its steps in flight together.
  package var peakInFlight: Int
  /// There were too many requests to look at all.
  package var isLowerBound: Bool
  /// In flight when the answer came that used a cap up; `nil` where there is no cap or it was not used up.
  package var atCap: Int?
  /// How many keys had two requests in flight together; `nil` where keys do not matter.
  package var contendedKeys: Int?
  /// How many limits were reached in a contest: a cap, or one for each key and day; `nil` where there is no limit.
  package var contestedLimits: Int?

  package init(
    peakInFlight: Int, isLowerBound: Bool = false, atCap: Int? = nil, contendedKeys: Int? = nil,
    contestedLimits: Int? = nil
  ) {
    self.peakInFlight = peakInFlight
    self.isLowerBound = isLowerBound
    self.atCap = atCap
    self.contendedKeys = contendedKeys
    self.contestedLimits = contestedLimits
  }
}
