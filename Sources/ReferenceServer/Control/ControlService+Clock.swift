import JSON

extension ControlService {
  func clock() -> ServerResponse {
    let clock = context.clock
    let now = clock.now()
    let ahead = clock.isStopped ? now - KSTClock.realNow() : clock.shiftNanoseconds
    return .json(
      200,
      [
        "now": .string(KSTClock.timestamp(now)), "now_utc": .string(KSTClock.utcTimestamp(now)),
        "unix_ms": .integer(now / 1_000_000), "kst_date": .string("\(KSTClock.day(of: now))"),
        "stopped": .bool(clock.isStopped),
        "offset_ms": .integer(ahead / 1_000_000),
      ])
  }

  /// `{"now": "2026-02-28T23:59:59+09:00"}` lets the clock go on from there, with `"stopped": true` stand there;
  /// `{"offset_ms": 86400000}` shifts it from real time.
  func setClock(_ request: ServerRequest) -> ServerResponse {
    let body: JSONValue
    switch Self.object(request, ["now", "stopped", "offset_ms"]) {
    case .failure(let refusal): return refusal.response
    case .success(let value): body = value
    }
    switch (body["now"], body["offset_ms"]) {
    case (let now?, nil):
      guard let text = now.string, let instant = CivilTime.parseISO(text) else {
        return Self.invalid("now must be an instant with a zone, such as 2026-02-28T23:59:59+09:00")
      }
      switch body["stopped"] {
      case nil, .bool(false): context.clock.set(instant)
      case .bool(true): context.clock.stop(at: instant)
      default: return Self.invalid("stopped must be true or false")
      }
    case (nil, let offset?):
      guard let milliseconds = offset.integer, abs(milliseconds) <= 4_000_000_000_000, body["stopped"] == nil else {
        return Self.invalid("offset_ms must be an integer of at most 4000000000000 in size, and stands alone")
      }
      context.clock.setShift(milliseconds * 1_000_000)
    default:
      return Self.invalid("the body must hold either now or offset_ms")
    }
    return clock()
  }
}
