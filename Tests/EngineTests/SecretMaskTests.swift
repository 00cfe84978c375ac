import Foundation
import JSON
import Load
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
      ("Cookie", "a=b", "a=***"), ("Cookie", "a=b; SID=c=d", "a=***; SID=***"), ("Cookie", "bare", "***"),
      ("Cookie", "=x", "***"), ("Set-Cookie", "SID=b; Path=/; HttpOnly", "SID=***; Path=/; HttpOnly"),
      ("Set-Cookie", "b", "***"), ("X-API-Key", "abc", "***"),
      ("X-Auth-Token", "abc", "***"), ("X-Access-Key", "abc", "***"), ("Idempotency-Key", "abc", "abc"),
      ("ETag", "abc", "abc"),
    ])
  func headers(name: String, value: String, shown: String) {
    #expect(mask([]).apply(header: name, value: value) == shown)
  }

  @Test(
    "a secret is hidden however a target spells it",
    arguments: [
      "pa%2fss%26 w", "pa%2Fss%26 w", "pa/ss&+w", "pa%2Fss%26+w", "p%61%2F%73s%26%20w", #"pa\/ss& w"#,
      #"pa\u002Fss\u0026 w"#,
      #"pa\u002fss\u0026\u0020w"#, #"\u0070a/ss& w"#, #"pa\x2fss\x26 w"#, "pa/ss&amp; w", "pa&#47;ss&#38; w",
      "pa&#x2F;ss&#x26;&#x20;w", "pa&#X2f;ss&#0038; w", #"pa\/ss\u0026amp; w"#, "pa%252Fss%2526%2520w",
      #"pa%5C%2Fss%26+w"#,
      "70612f73732620 77".replacing(" ", with: ""), "70612F7373262077", "cGEvc3MmIHc=", "cGEvc3MmIHc", "cGEvc3MmIHc%3D",
    ])
  func spellings(spelling: String) {
    let mask = mask(["pa/ss& w"])
    #expect(mask.apply("<\(spelling)>").hasPrefix("<***"), "\(mask.apply(spelling))")
    #expect(mask.apply("<\(spelling)>").hasSuffix(">"))
    #expect(mask.apply("a \(spelling), \(spelling)!").hasPrefix("a ***"))
    #expect(mask.apply("nothing of it, 100%, \\, &c; \\u12") == "nothing of it, 100%, \\, &c; \\u12")
  }

  @Test(
    "a secret within base64 of something longer is hidden, in both alphabets", arguments: ["s3cret-??>>", "hunter2~~"])
  func withinBase64(secret: String) {
    let mask = mask([secret])
    for before in ["", "u:", "me:", "user:", "a-long-name:"] {
      for after in ["", "!", " and more"] {
        let whole = Data((before + secret + after).utf8).base64EncodedString()
        let forURLs = whole.replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
        for text in [whole, forURLs] {
          let shown = mask.apply("Basic \(text);")
          #expect(shown.contains("***") && shown.hasPrefix("Basic ") && shown.hasSuffix(";"), "\(shown)")
          // What is left does not tell as much as three bytes of it.
          let rest = shown.dropFirst(6).dropLast().split(separator: "***", omittingEmptySubsequences: false)
          #expect(rest.first!.count <= (before.utf8.count * 8 + 5) / 6 && rest.count == 2)
        }
      }
    }
  }

  @Test("the beginning of a secret is hidden at the end of a text that was cut, within an escape too")
  func cutSpellings() {
    let mask = mask(["pass/word"])
    for text in ["pass", "pass%", "pass%2", "pass%2F", #"pass\u00"#, #"pass\"#, "pass&#4", "pass%2Fwo"] {
      #expect(mask.apply("x=\(text)", isCut: true) == "x=***")
      if !text.hasSuffix("word") { #expect(mask.apply("x=\(text)") == "x=\(text)") }
    }
  }

  @Test("short secrets are hidden as they are, and not in base64 or hexadecimal digits, which chance would meet")
  func short() {
    #expect(mask(["abc"]).apply("abc YWJj 616263 %61bc") == "*** YWJj 616263 ***")
    #expect(mask([""]).apply("abc") == "abc")
  }

  @Test("random secrets in random spellings are hidden, and nothing else")
  func fuzzed() {
    var random = SeededGenerator(seed: 2026)
    for _ in 0..<400 {
      let count = 4 + Int(random.below(20))
      let scalars = (0..<count).map { _ in
        Unicode.Scalar(
          [0x20 + UInt32(random.below(0x5F)), 0xE9, 0x1F600, 0xAC00][random.below(5) < 4 ? 0 : 1 + Int(random.below(3))]
        )!
      }
      var secret = ""
      secret.unicodeScalars.append(contentsOf: scalars)
      let mask = mask([secret, "other-secret"])
      let style = random.below(4)
      var spelled = ""
      for scalar in scalars {
        let isPlain = random.below(2) == 0
        switch style {
        case 0:
          let needs = !("a"..."z" ~= scalar || "A"..."Z" ~= scalar)
          spelled +=
            needs || !isPlain
            ? scalar.utf8.map { "%" + ($0 < 16 ? "0" : "") + String($0, radix: 16, uppercase: isPlain) }.joined()
            : String(scalar)
        case 1:
          let needs = scalar == "\\" || scalar == "\""
          spelled +=
            needs || !isPlain
            ? scalar.utf16.map {
              "\\u" + String(repeating: "0", count: 4 - String($0, radix: 16).count)
                + String($0, radix: 16, uppercase: isPlain)
            }.joined()
            : String(scalar)
        case 2:
          spelled +=
            scalar == "&" || !isPlain
            ? "&#\(isPlain ? "x" + String(scalar.value, radix: 16) : String(scalar.value));" : String(scalar)
        default: spelled.unicodeScalars.append(scalar)
        }
      }
      #expect(mask.apply("\u{1}\(spelled)\u{1}other-secret\u{1}") == "\u{1}***\u{1}***\u{1}", "\(secret) as \(spelled)")
    }
  }

  @Test("a long text is masked in time that grows with its length alone")
  func linear() {
    let mask = mask([String(repeating: "a", count: 5_000) + "b", String(repeating: "a", count: 4_000) + "c"])
    let text = String(repeating: "a", count: 1_000_000)
    #expect(mask.apply(text) == text)
  }
}
