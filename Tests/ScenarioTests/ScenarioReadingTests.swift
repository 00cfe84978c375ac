import JSON
import Load
import Testing

@testable import Scenario

@Suite("Scenario files")
struct ScenarioReadingTests {
  /// The example by which the format is known.
  static let couponCap = """
    {
      $schema: '../schema/scenario.schema.json',
      name: 'coupon-cap',
      summary: '1,000 coupons, 5,000 buyers at once: never one too many',
      target: 'reference',                      // or a URL; --target overrides
      data: { buyer: { sequence: 'user-{n:05}', count: 900, order: 'cycle' } },
      traffic: {
        rush: {
          load: { burst: 5000, max_users: 500 },
          steps: [{
            name: 'issue',
            post: '/api/coupon-policies/1/issue',
            json: { userId: '${buyer}' },
            timeout: '5s',
            outcomes: {
              issued:   { status: 201, capture: { seq: '$.sequence' } },
              sold_out: { status: 409, json: { '$.error.code': 'COUPON_SOLD_OUT' } },
            },
          }],
        },
      },
      invariants: {
        'never over-issued': { capped: { step: 'issue', accepted: 'issued', rejected: 'sold_out', cap: 1000, sequence: 'seq',
                                         ledger: { get: '/api/coupon-policies/1/coupons', rows: '$.coupons', key: '$.userId' } } },
        'one coupon per buyer': { at_most: { count: 1, of: 'issue.issued', per: 'buyer' } },
      },
      thresholds: {
        'latency{step:issue}': ['p(95) < 1s'],
        errors:   ['rate < 5%'],
        requests: ['rate > 10/s'],
      },
      profiles: { ci: { data: { buyer: { count: 2000 } }, traffic: { rush: { load: { burst: 2000 } } } }, staging: { target: 'https://staging.example' } },
    }
    """

