import JSON

/// Who is asking: tokens and their check.
extension EventPlatform {
  /// `POST /api/auth/token {user_id | external_id, password?}`
  func issueToken(_ request: ServerRequest) async throws(EventRefusal) -> ServerResponse {
    let body = try Self.object(request)
    let user: Int?
    if let id = body["user_id"] {
      guard let number = id.integer else { throw .validation("user_id must be an integer") }
      user = isKnown(Int(number)) ? Int(number) : nil
    } else if let id = body["external_id"] {
      guard let text = id.string else { throw .validation("external_id must be a string") }
      user = self.user(externalID: text)
    } else {
      throw .validation("user_id or external_id is required")
    }
    let password = body["password"] ?? .null
    if password != .null, password.string == nil { throw .validation("password must be a string") }
    guard let user else { throw EventRefusal(401, "USER_NOT_FOUND", "there is no such user") }
    // The look-up of the user's row, for the time that it takes.
    try await query(tableOf: user, request) { _ in }
    if password != .null, password.string != Self.password(of: user) {
      throw EventRefusal(401, "INVALID_CREDENTIALS", "the password is wrong")
    }
    let now = context.clock.unixSeconds
    let token = tokens.issue(
      TokenClaims(subject: String(user), issuedAt: now, expiresAt: now + Int64(settings.tokenMinutes.value) * 60))
    return .json(
      200,
      [
        "access_token": .string(token),
        "token_type": "bearer",
        "expires_in": .integer(settings.tokenMinutes.value * 60),
        "user": ["id": .integer(user), "external_id": .string(Self.externalID(of: user))],
      ])
  }

  /// The user whose token the request carries.
  func player(_ request: ServerRequest) throws(EventRefusal) -> Int {
    guard let user = try optionalPlayer(request) else {
      throw EventRefusal(401, "AUTH_REQUIRED", "an Authorization: Bearer token is required")
    }
    return user
  }

  /// The user whose token the request carries; `nil` where it carries none.
  func optionalPlayer(_ request: ServerRequest) throws(EventRefusal) -> Int? {
    guard let header = request.header("authorization") else { return nil }
    guard let token = BearerToken.of(header) else {
      throw EventRefusal(401, "AUTH_REQUIRED", "the Authorization header is no Bearer token")
    }
    let authority = switches.keyRotated.isOn ? rotatedTokens : tokens
    do throws(TokenError) {
      let claims = try authority.verify(token, now: context.clock.unixSeconds)
      guard let user = Int(claims.subject), isKnown(user) else { throw TokenError.malformed }
      return user
    } catch {
      switch error {
      case .expired: throw EventRefusal(401, "TOKEN_EXPIRED", "the token has expired")
      case .signature: throw EventRefusal(401, "TOKEN_INVALID", "the token's signature does not hold")
      case .algorithm(let name): throw EventRefusal(401, "TOKEN_INVALID", "tokens are signed with HS256, not \(name)")
      case .malformed: throw EventRefusal(401, "TOKEN_INVALID", "this is no token of this platform")
      }
    }
  }

  /// The body as an object.
  static func object(_ request: ServerRequest) throws(EventRefusal) -> JSONValue {
    do throws(RequestBodyError) {
      let body = try request.json()
      guard case .object = body else { throw RequestBodyError.empty }
      return body
    } catch {
      switch error {
      case .empty: throw .validation("the body must be a JSON object")
      case .notJSON(let problem): throw .validation("the body is no JSON: \(problem)")
      }
    }
  }

  // MARK: - The users that exist

  func isKnown(_ user: Int) -> Bool { user >= 1 && user <= settings.players.value }

  /// `player-00001`
  static func externalID(of user: Int) -> String { "player-" + padded(user) }

  /// `password-00001`
  static func password(of user: Int) -> String { "password-" + padded(user) }

  func user(externalID: String) -> Int? {
    guard externalID.hasPrefix("player-"), let number = Int(externalID.dropFirst("player-".count)), isKnown(number),
      Self.externalID(of: number) == externalID
    else { return nil }
    return number
  }

  private static func padded(_ number: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, 5 - digits.count)) + digits
  }
}
