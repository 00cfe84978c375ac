import JSON

/// The state as it is, and which of its own rules it breaks.
extension Coupons {
  func truth() -> JSONValue {
    let policies = store.inspect { $0.policies.values.sorted { $0.id < $1.id } }
    return [
      "policies": .array(policies.map { .object(Self.describe($0)) }),
      "violations": .array(policies.flatMap(Self.violations)),
    ]
  }

  private static func describe(_ policy: CouponPolicy) -> [JSONField] {
    [
      JSONField("policyId", .integer(policy.id)), JSONField("maxCount", .integer(policy.maxCount)),
      JSONField("issuedCount", .integer(policy.issuedCount)), JSONField("status", .string(policy.status.rawValue)),
      JSONField("rows", .integer(policy.rows.count)),
      JSONField(
        "coupons",
        .array(
          policy.rows.map { coupon in
            [
              "couponId": .string(coupon.id(policy: policy.id)), "userId": .string(coupon.userID),
              "sequence": .integer(coupon.sequence), "issuedAt": .string(KSTClock.timestamp(coupon.issuedAt)),
            ]
          })),
    ]
  }

  private static func violations(of policy: CouponPolicy) -> [JSONValue] {
    var found: [JSONValue] = []
    func report(_ rule: String, _ fields: [JSONField]) {
      found.append(
        .object([JSONField("rule", .string(rule)), JSONField("policyId", .integer(policy.id))] + fields))
    }
    if policy.rows.count > policy.maxCount {
      report(
        "never_over_issued",
        [JSONField("rows", .integer(policy.rows.count)), JSONField("maxCount", .integer(policy.maxCount))])
    }
    for (user, count) in policy.held.filter({ $0.value > 1 }).sorted(by: { $0.key < $1.key }) {
      report("one_for_each_user", [JSONField("userId", .string(user)), JSONField("coupons", .integer(count))])
    }
    var times: [Int: Int] = [:]
    for coupon in policy.rows { times[coupon.sequence, default: 0] += 1 }
    for (sequence, count) in times.filter({ $0.value > 1 }).sorted(by: { $0.key < $1.key }) {
      report("one_for_each_number", [JSONField("sequence", .integer(sequence)), JSONField("coupons", .integer(count))])
    }
    if policy.issuedCount != policy.rows.count {
      report(
        "count_is_rows",
        [JSONField("issuedCount", .integer(policy.issuedCount)), JSONField("rows", .integer(policy.rows.count))])
    }
    return found
  }
}
