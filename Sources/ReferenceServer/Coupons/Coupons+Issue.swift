import EventLoop
import JSON

/// How issuing guards the cap and the one coupon per user.
enum IssueStrategy: String, CaseIterable, Sendable {
  /// One conditional update: what is read is what is written to.
  case atomic
  /// A look without a lock, then the policy's row lock, then a look and the write under it.
  case pessimistic
  /// A look, then the write: others write in between.
  case none
}

extension Coupons {
  /// What one attempt knows from its request.
  private struct Attempt: Sendable {
    var policy: Int
    var userID: String
    var key: CouponTables.Key?
  }

  /// `POST /api/coupon-policies/{id}/issue`
  func issue(_ request: ServerRequest) async -> ServerResponse {
    guard await heap.enter(on: request.loop) else {
      return .error(500, "OUT_OF_MEMORY", "java.lang.OutOfMemoryError: Java heap space")
    }
    guard let policy = request.parameters.integer("id") else { return Self.noPolicy(request) }
    let userID: String
    do {
      userID = try Self.userID(request)
    } catch {
      return .error(400, "VALIDATION_ERROR", error.message)
    }
    var attempt = Attempt(policy: policy, userID: userID)
    if let key = request.header("idempotency-key") {
      guard (1...255).contains(key.utf8.count) else {
        return .error(400, "VALIDATION_ERROR", "Idempotency-Key must be 1 to 255 characters long")
      }
      attempt.key = CouponTables.Key(policy: policy, key: key)
    }
    do {
      return Self.answer(try await perform(attempt, on: request.loop), to: attempt, request)
    } catch {
      return Self.poolTimeout(error)
    }
  }

  private struct InvalidBody: Error {
    var message: String
  }

  private static func userID(_ request: ServerRequest) throws(InvalidBody) -> String {
    let body: JSONValue
    do {
      body = try request.json()
    } catch {
      throw InvalidBody(message: "\(error)")
    }
    guard let userID = body["userId"]?.string, (1...128).contains(userID.utf8.count) else {
      throw InvalidBody(message: "userId must be a string of 1 to 128 bytes")
    }
    return userID
  }

  // MARK: - Strategies

  private func perform(_ attempt: Attempt, on loop: EventLoop) async throws(PoolTimeout) -> IssueResult {
    let switches = incidentSwitches
    let leaks = switches.poolExhausted.isOn && leakCadence.hits(percent: switches.poolExhausted.parameter)
    let isRacing = switches.overissue.isOn || switches.lostUpdate.isOn || switches.duplicate.isOn
    let strategy = isRacing ? .none : IssueStrategy.allCases[self.strategy.value]
    if strategy == .atomic, attempt.key == nil, !leaks {
      return try await store.query(on: loop) { self.write(attempt, self.guards, &$0) }
    }
    return try await store.transaction(on: loop) { transaction in
      if leaks { transaction.leak() }
      guard let key = attempt.key else { return await self.issue(attempt, by: strategy, in: transaction) }
      // The second of two requests with a key waits here until the first has its answer.
      await transaction.lock(RowKey("idempotency-\(key.policy)", key.key))
      if let known = await transaction.query({ $0.answered[key] }) {
        return known.userID == attempt.userID ? .replayed(status: known.status, body: known.body) : .keyReused
      }
      // Without its answer on record, the same key could have two coupons.
      if self.store.inspect({ $0.answered.count }) >= self.maxKeys.value { return .tooManyKeys }
      let result = await self.issue(attempt, by: strategy, in: transaction)
      self.remember(result, attempt, key)
      return result
    }
  }

  private func issue(
    _ attempt: Attempt, by strategy: IssueStrategy, in transaction: StoreTransaction<CouponTables>
  ) async -> IssueResult {
    switch strategy {
    case .atomic:
      return await transaction.query { self.write(attempt, self.guards, &$0) }
    case .pessimistic:
      if let refusal = await transaction.query({ self.look(attempt, $0) }).refusal { return refusal }
      await transaction.lock(RowKey("coupon_policy", String(attempt.policy)))
      return await transaction.query { self.write(attempt, self.guards, &$0) }
    case .none:
      let reading = await transaction.query { self.look(attempt, $0) }
      if let refusal = reading.refusal { return refusal }
      await transaction.pause(.nanoseconds(pauseNanoseconds(after: reading)))
      return await transaction.query { tables in
        let lostCount = self.incidentSwitches.lostUpdate.isOn ? reading.issuedCount : nil
        return self.write(attempt, self.guardsLeft, countingFrom: lostCount, &tables)
      }
    }
  }

  /// The time between reading and writing, drawn from half to one and a half of the setting: equal times would let the
  /// pool's connections read and write in step, and a cap that is a multiple of them would be met exactly.
  ///
  /// Where nothing holds the cap, the buyers of the last coupons take longer: so long that more of them are on the way
  /// than coupons are left, however slowly a machine sends them.
  private func pauseNanoseconds(after reading: CouponPolicy.Reading) -> Int {
    let isAtTheEdge = reading.remaining <= database.poolSize.value && !guardsLeft.isCapped
    let stretch = isAtTheEdge ? 25.0 : 1
    return Int(Double(raceWindow.value) * stretch * (0.5 + raceRandom.fraction()))
  }

