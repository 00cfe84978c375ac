import Measurement
import Testing

@testable import Engine

extension RunTests {
  @Suite struct Outcomes {
    @Test("the first outcome whose matchers hold is the answer's, and what nobody looks for is unexpected")
    func outcomes() throws {
      try withTarget { target in
        let record = try target.run(
          oneStep(
            "{ users: 1, iterations: 9 }",
            """
            get: '/status/${code}', outcomes: { good: 200, created: { status: [200, 201] }, refused: { status: '4xx' },
              broken: { status: 500, error: true } }
            """,
            more: "data: { code: ['200', '201', '404', '409', '499', '500', '503', '302', '202'] },"))
        let counts = Dictionary(uniqueKeysWithValues: record.series.map { ($0.key.outcome, $0.count) })
        #expect(counts == ["good": 1, "created": 1, "refused": 3, "broken": 1, "unexpected": 3])
        #expect(record.series.map(\.kind) == [.expected, .expected, .expected, .namedError, .unexpected])
        #expect(record.groups[0].iterationsStarted == 9 && record.groups[0].iterationsCompleted == 5)
        let samples = record.series("unexpected")!.samples
        #expect(samples.count == 3)
        for (sample, status) in zip(samples, [503, 302, 202]) {
          #expect(
            sample.hasPrefix(
              "status \(status); good: status is \(status), expected 200; created: status is \(status), expected one of "
                + "200, 201; refused: status is \(status), expected 4xx; and 1 more outcomes"))
        }
      }
    }

    @Test("bodies decide where the status does not, with variables in lists and objects too")
    func bodies() throws {
      try withTarget { target in
        let record = try target.run(
          oneStep(
            "{ users: 1, iterations: 2 }",
            """
            post: '/say/200', json: { id: '${key}', user: { id: '${key}', n: 1 } }, outcomes: {
              a: { json: { '$.id': 'a', '$.user': { equals: { n: 1, id: 'a' } } } },
              own: { json: { '$.user': { equals: { id: '${key}', n: 1 } } } } }
            """, more: "data: { key: ['a', 'b'] },"))
        #expect(record.count("a") == 1 && record.count("own") == 1)
      }
    }

