import JSON

/// The claims of a token that the bundled systems look at; times are seconds since 1970.
package struct TokenClaims: Sendable, Hashable {
  /// `sub`: whom the token is about.
  package var subject: String
  /// `iat`
  package var issuedAt: Int64
  /// `exp`: the first instant at which the token holds no longer.
  package var expiresAt: Int64
  /// `scope`: space separated, as in RFC 8693; empty where the token has none.
  package var scope: String

  package init(subject: String, issuedAt: Int64, expiresAt: Int64, scope: String = "") {
    self.subject = subject
    self.issuedAt = issuedAt
    self.expiresAt = expiresAt
    self.scope = scope
  }

  package func hasScope(_ name: String) -> Bool { scope.split(separator: " ").contains { $0 == name } }
}

/// Why a token is refused.
package enum TokenError: Error, Hashable, Sendable {
  /// Not three parts of base64url, or not JSON objects with the claims that are asked for.
  case malformed
  /// The header names another algorithm than HS256; `none` above all.
  case algorithm(String)
  /// Signed with none of the keys that are accepted.
  case signature
  /// `exp` is now or has passed.
  case expired
}

/// Signs and checks compact JSON Web Tokens with HS256 (RFC 7515, RFC 7519).
///
/// New tokens are signed with one key and checked against several, so that a key can be rotated without refusing
/// the tokens that are under way.
package struct TokenAuthority: Sendable {
  private let signing: HMACSHA256
  private let accepted: [HMACSHA256]

  /// - Parameters:
  ///   - signing: the key of new tokens.
  ///   - accepted: the keys that are believed; the signing key alone by default.
  package init(signing: [UInt8], accepted: [[UInt8]]? = nil) {
    self.signing = HMACSHA256(key: signing)
    self.accepted = (accepted ?? [signing]).map { HMACSHA256(key: $0) }
  }

  private static let header = Base64URL.encode(Array(#"{"alg":"HS256","typ":"JWT"}"#.utf8))

  /// A signed token with `claims`.
  package func issue(_ claims: TokenClaims) -> String {
    var fields: [JSONField] = [
      JSONField("sub", .string(claims.subject)),
      JSONField("iat", .integer(claims.issuedAt)),
      JSONField("exp", .integer(claims.expiresAt)),
    ]
    if !claims.scope.isEmpty { fields.append(JSONField("scope", .string(claims.scope))) }
    var payload: [UInt8] = []
    JSONValue.object(fields).write(into: &payload)
    var token = Self.header
    token.append(Self.dot)
    token.append(contentsOf: Base64URL.encode(payload))
    let signature = signing.code(for: token)
    token.append(Self.dot)
    token.append(contentsOf: Base64URL.encode(signature.bytes))
    return String(decoding: token, as: UTF8.self)
  }

  /// The claims of `token`, once its signature and its times hold.
  ///
  /// The signature is checked before anything of the payload is believed; `alg` is checked before the signature.
  ///
  /// - Parameter now: seconds since 1970.
  package func verify(_ token: String, now: Int64) throws(TokenError) -> TokenClaims {
    let bytes = Array(token.utf8)
    let parts = bytes.split(separator: Self.dot, maxSplits: 3, omittingEmptySubsequences: false)
    guard parts.count == 3 else { throw .malformed }
    if !parts[0].elementsEqual(Self.header) { try Self.checkHeader(parts[0]) }
    guard let signature = Base64URL.decode(parts[2]).flatMap(SHA256Digest.init(bytes:)) else { throw .signature }
    let signed = bytes[..<parts[1].endIndex]
    guard accepted.contains(where: { $0.verifies(signature, for: signed) }) else { throw .signature }
    guard let payload = Base64URL.decode(parts[1]), let claims = try? JSONValue(parsing: payload),
      let subject = claims["sub"]?.string, let expiresAt = claims["exp"]?.integer
    else { throw .malformed }
    if now >= expiresAt { throw .expired }
    return TokenClaims(
      subject: subject, issuedAt: claims["iat"]?.integer ?? 0, expiresAt: expiresAt,
      scope: claims["scope"]?.string ?? "")
  }

  private static func checkHeader(_ part: ArraySlice<UInt8>) throws(TokenError) {
    guard let decoded = Base64URL.decode(part), let header = try? JSONValue(parsing: decoded),
      let algorithm = header["alg"]?.string
    else { throw .malformed }
    // A critical extension that is not understood makes the token invalid (RFC 7515, section 4.1.11).
    if header["crit"] != nil { throw .malformed }
    if algorithm != "HS256" { throw .algorithm(algorithm) }
  }

  private static let dot = UInt8(ascii: ".")
}
