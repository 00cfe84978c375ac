import JSON
import Testing

@testable import Scenario

@Suite("Rules of invariants")
struct RuleReadingTests {
  private func read(_ invariant: String) -> Read {
    Read(
      """
      { name: 'test', data: { player: { sequence: 'p-{n}', count: 9, order: 'cycle' } },
        set_up: [{ name: 'login', post: '/login', capture: { admin: '$.token' } }],
        traffic: { rush: { load: { burst: 50 }, steps: [
          { name: 'play', post: '/play/${player}', outcomes: {
              played: { status: 200, capture: { prize: '$.prize', round: '$.round' } }, full: 409, lost: 410,
              failed: { status: '5xx', effect: 'none' }, later: { status: 202, effect: 'unknown' } } },
          { name: 'status', get: '/status', outcomes: { shown: { status: 200, capture: { xp: '$.xp' } } } } ] } },
        invariants: { 'the rule': \(invariant) } }
      """)
  }

  private func rule(_ text: String) throws -> Invariant.Rule {
    try #require(try read(text).valid().invariants.first).rule
  }

  @Test(
    "daily limits know zones without summer time, and distances from UTC",
    arguments: [("Asia/Seoul", 32_400), ("UTC", 0), ("Asia/Kolkata", 19_800), ("+09:00", 32_400), ("-03:30", -12_600)])
  func dailyLimit(zone: String, seconds: Int) throws {
    let text = """
      { sequential: true, daily_limit: { limit: 3, step: 'play', accepted: 'played', rejected: 'full', per: 'player',
          zone: '\(zone)', tolerance: '2s' } }
      """
    guard case .dailyLimit(let daily) = try rule(text) else { throw Unexpected() }
    #expect(daily.zone == Invariant.Zone(name: zone, secondsAhead: seconds))
    #expect(daily.limit == 3)
    #expect(daily.tolerance == 2_000_000_000)
    #expect(daily.rejected?.text == "play.full")
    #expect(try read(text).valid().invariants[0].isSequential)
  }

  @Test("conservation holds several outcomes against a ledger")
  func conserved() throws {
    let text = """
      { conserved: { of: ['play.played', 'play.lost'], per: 'player', one_row: true,
          ledger: { get: '/rows', rows: '$.rows', key: '$.id' } } }
      """
    guard case .conserved(let conserved) = try rule(text) else { throw Unexpected() }
    #expect(conserved.outcomes.map(\.text) == ["play.played", "play.lost"])
    #expect(conserved.isOneRow)
    #expect(conserved.ledger.variable == "player")
  }

  @Test("a replay is recorded as its whole input and its result")
  func replay() throws {
    let text = """
      { replay: { of: 'play.played', input: '${seed}|${player}|${day}|${round}', result: 'prize',
          weights: { '1': 3, '2': 0, x: 7 }, zone: 'Asia/Seoul' } }
      """
    guard case .replay(let replay) = try rule(text) else { throw Unexpected() }
    #expect(replay.weights?.map(\.result) == ["1", "2", "x"])
    #expect(replay.zone?.secondsAhead == 32_400)
    let needs = HistoryNeeds.of(try read(text).valid()).needs
    #expect(needs.keys == ["${seed}|${player}|${day}|${round}", "prize"])
    #expect(needs.columns(of: "play") == [0, 1])
    #expect(needs.columns(of: "status") == [])
    // The day is found out afterwards.
    #expect(needs.texts[replay.column]?.variables == ["player", "round"])
    guard case .replay(let plain) = try rule("{ replay: { of: 'play.played', input: '${round}', result: 'prize' } }")
    else { throw Unexpected() }
    #expect(plain.zone == nil && plain.weights == nil)
    // An input that is a variable is recorded as that.
    let plainNeeds = HistoryNeeds.of(
      try read("{ replay: { of: 'play.played', input: '${round}', result: 'prize' } }").valid()
    ).needs
    #expect(plainNeeds.keys == ["round", "prize"] && plainNeeds.texts.isEmpty)
  }

  @Test(
    "quantities are counted, added up, read or told",
    arguments: [
      ("'play.played'", "'status.shown'"), ("['play.played', 'play.lost']", "{ count: 'status.shown' }"),
      ("{ sum: 'round', of: 'play.played' }", "{ last: 'xp', of: 'status.shown' }"),
      ("{ get: '/t', value: '$.n', headers: { A: '${admin}' } }", "-5"),
      ("{ get: '/t', rows: '$.l', sum: '$.n', page: { parameter: 'p' } }", "{ get: '/t', rows: '$.l' }"),
    ])
  func equal(left: String, right: String) throws {
    guard case .equal(let equal) = try rule("{ equal: { left: \(left), right: \(right) } }") else { throw Unexpected() }
    #expect(equal.variable == nil)
  }

