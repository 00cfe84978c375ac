import EventLoop
import JSON

/// First-come coupons with a cap: the system of the over-issue incident.
final class Coupons: ReferenceSystem {
  static let name = "coupon"
  static let incidents = CouponIncidents.all

  let context: ServerContext
  let incidentSwitches: CouponIncidents
  let database: Database
  let store: Store<CouponTables>
  let heap: HeapModel
  let strategy: Setting
  let raceWindow: Setting
  let maxCount: Setting
  let maxKeys: Setting

  let lostCadence = Cadence()
  let failedCadence = Cadence()
  let leakCadence = Cadence()
  let raceRandom: SharedRandom

  init(context: ServerContext) {
    self.context = context
    incidentSwitches = CouponIncidents(context.incidents)
    heap = HeapModel(pressure: incidentSwitches.memoryPressure)
    strategy = context.settings.choice(
      "coupon.strategy", standard: IssueStrategy.atomic.rawValue, of: IssueStrategy.allCases.map(\.rawValue),
      "how issuing guards the cap: a conditional update, a row lock, or not at all")
    raceWindow = context.settings.milliseconds(
      "coupon.race_window_ms", standard: .milliseconds(2), in: 0.001...10_000,
      "the time between reading and writing where nothing guards them")
    maxCount = context.settings.integer(
      "coupon.max_count", environment: "COUPON_MAX_COUNT", standard: 1000, in: 1...10_000_000,
      "coupons of policy 1, at the start and after a reset")
    maxKeys = context.settings.integer(
      "coupon.max_idempotency_keys", standard: 500_000, in: 1...20_000_000,
      "values of Idempotency-Key whose responses are kept until the reset")
    database = Database(name: "coupon", context: context, slowdown: incidentSwitches.slowDatabase)
    raceRandom = context.random("coupon.race")
    store = Store(CouponTables(maxCount: maxCount.value), in: database)
  }

  func install(on router: inout Router) {
    router.on("POST", "/api/coupon-policies/{id}/issue") { await self.issue($0) }
    router.on("GET", "/api/coupon-policies/{id}") { await self.policy($0) }
    router.on("GET", "/api/coupon-policies/{id}/coupons") { await self.ledger($0) }
    router.on("POST", "/admin/coupon-policies/{id}/suspend") { await self.setSuspended($0, true) }
    router.on("POST", "/admin/coupon-policies/{id}/resume") { await self.setSuspended($0, false) }
    router.on("POST", "/admin/coupon-policies/{id}/reconcile") { await self.reconcile($0) }
    router.on("GET", "/actuator/health") { _ in self.health() }
    router.on("GET", "/actuator/prometheus") { _ in self.prometheus() }
  }

  func reset() {
    let maxCount = maxCount.value
    store.inspect { $0 = CouponTables(maxCount: maxCount) }
    lostCadence.reset()
    failedCadence.reset()
    leakCadence.reset()
    raceRandom.reset()
  }

  // MARK: - Reading

  private func policy(_ request: ServerRequest) async -> ServerResponse {
    await withPolicy(request) {
      $0
    } answer: { policy in
      .json(200, bytes: Self.describe(policy))
    }
  }

  /// All coupons, or with `page` (from 1) and `size` (1 to 10,000, by default 100) a part of them.
  private func ledger(_ request: ServerRequest) async -> ServerResponse {
    let page = Self.pageNumber(request, "page", in: 1...1_000_000_000)
    let size = Self.pageNumber(request, "size", in: 1...10_000)
    guard case .success(let page) = page, case .success(let size) = size else {
      return .error(
        400, "VALIDATION_ERROR", "page must be an integer from 1, size an integer from 1 to 10000")
    }
    return await withPolicy(request) {
      $0
    } answer: { policy in
      var part = policy.rows[...]
      if page != nil || size != nil {
        let size = size ?? 100
        part = part.dropFirst(((page ?? 1) - 1) * size).prefix(size)
      }
      var text = JSONText(capacity: 64 + part.count * 110)
      text.object {
        $0.member("coupons") {
          $0.array { array in
            for coupon in part { coupon.write(policy: policy.id, into: &array) }
          }
        }
        if page != nil || size != nil {
          $0.member("page", page ?? 1)
          $0.member("size", size ?? 100)
        }
        $0.member("total", policy.rows.count)
      }
      return .json(200, bytes: text.bytes)
    }
  }

  private struct NoNumber: Error {}

  private static func pageNumber(
    _ request: ServerRequest, _ name: String, in range: ClosedRange<Int>
  ) -> Result<Int?, NoNumber> {
    guard let text = request.query(name) else { return .success(nil) }
    guard let number = Int(text), range.contains(number) else { return .failure(NoNumber()) }
    return .success(number)
  }

  // MARK: - Administration

  private func setSuspended(_ request: ServerRequest, _ suspended: Bool) async -> ServerResponse {
    await withPolicy(request) {
      $0.isSuspended = suspended
      return $0
    } answer: { policy in
      .json(200, bytes: Self.describe(policy))
    }
  }

  private func reconcile(_ request: ServerRequest) async -> ServerResponse {
    await withPolicy(request) { policy in
      let recalled = policy.reconcile()
      return (policy, recalled)
    } answer: { policy, recalled in
      var text = JSONText()
      text.object {
        $0.member("policyId", policy.id)
        $0.member("maxCount", policy.maxCount)
        $0.member("issuedCount", policy.issuedCount)
        $0.member("status", policy.status.rawValue)
        $0.member("recalledCount", recalled.count)
        $0.member("recalled") {
          $0.array { array in
            for coupon in recalled { coupon.write(policy: policy.id, into: &array) }
          }
        }
      }
      return .json(200, bytes: text.bytes)
    }
  }

  private static func describe(_ policy: CouponPolicy) -> [UInt8] {
    var text = JSONText(capacity: 128)
    text.object {
      $0.member("policyId", policy.id)
      $0.member("maxCount", policy.maxCount)
      $0.member("issuedCount", policy.issuedCount)
      $0.member("status", policy.status.rawValue)
    }
    return text.bytes
  }

  /// One query on the policy that the path names.
  private func withPolicy<Result: Sendable>(
    _ request: ServerRequest, _ body: @Sendable (inout CouponPolicy) -> Result,
    answer: (Result) -> ServerResponse
  ) async -> ServerResponse {
    guard let id = request.parameters.integer("id") else { return Self.noPolicy(request) }
    do {
      let result = try await store.query(on: request.loop) { tables -> Result? in
        guard tables.policies[id] != nil else { return nil }
        return body(&tables.policies[id]!)
      }
      guard let result else { return Self.noPolicy(request) }
      return answer(result)
    } catch {
      return Self.poolTimeout(error)
    }
  }

  static func noPolicy(_ request: ServerRequest) -> ServerResponse {
    .error(404, "POLICY_NOT_FOUND", "there is no coupon policy \(request.parameters["id"])")
  }

  static func poolTimeout(_ error: PoolTimeout) -> ServerResponse {
    .error(503, "DB_POOL_TIMEOUT", "\(error)")
  }
}
