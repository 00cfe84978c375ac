import EventLoop
import JSON
import Testing

@testable import ReferenceServer

@Suite("The event platform's incidents")
struct EventIncidentTests {
  /// Plays at the same time, each on a connection of its own, and gives the statuses.
  private func playTogether(
    _ server: ServerUnderTest, _ count: Int, _ path: String = "/api/roulette/play", access: String
  ) throws -> [RawClient.Response] {
    let clients = try (0..<count).map { _ in try server.client() }
    for client in clients { try client.send("POST", path, headers: [access]) }
    return try clients.map { try $0.receive() }
  }

  @Test("eight plays at once: three are let through, twenty times out of twenty")
  func limitHolds() throws {
    let server = try ServerUnderTest()
    for player in 1...20 {
      let answers = try playTogether(server, 8, access: server.token(of: player))
      #expect(answers.filter { $0.status == 200 }.count == 3)
      #expect(answers.filter { $0.json("error", "code")?.string == "DAILY_LIMIT_REACHED" }.count == 5)
      #expect(Set(answers.compactMap { $0.json("round")?.integer }) == [1, 2, 3])
    }
    #expect(server.violations("event").isEmpty)
  }

  @Test("limit-race lets more than three of eight through, twenty times out of twenty")
  func limitRace() throws {
    let server = try ServerUnderTest()
    server.set("event.limit-race")
    var player = 0
    for _ in 1...20 {
      let letThrough = try fitting(attempts: 3) {
        player += 1
        return try playTogether(server, 8, access: server.token(of: player)).count { $0.status == 200 }
      } fits: {
        $0 > 3
      }
      #expect(letThrough > 3)
    }
    #expect(server.violations("event") == [String](repeating: "daily_limit", count: 20))
    // One after the other, the limit holds: it is a race and nothing else.
    let access = try server.token(of: player + 1)
    server.set("event.limit-race", parameter: 1)
    var statuses: [Int] = []
    for _ in 1...5 { statuses.append(try server.request("POST", "/api/roulette/play", headers: [access]).status) }
    #expect(statuses == [200, 200, 200, 400, 400])
  }

  @Test("limit-race reaches dice and lottery too", arguments: [Feature.dice, .lottery])
  func limitRaceOfOthers(_ feature: Feature) throws {
    let server = try ServerUnderTest()
    server.set("event.feature", to: feature.rawValue)
    let path = "/api/\(feature.path)/play"
    #expect(try playTogether(server, 8, path, access: server.token(of: 1)).filter { $0.status == 200 }.count == 3)
    server.set("event.limit-race")
    var player = 1
    let letThrough = try fitting(attempts: 3) {
      player += 1
      return try playTogether(server, 8, path, access: server.token(of: player)).count { $0.status == 200 }
    } fits: {
      $0 > 3
    }
    #expect(letThrough > 3)
  }

