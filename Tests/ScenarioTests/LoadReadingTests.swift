import Load
import Testing

@testable import Scenario

@Suite("Loads")
struct LoadReadingTests {
  private static let second: UInt64 = 1_000_000_000

  private static func ramp(_ parts: (Double, Double, UInt64)...) -> LoadShape.Profile {
    LoadShape.Profile(segments: parts.map { LoadShape.Segment(from: $0.0, to: $0.1, nanoseconds: $0.2 * second) })
  }

  static let shapes: [(String, LoadShape)] = [
    ("{ users: 50, for: '30s' }", .closed(.constant(50, nanoseconds: 30 * second))),
    ("{ users: 50, iterations: 10 }", .countedPerUser(users: 50, iterations: 10)),
    ("{ users: 50, shared_iterations: 5000 }", .countedShared(users: 50, iterations: 5000)),
    (
      "{ users: [{ to: 50, over: '10s' }, { to: 50, over: '20s' }, { to: 0, over: '5s' }] }",
      .closed(ramp((0, 50, 10), (50, 50, 20), (50, 0, 5)))
    ),
    ("{ users: [{ from: 10, to: 50, over: '10s' }] }", .closed(ramp((10, 50, 10)))),
    ("{ users: [{ to: 20, over: 0 }, { to: 20, over: '1m' }] }", .closed(ramp((20, 20, 60)))),
    ("{ users: [{ to: 20, over: '0s' }, { to: 40, over: '1m' }, { to: 0, over: 0 }] }", .closed(ramp((20, 40, 60)))),
    (
      "{ arrivals: '200/s', for: '30s', max_users: 500, poisson: true }",
      .open(.constant(200, nanoseconds: 30 * second), maxUsers: 500, poisson: true)
    ),
    ("{ arrivals: '600/m', for: '1m' }", .open(.constant(10, nanoseconds: 60 * second), maxUsers: 50, poisson: false)),
    (
      "{ arrivals: '400/s', for: '1m' }", .open(.constant(400, nanoseconds: 60 * second), maxUsers: 800, poisson: false)
    ),
    (
      "{ arrivals: [{ to: '200/s', over: '10s' }], max_users: 9 }",
      .open(ramp((0, 200, 10)), maxUsers: 9, poisson: false)
    ),
    ("{ burst: 5000, max_users: 500 }", .burst(count: 5000, maxUsers: 500)),
    ("{ burst: 200 }", .burst(count: 200, maxUsers: 200)),
  ]

  @Test("are read in each of their shapes", arguments: shapes)
  func shape(text: String, expected: LoadShape) throws {
    #expect(try Read(file(load: text)).valid().traffic[0].load == expected)
  }

