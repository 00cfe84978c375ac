import Testing

@testable import Verdict

@Suite struct AtMostOnceCheckerTests {
  typealias Reason = AtMostOnceChecker.Reason

  struct Request: Sendable {
    var answer: HistoryAnswer
    var key: UInt32
    var digest: UInt64 = 0
  }

  /// - Parameter rows: The keys of the target's own list; `nil` where there is none.
  static func check(
    _ requests: [Request], _ repeats: AtMostOnceChecker.Repeats, rows: [UInt32]? = nil
  ) -> HistoryResult<Reason> {
    var checker = AtMostOnceChecker(repeats: repeats)
    for request in requests { checker.add(request.answer, key: request.key, digest: request.digest) }
    if let rows {
      checker.beginRows()
      for row in rows { checker.addRow(key: row) }
    }
    return checker.result()
  }

  @Test("a second effect for a key fails, by what shows it")
  func faults() {
    let twice = [
      Request(answer: .accepted, key: 3), Request(answer: .rejected, key: 1), Request(answer: .accepted, key: 1),
      Request(answer: .accepted, key: 3), Request(answer: .accepted, key: 1),
    ]
    #expect(
      AtMostOnceCheckerTests.check(twice, .rejected)
        == .violated(HistoryViolation(.acceptedAgain(key: 3), operations: [0, 3], total: 2)))
    let once = [Request(answer: .accepted, key: 2), Request(answer: .ambiguous, key: 1)]
    #expect(
      AtMostOnceCheckerTests.check(once, .rejected, rows: [2, 1, 1, 1])
        == .violated(HistoryViolation(.rowRepeated(key: 1), rows: [1, 2], total: 2)))
    #expect(
      AtMostOnceCheckerTests.check(once, .rejected, rows: [])
        == .violated(HistoryViolation(.rowMissing(key: 2), operations: [0])))
    let different = [
      Request(answer: .accepted, key: 1, digest: 7), Request(answer: .ambiguous, key: 1, digest: 9),
      Request(answer: .accepted, key: 1, digest: 8), Request(answer: .rejected, key: 1, digest: 6),
    ]
    #expect(
      AtMostOnceCheckerTests.check(different, .answeredAlike)
        == .violated(HistoryViolation(.answersDiffer(key: 1), operations: [0, 2], total: 2)))
  }

  @Test("a repeat that is answered as the first was is no second effect")
  func idempotent() {
    let alike = [
      Request(answer: .ambiguous, key: 1), Request(answer: .accepted, key: 1, digest: 7),
      Request(answer: .accepted, key: 1, digest: 7), Request(answer: .accepted, key: 2, digest: 5),
    ]
    #expect(AtMostOnceCheckerTests.check(alike, .answeredAlike, rows: [2, 1]) == .holds)
    #expect(AtMostOnceCheckerTests.check(alike, .answeredAlike) == .undecided)
    #expect(AtMostOnceCheckerTests.check(Array(alike.dropFirst()), .answeredAlike) == .holds)
    #expect(AtMostOnceCheckerTests.check([alike[0]], .rejected) == .holds)
  }

  @Test("it agrees with holding every two requests and rows against each other")
  func bruteForce() {
    var draw = RandomHistories(seed: 4)
    var violations = 0
    let rounds = oracleHistories(20_000)
    for _ in 0..<rounds {
      let isAlike = draw.chance(50)
      let requests = (0..<draw.number(2...8)).map { _ in
        let key = UInt32(draw.number(1...4))
        let answer: HistoryAnswer =
          draw.chance(25) ? .ambiguous : draw.chance(isAlike ? 100 : 50) ? .accepted : .rejected
        return Request(answer: answer, key: key, digest: draw.chance(70) ? UInt64(key) : 9)
      }
      let accepted = requests.filter { $0.answer == .accepted }
      var rows: [UInt32]?
      if draw.chance(60) {
        rows = Set(accepted.map(\.key)).sorted() + (draw.chance(35) ? [UInt32(draw.number(1...4))] : [])
      }
      if draw.chance(10) { _ = rows?.popLast() }
      let again =
        isAlike
        ? requests.contains { one in
          requests.contains {
            one.answer != .ambiguous && $0.answer != .ambiguous && one.key == $0.key && one.digest != $0.digest
          }
        }
        : (1...4).contains { key in accepted.count { $0.key == key } > 1 }
      let badRows = rows.map { rows in
        Set(rows).count != rows.count || accepted.contains { !rows.contains($0.key) }
      }
      let isViolated = again || badRows == true
      let result = AtMostOnceCheckerTests.check(requests, isAlike ? .answeredAlike : .rejected, rows: rows)
      let isDoubtful = (1...4).contains { key in
        let mayHave = requests.filter { $0.key == key && $0.answer != .rejected }
        return rows == nil && mayHave.count > 1 && mayHave.contains { $0.answer == .ambiguous }
      }
      let expected: Verdict = isViolated ? .fail : isDoubtful ? .inconclusive : .pass
      if result.verdict != expected {
        Issue.record("\(result) where \(expected): \(requests), rows \(rows ?? [])")
        return
      }
      if isViolated { violations += 1 }
    }
    let share = Double(violations) / Double(rounds)
    #expect((0.4...0.6).contains(share), "\(violations) of \(rounds)")
  }
}

