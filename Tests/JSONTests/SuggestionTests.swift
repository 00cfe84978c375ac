import Testing

@testable import JSON

@Suite struct SuggestionTests {
  static let names = [
    "name", "summary", "target", "thresholds", "traffic", "users", "max_users", "status", "for", "over", "to",
  ]

  @Test(
    "the name that was meant is found",
    arguments: [
      ("treshold", "thresholds"), ("thresholds ", "thresholds"), ("Threshold", "thresholds"), ("maxUsers", "max_users"),
      ("max-users", "max_users"), ("user", "users"), ("statsu", "status"), ("traffik", "traffic"), ("ofr", "for"),
      ("nmae", "name"), ("TARGET", "target"), ("ot", "to"),
    ])
  func found(_ written: String, _ name: String) {
    #expect(Suggestion.nearest(to: written, among: Self.names) == name)
    #expect(Suggestion.didYouMean(written, among: Self.names) == "did you mean '\(name)'?")
  }

  @Test("where none is near, none is proposed", arguments: ["xyz", "duration", "x", "", "_", "users", "invariants"])
  func notFound(_ written: String) {
    let others = Self.names.filter { $0 != written && $0 != "max_users" }
    #expect(Suggestion.nearest(to: written, among: others) == nil)
    #expect(Suggestion.didYouMean(written, among: others) == nil)
  }

  @Test("the nearest wins, among equals the first, and a name of any length ends")
  func order() {
    #expect(Suggestion.nearest(to: "abcdef", among: ["abcdxx", "abcdex", "abcdey"]) == "abcdex")
    #expect(Suggestion.nearest(to: String(repeating: "a", count: 1_000_000), among: ["a"]) == nil)
    #expect(Suggestion.nearest(to: "a", among: []) == nil)
  }
}
