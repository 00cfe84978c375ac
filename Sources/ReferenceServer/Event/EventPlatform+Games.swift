import EventLoop
import JSON

/// What today's game is, where a player stands in it, and a round of it.
extension EventPlatform {
  /// `GET /api/today-feature`
  func todayFeature(_ request: ServerRequest) async throws(EventRefusal) -> ServerResponse {
    let player = try optionalPlayer(request)
    if switches.cacheDown.isOn { await wait(switches.cacheDown, request) }
    let scheduled = scheduledFeatures()
    if scheduled.count > 1 { throw Self.invalidSchedule }
    var fields = [JSONField("feature_type", .string(scheduled.first?.rawValue ?? "NONE"))]
    if let player { fields.append(JSONField("user_id", .integer(player))) }
    return .json(200, .object(fields))
  }

  private static let invalidSchedule = EventRefusal(
    409, "INVALID_FEATURE_SCHEDULE", "more than one feature is scheduled for today")

  /// Refuses a game that is not today's, is switched off, or is wrongly configured.
  private func checkPlayable(_ feature: Feature) throws(EventRefusal) {
    let scheduled = scheduledFeatures()
    if scheduled.count > 1 { throw Self.invalidSchedule }
    guard let today = scheduled.first else {
      throw EventRefusal(404, "NO_FEATURE_TODAY", "no feature is scheduled for today")
    }
    if today != feature {
      throw EventRefusal(400, "FEATURE_NOT_ACTIVE", "today's feature is \(today.rawValue), not \(feature.rawValue)")
    }
    if switches.featureOff.isOn {
      throw EventRefusal(400, "FEATURE_NOT_ACTIVE", "\(feature.rawValue) is switched off")
    }
    switch feature {
    case .roulette:
      if let problem = roulette.problem { throw EventRefusal(400, "INVALID_ROULETTE_CONFIG", problem) }
    case .lottery:
      if let problem = currentLottery.problem { throw EventRefusal(400, "INVALID_LOTTERY_CONFIG", problem) }
    case .dice: break
    }
  }

  private var limitZone: PlayerRecord.DayZone { switches.limitUTC.isOn ? .utc : .seoul }

  // MARK: - Status

  /// `GET /api/{roulette,dice,lottery}/status`
  func status(of feature: Feature, _ request: ServerRequest) async throws(EventRefusal) -> ServerResponse {
    let player = try player(request)
    try checkPlayable(feature)
    let now = context.clock.now()
    let zone = limitZone
    let rounds = try await query(player: player, request) { record in
      record.log.append(.enterPage, feature: feature, detail: 0, at: now)
      return record.rounds(of: feature, on: zone.day(of: now), zone: zone)
    }
    let limit = settings.maxRounds(of: feature)
    var fields: [JSONField] = [
      JSONField("config_id", 1),
      JSONField("name", .string(Self.name(of: feature))),
      JSONField("max_daily_\(feature.rounds)", .integer(limit)),
      JSONField("today_\(feature.rounds)", .integer(rounds)),
      JSONField("remaining_\(feature.rounds)", limit == 0 ? .null : .integer(max(0, limit - rounds))),
      JSONField("feature_type", .string(feature.rawValue)),
    ]
    switch feature {
    case .roulette: fields.append(JSONField("segments", .array(roulette.segments.map(\.json))))
    case .lottery:
      let left = lotteryStock.withLock { $0 }
      fields.append(JSONField("prize_preview", .array(zip(lottery.prizes, left).map { $0.0.json(left: $0.1) })))
    case .dice: break
    }
    return .json(200, .object(fields))
  }

  private static func name(of feature: Feature) -> String {
    switch feature {
    case .roulette: RouletteConfiguration.standard.name
    case .dice: DiceConfiguration().name
    case .lottery: LotteryConfiguration.standard.name
    }
  }

  // MARK: - Play

  /// What a round gave.
  private enum RoundResult: Sendable {
    case segment(RouletteSegment)
    case game(DiceConfiguration.Game)
    /// `nil` where nothing was left to win.
    case prize(LotteryPrize?)

    /// What the log calls the result: the segment's or prize's id, or both dice as two digits.
    var detail: Int {
      switch self {
      case .segment(let segment): segment.id
      case .game(let game): game.player * 10 + game.house
      case .prize(let prize): prize?.id ?? 0
      }
    }
  }

  private struct Round: Sendable {
    var number: Int
    var result: RoundResult
    var stamp: PassStamp
  }