  @Test(
    "tell what is wrong with them",
    arguments: [
      ("{}", "{ → a load needs 'users', 'arrivals' or 'burst'"),
      ("{ users: 5 }", "{ → 'users' needs 'for', 'iterations' or 'shared_iterations' beside it"),
      ("{ users: 5, burst: 7, for: '1s' }", "burst → a load has either 'users' or 'burst', not both"),
      ("{ users: 5, for: '1s', iterations: 7 }", "iterations → a load has either 'for' or 'iterations', not both"),
      ("{ users: 0, for: '1s' }", "0 → 'users' must be between 1 and 1,000,000, found 0"),
      ("{ users: -5, for: '1s' }", "-5 → 'users' must be between 1 and 1,000,000, found -5"),
      ("{ users: 2000000, for: '1s' }", "2000000 → 'users' must be between 1 and 1,000,000, found 2,000,000"),
      ("{ users: 1.5, for: '1s' }", "1.5 → 'users' must be a whole number"),
      ("{ users: 'five', for: '1s' }", "'five' → expected a whole number for 'users', found the text 'five'"),
      (
        "{ users: 5, for: 30 }",
        "30 → expected a duration such as '30s' or '500ms', found a number (a duration carries its unit: ns us ms s m h)"
      ),
      (
        "{ users: 5, for: '30 seconds' }",
        "'30 seconds' → expected a duration such as '30s' or '500ms', found the text '30 seconds' (did you mean '30s'?)"
      ),
      ("{ users: 5, for: 0 }", "0 → 'for' must be longer than 0"),
      (
        "{ users: 5, for: '-1s' }",
        "'-1s' → expected a duration such as '30s' or '500ms', found the text '-1s' (a duration cannot be negative)"
      ),
      ("{ users: 5, for: '200h' }", "'200h' → 'for' must be at most 168h"),
      ("{ users: 5, duration: '1s', for: '1s' }", "duration → unknown key 'duration' in a load (did you mean 'for'?)"),
      ("{ users: 5, for: '1s', poisson: true }", "poisson → 'poisson' has no meaning beside 'users'"),
      ("{ burst: 5, for: '1s' }", "for → 'for' has no meaning beside 'burst'"),
      (
        "{ arrivals: 200, for: '1s' }",
        "200 → expected a rate such as '200/s', found a number (did you mean '200/s'?)"
      ),
      (
        "{ arrivals: '200', for: '1s' }",
        "'200' → expected a rate such as '200/s', found the text '200' (a rate carries its unit: /s /m /h)"
      ),
      (
        "{ arrivals: '-2/s', for: '1s' }",
        "'-2/s' → expected a rate such as '200/s', found the text '-2/s' (a rate cannot be negative)"
      ),
      ("{ arrivals: '0/s', for: '1s' }", "'0/s' → 'arrivals' must be more than 0"),
      ("{ arrivals: '20000000/s', for: '1s' }", "'20000000/s' → a rate must be at most 10,000,000/s"),
      ("{ arrivals: '1/s' }", "{ → 'for' is missing in a load"),
      ("{ arrivals: [], for: '1s' }", "for → 'for' has no meaning beside stages"),
      ("{ users: [] }", "[] → the stages take no time (a stage is { to: …, over: '10s' })"),
      (
        "{ users: [{ to: 5, over: 0 }] }",
        "[{ to: 5, over: 0 }] → the stages take no time (a stage is { to: …, over: '10s' })"
      ),
      ("{ users: [{ to: 0, over: '1s' }] }", "[{ to: 0, over: '1s' }] → the stages never come to any users"),
      ("{ users: [{ over: '1s' }] }", "{ → 'to' is missing in a stage"),
      (
        "{ users: [{ to: 5, over: '1s', target: 7 }] }", "target → unknown key 'target' in a stage (did you mean 'to'?)"
      ),
      (
        "{ users: [{ from: 1, to: 5, over: 0 }, { to: 5, over: '1s' }] }",
        "from → 'from' has no meaning where 'over' is 0"
      ),
      (
        "{ users: [{ to: 5, over: '100h' }, { to: 5, over: '100h' }] }",
        "[{ to: 5, over: '100h' }, { to: 5, over: '100h' }] → the stages take longer than 168h"
      ),
      ("{ burst: 9000000 }", "9000000 → a burst of more than 1,000,000 needs 'max_users'"),
      ("'50/s'", "'50/s' → expected an object for a load, found the text '50/s'"),
      ("{ users: 5, iterations: 0 }", "0 → 'iterations' must be between 1 and 1,000,000,000, found 0"),
    ])
  func faults(text: String, expected: String) {
    let read = Read(file(load: text))
    #expect(read.told.contains(expected), "\(read.told)")
    #expect(read.scenario == nil)
  }

  @Test(
    "are read with a warning where users stay idle",
    arguments: [
      ("{ burst: 50, max_users: 80 }", "80 → warning: a burst of 50 leaves 30 of 80 users idle"),
      ("{ users: 10, shared_iterations: 4 }", "4 → warning: 4 iterations leave 6 of 10 users idle"),
    ])
  func idle(text: String, expected: String) {
    let read = Read(file(load: text))
    #expect(read.told == [expected])
    #expect(read.scenario != nil)
  }

  @Test("warn of think time and pacing where the load itself says when iterations start")
  func pacing() {
    let read = Read(file(load: "{ burst: 5 }", group: "think_time: '1s', pacing: '2s',"))
    #expect(
      read.told == [
        "think_time → warning: 'think_time' has no effect: the load says when iterations start",
        "pacing → warning: 'pacing' has no effect: the load says when iterations start",
      ])
  }

  @Test("a warm-up that takes all of the traffic is refused")
  func warmUp() {
    let long = Read(file(load: "{ users: 1, for: '10s' }", more: "warm_up: '10s',"))
    #expect(
      long.told == ["'10s' → 'warm_up' takes all of the 10s that the traffic lasts, and nothing is left to measure"])
    #expect(Read(file(load: "{ users: 1, for: '10s' }", more: "warm_up: '9s',")).scenario?.warmUp == 9_000_000_000)
    #expect(Read(file(load: "{ users: 1, iterations: 9 }", more: "warm_up: '10s',")).told == [])
    let late = file(load: "{ users: 1, for: '10s' }", more: "warm_up: '10s',", group: "start_after: '1s',")
    #expect(Read(late).told == [])
  }
}
