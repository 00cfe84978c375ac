import JSON

extension IntervalUsage {
  /// As the journal keeps it; what is not known is left out.
  var json: JSONValue {
    var fields = [JSONField("wall", wall.json)]
    fields.append(
      JSONField(
        "workers",
        .array(
          workers.map { thread in
            guard let wait = thread.runQueueWait, let turns = thread.turns else { return .array([thread.cpu.json]) }
            return .array([thread.cpu.json, wait.json, turns.json])
          })))
    if let ticks, let stolenTicks { fields.append(JSONField("ticks", .array([ticks.json, stolenTicks.json]))) }
    if let process { fields.append(JSONField("process", process.json)) }
    if let pressure { fields.append(JSONField("pressure", pressure.json)) }
    return .object(fields)
  }

  init(fields: RecordFields) throws(RecordError) {
    self.init(wall: try fields.amount("wall"))
    for element in try fields.array("workers") {
      let numbers = try fields.amounts(element, of: "workers")
      guard numbers.count == 1 || numbers.count == 3 else {
        throw fields.error("workers", "has an element that is not [cpu] or [cpu, wait, turns]")
      }
      workers.append(
        numbers.count == 1
          ? Thread(cpu: numbers[0]) : Thread(cpu: numbers[0], runQueueWait: numbers[1], turns: numbers[2]))
    }
    if let ticks = fields.optional("ticks") {
      let numbers = try fields.amounts(ticks, of: "ticks")
      guard numbers.count == 2, numbers[1] <= numbers[0] else {
        throw fields.error("ticks", "is not [all, stolen]")
      }
      (self.ticks, stolenTicks) = (numbers[0], numbers[1])
    }
    if fields.optional("process") != nil { process = try fields.amount("process") }
    if fields.optional("pressure") != nil { pressure = try fields.amount("pressure") }
  }
}

extension ScheduleFigures {
  /// As the journal keeps it; `nil` where there is nothing.
  var json: JSONValue? {
    let members = [("lag", lag), ("late", late), ("late_without_lag", lateWithoutLag), ("gaps", gaps)]
    let fields = members.filter { !$1.isEmpty }.map { JSONField($0, $1.json) }
    return fields.isEmpty ? nil : .object(fields)
  }

  init(fields: RecordFields) throws(RecordError) {
    lag = try fields.histogram("lag")
    late = try fields.histogram("late")
    lateWithoutLag = try fields.histogram("late_without_lag")
    gaps = try fields.histogram("gaps")
    guard late.count == lateWithoutLag.count else {
      throw fields.error("late_without_lag", "has \(lateWithoutLag.count) samples, and late has \(late.count)")
    }
  }
}

extension RecordFields {
  /// The amounts in an array that is, or is in, a member.
  fileprivate func amounts(_ value: JSONValue, of key: String) throws(RecordError) -> [UInt64] {
    guard let elements = value.array else { throw error(key, "has an element that is not an array") }
    var numbers: [UInt64] = []
    for element in elements {
      guard let number = UInt64(json: element), number <= 1 << 40 else {
        throw error(key, "has an element that is not an amount")
      }
      numbers.append(number)
    }
    return numbers
  }
}
