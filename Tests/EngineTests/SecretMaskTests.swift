import JSON
import Scenario
import Testing

@testable import Engine

@Suite struct SecretMaskTests {
  private func mask(_ secrets: [String]) -> SecretMask {
    var scenario = Scenario(source: SourceText(name: "a.json5", ""), name: "a")
    scenario.secrets = secrets
    return SecretMask(scenario)
  }

  @Test(
    "the beginning of a secret at the end of a text that was cut is hidden, all else of it stays",
    arguments: [
      ("it is s3cr", "it is ***"), ("it is s3", "it is s3"), ("it is s3cret, s3cret", "it is ***, ***"),
      ("s3cr it is", "s3cr it is"), ("plain", "plain"),
    ])
  func cut(text: String, shown: String) { #expect(mask(["s3cret"]).apply(text, isCut: true) == shown) }

  @Test("a whole text may end like a secret begins")
  func whole() { #expect(mask(["s3cret"]).apply("it is s3cr") == "it is s3cr") }

  @Test("what a user was told is hidden too, but for what is met by chance")
  func told() {
    let mask = mask(["s3cret"]).hiding([Array("token-1".utf8), Array("200".utf8)])
    #expect(mask.apply("200: token-1 and s3cret") == "200: *** and ***")
  }

  @Test(
    "headers that carry credentials are hidden whatever they hold",
    arguments: [
      ("Authorization", "Bearer abc", "Bearer ***"), ("Proxy-Authorization", "Basic abc", "Basic ***"),
      ("Cookie", "a=b", "***"), ("Set-Cookie", "a=b", "***"), ("X-API-Key", "abc", "***"),
      ("X-Auth-Token", "abc", "***"), ("X-Access-Key", "abc", "***"), ("Idempotency-Key", "abc", "abc"),
      ("ETag", "abc", "abc"),
    ])
  func headers(name: String, value: String, shown: String) {
    #expect(mask([]).apply(header: name, value: value) == shown)
  }
}
