import EventLoop
import JSON

/// Who may write, and how often anybody may ask.
extension ArchiveAPI {
  /// May ingest and delete.
  package static let apiKey = "archive-dev-key"
  /// Is known, and may only read.
  package static let readOnlyKey = "archive-read-key"
  /// Signs the tokens that ingest accepts in place of a key; at least 32 bytes.
  package static let tokenSecret = Array("archive-dev-secret-of-more-than-32-bytes".utf8)
  /// What a token's scope must name to write.
  package static let writeScope = "archive:write"

  private static let tokens = TokenAuthority(signing: tokenSecret)

  /// Lets through who may write.
  func authorise(_ request: ServerRequest) throws(ArchiveRefusal) {
    if !settings.requireAPIKey.isOn { return }
    if let key = request.header("x-api-key") {
      if key == Self.apiKey { return }
      if key == Self.readOnlyKey { throw ArchiveRefusal(403, "FORBIDDEN", "this key may only read") }
      throw .unauthorized("the API key is not known")
    }
    guard let header = request.header("authorization") else {
      throw .unauthorized("an X-API-Key or an Authorization: Bearer token is required")
    }
    guard let token = BearerToken.of(header) else { throw .unauthorized("the Authorization header is no Bearer token") }
    do throws(TokenError) {
      let claims = try Self.tokens.verify(token, now: context.clock.unixSeconds)
      if claims.hasScope(Self.writeScope) { return }
    } catch {
      throw .unauthorized(error == .expired ? "the token has expired" : "the token is not valid")
    }
    throw ArchiveRefusal(403, "FORBIDDEN", "the token lacks the scope \(Self.writeScope)")
  }

  /// Counts the request against its address.
  func checkRate(_ request: ServerRequest) throws(ArchiveRefusal) {
    let limit = settings.rateLimitPerMinute.value
    if switches.redisDown.isOn {
      if settings.rateLimitFailOpen.isOn { return }
      throw rateLimited("backend_unavailable", limit, backend: "redis", retryAfter: nil)
    }
    if limit == 0 { return }
    let now = context.clock.unixSeconds
    let address = request.clientAddress
    if window.withLock({ $0.admit(address, at: now, limit: limit) }) { return }
    throw rateLimited(
      "limit_exceeded", limit, backend: settings.backendName, retryAfter: RateWindow.secondsLeft(at: now))
  }

  private func rateLimited(_ reason: String, _ limit: Int, backend: String, retryAfter: Int64?) -> ArchiveRefusal {
    tally.withLock { $0.rateLimited += 1 }
    var refusal = ArchiveRefusal(
      429, "RATE_LIMITED",
      reason == "limit_exceeded"
        ? "more than \(limit) requests in this minute" : "requests cannot be counted at the moment",
      details: ["reason": .string(reason), "limit_per_minute": .integer(limit), "backend": .string(backend)])
    if let retryAfter { refusal.headers = [("Retry-After", String(retryAfter))] }
    return refusal
  }
}