  @Test("limit-off lets a fourth play through, one after the other")
  func limitOff() throws {
    let server = try ServerUnderTest()
    server.set("event.limit-off")
    let access = try server.token(of: 1)
    for _ in 1...4 { #expect(try server.request("POST", "/api/roulette/play", headers: [access]).status == 200) }
    #expect(server.violations("event") == ["daily_limit"])
  }

  /// Plays until refused at each of these instants, and gives how many were let through.
  private func plays(_ server: ServerUnderTest, at instants: [String]) throws -> [Int] {
    server.server.context.clock.stop(at: CivilTime.parseISO(instants[0])!)
    let access = try server.token(of: 1)
    return try instants.map { instant in
      server.server.context.clock.stop(at: CivilTime.parseISO(instant)!)
      var count = 0
      while try server.request("POST", "/api/roulette/play", headers: [access]).status == 200 { count += 1 }
      return count
    }
  }

  private let aroundMidnight = [
    "2026-02-01T23:59:59.999+09:00", "2026-02-02T00:00:00+09:00", "2026-02-02T08:59:59.999+09:00",
    "2026-02-02T09:00:00+09:00",
  ]

  @Test("the limit starts anew at midnight in Seoul")
  func midnight() throws {
    let server = try ServerUnderTest()
    #expect(try plays(server, at: aroundMidnight) == [3, 3, 0, 0])
    #expect(server.violations("event").isEmpty)
  }

  @Test("limit-utc lets it start anew at nine in the morning instead")
  func limitUTC() throws {
    let server = try ServerUnderTest()
    server.set("event.limit-utc")
    #expect(try plays(server, at: aroundMidnight) == [3, 0, 0, 3])
    // A player who begins after midnight has twice the limit that day.
    let twice = try ServerUnderTest()
    twice.set("event.limit-utc")
    #expect(try plays(twice, at: Array(aroundMidnight.dropFirst(1))) == [3, 0, 3])
    #expect(twice.violations("event") == ["daily_limit"])
  }

  struct Answered: Sendable, CustomTestStringConvertible {
    var incident: String
    var method = "GET"
    var path: String
    var status: Int
    var code: String?
    var testDescription: String { "\(incident): \(method) \(path)" }
  }

  static let changedAnswers = [
    Answered(incident: "event.schedule-missing", path: "/api/today-feature", status: 200, code: nil),
    Answered(incident: "event.schedule-missing", path: "/api/roulette/status", status: 404, code: "NO_FEATURE_TODAY"),
    Answered(
      incident: "event.schedule-missing", method: "POST", path: "/api/roulette/play", status: 404,
      code: "NO_FEATURE_TODAY"),
    Answered(
      incident: "event.schedule-duplicate", path: "/api/today-feature", status: 409, code: "INVALID_FEATURE_SCHEDULE"),
    Answered(
      incident: "event.schedule-duplicate", method: "POST", path: "/api/roulette/play", status: 409,
      code: "INVALID_FEATURE_SCHEDULE"),
    Answered(incident: "event.feature-off", path: "/api/today-feature", status: 200, code: nil),
    Answered(incident: "event.feature-off", path: "/api/roulette/status", status: 400, code: "FEATURE_NOT_ACTIVE"),
    Answered(
      incident: "event.feature-off", method: "POST", path: "/api/roulette/play", status: 400,
      code: "FEATURE_NOT_ACTIVE"),
    Answered(incident: "event.maintenance", path: "/api/today-feature", status: 503, code: "MAINTENANCE"),
    Answered(incident: "event.maintenance", path: "/api/season-pass/status", status: 503, code: "MAINTENANCE"),
    Answered(incident: "event.maintenance", method: "POST", path: "/api/auth/token", status: 503, code: "MAINTENANCE"),
    Answered(
      incident: "event.roulette-misconfigured", path: "/api/roulette/status", status: 400,
      code: "INVALID_ROULETTE_CONFIG"),
    Answered(
      incident: "event.roulette-misconfigured", method: "POST", path: "/api/roulette/play", status: 400,
      code: "INVALID_ROULETTE_CONFIG"),
    Answered(incident: "event.season-ended", path: "/api/season-pass/status", status: 404, code: "NO_ACTIVE_SEASON"),
    Answered(incident: "event.key-rotated", path: "/api/roulette/status", status: 401, code: "TOKEN_INVALID"),
    Answered(incident: "event.key-rotated", path: "/api/season-pass/status", status: 401, code: "TOKEN_INVALID"),
  ]

  @Test(
    "an incident changes the answer as its runbook says, and without it the answer is 200", arguments: changedAnswers)
  func answers(_ expected: Answered) throws {
    let server = try ServerUnderTest()
    let access = try server.token(of: 1)
    func answer() throws -> RawClient.Response {
      if expected.path == "/api/auth/token" {
        return try server.request("POST", expected.path, json: ["user_id": 1])
      }
      return try server.request(expected.method, expected.path, headers: [access])
    }
    #expect(try answer().status == 200)
    server.set(expected.incident)
    let answered = try answer()
    #expect(answered.status == expected.status)
    #expect(answered.json("error", "code")?.string == expected.code)
    server.server.context.incidents.clearAll()
    #expect(try answer().status == 200)
  }

  @Test("schedule-missing is NONE for today-feature; feature-off still names the game")
  func scheduleMissing() throws {
    let server = try ServerUnderTest()
    server.set("event.schedule-missing")
    #expect(try server.request("GET", "/api/today-feature").json == ["feature_type": "NONE"])
    server.server.context.incidents.clearAll()
    server.set("event.feature-off")
    #expect(try server.request("GET", "/api/today-feature").json == ["feature_type": "ROULETTE"])
  }

  @Test("lottery-zero-weight refuses tickets, and names the configuration")
  func lotteryZeroWeight() throws {
    let server = try ServerUnderTest()
    server.set("event.feature", to: "LOTTERY")
    let access = try server.token(of: 1)
    #expect(try server.request("POST", "/api/lottery/play", headers: [access]).status == 200)
    server.set("event.lottery-zero-weight")
    for (method, path) in [("GET", "/api/lottery/status"), ("POST", "/api/lottery/play")] {
      let answer = try server.request(method, path, headers: [access])
      #expect(answer.status == 400)
      #expect(answer.json("error", "code")?.string == "INVALID_LOTTERY_CONFIG")
    }
  }

  @Test(
    "season-ended and stamp-swallowed let plays through without a stamp",
    arguments: ["season-ended", "stamp-swallowed"])
  func withoutStamp(_ incident: String) throws {
    let server = try ServerUnderTest()
    server.set("event." + incident)
    let access = try server.token(of: 1)
    let play = try server.request("POST", "/api/roulette/play", headers: [access])
    #expect(play.status == 200)
    #expect(play.json("season_pass") == .null)
    server.server.context.incidents.clearAll()
    let status = try server.request("GET", "/api/season-pass/status", headers: [access])
    #expect(status.json("progress", "total_stamps")?.integer == 0)
    #expect(status.json("today", "stamped")?.bool == false)
  }

  /// Stamps from all three games at the same time, and gives how many were let through.
  private func stampTogether(_ server: ServerUnderTest, player: Int) throws -> Int {
    let access = try server.token(of: player)
    let clients = try Feature.allCases.map { ($0, try server.client()) }
    for (feature, client) in clients {
      let body: JSONValue = ["source_feature_type": .string(feature.rawValue), "xp_bonus": 5]
      try client.send("POST", "/api/season-pass/stamp", headers: [access], body: Array(body.text().utf8))
    }
    return try clients.map { try $0.1.receive() }.filter { $0.status == 200 }.count
  }

  @Test("three stamps at once from three games: one holds; with stamp-race more, twenty times out of twenty")
  func stampRace() throws {
    let server = try ServerUnderTest()
    for player in 1...20 { #expect(try stampTogether(server, player: player) == 1) }
    #expect(server.violations("event").isEmpty)
    server.set("event.stamp-race")
    var player = 20
    for _ in 1...20 {
      let stamps = try fitting(attempts: 3) {
        player += 1
        return try stampTogether(server, player: player)
      } fits: {
        $0 > 1
      }
      #expect(stamps > 1)
    }
    #expect(server.violations("event") == [String](repeating: "one_stamp_a_day", count: 20))
    // The day's second stamp one after the other is refused still, and so is that of a play.
    server.set("event.stamp-race", parameter: 1)
    let access = try server.token(of: player + 1)
    #expect(try server.request("POST", "/api/roulette/play", headers: [access]).json("season_pass", "added_stamp") == 1)
    let second = try server.request(
      "POST", "/api/season-pass/stamp", headers: [access], json: ["source_feature_type": "DICE", "xp_bonus": 0])
    #expect(second.json("error", "code")?.string == "ALREADY_STAMPED_TODAY")
  }

  @Test("cache-down makes today-feature slower by its parameter, and no less right")
  func cacheDown() throws {
    let server = try ServerUnderTest()
    server.set("event.cache-down", parameter: 120)
    let start = EventLoop.now()
    let answer = try server.request("GET", "/api/today-feature")
    #expect(answer.json == ["feature_type": "ROULETTE"])
    // A lower bound: what the server waits for cannot take less, however fast the machine.
    #expect(EventLoop.now() - start >= 120_000_000)
  }

  @Test("log-lost drops the rows of some plays and of no others, and the plays themselves stay")
  func logLost() throws {
    let server = try ServerUnderTest()
    server.set("event.roulette_max_daily_spins", to: "0")
    let access = try server.token(of: 1)
    let client = try server.client()
    for _ in 1...20 { #expect(try client.request("POST", "/api/roulette/play", headers: [access]).status == 200) }
    #expect(server.violations("event").isEmpty)
    server.set("event.log-lost", parameter: 100)
    for _ in 1...5 { #expect(try client.request("POST", "/api/roulette/play", headers: [access]).status == 200) }
    let log = try client.request("GET", "/api/events-log?user=1", headers: [access])
    let kinds = (log.json("events")?.array ?? []).compactMap { $0["event_type"]?.string }
    #expect(kinds.filter { $0 == "PLAY" }.count == 20)
    #expect(kinds.filter { $0 == "RESULT" }.count == 20)
    #expect(server.violations("event") == ["log_complete", "log_complete"])
    #expect(server.truth("event")["totals"]?["rounds"]?.integer == 25)
  }
}
