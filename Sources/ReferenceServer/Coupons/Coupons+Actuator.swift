import JSON

/// What Spring's actuator would show of this service.
extension Coupons {
  /// `GET /actuator/health`: down while the database has no connection to give, or the heap none to spare.
  func health() -> ServerResponse {
    let usage = database.usage
    let databaseIsUp = usage.active < usage.max || usage.pending == 0 || usage.timeouts == 0
    let memoryIsUp = !heap.isExhausted
    let isUp = databaseIsUp && memoryIsUp
    func status(_ isUp: Bool) -> JSONValue { isUp ? "UP" : "DOWN" }
    return .json(
      isUp ? 200 : 503,
      [
        "status": status(isUp),
        "components": [
          "db": [
            "status": status(databaseIsUp),
            "details": [
              "active": .integer(Int64(usage.active)), "idle": .integer(Int64(usage.idle)),
              "pending": .integer(Int64(usage.pending)), "max": .integer(Int64(usage.max)),
            ],
          ],
          "memory": [
            "status": status(memoryIsUp),
            "details": [
              "used": .integer(Int64(heap.usedBytes)), "max": .integer(Int64(HeapModel.maxBytes)),
            ],
          ],
        ],
      ])
  }

  /// `GET /actuator/prometheus`
  func prometheus() -> ServerResponse {
    let usage = database.usage
    let pool = [("pool", "coupon")]
    var text = PrometheusText()
    for (name, value, help) in [
      ("active", usage.active, "Active connections"), ("idle", usage.idle, "Idle connections"),
      ("pending", usage.pending, "Pending threads"), ("max", usage.max, "Max connections"),
      ("min", usage.minIdle, "Min connections"), ("", usage.active + usage.idle, "Total connections"),
    ] {
      let metric = name.isEmpty ? "hikaricp_connections" : "hikaricp_connections_" + name
      text.metric(metric, "gauge", help)
      text.sample(metric, pool, value)
    }
    text.metric("hikaricp_connections_timeout_total", "counter", "Connection timeout total count")
    text.sample("hikaricp_connections_timeout_total", pool, usage.timeouts)
    let heapLabels = [("area", "heap"), ("id", "G1 Old Gen")]
    text.metric("jvm_memory_used_bytes", "gauge", "The amount of used memory")
    text.sample("jvm_memory_used_bytes", heapLabels, heap.usedBytes)
    text.metric("jvm_memory_max_bytes", "gauge", "The maximum amount of memory in bytes that can be used")
    text.sample("jvm_memory_max_bytes", heapLabels, HeapModel.maxBytes)
    return text.response
  }
}
