/// What a request to a truth service may set, and where it comes from otherwise.
struct TruthParameters {
  private var given: [String: String] = [:]

  /// Why a request is refused.
  struct Refusal: Error {
    var message: String
    var response: ServerResponse { .error(400, "VALIDATION_ERROR", message) }
  }

  /// - Throws: where the query names something that the service does not know, or something twice.
  init(_ request: ServerRequest, known: [String]) throws(Refusal) {
    for (name, value) in request.queryParameters {
      guard known.contains(name) else {
        let near = Suggestions.nearest(to: name, in: known).first.map { "; did you mean '\($0)'?" } ?? ""
        throw Refusal(
          message: "'\(name)' is no parameter of this service; it takes \(known.joined(separator: ", "))" + near)
      }
      guard given.updateValue(value, forKey: name) == nil else {
        throw Refusal(message: "'\(name)' is given twice")
      }
    }
  }

  /// The parameter's value, or the setting's: nanoseconds, an integer or the index of a choice, as the setting's kind is.
  func value(_ name: String, or setting: Setting) throws(Refusal) -> Int {
    guard let text = given[name] else { return setting.value }
    guard let value = Setting.parse(text, as: setting.kind) else {
      throw Refusal(message: "\(name) is '\(text)', and must be \(setting.expectation)")
    }
    return value
  }
}
