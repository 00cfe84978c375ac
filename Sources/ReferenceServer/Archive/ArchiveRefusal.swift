import JSON

/// An answer that says no. The envelope repeats the message as `error`, for clients of the API's first version.
struct ArchiveRefusal: Error, Sendable {
  var status: Int
  var code: String
  var message: String
  var details: JSONValue?
  var headers: [(name: String, value: String)] = []

  init(_ status: Int, _ code: String, _ message: String, details: JSONValue? = nil) {
    self.status = status
    self.code = code
    self.message = message
    self.details = details
  }

  func response(requestID: String) -> ServerResponse {
    var fields = [
      JSONField("code", .string(code)),
      JSONField("message", .string(message)),
      JSONField("error", .string(message)),
      JSONField("request_id", .string(requestID)),
    ]
    if let details { fields.append(JSONField("details", details)) }
    return .json(status, .object(fields), headers: headers)
  }

  static func internalError(_ message: String) -> ArchiveRefusal { ArchiveRefusal(500, "INTERNAL_ERROR", message) }
  static func notFound(_ message: String) -> ArchiveRefusal { ArchiveRefusal(404, "NOT_FOUND", message) }

  static func unauthorized(_ message: String) -> ArchiveRefusal {
    var refusal = ArchiveRefusal(401, "UNAUTHORIZED", message)
    refusal.headers = [("WWW-Authenticate", "Bearer")]
    return refusal
  }

  static func validation(_ problems: [ArchiveFieldProblem]) -> ArchiveRefusal {
    let first = problems[0]
    let subject = first.field.isEmpty ? "item \(first.item)" : "item \(first.item): \(first.field)"
    return ArchiveRefusal(
      400, "VALIDATION_ERROR", "\(subject) \(first.message)",
      details: [
        "errors": .array(
          problems.map {
            ["index": .integer($0.item), "field": .string($0.field), "message": .string($0.message)]
          })
      ])
  }

  static func validation(_ problems: [ArchiveQuery.Refused.Problem]) -> ArchiveRefusal {
    ArchiveRefusal(
      400, "VALIDATION_ERROR", "\(problems[0].parameter) \(problems[0].message)",
      details: [
        "errors": .array(problems.map { ["field": .string($0.parameter), "message": .string($0.message)] })
      ])
  }
}
