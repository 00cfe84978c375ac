import JSON
import Load
import Measurement
import Testing

@testable import Engine

extension RunTests {
  @Suite struct Values {
    @Test(
      "nothing is said of a path in a body that is not JSON",
      arguments: ["<html>down</html>", "", "{\"errors\":[1]", "{} {}", "\u{1F}\u{8B}"])
    func notJSON(body: String) throws {
      try withTarget { target in
        let record = try target.run(
          oneStep(
            "{ users: 1, iterations: 1 }",
            """
            post: '/say/200', text: '${body}', outcomes: { ok: { json: { '$.errors': { exists: false } } },
              there: { json: { '$.errors': { exists: true } } }, other: { json: { '$': { notEquals: 1 } } } }
            """, more: "data: { body: [\(JSONValue.string(body).text())] },"))
        #expect(record.count("unexpected") == 1)
      }
    }

    @Test("a body that is JSON has the path or has it not")
    func json() throws {
      try withTarget { target in
        let record = try target.run(
          oneStep(
            "{ users: 1, iterations: 2 }",
            "post: '/say/200', text: '${body}', outcomes: { ok: { json: { '$.errors': { exists: false } } }, there: 200 }",
            more: "data: { body: ['{\"data\":1e400}', '{\"errors\":null}'] },"))
        #expect(record.count("ok") == 1 && record.count("there") == 1)
      }
    }

    @Test("a captured number is sent as it was written, and equals itself and every other spelling of it")
    func numbers() throws {
      var random = SeededGenerator(seed: 2026)
      let fixed = [
        "9007199254740993", "18446744073709551615", "0.1000000000000000055", "19.90", "1e2", "-0", "1e400", "0",
      ]
      let texts = fixed + (0..<300).map { _ in randomNumber(&random) }
      try withTarget { target in
        let record = try target.run(
          """
          { name: 'test', target: 'http://127.0.0.1', data: { number: [\(texts.map { "'\($0)'" }.joined(separator: ","))] },
            traffic: { main: { load: { users: 1, iterations: \(texts.count) }, steps: [
              { name: 'first', post: '/say/200', text: '{"v":${number}}', capture: { v: '$.v' } },
              { name: 'back', post: '/say/200', json: { v: '${v|number}' }, outcomes: {
                  changed: { json: { '$.v': { notEquals: '${v}' } } },
                  off: { json: { '$.v': { greaterThan: '${v}' } } }, below: { json: { '$.v': { lessThan: '${v}' } } },
                  same: { json: { '$.v': '${number}', '$': { equals: { v: '${v|number}' } } } } } } ] } } }
          """)
        #expect(record.count("same") == UInt64(texts.count))
        #expect(target.probe.bodies().count == 2 * texts.count)
        for (index, text) in texts.enumerated() {
          #expect(target.probe.bodies()[2 * index + 1] == "{\"v\":\(text)}")
        }
      }
    }

    private func randomNumber(_ random: inout SeededGenerator) -> String {
      func digits(_ most: Int) -> String {
        (0..<Int(random.below(UInt64(most)) + 1)).map { _ in String(random.below(10)) }.joined()
      }
      var whole = digits(20)
      while whole.count > 1, whole.hasPrefix("0") { whole.removeFirst() }
      var text = (random.below(2) == 0 ? "-" : "") + whole
      if random.below(2) == 0 { text += "." + digits(20) }
      if random.below(3) == 0 { text += ["e", "E", "e+", "e-"][Int(random.below(4))] + digits(3) }
      return text
    }

    @Test("a captured null is absent to if_present, and the text null elsewhere")
    func null() throws {
      try withTarget { target in
        let record = try target.run(
          """
          { name: 'test', target: 'http://127.0.0.1', data: { body: ['{"next":null}', '{"next":"null"}', '{"next":7}', '{"next":""}'] },
            traffic: { main: { load: { users: 1, iterations: 4 }, steps: [
              { name: 'a', post: '/say/200', text: '${body}', capture: { next: '$.next' } },
              { name: 'same', post: '/say/200', text: '${body}', outcomes: { same: { json: { '$.next': '${next}' } } } },
              { name: 'b', get: '/ok?${next}', if_present: 'next' }] } } }
          """)
        #expect(record.count("same") == 4)
        #expect(target.probe.seen.map(\.target).filter { $0.hasPrefix("/ok") } == ["/ok?null", "/ok?7"])
      }
    }

    @Test("names of fields and parameters are filled in, percent-encoded")
    func names() throws {
      try withTarget { target in
        _ = try target.run(
          oneStep(
            "{ users: 1, iterations: 1 }",
            "post: '/ok', query: { 'q${n}': 1 }, form: { 'items[${n}]': 2, 'a$${b}': 19.90 }",
            more: "data: { n: ['7&'] },"))
        #expect(target.probe.seen.map(\.target) == ["/ok?q7%26=1"])
        #expect(target.probe.bodies() == ["items%5B7%26%5D=2&a%24%7Bb%7D=19.90"])
      }
    }
  }

  @Suite struct Cookies {
    @Test(
      "a field sets a name to a value, or nothing",
      arguments: [
        ("SID=1; Path=/", "SID", "1"), (" SID = a b \t; x", "SID", "a b"), ("SID=", "SID", ""), ("SID", nil, nil),
        ("=1", nil, nil), ("a=b=c", "a", "b=c"), ("e\u{301}=\"x\"", "e\u{301}", "\"x\""),
      ] as [(String, String?, String?)])
    func fields(field: String, name: String?, value: String?) {
      let cookie = SetCookie(field)
      #expect(cookie?.name == name && cookie?.value == value)
    }
  }
}
