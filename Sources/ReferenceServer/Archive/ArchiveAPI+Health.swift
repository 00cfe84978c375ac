import EventLoop
import JSON

/// Whether the process lives, and whether it can serve.
extension ArchiveAPI {
  /// `GET /health`, `GET /health/live`: no dependency is asked.
  func live(_ request: ServerRequest) -> ServerResponse {
    var text = JSONText(capacity: 96)
    text.object {
      $0.member("status", "ok")
      $0.member("timestamp", utcTimestamp: context.clock.now())
      $0.member("uptime", thousandths: Int((EventLoop.now() &- started) / 1_000_000))
    }
    return .json(200, bytes: text.bytes)
  }

  /// `GET /health/ready`: 503 with the check that failed.
  func ready(_ request: ServerRequest) -> ServerResponse {
    let database = switches.databaseDown.isOn ? "the connection is refused" : nil
    let backend = switches.redisDown.isOn ? "redis does not answer" : nil
    let isReady = database == nil && backend == nil
    var fields = vitals(status: isReady ? "ok" : "degraded")
    fields.append(
      JSONField(
        "checks",
        [
          "database": ["ok": .bool(database == nil), "detail": .string(database ?? "ok")],
          "rate_limit_backend": [
            "ok": .bool(backend == nil), "detail": .string(backend ?? settings.backendName),
          ],
        ]))
    return .json(isReady ? 200 : 503, .object(fields))
  }

  /// `uptime` is in seconds, to the millisecond.
  private func vitals(status: String) -> [JSONField] {
    [
      JSONField("status", .string(status)),
      JSONField("timestamp", .string(KSTClock.utcTimestamp(context.clock.now()))),
      JSONField("uptime", .number(Double((EventLoop.now() &- started) / 1_000_000) / 1_000)),
    ]
  }
}
