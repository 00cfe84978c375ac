import JSON
import Measurement
import Scenario
import Testing

@testable import Verdict

/// A target that serves requests one at a time, at an instant between their invocation and their return, and loses some
/// answers. It stamps players at most `limit` times a day, keeps their experience, and lists its stamps.
private struct SimulatedTarget {
  enum Fault: CaseIterable {
    case none
    /// One stamp too many for whoever asks for it.
    case limitOff
    /// A stamp that was acknowledged is not in the list.
    case lost
    /// Experience that falls behind by one stamp.
    case staleExperience
    /// A stamp in the list that nobody asked for.
    case phantom
  }

  var source = MemoryOperations(
    [("stamp", "stamped"), ("stamp", "full"), ("stamp", "timeout"), ("status", "shown")], keys: ["player"])
  var record = RunRecord.sample()
  /// Something was done wrong that an answer or the list shows.
  var hasShown = false

  static let limit = 2
  static let second: UInt64 = 1_000_000_000
  /// A minute before midnight in Seoul.
  static let start = 1_772_290_740 * second

  /// - Parameter ahead: Of the target's clock, nanoseconds; the client does not know it.
  init(_ fault: Fault, ahead: Int64, from generator: inout SeededGenerator) {
    record.clock.startedAt = Self.start
    struct Request {
      var player: Int
      var isStatus: Bool
      var invoked: UInt64
      var served: UInt64
      var returned: UInt64
      var isLost: Bool
    }
    let players = Int.random(in: 1...3, using: &generator)
    var requests = (0..<Int.random(in: 4...24, using: &generator)).map { _ in
      let instants = (0..<3).map { _ in UInt64.random(in: 0...20 * Self.second, using: &generator) }.sorted()
      // Around midnight, half a second to some seconds each.
      let shift = 50 * Self.second
      return Request(
        player: .random(in: 0..<players, using: &generator), isStatus: false, invoked: shift + instants[0],
        served: shift + instants[0] + (instants[1] - instants[0]) / 8,
        returned: shift + instants[0] + (instants[2] - instants[0]) / 8,
        isLost: Int.random(in: 0..<8, using: &generator) == 0)
    }
    // Each looks where it stands in the end, beside what is still under way.
    for player in 0..<players {
      let invoked = 60 * Self.second + UInt64.random(in: 0...15 * Self.second, using: &generator)
      requests.append(
        Request(
          player: player, isStatus: true, invoked: invoked, served: invoked + 10, returned: invoked + 20, isLost: false)
      )
    }
    requests.sort { $0.served < $1.served }
    var stampsOfDay: [[Int32: Int]] = Array(repeating: [:], count: players)
    var experience = [Int64](repeating: 0, count: players)
    var list: [String] = []
    var isPlanted = false
    for request in requests {
      let name = "p\(request.player)"
      if request.isStatus {
        source.add(
          "shown", step: "status", sent: request.invoked, returned: request.returned, keys: [name],
          sequence: experience[request.player])
        continue
      }
      let day = DayZone.kst.day(of: UInt64(Int64(Self.start + request.served) + ahead))
      let stamps = stampsOfDay[request.player][day, default: 0]
      let isOver = stamps >= Self.limit
      let isGranted = !isOver || fault == .limitOff && stamps == Self.limit
      if isGranted {
        stampsOfDay[request.player][day] = stamps + 1
        let isWrong = !isPlanted && !request.isLost
        if fault == .staleExperience, isWrong { isPlanted = true } else { experience[request.player] += 20 }
        if fault == .lost, isWrong { isPlanted = true } else { list.append(name) }
      }
      if request.isLost {
        source.add(
          "timeout", step: "stamp", sent: request.invoked, keys: [name], flags: .ambiguous)
      } else {
        source.add(
          isGranted ? "stamped" : "full", step: "stamp", sent: request.invoked, returned: request.returned,
          keys: [name],
          sequence: isGranted ? 20 : nil)
      }
    }
    if fault == .phantom {
      list.append("nobody")
      isPlanted = true
    }
    hasShown = isPlanted
    record.ledgers["kept"] = LedgerRecord(keys: list)
  }

