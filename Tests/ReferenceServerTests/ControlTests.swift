import JSON
import Testing

@testable import ReferenceServer

@Suite("The control interface")
struct ControlTests {
  @Test(
    "nothing of it answers without the token",
    arguments: [
      ("POST", "/_control/reset"), ("GET", "/_control/incidents"), ("PUT", "/_control/incidents/probe.plain"),
      ("DELETE", "/_control/incidents/probe.plain"), ("PUT", "/_control/clock"), ("GET", "/_control/settings"),
      ("PUT", "/_control/settings"), ("GET", "/_control/truth/probe"), ("GET", "/_control/log"),
    ])
  func guards(method: String, path: String) throws {
    let client = try ServerUnderTest.probe().client()
    for headers in [[], ["Authorization: Bearer wrong"], ["Authorization: control-token-of-the-test"]] {
      let answer = try client.request(method, path, headers: headers)
      #expect(answer.status == 401)
      #expect(answer.header("www-authenticate") == "Bearer")
      #expect(answer.json("error", "code")?.string == "UNAUTHORIZED")
    }
  }

  @Test("a server makes a token of its own where it is given none, another one each time")
  func makesTokens() throws {
    let tokens = try (0..<3).map { _ in try ReferenceServer(systems: [ProbeSystem.self]).controlToken }
    #expect(Set(tokens).count == 3)
    #expect(tokens.allSatisfy { $0.utf8.count == 32 })
  }

  // MARK: - Incidents

