import JSON
import Measurement
import Testing

@testable import Engine

extension RunTests {
  @Suite struct Explanations {
    private func samples(_ step: String, body: String = "", client: String = "") throws -> [String] {
      try withTarget { target in
        let record = try target.run(
          oneStep(
            "{ users: 1, iterations: 1 }", step, more: "data: { body: [\(JSONValue.string(body).text())] }, \(client)"))
        return record.series.flatMap(\.samples)
      }
    }

    @Test("an unexpected response says of the nearest outcomes what did not hold")
    func nearest() throws {
      let samples = try samples(
        """
        post: '/say/200', text: '${body}', outcomes: { issued: 201, moved: { status: 200, header: { Location: { exists: true } } },
          sold_out: { status: 200, json: { '$.ok': true, '$.error.code': 'SOLD_OUT' } }, far: 500 }
        """, body: #"{"ok":true,"error":{"code":"X"}}"#)
      #expect(
        samples == [
          #"status 200; sold_out: $.error.code is "X", expected "SOLD_OUT"; moved: header location is not there, "#
            + #"expected a value; issued: status is 200, expected 201; and 1 more outcomes; body: {"ok":true,"error":{"code":"X"}}"#
        ])
    }

    @Test(
      "a body that is not JSON is named so",
      arguments: [
        ("<html>down</html>", "status 200; ok: not JSON: begins with <html>down</html>; body: <html>down</html>"),
        ("", "status 200; ok: the body is empty"),
        (#"{"a":[1,"#, #"status 200; ok: JSON ends early at byte 8; body: {"a":[1,"#),
        (#"{"a":1,}"#, #"status 200; ok: not JSON at byte 7: expected a key in double quotes; body: {"a":1,}"#),
      ])
    func notJSON(body: String, sample: String) throws {
      #expect(
        try samples(
          "post: '/say/200', text: '${body}', outcomes: { ok: { json: { '$.errors': { exists: false } } } }", body: body
        ) == [sample])
    }

    @Test("what there was to capture and was not is named")
    func captures() throws {
      #expect(
        try samples(
          "post: '/say/200', text: '${body}', outcomes: { ok: { status: 200, capture: { id: '$.id' } } }", body: "{}")
          == ["status 200; ok: all matches, but there is nothing to capture for 'id'; body: {}"])
    }

    @Test("a secret in what is said is hidden, also where it is cut")
    func secrets() throws {
      try withTarget { target in
        let record = try target.run(
          oneStep(
            "{ users: 1, iterations: 1 }",
            "post: '/say/200', json: { a: '${env.KEY}' }, outcomes: { ok: { json: { '$.a': 'x${env.KEY}' } } }"),
          environment: ["KEY": String(repeating: "k3y/", count: 300)])
        let sample = try #require(record.series("unexpected")?.samples.first)
        #expect(!sample.contains("k3y") && sample.contains("***"))
      }
    }

    @Test("redirects that count as ok, and are not followed, are counted in a note")
    func redirects() throws {
      try withTarget { target in
        let record = try target.run(oneStep("{ users: 2, iterations: 3 }", "get: '/status/302'"), workers: 2)
        #expect(record.count("ok") == 6)
        #expect(
          record.notes == [
            "6 responses to step 'one' were redirects, which are not followed. Without 'outcomes' any status below 400 is "
              + "'ok': list the status that the step expects."
          ])
        let listed = try target.run(
          oneStep("{ users: 1, iterations: 3 }", "get: '/status/302', outcomes: { moved: 302 }"))
        #expect(listed.notes.isEmpty)
      }
    }
  }
}
