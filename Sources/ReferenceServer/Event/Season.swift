/// A step of the season pass.
package struct SeasonLevel: Sendable, Hashable {
  package var level: Int
  /// The experience in all at which the level is reached.
  package var requiredXP: Int
  package var reward: Reward
  /// Given as soon as the level is reached; otherwise the player claims it.
  package var claimsItself: Bool

  package init(level: Int, requiredXP: Int, reward: Reward, claimsItself: Bool) {
    self.level = level
    self.requiredXP = requiredXP
    self.reward = reward
    self.claimsItself = claimsItself
  }
}

/// A season: one stamp a player and day, and levels that the stamps' experience climbs.
package struct Season: Sendable, Hashable {
  package var id: Int
  package var name: String
  package var firstDay: CivilDate
  /// Still part of the season.
  package var lastDay: CivilDate
  /// What each stamp is worth before its bonus.
  package var stampXP: Int
  /// By level, from 1, each asking for more than the one before.
  package var levels: [SeasonLevel]

  package init(
    id: Int, name: String, firstDay: CivilDate, lastDay: CivilDate, stampXP: Int = 20,
    levels: [SeasonLevel] = Self.standardLevels
  ) {
    self.id = id
    self.name = name
    self.firstDay = firstDay
    self.lastDay = lastDay
    self.stampXP = stampXP
    self.levels = levels
  }

  package func isActive(on day: CivilDate) -> Bool { firstDay <= day && day <= lastDay }

  /// The highest level that `xp` reaches; 0 below the first.
  package func level(at xp: Int) -> Int { levels.last { $0.requiredXP <= xp }?.level ?? 0 }

  /// The experience in all that the level after the one reached asks for; `nil` at the top.
  package func nextLevelXP(at xp: Int) -> Int? { levels.first { $0.requiredXP > xp }?.requiredXP }

  /// Ten levels, the steps between them growing by ten: 20, 50, 90 … 650. The odd ones claim themselves.
  package static let standardLevels: [SeasonLevel] = (1...10).map { level in
    SeasonLevel(
      level: level, requiredXP: 5 * level * (level + 3),
      reward: level.isMultiple(of: 5) ? Reward("COUPON", 1) : Reward("POINT", level * 10),
      claimsItself: !level.isMultiple(of: 2))
  }
}

/// Which season a day falls in.
package enum ActiveSeason: Sendable, Hashable {
  case none
  case one(Season)
  /// Two seasons overlap: a fault of the configuration.
  case conflict

  package init(among seasons: [Season], on day: CivilDate) {
    let active = seasons.filter { $0.isActive(on: day) }
    self =
      switch active.count {
      case 0: .none
      case 1: .one(active[0])
      default: .conflict
      }
  }
}