  @Test("incidents are listed, switched on, tuned and switched off")
  func switchesIncidents() throws {
    let server = try ServerUnderTest.probe()
    let all = try #require(try server.control("GET", "/incidents").json("incidents")?.array)
    // The server's own, of the network, are beside the systems'.
    let listed = all.filter { $0["name"]?.string?.hasPrefix("probe.") == true }
    #expect(listed.map { $0["name"]?.string } == ["probe.plain", "probe.tuned"])
    #expect(all.allSatisfy { $0["on"] == false })
    #expect(listed[1]["parameter"] == ["name": "percent", "value": 5.0, "standard": 5.0, "min": 0.0, "max": 100.0])

    #expect(try server.control("PUT", "/incidents/probe.plain").json("on") == true)
    #expect(try server.control("PUT", "/incidents/probe.tuned", ["parameter": 7]).json("parameter", "value") == 7.0)
    #expect(try server.control("PUT", "/incidents/probe.tuned", ["percent": 8.5]).json("parameter", "value") == 8.5)
    #expect(server.server.context.incidents.named("probe.tuned").isOn)
    #expect(server.server.context.incidents.named("probe.tuned").parameter == 8.5)
    #expect(try server.control("GET", "/incidents/probe.tuned").json("on") == true)
    #expect(try server.control("PUT", "/incidents/probe.tuned").json("parameter", "value") == 5.0)

    #expect(try server.control("DELETE", "/incidents/probe.tuned").json("on") == false)
    #expect(!server.server.context.incidents.named("probe.tuned").isOn)
    #expect(
      try server.control("DELETE", "/incidents").json("incidents")?.array?.allSatisfy { $0["on"] == false } == true)
  }

  @Test(
    "what is wrong with a switch is said, and nothing is switched",
    arguments: [
      ("probe.plain", #"{"parameter": 1}"#), ("probe.tuned", #"{"parameter": 101}"#), ("probe.tuned", #"{"rate": 1}"#),
      ("probe.tuned", #"{"parameter": "much"}"#), ("probe.tuned", "[1]"), ("probe.tuned", "{"),
    ])
  func refusesSwitches(name: String, body: String) throws {
    let server = try ServerUnderTest.probe()
    let answer = try server.client().request(
      "PUT", "/_control/incidents/" + name, headers: ["Authorization: Bearer control-token-of-the-test"],
      body: Array(body.utf8))
    #expect(answer.status == 400)
    #expect(answer.json("error", "code")?.string == "VALIDATION_ERROR")
    #expect(!server.server.context.incidents.named(name).isOn)
  }

  @Test("an unknown name comes with the ones that may have been meant")
  func suggests() throws {
    let server = try ServerUnderTest.probe()
    let answer = try server.control("PUT", "/incidents/prob.plian")
    #expect(answer.status == 404)
    #expect(answer.json("error", "message")?.string == "no incident is named 'prob.plian'; did you mean 'probe.plain'?")
    #expect(answer.json("suggestions") == ["probe.plain"])
    #expect(try server.control("GET", "/truth/prob").json("suggestions") == ["probe"])
    #expect(try server.control("PUT", "/settings", ["probe.row": 1]).json("suggestions") == ["probe.rows"])
  }

  // MARK: - Clock

  @Test("the clock is set, stopped, shifted and let go")
  func setsClock() throws {
    let server = try ServerUnderTest.probe()
    let stopped = try server.control("PUT", "/clock", ["now": "2026-02-28T15:30:00Z", "stopped": true])
    #expect(stopped.json("now") == "2026-03-01T00:30:00.000+09:00")
    #expect(stopped.json("now_utc") == "2026-02-28T15:30:00.000Z")
    #expect(stopped.json("kst_date") == "2026-03-01")
    #expect(stopped.json("stopped") == true)
    #expect(try server.control("GET", "/clock").json("now") == "2026-03-01T00:30:00.000+09:00")

    let running = try server.control("PUT", "/clock", ["now": "2026-02-28T22:00:00+09:00"])
    #expect(running.json("stopped") == false)
    #expect(running.json("now")?.string?.hasPrefix("2026-02-28T22:0") == true)

    let shifted = try server.control("PUT", "/clock", ["offset_ms": 86_400_000])
    #expect(shifted.json("offset_ms") == 86_400_000)
    #expect(try server.control("DELETE", "/clock").json("offset_ms") == 0)
  }

  @Test(
    "what is no instant is refused",
    arguments: [
      #"{"now": "2026-02-28T23:59:59"}"#, #"{"now": "2026-02-30T00:00:00Z"}"#, #"{"now": 5}"#, "{}",
      #"{"now": "2026-02-28T23:59:59Z", "offset_ms": 1}"#, #"{"offset_ms": "1"}"#,
      #"{"offset_ms": 1, "stopped": true}"#,
      #"{"now": "2026-02-28T23:59:59Z", "stopped": 1}"#, #"{"time": "2026-02-28T23:59:59Z"}"#,
    ])
  func refusesClock(body: String) throws {
    let server = try ServerUnderTest.probe()
    let answer = try server.client().request(
      "PUT", "/_control/clock", headers: ["Authorization: Bearer control-token-of-the-test"], body: Array(body.utf8))
    #expect(answer.status == 400)
    #expect(try server.control("GET", "/clock").json("offset_ms") == 0)
  }

  // MARK: - Settings

  @Test("settings are set by their own name, for all systems, and by a deployment's name")
  func setsSettings() throws {
    let server = try ServerUnderTest.probe { $0.environment = ["PROBE_ROWS": "3"] }
    #expect(try server.control("GET", "/truth/probe").json("rows") == 3)
    #expect(try server.control("PUT", "/settings", ["probe.rows": 4]).json("probe.rows") == 4)
    #expect(try server.control("GET", "/truth/probe").json("rows") == 4)
    #expect(try server.control("PUT", "/settings", ["PROBE_ROWS": "5"]).json("probe.rows") == 5)
    #expect(try server.control("PUT", "/settings", ["query_time_ms": 1.5]).json("probe.query_time_ms") == 1.5)
    let listed = try #require(try server.control("GET", "/settings").json("settings")?.array)
    let time = try #require(listed.first { $0["name"] == "probe.query_time_ms" })
    #expect(time["value"] == 1.5)
    #expect(time["initial"] == 0.5)
    let rows = try #require(listed.first { $0["name"] == "probe.rows" })
    #expect(rows["environment"] == "PROBE_ROWS")
    #expect(rows["accepts"] == "an integer from 1 to 9")
  }

  @Test("one wrong setting sets none")
  func refusesSettings() throws {
    let server = try ServerUnderTest.probe()
    for wrong: JSONValue in [["probe.rows": 4, "probe.pool_size": 0], ["probe.rows": 10], ["probe.rows": [1]], [:]] {
      #expect(try server.control("PUT", "/settings", wrong).status == 400)
    }
    #expect(try server.control("PUT", "/settings", ["probe.rows": 4, "probe.rosw": 1]).status == 404)
    #expect(try server.control("GET", "/truth/probe").json("rows") == 7)
  }

  @Test("an environment that means nothing is refused at the start, all of it")
  func refusesEnvironment() throws {
    var configuration = ServerConfiguration()
    configuration.environment = ["PROBE_ROWS": "many", "NO_SUCH": "1"]
    configuration.incidents = ["probe.none"]
    let error = #expect(throws: ServerConfigurationError.self) {
      try ReferenceServer(configuration: configuration, systems: [ProbeSystem.self])
    }
    #expect(
      error?.problems == [
        "PROBE_ROWS is 'many', and must be an integer from 1 to 9", "NO_SUCH is no setting; known are PROBE_ROWS",
        "no incident is named probe.none",
      ])
  }

  // MARK: - Reset

  @Test("a reset brings back the start, with the incidents of the configuration and no others")
  func resets() throws {
    let server = try ServerUnderTest.probe { $0.incidents = ["probe.plain"] }
    let board = server.server.context.incidents
    #expect(board.named("probe.plain").isOn)
    _ = try server.control("PUT", "/incidents/probe.tuned", ["percent": 50])
    _ = try server.control("DELETE", "/incidents/probe.plain")
    _ = try server.control("PUT", "/settings", ["probe.rows": 9])
    _ = try server.control("PUT", "/clock", ["offset_ms": 1_000_000])
    #expect(try server.control("POST", "/reset", ["keep_incidents": true]).status == 200)
    #expect(board.named("probe.tuned").isOn)
    #expect(try server.control("GET", "/truth/probe").json("rows") == 7)
    #expect(try server.control("GET", "/clock").json("offset_ms") == 0)
    #expect(try server.control("POST", "/reset").status == 200)
    #expect(board.named("probe.plain").isOn)
    #expect(!board.named("probe.tuned").isOn)
    #expect(try server.control("POST", "/reset", ["keep": true]).status == 400)
  }

  // MARK: - Log and metrics

  @Test("the log counts every answer by route and status, on all loops, and forgets on reset")
  func logs() throws {
    let server = try ServerUnderTest.probe(loops: 2)
    for _ in 0..<4 {
      let client = try server.client()
      for _ in 0..<5 { _ = try client.request("GET", "/plain") }
      _ = try client.request("POST", "/limited", body: [1, 2, 3])
      _ = try client.request("GET", "/nowhere")
      _ = try client.request("POST", "/limited", body: [UInt8](repeating: 1, count: 101))
    }
    let log = try server.control("GET", "/log")
    let routes = try #require(log.json("routes")?.array)
    func statuses(_ route: String) -> JSONValue? { routes.first { $0["route"]?.string == route }?["statuses"] }
    #expect(statuses("GET /plain") == ["200": 20])
    #expect(statuses("POST /limited") == ["200": 4, "413": 4])
    #expect(statuses("unrouted") == ["404": 4])
    #expect(log.json("refusals") == ["bodyTooLarge": 4])
    #expect(log.json("connections", "accepted") == 5)
    #expect(log.json("in_flight") == 1)
    let times = try #require(routes.first { $0["route"] == "GET /plain" }?["service_time_ns"])
    let buckets = try #require(times["buckets"]?.array)
    #expect(buckets.reduce(0) { $0 + ($1.array?[1].integer ?? 0) } == 20)
    #expect(try #require(times["p50"]?.integer) <= #require(times["max"]?.integer))

    let open = try server.request("GET", "/metrics")
    #expect(open.text.contains("stampede_refusals_total") && !open.text.contains("incident_on"))
    let metrics = try server.request("GET", "/metrics", headers: ["Authorization: Bearer control-token-of-the-test"])
    #expect(metrics.header("content-type") == "text/plain; version=0.0.4; charset=utf-8")
    for line in [
      #"stampede_requests_total{method="GET",route="/plain",status="200"} 20"#,
      #"stampede_requests_total{method="POST",route="/limited",status="413"} 4"#,
      #"stampede_request_service_seconds_bucket{method="GET",route="/plain",le="+Inf"} 20"#,
      #"stampede_refusals_total{reason="bodyTooLarge"} 4"#,
      #"stampede_pool_connections{database="probe",state="max"} 20"#,
      #"stampede_incident_on{incident="probe.plain"} 0"#,
    ] {
      #expect(metrics.text.contains(line + "\n"))
    }

    _ = try server.control("POST", "/reset")
    let after = try #require(try server.control("GET", "/log").json("routes")?.array)
    #expect(after.map { $0["route"]?.string } == ["POST /_control/reset"])
  }
}