  @Test("headers of the client go to what is asked after the load, also on both sides of an equation")
  func headers() throws {
    let text = String(
      decoding: read("{ equal: { left: { get: '/t', value: '$.n' }, right: { get: '/u', value: '$.n' } } }").source
        .bytes,
      as: UTF8.self
    ).replacing("name: 'test',", with: "name: 'test', client: { headers: { Authorization: 'Bearer ${admin}' } },")
    let invariant = try #require(try Read(text).valid().invariants.first)
    #expect(invariant.rule.ledgers.map(\.suffix) == [" (left)", " (right)"])
    #expect(invariant.rule.ledgers.allSatisfy { $0.ledger.headers.map(\.name) == ["Authorization"] })
  }

  @Test("an outcome that must not occur may be a built-in one")
  func never() throws {
    guard case .never(let outcomes) = try rule("{ never: ['play.lost', 'play.timeout', 'status.unexpected'] }")
    else { throw Unexpected() }
    #expect(outcomes.map(\.text) == ["play.lost", "play.timeout", "status.unexpected"])
    #expect(HistoryNeeds.of(try read("{ never: 'play.lost' }").valid()).needs.steps == ["play"])
  }

  @Test(
    "tell what is wrong with them",
    arguments: [
      ("{ daily: {} }", "daily → unknown key 'daily' in an invariant …"),
      ("{ never: 'play.lost', equal: {} }", "equal → an invariant has one rule: either 'never' or 'equal'"),
      (
        "{ daily_limit: { limit: 1, step: 'play', accepted: 'played', per: 'player', zone: 'Asia/Soul' } }",
        "'Asia/Soul' → no zone whose clocks never change is called 'Asia/Soul' (did you mean 'Asia/Seoul'?)"
      ),
      (
        "{ daily_limit: { limit: 1, step: 'play', accepted: 'played', per: 'player', zone: 'Europe/Berlin' } }",
        "'Europe/Berlin' → no zone whose clocks never change is called 'Europe/Berlin' (write how far …"
      ),
      (
        "{ daily_limit: { limit: 1, step: 'play', accepted: 'played', per: 'player' } }",
        "{ → 'zone' is missing in daily_limit"
      ),
      (
        "{ daily_limit: { limit: 0, step: 'play', accepted: 'played', per: 'player', zone: 'UTC' } }", "0 → 'limit' …"
      ),
      (
        "{ daily_limit: { timezone: 'UTC' } }",
        "timezone → unknown key 'timezone' in daily_limit (did you mean 'zone'?)"
      ),
      (
        "{ capped: { step: 'play', accepted: 'failed', cap: 1 } }",
        "'failed' → the outcome 'failed' promises that nothing happened (effect: 'none'), and here it stands for what did"
      ),
      (
        "{ capped: { step: 'play', accepted: 'later', cap: 1 } }",
        "'later' → the outcome 'later' leaves open whether something happened (effect: 'unknown'), and here it stands for what did"
      ),
      (
        "{ at_most: { count: 1, of: 'play.later', per: 'player' } }", "'play.later' → the outcome 'later' leaves open …"
      ),
      (
        "{ daily_limit: { limit: 1, step: 'play', accepted: 'later', per: 'player', zone: 'UTC' } }",
        "'later' → the outcome 'later' leaves open …"
      ),
      (
        "{ conserved: { of: ['play.played', 'play.later'], per: 'player', ledger: { get: '/', rows: '$', key: '$' } } }",
        "'play.later' → the outcome 'later' leaves open …"
      ),
      (
        "{ at_most: { count: 1, of: 'play.played', per: 'player', ledger: { get: '/', rows: '$', key: '$', per: 'prize' } } }",
        "{ get: '/', rows: '$', key: '$', per: 'prize' } → the ledger's 'per' is another variable than the rule's (leave the ledger's away)"
      ),
      (
        "{ capped: { step: 'play', accepted: 'played', rejected: 'later', cap: 1 } }",
        "'later' → the outcome 'later' leaves open whether something happened (effect: 'unknown'), and who is rejected got nothing"
      ),
      (
        "{ daily_limit: { limit: 1, step: 'play', accepted: 'failed', per: 'player', zone: 'UTC' } }",
        "'failed' → the outcome 'failed' promises …"
      ),
      (
        "{ at_most: { count: 1, of: 'play.failed', per: 'player' } }", "'play.failed' → the outcome 'failed' promises …"
      ),
      (
        "{ conserved: { of: ['play.played', 'play.failed'], ledger: { get: '/', rows: '$', key: '$.k' } } }",
        "'play.failed' → the outcome 'failed' promises …"
      ),
      ("{ conserved: { of: [] , ledger: {} } }", "[] → the list of outcomes is empty"),
      (
        "{ conserved: { of: ['play.played', 'play.played'], ledger: {} } }",
        "'play.played' → the outcome 'play.played' is there twice"
      ),
      (
        "{ conserved: { of: 'play.played', one_row: true, ledger: { get: '/', rows: '$', key: '$.k' } } }",
        "one_row → 'one_row' needs 'per': which requests share a row"
      ),
      (
        "{ conserved: { of: ['play.played', 'status.shown'], per: 'xp', ledger: { get: '/', rows: '$', key: '$.k' } } }",
        "'xp' → the variable 'xp' is not known here: step 'status' captures it only later"
      ),
      (
        "{ replay: { of: 'play.played', input: '${player}${day}', result: 'prize' } }",
        "${day} → '${day}' needs a 'zone' in which days begin (such as zone: 'Asia/Seoul')"
      ),
      (
        "{ replay: { of: 'play.played', input: '${uuid}', result: 'prize' } }",
        "'${uuid}' → a text that is drawn anew each time cannot be part of the input"
      ),
      (
        "{ replay: { of: 'play.played', input: '${plyer}', result: 'prize' } }",
        "${plyer} → nothing defines the variable 'plyer' (did you mean 'player'?)"
      ),
      (
        "{ replay: { of: 'play.played', input: '1', result: 'prise' } }",
        "'prise' → the outcome 'play.played' captures no 'prise' (did you mean 'prize'?)"
      ),
      (
        "{ replay: { of: 'play.played', input: '1', result: 'prize', weights: { a: 0 } } }",
        "{ a: 0 } → the weights sum to nothing"
      ),
      ("{ equal: { left: 1, right: 2 } }", "{ left: 1, right: 2 } → two numbers agree or do not whatever the run does"),
      ("{ equal: { left: {}, right: 2 } }", "{ → a quantity needs 'count', 'sum', 'last', 'get' or 'command'"),
      ("{ equal: { left: 'play.played' } }", "{ → 'right' is missing in equal"),
      (
        "{ equal: { left: { count: 'play.played', last: 'xp' }, right: 2 } }",
        "last → a quantity is one thing: either 'count' or 'last'"
      ),
      (
        "{ equal: { left: { sum: 'xp', of: 'play.played' }, right: 2 } }",
        "'xp' → the outcome 'play.played' captures no 'xp' (it captures: prize, round)"
      ),
      (
        "{ equal: { left: { count: 'play.played', rows: '$' }, right: 2 } }",
        "rows → 'rows' has no meaning beside 'count'"
      ),
      ("{ equal: { left: { get: '/t' }, right: 'play.played' } }", "{ → what the target says is either a number …"),
      (
        "{ equal: { left: { get: '/t', rows: '$.l' }, right: 'play.played', per: 'player' } }",
        "{ → with 'per' each row needs a 'key'"
      ),
      ("{ never: 'play.lots' }", "lots → the step 'play' has no outcome 'lots' (did you mean 'lost'?)"),
      (
        "{ equal: { left: { sum: 'round', of: 'play.played' }, right: { sum: 'prize', of: 'play.played' } } }",
        "'the rule' → step 'play' is held to the numbers 'round' and 'prize', and a request is recorded with one …"
      ),
    ])
  func faults(text: String, expected: String) {
    let read = read(text)
    #expect(read.tells(expected), "\(read.told)")
    #expect(read.scenario == nil)
  }

