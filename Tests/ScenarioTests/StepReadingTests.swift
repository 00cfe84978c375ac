import JSON
import Testing

@testable import Scenario

@Suite("Steps")
struct StepReadingTests {
  @Test("name their request by its method or at length")
  func requests() throws {
    for method in ["get", "post", "put", "patch", "delete", "head", "options"] {
      let step = try Read(file(step: "\(method): '/path'")).step()
      #expect(step.method == method.uppercased())
      #expect(step.path.constant == "/path")
    }
    let step = try Read(file(step: "request: { method: 'PURGE', url: 'https://cache.example/x' }")).step()
    #expect(step.method == "PURGE")
    #expect(step.path.constant == "https://cache.example/x")
  }

  @Test("have what a file says of them, and defaults else")
  func everything() throws {
    let step = try Read(
      file(
        step: """
          post: '/path', query: { q: 'a b', tag: ['x', 'y'], page: 1, deep: true }, headers: { Accept: 'text/html' },
          text: 'hello', chunked: true, timeout: '5s', think_time: { from: '1s', to: '2s' }, repeat: 3,
          continue_on_error: true,
          """)
    ).step()
    #expect(
      step.query.map { "\($0.name.constant ?? "")=\($0.value.constant ?? "")" } == [
        "q=a b", "tag=x", "tag=y", "page=1", "deep=true",
      ])
    #expect(
      step.headers.map { "\($0.name): \($0.value.constant ?? "")" }
        == ["Accept: text/html", "Content-Type: text/plain; charset=utf-8"])
    #expect(step.chunked)
    #expect(step.timeout == 5_000_000_000)
    #expect(step.thinkTime == DurationRange(least: 1_000_000_000, most: 2_000_000_000))
    #expect(step.repeatCount == 3)
    #expect(step.continueOnError)

    let plain = try Read(file(step: "get: '/'")).step()
    #expect(plain.headers.isEmpty)
    #expect(plain.timeout == nil)
    #expect(plain.repeatCount == 1)
    #expect(!plain.continueOnError)
    #expect(plain.outcomes.map(\.name) == ["ok"])
  }

  @Test(
    "without a name are named by their request",
    arguments: [
      ("get: '/health'", "GET /health"), ("get: '/users?page=1'", "GET /users"),
      ("get: '/users/${n}/x'", "GET /users/:n/x"), ("get: '/r/${random(1,2)}'", "GET /r/:generated"),
    ])
  func defaultNames(step: String, name: String) throws {
    let text = file(more: "data: { n: ['1'] },", steps: "[{ \(step) }]")
    #expect(try Read(text).step().name == name)
  }

  @Test(
    "tell what is wrong with them",
    arguments: [
      ("", "{ → a step needs a request (such as get: '/path', or request: { method: …, url: … })"),
      ("get: '/', post: '/'", "post → a step has one request: either 'get' or 'post'"),
      ("get: 'health'", "'health' → a path begins with '/' (or a whole URL with http:// or https://)"),
      ("get: ''", "'' → the path is empty (the root is '/')"),
      (
        "get: '/a b'",
        "'/a b' → a path has neither spaces nor characters beyond ASCII (write them percent-encoded, or put them into 'query', which is encoded for you)"
      ),
      (
        "get: '/한'",
        "'/한' → a path has neither spaces nor characters beyond ASCII (write them percent-encoded, or put them into 'query', which is encoded for you)"
      ),
      (
        "get: '${user}/x'",
        "'${user}/x' → a path begins with '/', not with a variable (what is filled in is percent-encoded, as one segment of the path; links that a response gave cannot be followed yet)"
      ),
      (
        "get: 'http://${user}/x'",
        "'http://${user}/x' → the host of a URL cannot be filled in (choose it with the target, or --target)"
      ),
      ("get: 'http://x:0/${user}'", "'http://x:0/${user}' → the port must be between 1 and 65535"),
      ("get: '/${user}#b'", "'/${user}#b' → a fragment ('#…') is never sent"),
      ("get: '/a#b'", "'/a#b' → a fragment ('#…') is never sent"),
      ("get: 5", "5 → expected a path such as '/health', found a number"),
      ("request: { method: 'GE T', url: '/' }", "'GE T' → 'GE T' is no method"),
      ("request: { url: '/' }", "{ → 'method' is missing in request"),
      ("get: '/', tumeout: '1s'", "tumeout → unknown key 'tumeout' in a step (did you mean 'timeout'?)"),
      ("get: '/', body: 'x'", "body → unknown key 'body' in a step (did you mean 'json'?)"),
      (
        "get: '/', timeout: 30",
        "30 → expected a duration such as '30s' or '500ms', found a number (a duration carries its unit: ns us ms s m h)"
      ),
      ("get: '/', timeout: '2h'", "'2h' → 'timeout' must be at most 1h"),
      ("get: '/', repeat: 0", "0 → 'repeat' must be between 1 and 1,000,000, found 0"),
      ("get: '/', think_time: { from: '2s', to: '1s' }", "{ from: '2s', to: '1s' } → 'from' is longer than 'to'"),
      ("get: '/', think_time: { from: '2s' }", "{ → 'to' is missing in a range of durations"),
      ("get: '/', chunked: true", "chunked → 'chunked' has no meaning without a body"),
      ("get: '/', chunked: 'yes'", "'yes' → expected true or false, found the text 'yes'"),
      ("get: '/', headers: { 'a b': 'x' }", "'a b' → 'a b' cannot be the name of a header"),
      ("get: '/', headers: { a: 'x\\ny' }", "'x\\ny' → the value of 'a' has control characters"),
      ("get: '/', headers: { a: 'x', A: 'y' }", "A → the header 'A' is set twice (several values are a list)"),
      (
        "get: '/', headers: { 'content-length': 5 }",
        "'content-length' → 'content-length' follows from the body (without 'chunked: true' a body has a Content-Length, with it a Transfer-Encoding)"
      ),
      ("get: '/', query: ['x']", "['x'] → expected an object of query parameters, found a list"),
      ("get: '/', query: { a: {} }", "{} → expected a text, a number or a list of them, found an object"),
      ("get: '/', json: 1, text: 'x'", "text → a step has one body: either 'json' or 'text'"),
      (
        "get: '/', if_present: 'tokn', capture: { token: '$.t' }",
        "'tokn' → nothing defines the variable 'tokn' (known here: group, iteration, now, repeat, scenario, seed, step, unix_ms, user, uuid, random(a,b), env.NAME)"
      ),
      (
        "get: '/', if_present: 'token', capture: { token: '$.t' }",
        "'token' → the variable 'token' is not known here: it is this very step that captures it"
      ),
    ])
  func faults(step: String, expected: String) {
    let read = Read(file(step: step))
    #expect(read.told.contains(expected), "\(read.told)")
    #expect(read.scenario == nil)
  }

  @Test("have names of their own that selectors can hold")
  func names() {
    let twice = Read(file(steps: "[{ name: 'a', get: '/' }, { name: 'a', get: '/x' }]"))
    #expect(
      twice.told == [
        "'a' → two steps are named 'a' (figures are told apart by the steps' names: give one another 'name')"
      ])
    let unnamed = Read(file(steps: "[{ get: '/' }, { get: '/' }]"))
    #expect(
      unnamed.told == [
        "'/' → two steps are named 'GET /' (figures are told apart by the steps' names: give one another 'name')"
      ])
    let outside = Read(file(more: "set_up: [{ name: 'one', get: '/' }],"))
    #expect(outside.told.first?.contains("two steps are named 'one'") == true)
    let brace = Read(file(steps: "[{ name: 'a{b', get: '/' }]"))
    #expect(brace.told.first?.contains("'a{b' cannot be the name of a step") == true)
  }

  @Test("captures of a step hold for each outcome that is no error and has none of its own")
  func captures() throws {
    let step = try Read(
      file(
        step: """
          get: '/', capture: { id: '$.id', etag: { header: 'ETag' } },
          outcomes: { made: 201, there: { status: 200, capture: { id: '$.old' } }, bad: { status: 500, error: true } }
          """)
    ).step()
    let id = try JSONPath("$.id")
    let old = try JSONPath("$.old")
    #expect(step.outcomes[0].captures.map(\.source) == [.json(id), .header("etag")])
    #expect(step.outcomes[1].captures.map(\.source) == [.json(old), .header("etag")])
    #expect(step.outcomes[2].captures.isEmpty)
  }

  @Test(
    "meet as many as are asked for, for as long as they wait",
    arguments: [("20", 20, 10), ("{ users: 50 }", 50, 10), ("{ users: 2, timeout: '1m' }", 2, 60)])
  func rendezvous(text: String, users: Int, seconds: UInt64) throws {
    let step = try Read(file(load: "{ users: 50, iterations: 1 }", step: "get: '/', rendezvous: \(text)")).step()
    #expect(step.rendezvous == Step.Rendezvous(users: users, timeout: seconds * 1_000_000_000))
  }

  @Test(
    "say where users can never meet",
    arguments: [
      ("{ users: 5, for: '1s' }", "6", "6 → 6 users never meet: 'main' has at most 5 at once"),
      ("{ burst: 100, max_users: 5 }", "6", "6 → 6 users never meet: 'main' has at most 5 at once"),
      (
        "{ users: 9, shared_iterations: 5 }", "{ users: 6 }",
        "{ users: 6 } → 6 users never meet: 'main' does only 5 iterations"
      ),
      ("{ users: 5, for: '1s' }", "1", "1 → 'rendezvous' …"),
      (
        "{ users: 5, for: '1s' }", "{ users: 2, tmeout: '1s' }",
        "tmeout → unknown key 'tmeout' in a rendezvous (did you …"
      ),
      ("{ users: 5, for: '1s' }", "{ timeout: '1s' }", "{ → 'users' is missing in a rendezvous"),
      ("{ users: 5, for: '1s' }", "'all'", "'all' → expected a whole number for 'rendezvous', found the text 'all'"),
    ])
  func neverMeeting(load: String, rendezvous: String, expected: String) {
    let read = Read(file(load: load, step: "get: '/', rendezvous: \(rendezvous)"))
    #expect(read.tells(expected), "\(read.told)")
    #expect(read.scenario == nil)
  }

  @Test("meet nobody in the set-up")
  func aloneInSetUp() {
    let read = Read(file(more: "set_up: [{ name: 'in', get: '/', rendezvous: 2 }],"))
    #expect(read.told == ["2 → 'rendezvous' has no meaning here: one user does these steps"])
  }
}
