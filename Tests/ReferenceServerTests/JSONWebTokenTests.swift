import Testing

@testable import ReferenceServer

@Suite("Tokens")
struct JSONWebTokenTests {
  private static let key = Array("a key of the tests, long enough for HS256".utf8)
  private static let other = Array("another key of the tests, as long as that".utf8)
  private let claims = TokenClaims(subject: "42", issuedAt: 1_000, expiresAt: 2_000, scope: "read write")

  @Test("a token holds from its issue to the second before it expires", arguments: [1_000, 1_500, 1_999] as [Int64])
  func holds(_ now: Int64) throws {
    let authority = TokenAuthority(signing: Self.key)
    let verified = try authority.verify(authority.issue(claims), now: now)
    #expect(verified == claims)
    #expect(verified.hasScope("write"))
    #expect(!verified.hasScope("writ"))
  }

  @Test("a token is refused at the second in which it expires, and after", arguments: [2_000, 2_001] as [Int64])
  func expires(_ now: Int64) {
    let authority = TokenAuthority(signing: Self.key)
    #expect(throws: TokenError.expired) { try authority.verify(authority.issue(claims), now: now) }
  }

  @Test("the example of RFC 7515, appendix A.1, has the signature that is printed there")
  func published() {
    let key = Base64URL.decode(
      "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow".utf8)!
    let token =
      "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9"
      + ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
      + ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    // Its signature holds; that it names no subject is the only thing that is wrong with it here.
    #expect(throws: TokenError.malformed) { try TokenAuthority(signing: key).verify(token, now: 0) }
    #expect(throws: TokenError.signature) { try TokenAuthority(signing: Self.key).verify(token, now: 0) }
  }

  @Test("while a key is rotated, tokens of both keys are believed; afterwards those of the new one only")
  func rotation() throws {
    let old = TokenAuthority(signing: Self.key)
    let during = TokenAuthority(signing: Self.other, accepted: [Self.other, Self.key])
    let after = TokenAuthority(signing: Self.other)
    #expect(try during.verify(old.issue(claims), now: 1_500) == claims)
    #expect(try after.verify(during.issue(claims), now: 1_500) == claims)
    #expect(throws: TokenError.signature) { try after.verify(old.issue(claims), now: 1_500) }
  }

  private static func forged(header: String, payload: String) -> String {
    let signed = [header, payload].map { String(decoding: Base64URL.encode(Array($0.utf8)), as: UTF8.self) }
      .joined(separator: ".")
    let signature = HMACSHA256(key: key).code(for: signed.utf8)
    return signed + "." + String(decoding: Base64URL.encode(signature.bytes), as: UTF8.self)
  }

  static let refusals: [(String, TokenError)] = [
    ("", .malformed), ("a.b", .malformed), ("a.b.c.d", .malformed), ("..", .malformed),
    (forged(header: #"{"alg":"none"}"#, payload: #"{"sub":"42","exp":2000}"#), .algorithm("none")),
    (forged(header: #"{"alg":"HS512"}"#, payload: #"{"sub":"42","exp":2000}"#), .algorithm("HS512")),
    (forged(header: #"{"typ":"JWT"}"#, payload: #"{"sub":"42","exp":2000}"#), .malformed),
    (forged(header: #"{"alg":"HS256","crit":["b64"]}"#, payload: #"{"sub":"42","exp":2000}"#), .malformed),
    (forged(header: #"{"alg":"HS256"}"#, payload: #"{"exp":2000}"#), .malformed),
    (forged(header: #"{"alg":"HS256"}"#, payload: #"{"sub":"42"}"#), .malformed),
    (forged(header: #"{"alg":"HS256"}"#, payload: #"{"sub":42,"exp":2000}"#), .malformed),
    (forged(header: #"{"alg":"HS256"}"#, payload: "not JSON"), .malformed),
  ]

  @Test("what is no token of ours is refused for its own reason", arguments: refusals)
  func refused(_ token: String, _ expected: TokenError) {
    #expect(throws: expected) { try TokenAuthority(signing: Self.key).verify(token, now: 1_500) }
  }

  @Test("a token with one character changed anywhere is refused")
  func tampered() {
    let authority = TokenAuthority(signing: Self.key)
    let token = Array(authority.issue(claims).utf8)
    for index in token.indices {
      var changed = token
      changed[index] = changed[index] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
      #expect(throws: TokenError.self, "character \(index)") {
        try authority.verify(String(decoding: changed, as: UTF8.self), now: 1_500)
      }
    }
  }

  @Test("another implementation's header is believed where it says HS256")
  func otherHeader() throws {
    let token = Self.forged(header: #"{"typ":"JWT","alg":"HS256"}"#, payload: #"{"exp":2000,"sub":"7"}"#)
    #expect(try TokenAuthority(signing: Self.key).verify(token, now: 1_500).subject == "7")
  }

  @Test(
    "a bearer header gives its token, another header gives none",
    arguments: [
      ("Bearer abc", "abc"), ("bearer  abc", "abc"), ("BEARER abc", "abc"), ("Basic abc", nil), ("Bearer", nil),
      ("Bearer ", nil), ("Bearer a b", nil), ("", nil),
    ] as [(String, String?)])
  func bearer(_ header: String, _ token: String?) {
    #expect(BearerToken.of(header) == token)
  }
}
