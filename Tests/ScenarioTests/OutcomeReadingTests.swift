import JSON
import Testing

import HTTPClient
@testable import Scenario

@Suite("Outcomes")
struct OutcomeReadingTests {
  private func outcomes(_ text: String) throws -> [Outcome] {
    try Read(file(step: "get: '/', outcomes: \(text)")).step().outcomes
  }

  private func matchers(_ text: String) throws -> String {
    withoutPlaces(try outcomes("{ it: \(text) }")[0].matchers.map { "\($0.subject) \($0.predicate)" })
      .replacing("Scenario.", with: "").replacing("JSON.", with: "")
  }

  @Test("a bare status, a class or a list of them is short for a status")
  func shorthands() throws {
    for (short, long) in [
      ("200", "{ status: 200 }"), ("'2xx'", "{ status: '2xx' }"), ("[200, 201]", "{ status: [200, 201] }"),
    ] {
      #expect(try matchers(short) == matchers(long))
    }
    guard case .equals(.constant(200)) = try outcomes("{ it: 200 }")[0].matchers[0].predicate else {
      throw Unexpected()
    }
    guard case .statusClass(4) = try outcomes("{ it: '4XX' }")[0].matchers[0].predicate else { throw Unexpected() }
    guard case .oneOf([.constant(200), .constant(201)]) = try outcomes("{ it: [200, 201] }")[0].matchers[0].predicate
    else { throw Unexpected() }
  }

