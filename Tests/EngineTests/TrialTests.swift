import EventLoop
import Measurement
import Testing

@testable import Engine

extension RunTests {
  @Suite struct Trials {
    private func trial(
      _ text: String, environment: [String: String] = [:]
    ) throws -> (record: RunRecord, exchanges: [TrialExchange], requests: Int) {
      try withTarget { target in
        let shown = Locked<[TrialExchange]>([])
        let run = try target.make(text, environment: environment)
        let record = run.runTrial { exchange in shown.withLock { $0.append(exchange) } }
        return (record, shown.withLock { $0 }, target.probe.seen.count)
      }
    }

    @Test("a trial does every phase once and shows each request, whatever the load")
    func everything() throws {
      let (record, exchanges, requests) = try trial(
        """
        { name: 'test', target: 'http://127.0.0.1', set_up: [{ name: 'up', get: '/ok?up' }],
          tear_down: [{ name: 'down', get: '/ok?down' }],
          traffic: {
            a: { load: { burst: 5000, max_users: 500 }, steps: [{ name: 'a1', get: '/ok?a1' }, { name: 'a2', get: '/status/404' }, { name: 'a3', get: '/ok' }] },
            b: { load: { arrivals: '5/s', for: '10m', max_users: 2 }, steps: [{ name: 'b1', post: '/say/200', json: { x: 1 } }] } } }
        """)
      #expect(exchanges.map(\.step) == ["up", "a1", "a2", "b1", "down"] && requests == 5)
      #expect(exchanges.map(\.outcome) == ["ok", "ok", "unexpected", "ok", "ok"])
      #expect(exchanges[3].requestBody == #"{"x":1}"# && exchanges[3].body == Array(#"{"x":1}"#.utf8))
      #expect(exchanges[3].requestHead.hasPrefix("POST /say/200 HTTP/1.1\nHost: 127.0.0.1:"))
      #expect(exchanges.allSatisfy { $0.serviceTime > 0 })
      // It has no figures.
      #expect(record.ending == .completed && record.requests == 0 && record.intervals.isEmpty)
    }

    @Test("a trial says why an outcome was not it, and what was captured")
    func explanations() throws {
      let (_, exchanges, _) = try trial(
        oneStep(
          "{ users: 1, iterations: 1 }",
          """
          post: '/say/202', json: { id: 7, name: 'n' }, outcomes: { created: 201, other: { json: { '$.name': 'm' } },
            it: { status: 202, capture: { id: '$.id' } } }
          """))
      let exchange = try #require(exchanges.first)
      #expect(exchange.outcome == "it" && exchange.refusals.map(\.outcome) == ["created", "other"])
      #expect(
        exchange.refusals.map(\.actual) == [
          "status is 202, expected 201", #"$.name is "n", expected "m""#,
        ])
      #expect(exchange.captures.map { "\($0.variable)=\($0.value)" } == ["id=7"])
    }

    @Test("a token that an answer gave and a header carries is shown nowhere")
    func capturedCredentials() throws {
      let (_, exchanges, _) = try trial(
        """
        { name: 'test', target: 'http://127.0.0.1',
          traffic: { a: { load: { users: 1, iterations: 1 }, steps: [
            { name: 'in', post: '/say/200', json: { token: 'tok-41', id: 'id-42' },
              outcomes: { in: { status: 200, capture: { token: '$.token', id: '$.id' } } } },
            { name: 'use', get: '/ok?t=${token}&i=${id}', headers: { authorization: 'Bearer ${token}' } } ] } } }
        """)
      #expect(exchanges.map(\.step) == ["in", "use"])
      let shown = exchanges.map { exchange in
        exchange.requestHead + String(decoding: exchange.body, as: UTF8.self)
          + exchange.captures.map { "\($0.variable)=\($0.value)" }.joined(separator: " ")
      }.joined(separator: "\n")
      #expect(!shown.contains("tok-41"))
      #expect(shown.contains("Bearer ***") && shown.contains("token=***") && shown.contains("id=id-42"))
    }

    @Test(
      "a secret is in nothing that is shown or written, as it is nor as it stands in a URL or in JSON",
      arguments: ["s3cret", "pa\"ss wörd/+\\", "tab\tand e\u{301}"])
    func secrets(secret: String) throws {
      let text = oneStep(
        "{ users: 1, iterations: 2 }",
        """
        post: '/say/418', query: { q: '${env.KEY}' }, headers: { 'X-Key': '${env.KEY}', Authorization: 'Bearer ${env.KEY}' },
        json: { key: '${env.KEY}', nested: ['x${env.KEY}\\u0301y'] },
        outcomes: { other: { json: { '$.key': 'no' } }, good: { status: 200, capture: { key: '$.key' } } }
        """, more: "set_up: [{ name: 'up', post: '/say/200', text: '${env.KEY}' }],")
      let (record, exchanges, _) = try trial(text, environment: ["KEY": secret])
      let shown = String(describing: exchanges.map { ($0, String(decoding: $0.body, as: UTF8.self)) })
      var forms = [secret]
      for escaping in [Escaping.path, .json] {
        var form: [UInt8] = []
        escaping.append(secret.utf8, to: &form)
        forms.append(String(decoding: form, as: UTF8.self))
      }
      for form in forms { #expect(!Array(shown.utf8).contains(Array(form.utf8)), "\(form)") }
      #expect(exchanges.count == 2 && exchanges[1].requestHead.contains("Authorization: Bearer ***"))
      #expect(exchanges[1].requestHead.contains("?q=***") && exchanges[1].requestBody.contains(#""key":"***""#))
      #expect(exchanges[1].refusals[0].actual == #"$.key is "***", expected "no""# && record.ending == .completed)

      try withFolder { folder in
        try withTarget { target in
          let record = try target.run(text, environment: ["KEY": secret]) { $0.journal = folder + "/intervals.ndjson" }
          #expect(target.probe.bodies(of: "/say/418").count == 2)
          let sample = try #require(record.series("unexpected")?.samples.last)
          #expect(sample.contains("***"), "\(sample)")
          let journal = try FileBytes.contents(of: folder + "/intervals.ndjson")
          for form in forms {
            #expect(!Array(sample.utf8).contains(Array(form.utf8)) && !journal.contains(Array(form.utf8)))
          }
          let failed = try target.run(
            oneStep(
              "{ users: 1, iterations: 1 }", more: "set_up: [{ name: 'up', post: '/say/500', json: '${env.KEY}' }],"),
            environment: ["KEY": secret])
          #expect("\(failed.ending)".contains("status 500: \\\"***\\\"") || "\(failed.ending)".contains("\"***\""))
        }
      }
    }
  }
}

extension Array where Element == UInt8 {
  fileprivate func contains(_ part: [UInt8]) -> Bool {
    !part.isEmpty && indices.contains { self[$0...].starts(with: part) }
  }
}
