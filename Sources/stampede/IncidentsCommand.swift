import JSON
import ReferenceServer
import Verdict

/// `stampede incidents`: what can be switched on in the reference server.
enum IncidentsCommand: Command {
  static let specification = CommandSpecification(
    name: "incidents", summary: "List the incidents that the reference server can reproduce.", positional: "[PREFIX]",
    positionalCount: 0...1,
    options: [OptionSpecification("json", nil, "Print them as JSON.")],
    examples: [("stampede incidents coupon", "Those of the coupon system.")])

  static func run(_ arguments: CommandLineArguments) throws -> ExitCode {
    let all = ReferenceServer.incidents
    let prefix = arguments.positional.first ?? ""
    let chosen = all.filter { $0.name.hasPrefix(prefix) }
    if chosen.isEmpty {
      let systems = ReferenceServer.systems.map { $0.name }.joined(separator: ", ")
      throw UsageError("no incident begins with '\(prefix)'; there are those of \(systems)")
    }
    if arguments.has("json") {
      let values = chosen.map { incident -> JSONValue in
        var value: [JSONField] = [
          JSONField("name", .string(incident.name)), JSONField("explanation", .string(incident.explanation)),
          JSONField("symptom", .string(incident.symptom)), JSONField("mitigation", .string(incident.mitigation)),
        ]
        if let parameter = incident.parameter {
          value.append(
            JSONField(
              "parameter",
              [
                "name": .string(parameter.name), "default": .number(parameter.standard),
                "minimum": .number(parameter.range.lowerBound), "maximum": .number(parameter.range.upperBound),
              ]))
        }
        return .object(value)
      }
      Console.line(json: JSONValue.array(values).text(pretty: true))
      return .pass
    }
    for incident in chosen {
      Console.line(incident.name)
      Console.line("  \(incident.explanation)")
      Console.line("  symptom:    \(incident.symptom)")
      Console.line("  mitigation: \(incident.mitigation)")
      if let parameter = incident.parameter {
        Console.line(
          "  parameter:  \(parameter.name), \(JSONValue.number(parameter.standard).text()) unless told otherwise: "
            + "--incident \(incident.name)=\(JSONValue.number(parameter.standard).text())")
      }
      Console.line("")
    }
    return .pass
  }
}
