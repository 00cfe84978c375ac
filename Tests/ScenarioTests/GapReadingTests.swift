import Testing

@testable import Scenario

@Suite("What is not there yet is said before the run")
struct GapReadingTests {
  @Test(
    "in place of a capture, a step or an option that other tools have",
    arguments: [
      (
        "get: '/', capture: { csrf: { regex: 'value=\"([^\"]+)\"' } }",
        "regex → unknown key 'regex' in a capture (a capture takes json, header, cookie, status or body; nothing can be "
          + "taken out of HTML or text yet)"
      ),
      ("get: '/', until: { status: 200 }", "until → unknown key 'until' in a step (a step cannot be repeated until…"),
      ("get: '/', follow_redirects: true", "follow_redirects → unknown key 'follow_redirects' in a step (redirects…"),
      (
        "get: '/', cookies: { a: 'b' }", "cookies → unknown key 'cookies' in a step (cookies are not kept yet: capture…"
      ),
    ])
  func keys(step: String, told: String) {
    let read = Read(file(step: step))
    #expect(read.tells(told), "\(read.told)")
    #expect(read.diagnostics.count == 1)
  }

  @Test("a path that is a link of a response")
  func links() {
    let steps = """
      [{ name: 'a', post: '/a', capture: { loc: { header: 'Location' }, id: { header: 'X-Id' } } },
       { name: 'b', get: '/${loc}' }, { name: 'c', get: '/b/${id}?from=${loc}' }, { name: 'd', get: '/d', query: { l: '${loc}' } }]
      """
    let told = Read(file(steps: steps)).told
    #expect(told.count == 2)
    #expect(
      told.allSatisfy { $0.hasPrefix("${loc} → warning: '${loc}' is the link of the header 'location', and cannot") })
    #expect(Read(file(step: "get: '${loc}'")).tells("'${loc}' → a path begins with '/', not with a variable…"))
  }

  @Test(
    "a compressed body that is looked into",
    arguments: [
      ("gzip", "json: { '$.a': 1 }", true), ("gzip, br;q=0.5", "body: 'x'", true), ("*", "json: { '$.a': 1 }", true),
      ("identity", "json: { '$.a': 1 }", false), ("gzip;q=0, identity", "json: { '$.a': 1 }", false),
      ("gzip", "status: 200", false), ("", "json: { '$.a': 1 }", false), ("gzip", "capture: { a: '$.a' }", true),
    ])
  func encodings(header: String, outcome: String, warns: Bool) {
    let step = "get: '/', outcomes: { ok: { \(outcome) } }"
    for text in [
      file(step: step + ", headers: { 'accept-encoding': '\(header)' }"),
      file(step: step, more: "client: { headers: { 'Accept-Encoding': '\(header)' } },"),
    ] {
      let told = Read(text).told
      #expect(told.count == (warns ? 1 : 0))
      #expect(told.allSatisfy { $0.hasPrefix("'one' → warning: the step 'one' asks for a compressed body") })
    }
  }
}
