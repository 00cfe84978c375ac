import Glibc
import JSON
import Testing

@testable import ReferenceServer

@Suite("The truth services")
struct TruthTests {
  private static func server(loops: Int = 1, seed: UInt64 = 1) throws -> ServerUnderTest {
    try ServerUnderTest(loops: loops, systems: [Truth.self]) { $0.seed = seed }
  }

  private static func truth(_ server: ServerUnderTest) throws -> Truth {
    try #require(server.server.systems.first as? Truth)
  }

  /// Requests that overlap: sent one after the other, each on a connection of its own, before any answer is read.
  private static func overlap(_ targets: [String], on server: ServerUnderTest) throws -> [RawClient.Response] {
    let clients = try targets.map { target in
      let client = try server.client()
      try client.send("GET", target)
      return client
    }
    return try clients.map { try $0.receive() }
  }

  @Test(
    "what is no parameter is refused, and how to ask is said",
    arguments: [
      (
        "/_truth/stall?stal_ms=1",
        "'stal_ms' is no parameter of this service; it takes service_ms, stall_ms, period_ms, rate; did you mean 'stall_ms'?"
      ),
      ("/_truth/stall?service_ms=-1", "service_ms is '-1', and must be milliseconds from 0.0 to 60000.0"),
      ("/_truth/stall?service_ms=", "service_ms is '', and must be milliseconds from 0.0 to 60000.0"),
      ("/_truth/stall?period_ms=0", "period_ms is '0', and must be milliseconds from 1.0 to 3600000.0"),
      ("/_truth/stall?stall_ms=nan", "stall_ms is 'nan', and must be milliseconds from 0.0 to 600000.0"),
      ("/_truth/stall?rate=0.5", "rate is '0.5', and must be an integer from 0 to 1000000"),
      (
        "/_truth/stall?stall_ms=10&period_ms=10",
        "a stall of 10.0 ms in every 10.0 ms leaves no time to answer: stall_ms must be below period_ms"
      ),
      ("/_truth/mm1?rate=0", "rate is '0', and must be an integer from 1 to 1000000"),
      ("/_truth/mm1?rate=1&rate=1", "'rate' is given twice"),
      ("/_truth/mm1?lambda=1", "'lambda' is no parameter of this service; it takes rate"),
      ("/_truth/delay?ms=60001", "ms is '60001', and must be milliseconds from 0.0 to 60000.0"),
      ("/_truth/delay?distribution=normal", "distribution is 'normal', and must be one of fixed, exponential"),
    ])
  func refuses(target: String, message: String) throws {
    let server = try Self.server()
    let answer = try server.client().request("GET", target)
    #expect(answer.status == 400)
    #expect(answer.json("error", "code")?.string == "VALIDATION_ERROR")
    #expect(answer.json("error", "message")?.string == message)
    #expect(try Truth.Service.allCases.allSatisfy { try Self.truth(server).log(of: $0).entries.isEmpty })
  }

  @Test("no other method, and no other service")
  func otherRoutes() throws {
    let client = try Self.server().client()
    #expect(try client.request("POST", "/_truth/mm1", body: []).status == 405)
    #expect(try client.request("GET", "/_truth/mm2").status == 404)
  }

  @Test("requests to a server that stands still are answered when it works again, and the log says which")
  func holds() throws {
    let server = try Self.server()
    // Working for 20 ms, standing still for 60 ms, working for 20 ms.
    let target = "/_truth/stall?service_ms=0&stall_ms=60&period_ms=100"
    let client = try server.client()
    let truth = try Self.truth(server)
    repeat { #expect(try client.request("GET", target).status == 200) } while truth.log(of: .stall).stalls.count < 2
    let log = truth.log(of: .stall)
    let origin = try #require(log.entries.first).arrival
    let schedule = StallSchedule(origin: origin, stall: 60_000_000, period: 100_000_000)
    for entry in log.entries {
      #expect(entry.start == schedule.advance(from: entry.arrival, by: 0) && entry.due == entry.start)
      #expect(entry.departure >= entry.due)
    }
    let held = log.entries.filter { $0.start > $0.arrival }
    #expect(!held.isEmpty && log.stalls.reduce(0) { $0 + $1.held } == held.count)
    #expect(
      log.stalls.allSatisfy { $0.end - $0.start == 60_000_000 && ($0.start - origin) % 100_000_000 == 20_000_000 })
  }

