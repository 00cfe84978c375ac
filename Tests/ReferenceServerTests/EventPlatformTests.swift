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
}
