import JSON

extension Histogram {
  /// As the journal keeps it: the exact figures, and the counts in HdrHistogram's encoding as base64.
  var json: JSONValue {
    var fields = [
      JSONField("count", count.json), JSONField("sum", sum.json), JSONField("min", minimum.json),
      JSONField("max", maximum.json),
    ]
    if saturated > 0 { fields.append(JSONField("saturated", saturated.json)) }
    fields.append(JSONField("hdr", .string(Base64.encode(encoded()))))
    return .object(fields)
  }

  init(fields: RecordFields) throws(RecordError) {
    guard let bytes = Base64.decode(try fields.string("hdr")) else { throw fields.error("hdr", "is not base64") }
    do {
      try self.init(encoded: bytes)
    } catch {
      throw fields.error("hdr", "is no histogram: \(error)")
    }
    let saturated: UInt64 = fields.optional("saturated") == nil ? 0 : try fields.unsigned("saturated")
    try restore(
      count: fields.amount("count"), sum: fields.unsigned("sum", as: UInt128.self), minimum: fields.unsigned("min"),
      maximum: fields.unsigned("max"), saturated: saturated, fields: fields)
  }

  /// Takes the exact figures where they can be those of the buckets that were read.
  private mutating func restore(
    count kept: UInt64, sum: UInt128, minimum: UInt64, maximum: UInt64, saturated: UInt64, fields: RecordFields
  ) throws(RecordError) {
    guard kept == count else { throw fields.error("count", "is \(kept), and the buckets hold \(count)") }
    guard
      saturated <= count, minimum <= maximum, count > 0 || maximum == 0, sum >= UInt128(minimum),
      sum <= UInt128(maximum) * UInt128(count)
    else {
      throw fields.error("sum", "cannot be: \(sum) for \(count) samples from \(minimum) to \(maximum)")
    }
    // The buckets' own ends, until now.
    if count > 0 {
      func bucket(_ value: UInt64) -> Int { HistogramLayout.index(of: min(value, HistogramLayout.highestTrackable)) }
      guard bucket(minimum) == bucket(self.minimum) else { throw fields.error("min", "is not in the first bucket") }
      guard bucket(maximum) == bucket(self.maximum) else { throw fields.error("max", "is not in the last bucket") }
    }
    setExactFigures(count: count, sum: sum, minimum: minimum, maximum: maximum, saturated: saturated)
  }
}

extension ExceedanceCounter {
  /// As the journal keeps it: the budget, the slots' width, and of each slot with samples its index, count and
  /// exceedances.
  var json: JSONValue {
    [
      "budget": budgetNanoseconds.json, "width_log2": widthMagnitude.json,
      "slots": .array(
        slots.enumerated().filter { $1.count > 0 }.map { .array([$0.json, $1.count.json, $1.exceedances.json]) }),
    ]
  }

  init(fields: RecordFields) throws(RecordError) {
    var kept: [(index: Int, slot: Slot)] = []
    for element in try fields.array("slots") {
      guard
        let numbers = element.array, numbers.count == 3, let index = UInt64(json: numbers[0]),
        let count = UInt64(json: numbers[1]), let exceedances = UInt64(json: numbers[2])
      else { throw fields.error("slots", "has an element that is not [index, count, exceedances]") }
      kept.append((Int(clamping: index), Slot(count: count, exceedances: exceedances)))
    }
    guard
      let counter = Self(
        budgetNanoseconds: try fields.unsigned("budget"), widthMagnitude: try fields.count("width_log2"), slots: kept)
    else { throw fields.error("slots", "cannot be those of a counter") }
    self = counter
  }
}
