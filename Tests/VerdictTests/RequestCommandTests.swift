import Foundation
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
            json: { user: '${buyer}', coupon: '${coupon}', n: 5, m: ['${seed|number}', '${coupon|number}', '${any|number}'], uuid: '${uuid}', of: ['${any}', '${both}'] } },
          { name: 'form', post: '/form?x=1', query: { a: 1 }, form: { q: '${iteration} ${user}' } },
          { name: 'big', post: '/big', bytes: '1MiB', chunked: true }, { name: 'twin', get: '/t/${twin}' },
          { name: 'edge', post: '/edge', json_sized: { bytes: 100, pad: '$.p', value: { it: "it's", p: '' } } },
          { name: 'batch', post: '/batch', json_batch: { count: 3, item: { n: 'a&b|${item}', m: '${item}' } } },
          { name: 'pay', post: '/pay', json: { coupon: '${coupon}' }, capture: { paid: { header: 'X-Paid' } } },
          { name: 'paid', get: '/paid/${paid}' } ] },
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
    return RequestCommand(scenario: scenario, target: target, seed: 7).commands(witness).request
  }

  @Test("what is known is filled in and quoted, what is secret is hidden, and the rest stands there by its name")
  func filled() throws {
    #expect(
      try command("issue", keys: [Witness.Key("coupon", "c\"1")])
        == "curl -X PUT -k --http1.1 'https://shop.example/base/issue/b?c=B&m=y' -H 'X-Team: ours' -H 'X-Key: ***'"
        + " -H 'Cookie: ***' -H 'Content-Type: application/json' -H \"Authorization: Bearer ${token_header}\" --data-raw "
        + #"'{"user":"it'\''s-008","coupon":"c\"1","n":5,"m":[7,"c\"1",${any}],"uuid":"'"$(cat /proc/sys/kernel/random/uuid)"'"#
        + #"","of":["${any}","${both}"]}'"#)
    #expect(try command("issue", iteration: 0).contains("/issue/%EC%84%9C%EC%9A%B8?c=S%261&m=y'"))
    // The recording knows better than the data.
    #expect(
      try command("issue", keys: [Witness.Key("buyer", "z")]).contains(
        #"{"user":"z","coupon":"'"${coupon_json}"'","n":5"#))
    #expect(try command("issue").contains(#""m":[7,'"${coupon_number}"',${any}]"#))
    #expect(!(try command("issue")).contains("secret"))
  }

  @Test("data under secret names are hidden, but from the bundled server", arguments: [true, false])
  func data(isBundled: Bool) throws {
    let text = """
      { name: 'a', data: { who: { csv: 'who.csv' }, token: ['first t'] },
        traffic: { rush: { load: { burst: 1 }, steps: [{ name: 'in', post: '/in/${who.pin_token}/${who.user}',
          json: { with: '${who.password}', of: '${token}', n: '${who.password|number}' } }] } } }
      """
    let (scenario, faults) = ScenarioReader.read(
      SourceText(name: "a.json5", text),
      options: ReadOptions(readFile: { _ in Array("user,password,pin_token\nal,12,a b\n".utf8) }))
    let command = RequestCommand(
      scenario: try #require(scenario, "\(faults)"), target: isBundled ? "reference" : "https://a.example", seed: 7)
    let request = command.commands(
      Witness(
        group: "rush", step: "in", outcome: "ok", status: 200, user: 0, iteration: 0, keys: [], sent: 0, returned: 1,
        sequence: nil)
    ).request
    #expect(request.contains(isBundled ? "/in/a%20b/al" : "/in/***/al"))
    #expect(
      request.contains(
        isBundled ? #"{"with":"12","of":"first t","n":12}"# : #"{"with":"***","of":"***","n":"***"}"#))
  }

  @Test("forms, filled bodies, whole URLs and unknown steps")
  func others() throws {
    #expect(try command("form").contains("'https://shop.example/base/form?x=1&a=1'"))
    #expect(try command("form").hasSuffix("--data-raw q=3%204"))
    #expect(try command("big").hasPrefix("head -c 1048576 /dev/zero | tr '\\0' x | curl -X POST -k "))
    #expect(try command("big").hasSuffix("-H 'Transfer-Encoding: chunked' -H Expect: --data-binary @-"))
    #expect(try command("get", group: "other").hasPrefix("curl -k -g 'http://other.example/${both}'"))
    #expect(try command("token", target: "reference").contains("http://127.0.0.1:8080/token"))
    #expect(try command("none") == "")
    #expect(try command("twin").contains("/t/t2 "))
    #expect(try command("token", iteration: 100).contains("--data-raw '${buyer}'"))
  }

  @Test(
    "what is filled in from earlier answers is told from what only looks like it, and a long command is told, not shown"
  )
  func literals() throws {
    func commands(_ body: String) throws -> (before: [String], request: String) {
      let text = """
        { name: 'a', traffic: { rush: { load: { burst: 1 }, steps: [
          { name: 'curl', post: '/curl', text: 'curl', capture: { x: '$.x', PATH: '$.p', 'item_json': '$.i' } },
          { name: 'it', post: '/it', \(body) }] } } }
        """
      let (scenario, faults) = ScenarioReader.read(SourceText(name: "a.json5", text))
      return RequestCommand(
        scenario: try #require(scenario, "\(faults)"), target: "https://[::1]/a/../{b}", seed: 7
      ).commands(
        Witness(
          group: "rush", step: "it", outcome: "ok", status: 200, user: 4, iteration: 3, keys: [], sent: 0, returned: 1,
          sequence: nil))
    }
    let both = try commands("text: '$${x} ${x}'")
    #expect(both.request.hasSuffix(#" --data-raw '${x} '"${x}""#))
    #expect(both.request.contains("-g --path-as-is --http1.1 'https://[::1]/a/../{b}/it'"))
    // `-s` is the command's, whatever else is called `curl`.
    #expect(both.before[0].hasPrefix("x=$(curl -s -X POST -g "))
    #expect(both.before[0].contains("/curl' -H"))
    // The path of the shell stays.
    let path = try commands("text: '${PATH}'").before[0]
    #expect(path.hasPrefix("PATH_=$(curl"))
    // Line ends at its end are the value's.
    #expect(path.hasSuffix(" | jq -jc .p; printf x); PATH_=${PATH_%x}"))
    #expect(try commands(#"text: 'a\u0000%\n${x}'"#).request.hasPrefix(#"printf 'a\000%%\n%s' "${x}" | curl -X POST"#))
    #expect(try commands("text: '-\\n'").request.hasPrefix(#"printf '\055\n' | curl"#))
    let long = try commands("text: '\(String(repeating: "x", count: 100_000))${x}'")
    #expect(long.before == [] && long.request.hasPrefix("# POST with a body of some 100"))
  }

  @Test("bodies of a size and lists of a length are made by the shell, to the byte")
  func made() throws {
    for (step, expected) in [
      ("edge", #"{"it":"it's","p":""# + String(repeating: "x", count: 80) + #""}"#),
      ("batch", #"[{"n":"a&b|1","m":"1"},{"n":"a&b|2","m":"2"},{"n":"a&b|3","m":"3"}]"#),
    ] {
      let command = try command(step)
      let maker = try #require(command.components(separatedBy: " | curl ").first)
      let shell = Process()
      shell.executableURL = URL(filePath: "/bin/sh")
      shell.arguments = ["-c", maker]
      let output = Pipe()
      shell.standardOutput = output
      try shell.run()
      let bytes = try output.fileHandleForReading.readToEnd() ?? Data()
      shell.waitUntilExit()
      #expect(String(decoding: bytes, as: UTF8.self) == expected, "\(command)")
      #expect(command.hasSuffix("--data-binary @-"))
    }
  }

  @Test("what an earlier answer told is asked for again, by its body or its head")
  func before() throws {
    let scenario = try #require(Self.scenario)
    func commands(_ step: String, target: String = "reference") -> (before: [String], request: String) {
      RequestCommand(scenario: scenario, target: target, seed: 7).commands(
        Witness(
          group: "rush", step: step, outcome: "ok", status: 200, user: 4, iteration: 3,
          keys: [Witness.Key("buyer", "b")], sent: 0, returned: 1, sequence: nil))
    }
    let ask = "curl -s -X POST -k http://127.0.0.1:8080/token -H 'X-Team: ours' --data-raw b"
    func withoutType(_ command: String) -> String {
      command.replacing("-H 'Content-Type: text/plain; charset=utf-8' ", with: "")
    }
    let pay = commands("pay")
    // Both are from one answer, and so from one request.
    #expect(
      pay.before.map(withoutType) == [
        "answer=$(\(ask))",
        #"token_header=$(printf %s "${answer}" | jq -rc .t | tr -d '\000-\010\012-\037\177')"#,
        #"coupon_json=$(printf %s "${answer}" | jq -rc '.c | tostring | tojson[1:-1]')"#,
      ])
    #expect(pay.request.hasSuffix(#"--data-raw '{"coupon":"'"${coupon_json}"'"}'"#))
    #expect(pay.request.contains(#"-H "Authorization: Bearer ${token_header}""#))
    // A header, of an answer that itself needs what an earlier one told.
    let paid = commands("paid")
    #expect(paid.before.count == 4)
    #expect(paid.before.last?.hasPrefix("paid_url=$(curl -s -D - -o /dev/null -X POST") == true)
    #expect(paid.before.last?.contains(#"| awk 'tolower($1) == "x-paid:""#) == true)
    #expect(paid.request.contains(#""http://127.0.0.1:8080/paid/${paid_url}""#))
    // The bundled server has no secrets but those of the environment.
    #expect(commands("issue").request.contains("-H 'X-Key: ***' -H 'Cookie: a=b'"))
  }

  @Test("a server like the run's is made by its seed, its incidents and what the scenario makes of it")
  func server() throws {
    var scenario = try #require(Self.scenario)
    var identity = RunIdentity(scenario: "shop", file: "s.json5", target: "reference", seed: 5)
    identity.incidents = ["x.y=5"]
    #expect(RerunCommand.server(identity, scenario) == ["stampede serve --seed 5 --incident x.y=5"])
    scenario.reference = ReferenceState()
    scenario.reference?.clock = "2026-02-28T23:59:56+09:00"
    scenario.reference?.settings = [JSONField("event.feature", .string("DICE"))]
    let commands = RerunCommand.server(identity, scenario)
    #expect(commands[0] == "stampede serve --seed 5 --incident x.y=5 --control-token again")
    #expect(
      commands.dropFirst().map { $0.split(separator: " ")[2...3].joined(separator: " ") } == [
        "PUT http://127.0.0.1:8080/_control/settings", "POST http://127.0.0.1:8080/_control/reset",
        "PUT http://127.0.0.1:8080/_control/clock",
      ])
    #expect(commands[1].hasSuffix(#"--data-raw '{"event.feature":"DICE"}'"#))
    identity.target = "http://127.0.0.1:1"
    #expect(RerunCommand.server(identity, scenario) == [])
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
        + "--set traffic.rush.load.burst=5 --workers 1 --seed 18446744073709551615")
    identity = RunIdentity(scenario: "shop", file: "s.json5", target: "reference", seed: 1)
    (identity.workers, identity.serverLoops) = (3, 2)
    var scenario = try #require(Self.scenario)
    #expect(RerunCommand.text(identity, scenario) == "stampede run s.json5 --workers 3 --server-loops 2 --seed 1")
    // The file names another target than the run had.
    scenario.target = .url("https://shop.example")
    #expect(
      RerunCommand.text(identity, scenario)
        == "stampede run s.json5 --target reference --workers 3 --server-loops 2 --seed 1")
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
    #expect(finding.counterexample?.again == "stampede run sample.json5 --workers 1 --seed 1")
    #expect(finding.counterexample?.requests.map(\.curl.isEmpty) == [false, false])
  }
}
