import Scenario

/// What of a text must not be shown or written: the values that a scenario has from the environment, or under secret
/// names, also as they stand in a URL or in JSON.
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

  /// The mask with more to hide, but for what is too short to be met by anything but chance.
  func hiding(_ values: [[UInt8]]) -> SecretMask {
    let values = values.filter { $0.count >= Self.leastHidden }
    return values.isEmpty ? self : SecretMask(secrets + values)
  }

  private static let leastHidden = 4

  /// The variables that the scenario sends as credentials: a token that a sign-in answered is as secret as one from the
  /// environment.
  static func credentials(_ scenario: Scenario) -> Set<String> {
    let steps = scenario.setUp + scenario.traffic.flatMap(\.steps) + scenario.tearDown
    return Set(steps.flatMap(\.headers).filter { SecretName.isSecret($0.name) }.flatMap(\.value.variables))
  }

  /// The text with `***` for each secret, also for the beginning of one at the end of a text that was cut.
  package func apply(_ text: String, isCut: Bool = false) -> String {
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
      } else if isCut, bytes.count - index >= Self.leastBeginning, isBeginning(bytes[index...]) {
        masked.append(contentsOf: "***".utf8)
        index = bytes.count
        isChanged = true
      } else {
        masked.append(bytes[index])
        index += 1
      }
    }
    return isChanged ? String(decoding: masked, as: UTF8.self) : text
  }

  /// Fewer characters than this tell nothing.
  private static let leastBeginning = 3

  private func isBeginning(_ bytes: ArraySlice<UInt8>) -> Bool {
    secrets.contains { $0.count > bytes.count && $0.starts(with: bytes) }
  }

  /// A header's value: those that carry credentials are masked whatever they hold.
  package func apply(header name: String, value: String) -> String {
    guard SecretName.isSecret(name) else { return apply(value) }
    guard name.lowercased().hasSuffix("authorization") else { return "***" }
    let scheme = value.prefix { $0 != " " }
    return scheme.count == value.count ? "***" : "\(scheme) ***"
  }
}

extension VirtualUser {
  /// Hides what the user itself was told and sends as its credentials, too, and what is secret of its rows of data.
  var mask: SecretMask {
    worker.plan.mask.hiding(
      worker.plan.credentials.map { credential in
        var text: [UInt8] = []
        write(credential, into: &text)
        return text
      })
  }
}
