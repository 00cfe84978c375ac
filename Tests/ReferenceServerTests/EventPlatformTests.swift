import JSON
import Testing

@testable import ReferenceServer

extension ServerUnderTest {
  /// An `Authorization` header of a player.
  func token(of player: Int) throws -> String {
    let answer = try request("POST", "/api/auth/token", json: ["user_id": .integer(player)])
    return "Authorization: Bearer \(try #require(answer.json("access_token")?.string))"
  }
}

@Suite("The event platform")
struct EventPlatformTests {
  @Test("a roulette day: token, feature, status, plays up to the limit and not beyond, one stamp")
  func rouletteDay() throws {
    let server = try ServerUnderTest()
    let client = try server.client()
    let token = try client.request("POST", "/api/auth/token", json: ["external_id": "player-00007"])
    #expect(token.status == 200)
    #expect(token.json("token_type")?.string == "bearer")
    #expect(token.json("user", "id")?.integer == 7)
    let access = ["Authorization: Bearer \(try #require(token.json("access_token")?.string))"]

    let feature = try client.request("GET", "/api/today-feature", headers: access)
    #expect(feature.json == ["feature_type": "ROULETTE", "user_id": 7])

    let before = try client.request("GET", "/api/roulette/status", headers: access)
    #expect(before.json("max_daily_spins")?.integer == 3)
    #expect(before.json("today_spins")?.integer == 0)
    #expect(before.json("remaining_spins")?.integer == 3)
    #expect(before.json("segments")?.array?.compactMap { $0["slot_index"]?.integer } == [0, 1, 2, 3, 4, 5])

    for round in 1...3 {
      let play = try client.request("POST", "/api/roulette/play", headers: access)
      #expect(play.status == 200)
      #expect(play.json("result")?.string == "OK")
      #expect(play.json("round")?.integer == Int64(round))
      #expect((1...6).contains(try #require(play.json("segment", "id")?.integer)))
      #expect(play.json("season_pass", "added_stamp")?.integer == (round == 1 ? 1 : 0))
      #expect(play.json("season_pass", "xp_added")?.integer == (round == 1 ? 20 : 0))
    }
    let fourth = try client.request("POST", "/api/roulette/play", headers: access)
    #expect(fourth.status == 400)
    #expect(fourth.json("error", "code")?.string == "DAILY_LIMIT_REACHED")

    let after = try client.request("GET", "/api/roulette/status", headers: access)
    #expect(after.json("today_spins")?.integer == 3)
    #expect(after.json("remaining_spins")?.integer == 0)
    let pass = try client.request("GET", "/api/season-pass/status", headers: access)
    #expect(pass.json("progress", "total_stamps")?.integer == 1)
    #expect(pass.json("progress", "current_xp")?.integer == 20)
    #expect(pass.json("progress", "current_level")?.integer == 1)
    #expect(pass.json("progress", "next_level_xp")?.integer == 50)
    #expect(pass.json("today", "stamped")?.bool == true)
    #expect(pass.json("levels")?.array?.count == 10)
    #expect(server.violations("event").isEmpty)
  }

  // MARK: - Tokens

  struct TokenRequest: Sendable, CustomTestStringConvertible {
    var body: String
    var status: Int
    var code: String?
    var testDescription: String { body }
  }

