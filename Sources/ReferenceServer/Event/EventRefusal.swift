import JSON

/// An answer that says no, in the platform's envelope.
struct EventRefusal: Error, Sendable {
  var status: Int
  var code: String
  var message: String

  init(_ status: Int, _ code: String, _ message: String) {
    self.status = status
    self.code = code
    self.message = message
  }

  var response: ServerResponse { .error(status, code, message) }

  static func validation(_ message: String) -> EventRefusal { EventRefusal(422, "VALIDATION_ERROR", message) }
  static let noActiveSeason = EventRefusal(404, "NO_ACTIVE_SEASON", "no season is running today")
}

extension Reward {
  var fields: [JSONField] {
    [JSONField("reward_type", .string(type)), JSONField("reward_amount", .integer(Int64(amount)))]
  }
}