    @Test("a regular expression sees all of a body: zero bytes and what follows them, whatever it meets")
    func patterns() throws {
      try withTarget { target in
        let record = try target.run(
          oneStep(
            "{ users: 1, iterations: 3 }",
            #"""
            post: '/say/200', text: '${body}', outcomes: {
              plain: { body: { matches: '^ok$' } }, error: { body: { matches: '^ok\\x00.*ERROR$' } },
              korean: { body: { matches: '^[가-힣]{2} \\p{Hangul}+$' }, header: { 'Content-Type': { matches: '^application/json' } } } }
            """#, more: #"data: { body: ['ok', 'ok\u0000 ERROR', '쿠폰 소진'] },"#))
        #expect(record.count("plain") == 1 && record.count("error") == 1 && record.count("korean") == 1)
      }
    }

    @Test("no answer in time is a timeout, at least as long as that, and the next request is not harmed")
    func timeout() throws {
      try withTarget { target in
        let record = try target.run(
          """
          { name: 'test', target: 'http://127.0.0.1', traffic: { main: { load: { users: 1, iterations: 2 }, steps: [
            { name: 'late', get: '/slow/600000', timeout: '200ms', continue_on_error: true },
            { name: 'next', get: '/ok' } ] } } }
          """)
        let late = try #require(record.series("timeout"))
        #expect(late.count == 2 && late.kind == .transport && record.count("ok", step: "next") == 2)
        #expect(late.latency.minimum >= 199_900_000 && late.serviceTime.count == 2)
        #expect(target.probe.seen.map(\.target) == ["/slow/600000", "/ok", "/slow/600000", "/ok"])
      }
    }

    @Test("an error ends the iteration, unless the step says to go on")
    func errors() throws {
      try withTarget { target in
        func steps(_ first: String) -> String {
          "{ name: 'test', target: 'http://127.0.0.1', traffic: { main: { load: { users: 1, iterations: 2 }, steps: ["
            + "{ name: 'a', get: '/status/500', \(first) }, { name: 'b', get: '/ok' }] } } }"
        }
        let ended = try target.run(steps(""))
        #expect(ended.count("unexpected", step: "a") == 2 && ended.count("ok", step: "b") == 0)
        #expect(ended.groups[0].iterationsStarted == 2 && ended.groups[0].iterationsCompleted == 0)
        let wentOn = try target.run(steps("continue_on_error: true"))
        #expect(wentOn.count("unexpected", step: "a") == 2 && wentOn.count("ok", step: "b") == 2)
        #expect(wentOn.groups[0].iterationsCompleted == 2)
      }
    }

    @Test("a captured value is the next step's, and not the next iteration's")
    func captures() throws {
      try withTarget { target in
        let record = try target.run(
          """
          { name: 'test', target: 'http://127.0.0.1', data: { body: ['{"id":"x/1"}', '{"no":1}', '{"id":2}'] },
            traffic: { main: { load: { users: 1, iterations: 3 }, steps: [
              { name: 'a', post: '/say/200', text: '${body}', outcomes: {
                  found: { json: { '$.id': { exists: true } }, capture: { id: '$.id' } }, none: 200 } },
              { name: 'b', get: '/ok?${id}', if_present: 'id' }] } } }
          """)
        #expect(record.count("found") == 2 && record.count("none") == 1 && record.count("ok", step: "b") == 2)
        #expect(target.probe.seen.map(\.target).filter { $0.hasPrefix("/ok") } == ["/ok?x%2F1", "/ok?2"])
      }
    }

    @Test("an answer without the value to capture is unexpected")
    func missingCapture() throws {
      try withTarget { target in
        let record = try target.run(
          oneStep(
            "{ users: 1, iterations: 1 }", "get: '/ok', outcomes: { good: { status: 200, capture: { id: '$.id' } } }"))
        #expect(record.count("good") == 0 && record.count("unexpected") == 1)
      }
    }

    @Test("a step that is repeated counts its repetitions from 1")
    func repetition() throws {
      try withTarget { target in
        let record = try target.run(
          oneStep("{ users: 1, iterations: 2 }", "post: '/ok', text: '${iteration}.${repeat}', repeat: 3"))
        #expect(target.probe.bodies() == ["0.1", "0.2", "0.3", "1.1", "1.2", "1.3"])
        #expect(record.requests == 6 && record.groups[0].iterationsCompleted == 2)
      }
    }

    @Test("connections are kept for each user, or made for each request", arguments: ["per_user", "fresh", "pooled"])
    func policies(policy: String) throws {
      try withTarget { target in
        let record = try target.run(
          oneStep("{ users: 3, iterations: 4 }", "get: '/slow/1'", group: "connections: '\(policy)',"))
        #expect(record.count("ok") == 12)
        switch policy {
        case "per_user": #expect(record.connections.opened == 3)
        case "fresh": #expect(record.connections.opened == 12)
        default: #expect((1...3).contains(record.connections.opened))
        }
      }
    }

    @Test("times are in order: latency is at least service time, that at least the time to the first byte")
    func instants() throws {
      try withTarget { target in
        let record = try target.run(oneStep("{ users: 2, iterations: 5 }", "get: '/slow/3'"))
        let series = try #require(record.series("ok"))
        #expect(series.latency.count == 10 && series.serviceTime.count == 10 && series.timeToFirstByte.count == 10)
        #expect(series.timeToFirstByte.minimum >= 2_990_000)
        #expect(series.serviceTime.minimum >= series.timeToFirstByte.minimum)
        #expect(series.latency.maximum >= series.serviceTime.maximum)
        #expect(record.generator.lag.count == 10 && record.generator.wait.count == 10)
        #expect(series.bytesSent > 0 && series.bytesReceived > 0)
        #expect(record.elapsed >= 15_000_000)
      }
    }
  }
}
