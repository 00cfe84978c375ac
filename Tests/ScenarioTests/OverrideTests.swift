import JSON
import Load
import Testing

@testable import Scenario

@Suite("Overrides from the command line")
struct OverrideTests {
  private func read(_ overrides: (String, String)..., profile: String? = nil) -> Read {
    Read(
      ScenarioReadingTests.couponCap,
      options: ReadOptions(profile: profile, overrides: overrides.map { (path: $0.0, value: $0.1) }))
  }

  @Test("reach every part of a scenario, in order, over the profile")
  func reach() throws {
    let scenario = try read(
      ("traffic.rush.load.burst", "100"), ("traffic.rush.load", "{ max_users: 50 }"), ("seed", "7"), ("seed", "8"),
      ("traffic.rush.steps.issue.timeout", "9s"), ("traffic.rush.steps.0.repeat", "20"), ("client.timeout", "1s"),
      ("thresholds.latency{step:issue}", "p(95) < 2s"), ("thresholds.'errors'", "['rate < 7%', 'count < 9']"),
      ("target", "http://127.0.0.1:8080"), ("invariants.one coupon per buyer", "null"), ("warm_up", "0"),
      profile: "ci"
    ).valid()
    #expect(scenario.traffic[0].load == .burst(count: 100, maxUsers: 50))
    #expect(scenario.seed == 8)
    #expect(scenario.traffic[0].steps[0].timeout == 9_000_000_000)
    #expect(scenario.traffic[0].steps[0].repeatCount == 20)
    #expect(scenario.client.requestTimeout == 1_000_000_000)
    #expect(scenario.thresholds.map(\.text) == ["p(95) < 2s", "rate < 7%", "count < 9", "rate > 10/s"])
    #expect(scenario.target == .url("http://127.0.0.1:8080"))
    #expect(scenario.invariants.map(\.name) == ["never over-issued"])
    #expect(scenario.warmUp == 0)
    #expect(scenario.profile == "ci")
  }

  @Test("replace a load of another kind whole")
  func otherKind() throws {
    let scenario = try read(("traffic.rush.load", "{ users: 3, for: '2s' }")).valid()
    #expect(scenario.traffic[0].load == .closed(.constant(3, nanoseconds: 2_000_000_000)))
  }

  @Test("leave places of the file in the model")
  func places() throws {
    let read = read(("thresholds.errors", "rate < 7%"), ("thresholds.iterations", "count > 5"))
    let scenario = try read.valid()
    let excerpts = scenario.thresholds.map {
      String(decoding: read.source.bytes[$0.range.start..<$0.range.end], as: UTF8.self)
    }
    #expect(excerpts == ["'p(95) < 1s'", "['rate < 5%']", "'rate > 10/s'", "{"])
  }

  @Test(
    "tell what is wrong with them, and which",
    arguments: [
      (
        "traffic.rsh.load.burst", "5",
        "{ → --set traffic.rsh.load.burst=5: there is no 'rsh' in traffic (did you mean 'traffic.rush'?)"
      ),
      (
        "traffic.other.load", "{}",
        "{ → --set traffic.other.load={}: there is no 'other' in traffic (nearest known path: traffic, which has: rush)"
      ),
      ("trafic.x", "1", "{ → --set trafic.x=1: there is no 'trafic' (did you mean 'traffic'?)"),
      (
        "traffic.rush.steps.isue.timeout", "1s",
        "[ → --set traffic.rush.steps.isue.timeout=1s: there is no 'isue' in traffic.rush.steps (did you mean 'traffic.rush.steps.issue'?)"
      ),
      (
        "name.x", "1",
        "'coupon-cap' → --set name.x=1: 'name' is the text 'coupon-cap' and has nothing within (nearest known path: name)"
      ),
      (
        "traffic.rush.load.burst", "abc",
        "5000 → --set traffic.rush.load.burst=abc: expected a whole number for 'burst', found the text 'abc'"
      ),
      (
        "traffic.rush.load.bursts", "5",
        "{ → --set traffic.rush.load.bursts=5: unknown key 'bursts' in a load (did you mean 'burst'?)"
      ),
      ("client.tmeout", "5s", "{ → --set client.tmeout=5s: unknown key 'tmeout' in client (did you mean 'timeout'?)"),
      (
        "traffic.rush.steps.issue.json.userId", "${byer}",
        "'${buyer}' → --set traffic.rush.steps.issue.json.userId=${byer}: nothing defines the variable 'byer' (did you mean 'buyer'?)"
      ),
      ("traffic.rush.load", "{ burst: ", "{ → --set traffic.rush.load={ burst: : …"),
      ("profiles.ci.seed", "1", "{ → --set profiles.ci.seed=1: profiles are chosen, not set …"),
      (
        "thresholds.latency", "p95 < 1s",
        "{ → --set thresholds.latency=p95 < 1s: unknown aggregation 'p95' (did you mean 'p(95)'?)"
      ),
      ("a..b", "1", "{ → --set a..b=1: the path has an empty part …"),
      ("thresholds.'x", "1", "{ → --set thresholds.'x=1: the path has no closing quote …"),
      ("thresholds.nothing", "null", "{ → --set thresholds.nothing=null: there is no 'nothing' in thresholds …"),
    ])
  func faults(path: String, value: String, expected: String) {
    let read = read((path, value))
    #expect(read.tells(expected), "\(read.told)")
    #expect(read.diagnostics.count == 1)
    #expect(read.scenario == nil)
  }

  @Test("that mend the file do not hide that it is broken")
  func mending() {
    let text = ScenarioReadingTests.couponCap.replacing("burst: 5000", with: "burst: 0")
    let read = Read(text, options: ReadOptions(overrides: [(path: "traffic.rush.load.burst", value: "5000")]))
    #expect(read.told.first == "0 → 'burst' must be between 1 and 10,000,000, found 0")
  }
}
