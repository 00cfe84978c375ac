import JSON

/// Makes the record of a run again from its journal.
package struct JournalReader {
  private var record: RunRecord
  /// Each line is read into it, and it adds itself to the record: the way that a run goes.
  private let interval: IntervalRecorder
  private var hasEnded = false
  /// Half a year of seconds; with 2^40 of anything in a line, no sum overflows.
  private static let lineLimit = 1 << 23

  /// Reads `intervals.ndjson`.
  ///
  /// A last line without a newline that is no JSON is what a cut leaves: it is left out, and a note says so. Without an
  /// end line the record's ending is `.cutOff`.
  /// - Throws: For anything else that is not as `JournalWriter` writes it, with the line and the member.
  package static func read(_ bytes: UnsafeRawBufferPointer) throws(JournalError) -> RunRecord {
    var reader: JournalReader?
    var start = 0
    var number = 0
    while start < bytes.count {
      number += 1
      guard number < Self.lineLimit else { throw .tooLong(lines: Self.lineLimit) }
      let newline = bytes[start...].firstIndex(of: UInt8(ascii: "\n"))
      let line = UnsafeRawBufferPointer(rebasing: bytes[start..<(newline ?? bytes.count)])
      start = newline.map { $0 + 1 } ?? bytes.count
      let value: JSONValue
      do {
        value = try JSONValue(parsing: line)
      } catch {
        guard newline == nil else { throw .notJSON(line: number, reason: error.description) }
        reader?.record.notes.append(
          "The journal's last line was cut off after \(line.count) bytes, and is not in the figures.")
        break
      }
      do {
        if reader == nil {
          reader = try JournalReader(head: RecordFields(value))
        } else {
          try reader?.readLine(RecordFields(value))
        }
      } catch {
        throw .malformed(line: number, path: error.path, problem: error.problem)
      }
    }
    guard let reader else { throw .empty }
    return reader.finished()
  }

  package static func read(_ bytes: [UInt8]) throws(JournalError) -> RunRecord {
    try bytes.span.withUnsafeBytes { (buffer) throws(JournalError) in try read(buffer) }
  }

  private init(head: RecordFields) throws(RecordError) {
    let schema = try head.string("schema")
    guard JournalWriter.knownSchemas.contains(schema) else {
      throw head.error("schema", "is '\(schema)', and only '\(JournalWriter.schema)' is known")
    }
    record = RunRecord(identity: try RunIdentity(fields: try head.object("identity")))
    record.warmUp = try head.unsigned("warm_up")
    var groups: [IntervalRecorder.GroupDefinition] = []
    for group in try head.objects("groups") { groups.append(try IntervalRecorder.GroupDefinition(fields: group)) }
    interval = IntervalRecorder(series: [], groups: groups)
    try addSeries("series", of: head)
    interval.prepare(&record)
  }

  private mutating func readLine(_ line: RecordFields) throws(RecordError) {
    guard !hasEnded else { throw line.error("", "comes after the end line") }
    if line.optional("run_end") != nil {
      try record.readEnd(try line.object("run_end"))
      hasEnded = true
      return
    }
    if line.optional("clock") != nil {
      record.clock = try ClockRecord(fields: try line.object("clock"))
      return
    }
    let start: UInt64 = try line.unsigned("start")
    let end: UInt64 = try line.unsigned("end")
    guard start <= end, start >= record.intervals.last?.end ?? 0 else {
      throw line.error("start", "is \(start), which is not between the end of the interval before and \(end)")
    }
    interval.reset()
    if line.optional("new_series") != nil { try addSeries("new_series", of: line) }
    try interval.restore(line)
    interval.accumulate(into: &record, start: start, end: end, isWarmUp: try line.bool("warm_up", default: false))
  }

  private func addSeries(_ key: String, of fields: RecordFields) throws(RecordError) {
    for series in try fields.objects(key) {
      let definition = try IntervalRecorder.SeriesDefinition(fields: series)
      guard !interval.definitions.contains(where: { $0.key == definition.key }) else {
        throw series.error("outcome", "is '\(definition.key.outcome)', which the table has already")
      }
      _ = interval.addSeries(definition)
    }
  }

  private consuming func finished() -> RunRecord {
    if !hasEnded {
      record.ending = .cutOff
      let measured = record.intervals.filter { !$0.isWarmUp }
      if let first = measured.first, let last = measured.last { record.elapsed = last.end - first.start }
      record.notes.append("The run was cut off: the journal has no end, and what came after its last interval is lost.")
    }
    return record
  }
}
