import JSON

/// A line of the journal: nanoseconds since 1970, and by how much the target's clock was ahead.
extension ClockRecord {
  var json: JSONValue {
    var fields = [
      JSONField("started_at", startedAt.json),
      JSONField(
        "target",
        .array(
          readings.map { reading in
            var fields = [
              JSONField("ahead_least", .integer(reading.ahead.lowerBound)),
              JSONField("ahead_most", .integer(reading.ahead.upperBound)),
            ]
            if let stopped = reading.stoppedAt { fields.append(JSONField("stopped_at", stopped.json)) }
            return .object(fields)
          })),
    ]
    if let failure { fields.append(JSONField("failure", .string(failure))) }
    return .object(fields)
  }

  init(fields: RecordFields) throws(RecordError) {
    self.init()
    // The year 2116: sums with what a clock may be ahead, and with the times of a run, stay within 64 bits.
    let latest: UInt64 = 1 << 62
    startedAt = try fields.unsigned("started_at")
    guard startedAt <= latest else { throw fields.error("started_at", "is later than any run") }
    failure = try fields.optionalString("failure")
    for reading in try fields.objects("target") {
      let (least, most) = (try reading.integer("ahead_least"), try reading.integer("ahead_most"))
      guard least <= most else { throw reading.error("ahead_least", "is more than ahead_most") }
      // 36 years; sums of a few stay within 64 bits.
      guard least >= -1 << 60, most <= 1 << 60 else {
        throw reading.error("ahead_most", "is longer than any clock is off")
      }
      let stopped: UInt64? = reading.optional("stopped_at") == nil ? nil : try reading.unsigned("stopped_at")
      guard stopped ?? 0 <= latest else { throw reading.error("stopped_at", "is later than any run") }
      add(Reading(ahead: least...most, stoppedAt: stopped))
    }
  }
}