  /// `POST /api/{roulette,dice,lottery}/play`
  func play(_ feature: Feature, _ request: ServerRequest) async throws(EventRefusal) -> ServerResponse {
    let player = try player(request)
    try checkPlayable(feature)
    let now = context.clock.now()
    let zone = limitZone
    let limit = switches.limitOff.isOn ? 0 : settings.maxRounds(of: feature)
    let season = switches.stampSwallowed.isOn ? ActiveSeason.none : season(at: now)
    let stampsApart = switches.stampRace.isOn

    if switches.limitRace.isOn, limit > 0 {
      let seen = try await query(player: player, request) { $0.rounds(of: feature, on: zone.day(of: now), zone: zone) }
      if seen >= limit { throw Self.limitReached(limit, feature) }
      await wait(switches.limitRace, request)
    }
    let checkedLimit = switches.limitRace.isOn ? 0 : limit
    let round = try await query(player: player, request) { [self] record -> Round? in
      if checkedLimit > 0, record.rounds(of: feature, on: zone.day(of: now), zone: zone) >= checkedLimit { return nil }
      return self.writeRound(
        of: feature, by: player, in: &record, at: now, season: stampsApart ? .none : season)
    }
    guard var round else { throw Self.limitReached(limit, feature) }
    if stampsApart { round.stamp = try await stampApart(player, source: feature, bonus: 0, season, at: now, request) }
    return .json(200, Self.answer(to: round))
  }

  private static func limitReached(_ limit: Int, _ feature: Feature) -> EventRefusal {
    EventRefusal(400, "DAILY_LIMIT_REACHED", "all \(limit) \(feature.rounds) of today are used up")
  }

  /// Draws and writes a round, its stamp and its log rows. Runs within one query.
  private func writeRound(
    of feature: Feature, by player: Int, in record: inout PlayerRecord, at now: Int64, season: ActiveSeason
  ) -> Round {
    let number = record.addRound(of: feature, at: now)
    let value = draw.value(feature: feature, user: player, day: KSTClock.day(of: now), round: number)
    let result: RoundResult =
      switch feature {
      case .roulette: .segment(roulette.segment(drawnBy: value) ?? roulette.segments[0])
      case .dice: .game(DiceConfiguration().game(drawnBy: value))
      case .lottery: .prize(drawPrize(value))
      }
    if !losesLog(value) {
      record.log.append(.play, feature: feature, detail: number, at: now)
      record.log.append(.result, feature: feature, detail: result.detail, at: now)
    }
    return Round(
      number: number, result: result, stamp: PassStamp(&record, source: feature, bonus: 0, season: season, at: now))
  }

  /// Takes a prize out of the stock.
  private func drawPrize(_ value: UInt64) -> LotteryPrize? {
    let lottery = currentLottery
    return lotteryStock.withLock { stock -> LotteryPrize? in
      guard let index = lottery.prize(drawnBy: value, left: stock) else { return nil }
      if let left = stock[index] { stock[index] = left - 1 }
      return lottery.prizes[index]
    }
  }

  /// Whether the incident drops this round's log rows; decided by the low bits of its draw, so by the seed.
  private func losesLog(_ value: UInt64) -> Bool {
    switches.logLost.isOn && Double(value % 10_000) < switches.logLost.parameter * 100
  }

  private static func answer(to round: Round) -> JSONValue {
    var fields = [
      JSONField("result", "OK"),
      JSONField("round", .integer(round.number)),
      JSONField("season_pass", round.stamp.json),
    ]
    switch round.result {
    case .segment(let segment): fields.append(JSONField("segment", segment.json))
    case .game(let game): fields.append(JSONField("game", game.json))
    case .prize(let prize): fields.append(JSONField("prize", prize?.json ?? .null))
    }
    return .object(fields)
  }
}

extension RouletteSegment {
  fileprivate var json: JSONValue {
    .object(
      [JSONField("id", .integer(id)), JSONField("label", .string(label))] + reward.fields
        + [JSONField("slot_index", .integer(slot))])
  }
}

extension DiceConfiguration.Game {
  fileprivate var json: JSONValue {
    .object(
      [
        JSONField("player", .integer(player)), JSONField("house", .integer(house)),
        JSONField("outcome", .string(outcome.rawValue)),
      ] + reward.fields)
  }
}

extension LotteryPrize {
  fileprivate var json: JSONValue {
    .object([JSONField("id", .integer(id)), JSONField("label", .string(label))] + reward.fields)
  }

  fileprivate func json(left: Int?) -> JSONValue {
    guard case .object(let fields) = json else { return json }
    return .object(fields + [JSONField("remaining", left.map { .integer($0) } ?? .null)])
  }
}
