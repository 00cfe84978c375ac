import Testing

@testable import ReferenceServer

@Suite("The event platform's rules")
struct EventDomainTests {
  // MARK: - Draws

  @Test(
    "a value falls on the weight that it points at",
    arguments: [
      (0, [1, 1], 0), (.max, [1, 1], 1), (1 << 63, [1, 1], 1), ((1 << 63) - 1, [1, 1], 0), (0, [0, 5], 1),
      (.max, [5, 0], 0), (.max, [1, 2, 3, 0], 2), (0, [0, 0], nil), (0, [], nil),
    ] as [(UInt64, [Int], Int?)])
  func weighted(_ value: UInt64, _ weights: [Int], _ expected: Int?) {
    #expect(GameDraw.index(of: value, in: weights) == expected)
  }

  @Test("over many rounds each segment comes up as often as its weight says")
  func distribution() {
    let draw = GameDraw(seed: 1)
    let wheel = RouletteConfiguration.standard
    let day = CivilDate(year: 2026, month: 2, day: 1)
    var counts = [Int](repeating: 0, count: 6)
    let rounds = 20_000
    for round in 1...rounds {
      counts[wheel.segment(drawnBy: draw.value(feature: .roulette, user: 1, day: day, round: round))!.slot] += 1
    }
    for segment in wheel.segments {
      let share = Double(segment.weight) / 100
      let deviation = (Double(rounds) * share * (1 - share)).squareRoot()
      let distance = (Double(counts[segment.slot]) - Double(rounds) * share).magnitude
      #expect(distance < 5 * deviation, "segment \(segment.id) came up \(counts[segment.slot]) times")
    }
  }

  @Test("a draw depends on seed, game, player, day and round, and on nothing else")
  func replay() {
    let day = CivilDate(year: 2026, month: 2, day: 1)
    func value(
      seed: UInt64 = 1, feature: Feature = .roulette, user: Int = 7, day: CivilDate = day, round: Int = 1
    ) -> UInt64 { GameDraw(seed: seed).value(feature: feature, user: user, day: day, round: round) }
    // Computed with: printf '1|ROULETTE|7|2026-02-01|1' | sha256sum | cut -c 1-16
    #expect(value() == 0x569f9a2a6a3477d1)
    let others = [
      value(seed: 2), value(feature: .dice), value(user: 8), value(day: day.adding(days: 1)), value(round: 2),
    ]
    #expect(Set(others + [value()]).count == 6)
  }

  // MARK: - Configurations

  static let wheels: [(String, @Sendable (inout RouletteConfiguration) -> Void, String?)] = [
    ("as it is", { _ in }, nil),
    ("five segments", { $0.segments.removeLast() }, "a wheel has 6 segments, this one 5"),
    ("two in one slot", { $0.segments[5].slot = 0 }, "the segments do not fill the slots 0 to 5"),
    ("a negative weight", { $0.segments[2].weight = -1 }, "segment 3 has a negative weight"),
    (
      "no weight at all", { for index in 0..<6 { $0.segments[index].weight = 0 } }, "the weights sum to nothing"
    ),
    ("one weight alone", { for index in 1..<6 { $0.segments[index].weight = 0 } }, nil),
  ]

  @Test("a wheel is refused for what is wrong with it", arguments: wheels.indices)
  func wheel(_ index: Int) {
    let (name, change, problem) = Self.wheels[index]
    var wheel = RouletteConfiguration.standard
    change(&wheel)
    #expect(wheel.problem == problem, "\(name)")
  }

  @Test("a prize without stock is not won, and with nothing left nothing is won")
  func lotteryStock() {
    let prizes = LotteryConfiguration(prizes: [
      LotteryPrize(id: 1, label: "rare", reward: .none, weight: 1, stock: 1),
      LotteryPrize(id: 2, label: "common", reward: .none, weight: 1, stock: 1),
    ])
    #expect(prizes.prize(drawnBy: 0, left: [1, 1]) == 0)
    #expect(prizes.prize(drawnBy: 0, left: [0, 1]) == 1)
    #expect(prizes.prize(drawnBy: .max, left: [1, 0]) == 0)
    #expect(prizes.prize(drawnBy: 0, left: [0, 0]) == nil)
    #expect(prizes.problem == nil)
    #expect(LotteryConfiguration(prizes: []).problem != nil)
  }

  @Test("both dice show all faces, and the higher one wins")
  func dice() {
    var outcomes: Set<[Int]> = []
    for step in 0..<36 {
      let game = DiceConfiguration().game(drawnBy: UInt64(step) * (UInt64.max / 36) + UInt64.max / 72)
      outcomes.insert([game.player, game.house])
      let expected: DiceConfiguration.Outcome =
        game.player > game.house ? .win : game.player == game.house ? .draw : .lose
      #expect(game.outcome == expected)
    }
    #expect(outcomes.count == 36)
  }

  // MARK: - The season

  private let season = Season(
    id: 1, name: "test", firstDay: CivilDate("2026-02-01")!, lastDay: CivilDate("2026-02-28")!)

