import JSON
import Measurement
import Scenario
import Testing

@testable import Verdict

@Suite struct RequestCommandTests {
  static let text = """
    { name: 'shop', client: { headers: { 'X-Team': 'ours', Authorization: 'Bearer ${token}' }, insecure: true },
      data: {
        buyer: { sequence: 'it\\'s-{n:03}', start: 5, count: 100 },
        city: { list: [{ name: '서울', code: 'S&1' }, { name: 'b', code: 'B' }] },
        mate: { list: ['x', 'y', 'z'], order: 'per_user' }, any: { list: ['p', 'q'], order: 'random' },
        both: { sequence: 'b{n}' }, twin: { sequence: 't{n}', each: 2 } },
      traffic: {
        rush: { load: { burst: 10 }, steps: [
          { name: 'token', post: '/token', text: '${buyer}', capture: { token: '$.t', coupon: '$.c' } },
          { name: 'issue', put: '/issue/${city.name}', query: { c: '${city.code}', m: '${mate}' },
            headers: { 'X-Key': '${env.KEY}', Cookie: 'a=b' },
            json: { user: '${buyer}', coupon: '${coupon}', n: 5, uuid: '${uuid}', of: ['${any}', '${both}'] } },
          { name: 'form', post: '/form?x=1', query: { a: 1 }, form: { q: '${iteration} ${user}' } },
          { name: 'big', post: '/big', bytes: '1MiB', chunked: true }, { name: 'twin', get: '/t/${twin}' } ] },
        other: { load: { burst: 10 }, steps: [{ name: 'get', get: 'http://other.example/${both}' }] } } }
    """

  static let scenario = ScenarioReader.read(
    SourceText(name: "shop.json5", text), options: ReadOptions(environment: { _ in "secret" })
  ).scenario

  private func command(
    _ step: String, group: String = "rush", iteration: UInt32 = 3, keys: [Witness.Key] = [],
    target: String = "https://shop.example/base/"
  ) throws -> String {
    let scenario = try #require(Self.scenario)
    let witness = Witness(
      group: group, step: step, outcome: "ok", status: 200, user: 4, iteration: iteration, keys: keys, sent: 0,
      returned: 1, sequence: nil)
    return RequestCommand(scenario: scenario, target: target, seed: 7).words(witness).joined(separator: " ")
  }

  @Test("what is known is filled in and quoted, what is secret is hidden, and the rest stands there by its name")
  func filled() throws {
    #expect(
      try command("issue", keys: [Witness.Key("coupon", "c\"1")])
        == "curl -k -X PUT 'https://shop.example/base/issue/b?c=B&m=y' -H 'X-Team: ours' -H 'X-Key: ***'"
        + " -H 'Cookie: ***' -H 'Content-Type: application/json' -H 'Authorization: Bearer ***' --data-raw "
        + #"'{"user":"it'\''s-008","coupon":"c\"1","n":5,"uuid":"${uuid}","of":["${any}","${both}"]}'"#)
    #expect(try command("issue", iteration: 0).contains("/issue/%EC%84%9C%EC%9A%B8?c=S%261&m=y'"))
    // The recording knows better than the data.
    #expect(try command("issue", keys: [Witness.Key("buyer", "z")]).contains(#"{"user":"z","coupon":"${coupon}""#))
    #expect(!(try command("issue")).contains("secret"))
  }

  @Test("forms, long bodies, whole URLs and unknown steps")
  func others() throws {
    #expect(try command("form").contains("'https://shop.example/base/form?x=1&a=1'"))
    #expect(try command("form").hasSuffix("--data-raw q=3%204"))
    #expect(try command("big").contains("-H 'Transfer-Encoding: chunked' --data-raw '(1048576 times"))
    #expect(try command("get", group: "other").hasPrefix("curl -k 'http://other.example/${both}'"))
    #expect(try command("token", target: "reference").contains("http://127.0.0.1:8080/token"))
    #expect(try command("none") == "")
    #expect(try command("twin").contains("/t/t2 "))
    #expect(try command("token", iteration: 100).contains("--data-raw '${buyer}'"))
  }

  @Test("the run's command has all that its draws depend on")
  func again() throws {
    var identity = RunIdentity(scenario: "shop", file: "a b.json5", target: "http://127.0.0.1:1", seed: .max)
    identity.profile = "ci"
    identity.incidents = ["x.y=5"]
    identity.overrides = ["traffic.rush.load.burst=5"]
    #expect(
      RerunCommand.text(identity, try #require(Self.scenario))
        == "stampede run 'a b.json5' --target http://127.0.0.1:1 --control-token TOKEN --profile ci --incident x.y=5 "
        + "--set traffic.rush.load.burst=5 --seed 18446744073709551615")
  }

  @Test("every counterexample says how to bring it about again")
  func counterexample() throws {
    var source = MemoryOperations([("token", "ok"), ("token", "lost")])
    for place in 0..<2 { source.add("lost", step: "token", sent: UInt64(place), returned: 10) }
    var scenario = try #require(Self.scenario)
    scenario.thresholds = []
    scenario.invariants = [
      Invariant(
        name: "none lost", rule: .never([OutcomeReference(step: "token", outcome: "lost")]), range: SourceRange(0, 0))
    ]
    let finding = Judgement.of(.sample(), scenario: scenario, operations: source).findings[0]
    #expect(finding.counterexample?.again == "stampede run sample.json5 --seed 1")
    #expect(finding.counterexample?.requests.map(\.curl.isEmpty) == [false, false])
  }
}
