import JSON

/// Makes the record of a run again from its journal.
package struct JournalReader {
  private var record: RunRecord
  /// Each line is read into it, and it adds itself to the record: the way that a run goes.
  private let interval: IntervalRecorder
  /// Lines have a number and a checksum.
  private let isChecked: Bool
  private var hasEnded = false
  /// The names of series are among what is lost, so that later numbers mean nothing.
  private var lacksSeries = false
  /// The number of the last line that was read, and how many were.
  private var last: UInt64 = 1
  private var sound: UInt64 = 1
  /// Lines since the last that was read that are not as they were written.
  private var damaged = 0
  private var known: Set<SeriesKey> = []
  /// Half a year of seconds; with 2^40 of anything in a line, no sum overflows.
  private static let lineLimit = 1 << 23

  /// Reads `intervals.ndjson`.
  ///
  /// Lines that are not as they were written are left out, and the record's `losses` say so. A last line without a newline
  /// is what a cut leaves: it is left out, and a note says so. Without an end line the record's ending is `.cutOff`.
  /// - Throws: Where the first line cannot be read, and for any other that is not as `JournalWriter` writes it, with the
  ///   line and the member.
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
      let check = JournalCheck.state(of: line)
      if reader?.isDamaged(check, isLast: newline == nil) == true { continue }
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
          reader = try JournalReader(head: RecordFields(value), check)
        } else {
          try reader?.readLine(RecordFields(value), check)
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

  private init(head: RecordFields, _ check: JournalCheck.State) throws(RecordError) {
    let schema = try head.string("schema")
    isChecked = schema == JournalWriter.schema
    guard isChecked || schema == Self.uncheckedSchema else {
      throw head.error("schema", "is '\(schema)', and \(RunIdentity.known("stampede.intervals/1 and /2"))")
    }
    guard check == (isChecked ? .sound(number: 1) : .absent) else {
      throw head.error("", "is damaged: it does not match its checksum, and without it no figure has a name")
    }
    record = RunRecord(identity: try RunIdentity(fields: try head.object("identity")))
    record.warmUp = try head.instant("warm_up")
    var groups: [IntervalRecorder.GroupDefinition] = []
    for group in try head.objects("groups") { groups.append(try IntervalRecorder.GroupDefinition(fields: group)) }
    interval = IntervalRecorder(series: [], groups: groups)
    try addSeries("series", of: head)
    interval.prepare(&record)
  }

  /// Of versions that wrote no checksums.
  private static let uncheckedSchema = "stampede.intervals/1"

  /// Whether a line is to be left out; it is counted then.
  private mutating func isDamaged(_ check: JournalCheck.State, isLast: Bool) -> Bool {
    guard isChecked else { return false }
    // A line that is there twice counts once.
    if case .sound(let number) = check, number > last { return false }
    if isLast, check == .absent { return false }
    damaged += 1
    return true
  }

  private mutating func readLine(_ line: RecordFields, _ check: JournalCheck.State) throws(RecordError) {
    if case .sound(let number) = check {
      last = number
      damaged = 0
    }
    if lacksSeries, line.optional("run_end") == nil, line.optional("clock") == nil { return }
    sound += 1
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
    let start = try line.instant("start")
    let end = try line.instant("end")
    guard start <= end, start >= record.intervals.last?.end ?? 0 else {
      throw line.error("start", "is \(start), which is not between the end of the interval before and \(end)")
    }
    interval.reset()
    if line.optional("new_series") != nil {
      let before = line.optional("series_before") == nil ? interval.definitions.count : try line.count("series_before")
      guard before == interval.definitions.count else {
        // The line that named those between is lost.
        lacksSeries = true
        sound -= 1
        return
      }
      try addSeries("new_series", of: line)
    }
    if last > sound, try interval.needsMoreSeries(line) {
      lacksSeries = true
      sound -= 1
      return
    }
    try interval.restore(line)
    interval.accumulate(into: &record, start: start, end: end, isWarmUp: try line.bool("warm_up", default: false))
  }

  private mutating func addSeries(_ key: String, of fields: RecordFields) throws(RecordError) {
    for series in try fields.objects(key) {
      let definition = try IntervalRecorder.SeriesDefinition(fields: series)
      guard known.insert(definition.key).inserted else {
        throw series.error("outcome", "is '\(definition.key.outcome)', which the table has already")
      }
      _ = interval.addSeries(definition)
    }
  }

  private consuming func finished() -> RunRecord {
    if isChecked, last > sound || damaged > 0 {
      let lost = last > sound ? last - sound : 0
      var parts: [String] = []
      if lost > 0 { parts.append("\(lost) of \(last) lines are damaged or missing") }
      if damaged > 0 {
        parts.append("\(damaged) line\(damaged == 1 ? "" : "s") after the last sound one cannot be read")
      }
      record.losses.append("The journal is damaged: \(parts.joined(separator: ", and ")), and not in the figures.")
      record.lacksFigures = true
    }
    if !hasEnded {
      record.ending = .cutOff
      let measured = record.intervals.filter { !$0.isWarmUp }
      if let first = measured.first, let last = measured.last { record.elapsed = last.end - first.start }
      record.notes.append("The run was cut off: the journal has no end, and what came after its last interval is lost.")
    }
    return record
  }
}