  @Test("the coupon example is read as it stands")
  func example() throws {
    let scenario = try Read(Self.couponCap).valid()
    #expect(scenario.name == "coupon-cap")
    #expect(scenario.target == .reference)
    #expect(scenario.seed == nil)
    #expect(scenario.profileNames == ["ci", "staging"])
    #expect(scenario.profile == nil)
    #expect(scenario.traffic.map(\.name) == ["rush"])
    #expect(scenario.traffic[0].load == .burst(count: 5000, maxUsers: 500))
    let step = scenario.traffic[0].steps[0]
    #expect(step.method == "POST")
    #expect(step.outcomes.map(\.name) == ["issued", "sold_out"])
    #expect(step.outcomes[1].matchers.count == 2)
    #expect(scenario.invariants.map(\.name) == ["never over-issued", "one coupon per buyer"])
    #expect(
      scenario.thresholds.map { "\($0.metric.text): \($0.text)" } == [
        "latency{step:issue}: p(95) < 1s", "errors: rate < 5%", "requests: rate > 10/s",
      ])
    #expect(!scenario.thresholds.contains { $0.isDefault })
  }

  @Test("verdicts ask for evidence, unless the file or a profile asks for the plain comparison")
  func verdict() throws {
    #expect(try Read(file()).valid().verdict == .evidence)
    #expect(try Read(file(more: "verdict: 'point',")).valid().verdict == .point)
    let smoke = file(more: "profiles: { smoke: { verdict: 'point' } },")
    #expect(try Read(smoke, options: ReadOptions(profile: "smoke")).valid().verdict == .point)
    #expect(try Read(file(), options: ReadOptions(overrides: [("verdict", "point")])).valid().verdict == .point)
    #expect(
      Read(file(more: "verdict: 'points',")).tells(
        "'points' → unknown rule for verdicts 'points' (did you mean 'point'?)"))
  }

  @Test("the settings of the client and of the run are read")
  func settings() throws {
    let text = """
      { name: 'all', target: 'https://[::1]:8443/base', seed: '18446744073709551615', warm_up: '5s',
        incidents: ['coupon.overissue', 'db.slow'],
        client: { connections: 'pooled', connect_timeout: '2s', timeout: '10s', headers: { 'X-A': 'b', 'X-L': ['c', 1] },
          insecure: true, ca: 'certs/ca.pem', cert: '/etc/c.pem', key: 'k.pem', proxy: 'socks5h://p:1080',
          unix_socket: '/run/s', resolve: ['api.example:443:127.0.0.1'], max_body: '1MiB' },
        traffic: {
          a: { load: { users: 2, for: '20s' }, start_after: '2s', think_time: { from: '1s', to: '3s' }, pacing: '5s',
               connections: 'fresh', steps: [{ get: '/' }] } } }
      """
    let options = ReadOptions(readFile: { _ in [] })
    let source = SourceText(name: "dir/all.json5", text)
    let (read, diagnostics) = ScenarioReader.read(source, options: options)
    #expect(diagnostics.map(\.message) == [])
    let scenario = try #require(read)
    #expect(scenario.target == .url("https://[::1]:8443/base"))
    #expect(scenario.seed == .max)
    #expect(scenario.warmUp == 5_000_000_000)
    #expect(scenario.incidents == ["coupon.overissue", "db.slow"])
    let client = scenario.client
    #expect(client.connections == .pooled)
    #expect(client.connectTimeout == 2_000_000_000)
    #expect(client.requestTimeout == 10_000_000_000)
    #expect(client.headers.map { "\($0.name)=\($0.value.constant ?? "")" } == ["X-A=b", "X-L=c", "X-L=1"])
    #expect(client.insecure)
    #expect(client.caBundle == "dir/certs/ca.pem")
    #expect(client.clientCertificate == "/etc/c.pem")
    #expect(client.clientKey == "dir/k.pem")
    #expect(client.proxy == "socks5h://p:1080")
    #expect(client.unixSocket == "/run/s")
    #expect(client.resolve == ["api.example:443:127.0.0.1"])
    #expect(client.maxBodyBytes == 1_048_576)
    let group = scenario.traffic[0]
    #expect(group.startAfter == 2_000_000_000)
    #expect(group.thinkTime == DurationRange(least: 1_000_000_000, most: 3_000_000_000))
    #expect(group.pacing == 5_000_000_000)
    #expect(group.connections == .fresh)
  }

  @Test(
    "tell what is wrong at their top",
    arguments: [
      ("{}", "{ → 'name' is missing in a scenario"), ("{}", "{ → 'traffic' is missing in a scenario"),
      ("[]", "[] → expected a scenario (an object), found a list"),
      ("{ name: 'a b' }", "'a b' → 'a b' cannot be the name of a scenario …"),
      ("{ name: '../x' }", "'../x' → '../x' cannot be the name of a scenario …"),
      ("{ name: 5 }", "5 → expected the name of the scenario, found a number"),
      ("{ name: 'x', name: 'y' }", "name → …"),
      ("{ sumary: 'x' }", "sumary → unknown key 'sumary' in a scenario (did you mean 'summary'?)"),
      ("{ scenarios: {} }", "scenarios → unknown key 'scenarios' in a scenario (did you mean 'traffic'?)"),
      ("{ traffic: {} }", "{} → there is no traffic (such as { main: { load: …, steps: […] } })"),
      ("{ traffic: [] }", "[] → expected an object of traffic groups, found a list"),
      ("{ traffic: { 'a b': {} } }", "'a b' → 'a b' cannot be the name of a traffic group …"),
      ("{ traffic: { a: {} } }", "{ → 'load' is missing in a traffic group"),
      ("{ traffic: { a: {} } }", "{ → 'steps' is missing in a traffic group"),
      ("{ traffic: { a: { steps: [] } } }", "[] → the traffic group has no steps"),
      (
        "{ traffic: { a: { connections: 'poled' } } }",
        "'poled' → unknown connection policy 'poled' (did you mean 'pooled'?)"
      ),
      ("{ seed: -1 }", "-1 → expected a whole number from 0, found a number …"),
      ("{ seed: 1.5 }", "1.5 → expected a whole number from 0, found a number …"),
      (
        "{ target: 'referense' }",
        "'referense' → a target is 'reference' or a URL with http:// or https:// (did you mean 'reference'?)"
      ),
      ("{ target: 'ftp://x' }", "'ftp://x' → a target speaks http or https …"),
      ("{ target: 'http://' }", "'http://' → the URL names no host …"),
      ("{ target: 'http://x:99999' }", "'http://x:99999' → the port must be between 1 and 65535 …"),
      (
        "{ target: 'http://u:p@x' }",
        "'http://u:p@x' → a target has no user and password, since it appears in reports …"
      ),
      ("{ target: 'http://x?y' }", "'http://x?y' → a target has no query and no fragment …"),
      ("{ target: 'https://${env.HOST}' }", "${env.HOST} → nothing can be filled in here"),
      ("{ incidents: ['a', 'a'] }", "'a' → the incident 'a' is there twice"),
      ("{ incidents: 'a' }", "'a' → expected a list of incidents, found the text 'a'"),
      ("{ client: { timeouts: 1 } }", "timeouts → unknown key 'timeouts' in client (did you mean 'timeout'?)"),
      ("{ client: { timeout: 0 } }", "0 → 'timeout' must be longer than 0"),
      ("{ client: { ca: 'x.pem' } }", "'x.pem' → 'x.pem' cannot be read: files cannot be read here"),
      ("{ client: { key: 'x.pem' } }", "key → 'key' has no meaning without 'cert'"),
      ("{ client: { proxy: '' } }", "'' → a proxy has a host, such as …"),
      ("{ client: { proxy: 'gopher://x' } }", "'gopher://x' → unknown kind of proxy …"),
      (
        "{ client: { resolve: ['a:b:c'] } }",
        "'a:b:c' → expected 'host:port:address', such as 'api.example:443:127.0.0.1'"
      ),
      ("{ warm_up: 5 }", "5 → expected a duration such as '30s' or '500ms', found a number …"),
      ("{ profiles: { a: 5 } }", "5 → expected an object of overrides, found a number"),
      ("{ profiles: { a: { profiles: {} } } }", "profiles → unknown key 'profiles' in a profile …"),
      ("{ name: 'x' ", "{ → this '{' is never closed …"),
    ])
  func faults(text: String, expected: String) {
    let read = Read(text)
    #expect(read.tells(expected), "\(read.told)")
    #expect(read.scenario == nil)
  }

  @Test("everything that is wrong is told at once, in the order of the file")
  func everything() {
    let text = """
      { name: 'x y', sumary: 1, data: { d: [] },
        traffic: { a: { load: { burst: 0 }, steps: [{ get: 'x', timeout: 1 }] } },
        invariants: { i: { capped: {} } },
        thresholds: { latncy: 'avg < 1s' }, warm_up: 1 }
      """
    let read = Read(text)
    #expect(read.diagnostics.map(\.range.start) == read.diagnostics.map(\.range.start).sorted())
    #expect(read.told.count == 11, "\(read.told)")
  }
}
