/// What can be set on the platform while it runs.
struct EventSettings: Sendable {
  let feature: Setting
  let maxRounds: [Feature: Setting]
  let players: Setting
  let tokenMinutes: Setting
  let seasonFirstDay: Setting
  let seasonLastDay: Setting
  let seasonOverlap: Setting
  let stampXP: Setting
  let maxLogRows: Setting

  /// The choices of `feature`: the games, and none.
  private static let features = Feature.allCases.map(\.rawValue) + ["NONE"]

  init(_ board: SettingBoard) {
    feature = board.choice(
      "event.feature", standard: Feature.roulette.rawValue, of: Self.features, "the game scheduled for every day")
    var maxRounds: [Feature: Setting] = [:]
    for game in Feature.allCases {
      maxRounds[game] = board.integer(
        "event.\(game.path)_max_daily_\(game.rounds)", standard: 3, in: 0...1_000_000,
        "how many \(game.rounds) a player has each day; 0: no limit")
    }
    self.maxRounds = maxRounds
    players = board.integer(
      "event.players", standard: 100_000, in: 0...100_000_000,
      "users that exist: user_id 1 to this, player-00001 to this")
    tokenMinutes = board.integer(
      "event.token_minutes", standard: 1_440, in: 1...525_600, "how long a token holds")
    seasonFirstDay = board.integer(
      "event.season_first_day", standard: 2020_01_01, in: 1970_01_01...9999_12_31,
      "the season's first day in Seoul, as yyyymmdd")
    seasonLastDay = board.integer(
      "event.season_last_day", standard: 2099_12_31, in: 1970_01_01...9999_12_31,
      "the season's last day in Seoul, as yyyymmdd; still part of it")
    seasonOverlap = board.flag(
      "event.season_overlap", standard: false, "whether a second season runs on the same days")
    maxLogRows = board.integer(
      "event.max_log_rows", standard: 2_000_000, in: 0...100_000_000,
      "rows of the events log that are kept of all players together; beyond them a player's new row takes the place of the oldest, and rows are still counted"
    )
    stampXP = board.integer(
      "event.stamp_xp", standard: 20, in: 0...10_000, "the experience that a stamp gives before its bonus")
  }

  /// The game scheduled for every day; `nil` for none.
  var scheduledFeature: Feature? { Feature(rawValue: Self.features[feature.value]) }

  /// 0 where there is no limit.
  func maxRounds(of feature: Feature) -> Int { maxRounds[feature]!.value }

  static func date(of setting: Setting) -> CivilDate {
    CivilDate(year: setting.value / 10_000, month: setting.value / 100 % 100, day: setting.value % 100)
  }
}