  private func look(_ attempt: Attempt, _ tables: CouponTables) -> CouponPolicy.Reading {
    tables.policies[attempt.policy]?.reading(for: attempt.userID, guards)
      ?? CouponPolicy.Reading(issuedCount: 0, refusal: .noPolicy)
  }

  /// What a healthy server checks as it writes.
  private var guards: CouponPolicy.Guards {
    CouponPolicy.Guards(shortfall: incidentSwitches.oversoldOut.isOn ? 1 : 0)
  }

  /// What is left of that when the write trusts an earlier look. Each incident takes one guard away and leaves the
  /// others, so that each has traces of its own; strategy `none` by itself has none left.
  private var guardsLeft: CouponPolicy.Guards {
    let switches = incidentSwitches
    var left = guards
    let isPlain = !switches.overissue.isOn && !switches.lostUpdate.isOn && !switches.duplicate.isOn
    if isPlain || switches.overissue.isOn { left.isCapped = false }
    if isPlain || switches.duplicate.isOn { left.isUnique = false }
    return left
  }

  /// Issues, and does what goes wrong after the write.
  private func write(
    _ attempt: Attempt, _ guards: CouponPolicy.Guards, countingFrom lostCount: Int? = nil,
    _ tables: inout CouponTables
  ) -> IssueResult {
    let switches = incidentSwitches
    let now = context.clock.now()
    let result =
      tables.policies[attempt.policy]?.issue(to: attempt.userID, at: now, guards, countingFrom: lostCount) ?? .noPolicy
    guard case .issued(let coupon) = result else { return result }
    if switches.ackThenLose.isOn, lostCadence.hits(percent: switches.ackThenLose.parameter) {
      tables.policies[attempt.policy]!.loseNewest()
    }
    if switches.appliedButFailed.isOn, failedCadence.hits(percent: switches.appliedButFailed.parameter) {
      if let key = attempt.key {
        tables.answered[key] = CouponTables.Answered(
          userID: attempt.userID, status: 201, body: Self.describe(coupon, attempt.policy))
      }
      return .failedAfterWrite
    }
    return result
  }

  // MARK: - Answers

  /// Keeps what a key was answered. Faults of the server are not kept: to repeat after them is what keys are for.
  private func remember(_ result: IssueResult, _ attempt: Attempt, _ key: CouponTables.Key) {
    let answered: CouponTables.Answered
    switch result {
    case .issued(let coupon):
      answered = .init(userID: attempt.userID, status: 201, body: Self.describe(coupon, attempt.policy))
    case .soldOut: answered = .init(userID: attempt.userID, status: 409, body: Self.soldOut.body)
    case .alreadyIssued: answered = .init(userID: attempt.userID, status: 409, body: Self.alreadyIssued.body)
    default: return
    }
    store.inspect { $0.answered[key] = answered }
  }

  private static let soldOut = ServerResponse.error(409, "COUPON_SOLD_OUT", "all coupons have been issued")
  private static let alreadyIssued = ServerResponse.error(
    409, "ALREADY_ISSUED", "this user already holds a coupon of this policy")
  private static let suspended = ServerResponse.error(
    503, "ISSUE_SUSPENDED", "issuing is suspended for this policy")

  private static func answer(
    _ result: IssueResult, to attempt: Attempt, _ request: ServerRequest
  ) -> ServerResponse {
    switch result {
    case .issued(let coupon): .json(201, bytes: describe(coupon, attempt.policy))
    case .soldOut: soldOut
    case .alreadyIssued: alreadyIssued
    case .suspended: suspended
    case .noPolicy: noPolicy(request)
    case .replayed(let status, let body): .json(status, bytes: body, headers: [("Idempotent-Replayed", "true")])
    case .keyReused: .error(422, "IDEMPOTENCY_KEY_REUSED", "this Idempotency-Key came with another userId before")
    case .tooManyKeys:
      .error(
        503, "STORE_FULL",
        "no more values of Idempotency-Key can be remembered (coupon.max_idempotency_keys): reset the system, or raise it"
      )
    case .failedAfterWrite: .error(500, "INTERNAL_ERROR", "the coupon was not issued")
    }
  }

  private static func describe(_ coupon: Coupon, _ policy: Int) -> [UInt8] {
    var text = JSONText(capacity: 160)
    text.object {
      $0.member("couponId", coupon.id(policy: policy))
      $0.member("policyId", policy)
      $0.member("userId", coupon.userID)
      $0.member("sequence", coupon.sequence)
      $0.member("issuedAt", timestamp: coupon.issuedAt)
    }
    return text.bytes
  }
}
