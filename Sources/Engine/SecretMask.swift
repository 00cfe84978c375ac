import Scenario

/// What of a text must not be shown or written: the values that a scenario has from the environment, also as they
/// stand in a URL or in JSON.
package struct SecretMask: Sendable {
  /// Longest first: one may hold another.
  private let secrets: [[UInt8]]

  package init(_ scenario: Scenario) {
    var forms: Set<[UInt8]> = []
    for secret in scenario.secrets where !secret.isEmpty {
      for escaping in [Escaping.none, .header, .path, .json] {
        var form: [UInt8] = []
        escaping.append(secret.utf8, to: &form)
        if !form.isEmpty { forms.insert(form) }
      }
    }
    secrets = forms.sorted { $0.count > $1.count }
  }

  /// The text with `***` for each secret.
  package func apply(_ text: String) -> String {
    if secrets.isEmpty { return text }
    let bytes = Array(text.utf8)
    var masked: [UInt8] = []
    var isChanged = false
    var index = 0
    while index < bytes.count {
      if let secret = secrets.first(where: { bytes[index...].starts(with: $0) }) {
        masked.append(contentsOf: "***".utf8)
        index += secret.count
        isChanged = true
      } else {
        masked.append(bytes[index])
        index += 1
      }
    }
    return isChanged ? String(decoding: masked, as: UTF8.self) : text
  }

  /// A header's value: those that carry credentials are masked whatever they hold.
  package func apply(header name: String, value: String) -> String {
    switch name.lowercased() {
    case "authorization", "proxy-authorization":
      let scheme = value.prefix { $0 != " " }
      return scheme.count == value.count ? "***" : "\(scheme) ***"
    case "cookie", "set-cookie", "x-api-key": return "***"
    default: return apply(value)
    }
  }
}