  static let tokenRequests = [
    TokenRequest(body: #"{"user_id": 1}"#, status: 200),
    TokenRequest(body: #"{"user_id": 100000}"#, status: 200),
    TokenRequest(body: #"{"external_id": "player-100000"}"#, status: 200),
    TokenRequest(body: #"{"user_id": 5, "password": "password-00005"}"#, status: 200),
    TokenRequest(body: #"{"user_id": 5, "password": null}"#, status: 200),
    TokenRequest(body: #"{"user_id": 5, "password": "password-00006"}"#, status: 401, code: "INVALID_CREDENTIALS"),
    TokenRequest(body: #"{"user_id": 0}"#, status: 401, code: "USER_NOT_FOUND"),
    TokenRequest(body: #"{"user_id": 100001}"#, status: 401, code: "USER_NOT_FOUND"),
    TokenRequest(body: #"{"external_id": "player-1"}"#, status: 401, code: "USER_NOT_FOUND"),
    TokenRequest(body: #"{"external_id": "player-000001"}"#, status: 401, code: "USER_NOT_FOUND"),
    TokenRequest(body: #"{"external_id": "player-+0001"}"#, status: 401, code: "USER_NOT_FOUND"),
    TokenRequest(body: #"{"external_id": "somebody"}"#, status: 401, code: "USER_NOT_FOUND"),
    TokenRequest(body: #"{}"#, status: 422, code: "VALIDATION_ERROR"),
    TokenRequest(body: #"{"user_id": "one"}"#, status: 422, code: "VALIDATION_ERROR"),
    TokenRequest(body: #"{"user_id": 1.5}"#, status: 422, code: "VALIDATION_ERROR"),
    TokenRequest(body: #"{"external_id": 1}"#, status: 422, code: "VALIDATION_ERROR"),
    TokenRequest(body: #"{"user_id": 1, "password": 1}"#, status: 422, code: "VALIDATION_ERROR"),
    TokenRequest(body: #"[1]"#, status: 422, code: "VALIDATION_ERROR"),
    TokenRequest(body: #"{"user_id": 1"#, status: 422, code: "VALIDATION_ERROR"),
    TokenRequest(body: "", status: 422, code: "VALIDATION_ERROR"),
  ]

  @Test("a token is given to users that exist, and refused for its reason", arguments: tokenRequests)
  func issuesToken(_ asked: TokenRequest) throws {
    let server = try ServerUnderTest()
    let answer = try server.client().request("POST", "/api/auth/token", body: Array(asked.body.utf8))
    #expect(answer.status == asked.status)
    #expect(answer.json("error", "code")?.string == asked.code)
    #expect((answer.json("access_token")?.string != nil) == (asked.status == 200))
  }

  @Test(
    "what needs a player refuses who is none",
    arguments: [
      ("GET", "/api/roulette/status"), ("POST", "/api/roulette/play"), ("GET", "/api/season-pass/status"),
      ("POST", "/api/season-pass/stamp"), ("POST", "/api/season-pass/claim"), ("GET", "/api/events-log"),
    ])
  func needsPlayer(_ method: String, _ path: String) throws {
    let server = try ServerUnderTest()
    func code(_ headers: [String]) throws -> String? {
      let answer = try server.request(method, path, headers: headers)
      #expect(answer.status == 401)
      return answer.json("error", "code")?.string
    }
    #expect(try code([]) == "AUTH_REQUIRED")
    #expect(try code(["Authorization: Basic abc"]) == "AUTH_REQUIRED")
    #expect(try code(["Authorization: Bearer a.b.c"]) == "TOKEN_INVALID")
    // Of another server: the same form, another key.
    let stranger = try ServerUnderTest(loops: 1) { $0.seed = 2 }
    #expect(try code([stranger.token(of: 1)]) == "TOKEN_INVALID")
  }

  @Test("a token holds for 1,440 minutes by the server's clock")
  func expiry() throws {
    let server = try ServerUnderTest()
    let clock = server.server.context.clock
    let issued = CivilTime.parseISO("2026-02-01T12:00:00+09:00")!
    clock.stop(at: issued)
    let access = try server.token(of: 1)
    clock.stop(at: issued + 86_399 * 1_000_000_000)
    #expect(try server.request("GET", "/api/roulette/status", headers: [access]).status == 200)
    clock.stop(at: issued + 86_400 * 1_000_000_000)
    let late = try server.request("GET", "/api/roulette/status", headers: [access])
    #expect(late.status == 401)
    #expect(late.json("error", "code")?.string == "TOKEN_EXPIRED")
    // Who sends a token at all wants it believed, also where none is needed.
    #expect(try server.request("GET", "/api/today-feature", headers: [access]).status == 401)
    #expect(try server.request("GET", "/api/today-feature").status == 200)
  }

  // MARK: - The other games

  @Test("a day of dice: its own counters, a result that its dice explain, and roulette closed")
  func dice() throws {
    let server = try ServerUnderTest()
    server.set("event.feature", to: "DICE")
    let access = try server.token(of: 1)
    let play = try server.request("POST", "/api/dice/play", headers: [access])
    let player = try #require(play.json("game", "player")?.integer)
    let house = try #require(play.json("game", "house")?.integer)
    #expect(play.json("game", "outcome")?.string == (player > house ? "WIN" : player == house ? "DRAW" : "LOSE"))
    let status = try server.request("GET", "/api/dice/status", headers: [access])
    #expect(status.json("max_daily_plays")?.integer == 3)
    #expect(status.json("today_plays")?.integer == 1)
    #expect(status.json("remaining_plays")?.integer == 2)
    let closed = try server.request("POST", "/api/roulette/play", headers: [access])
    #expect(closed.status == 400)
    #expect(closed.json("error", "code")?.string == "FEATURE_NOT_ACTIVE")
  }

  @Test("tickets take their prizes out of the stock, whoever draws them, and never more than there are")
  func lottery() throws {
    let server = try ServerUnderTest()
    server.set("event.feature", to: "LOTTERY")
    server.set("event.lottery_max_daily_tickets", to: "0")
    let access = try (1...4).map { try server.token(of: $0) }
    var won: [Int64: Int64] = [:]
    let clients = try access.map { _ in try server.client() }
    for _ in 1...150 {
      for (client, access) in zip(clients, access) { try client.send("POST", "/api/lottery/play", headers: [access]) }
      for client in clients { won[try #require(client.receive().json("prize", "id")?.integer), default: 0] += 1 }
    }
    let status = try server.request("GET", "/api/lottery/status", headers: [access[0]])
    #expect(status.json("max_daily_tickets")?.integer == 0)
    #expect(status.json("remaining_tickets") == .null)
    for prize in status.json("prize_preview")?.array ?? [] {
      let id = try #require(prize["id"]?.integer)
      let initial = try #require(LotteryConfiguration.standard.prizes.first { $0.id == Int(id) }).stock
      if let initial {
        #expect(prize["remaining"]?.integer == Int64(initial) - won[id, default: 0])
      } else {
        #expect(prize["remaining"] == .null)
      }
    }
    #expect(won.values.reduce(0, +) == 600)
    #expect(won[2, default: 0] > 0)
    #expect(server.violations("event").isEmpty)
  }

  @Test("the same seed draws the same results, another seed others, whatever the order of players")
  func seeded() throws {
    func results(seed: UInt64, players: [Int]) throws -> [Int: [Int64]] {
      let server = try ServerUnderTest(loops: 1) { $0.seed = seed }
      server.server.context.clock.stop(at: CivilTime.parseISO("2026-02-01T12:00:00+09:00")!)
      server.set("event.roulette_max_daily_spins", to: "12")
      var drawn: [Int: [Int64]] = [:]
      for player in players {
        let access = try server.token(of: player)
        drawn[player] = try (1...12).map { _ in
          try #require(server.request("POST", "/api/roulette/play", headers: [access]).json("segment", "id")?.integer)
        }
      }
      return drawn
    }
    let first = try results(seed: 1, players: [1, 2])
    #expect(try results(seed: 1, players: [2, 1]) == first)
    #expect(try results(seed: 2, players: [1, 2]) != first)
    #expect(first[1] != first[2])
  }

  // MARK: - Season pass

  @Test("a stamp adds its base and bonus, once a day; claims go out once; the log tells all of it in order")
  func seasonPass() throws {
    let server = try ServerUnderTest()
    let client = try server.client()
    let access = [try server.token(of: 9)]
    let stamp = try client.request(
      "POST", "/api/season-pass/stamp", headers: access, json: ["source_feature_type": "ROULETTE", "xp_bonus": 40])
    #expect(stamp.status == 200)
    #expect(stamp.json("added_stamp")?.integer == 1)
    #expect(stamp.json("xp_added")?.integer == 60)
    #expect(stamp.json("current_level")?.integer == 2)
    #expect(stamp.json("leveled_up")?.bool == true)
    #expect(stamp.json("rewards")?.array?.compactMap { $0["level"]?.integer } == [1])
    let again = try client.request(
      "POST", "/api/season-pass/stamp", headers: access, json: ["source_feature_type": "DICE", "xp_bonus": 0])
    #expect(again.status == 400)
    #expect(again.json("error", "code")?.string == "ALREADY_STAMPED_TODAY")
    let expected: [(Int64, Int, String?)] = [
      (2, 200, nil), (2, 400, "REWARD_ALREADY_CLAIMED"), (1, 400, "AUTO_CLAIM_LEVEL"), (4, 400, "LEVEL_NOT_REACHED"),
      (99, 404, "LEVEL_NOT_FOUND"),
    ]
    for (level, status, code) in expected {
      let claim = try client.request(
        "POST", "/api/season-pass/claim", headers: access, json: ["level": .integer(level)])
      #expect(claim.status == status)
      #expect(claim.json("error", "code")?.string == code)
    }
    let log = try client.request("GET", "/api/events-log?user=player-00009", headers: access)
    #expect(log.json("total")?.integer == 4)
    #expect(
      log.json("events")?.array?.compactMap { $0["event_type"]?.string } == [
        "SEASON_PASS_STAMP", "SEASON_PASS_LEVEL_UP", "REWARD_CLAIM", "REWARD_CLAIM",
      ])
  }

  @Test(
    "a stamp or claim whose body means nothing is 422",
    arguments: [
      ("stamp", "{}"), ("stamp", #"{"source_feature_type": "CHESS"}"#),
      ("stamp", #"{"source_feature_type": "DICE", "xp_bonus": -1}"#),
      ("stamp", #"{"source_feature_type": "DICE", "xp_bonus": 1001}"#),
      ("stamp", #"{"source_feature_type": "DICE", "xp_bonus": "1"}"#), ("stamp", "stamp"), ("claim", "{}"),
      ("claim", #"{"level": "2"}"#),
    ])
  func passValidation(_ action: String, _ body: String) throws {
    let server = try ServerUnderTest()
    let answer = try server.client().request(
      "POST", "/api/season-pass/" + action, headers: [server.token(of: 1)], body: Array(body.utf8))
    #expect(answer.status == 422)
    #expect(answer.json("error", "code")?.string == "VALIDATION_ERROR")
  }

  @Test("the season's last day counts to its last instant in Seoul, and the next day there is no season")
  func seasonBoundary() throws {
    let server = try ServerUnderTest()
    server.set("event.season_first_day", to: "20260201")
    server.set("event.season_last_day", to: "20260228")
    let clock = server.server.context.clock
    let expected = [
      ("2026-01-31T23:59:59.999+09:00", 404), ("2026-02-01T00:00:00+09:00", 200),
      ("2026-02-28T23:59:59.999+09:00", 200), ("2026-03-01T00:00:00+09:00", 404),
    ]
    for (instant, status) in expected {
      clock.stop(at: CivilTime.parseISO(instant)!)
      let access = try server.token(of: 1)
      let answer = try server.request("GET", "/api/season-pass/status", headers: [access])
      #expect(answer.status == status, "\(instant)")
      #expect(answer.json("error", "code")?.string == (status == 404 ? "NO_ACTIVE_SEASON" : nil))
      let play = try server.request("POST", "/api/roulette/play", headers: [access])
      #expect((play.json("season_pass") == .null) == (status == 404), "\(instant)")
    }
  }

  @Test("two seasons at once are a conflict for status and stamp, and leave plays without a stamp")
  func overlap() throws {
    let server = try ServerUnderTest()
    server.set("event.season_overlap", to: "true")
    let access = try server.token(of: 1)
    let stamp = try server.request(
      "POST", "/api/season-pass/stamp", headers: [access], json: ["source_feature_type": "ROULETTE", "xp_bonus": 0])
    #expect(stamp.status == 409)
    #expect(stamp.json("error", "code")?.string == "NO_ACTIVE_SEASON_CONFLICT")
    let play = try server.request("POST", "/api/roulette/play", headers: [access])
    #expect(play.status == 200)
    #expect(play.json("season_pass") == .null)
  }

  // MARK: - Log and state

  @Test("a log is its player's own; the control token reads any")
  func logAccess() throws {
    let server = try ServerUnderTest()
    let access = try server.token(of: 1)
    _ = try server.request("GET", "/api/roulette/status", headers: [access])
    #expect(try server.request("GET", "/api/events-log", headers: [access]).json("total")?.integer == 1)
    let other = try server.request("GET", "/api/events-log?user=2", headers: [access])
    #expect(other.status == 403)
    #expect(other.json("error", "code")?.string == "FORBIDDEN")
    let control = ["X-Stampede-Control: control-token-of-the-test"]
    #expect(try server.request("GET", "/api/events-log?user=1", headers: control).json("total")?.integer == 1)
    #expect(try server.request("GET", "/api/events-log", headers: control).status == 422)
    #expect(try server.request("GET", "/api/events-log?user=0", headers: control).status == 404)
    #expect(try server.request("GET", "/api/events-log?user=1", headers: ["X-Stampede-Control: no"]).status == 401)
  }

  @Test("a reset takes back rounds, stamps and prizes")
  func reset() throws {
    let server = try ServerUnderTest()
    let access = try server.token(of: 1)
    for _ in 1...3 { _ = try server.request("POST", "/api/roulette/play", headers: [access]) }
    #expect(server.truth("event")["totals"]?["rounds"]?.integer == 3)
    for system in server.server.systems { system.reset() }
    #expect(server.truth("event")["totals"]?["rounds"]?.integer == 0)
    #expect(try server.request("POST", "/api/roulette/play", headers: [access]).json("round")?.integer == 1)
  }

  @Test("a full pool is 503 DB_POOL_TIMEOUT, not an endless wait")
  func poolTimeout() throws {
    let server = try ServerUnderTest()
    let access = try server.token(of: 1)
    server.set("event.db.pool_size", to: "1")
    server.set("event.db.query_time_ms", to: "400")
    server.set("event.db.connection_timeout_ms", to: "20")
    let clients = try (1...2).map { _ in try server.client() }
    for client in clients { try client.send("POST", "/api/roulette/play", headers: [access]) }
    let answers = try clients.map { try $0.receive() }
    #expect(answers.map(\.status).sorted() == [200, 503])
    #expect(answers.first { $0.status == 503 }?.json("error", "code")?.string == "DB_POOL_TIMEOUT")
  }
}
