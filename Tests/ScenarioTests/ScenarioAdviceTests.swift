import JSON
import Testing

@testable import Scenario

@Suite("What a careful reader would ask about a valid scenario")
struct ScenarioAdviceTests {
  private func told(_ text: String) throws -> [String] {
    let read = Read(text)
    return ScenarioAdvice.warnings(try #require(read.scenario, "\(read.told)")).map { warning in
      warning.message + (warning.hint.map { " (\($0))" } ?? "")
    }
  }

  @Test(
    "a variable as another tool writes it is pointed out",
    arguments: [
      ("get: '/users/{id}'", "'{id}'"), ("get: '/users/{{id}}'", "'{{id}}'"), ("get: '/users/:id/orders'", "':id'"),
      ("get: '/users/<user_id>'", "'<user_id>'"), ("get: '/users?name={name}'", "'{name}'"),
      ("get: '/users', query: { id: '<id>' }", "'<id>'"), ("get: '/users/$user'", "'$user'"),
      ("get: '/', query: { id: '$user' }", "'$user'"),
      ("post: '/', json: { id: '{{account.id}}' }", "'{{account.id}}'"),
      ("post: '/', json: ['{user}']", "'{user}'"), ("post: '/', text: 'id={{ id }}'", "'{{ id }}'"),
      ("post: '/', form: { id: '{{id}}' }", "'{{id}}'"), ("get: '/', headers: { 'X-Id': '{{id}}' }", "'{{id}}'"),
      ("get: '/', headers: { 'X-Id': '{user}' }", "'{user}'"),
    ])
  func foreign(step: String, text: String) throws {
    let found = try told(file(step: step))
    #expect(
      found.count == 1 && found.allSatisfy { $0.hasPrefix("\(text) in step 'one' is sent as it stands") }, "\(found)")
  }

  @Test("the variable that is meant is named, if there is one")
  func meant() throws {
    #expect(try told(file(step: "get: '/a/{user}'")).first?.hasSuffix("(did you mean '${user}'?)") == true)
    #expect(try told(file(step: "get: '/a/{nobody}'")).first?.hasSuffix("(a variable is written ${name})") == true)
  }

  @Test(
    "what only looks a little like one is not",
    arguments: [
      "get: '/users/${user}'", "get: '/items:batch'", "get: '/$metadata'", "get: '/v1/a:b/c'",
      "get: '/', query: { $filter: 'a eq 1' }",
      "post: '/', json: { query: '{ user { id } }' }",
      "post: '/', json: { query: 'query($id: ID!) { user(id: $id) { id } }' }",
      "post: '/', json: { query: '{users{id}}' }", "post: '/', text: '<id>7</id>'",
      "post: '/', text: '{\"level\":{\"a\":{}}}'",
      "post: '/', json: { html: '<b>bold</b>', css: 'a{color:red}' }", "get: '/%7Bid%7D'", "get: '/a/${user}/:'",
      "get: '/', headers: { 'X-Time': '12:30', 'X-Set': '{a}' }",
    ])
  func harmless(step: String) throws { #expect(try told(file(step: step)) == []) }

  @Test("data and captures that nothing uses are named")
  func unused() throws {
    let found = try told(
      """
      { name: 'test', data: { used: ['a'], idle: ['b'], table: [{ id: 1 }] },
        set_up: [{ name: 'up', get: '/', capture: { token: '$.token', spare: '$.spare' } }],
        traffic: { main: { load: { users: 1, iterations: 1 }, steps: [
          { name: 'one', get: '/${used}', headers: { A: '${token}' },
            outcomes: { ok: { status: 200, capture: { next: '$.next', lost: '$.lost' } } } },
          { name: 'two', get: '/a', if_present: 'next' } ] } } }
      """)
    #expect(
      found.map { String($0.prefix { $0 != "(" }) } == [
        "nothing uses the data 'idle' ", "nothing uses the data 'table' ",
        "nothing uses what step 'up' captures as 'spare' ", "nothing uses what step 'one' captures as 'lost' ",
      ])
    #expect(found.dropFirst().first?.hasSuffix("(a step draws it by naming ${table.id})") == true)
  }

  @Test("a name is used by a header, a matcher, an invariant or a ledger, too")
  func used() throws {
    let found = try told(
      """
      { name: 'test', data: { a: ['x'], b: ['x'], c: { sequence: '{n}' }, d: ['x'] },
        client: { headers: { H: '${t}' } },
        set_up: [{ name: 'up', get: '/', capture: { t: '$.t', l: '$.l' } }],
        traffic: { main: { load: { users: 2, iterations: 1 }, steps: [
          { name: 'one', post: '/', json: { '${a}': 1, z: '${d|number}' },
            outcomes: { ok: { status: 200, json: { '$.b': '${b}' }, capture: { n: '$.n', k: '$.k' } } } } ] } },
        invariants: {
          one: { sequential: true, at_most: { count: 1, of: 'one.ok', per: 'k', ledger: { get: '/l/${l}', rows: '$', key: '$.k' } } },
          two: { sequential: true, at_most: { count: 1, of: 'one.ok', per: 'c' } },
          sum: { equal: { left: { sum: 'n', of: 'one.ok' }, right: 3 } } } }
      """)
    #expect(found == [])
  }

  @Test("a threshold that could only end a run that is over is pointed out")
  func lateAbort() throws {
    func thresholds(_ delay: String) -> String {
      "thresholds: { errors: { threshold: 'rate < 1%', abort_on_fail: true, delay_abort: '\(delay)' } },"
    }
    let load = "{ users: 1, for: '10s' }"
    #expect(try told(file(load: load, more: thresholds("9s"))) == [])
    #expect(
      try told(file(load: load, more: thresholds("10s"))) == [
        "'rate < 1%' never ends the run early: 'delay_abort' is 10s, and the load is over after 10s"
      ])
    #expect(try told(file(more: thresholds("10s"))) == [])
  }
}