  @Test(
    "levels are reached at their experience and not one point below",
    arguments: [(0, 0, 20), (19, 0, 20), (20, 1, 50), (49, 1, 50), (50, 2, 90), (649, 9, 650), (650, 10, nil)]
      as [(Int, Int, Int?)])
  func levels(_ xp: Int, _ level: Int, _ next: Int?) {
    #expect(season.level(at: xp) == level)
    #expect(season.nextLevelXP(at: xp) == next)
  }

  @Test(
    "the first and the last day belong to the season, the days around it do not",
    arguments: [("2026-01-31", false), ("2026-02-01", true), ("2026-02-28", true), ("2026-03-01", false)])
  func boundary(_ day: String, _ isActive: Bool) {
    #expect(season.isActive(on: CivilDate(day)!) == isActive)
    #expect(ActiveSeason(among: [season], on: CivilDate(day)!) == (isActive ? .one(season) : .none))
  }

  @Test("two seasons on one day are a conflict")
  func conflict() {
    var second = season
    second.id = 2
    second.firstDay = CivilDate("2026-02-28")!
    #expect(ActiveSeason(among: [season, second], on: CivilDate("2026-02-27")!) == .one(season))
    #expect(ActiveSeason(among: [season, second], on: CivilDate("2026-02-28")!) == .conflict)
  }

  // MARK: - A player's record

  private func instant(_ text: String) -> Int64 { CivilTime.parseISO(text)! }

  @Test("rounds count for the day in Seoul, and apart from that for the day in UTC")
  func days() {
    var record = PlayerRecord()
    #expect(record.addRound(of: .roulette, at: instant("2026-02-01T23:59:59+09:00")) == 1)
    #expect(record.addRound(of: .roulette, at: instant("2026-02-02T00:00:00+09:00")) == 1)
    #expect(record.addRound(of: .roulette, at: instant("2026-02-02T09:00:00+09:00")) == 2)
    #expect(record.addRound(of: .dice, at: instant("2026-02-02T09:00:00+09:00")) == 1)
    let (first, second) = (CivilDate("2026-02-01")!, CivilDate("2026-02-02")!)
    #expect(record.rounds(of: .roulette, on: first) == 1)
    #expect(record.rounds(of: .roulette, on: second) == 2)
    #expect(record.rounds(of: .roulette, on: first, zone: .utc) == 2)
    #expect(record.rounds(of: .roulette, on: second, zone: .utc) == 1)
    #expect(record.roundsByDay.map(\.rounds) == [1, 2, 1])
  }

  @Test("one stamp a day; the key with the game in it lets one through for each game")
  func stamps() {
    var record = PlayerRecord()
    let noon = instant("2026-02-10T12:00:00+09:00")
    let first = record.stamp(in: season, source: .roulette, bonus: 35, at: noon)
    #expect(first?.xpAdded == 55)
    #expect(first?.level == 2)
    #expect(first?.leveledUp == true)
    // Level 2 is for the player to claim.
    #expect(first?.rewards.map(\.level) == [1])
    #expect(record.stamp(in: season, source: .dice, bonus: 0, at: noon) == nil)
    #expect(record.stamp(in: season, source: .roulette, bonus: 0, at: noon, key: .dayAndSource) == nil)
    #expect(record.stamp(in: season, source: .dice, bonus: 0, at: noon, key: .dayAndSource)?.leveledUp == false)
    #expect(record.stamp(in: season, source: .dice, bonus: 0, at: noon + 86_400_000_000_000) != nil)
    let progress = record.progress(in: season)
    #expect(progress.xp == 95)
    #expect(progress.xp == progress.stamps.reduce(0) { $0 + $1.base + $1.bonus })
    #expect(record.log.rows.map(\.kind) == [.stamp, .levelUp, .rewardClaim, .stamp, .stamp, .levelUp, .rewardClaim])
  }

  @Test(
    "a reward is claimed once, when its level is reached, and where it does not come by itself",
    arguments: [
      (2, nil), (1, .automatic), (4, .notReached), (11, .levelNotFound), (0, .levelNotFound),
    ] as [(Int, PlayerRecord.ClaimRefusal?)])
  func claims(_ level: Int, _ refusal: PlayerRecord.ClaimRefusal?) throws {
    var record = PlayerRecord()
    _ = record.stamp(in: season, source: .roulette, bonus: 40, at: 0)
    if let refusal {
      #expect(throws: refusal) { try record.claim(level: level, in: season, at: 0) }
    } else {
      #expect(try record.claim(level: level, in: season, at: 0).level == level)
      #expect(throws: PlayerRecord.ClaimRefusal.alreadyClaimed) {
        try record.claim(level: level, in: season, at: 0)
      }
    }
  }

  @Test("the log keeps its newest rows in order and counts all of them")
  func log() {
    var log = EventLog()
    let extra = 10
    for number in 1...(EventLog.capacity + extra) {
      log.append(number.isMultiple(of: 2) ? .play : .enterPage, feature: .dice, detail: number, at: 0)
    }
    #expect(log.total == EventLog.capacity + extra)
    #expect(log.count(of: .play) == (EventLog.capacity + extra) / 2)
    #expect(log.rows.map(\.number) == Array((extra + 1)...(EventLog.capacity + extra)))
    #expect(log.rows.allSatisfy { $0.number == $0.detail })
  }
}