@Suite struct ConservationCheckerTests {
  typealias Reason = ConservationChecker.Reason

  static func check(_ requests: [(HistoryAnswer, UInt32)], rows: [UInt32]) -> HistoryResult<Reason> {
    var checker = ConservationChecker()
    for (answer, key) in requests { checker.add(answer, key: key) }
    for row in rows { checker.addRow(key: row) }
    return checker.result()
  }

  static let requests: [(HistoryAnswer, UInt32)] = [
    (.accepted, 2), (.rejected, 3), (.ambiguous, 4), (.accepted, 1), (.accepted, 2), (.ambiguous, 2),
  ]

  @Test("lost and phantom rows fail, and all of them are listed")
  func faults() {
    typealias Tests = ConservationCheckerTests
    #expect(
      Tests.check(Tests.requests, rows: [2, 1])
        == .violated(HistoryViolation(.lost, operations: [4])))
    #expect(
      Tests.check(Tests.requests, rows: [2, 3, 2, 1, 2, 2, 0, 99])
        == .violated(HistoryViolation(.phantom, rows: [1, 5, 6, 7], total: 4)))
    #expect(
      Tests.check(Tests.requests, rows: [4, 4, 1])
        == .violated(HistoryViolation(.lostAndPhantom, operations: [0, 4], rows: [1], total: 3)))
  }

  @Test("every row that a request accounts for, and every acknowledged request's row, holds")
  func correct() {
    typealias Tests = ConservationCheckerTests
    for rows: [UInt32] in [[1, 2, 2], [2, 2, 2, 1, 4], [4, 2, 1, 2]] {
      #expect(Tests.check(Tests.requests, rows: rows) == .holds)
    }
    #expect(Tests.check([], rows: []) == .holds)
  }

  @Test("it agrees with trying every subset of the unanswered as having taken effect")
  func bruteForce() {
    var draw = RandomHistories(seed: 5)
    var violations = 0
    let rounds = oracleHistories(20_000)
    for _ in 0..<rounds {
      var requests: [(HistoryAnswer, UInt32)] = []
      var rows: [UInt32] = []
      for _ in 0..<draw.number(1...7) {
        let request = (HistoryAnswer.allCases[draw.number(0...2)], UInt32(draw.number(1...4)))
        requests.append(request)
        if request.0 == .accepted || request.0 == .ambiguous && draw.chance(50) { rows.append(request.1) }
      }
      rows.shuffle(using: &draw.generator)
      if draw.chance(50) { _ = rows.popLast() }
      if draw.chance(40) { rows.append(UInt32(draw.number(0...5))) }
      let certain = requests.filter { $0.0 == .accepted }.map(\.1)
      let open = requests.filter { $0.0 == .ambiguous }.map(\.1)
      let sorted = rows.sorted()
      let isExplained = (0..<1 << open.count).contains { choice in
        (certain + open.indices.filter { choice >> $0 & 1 == 1 }.map { open[$0] }).sorted() == sorted
      }
      let result = ConservationCheckerTests.check(requests, rows: rows)
      if isExplained != (result == .holds) {
        Issue.record("explained \(isExplained), \(result): \(requests), rows \(rows)")
        return
      }
      guard let violation = result.violation else { continue }
      violations += 1
      // Without what is listed, the rest agrees.
      let restRows = rows.indices.filter { !violation.rows.contains($0) }.map { rows[$0] }
      let rest = requests.indices.filter { !violation.operations.contains($0) }.map { requests[$0] }
      if ConservationCheckerTests.check(rest, rows: restRows) != .holds {
        Issue.record("too little is listed: \(violation) of \(requests), rows \(rows)")
        return
      }
    }
    let share = Double(violations) / Double(rounds)
    #expect((0.4...0.6).contains(share), "\(violations) of \(rounds)")
  }
}

