import JSON
import Load
import Testing

@testable import Scenario

@Suite("Profiles")
struct ProfileTests {
  private func read(_ profile: String, chosen: String? = "p", file text: String? = nil) -> Read {
    let text = text ?? ScenarioReadingTests.couponCap
    let end = text.lastIndex(of: "}")!
    let with = text[..<end].replacing(/profiles: .*\n/, with: "") + "profiles: { p: \(profile) } }"
    return Read(String(with), options: ReadOptions(profile: chosen))
  }

  @Test("override what they name and leave the rest")
  func merging() throws {
    let scenario = try read(
      """
      { summary: 'small', traffic: { rush: { load: { max_users: 50 } } }, thresholds: { errors: 'rate < 9%', requests: null },
        client: { timeout: '1s' }, invariants: { 'one coupon per buyer': null } }
      """
    ).valid()
    #expect(scenario.profile == "p")
    #expect(scenario.summary == "small")
    #expect(scenario.traffic[0].load == .burst(count: 5000, maxUsers: 50))
    #expect(scenario.thresholds.map(\.text) == ["p(95) < 1s", "rate < 9%"])
    #expect(scenario.client.requestTimeout == 1_000_000_000)
    #expect(scenario.invariants.map(\.name) == ["never over-issued"])
  }

  @Test("replace a load or data of another kind whole")
  func alternatives() throws {
    let scenario = try read(
      "{ traffic: { rush: { load: { users: 5, for: '9s' } } }, data: { buyer: { list: ['x'] } } }"
    ).valid()
    #expect(scenario.traffic[0].load == .closed(.constant(5, nanoseconds: 9_000_000_000)))
    guard case .list([["x"]]) = scenario.data[0].rows else { throw Unexpected() }
  }

  @Test("reach into lists of steps by name or position")
  func steps() throws {
    for key in ["issue", "'0'"] {
      let step = try read("{ traffic: { rush: { steps: { \(key): { timeout: '9s', outcomes: { gone: 410 } } } } } }")
        .valid()
        .traffic[0].steps[0]
      #expect(step.timeout == 9_000_000_000)
      #expect(step.outcomes.map(\.name) == ["issued", "sold_out", "gone"])
    }
    let unknown = read("{ traffic: { rush: { steps: { isue: {} } } } }")
    #expect(unknown.told == ["isue → there is no step 'isue' to override (did you mean 'issue'?)"])
  }

  @Test("that are not there are an error that lists those that are")
  func unknown() {
    let read = read("{}", chosen: "q")
    #expect(read.told == ["profiles → there is no profile 'q' (profiles are: p)"])
    #expect(read.scenario == nil)
    let none = Read(file(), options: ReadOptions(profile: "ci"))
    #expect(none.told == [" → there is no profile 'ci' (the scenario has no profiles)"])
  }

  @Test("are checked though they were not chosen, and so is the file without the chosen one")
  func notChosen() {
    let told = read("{ traffic: { rush: { load: { burst: -1 } } } }", chosen: nil).told
    #expect(told == ["-1 → 'burst' must be between 1 and 10,000,000, found -1"])
    let hidden = ScenarioReadingTests.couponCap.replacing("burst: 5000", with: "burst: 0")
    let base = read("{ traffic: { rush: { load: { burst: 7000 } } }, data: { buyer: { count: 700 } } }", file: hidden)
    #expect(base.told == ["0 → 'burst' must be between 1 and 10,000,000, found 0"])
  }

  @Test("that break something outside of them are named with it")
  func blame() {
    let read = read("{ traffic: { rush: { steps: [{ name: 'other', get: '/' }] } } }", chosen: nil)
    #expect(read.tells("'issue' → there is no step 'issue' (with the profile 'p') (steps are: other)"), "\(read.told)")
    #expect(read.scenario == nil)
  }

  @Test("that were not chosen need neither their environment nor their files")
  func trial() {
    let profile = "{ client: { headers: { A: '${env.NOPE}' }, ca: 'nope.pem' }, data: { buyer: { csv: 'nope.csv' } } }"
    #expect(read(profile, chosen: nil).told == [])
    #expect(read(profile, chosen: "p").told.count == 3)
  }

  @Test("need neither where the scenario is read to judge a run that has been, and then are laid over it all the same")
  func review() throws {
    let profile = "{ client: { headers: { A: '${env.NOPE}' } }, data: { buyer: { csv: 'nope.csv' } }, seed: 7 }"
    let text = ScenarioReadingTests.couponCap.replacing(/profiles: .*\n/, with: "profiles: { p: \(profile) }\n")
    let options = ReadOptions(profile: "p", overrides: [(path: "warm_up", value: "1s")], isForReview: true)
    let scenario = try Read(text, options: options).valid()
    #expect(scenario.seed == 7)
    #expect(scenario.warmUp == 1_000_000_000)
    #expect(scenario.invariants.count == 2)
  }

  @Test("give the same scenario as a file in which they were written out")
  func writtenOut() throws {
    // Each change: as a profile, and as a replacement in the file itself.
    let changes: [(profile: String, old: String, new: String)] = [
      ("summary: 'other'", "summary: '1,000 coupons, 5,000 buyers at once: never one too many'", "summary: 'other'"),
      ("data: { buyer: { count: 800 } }", "count: 900", "count: 800"),
      ("traffic: { rush: { load: { burst: 4000 } } }", "burst: 5000", "burst: 4000"),
      ("traffic: { rush: { load: { max_users: 77 } } }", "max_users: 500", "max_users: 77"),
      ("traffic: { rush: { steps: { issue: { timeout: '7s' } } } }", "timeout: '5s'", "timeout: '7s'"),
      ("invariants: { 'never over-issued': { capped: { cap: 900 } } }", "cap: 1000", "cap: 900"),
      ("thresholds: { errors: ['rate < 2%'] }", "rate < 5%", "rate < 2%"),
    ]
    for mask in 1..<(1 << changes.count) where mask.nonzeroBitCount < 3 || mask.nonzeroBitCount > 5 {
      let chosen = changes.indices.filter { mask & (1 << $0) != 0 }.map { changes[$0] }
      var merging = Merging()
      var profile = try #require(JSONReader.read(SourceText(name: "p", "{}")).root)
      for change in chosen {
        profile = merging.merge(
          profile, with: try #require(JSONReader.read(SourceText(name: "p", "{ \(change.profile) }")).root))
      }
      var asProfile = try read(profile.plain.text()).valid()
      var text = ScenarioReadingTests.couponCap
      for change in chosen { text = text.replacing(change.old, with: change.new) }
      var written = try read("{}", file: text).valid()
      (asProfile.source, written.source) = (SourceText(name: "", ""), SourceText(name: "", ""))
      #expect(withoutPlaces(asProfile) == withoutPlaces(written))
    }
  }
}
