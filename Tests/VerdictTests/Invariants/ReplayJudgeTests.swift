import JSON
import Measurement
import Scenario
import Testing

@testable import Verdict

@Suite struct ReplayJudgeTests {
  @Test(
    "SHA-256 gives the digests of FIPS 180-4's examples",
    arguments: [
      ("", 0xe3b0_c442_98fc_1c14), ("abc", 0xba78_16bf_8f01_cfea),
      ("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 0x248d_6a61_d206_38b8),
      (String(repeating: "a", count: 1_000_000), 0xcdc7_6e5c_9914_fb92),
    ] as [(String, UInt64)])
  func digests(text: String, prefix: UInt64) { #expect(SHA256.prefix(of: text.utf8) == prefix) }

  @Test("each result is drawn about as often as its weight says")
  func draw() {
    let draw = WeightedDraw(weights: [1, 0, 2, 7])
    var counts = [0, 0, 0, 0]
    for number in 0..<20_000 { counts[draw.index(drawnBy: "\(number)".utf8)] += 1 }
    #expect(counts[1] == 0)
    for (index, expected) in [(0, 2_000), (2, 4_000), (3, 14_000)] { #expect(abs(counts[index] - expected) < 300) }
  }

  static let weights = ["red", "green", "blue"].map { Invariant.Replay.Weight(result: $0, weight: 5) }

  struct History {
    var source: MemoryOperations
    var rule: Invariant.Replay
    var record = RunRecord.sample()
    var isSequential = false

    init(weights: [Invariant.Replay.Weight]? = ReplayJudgeTests.weights, zone: Invariant.Zone? = nil) {
      rule = Invariant.Replay(
        outcome: OutcomeReference(step: "play", outcome: "played"),
        input: Template(parts: [.builtIn(.seed), .literal("|"), .variable("round", range: SourceRange(0, 0))]),
        result: "colour", weights: weights, zone: zone, tolerance: 0)
      source = MemoryOperations([("play", "played"), ("play", "full")], keys: [rule.column, "colour"])
    }

    mutating func add(_ input: String, _ result: String, sent: UInt64 = 0, returned: UInt64 = 10) {
      source.add(
        "played", step: "play", sent: sent, returned: returned, user: UInt32(source.operations.count),
        keys: [input, result])
    }

    func judge() -> Finding {
      let invariant = Invariant(
        name: "drawn fairly", rule: .replay(rule), isSequential: isSequential, range: SourceRange(0, 0))
      return Judgement.of(record, scenario: .sample(invariants: [invariant]), operations: source).findings[0]
    }
  }

  private static func drawn(_ input: String) -> String {
    weights[WeightedDraw(weights: weights.map(\.weight)).index(drawnBy: input.utf8)].result
  }

  @Test("results that follow from their inputs pass, and one that does not is shown")
  func weighted() throws {
    var history = History()
    for round in 0..<50 { history.add("7|\(round)", Self.drawn("7|\(round)")) }
    #expect(history.judge().verdict == .pass, "\(history.judge().message)")
    #expect(history.judge().message == "all of 50 results worked out again from their inputs, up to 50 at once")
    let wrong = try #require(["red", "green"].first { $0 != Self.drawn("7|99") })
    history.add("7|99", wrong)
    history.add("7|99", Self.drawn("7|99"))
    let finding = history.judge()
    #expect(finding.verdict == .fail)
    #expect(finding.message == "1 result of 52 not what the input gives")
    #expect(finding.counterexample?.summary == "'7|99' gives \(Self.drawn("7|99")), and was answered \(wrong)")
    #expect(finding.counterexample?.requests.map(\.user) == [50])
  }

  @Test("without weights like inputs must have like results")
  func alike() {
    var history = History(weights: nil)
    history.add("7|1", "red")
    history.add("7|2", "blue")
    #expect(history.judge().verdict == .invalid)
    history.add("7|1", "red")
    #expect(history.judge().verdict == .pass)
    history.add("7|2", "red")
    #expect(history.judge().verdict == .fail)
    #expect(history.judge().counterexample?.requests.map(\.user) == [1, 3])
    #expect(history.judge().counterexample?.summary == "'7|2' gave blue, and then red")
  }

  @Test("the day in an input is the target's, and either where midnight passed meanwhile")
  func day() throws {
    var history = History(zone: Invariant.Zone(name: "Asia/Seoul", secondsAhead: 9 * 3600))
    history.record.clock.startedAt = DailyLimitJudgeTests.start
    let second = DailyLimitJudgeTests.second
    let before = Self.drawn("1|2026-02-28|3")
    let other = try #require(Self.weights.map(\.result).first { $0 != before })
    history.add("1|${day}|3", before, sent: 0, returned: second)
    history.add("1|${day}|3", Self.drawn("1|2026-03-01|3"), sent: 0, returned: 30 * second)
    #expect(history.judge().verdict == .pass, "\(history.judge().message)")
    history.add("1|${day}|3", other, sent: 0, returned: second)
    #expect(history.judge().verdict == .fail)
    #expect(history.judge().counterexample?.summary.hasPrefix("'1|2026-02-28|3' gives \(before)") == true)
    history.record.clock = ClockRecord()
    #expect(history.judge().verdict == .inconclusive)
  }

  @Test("nothing drawn, or never two at once, proves nothing")
  func nothing() {
    var history = History()
    #expect(history.judge().verdict == .invalid)
    history.add("7|1", Self.drawn("7|1"))
    #expect(history.judge().verdict == .invalid)
    history.isSequential = true
    #expect(history.judge().verdict == .pass)
    history.add("", "red")
    #expect(history.judge().verdict == .inconclusive)
  }
}
