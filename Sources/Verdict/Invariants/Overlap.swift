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

/// Of how many keys two operations were open at one instant.
///
/// Stands on all operations of a part of the keys where there are more than `limit` operations.
/// - Complexity: O(n log n) in the operations it stands on, when asked.
struct KeyOverlapSurvey {
  static let limit = 1 << 18
  private var operations: [(key: UInt32, invoked: UInt64, returned: UInt64)] = []
  /// Keys whose spread bits have one of these set are left out.
  private var mask: UInt32 = 0

  mutating func add(key: UInt32, invoked: UInt64, returned: UInt64) {
    guard key != 0, KeyOverlapSurvey.spread(key) & mask == 0 else { return }
    operations.append((key, invoked, returned))
    while operations.count > KeyOverlapSurvey.limit, mask != .max {
      mask = mask << 1 | 1
      let mask = mask
      operations.removeAll { KeyOverlapSurvey.spread($0.key) & mask != 0 }
    }
  }

  /// Only a part of the keys was looked at.
  var isPartial: Bool { mask != 0 }

  /// Of those that were looked at.
  var contendedKeys: Int {
    let ordered = operations.sorted { ($0.key, $0.invoked) < ($1.key, $1.invoked) }
    var (contended, key, isContended, open) = (0, UInt32(0), false, UInt64(0))
    for operation in ordered {
      if operation.key != key { (key, isContended, open) = (operation.key, false, 0) }
      if operation.invoked < open, !isContended {
        contended += 1
        isContended = true
      }
      open = max(open, operation.returned)
    }
    return contended
  }

  private static func spread(_ key: UInt32) -> UInt32 { (key &* 0x9E37_79B1) >> 7 }
}

/// Of how many keys two operations were open at one instant, added up over parts of the keys.
struct KeyContention {
  private(set) var keys = 0
  /// Only some of the keys were looked at.
  private(set) var isPartial = false

  init() {}

  init(_ survey: KeyOverlapSurvey) {
    keys = survey.contendedKeys
    isPartial = survey.isPartial
  }

  mutating func add(_ other: KeyContention) {
    keys += other.keys
    isPartial = isPartial || other.isPartial
  }
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

  package init(peakInFlight: Int, isLowerBound: Bool = false, atCap: Int? = nil, contendedKeys: Int? = nil) {
    self.peakInFlight = peakInFlight
    self.isLowerBound = isLowerBound
    self.atCap = atCap
    self.contendedKeys = contendedKeys
  }
}
