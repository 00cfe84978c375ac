import EventLoop
import JSON

/// The events log, and the state as it is.
extension EventPlatform {
  /// `GET /api/events-log?user=&type=`: one's own log; anybody's with the control token in `X-Stampede-Control`.
  func eventsLog(_ request: ServerRequest) async throws(EventRefusal) -> ServerResponse {
    let isControl = request.header("x-stampede-control") == request.connection.controlToken
    let asking = isControl ? try optionalPlayer(request) : try player(request)
    let wanted: Int
    if let text = request.query("user") {
      guard let user = Int(text).flatMap({ isKnown($0) ? $0 : nil }) ?? user(externalID: text) else {
        throw EventRefusal(404, "USER_NOT_FOUND", "there is no user \(text)")
      }
      wanted = user
    } else if let asking {
      wanted = asking
    } else {
      throw .validation("the parameter 'user' is required")
    }
    if !isControl, wanted != asking { throw EventRefusal(403, "FORBIDDEN", "this is another player's log") }
    var kind: EventKind?
    if let text = request.query("type") {
      kind = EventKind(rawValue: text)
      if kind == nil {
        throw .validation("'type' must be one of \(EventKind.allCases.map(\.rawValue).joined(separator: ", "))")
      }
    }
    let log = try await query(player: wanted, request) { $0.log }
    return .json(
      200,
      [
        "user_id": .integer(wanted),
        "total": .integer(kind.map { log.count(of: $0) } ?? log.total),
        "events": .array(
          log.rows.filter { kind == nil || $0.kind == kind }.map { row in
            [
              "id": .integer(row.number),
              "event_type": .string(row.kind.rawValue),
              "feature_type": row.feature.map { .string($0.rawValue) } ?? .null,
              "detail": .integer(row.detail),
              "created_at": .string(KSTClock.timestamp(row.at)),
            ]
          }),
      ])
  }

  // MARK: - Ground truth

  package func truth() -> JSONValue {
    var players: [(user: Int, record: PlayerRecord)] = []
    for shard in shards { players += shard.inspect { $0.map { ($0.key, $0.value) } } }
    players.sort { $0.user < $1.user }
    let stock = lotteryStock.withLock { $0 }
    var violations = players.flatMap { self.violations(of: $0.user, $0.record) }
    for (prize, left) in zip(lottery.prizes, stock) where (left ?? 0) < 0 {
      violations.append(["rule": "lottery_stock", "prize_id": .integer(prize.id), "left": .integer(left ?? 0)])
    }
    let rounds = players.reduce(0) { $0 + $1.record.roundsByDay.reduce(0) { $0 + $1.rounds } }
    let progress = players.flatMap(\.record.allProgress)
    return [
      "now": .string(context.clock.timestamp),
      "totals": [
        "players": .integer(players.count),
        "rounds": .integer(rounds),
        "stamps": .integer(progress.reduce(0) { $0 + $1.stamps.count }),
        "xp": .integer(progress.reduce(0) { $0 + $1.xp }),
        "claims": .integer(progress.reduce(0) { $0 + $1.claims.count }),
        "log_rows": .integer(players.reduce(0) { $0 + $1.record.log.total }),
      ],
      "violations": .array(violations),
      "lottery_stock": .array(
        zip(lottery.prizes, stock).map { prize, left in
          ["id": .integer(prize.id), "left": left.map { .integer($0) } ?? .null]
        }),
      "players": .array(players.map { Self.json($0.user, $0.record) }),
    ]
  }

  /// Where a player's rows break the rules.
  private func violations(of user: Int, _ record: PlayerRecord) -> [JSONValue] {
    var found: [JSONValue] = []
    func add(_ rule: String, _ fields: [JSONField]) {
      found.append(.object([JSONField("rule", .string(rule)), JSONField("user_id", .integer(user))] + fields))
    }
    var rounds = 0
    for entry in record.roundsByDay {
      rounds += entry.rounds
      let limit = settings.maxRounds(of: entry.feature)
      if limit > 0, entry.rounds > limit {
        add(
          "daily_limit",
          [
            JSONField("day", .string("\(entry.day)")), JSONField("feature", .string(entry.feature.rawValue)),
            JSONField("rounds", .integer(entry.rounds)), JSONField("limit", .integer(limit)),
          ])
      }
    }
    for kind in [EventKind.play, .result] where record.log.count(of: kind) != rounds {
      add(
        "log_complete",
        [
          JSONField("event_type", .string(kind.rawValue)), JSONField("rows", .integer(record.log.count(of: kind))),
          JSONField("rounds", .integer(rounds)),
        ])
    }
    for progress in record.allProgress {
      var stampedDays: [CivilDate: Int] = [:]
      for stamp in progress.stamps { stampedDays[stamp.day, default: 0] += 1 }
      for (day, count) in stampedDays.sorted(by: { $0.key < $1.key }) where count > 1 {
        add("one_stamp_a_day", [JSONField("day", .string("\(day)")), JSONField("stamps", .integer(count))])
      }
      let sum = progress.stamps.reduce(0) { $0 + $1.base + $1.bonus }
      if sum != progress.xp {
        add("xp_is_the_sum", [JSONField("xp", .integer(progress.xp)), JSONField("sum", .integer(sum))])
      }
      if Set(progress.claims.map(\.level)).count != progress.claims.count {
        add("one_reward_a_level", [JSONField("season", .integer(progress.season))])
      }
    }
    return found
  }

  private static func json(_ user: Int, _ record: PlayerRecord) -> JSONValue {
    [
      "user_id": .integer(user),
      "rounds": .array(
        record.roundsByDay.map {
          ["day": .string("\($0.day)"), "feature": .string($0.feature.rawValue), "rounds": .integer($0.rounds)]
        }),
      "seasons": .array(
        record.allProgress.map { progress in
          [
            "season": .integer(progress.season), "xp": .integer(progress.xp),
            "stamps": .array(
              progress.stamps.map {
                [
                  "day": .string("\($0.day)"), "source": .string($0.source.rawValue),
                  "base": .integer($0.base), "bonus": .integer($0.bonus),
                ]
              }),
            "claims": .array(
              progress.claims.map { ["level": .integer($0.level), "auto": .bool($0.byItself)] }),
          ]
        }),
      "log": .object(
        EventKind.allCases.map { JSONField($0.rawValue, .integer(record.log.count(of: $0))) }),
    ]
  }
}
