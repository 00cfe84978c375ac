import JSON

extension ConnectionEvents {
  /// The members of an interval's line; none for what did not happen.
  var journalFields: [JSONField] {
    var fields: [JSONField] = []
    for (key, count) in [
      ("connections_reopened", reopened), ("connections_renewed", renewed), ("surplus_responses", surplusResponses),
    ] where count > 0 {
      fields.append(JSONField(key, count.json))
    }
    if !lenient.isEmpty {
      fields.append(
        JSONField("lenient", .object(lenient.sorted { $0.key < $1.key }.map { JSONField($0.key, $0.value.json) })))
    }
    return fields
  }

  init(fields line: RecordFields) throws(RecordError) {
    self.init()
    if line.optional("connections_reopened") != nil { reopened = try line.amount("connections_reopened") }
    if line.optional("connections_renewed") != nil { renewed = try line.amount("connections_renewed") }
    if line.optional("surplus_responses") != nil { surplusResponses = try line.amount("surplus_responses") }
    if line.optional("lenient") != nil {
      let counts = try line.object("lenient")
      for name in counts.keys { lenient[name] = try counts.amount(name) }
    }
  }
}
