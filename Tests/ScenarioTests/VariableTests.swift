import JSON
import Testing

@testable import Scenario

@Suite("Templates and variables")
struct VariableTests {
  private func template(_ text: String, more: String = "") throws -> Template {
    guard case .text(let template) = try Read(file(step: "post: '/', text: '\(text)'", more: more)).step().body
    else { throw Unexpected() }
    return template
  }

  @Test("know the built-in variables")
  func builtIn() throws {
    let text = "${user}${iteration}${repeat}${group}${step}${scenario}${seed}${uuid}${now}${unix_ms}${random(-5, 7)}"
    #expect(
      try template(text).parts == [
        .builtIn(.user), .builtIn(.iteration), .builtIn(.repetition), .builtIn(.group), .builtIn(.step),
        .builtIn(.scenario), .builtIn(.seed), .builtIn(.uuid), .builtIn(.now), .builtIn(.unixMilliseconds),
        .builtIn(.random(-5, 7)),
      ])
  }

  @Test(
    "leave everything else as it is",
    arguments: [
      ("plain", "plain"), ("", ""), ("$", "$"), ("$5 {x}", "$5 {x}"), ("$${user}", "${user}"),
      ("a$$${x} b", "a$${x} b"),
      ("한글", "한글"), ("}", "}"),
    ])
  func literal(text: String, expected: String) throws {
    #expect(try template(text).constant == expected)
  }

  @Test("point at the variable in the file")
  func places() throws {
    let read = Read(file(step: "post: '/', text: 'a ${buyer} b'", more: "data: { buyer: ['x'] },"))
    guard case .text(let template) = try read.step().body, case .variable("buyer", let range) = template.parts[1]
    else { throw Unexpected() }
    #expect(String(decoding: read.source.bytes[range.start..<range.end], as: UTF8.self) == "${buyer}")
    #expect(template.variables == ["buyer"])
  }

  @Test("of JSON are found at any depth, keys too")
  func traversal() throws {
    let step = try Read(
      file(
        step: "post: '/', json: { a: ['${x}', { '${y}': '${x}${z}' }], b: 1 }",
        more: "data: { x: ['1'], y: ['1'], z: ['1'] },")
    ).step()
    guard case .json(let value) = step.body else { throw Unexpected() }
    #expect(value.variables == ["x", "y", "x", "z"])
  }

  @Test("keep values of the environment apart, since they are secret")
  func environment() throws {
    let options = ReadOptions(environment: { $0 == "TOKEN" ? "s3cret" : nil })
    let text = file(step: "get: '/', headers: { Authorization: 'Bearer ${env.TOKEN}' }")
    let scenario = try Read(text, options: options).valid()
    #expect(
      scenario.traffic[0].steps[0].headers[0].value.parts
        == [.literal("Bearer "), .environment(name: "TOKEN", value: "s3cret")])
    #expect(scenario.secrets == ["s3cret"])
    let told = Read(text).told
    #expect(told == ["${env.TOKEN} → the environment variable 'TOKEN' is not set (set it: TOKEN=… stampede …)"])
  }

  static let flow = """
    data: { buyer: ['a'], account: [{ id: 1, name: 'x' }] },
    set_up: [{ name: 'login', post: '/login', capture: { admin: '$.token' } }],
    tear_down: [{ name: 'logout', post: '/logout', text: '${admin}' }],
    """

  @Test("are known where they should be")
  func scopes() throws {
    let steps = """
      [{ name: 'first', post: '/', text: '${buyer} ${account.id} ${admin}', capture: { order: '$.id' } },
       { name: 'second', get: '/orders/${order}', if_present: 'order',
         outcomes: { same: { json: { '$.id': '${order}' } } } }]
      """
    _ = try Read(file(more: Self.flow, steps: steps)).valid()
  }

  @Test(
    "that are not known where they are used are errors that say why",
    arguments: [
      ("[{ name: 'a', get: '/${byer}' }]", "${byer} → nothing defines the variable 'byer' (did you mean 'buyer'?)"),
      (
        "[{ name: 'a', get: '/${account}' }]",
        "${account} → the data 'account' has columns (name one: ${account.id}, ${account.name})"
      ),
      (
        "[{ name: 'a', get: '/${account.nme}' }]",
        "${account.nme} → nothing defines the variable 'account.nme' (did you mean 'account.name'?)"
      ),
      (
        "[{ name: 'a', get: '/${id}' }, { name: 'b', get: '/', capture: { id: '$.id' } }]",
        "${id} → the variable 'id' is not known here: step 'b' captures it only later"
      ),
      (
        "[{ name: 'a', get: '/${id}', capture: { id: '$.id' } }]",
        "${id} → the variable 'id' is not known here: it is this very step that captures it"
      ),
      (
        "[{ name: 'a', get: '/', outcomes: { x: { json: { '$.a': '${nope}' } } } }]",
        "${nope} → nothing defines the variable 'nope' (known here: …"
      ),
      ("[{ name: 'a', get: '/${}' }]", "${} → '${}' names no variable (for the characters themselves write $${)"),
      (
        "[{ name: 'a', get: '/${ buyer }' }]",
        "${ buyer } → '${ buyer }' has spaces around its name (for the characters themselves write $${)"
      ),
      ("[{ name: 'a', get: '/${buyer' }]", "${buyer → '${' has no '}' (for the characters themselves write $${)"),
      (
        "[{ name: 'a', get: '/${random(1)}' }]",
        "${random(1)} → expected two whole numbers, as in '${random(1,100)}'"
      ),
      (
        "[{ name: 'a', get: '/${random(9,1)}' }]",
        "${random(9,1)} → the first number of random is larger than the second"
      ),
    ])
  func unknown(steps: String, expected: String) {
    let read = Read(file(more: Self.flow, steps: steps))
    #expect(read.tells(expected), "\(read.told)")
    #expect(read.diagnostics.count == 1)
  }

  @Test("of one traffic group are not known in another, and data not outside of traffic")
  func elsewhere() {
    let text = """
      { name: 'test', data: { buyer: ['a'] },
        set_up: [{ name: 'prepare', get: '/${buyer}' }],
        traffic: {
          a: { load: { burst: 1 }, steps: [{ name: 'one', get: '/', capture: { id: '$.id' } }] },
          b: { load: { burst: 1 }, steps: [{ name: 'two', get: '/${id}' }] } },
        tear_down: [{ name: 'clean', get: '/${id}' }] }
      """
    #expect(
      Read(text).told == [
        "${buyer} → the variable 'buyer' is not known here: data is drawn by the iterations of traffic",
        "${id} → the variable 'id' is not known here: it is captured in the traffic group 'a'",
        "${id} → the variable 'id' is not known here: it is captured in the traffic group 'a'",
      ])
  }

  @Test("in headers of the client go to the steps that know them")
  func clientHeaders() throws {
    let text = """
      { name: 'test', client: { headers: { 'X-Plain': '1', Authorization: 'Bearer ${token}' } },
        traffic: { main: { load: { burst: 1 }, steps: [
          { name: 'login', post: '/login', capture: { token: '$.token' } },
          { name: 'own', get: '/', headers: { authorization: 'none' } },
          { name: 'use', get: '/' }] } } }
      """
    let scenario = try Read(text).valid()
    #expect(scenario.client.headers.map(\.name) == ["X-Plain"])
    let headers = scenario.traffic[0].steps.map { $0.headers.map { "\($0.name): \($0.value.constant ?? "Bearer …")" } }
    #expect(headers == [[], ["authorization: none"], ["Authorization: Bearer …"]])
    let mistyped = Read(text.replacing("${token}", with: "${tokn}"))
    #expect(mistyped.told == ["${tokn} → nothing defines the variable 'tokn' (did you mean 'token'?)"])
  }
}
