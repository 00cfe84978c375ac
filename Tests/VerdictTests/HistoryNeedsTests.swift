import JSON
import Scenario
import Testing

@testable import Verdict

@Suite struct HistoryNeedsTests {
  @Test("a scenario without invariants records nothing")
  func nothing() {
    let (needs, diagnostics) = HistoryNeeds.of(.sample())
    #expect(needs.isEmpty)
    #expect(diagnostics.isEmpty)
  }

  @Test("steps and variables are recorded once, in the order in which invariants name them")
  func order() {
    let (needs, diagnostics) = HistoryNeeds.of(
      .sample(invariants: [
        .capped(4, sequence: "seq", ledger: .keyed(by: "coupon")), .atMost(1), .atMost(2, ledger: .keyed(by: "coupon")),
      ]))
    #expect(
      needs
        == HistoryNeeds.of(
          .sample(invariants: [
            .capped(4, sequence: "seq", ledger: .keyed(by: "coupon")), .atMost(1),
          ])
        ).needs)
    #expect(needs.steps == ["issue"])
    #expect(needs.keys == ["coupon", "buyer"])
    #expect(needs.sequences == ["issue": "seq"])
    // Sequence numbers have a sign of their own.
    #expect(
      Scenario.sample(invariants: [.capped(4, sequence: "seq")]).numberNames.isEmpty)
    let sum = Invariant.Rule.equal(
      Invariant.Equal(
        left: .constant(1), right: .sum("xp", of: [OutcomeReference(step: "issue", outcome: "issued")]), variable: nil))
    #expect(
      Scenario.sample(invariants: [Invariant(name: "sum", rule: sum, range: SourceRange(0, 0))]).numberNames == [
        "issue": "xp"
      ])
    #expect(diagnostics.isEmpty)
  }

  @Test("a fifth variable is a configuration error that names all five")
  func tooMany() {
    let (needs, diagnostics) = HistoryNeeds.of(
      .sample(invariants: ["a", "b", "c", "d", "e"].map { .atMost(1, per: $0) }))
    #expect(needs.keys == ["a", "b", "c", "d"])
    #expect(diagnostics.map(\.message) == ["the invariants name more than 4 variables: a, b, c, d, e"])
  }

  @Test("two sequences of one step are a configuration error")
  func twoSequences() {
    let (_, diagnostics) = HistoryNeeds.of(.sample(invariants: [.capped(4, sequence: "x"), .capped(5, sequence: "y")]))
    #expect(
      diagnostics.map(\.message) == [
        "step 'issue' is held to the numbers 'x' and 'y', and a request is recorded with one"
      ])
    #expect(
      HistoryNeeds.of(.sample(invariants: [.capped(4, sequence: "x"), .capped(5, sequence: "x")])).diagnostics.isEmpty)
  }
}