  @Test(
    "are warned of where each value comes once, or to one user",
    arguments: [
      (
        "", "", 1,
        "'the rule' → warning: the limit of 1 is never put to the test: each 'player' asks once …"
      ),
      (
        "", "repeat: 3,", 3,
        "'the rule' → warning: the limit of 3 is never put to the test: each 'player' asks 3 times …"
      ),
      (
        "", "repeat: 3,", 2,
        "'the rule' → warning: no two requests with the same 'player' are ever in flight together: …"
      ),
      ("sequential: true,", "repeat: 3,", 2, nil),
      ("sequential: true,", "", 2, "'the rule' → warning: the limit of 2 is never …"),
    ] as [(String, String, Int, String?)])
  func demand(sequential: String, step: String, limit: Int, expected: String?) {
    let text = String(
      decoding: read("{ \(sequential) at_most: { count: \(limit), of: 'play.played', per: 'player' } }").source.bytes,
      as: UTF8.self
    ).replacing(", count: 9, order: 'cycle'", with: "").replacing("{ name: 'play',", with: "{ name: 'play', \(step)")
    let read = Read(text)
    #expect(read.scenario != nil)
    if let expected { #expect(read.tells(expected), "\(read.told)") } else { #expect(read.told == []) }
  }

  @Test("values of the environment are no part of an input, since that is recorded")
  func environment() {
    let text = read("{ replay: { of: 'play.played', input: '${env.SEED}', result: 'prize' } }").source
    let read = Read(
      String(decoding: text.bytes, as: UTF8.self), options: ReadOptions(environment: { _ in "secret" }))
    #expect(read.tells("'${env.SEED}' → '${env.SEED}' cannot be part of the input: …"), "\(read.told)")
  }
}
