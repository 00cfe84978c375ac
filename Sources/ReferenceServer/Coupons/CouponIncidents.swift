/// The incidents of the coupon system, and what else goes wrong with its database and its memory.
struct CouponIncidents: Sendable {
  let overissue: IncidentSwitch
  let lostUpdate: IncidentSwitch
  let duplicate: IncidentSwitch
  let oversoldOut: IncidentSwitch
  let ackThenLose: IncidentSwitch
  let appliedButFailed: IncidentSwitch
  let poolExhausted: IncidentSwitch
  let slowDatabase: IncidentSwitch
  let memoryPressure: IncidentSwitch

  init(_ board: IncidentBoard) {
    overissue = board.named("coupon.overissue")
    lostUpdate = board.named("coupon.lost-update")
    duplicate = board.named("coupon.duplicate")
    oversoldOut = board.named("coupon.oversold-out")
    ackThenLose = board.named("coupon.ack-then-lose")
    appliedButFailed = board.named("coupon.applied-but-failed")
    poolExhausted = board.named("db.pool-exhausted")
    slowDatabase = board.named("db.slow")
    memoryPressure = board.named("memory.pressure")
  }

  static let all: [Incident] = [
    Incident(
      "coupon.overissue",
      "issuing reads how many are out, then writes, without a lock or a condition: buyers in between do not count",
      symptom: "more coupons than the policy allows: issuedCount and ledger rows above maxCount",
      mitigation: "suspend the policy, switch coupon.strategy to atomic or pessimistic, reconcile, resume"),
    Incident(
      "coupon.lost-update",
      "the counter is written as the value read before plus one: simultaneous buyers overwrite each other's count",
      symptom: "issuedCount falls behind the ledger's rows; the same sequence number is given twice",
      mitigation: "suspend the policy, count in the database (SET issued = issued + 1), reconcile, resume"),
    Incident(
      "coupon.duplicate",
      "whether a user holds a coupon is checked before the write, and no unique index stands behind the check",
      symptom: "two coupons for one user who clicked twice",
      mitigation: "suspend the policy, add the unique index on (policy, user), reconcile, resume"),
    Incident(
      "coupon.oversold-out", "the cap's condition is off by one: sold out is answered at the maximum less one",
      symptom: "sold out while a coupon is left: the ledger ends at maxCount - 1",
      mitigation: "correct the condition; the last coupon can then be issued"),
    Incident(
      "coupon.ack-then-lose", "some coupons are acknowledged with 201 before they are written, and then are not",
      symptom: "buyers with a 201 whom the ledger does not know; issuedCount above the rows",
      mitigation: "suspend the policy, write before answering, issue again from the access log, reconcile",
      parameter: .init("percent", standard: 2, in: 0.01...100)),
    Incident(
      "coupon.applied-but-failed", "some coupons are written, and the answer to their buyers is 500",
      symptom: "errors rise, and the ledger has rows whose buyers were told that it failed",
      mitigation: "clients repeat with the same Idempotency-Key; find and fix what fails after the commit",
      parameter: .init("percent", standard: 30, in: 0.01...100)),
    Incident(
      "db.pool-exhausted", "some issuing transactions never give their database connection back",
      symptom: "hikaricp_connections_active at the maximum, pending rises, 503 DB_POOL_TIMEOUT",
      mitigation: "widen coupon.pool_size to win time, then restart (reset) and fix the leak",
      parameter: .init("percent", standard: 10, in: 0.01...100)),
    Incident(
      "db.slow", "each database query takes longer",
      symptom: "p95 rises with the query time, then the pool fills and requests wait for connections",
      mitigation: "find the slow query; until then suspend, or widen the pool if the database can bear it",
      parameter: .init("milliseconds", standard: 400, in: 0.1...60_000)),
    Incident(
      "memory.pressure", "the heap fills up: collections pause the service for longer and longer, then it fails",
      symptom: "jvm_memory_used_bytes nears jvm_memory_max_bytes, latency comes in waves, then 500 OUT_OF_MEMORY",
      mitigation: "restart (reset); take a heap dump before",
      parameter: .init("seconds", standard: 10, in: 0.1...3_600)),
  ]
}
