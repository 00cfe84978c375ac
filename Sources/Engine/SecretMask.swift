import Scenario

/// What of a text must not be shown or written: the values that a scenario has from the environment, also as they
/// stand in a URL or in JSON.
package struct SecretMask: Sendable {
  /// Longest first: one may hold another.
  private let secrets: [[UInt8]]

  package init(_ scenario: Scenario) { self.init(scenario.secrets.map { Array($0.utf8) }) }

  private init(_ values: [[UInt8]]) {
    var forms: Set<[UInt8]> = []
    for secret in values where !secret.isEmpty {
      for escaping in [Escaping.none, .header, .path, .json] {
        var form: [UInt8] = []
        escaping.append(secret, to: &form)
        if !form.isEmpty { forms.insert(form) }
      }
    }
    secrets = forms.sorted { $0.count > $1.count }
  }

  /// The mask with more to hide.
  func hiding(_ values: [[UInt8]]) -> SecretMask {
    values.allSatisfy(\.isEmpty) ? self : SecretMask(secrets + values)
  }

  /// The variables that the scenario sends as credentials: a token that a sign-in answered is as secret as one from the
  /// environment.
  static func credentials(_ scenario: Scenario) -> Set<String> {
    let steps = scenario.setUp + scenario.traffic.flatMap(\.steps) + scenario.tearDown
    return Set(steps.flatMap(\.headers).filter { carriesCredentials($0.name) }.flatMap(\.value.variables))
  }

  private static func carriesCredentials(_ header: String) -> Bool {
    ["authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key"].contains(header.lowercased())
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
    guard Self.carriesCredentials(name) else { return apply(value) }
    guard name.lowercased().hasSuffix("authorization") else { return "***" }
    let scheme = value.prefix { $0 != " " }
    return scheme.count == value.count ? "***" : "\(scheme) ***"
  }
}