@Suite struct ReplayCheckerTests {
  /// A weighted draw: the seats go to those with the least of a number drawn from seed and entry, over its weight.
  static func draw(_ seed: UInt64, _ entries: [(name: String, weight: Int)], seats: Int) -> [String] {
    let keyed = entries.map { entry in
      var generator = SeededGenerator(state: entry.name.utf8.reduce(seed) { $0 &* 31 &+ UInt64($1) })
      return (key: UInt64.random(in: 0..<1 << 40, using: &generator) / UInt64(entry.weight), name: entry.name)
    }
    return keyed.sorted { ($0.key, $0.name) < ($1.key, $1.name) }.prefix(seats).map(\.name)
  }

  static let entries = (0..<20).map { (name: "entry-\($0)", weight: 1 + $0 % 4) }

  @Test("a result that is worked out again from its seed and inputs holds, whatever the order of the inputs")
  func replayed() {
    var checker = ReplayChecker<String>()
    var generator = SeededGenerator(state: 6)
    for seed in 0..<50 as Range<UInt64> {
      let published = ReplayCheckerTests.draw(seed, ReplayCheckerTests.entries, seats: 5)
      let shuffled = ReplayCheckerTests.entries.shuffled(using: &generator)
      checker.add(published: published) { ReplayCheckerTests.draw(seed, shuffled, seats: 5) }
    }
    #expect(checker.result() == .holds)
  }

  @Test("a draw that depends on the order of its inputs fails, by the first publication and place that differ")
  func orderDependent() {
    var checker = ReplayChecker<String>()
    let honest = ReplayCheckerTests.draw(1, ReplayCheckerTests.entries, seats: 5)
    var swapped = honest
    swapped.swapAt(2, 4)
    checker.add(published: honest) { honest }
    checker.add(published: swapped) { honest }
    checker.add(published: swapped) { honest }
    #expect(
      checker.result() == .violated(HistoryViolation(.differs(position: 2), operations: [1], total: 2)))
    var shorter = ReplayChecker<String>()
    shorter.add(published: Array(honest.prefix(3))) { honest }
    #expect(
      shorter.result()
        == .violated(HistoryViolation(.lengthDiffers(published: 3, replayed: 5), operations: [0])))
  }

  @Test("in random results, exactly those that were tampered with fail, at the place where they were")
  func tampered() {
    var draw = RandomHistories(seed: 7)
    for _ in 0..<1000 {
      let replayed = (0..<draw.number(1...10)).map { _ in draw.number(0...3) }
      var published = replayed
      let place = draw.number(0...replayed.count - 1)
      if draw.chance(50) { published[place] = draw.number(0...3) }
      var checker = ReplayChecker<Int>()
      checker.add(published: published) { replayed }
      let reason = checker.result().violation?.reason
      #expect(reason == (published[place] == replayed[place] ? nil : .differs(position: place)))
    }
  }
}
