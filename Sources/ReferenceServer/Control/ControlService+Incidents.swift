import JSON

extension ControlService {
  func listIncidents() -> ServerResponse {
    .json(200, ["incidents": .array(context.incidents.all.map(Self.describe))])
  }

  func incident(_ request: ServerRequest) -> ServerResponse {
    withIncident(request) { .json(200, Self.describe($0)) }
  }

  /// Switches an incident on; `{"parameter": 5}`, or the parameter under its own name: `{"percent": 5}`.
  func setIncident(_ request: ServerRequest) -> ServerResponse {
    withIncident(request) { entry in
      let parameter = entry.incident.parameter
      let names = parameter.map { ["parameter", $0.name] } ?? []
      switch Self.object(request, names.isEmpty ? nil : names) {
      case .failure(let refusal): return refusal.response
      case .success(let body):
        guard case .object(let fields) = body else { return Self.invalid("the body must be an object") }
        guard let field = fields.first else {
          entry.set()
          return .json(200, Self.describe(entry))
        }
        guard let parameter else { return Self.invalid("\(entry.incident.name) has no parameter") }
        guard let value = field.value.double, parameter.range.contains(value) else {
          let range = parameter.range
          return Self.invalid("\(parameter.name) must be a number from \(range.lowerBound) to \(range.upperBound)")
        }
        entry.set(parameter: value)
        return .json(200, Self.describe(entry))
      }
    }
  }

  func clearIncident(_ request: ServerRequest) -> ServerResponse {
    withIncident(request) { entry in
      entry.clear()
      return .json(200, Self.describe(entry))
    }
  }

  private func withIncident(_ request: ServerRequest, _ body: (IncidentSwitch) -> ServerResponse) -> ServerResponse {
    let name = request.parameters["name"]
    guard let entry = context.incidents.find(name) else {
      return Self.unknown("incident", name, among: context.incidents.all.map(\.incident.name))
    }
    return body(entry)
  }

  private static func describe(_ entry: IncidentSwitch) -> JSONValue {
    let incident = entry.incident
    var fields = [
      JSONField("name", .string(incident.name)), JSONField("on", .bool(entry.isOn)),
      JSONField("explanation", .string(incident.explanation)), JSONField("symptom", .string(incident.symptom)),
      JSONField("mitigation", .string(incident.mitigation)),
    ]
    if let parameter = incident.parameter {
      fields.append(
        JSONField(
          "parameter",
          [
            "name": .string(parameter.name), "value": .number(entry.parameter),
            "standard": .number(parameter.standard), "min": .number(parameter.range.lowerBound),
            "max": .number(parameter.range.upperBound),
          ]))
    }
    return .object(fields)
  }
}
