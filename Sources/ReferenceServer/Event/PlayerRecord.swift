/// Everything that the platform has written about one player: rounds, stamps, experience, rewards, log.
///
/// Its functions are what the database does inside one transaction; what runs between two transactions is the
/// caller's affair, and so is the race that comes of it.
package struct PlayerRecord: Sendable {
  /// Which day a round counts towards.
  package enum DayZone: Sendable {
    case seoul
    case utc

    package func day(of instant: Int64) -> CivilDate {
      switch self {
      case .seoul: KSTClock.day(of: instant)
      case .utc: KSTClock.day(of: instant, offsetMinutes: 0)
      }
    }
  }

  /// What makes a stamp the only one of its kind.
  package enum StampKey: Sendable {
    /// One a day is the rule.
    case day
    /// One a day and game.
    case dayAndSource
  }

  package struct Stamp: Sendable, Hashable {
    package var day: CivilDate
    package var source: Feature
    package var base: Int
    package var bonus: Int
  }

  package struct Claim: Sendable, Hashable {
    package var level: Int
    /// Given by reaching the level.
    package var byItself: Bool
    package var at: Int64
  }

  /// What a player has in one season.
  package struct Progress: Sendable {
    package var season: Int
    package var xp = 0
    package var stamps: [Stamp] = []
    package var claims: [Claim] = []

    package func stamp(on day: CivilDate) -> Stamp? { stamps.last { $0.day == day } }
  }

  private struct DayCount: Sendable {
    var day: CivilDate
    var feature: Feature
    var seoul = 0
    var utc = 0
  }

  private var dayCounts: [DayCount] = []
  private var seasons: [Progress] = []
  package var log = EventLog()

  package init() {}

  // MARK: - Rounds

  /// How many rounds of a game count towards `day`.
  package func rounds(of feature: Feature, on day: CivilDate, zone: DayZone = .seoul) -> Int {
    guard let count = dayCounts.last(where: { $0.day == day && $0.feature == feature }) else { return 0 }
    return zone == .seoul ? count.seoul : count.utc
  }

  /// The rounds of each day in Seoul and game, in the order of their first round.
  package var roundsByDay: [(day: CivilDate, feature: Feature, rounds: Int)] {
    dayCounts.filter { $0.seoul > 0 }.map { ($0.day, $0.feature, $0.seoul) }
  }

  /// Writes a round down, whatever the count is.
  ///
  /// - Returns: which of the player's rounds of the game on this day in Seoul it is, from 1.
  package mutating func addRound(of feature: Feature, at instant: Int64) -> Int {
    dayCounts[countIndex(DayZone.utc.day(of: instant), feature)].utc += 1
    let index = countIndex(DayZone.seoul.day(of: instant), feature)
    dayCounts[index].seoul += 1
    return dayCounts[index].seoul
  }

  private mutating func countIndex(_ day: CivilDate, _ feature: Feature) -> Int {
    if let index = dayCounts.lastIndex(where: { $0.day == day && $0.feature == feature }) { return index }
    dayCounts.append(DayCount(day: day, feature: feature))
    return dayCounts.count - 1
  }

  // MARK: - Season pass

  package func progress(in season: Season) -> Progress {
    seasons.first { $0.season == season.id } ?? Progress(season: season.id)
  }

  package var allProgress: [Progress] { seasons }

  /// What a stamp did.
  package struct Stamped: Sendable, Hashable {
    package var xpAdded: Int
    package var level: Int
    package var leveledUp: Bool
    /// The levels whose rewards came with it.
    package var rewards: [SeasonLevel]
  }

  /// Stamps the day, and hands out what the levels reached give by themselves.
  ///
  /// - Returns: `nil` where the key is taken already.
  package mutating func stamp(
    in season: Season, source: Feature, bonus: Int, at instant: Int64, key: StampKey = .day
  ) -> Stamped? {
    let day = KSTClock.day(of: instant)
    let index = progressIndex(season)
    let isTaken = seasons[index].stamps.contains {
      $0.day == day && (key == .day || $0.source == source)
    }
    if isTaken { return nil }
    let added = season.stampXP + bonus
    let levelBefore = season.level(at: seasons[index].xp)
    seasons[index].stamps.append(Stamp(day: day, source: source, base: season.stampXP, bonus: bonus))
    seasons[index].xp += added
    let level = season.level(at: seasons[index].xp)
    log.append(.stamp, feature: source, detail: added, at: instant)
    var rewards: [SeasonLevel] = []
    if level > levelBefore {
      log.append(.levelUp, feature: source, detail: level, at: instant)
      for reached in season.levels where reached.level > levelBefore && reached.level <= level && reached.claimsItself {
        seasons[index].claims.append(Claim(level: reached.level, byItself: true, at: instant))
        log.append(.rewardClaim, feature: nil, detail: reached.level, at: instant)
        rewards.append(reached)
      }
    }
    return Stamped(xpAdded: added, level: level, leveledUp: level > levelBefore, rewards: rewards)
  }

  /// Why a reward cannot be claimed.
  package enum ClaimRefusal: String, Error, Sendable {
    case levelNotFound = "LEVEL_NOT_FOUND"
    case automatic = "AUTO_CLAIM_LEVEL"
    case notReached = "LEVEL_NOT_REACHED"
    case alreadyClaimed = "REWARD_ALREADY_CLAIMED"
  }

  /// Hands out the reward of a level that the player has reached, once.
  package mutating func claim(
    level number: Int, in season: Season, at instant: Int64
  ) throws(ClaimRefusal) -> SeasonLevel {
    guard let level = season.levels.first(where: { $0.level == number }) else { throw .levelNotFound }
    if level.claimsItself { throw .automatic }
    let index = progressIndex(season)
    if level.requiredXP > seasons[index].xp { throw .notReached }
    if seasons[index].claims.contains(where: { $0.level == number }) { throw .alreadyClaimed }
    seasons[index].claims.append(Claim(level: number, byItself: false, at: instant))
    log.append(.rewardClaim, feature: nil, detail: number, at: instant)
    return level
  }

  private mutating func progressIndex(_ season: Season) -> Int {
    if let index = seasons.firstIndex(where: { $0.season == season.id }) { return index }
    seasons.append(Progress(season: season.id))
    return seasons.count - 1
  }
}
