import JSON
import Measurement
import Scenario
import Testing

@testable import Verdict

@Suite("Where a limit is reached")
struct ContestTests {
  private typealias Times = (sent: UInt64, answered: UInt64)

  /// Buyers of `cap` things who ask at these times, in microseconds; whoever is served first gets what there is.
  private static func capped(_ cap: Int, _ asked: [Times], isSequential: Bool = false)
    -> Finding
  {
    var source = MemoryOperations([("issue", "issued"), ("issue", "sold_out")], keys: ["buyer"])
    for (place, times) in asked.enumerated() {
      source.add(
        place < cap ? "issued" : "sold_out", sent: times.sent, returned: times.answered, user: UInt32(place),
        keys: ["b\(place)"])
    }
    var invariant = Invariant.capped(cap)
    invariant.isSequential = isSequential
    return Judgement.of(.sample(), scenario: .sample(invariants: [invariant]), operations: source).findings[0]
  }

  private static func alone(_ count: Int, from start: UInt64) -> [Times] {
    (0..<UInt64(count)).map { (number: UInt64) -> Times in (start + 10 * number, start + 10 * number + 9) }
  }

  @Test("five users who met far below the cap, and one who crosses it alone, prove nothing")
  func alone() {
    let early: [Times] = (0..<50).map { (number: UInt64) -> Times in (number / 5 * 10, number / 5 * 10 + 9) }
    let finding = Self.capped(100, early + Self.alone(60, from: 200))
    #expect(finding.verdict == .invalid && finding.cause == .notExercised)
    #expect(finding.message.hasPrefix("not exercised: the cap of 100 was reached by one request at a time"))
    #expect(finding.contention == Contention(peakInFlight: 5, atCap: 1, contestedLimits: 0))
    #expect(Self.capped(100, early + Self.alone(60, from: 200), isSequential: true).verdict == .pass)
    // Nor do those who meet when nothing is left.
    let late = [Times](repeating: (5000, 5009), count: 50)
    #expect(Self.capped(100, Self.alone(120, from: 0) + late).verdict == .invalid)
  }

  @Test("two at a time who both can have the last one meet at the cap, and two who find two left do not")
  func pairs() {
    func pairs(_ shift: UInt64) -> [Times] {
      (0..<12).map { (number: UInt64) -> Times in
        let sent = number / 2 * 10 + number % 2 * shift
        return (sent, sent + 8)
      }
    }
    // One of each pair is answered before the other: the third pair finds one left.
    #expect(Self.capped(5, pairs(1)).verdict == .pass)
    #expect(Self.capped(6, pairs(1)).verdict == .invalid)
    // The second of each pair is answered after the first of the next was sent.
    #expect(Self.capped(6, pairs(5)).verdict == .pass)
  }

  @Test("a burst meets at the cap")
  func burst() {
    let finding = Self.capped(10, (0..<50).map { (number: UInt64) -> Times in (number, 1000 + number) })
    #expect(finding.verdict == .pass && finding.contention?.contestedLimits == 1)
  }

  @Test("a cap that was passed was passed, whether or not anybody met there")
  func violation() {
    var source = MemoryOperations([("issue", "issued"), ("issue", "sold_out")], keys: ["buyer"])
    for place in 0..<6 as Range<UInt64> { source.add("issued", sent: 10 * place, returned: 10 * place + 5) }
    let finding = Judgement.of(.sample(), scenario: .sample(invariants: [.capped(5)]), operations: source).findings[0]
    #expect(finding.verdict == .fail)
  }

  @Test(
    "what is used up by requests without an answer is used up, and the last that was seen to go stands for the last")
  func unanswered() {
    var source = MemoryOperations(
      [("issue", "issued"), ("issue", "sold_out"), ("issue", "timeout")], keys: ["buyer"])
    source.add("timeout", sent: 0, flags: .ambiguous)
    for place in 1...3 as ClosedRange<UInt64> { source.add("issued", sent: 100 * place, returned: 100 * place + 50) }
    source.add("sold_out", sent: 500, returned: 550)
    func verdict() -> Finding {
      Judgement.of(
        .sample(), scenario: .sample(invariants: [.capped(4, ledger: .keyed(by: nil))]), operations: source
      ).findings[0]
    }
    #expect(verdict().contention?.contestedLimits == 0)
    source.add("sold_out", sent: 310, returned: 600)
    #expect(verdict().contention?.contestedLimits == 1)
  }

  // MARK: - Against all orders

  /// Requests at instants that all differ, in which each takes effect at one between its invocation and its return.
  private struct Crowd {
    var times: [(invoked: UInt64, returned: UInt64)] = []
    /// By the order of their effects.
    var order: [Int] = []

    init(_ count: Int, from generator: inout SeededGenerator) {
      var instants = Array(0..<UInt64(2 * count)).shuffled(using: &generator)
      // Short ones mostly: of neighbouring instants.
      if Bool.random(using: &generator) {
        instants.sort()
        for _ in 0..<count {
          let place = Int.random(in: 0..<2 * count - 1, using: &generator)
          instants.swapAt(place, place + 1)
        }
      }
      times = (0..<count).map { number in
        let pair = [instants[2 * number], instants[2 * number + 1]].sorted()
        return (10 * pair[0], 10 * pair[1])
      }
      let effects = times.map { Double.random(in: Double($0.invoked)..<Double($0.returned), using: &generator) }
      order = Array(0..<count).sorted { effects[$0] < effects[$1] }
    }

