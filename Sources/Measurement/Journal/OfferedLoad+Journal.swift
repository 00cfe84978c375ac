import JSON

extension OfferedLoad {
  var json: JSONValue {
    var fields = [
      JSONField("planned", .number(planned)), JSONField("offered", .number(offered)), JSONField("users", users.json),
      JSONField("never_connected", neverConnected.json),
    ]
    if let exhausted { fields.append(JSONField("exhausted", .string(exhausted))) }
    return .object(fields)
  }

  init(fields: RecordFields) throws(RecordError) {
    self.init()
    planned = try fields.quantity("planned")
    offered = try fields.quantity("offered")
    users = try fields.amount("users")
    neverConnected = try fields.amount("never_connected")
    exhausted = try fields.optionalString("exhausted")
  }
}
