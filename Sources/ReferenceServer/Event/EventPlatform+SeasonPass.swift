import EventLoop
import JSON

/// What a play or a stamp request did to the season pass.
enum PassStamp: Sendable {
  /// There is no season, or none that could be told.
  case none
  case added(PlayerRecord.Stamped)
  /// The day has its stamp already.
  case alreadyStamped(level: Int)

  /// Stamps the day in the one season that runs. Runs within one query.
  init(
    _ record: inout PlayerRecord, source: Feature, bonus: Int, season: ActiveSeason, at now: Int64,
    key: PlayerRecord.StampKey = .day
  ) {
    guard case .one(let season) = season else {
      self = .none
      return
    }
    if let stamped = record.stamp(in: season, source: source, bonus: bonus, at: now, key: key) {
      self = .added(stamped)
    } else {
      self = .alreadyStamped(level: season.level(at: record.progress(in: season).xp))
    }
  }

  /// As a play carries it.
  var json: JSONValue {
    switch self {
    case .none: .null
    case .added(let stamped): stamped.json(stamps: 1)
    case .alreadyStamped(let level):
      PlayerRecord.Stamped(xpAdded: 0, level: level, leveledUp: false, rewards: []).json(stamps: 0)
    }
  }
}

extension PlayerRecord.Stamped {
  fileprivate func json(stamps: Int) -> JSONValue {
    [
      "added_stamp": .integer(stamps),
      "xp_added": .integer(xpAdded),
      "current_level": .integer(level),
      "leveled_up": .bool(leveledUp),
      "rewards": .array(rewards.map { .object([JSONField("level", .integer($0.level))] + $0.reward.fields) }),
    ]
  }
}

/// The season pass: one stamp a day, levels by experience, a reward for each level.
extension EventPlatform {
  private func runningSeason(at now: Int64) throws(EventRefusal) -> Season {
    switch season(at: now) {
    case .one(let season): return season
    case .none: throw .noActiveSeason
    case .conflict:
      throw EventRefusal(409, "NO_ACTIVE_SEASON_CONFLICT", "more than one season is running today")
    }
  }

  /// `GET /api/season-pass/status`
  func seasonStatus(_ request: ServerRequest) async throws(EventRefusal) -> ServerResponse {
    let player = try player(request)
    let now = context.clock.now()
    let season = try runningSeason(at: now)
    let today = KSTClock.day(of: now)
    let progress = try await query(player: player, request) { $0.progress(in: season) }
    let level = season.level(at: progress.xp)
    let levels: [JSONValue] = season.levels.map { entry in
      .object(
        [JSONField("level", .integer(entry.level)), JSONField("required_xp", .integer(entry.requiredXP))]
          + entry.reward.fields + [
            JSONField("auto_claim", .bool(entry.claimsItself)),
            JSONField("reached", .bool(entry.level <= level)),
            JSONField("claimed", .bool(progress.claims.contains { $0.level == entry.level })),
          ])
    }
    return .json(
      200,
      [
        "season": [
          "id": .integer(season.id), "name": .string(season.name),
          "start_date": .string("\(season.firstDay)"), "end_date": .string("\(season.lastDay)"),
        ],
        "progress": [
          "current_level": .integer(level),
          "current_xp": .integer(progress.xp),
          "total_stamps": .integer(progress.stamps.count),
          "last_stamp_date": progress.stamps.last.map { .string("\($0.day)") } ?? .null,
          "next_level_xp": season.nextLevelXP(at: progress.xp).map { .integer($0) } ?? .null,
        ],
        "levels": .array(levels),
        "today": ["date": .string("\(today)"), "stamped": .bool(progress.stamp(on: today) != nil)],
      ])
  }

  static let maxBonus: Int64 = 1_000

  /// `POST /api/season-pass/stamp {source_feature_type, xp_bonus}`
  func stamp(_ request: ServerRequest) async throws(EventRefusal) -> ServerResponse {
    let player = try player(request)
    let body = try Self.object(request)
    guard let source = body["source_feature_type"]?.string.flatMap(Feature.init(rawValue:)) else {
      throw .validation("source_feature_type must be one of ROULETTE, DICE, LOTTERY")
    }
    guard let bonus = (body["xp_bonus"] ?? 0).integer, (0...Self.maxBonus).contains(bonus) else {
      throw .validation("xp_bonus must be an integer from 0 to \(Self.maxBonus)")
    }
    let now = context.clock.now()
    let season = try runningSeason(at: now)
    let result: PassStamp
    if switches.stampRace.isOn {
      result = try await stampApart(player, source: source, bonus: Int(bonus), .one(season), at: now, request)
    } else {
      result = try await query(player: player, request) { record in
        PassStamp(&record, source: source, bonus: Int(bonus), season: .one(season), at: now)
      }
    }
    guard case .added = result else {
      throw EventRefusal(400, "ALREADY_STAMPED_TODAY", "today has its stamp already")
    }
    return .json(200, result.json)
  }

  /// Looks for today's stamp, waits, and stamps under a key that includes the game.
  func stampApart(
    _ player: Int, source: Feature, bonus: Int, _ season: ActiveSeason, at now: Int64, _ request: ServerRequest
  ) async throws(EventRefusal) -> PassStamp {
    guard case .one(let running) = season else { return .none }
    let seen = try await query(player: player, request) { record -> PassStamp? in
      let progress = record.progress(in: running)
      return progress.stamp(on: KSTClock.day(of: now)).map { _ in
        .alreadyStamped(level: running.level(at: progress.xp))
      }
    }
    if let seen { return seen }
    await wait(switches.stampRace, request)
    return try await query(player: player, request) { record in
      PassStamp(&record, source: source, bonus: bonus, season: season, at: now, key: .dayAndSource)
    }
  }

  /// `POST /api/season-pass/claim {level}`
  func claim(_ request: ServerRequest) async throws(EventRefusal) -> ServerResponse {
    let player = try player(request)
    let body = try Self.object(request)
    guard let level = body["level"]?.integer else { throw .validation("level must be an integer") }
    let now = context.clock.now()
    let season = try runningSeason(at: now)
    let claimed = try await query(player: player, request) { record in
      Result { () throws(PlayerRecord.ClaimRefusal) in
        try record.claim(level: Int(level), in: season, at: now)
      }
    }
    switch claimed {
    case .success(let reached):
      return .json(
        200,
        .object(
          [JSONField("level", .integer(reached.level))] + reached.reward.fields
            + [JSONField("claimed_at", .string(KSTClock.timestamp(now)))]))
    case .failure(let refusal):
      throw EventRefusal(refusal == .levelNotFound ? 404 : 400, refusal.rawValue, Self.message(refusal, level))
    }
  }

  private static func message(_ refusal: PlayerRecord.ClaimRefusal, _ level: Int64) -> String {
    switch refusal {
    case .levelNotFound: "the season has no level \(level)"
    case .automatic: "level \(level) hands out its reward by itself"
    case .notReached: "level \(level) is not reached yet"
    case .alreadyClaimed: "the reward of level \(level) has been claimed"
    }
  }
}