    /// Whether two requests were in flight together that each come in time for one of `slots` in some order of events and too
    /// late in another: all orders are tried.
    func isContested(_ slots: Int) -> Bool {
      var (isInTime, isLate) = (
        [Bool](repeating: false, count: times.count), [Bool](repeating: false, count: times.count)
      )
      var seen: Set<Int> = []
      func extend(_ done: Int) {
        guard seen.insert(done).inserted else { return }
        for next in times.indices where done & 1 << next == 0 {
          let isFree = times.indices.allSatisfy { done & 1 << $0 != 0 || times[$0].returned >= times[next].invoked }
          guard isFree else { continue }
          if done.nonzeroBitCount < slots { isInTime[next] = true } else { isLate[next] = true }
          extend(done | 1 << next)
        }
      }
      extend(0)
      let open = times.indices.filter { isInTime[$0] && isLate[$0] }
      return open.contains { one in
        open.contains { other in
          one != other && times[one].invoked < times[other].returned && times[other].invoked < times[one].returned
        }
      }
    }
  }

  @Test("a cap was reached in a contest if and only if two in flight together could have gone either way")
  func oracle() {
    var generator = SeededGenerator(state: 11)
    var counts = [false: 0, true: 0]
    for _ in 0..<oracleHistories(4_000) {
      let count = Int.random(in: 3...8, using: &generator)
      let crowd = Crowd(count, from: &generator)
      let cap = Int.random(in: 1..<count, using: &generator)
      var source = MemoryOperations([("issue", "issued"), ("issue", "sold_out")], keys: ["buyer"])
      for (place, number) in crowd.order.enumerated().shuffled(using: &generator) {
        let times = crowd.times[number]
        source.add(place < cap ? "issued" : "sold_out", sent: times.invoked, returned: times.returned)
      }
      let finding = Judgement.of(.sample(), scenario: .sample(invariants: [.capped(cap)]), operations: source).findings[
        0]
      let isContested = crowd.isContested(cap)
      counts[isContested]! += 1
      #expect(finding.verdict == (isContested ? .pass : .invalid), "\(crowd) \(cap): \(finding.message)")
    }
    #expect(counts.values.allSatisfy { $0 > 300 }, "\(counts)")
  }

  @Test("a limit for each key was put to the test if and only if some key reached it in a contest")
  func keyedOracle() {
    var generator = SeededGenerator(state: 12)
    var counts = [false: 0, true: 0]
    for _ in 0..<oracleHistories(2_000) {
      var source = MemoryOperations([("issue", "issued"), ("issue", "sold_out")], keys: ["buyer"])
      let limit = Int.random(in: 1...3, using: &generator)
      var isContested = false
      for key in 1...Int.random(in: 1...3, using: &generator) {
        let crowd = Crowd(Int.random(in: limit...6, using: &generator), from: &generator)
        isContested = isContested || crowd.isContested(limit)
        for (place, number) in crowd.order.enumerated() {
          let times = crowd.times[number]
          source.add(
            place < limit ? "issued" : "sold_out", sent: times.invoked, returned: times.returned, keys: ["k\(key)"])
        }
      }
      source.operations.shuffle(using: &generator)
      let finding = Judgement.of(.sample(), scenario: .sample(invariants: [.atMost(limit)]), operations: source)
        .findings[0]
      counts[isContested]! += 1
      #expect(finding.verdict == (isContested ? .pass : .invalid), "\(finding.message)")
    }
    #expect(counts.values.allSatisfy { $0 > 200 }, "\(counts)")
  }
}

@Suite struct KeyContentionTests {
  private static func contender(_ start: UInt64, _ end: UInt64, _ isAccepted: Bool = false, result: UInt32 = 0)
    -> Contender
  {
    Contender(invoked: start, returned: end, isAccepted: isAccepted, result: result)
  }

  @Test("keys count once each, also where a long request spans several short ones")
  func keys() {
    var survey = KeyContentionSurvey()
    for (key, start, end) in [
      (1, 0, 100), (1, 10, 20), (1, 30, 40), (2, 0, 10), (2, 10, 20), (3, 5, 6), (0, 0, 50), (0, 0, 50),
    ] as [(UInt32, UInt64, UInt64)] {
      survey.add(key: key, Self.contender(start, end))
    }
    #expect(survey.contention(limit: nil).keys == 1)
  }

  @Test("requests that share a result take one thing together, when the first of them is answered")
  func results() {
    func contests(_ contenders: [Contender]) -> Int {
      var survey = KeyContentionSurvey()
      for contender in contenders { survey.add(key: 1, contender) }
      return survey.contention(limit: 1).contests
    }
    let (first, again) = (Self.contender(0, 10, true, result: 7), Self.contender(20, 40, true, result: 7))
    let third = Self.contender(30, 50, true, result: 7)
    #expect(contests([again, third, first]) == 0)
    #expect(contests([again, third, Self.contender(0, 35, true, result: 7)]) == 1)
  }

  @Test("of very many requests a part of the keys is looked at whole, and all of them before it is said that none met")
  func part() throws {
    let pairs = UInt32(KeyContentionSurvey.limit)
    func contention(meeting: (UInt32) -> Bool) throws -> KeyContention {
      try KeyContention(limit: 1) { survey in
        for key in 1...pairs {
          survey.add(key: key, Self.contender(0, 10, true))
          survey.add(key: key, meeting(key) ? Self.contender(5, 15) : Self.contender(12, 15))
        }
      }
    }
    let all = try contention { _ in true }
    #expect(all.isPartial && all.keys == all.contests)
    let share = Double(all.keys) / Double(pairs)
    #expect(share > 0.1 && share < 0.6)
    for lone in [1, 77, pairs] { #expect(try contention { $0 == lone }.contests == 1) }
    #expect(try contention { _ in false }.contests == 0)
  }
}
