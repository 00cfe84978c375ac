import JSON

extension ControlService {
  func listSettings() -> ServerResponse {
    let settings = context.settings.all.map { setting -> JSONValue in
      var fields = [
        JSONField("name", .string(setting.name)), JSONField("value", setting.json(setting.value)),
        JSONField("initial", setting.json(setting.initial)), JSONField("accepts", .string(setting.expectation)),
        JSONField("explanation", .string(setting.explanation)),
      ]
      if let name = setting.environmentName { fields.append(JSONField("environment", .string(name))) }
      return .object(fields)
    }
    return .json(200, ["settings": .array(settings)])
  }

  /// Sets all that the body names, or nothing where one of them is wrong. A name without its system, `query_time_ms`,
  /// sets it for every system that has it; a deployment's name, `INGEST_MAX_BATCH_ITEMS`, will do as well.
  func setSettings(_ request: ServerRequest) -> ServerResponse {
    let body: JSONValue
    switch Self.object(request, nil) {
    case .failure(let refusal): return refusal.response
    case .success(let value): body = value
    }
    guard case .object(let fields) = body, !fields.isEmpty else {
      return Self.invalid("the body must be an object of settings; GET /_control/settings lists them")
    }
    let all = context.settings.all
    var changes: [(Setting, Int)] = []
    for field in fields {
      let meant = all.filter {
        $0.name == field.key || $0.environmentName == field.key || $0.name.hasSuffix("." + field.key)
      }
      if meant.isEmpty { return Self.unknown("setting", field.key, among: all.map(\.name)) }
      for setting in meant {
        guard let text = Self.text(field.value), let value = Setting.parse(text, as: setting.kind) else {
          return Self.invalid("\(setting.name) must be \(setting.expectation)")
        }
        changes.append((setting, value))
      }
    }
    for (setting, value) in changes { setting.set(value) }
    for database in context.databases.all { database.serveWaiters() }
    return .json(
      200, .object(changes.map { setting, value in JSONField(setting.name, setting.json(value)) }))
  }

  private static func text(_ value: JSONValue) -> String? {
    switch value {
    case .string(let text): text
    case .integer(let number): String(number)
    case .number(let number): Int64(exactly: number).map { String($0) } ?? String(number)
    case .bool(let flag): String(flag)
    default: nil
    }
  }
}

extension Setting {
  fileprivate func json(_ value: Int) -> JSONValue {
    switch kind {
    case .integer: .integer(Int64(value))
    case .milliseconds: .number(Double(value) / 1_000_000)
    case .choice(let choices): .string(choices[value])
    case .flag: .bool(value != 0)
    }
  }
}
