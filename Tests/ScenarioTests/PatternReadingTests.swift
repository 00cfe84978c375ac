import Testing

@testable import Scenario

@Suite("Regular expressions in a scenario")
struct PatternReadingTests {
  private func read(_ pattern: String) -> Read {
    Read(file(step: "get: '/', outcomes: { ok: { body: { matches: \(pattern) } } }"))
  }

  @Test("warn of a backslash that JSON5 takes away")
  func idleEscape() {
    #expect(
      read(#"'^\d+\\w\.$'"#).told == [
        #"\d → warning: '\d' in a string is only 'd' (the regular expression '\d' is written '\\d')"#
      ])
    #expect(read(#"'^\\d+\n\u0041$'"#).told == [])
  }

  @Test(
    "are refused before anything is searched for them",
    arguments: [
      (String(repeating: "(", count: 60_000), "it is longer than 4,096 bytes"),
      ("a{1,32767}{1,32767}", "repetitions are 1,000 at most"),
      (
        "((((a{1,200}){1,200}){1,200}){1,200})",
        "it is too large: with its repetitions written out it has more than 10,000 parts"
      ),
      (String(repeating: "(a|b)*", count: 20_000), "it is longer than 4,096 bytes"),
    ])
  func bombs(pattern: String, message: String) throws {
    let told = try #require(read("'\(pattern)'").told.first)
    #expect(told.contains(" → the regular expression is not valid: \(message)"))
  }
}
