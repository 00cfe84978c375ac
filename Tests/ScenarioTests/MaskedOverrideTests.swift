import JSON
import Testing

@testable import Scenario

@Suite struct MaskedOverrideTests {
  @Test(
    "what is secret by its name is not shown",
    arguments: [
      ("traffic.rush.steps.issue.headers.authorization=Bearer s3cret", "***"),
      ("client.headers.X-API-Key='s3cret'", "'***'"),
      ("client.headers.'x.api_key'=\"s3cret\"", "'***'"),
      ("traffic.rush.steps.login.json.password=8812345", "'***'"),
      ("traffic.rush.steps.login.form.client_secret=s3cret=", "***"),
      ("traffic.rush.steps.login.json.accessToken={s3cret", "***"),
      ("data.token=['s3cret', 'other']", "['***', '***']"),
      ("data.token={ list: ['s3cret'], order: 'cycle' }", "{ list: ['***'], order: 'cycle' }"),
      ("data.password.list=['s3cret']", "['***']"),
      ("client.headers.Authorization='$2b$10$abc'", "'***'"),
      ("traffic.rush.steps.login.json.password='$ecret'", "'***'"),
      ("traffic.rush.steps.login.json.password=$.ecret", "***"),
      ("traffic.rush.steps.login.json.password='${user}:hunter2'", "'***'"),
      ("traffic.rush.steps.capture.json.credentials.key=s3cret", "***"),
      ("client.proxy=http://me:s3cret@there:1", "http://me:***@there:1"),
      ("client.proxy='socks5h://me:s3:cr@et@[::1]:1'", "'socks5h://me:***@[::1]:1'"),
      ("client.proxy=me:s3cret@there:1", "***"), ("client.proxy='s3cret@there'", "'***'"),
      ("client.proxy=http://me:s3/cr?e#t@there:1", "***"),
      ("client={ proxy: 'http://me:s3cret@there' }", "{ proxy: 'http://me:***@there' }"),
      ("traffic.a.steps.b.get=https://me:s3cret@there/path?q=1", "https://me:***@there/path?q=1"),
      (
        "traffic.a.steps.b.headers.x-note=see http://a:b@c and http://d:s3cret@e",
        "see http://a:***@c and http://d:***@e"
      ),
      (
        "client.headers={ authorization: 'Bearer s3cret', accept: 5 'x-api-key': s3cret }",
        "{ authorization: '***', accept: 5 'x-api-key': ***}"
      ),
      ("client.headers.X-Access-Key=s3cret", "***"), ("client.headers.x-auth-key=s3cret", "***"),
      ("client.headers.Cookie='SID=${sid}; a=s3cret'", "'***'"),
      ("invariants.kept.conserved.ledger.headers.authorization=s3cret", "***"),
      (
        "client.headers={ authorization: 'Bearer s3cret', accept: 'text/plain', cookie: 'a=s3cret' }",
        "{ authorization: '***', accept: 'text/plain', cookie: '***' }"
      ),
      (
        "traffic={ rush: { steps: [{ name: 'login', json: { password: 's3cret', user: 'me' } }] } }",
        "{ rush: { steps: [{ name: 'login', json: { password: '***', user: 'me' } }] } }"
      ),
    ])
  func masked(_ given: String, _ value: String) {
    let path = given.prefix { $0 != "=" }
    #expect(MaskedOverride.text(given) == "\(path)=\(value)")
  }

  @Test(
    "all else is as it was given",
    arguments: [
      "traffic.rush.load.burst=100", "client.timeout=2s", "thresholds.latency{step:get-token}=p(95) < 1s",
      "thresholds={ 'latency{step:token}': ['p(95) < 1s'] }", "invariants.'one token each'=null",
      "traffic.rush.steps.login.outcomes.ok.capture.token='$.access_token'",
      "client.headers.authorization=${env.TOKEN}",
      "client.headers.authorization=Bearer ${token}", "client.headers.cookie='SID=${sid}; mark=${mark}'",
      "client.proxy=http://there:1", "client.proxy=http://me@there:1", "client.proxy=http://me:@there:1",
      "traffic.a.steps.b.get=http://there:8080/a@b:c", "traffic.a.steps.b.text=a://b, c@d",
      "traffic.rush.steps.token.timeout=5s", "token", "=",
      "data.token=null", "data.token.order=random", "traffic.token.steps.token.timeout=5s",
      "traffic.rush.steps.issue.outcomes.bad_token=401", "traffic.rush.steps.issue.capture.token=body",
      "traffic.rush.steps.issue.outcomes={ token_expired: 401 }",
      "traffic={ rush: { steps: [{ name: 'a', capture: { token: 'status' } }] } }",
    ])
  func untouched(_ given: String) {
    #expect(MaskedOverride.text(given) == given)
  }

  @Test(
    "what is kept of it can be read again",
    arguments: [
      "traffic.rush.steps.issue.outcomes.bad_token=401", "traffic.rush.steps.issue.outcomes={ token_expired: 401 }",
      "traffic.rush.steps.issue.capture.token=body", "traffic.rush.steps.issue.capture.token=status",
      "traffic.rush.steps.issue.capture.token='$.t'", "client.headers.authorization=$2b$10$abc",
      "data.token={ list: ['s3cret'], order: 'random' }", "data.token=['s3cret']", "data.token.order=random",
      "traffic.rush.steps.issue.json.password=$ecret", "traffic.rush.steps.issue.json={ secret: { a: 5, b: ['x'] } }",
      "traffic.rush.steps.issue.headers.cookie='a=${user}'", "traffic.rush.steps.issue.query.token=5",
    ])
  func readable(_ given: String) {
    let text = """
      { name: 'a', target: 'http://127.0.0.1:1', data: { token: { list: ['a'] } },
        traffic: { rush: { load: { burst: 1 }, steps: [{ name: 'issue', post: '/${token}' }] } } }
      """.replacing("data: { token", with: given.contains(".capture.") ? "data: { other" : "data: { token")
      .replacing("/${token}", with: given.contains(".capture.") ? "/" : "/${token}")
    let kept = MaskedOverride.text(given)
    let equals = kept.firstIndex(of: "=") ?? kept.startIndex
    let override = (path: String(kept[..<equals]), value: String(kept[kept.index(after: equals)...]))
    let (scenario, diagnostics) = ScenarioReader.read(
      SourceText(name: "a.json5", text), options: ReadOptions(overrides: [override], isForReview: true))
    #expect(scenario != nil && !kept.contains("s3cret"), "\(kept): \(diagnostics.map(\.message))")
  }
}
