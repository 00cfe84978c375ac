import EventLoop
import JSON
import Synchronization

/// The event platform: a game each day with a daily limit, and a season pass that the games stamp.
///
/// Players are rows of sixteen tables by user id, all behind one database. What must happen at once (check the
/// limit, write the round, draw the result, stamp the day, write the log) is one query; the incidents take it apart.
package final class EventPlatform: ReferenceSystem {
  package static let name = "event"
  package static let incidents = EventIncidents.all

  let context: ServerContext
  let switches: EventSwitches
  let settings: EventSettings
  let database: Database
  /// Players by user id, the table chosen by the id.
  let shards: [Store<[Int: PlayerRecord]>]
  /// What is left of each prize of the lottery. Taken while a player's table is locked, never the other way round.
  let lotteryStock: Locked<[Int?]>
  /// Rows of the events log that are kept of all players.
  let logRows = Atomic(0)
  let draw: GameDraw
  let lottery = LotteryConfiguration.standard
  /// Signs tokens and believes them.
  let tokens: TokenAuthority
  /// Signs with the same key, and believes those of another one.
  let rotatedTokens: TokenAuthority

  package init(context: ServerContext) {
    self.context = context
    switches = EventSwitches(context.incidents)
    settings = EventSettings(context.settings)
    let database = Database(name: "event.db", context: context)
    self.database = database
    shards = (0..<16).map { _ in Store([:], in: database) }
    lotteryStock = Locked(lottery.prizes.map(\.stock))
    draw = GameDraw(seed: context.configuration.seed)
    let key = SHA256.digest(of: "event|signing key|1|\(context.configuration.seed)").bytes
    let nextKey = SHA256.digest(of: "event|signing key|2|\(context.configuration.seed)").bytes
    tokens = TokenAuthority(signing: key)
    rotatedTokens = TokenAuthority(signing: key, accepted: [nextKey])
  }

  package func install(on router: inout Router) {
    on("POST", "/api/auth/token", &router) { platform, request throws(EventRefusal) in
      try await platform.issueToken(request)
    }
    on("GET", "/api/today-feature", &router) { platform, request throws(EventRefusal) in
      try await platform.todayFeature(request)
    }
    for feature in Feature.allCases {
      on("GET", "/api/\(feature.path)/status", &router) { platform, request throws(EventRefusal) in
        try await platform.status(of: feature, request)
      }
      on("POST", "/api/\(feature.path)/play", &router) { platform, request throws(EventRefusal) in
        try await platform.play(feature, request)
      }
    }
    on("GET", "/api/season-pass/status", &router) { platform, request throws(EventRefusal) in
      try await platform.seasonStatus(request)
    }
    on("POST", "/api/season-pass/stamp", &router) { platform, request throws(EventRefusal) in
      try await platform.stamp(request)
    }
    on("POST", "/api/season-pass/claim", &router) { platform, request throws(EventRefusal) in
      try await platform.claim(request)
    }
    on("GET", "/api/events-log", &router) { platform, request throws(EventRefusal) in
      try await platform.eventsLog(request)
    }
  }

  private func on(
    _ method: String, _ pattern: String, _ router: inout Router,
    _ answer: @escaping @Sendable (EventPlatform, ServerRequest) async throws(EventRefusal) -> ServerResponse
  ) {
    router.on(method, pattern) { [self] request in
      if switches.maintenance.isOn {
        return EventRefusal(503, "MAINTENANCE", "the event platform is being maintained; try again later").response
      }
      do throws(EventRefusal) {
        return try await answer(self, request)
      } catch {
        return error.response
      }
    }
  }

  package func reset() {
    for shard in shards { shard.inspect { $0.removeAll() } }
    logRows.store(0, ordering: .relaxed)
    lotteryStock.withLock { $0 = lottery.prizes.map(\.stock) }
  }

  // MARK: - Players

  /// Runs one query on a player's record; a player without one gets it.
  ///
  /// - Throws: 503 where the database's pool is full for too long.
  func query<Result: Sendable>(
    player: Int, _ request: ServerRequest, _ body: @Sendable (inout PlayerRecord) -> Result
  ) async throws(EventRefusal) -> Result {
    let most = settings.maxLogRows.value
    return try await query(tableOf: player, request) { players in
      let isRoom = self.logRows.load(ordering: .relaxed) < most
      return Self.change(&players[player, default: PlayerRecord()], isRoom, self.logRows, body)
    }
  }

  private static func change<Result>(
    _ record: inout PlayerRecord, _ mayGrow: Bool, _ rows: borrowing Atomic<Int>, _ body: (inout PlayerRecord) -> Result
  ) -> Result {
    let kept = record.log.kept
    record.log.mayGrow = mayGrow
    let result = body(&record)
    if record.log.kept != kept { rows.add(record.log.kept - kept, ordering: .relaxed) }
    return result
  }

  /// Runs one query on the table that holds a player.
  ///
  /// - Throws: 503 where the database's pool is full for too long.
  func query<Result: Sendable>(
    tableOf player: Int, _ request: ServerRequest, _ body: @Sendable (inout [Int: PlayerRecord]) -> Result
  ) async throws(EventRefusal) -> Result {
    do throws(PoolTimeout) {
      return try await shards[player % shards.count].query(on: request.loop, body)
    } catch {
      throw EventRefusal(503, "DB_POOL_TIMEOUT", error.description)
    }
  }

  /// Lets others go on for the time that an incident asks for, holding nothing.
  func wait(_ incident: IncidentSwitch, _ request: ServerRequest) async {
    // Only a cancelled task is woken early, and then the answer matters no more.
    try? await request.loop.sleep(for: .milliseconds(incident.parameter))
  }

  // MARK: - What today is

  /// The season of an instant's day in Seoul.
  func season(at instant: Int64) -> ActiveSeason {
    let day = KSTClock.day(of: instant)
    let lastDay = switches.seasonEnded.isOn ? day.adding(days: -1) : EventSettings.date(of: settings.seasonLastDay)
    let season = Season(
      id: 1, name: "Season 1", firstDay: EventSettings.date(of: settings.seasonFirstDay), lastDay: lastDay,
      stampXP: settings.stampXP.value)
    var seasons = [season]
    if settings.seasonOverlap.isOn {
      seasons.append(Season(id: 2, name: "Season 2", firstDay: season.firstDay, lastDay: season.lastDay))
    }
    return ActiveSeason(among: seasons, on: day)
  }

  /// The games scheduled for today: one, unless something is wrong.
  func scheduledFeatures() -> [Feature] {
    if switches.scheduleMissing.isOn { return [] }
    guard let feature = settings.scheduledFeature else { return [] }
    if switches.scheduleDuplicate.isOn { return [feature, feature == .dice ? .roulette : .dice] }
    return [feature]
  }

  /// The wheel as it is configured now.
  var roulette: RouletteConfiguration {
    var wheel = RouletteConfiguration.standard
    if switches.rouletteMisconfigured.isOn { wheel.segments.removeLast() }
    return wheel
  }

  /// The prizes as they are configured now.
  var currentLottery: LotteryConfiguration {
    var lottery = lottery
    if switches.lotteryZeroWeight.isOn {
      for index in lottery.prizes.indices { lottery.prizes[index].weight = 0 }
    }
    return lottery
  }
}
