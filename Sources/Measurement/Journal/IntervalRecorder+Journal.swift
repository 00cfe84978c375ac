import JSON

extension IntervalRecorder.SeriesDefinition {
  var json: JSONValue {
    [
      "group": .string(key.group), "step": .string(key.step), "outcome": .string(key.outcome),
      "kind": .string(kind.rawValue), "budgets": .array(budgets.map(\.json)),
    ]
  }

  init(fields: RecordFields) throws(RecordError) {
    guard let kind = OutcomeKind(rawValue: try fields.string("kind")) else {
      throw fields.error("kind", "is none of \(OutcomeKind.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    self.init(
      key: SeriesKey(
        group: try fields.string("group"), step: try fields.string("step"), outcome: try fields.string("outcome")),
      kind: kind, budgets: try fields.unsignedList("budgets"))
  }
}

extension IntervalRecorder.GroupDefinition {
  var json: JSONValue {
    ["name": .string(name), "load": .string(load), "open": .bool(isOpen)]
  }

  init(fields: RecordFields) throws(RecordError) {
    self.init(
      name: try fields.string("name"), load: try fields.string("load"), isOpen: try fields.bool("open", default: false))
  }
}

extension IntervalRecorder.RecordedSeries {
  /// - Parameter number: The series' place in the journal's table.
  func json(number: Int) -> JSONValue {
    var fields = [JSONField("id", number.json), JSONField("count", count.json)]
    func append(_ key: String, _ histogram: Histogram) {
      if !histogram.isEmpty { fields.append(JSONField(key, histogram.json)) }
    }
    append("latency", latency)
    append("service_time", serviceTime)
    append("ttfb", timeToFirstByte)
    fields.append(JSONField("bytes_sent", bytesSent.json))
    fields.append(JSONField("bytes_received", bytesReceived.json))
    if !exceedances.isEmpty { fields.append(JSONField("exceedances", .array(exceedances.map(\.json)))) }
    if !samples.isEmpty { fields.append(JSONField("samples", samples.json)) }
    return .object(fields)
  }

  init(fields: RecordFields, definition: IntervalRecorder.SeriesDefinition) throws(RecordError) {
    self.init(budgets: definition.budgets)
    count = try fields.amount("count")
    latency = try fields.histogram("latency")
    serviceTime = try fields.histogram("service_time")
    timeToFirstByte = try fields.histogram("ttfb")
    bytesSent = try fields.amount("bytes_sent")
    bytesReceived = try fields.amount("bytes_received")
    var counters: [ExceedanceCounter] = []
    if fields.optional("exceedances") != nil {
      for counter in try fields.objects("exceedances") { counters.append(try ExceedanceCounter(fields: counter)) }
    }
    guard counters.map(\.budgetNanoseconds) == definition.budgets else {
      throw fields.error("exceedances", "are not of the series' budgets \(definition.budgets)")
    }
    exceedances = counters
    if fields.optional("samples") != nil {
      samples = Array(try fields.strings("samples").prefix(IntervalRecorder.sampleLimit))
    }
  }
}

extension IntervalRecorder.RecordedGroup {
  var json: JSONValue {
    var fields = [
      JSONField("started", iterationsStarted.json), JSONField("completed", iterationsCompleted.json),
      JSONField("intended", intended.json), JSONField("unsent", unsent.json), JSONField("in_flight", inFlight.json),
      JSONField("peak_in_flight", peakInFlight.json), JSONField("lag", lag.json),
    ]
    if let schedule = schedule.json { fields.append(JSONField("schedule", schedule)) }
    return .object(fields)
  }

  init(fields: RecordFields) throws(RecordError) {
    iterationsStarted = try fields.amount("started")
    iterationsCompleted = try fields.amount("completed")
    intended = try fields.amount("intended")
    unsent = try fields.amount("unsent")
    inFlight = try fields.count("in_flight")
    peakInFlight = try fields.count("peak_in_flight")
    if fields.optional("lag") != nil { lag = try fields.amount("lag") }
    if fields.optional("schedule") != nil { schedule = try ScheduleFigures(fields: try fields.object("schedule")) }
  }
}

extension RecordFields {
  /// An empty histogram where there is no such member.
  func histogram(_ key: String) throws(RecordError) -> Histogram {
    optional(key) == nil ? Histogram() : try Histogram(fields: try object(key))
  }
}