  @Test("a rate spaces the beginnings of service, and a stall is worked off at that rate")
  func rate() throws {
    let server = try Self.server()
    let target = "/_truth/stall?service_ms=1&stall_ms=0&period_ms=1000&rate=200"
    for answer in try Self.overlap(Array(repeating: target, count: 8), on: server) { #expect(answer.status == 200) }
    let entries = try Self.truth(server).log(of: .stall).entries
    for (before, after) in zip(entries, entries.dropFirst()) {
      #expect(after.start == max(after.arrival, before.start + 5_000_000))
      #expect(after.due == after.start + 1_000_000)
    }
  }

  @Test("the queue serves one after the other, first come first served, with exponential times", arguments: [1, 2])
  func queue(loops: Int) throws {
    let server = try Self.server(loops: loops)
    for answer in try Self.overlap(Array(repeating: "/_truth/mm1?rate=500", count: 60), on: server) {
      #expect(answer.status == 200)
    }
    let entries = try Self.truth(server).log(of: .mm1).entries
    #expect(entries.count == 60)
    var last: UInt64 = 0
    for entry in entries {
      #expect(entry.start == max(entry.arrival, last) && entry.due >= entry.start && entry.departure >= entry.due)
      last = entry.due
    }
    #expect(entries.contains { $0.start > $0.arrival })
  }

  @Test("service times are the seed's: the same for the same one, and exponential")
  func seeded() throws {
    func times(seed: UInt64, count: Int) throws -> [Double] {
      let server = try Self.server(seed: seed)
      let client = try server.client()
      for _ in 0..<count { _ = try client.request("GET", "/_truth/mm1?rate=100000") }
      return try Self.truth(server).log(of: .mm1).entries.map { Double($0.due - $0.start) }
    }
    let first = try times(seed: 5, count: 2_000)
    #expect(try times(seed: 5, count: 100) == Array(first.prefix(100)))
    #expect(try times(seed: 6, count: 100) != Array(first.prefix(100)))
    // Of an exponential distribution with a mean of 10 µs; the draws are fixed, so that these bounds hold always or never.
    let mean = first.reduce(0, +) / 2_000
    let above = Double(first.filter { $0 > 29_957 }.count) / 2_000
    #expect(abs(mean - 10_000) < 3 * 10_000 / 2_000.0.squareRoot())
    #expect(abs(above - 0.05) < 3 * (0.05 * 0.95 / 2_000).squareRoot())
  }

  @Test("a delay is the request's own, fixed or drawn")
  func delay() throws {
    let server = try Self.server()
    _ = try Self.overlap(Array(repeating: "/_truth/delay?ms=5", count: 5), on: server)
    var entries = try Self.truth(server).log(of: .delay).entries
    #expect(entries.allSatisfy { $0.start == $0.arrival && $0.due == $0.start + 5_000_000 && $0.departure >= $0.due })
    _ = try Self.overlap(Array(repeating: "/_truth/delay?ms=5&distribution=exponential", count: 5), on: server)
    entries = Array(try Self.truth(server).log(of: .delay).entries.dropFirst(5))
    #expect(Set(entries.map { $0.due - $0.start }).count == 5)
  }

  @Test("settings stand where the query is silent, and a reset brings back draws, log and settings")
  func settingsAndReset() throws {
    let server = try Self.server()
    let client = try server.client()
    let truth = try Self.truth(server)
    #expect(try server.control("PUT", "/settings", ["truth.delay_ms": 2, "truth.mm1_rate": 100_000]).status == 200)
    for target in ["/_truth/delay", "/_truth/mm1", "/_truth/stall"] { _ = try client.request("GET", target) }
    let drawn = try #require(truth.log(of: .mm1).entries.first)
    #expect(truth.log(of: .delay).entries.map { $0.due - $0.start } == [2_000_000])
    #expect(try server.control("POST", "/reset").status == 200)
    #expect(Truth.Service.allCases.allSatisfy { truth.log(of: $0).entries.isEmpty && truth.log(of: $0).stalls.isEmpty })
    _ = try client.request("GET", "/_truth/mm1?rate=100000")
    #expect(truth.log(of: .mm1).entries.map { $0.due - $0.start } == [drawn.due - drawn.start])
    #expect(server.server.context.settings.find("truth.delay_ms")?.value == 10_000_000)
  }

  @Test("what was under way at a reset is not written into what comes after")
  func resetDuringARequest() throws {
    let server = try Self.server()
    let truth = try Self.truth(server)
    let client = try server.client()
    try client.send("GET", "/_truth/delay?ms=40")
    while truth.log(of: .delay).entries.isEmpty { usleep(100) }
    #expect(try server.control("POST", "/reset").status == 200)
    let other = try server.client()
    try other.send("GET", "/_truth/delay?ms=10000")
    while truth.log(of: .delay).entries.isEmpty { usleep(100) }
    #expect(try client.receive().status == 200)
    #expect(truth.log(of: .delay).entries.map(\.departure) == [0] && truth.log(of: .delay).answered.isEmpty)
  }

  @Test("the control interface tells every request, and the server's log sums them up")
  func witness() throws {
    let server = try Self.server()
    #expect(try server.control("GET", "/log").json("systems") == nil)
    let client = try server.client()
    for _ in 0..<20 { _ = try client.request("GET", "/_truth/delay?ms=1") }
    let entries = try Self.truth(server).log(of: .delay).entries
    let told = try server.control("GET", "/truth/truth").json("delay", "requests")?.array ?? []
    #expect(
      told.map { $0.array?.compactMap(\.integer) ?? [] }
        == entries.map { [$0.arrival, $0.start, $0.due, $0.departure].map(Int64.init) })
    let summary = try #require(try server.control("GET", "/log").json("systems", "truth", "delay"))
    #expect(summary["count"] == 20 && summary["answered"] == 20 && summary["omitted"] == 0 && summary["stalls"] == [])
    let sorted = entries.map(\.sojourn).sorted()
    #expect(summary["sojourn_ns"]?["p50"]?.integer == Int64(sorted[9]))
    #expect(summary["sojourn_ns"]?["p95"]?.integer == Int64(sorted[18]))
    #expect(summary["sojourn_ns"]?["p99"]?.integer == Int64(sorted[19]))
    #expect(summary["sojourn_ns"]?["max"]?.integer == Int64(sorted[19]))
    #expect(summary["planned_ns"]?["p50"] == 1_000_000 && summary["wait_ns"]?["max"] == 0)
    #expect(summary["late_ns"]?["max"]?.integer == entries.map { Int64($0.departure - $0.due) }.max())
    #expect(try server.control("GET", "/log").json("systems", "truth", "mm1") == nil)
  }
}