  func judge(_ name: String, _ rule: Invariant.Rule) -> Finding {
    let invariant = Invariant(name: name, rule: rule, isSequential: true, range: SourceRange(0, 0))
    return Judgement.of(record, scenario: .sample(invariants: [invariant]), operations: source).findings[0]
  }

  static let stamped = OutcomeReference(step: "stamp", outcome: "stamped")

  func daily(tolerance: UInt64) -> Finding {
    judge(
      "daily",
      .dailyLimit(
        Invariant.DailyLimit(
          limit: Self.limit, accepted: Self.stamped, rejected: OutcomeReference(step: "stamp", outcome: "full"),
          variable: "player", zone: Invariant.Zone(name: "Asia/Seoul", secondsAhead: 32_400), tolerance: tolerance)))
  }

  var kept: Finding {
    judge(
      "kept",
      .conserved(
        Invariant.Conserved(
          outcomes: [Self.stamped], variable: "player", isOneRow: false, ledger: .keyed(by: "player"))))
  }

  var experience: Finding {
    judge(
      "experience",
      .equal(
        Invariant.Equal(
          left: .last("xp", of: OutcomeReference(step: "status", outcome: "shown")),
          right: .sum("added", of: [Self.stamped]), variable: "player")))
  }
}

@Suite struct SimulatedTargetTests {
  private static let rounds: UInt64 = 1_000

  @Test("a correct target is never found wrong, whatever answers are lost and however its clock is off")
  func correct() {
    var generator = SeededGenerator(state: 1)
    var verdicts: [String: [Verdict: Int]] = [:]
    for _ in 0..<Self.rounds {
      let ahead = Int64.random(in: -3_000_000_000...3_000_000_000, using: &generator)
      let target = SimulatedTarget(.none, ahead: ahead, from: &generator)
      for finding in [target.daily(tolerance: 3_000_000_000), target.kept, target.experience] {
        #expect(finding.verdict != .fail, "\(finding.name): \(finding.message)")
        verdicts[finding.name, default: [:]][finding.verdict, default: 0] += 1
      }
    }
    // And mostly found right, or left open for what was lost.
    #expect(verdicts["daily"]?[.pass, default: 0] ?? 0 > 100)
    #expect(verdicts["kept"]?[.pass, default: 0] ?? 0 > 650)
    #expect(verdicts["experience"]?[.pass, default: 0] ?? 0 > 100)
  }

  @Test("a clock that is further off than it may be would be mistaken for a fault")
  func tooFarOff() {
    var generator = SeededGenerator(state: 2)
    let mistaken = (0..<Self.rounds).count { _ in
      let target = SimulatedTarget(.none, ahead: 5_000_000_000, from: &generator)
      return target.daily(tolerance: 0).verdict == .fail
    }
    #expect(mistaken > 10)
  }

  @Test("what is lost, or there without cause, is found wherever an answer or the list shows it")
  func ledger() {
    var generator = SeededGenerator(state: 3)
    var shown = 0
    for round in 0..<Self.rounds {
      let target = SimulatedTarget(round % 2 == 0 ? .lost : .phantom, ahead: 0, from: &generator)
      guard target.hasShown, target.kept.verdict != .invalid else { continue }
      shown += 1
      // A lost row can hide behind an unanswered request of the same player that took effect.
      let mayHide = target.source.operations.contains { $0.flags.contains(.ambiguous) }
      #expect(target.kept.verdict == .fail || mayHide && round % 2 == 0, "\(target.kept.message)")
    }
    #expect(shown > 500)
  }

  @Test("a limit that is off by one, and experience that falls behind, are found where nothing was lost")
  func limitAndExperience() {
    var generator = SeededGenerator(state: 4)
    var found = (limit: 0, experience: 0)
    for _ in 0..<Self.rounds {
      if SimulatedTarget(.limitOff, ahead: 0, from: &generator).daily(tolerance: 0).verdict == .fail {
        found.limit += 1
      }
      let stale = SimulatedTarget(.staleExperience, ahead: 0, from: &generator)
      if stale.experience.verdict == .fail { found.experience += 1 }
    }
    #expect(found.limit > 500 && found.experience > 160, "\(found)")
  }
}
