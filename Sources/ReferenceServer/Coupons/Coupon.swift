/// A coupon that was issued: a row of the ledger.
struct Coupon: Sendable {
  /// Counts all coupons of the policy, recalled ones too, from 1: never given twice.
  var serial: Int
  var userID: String
  /// Which of the policy's coupons it is, from 1. In a healthy server never given twice, never above the maximum.
  var sequence: Int
  /// Nanoseconds since 1970, UTC.
  var issuedAt: Int64

  func id(policy: Int) -> String {
    let digits = String(serial)
    return "cpn-\(policy)-" + String(repeating: "0", count: max(0, 6 - digits.count)) + digits
  }

  func write(policy: Int, into text: inout JSONText) {
    text.object {
      $0.member("couponId", id(policy: policy))
      $0.member("userId", userID)
      $0.member("sequence", sequence)
      $0.member("issuedAt", timestamp: issuedAt)
    }
  }
}

/// A policy and its coupons, as the database has them.
struct CouponPolicy: Sendable {
  let id: Int
  var maxCount: Int
  /// The counter column that the policy's page shows. Equal to the number of rows in a healthy server.
  var issuedCount = 0
  /// How many were given out: what the cap is held against.
  var taken = 0
  var isSuspended = false
  /// Issued and not recalled, oldest first.
  var rows: [Coupon] = []
  /// Coupons of each user.
  var held: [String: Int] = [:]
  private var lastSerial = 0
  private var lastSequence = 0
  /// Numbers that a recall has made free, largest first.
  private var freeSequences: [Int] = []

  init(id: Int, maxCount: Int) {
    self.id = id
    self.maxCount = maxCount
  }

  enum Status: String {
    case active = "ACTIVE"
    case suspended = "SUSPENDED"
    case soldOut = "SOLD_OUT"
  }

  var status: Status { isSuspended ? .suspended : issuedCount >= maxCount ? .soldOut : .active }

  /// What a query sees before it decides.
  struct Reading: Sendable {
    var issuedCount: Int
    /// Why no coupon may be issued; `nil` where one may.
    var refusal: IssueResult?
    /// Coupons that are left.
    var remaining = 0
  }

  /// What stands between a buyer and a coupon.
  struct Guards: Sendable {
    /// Whether the maximum holds.
    var isCapped = true
    /// By how many the condition misses the maximum.
    var shortfall = 0
    /// Whether a user may hold one only.
    var isUnique = true
  }

  func reading(for userID: String, _ guards: Guards) -> Reading {
    Reading(issuedCount: issuedCount, refusal: refusal(of: userID, guards), remaining: maxCount - taken)
  }

  private func refusal(of userID: String, _ guards: Guards) -> IssueResult? {
    if isSuspended { return .suspended }
    if guards.isUnique, held[userID] != nil { return .alreadyIssued }
    if guards.isCapped, taken >= maxCount - guards.shortfall { return .soldOut }
    return nil
  }

  /// Decides and writes in one.
  ///
  /// - Parameter lostCount: what an earlier reading of the counter said, where the new count and the coupon's number
  ///   are made from that; `nil` counts on from the counter as it is.
  mutating func issue(
    to userID: String, at instant: Int64, _ guards: Guards, countingFrom lostCount: Int? = nil
  ) -> IssueResult {
    if let refusal = refusal(of: userID, guards) { return refusal }
    lastSerial += 1
    taken += 1
    let sequence: Int
    if let lostCount {
      sequence = lostCount + 1
      issuedCount = lostCount + 1
    } else {
      sequence = freeSequences.popLast() ?? lastSequence + 1
      issuedCount += 1
    }
    lastSequence = max(lastSequence, sequence)
    let coupon = Coupon(serial: lastSerial, userID: userID, sequence: sequence, issuedAt: instant)
    rows.append(coupon)
    held[userID, default: 0] += 1
    return .issued(coupon)
  }

  /// Loses the newest row, as a database does that acknowledged before it wrote: the counts stay.
  mutating func loseNewest() {
    guard let coupon = rows.popLast() else { return }
    release(coupon)
  }

  /// Recalls second coupons of a user and what is beyond the maximum, the newest first, and sets the counts right.
  mutating func reconcile() -> [Coupon] {
    var kept: [Coupon] = []
    var recalled: [Coupon] = []
    var seen: Set<String> = []
    for coupon in rows {
      if kept.count < maxCount, seen.insert(coupon.userID).inserted {
        kept.append(coupon)
      } else {
        recalled.append(coupon)
        release(coupon)
      }
    }
    rows = kept
    taken = kept.count
    issuedCount = kept.count
    let used = Set(kept.map(\.sequence))
    lastSequence = used.max() ?? 0
    freeSequences = (1..<max(1, lastSequence)).filter { !used.contains($0) }.reversed()
    return recalled
  }

  private mutating func release(_ coupon: Coupon) {
    let count = (held[coupon.userID] ?? 1) - 1
    held[coupon.userID] = count > 0 ? count : nil
  }
}

/// How an attempt to get a coupon ended.
enum IssueResult: Sendable {
  case issued(Coupon)
  case soldOut
  case alreadyIssued
  case suspended
  case noPolicy
  /// The answer that a key has had before.
  case replayed(status: Int, body: [UInt8])
  /// A key that came with another user before.
  case keyReused
  /// It took effect, and the server fails to say so.
  case failedAfterWrite
  /// No more keys can be remembered.
  case tooManyKeys
}

/// The tables of the coupon system.
struct CouponTables: Sendable {
  /// The answer that an `Idempotency-Key` has had.
  struct Answered: Sendable {
    var userID: String
    var status: Int
    var body: [UInt8]
  }

  struct Key: Hashable, Sendable {
    var policy: Int
    var key: String
  }

  var policies: [Int: CouponPolicy] = [:]
  var answered: [Key: Answered] = [:]

  init(maxCount: Int) {
    policies[1] = CouponPolicy(id: 1, maxCount: maxCount)
  }
}
