import Measurement

/// A request for something of which there is only so much.
struct Contender {
  var invoked: UInt64
  /// Of one without an answer, `UInt64.max` if it may still be under way for as long as the run lasts.
  var returned: UInt64
  var isAccepted: Bool
  /// Accepted requests with the same result took one thing together; 0 for one that took its own.
  var result: UInt32 = 0
}

/// Whether a limit was reached in a contest: two requests were in flight together, and each of them could have gone either
/// way.
///
/// A request could have gone either way if in some order of events, each between its invocation and its return, it gets one
/// of the last things, and in another it comes too late. Two such requests were in flight together if and only if, at some
/// instant, more requests were in flight than things were left, counting as gone only what had been answered. A limit that
/// is reached by one request after another says nothing about a race at it, however much overlapped before or afterwards.
struct Contest {
  /// Things there are; where fewer were given out, those that were.
  private let slots: Int
  /// What was given out before all that is added.
  private let taken: Int

  init(slots: Int, taken: Int = 0) {
    self.slots = slots
    self.taken = taken
  }

  /// Whether these requests, in the order of their invocations, met at the limit.
  ///
  /// - Complexity: O(n log n).
  func isHeld(among contenders: ArraySlice<Contender>) -> Bool {
    guard slots > taken else { return false }
    let ends = contenders.sorted { $0.returned < $1.returned }
    var (open, ended, taken) = (0, 0, taken)
    var results: Set<UInt32> = []
    for contender in contenders {
      open += 1
      // What returns as another begins was not in flight with it.
      while ended < ends.count, ends[ended].returned <= contender.invoked {
        open -= 1
        let end = ends[ended]
        if end.isAccepted, end.result == 0 || results.insert(end.result).inserted { taken += 1 }
        ended += 1
      }
      if taken >= slots { return false }
      if open > slots - taken { return true }
    }
    return false
  }
}

/// Of how many keys two requests were in flight at one instant, and how many keys reached their limit in a contest.
///
/// Stands on all requests of a part of the keys where there are more than `limit` requests.
/// - Complexity: O(n log n) in the requests it stands on, when asked.
struct KeyContentionSurvey {
  static let limit = 1 << 18
  private var requests: [(key: UInt64, contender: Contender)] = []
  /// Keys count whose spread bits under the mask are these.
  private var mask: UInt32
  private let part: UInt32
  private let isWhole: Bool

  /// Keys are left out as soon as there are too many requests.
  init() { (mask, part, isWhole) = (0, 0, false) }

  private init(part: UInt32, of mask: UInt32) { (self.mask, self.part, isWhole) = (mask, part, true) }

  /// - Parameter group: What the limit is on for each key, such as a day.
  mutating func add(key: UInt32, group: UInt32 = 0, _ contender: Contender) {
    guard key != 0, Self.spread(key) & mask == part else { return }
    requests.append((UInt64(key) << 32 | UInt64(group), contender))
    while !isWhole, requests.count > Self.limit, mask != .max {
      mask = mask << 1 | 1
      let mask = mask
      requests.removeAll { Self.spread(UInt32($0.key >> 32)) & mask != 0 }
    }
  }

  /// Only a part of the keys was looked at.
  var isPartial: Bool { mask != 0 && !isWhole }

  /// Surveys that together stand on all that this one left out, and some that it did not.
  var others: [KeyContentionSurvey] {
    guard isPartial else { return [] }
    let mask = min(mask, 63)
    return (0...mask).map { KeyContentionSurvey(part: $0, of: mask) }
  }

  /// - Parameter limit: Of each key, or group of a key; `nil` where there is none.
  func contention(limit: Int?) -> KeyContention {
    var contention = KeyContention()
    contention.isPartial = isPartial
    let ordered = requests.sorted { ($0.key, $0.contender.invoked) < ($1.key, $1.contender.invoked) }
    let contenders = ordered.map(\.contender)
    var start = 0
    var lastKey: UInt64 = 0
    while start < ordered.count {
      var (end, open, isOverlapping) = (start, UInt64(0), false)
      while end < ordered.count, ordered[end].key == ordered[start].key {
        if contenders[end].invoked < open { isOverlapping = true }
        open = max(open, contenders[end].returned)
        end += 1
      }
      let key = ordered[start].key >> 32
      if isOverlapping, key != lastKey {
        contention.keys += 1
        lastKey = key
      }
      if isOverlapping, let limit, end - start > limit {
        let slots = min(limit, Self.given(contenders[start..<end]))
        if Contest(slots: slots).isHeld(among: contenders[start..<end]) { contention.contests += 1 }
      }
      start = end
    }
    return contention
  }

  /// How many things were given out.
  private static func given(_ contenders: ArraySlice<Contender>) -> Int {
    var results: Set<UInt32> = []
    return contenders.count { $0.isAccepted && ($0.result == 0 || results.insert($0.result).inserted) }
  }

  private static func spread(_ key: UInt32) -> UInt32 { (key &* 0x9E37_79B1) >> 7 }
}

/// What `KeyContentionSurvey` tells, added up over parts of the keys.
struct KeyContention {
  /// Had two requests in flight together.
  fileprivate(set) var keys = 0
  /// Limits that were reached in a contest: one for each key, or group of a key.
  fileprivate(set) var contests = 0
  /// Only some of the keys were looked at.
  fileprivate(set) var isPartial = false

  init() {}

  /// Of the requests that `add` gives to a survey, as often as it is called.
  init(limit: Int?, _ add: (inout KeyContentionSurvey) throws(OperationSourceError) -> Void)
    throws(OperationSourceError)
  {
    var survey = KeyContentionSurvey()
    try add(&survey)
    self = survey.contention(limit: limit)
    guard isPartial, limit == nil ? keys == 0 : contests == 0 else { return }
    // One contest is enough, and none is said only of all keys.
    for var other in survey.others {
      try add(&other)
      let found = other.contention(limit: limit)
      keys = max(keys, found.keys)
      contests += found.contests
      if limit == nil ? keys > 0 : contests > 0 { return }
    }
  }

  mutating func add(_ other: KeyContention) {
    keys += other.keys
    contests += other.contests
    isPartial = isPartial || other.isPartial
  }
}
