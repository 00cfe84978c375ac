import JSON

/// Makes the lines of `intervals.ndjson`: a head, a line for each interval, and an end.
///
/// A line is a JSON object and a newline. Its last member, `check`, has the line's number and the checksum of what stands
/// before it, so that a reader knows a line that is damaged or missing. Everything that `JournalReader` needs to make the run's record again is in
/// them, so that a run that was killed is lost but for its last interval. `docs/method.md` describes the members.
package struct JournalWriter: Sendable {
  /// Names the format and its version; a change that older readers would misread raises the version.
  package static let schema = "stampede.intervals/2"

  /// Series that are in the table so far.
  private var seriesWritten = 0
  private var lines: UInt64 = 0

  package init() {}

  /// The first line.
  ///
  /// - Parameter interval: The recorder into which all workers' are merged, for its series and groups.
  package mutating func head(identity: RunIdentity, warmUp: UInt64, interval: IntervalRecorder) -> [UInt8] {
    seriesWritten = interval.definitions.count
    return line([
      "schema": .string(Self.schema), "identity": identity.json, "warm_up": warmUp.json,
      "groups": .array(interval.groupDefinitions.map(\.json)), "series": .array(interval.definitions.map(\.json)),
    ])
  }

  /// The line of an interval that is merged from all workers. Times are nanoseconds since the run's start.
  ///
  /// - Parameter interval: The same recorder each time, as a series keeps its number.
  package mutating func interval(_ interval: IntervalRecorder, start: UInt64, end: UInt64, isWarmUp: Bool) -> [UInt8] {
    var fields = [JSONField("start", start.json), JSONField("end", end.json)]
    if isWarmUp { fields.append(JSONField("warm_up", true)) }
    if interval.definitions.count > seriesWritten {
      fields.append(JSONField("series_before", seriesWritten.json))
      fields.append(JSONField("new_series", .array(interval.definitions[seriesWritten...].map(\.json))))
      seriesWritten = interval.definitions.count
    }
    let touched = interval.series.enumerated().filter { $1.count > 0 || !$1.samples.isEmpty }
    fields.append(JSONField("series", .array(touched.map { $1.json(number: $0) })))
    fields.append(JSONField("groups", .array(interval.groups.map(\.json))))
    fields.append(JSONField("connections_opened", interval.connectionsOpened.json))
    fields.append(JSONField("connections_failed", interval.connectionsFailed.json))
    fields += interval.connectionEvents.journalFields
    for (key, histogram) in [
      ("connect_time", interval.connectTime), ("generator_lag", interval.generatorLag), ("wait", interval.wait),
      ("turn_wait", interval.turnWait), ("probe_lag", interval.probeLag),
    ] where !histogram.isEmpty {
      fields.append(JSONField(key, histogram.json))
    }
    if let pause = interval.longestPause { fields.append(JSONField("longest_pause", pause.json)) }
    if let usage = interval.usage { fields.append(JSONField("usage", usage.json)) }
    return line(.object(fields))
  }

  /// What time it was, here and at the target: when the load begins, and again when it has ended.
  package mutating func clock(_ clock: ClockRecord) -> [UInt8] {
    line(["clock": clock.json])
  }

  /// The last line: what a record has that is not in its intervals.
  package mutating func end(_ record: RunRecord) -> [UInt8] {
    line(["run_end": record.endJSON])
  }

  private mutating func line(_ value: JSONValue) -> [UInt8] {
    var bytes: [UInt8] = []
    value.write(into: &bytes)
    lines += 1
    JournalCheck.seal(&bytes, number: lines)
    bytes.append(UInt8(ascii: "\n"))
    return bytes
  }
}
