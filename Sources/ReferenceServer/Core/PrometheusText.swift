/// Prometheus' text exposition format, version 0.0.4.
package struct PrometheusText {
  package private(set) var text = ""

  package init() {}

  /// Begins a metric: all its samples follow.
  package mutating func metric(_ name: String, _ type: String, _ help: String) {
    text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
  }

  package mutating func sample(_ name: String, _ labels: [(String, String)], _ value: some CustomStringConvertible) {
    text += name
    if !labels.isEmpty {
      text += "{" + labels.map { "\($0.0)=\"\(Self.escape($0.1))\"" }.joined(separator: ",") + "}"
    }
    text += " \(value)\n"
  }

  package var response: ServerResponse {
    ServerResponse(status: 200, contentType: .prometheus, body: Array(text.utf8))
  }

  private static func escape(_ value: String) -> String {
    var escaped = ""
    for character in value {
      switch character {
      case "\\": escaped += "\\\\"
      case "\"": escaped += "\\\""
      case "\n": escaped += "\\n"
      default: escaped.append(character)
      }
    }
    return escaped
  }
}
