/// Names that say of what they name that it is secret.
package enum SecretName {
  private static let words = [
    "authorization", "password", "passwd", "passphrase", "secret", "token", "apikey", "accesskey", "authkey",
    "privatekey", "sessionid", "cookie", "credential",
  ]

  /// Whether one of the words is in the name, whatever its case and however its parts are joined: `X-API-Key`,
  /// `Set-Cookie`, `client_secret`, `accessToken`.
  package static func isSecret(_ name: String) -> Bool {
    let letters = name.lowercased().filter { $0.isLetter || $0.isNumber }
    return words.contains { letters.contains($0) }
  }
}