extension ScenarioAdviceTests {
  @Test(
    "a count that the load cannot reach is pointed out",
    arguments: [
      ("requests: 'count > 300'", true), ("requests: 'count >= 300'", false), ("requests: 'count < 1'", false),
      ("iterations: 'count > 100'", true), ("iterations: 'count >= 100'", false),
      ("'requests{step:two}': 'count > 200'", true),
      ("'outcomes{step:one,outcome:ok}': 'count >= 101'", true), ("requests: 'rate > 9999/s'", false),
    ])
  func counts(threshold: String, warns: Bool) throws {
    let steps = "[{ name: 'one', get: '/' }, { name: 'two', get: '/', repeat: 2 }]"
    let found = try told(file(load: "{ burst: 100 }", more: "thresholds: { \(threshold) },", steps: steps))
    #expect(found.contains { $0.contains("cannot hold: the load makes at most") } == warns, "\(found)")
    #expect(try told(file(load: "{ users: 1, for: '9s' }", more: "thresholds: { \(threshold) },", steps: steps)) == [])
  }
}

@Suite("What the load asks of data and limits")
struct DemandTests {
  private func messages(_ text: String) -> [String] {
    let read = Read(text)
    #expect(read.scenario != nil, "\(read.told)")
    return read.diagnostics.map(\.message)
  }

  private func data(_ load: String, rows: Int, more: String = "", group: String = "", order: String = "unique")
    -> [String]
  {
    messages(
      file(
        load: load, step: "get: '/${d}'",
        more: "data: { d: { sequence: '{n}', count: \(rows), order: '\(order)'\(more) } },",
        group: group))
  }