  @Test("look at every part of an answer, in the order of the file")
  func subjects() throws {
    let outcome = try outcomes(
      """
      { it: { status: { lessThan: 300 }, header: { 'X-A': 'b' }, cookie: { SID: { exists: true } },
              json: { '$.a[0]': 5, '$.b': { contains: 'x', notEquals: 'y' } }, body: { matches: '^ok$' },
              bytes: { lessThanOrEqual: '1KiB' }, duration: { lessThan: '1500us' } } }
      """)[0]
    #expect(
      outcome.matchers.map(\.subject) == [
        .status, .header("x-a"), .cookie("SID"), .json(try JSONPath("$.a[0]")), .json(try JSONPath("$.b")),
        .json(try JSONPath("$.b")), .body, .bytes, .duration,
      ])
    guard case .lessThanOrEqual(.constant(1024)) = outcome.matchers[7].predicate,
      case .lessThan(.constant(1.5)) = outcome.matchers[8].predicate
    else { throw Unexpected() }
  }

  @Test("know every predicate")
  func predicates() throws {
    let all = [
      "equals: 1", "notEquals: 1", "greaterThan: 1", "greaterThanOrEqual: 1", "lessThan: 1", "lessThanOrEqual: 1",
      "startsWith: 'a'", "endsWith: 'a'", "contains: 'a'", "matches: 'a+'", "exists: false", "isString: true",
      "isNumber: true", "isBoolean: true", "isList: true", "isObject: true", "isUuid: true", "isIsoDate: true",
      "count: 3", "oneOf: [1, 'b']",
    ]
    #expect(all.count == KeyTable.predicates.keys.count)
    for predicate in all {
      #expect(try outcomes("{ it: { json: { '$.x': { \(predicate) } } } }")[0].matchers.count == 1)
    }
  }

  @Test("a literal in JSON may be any value, and be filled in")
  func literals() throws {
    for (text, value) in [("null", "null"), ("true", "true"), ("[1, 'a']", #"[1,"a"]"#), ("1.5", "1.5")] {
      guard
        case .equals(.constant(let read)) = try outcomes("{ it: { json: { '$.x': \(text) } } }")[0].matchers[0]
          .predicate
      else { throw Unexpected() }
      #expect(read.text() == value)
    }
    guard
      case .equals(.string(let template)) = try outcomes("{ it: { json: { '$.x': 'u${user}' } } }")[0].matchers[0]
        .predicate
    else { throw Unexpected() }
    #expect(template.parts == [.literal("u"), .builtIn(.user)])
  }

  @Test("capture from every part of an answer")
  func captures() throws {
    let captures = try outcomes(
      """
      { it: { capture: { a: '$.x', b: { json: '$.y' }, c: { header: 'Location' }, d: { cookie: 'SID' }, e: 'status',
              f: 'body', g: { body: true } } } }
      """)[0].captures
    #expect(captures.map(\.variable) == ["a", "b", "c", "d", "e", "f", "g"])
    #expect(
      captures.map(\.source) == [
        .json(try JSONPath("$.x")), .json(try JSONPath("$.y")), .header("location"), .cookie("SID"), .status, .body,
        .body,
      ])
  }

  @Test("say what an answer promises of the request's effect, where the status does not tell")
  func effects() throws {
    let outcomes = try outcomes(
      "{ won: 201, failed: { status: '5xx', error: true, effect: 'none' }, later: { status: 202, effect: 'unknown' } }")
    #expect(outcomes.map(\.effect) == [nil, Outcome.Effect.none, .unknown])
  }

  @Test(
    "warn of an outcome that an earlier one leaves nothing for",
    arguments: [
      ("{ a: '2xx', b: 201 }", true), ("{ a: 201, b: '2xx' }", false), ("{ a: [200, 201], b: 201 }", true),
      ("{ a: '2xx', b: [200, 201] }", true), ("{ a: '2xx', b: [200, 301] }", false), ("{ a: {}, b: 200 }", true),
      ("{ a: 200, b: { status: 200, json: { '$.x': 1 } } }", true),
      ("{ a: { status: 200, json: { '$.x': 1 } }, b: 200 }", false),
      ("{ a: { json: { '$.x': 1 } }, b: { json: { '$.x': 2 } } }", false),
      ("{ a: { json: { '$.x': { exists: true } } }, b: { json: { '$.x': 2 } } }", true),
      ("{ a: { header: { x: '1' } }, b: { header: { y: '1' } } }", false),
      ("{ a: { body: { startsWith: 'x' } }, b: { body: { startsWith: 'x', contains: 'y' } } }", true),
    ])
  func unreachable(text: String, isUnreachable: Bool) {
    let read = Read(file(step: "get: '/', outcomes: \(text)"))
    #expect(read.scenario != nil)
    #expect(
      read.told
        == (isUnreachable
          ? ["b → warning: the outcome 'b' is never reached: 'a' comes first and takes the same answers"] : []))
  }

  @Test(
    "tell what is wrong with them",
    arguments: [
      ("{}", "{} → there are no outcomes (without 'outcomes', any status below 400 is 'ok')"),
      ("{ timeout: 500 }", "timeout → 'timeout' is an outcome that every step has (choose another name)"),
      ("{ unexpected: 500 }", "unexpected → 'unexpected' is an outcome that every step has (choose another name)"),
      (
        "{ 'a.b': 500 }",
        "'a.b' → 'a.b' cannot be the name of an outcome (a name is a letter or _, then letters, digits, _ and -)"
      ),
      ("{ a: 99 }", "99 → a status must be between 100 and 599, found 99"),
      ("{ a: '9xx' }", "'9xx' → expected a status such as 200, or a class such as '2xx', found the text '9xx'"),
      (
        "{ a: ['2xx'] }",
        "'2xx' → expected a status such as 200, found the text '2xx' (a class of statuses stands alone: '2xx')"
      ),
      ("{ a: [] }", "[] → the list has no statuses"),
      ("{ a: null }", "null → expected an object for an outcome, found null"),
      ("{ a: { staus: 200 } }", "staus → unknown key 'staus' in an outcome (did you mean 'status'?)"),
      ("{ a: { headers: {} } }", "headers → unknown key 'headers' in an outcome (did you mean 'header'?)"),
      ("{ a: { json: { '$.x': { gt: 5 } } } }", "gt → unknown key 'gt' in a predicate (did you mean 'greaterThan'?)"),
      ("{ a: { json: { '$.x': {} } } }", "{} → there is no predicate (such as { exists: true })"),
      ("{ a: { json: { 'x': 5 } } }", "x → 'x' is no JSON path: …"),
      ("{ a: { json: { '$.x': { matches: '(' } } } }", "( → the regular expression is not valid: '(' has no ')'"),
      (
        #"{ a: { body: { matches: '\\d+(?=x)' } } }"#,
        "(?= → the regular expression is not valid: look-around is not supported (it cannot be searched for in linear time; use two matchers, or a group for what comes before and after)"
      ),
      (
        #"{ a: { body: { matches: '\\w\u00e9x++' } } }"#,
        "++ → the regular expression is not valid: possessive quantifiers are not supported ('+' alone takes no longer: a search here never goes back)"
      ),
      (
        "{ a: { header: { Location: { matches: '[z-a]' } } } }",
        "z-a → the regular expression is not valid: a range in '[ ]' goes from a character to one that is not before it (such as a-z; the character '-' itself is '\\-')"
      ),
      ("{ a: { body: { matches: 5 } } }", "5 → expected a regular expression, found a number"),
      ("{ a: { json: { '$.x': { isString: false } } } }", "false → 'isString' can only be true"),
      ("{ a: { json: { '$.x': { lessThan: 'abc' } } } }", "'abc' → expected a number, found the text 'abc'"),
      ("{ a: { json: { '$.x': { count: -1 } } } }", "-1 → 'count' must be between 0 and 2,147,483,647, found -1"),
      ("{ a: { json: { '$.x': { oneOf: [] } } } }", "[] → the list has no values"),
      ("{ a: { status: { contains: 2 } } }", "contains → 'contains' has no meaning for a number"),
      ("{ a: { body: { isList: true } } }", "isList → 'isList' has no meaning for a text"),
      ("{ a: { body: ['x'] } }", "['x'] → expected a text, found a list (for one of several: { oneOf: […] })"),
      (
        "{ a: { duration: { lessThan: 200 } } }",
        "200 → expected a duration such as '30s' or '500ms', found a number (a duration carries its unit: ns us ms s m h)"
      ),
      (
        "{ a: { status: 500, effect: 'non' } }",
        "'non' → an answer's effect is 'none' (it promises that nothing happened) or 'unknown', not 'non' (did you mean 'none'?)"
      ),
      ("{ a: { effect: false } }", "false → expected 'none' or 'unknown', found false"),
      ("{ a: { error: 'yes' } }", "'yes' → expected true or false, found the text 'yes'"),
      (
        "{ a: { capture: { 'a-b': '$.x' } } }",
        "'a-b' → 'a-b' cannot be the name of a variable (a name is a letter or _, then letters, digits and _)"
      ),
      (
        "{ a: { capture: { user: '$.x' } } }",
        "user → 'user' is a variable that every scenario has (choose another name)"
      ),
      (
        "{ a: { capture: { x: 'id' } } }",
        "'id' → expected a JSON path such as '$.id', or { header: 'Location' }, found the text 'id' (also { cookie: … }, 'status', 'body')"
      ),
      ("{ a: { capture: { x: {} } } }", "{ → a capture has one source: json, header, cookie, status or body"),
    ])
  func faults(text: String, expected: String) {
    let read = Read(file(step: "get: '/', outcomes: \(text)"))
    #expect(read.tells(expected), "\(read.told)")
    #expect(read.scenario == nil)
  }

  @Test("a name cannot be both data and captured")
  func dataName() {
    let read = Read(file(step: "get: '/', capture: { buyer: '$.x' }", more: "data: { buyer: ['a'] },"))
    #expect(read.told == ["buyer → 'buyer' is already the name of data (choose another name)"])
  }

  @Test("that are built in have the names that the HTTP client gives to its failures")
  func transport() {
    #expect(Set(BuiltInOutcome.transport) == Set(TransportFailure.allCases.map(\.rawValue) + [BuiltInOutcome.unsent]))
  }
}