  @Test("users in a loop that will use up the rows are warned of, with the time that an iteration would have to take")
  func loops() {
    let found = data("{ users: 4, for: '10s' }", rows: 1000)
    #expect(
      found == [
        "'d' has 1,000 rows, each of which is used once: 4 users run out of them before the load ends unless an iteration "
          + "takes 40ms or longer"
      ])
    #expect(data("{ users: 4, for: '10s' }", rows: 8000) == [])
    #expect(data("{ users: 4, for: '10s' }", rows: 1000, more: ", each: 9") == [])
    #expect(data("{ users: 4, for: '10s' }", rows: 45, group: "think_time: '1s',") == [])
    #expect(data("{ users: 4, for: '10s' }", rows: 30, group: "think_time: '1s',").count == 1)
    #expect(data("{ users: 4, for: '10s' }", rows: 1000, order: "cycle") == [])
  }

  @Test("rows that run out for certain are said to")
  func certain() {
    #expect(data("{ users: 40, for: '10s' }", rows: 39).first?.contains("the load asks for 40 iterations") == true)
  }

  @Test("users that have to share rows that are meant to be their own are warned of")
  func perUser() {
    #expect(
      data("{ users: 40, for: '10s' }", rows: 30, order: "per_user") == [
        "'d' has 30 rows for 40 users: several users have the same row"
      ])
    #expect(data("{ users: 40, for: '10s' }", rows: 40, order: "per_user") == [])
    #expect(data("{ users: 40, for: '10s' }", rows: 20, more: ", each: 2", order: "per_user") == [])
    #expect(data("{ arrivals: '1/s', for: '10s' }", rows: 20, order: "per_user") == [])
  }

  private func capped(_ load: String, cap: Int, group: String = "", repeats: Int = 1) -> [String] {
    messages(
      file(
        load: load, step: "post: '/', repeat: \(repeats), outcomes: { got: 201, out: 409 }",
        more: "invariants: { cap: { capped: { step: 'one', accepted: 'got', rejected: 'out', cap: \(cap) } } },",
        group: group))
  }

  @Test(
    "a cap that the load cannot exceed is warned of, whatever kind of load it is",
    arguments: [
      ("{ burst: 100 }", "", 1, 100, true), ("{ burst: 101 }", "", 1, 100, false),
      ("{ burst: 50 }", "", 3, 100, false), ("{ arrivals: '10/s', for: '10s' }", "", 1, 100, true),
      ("{ arrivals: '10/s', for: '11s' }", "", 1, 100, false), ("{ users: 5, iterations: 20 }", "", 1, 100, true),
      ("{ users: 5, for: '10s' }", "", 1, 100, false), ("{ users: 5, for: '10s' }", "pacing: '1s',", 1, 100, true),
      ("{ users: 5, for: '30s' }", "pacing: '1s',", 1, 100, false),
    ])
  func caps(load: String, group: String, repeats: Int, cap: Int, warns: Bool) {
    let found = capped(load, cap: cap, group: group, repeats: repeats)
    #expect(found.contains { $0.hasPrefix("the cap of 100 is never exceeded") } == warns, "\(found)")
  }

  private func limited(_ load: String, _ data: String, sequential: Bool = true, repeats: Int = 1) -> [String] {
    messages(
      file(
        load: load, step: "post: '/${p}', repeat: \(repeats), outcomes: { got: 201, out: 409 }",
        more: "data: { p: \(data) }, invariants: { limit: { sequential: \(sequential), "
          + "at_most: { count: 3, of: 'one.got', per: 'p' } } },"))
  }

  @Test(
    "a limit for each value that nobody can exceed is warned of, in whatever order the rows come",
    arguments: [
      ("{ burst: 40 }", "{ sequence: '{n}', count: 40, order: 'cycle' }", 1, true),
      ("{ burst: 160 }", "{ sequence: '{n}', count: 40, order: 'cycle' }", 1, false),
      ("{ burst: 160 }", "{ sequence: '{n}', count: 40, order: 'random' }", 1, false),
      ("{ users: 5, iterations: 3 }", "{ sequence: '{n}', order: 'per_user' }", 1, true),
      ("{ users: 5, iterations: 3 }", "{ sequence: '{n}', order: 'per_user' }", 2, false),
      ("{ users: 5, iterations: 3 }", "{ sequence: '{n}', order: 'per_user', each: 2 }", 1, false),
      ("{ users: 5, for: '10s' }", "{ sequence: '{n}', order: 'per_user' }", 1, false),
    ])
  func limits(load: String, data: String, repeats: Int, warns: Bool) {
    let found = limited(load, data, repeats: repeats)
    #expect(found.contains { $0.hasPrefix("the limit of 3 is never put to the test") } == warns, "\(found)")
  }

  @Test("a limit whose requests never meet is warned of where each row is one user's")
  func neverMeet() {
    let found = limited("{ users: 5, for: '10s' }", "{ sequence: '{n}', order: 'per_user' }", sequential: false)
    #expect(found.contains { $0.hasSuffix("are ever in flight together: each is one user's") }, "\(found)")
    let shared = limited(
      "{ users: 5, for: '10s' }", "{ sequence: '{n}', order: 'per_user', each: 2 }", sequential: false)
    #expect(shared == [])
  }
}
