import Glibc
import JSON
import Scenario
import Testing

@testable import Engine

/// Scenario files that nobody writes by hand, each with what has to come of it: a complaint with these words, or a plan.
private struct Hostile: Sendable, CustomTestStringConvertible {
  var name: String
  /// `nil`: it can be run.
  var complaint: String?
  var text: @Sendable () -> String

  var testDescription: String { name }

  init(_ name: String, _ complaint: String?, _ text: @escaping @Sendable () -> String) {
    self.name = name
    self.complaint = complaint
    self.text = text
  }

  /// A sound scenario with more in it.
  static func whole(
    _ more: String = "", steps: String = "{ name: 's', get: '/' }", load: String = "{ users: 1, iterations: 1 }"
  )
    -> String
  {
    "{ name: 'h', target: 'http://127.0.0.1:1', traffic: { g: { load: \(load), steps: [\(steps)] } }, \(more) }"
  }

  static func many(_ count: Int, _ element: (Int) -> String) -> String {
    (0..<count).map(element).joined(separator: ",")
  }

  static let texts: [Hostile] = [
    Hostile("nothing", "there is nothing") { "" },
    Hostile("zeros", "expected") { String(repeating: "\0", count: 1_000) },
    Hostile("a list", "expected a scenario") { "[]" },
    Hostile("100,000 brackets", "nested deeper") { String(repeating: "[", count: 100_000) },
    Hostile("100,000 braces", "nested deeper") { String(repeating: "{a:", count: 100_000) },
    Hostile("deep JSON in a body", "nested deeper") {
      whole(steps: "{ post: '/', json: \(String(repeating: "[", count: 5_000)) }")
    },
    Hostile("500 levels in a body", nil) {
      whole(steps: "{ post: '/', json: \(String(repeating: "[", count: 490))\(String(repeating: "]", count: 490)) }")
    },
    Hostile("a file of 5 MB", "the file has") { whole("summary: '\(String(repeating: "x", count: 5 << 20))'") },
    Hostile("a text of 2 MB", "a text has at most") { whole("summary: '\(String(repeating: "x", count: 2 << 20))'") },
    Hostile("a key of 2 MB", "a text has at most") { whole("'\(String(repeating: "k", count: 2 << 20))': 1") },
    Hostile("10,000 unknown keys", "unknown key") { whole(many(10_000) { "k\($0): 1" }) },
    Hostile("1,000 keys twice", "is given twice") { whole(many(1_000) { _ in "name: 'x'" }) },
    Hostile("1,000 long unknown keys", "unknown key") {
      whole(many(1_000) { "\(String(repeating: "traffic", count: 20))\($0): 1" })
    },
    Hostile("3,700 steps with an invariant", nil) {
      let steps = many(3_700) { "{ name: 's\($0)', get: '/' }" }
      return whole(
        "data: { b: { sequence: 'u-{n}', each: 2 } }, invariants: { c: { at_most: { of: 'last.ok', count: 1, per: 'b' } } }",
        steps: steps + ",{ name: 'last', post: '/', json: { u: '${b}' }, outcomes: { ok: 201, out: 409 } }")
    },
    Hostile("6,000 steps", "more than 5,000 steps") { whole(steps: many(6_000) { "{ name: 's\($0)', get: '/' }" }) },
    Hostile("500 steps with one name", "two steps are named") {
      whole(steps: many(500) { _ in "{ name: 's', get: '/' }" })
    },
    Hostile("200 outcomes", "a step may have 100") {
      whole(steps: "{ name: 's', get: '/', outcomes: { \(many(200) { "o\($0): 200" }) } }")
    },
    Hostile("21,000 outcomes in all", "outcomes in all") {
      whole(steps: many(210) { step in "{ name: 's\(step)', get: '/', outcomes: { \(many(100) { "o\($0): 200" }) } }" })
    },
    Hostile("1,100 captures", "variables are captured") {
      whole(steps: many(1_100) { "{ name: 's\($0)', get: '/', capture: { v\($0): '$.a' } }" })
    },
    Hostile("1,100 traffic groups", "traffic groups, and a scenario may have") {
      "{ name: 'h', traffic: { \(many(1_100) { "g\($0): { load: { users: 1, iterations: 1 }, steps: [{ name: 's\($0)', get: '/' }] }" }) } }"
    },
    Hostile("2,000 data sources", "data sources, and a scenario may have") {
      whole("data: { \(many(2_000) { "d\($0): ['a']" }) }")
    },
    Hostile("20,000 values of data", nil) {
      whole("data: { d: [\(many(20_000) { "\($0)" })] }", steps: "{ get: '/${d}' }")
    },
    Hostile("2,000 columns", "columns, and a scenario may have") {
      whole("data: { d: [{ \(many(2_000) { "c\($0): 1" }) }] }")
    },
    Hostile("2,000 invariants", "invariants, and a scenario may have") {
      whole("invariants: { \(many(2_000) { "i\($0): { never: ['s.timeout'] }" }) }")
    },
    Hostile("5 invariants with 5 variables", "name more than 4 variables") {
      whole(
        "data: { \(many(5) { "d\($0): ['a']" }) }, invariants: { \(many(5) { "i\($0): { at_most: { of: 's.ok', count: 1, per: 'd\($0)' } }" }) }",
        steps: "{ name: 's', get: '/${d0}${d1}${d2}${d3}${d4}', outcomes: { ok: 200 } }")
    },
    Hostile("2,000 thresholds", "budgets, and a scenario may have") {
      whole("thresholds: { latency: [\(many(2_000) { "'p(95) < \($0 + 1)ms'" })] }")
    },
    Hostile("200 profiles", "profiles, and a scenario of this size") {
      whole("profiles: { \(many(200) { "p\($0): { seed: \($0) }" }) }")
    },
    Hostile("a large file with many profiles", "profiles, and a scenario of this size") {
      whole("data: { d: [\(many(200_000) { "\($0)" })] }, profiles: { \(many(90) { "p\($0): { seed: \($0) }" }) }")
    },
    Hostile("a profile of profiles", "unknown key 'profiles'") { whole("profiles: { a: { profiles: { a: {} } } }") },
    Hostile("a profile that is the file", "unknown key 'profiles'") {
      whole("profiles: { a: \(whole("profiles: { a: {} }")) }")
    },
    Hostile("a profile without traffic", "'traffic' is missing") { whole("profiles: { a: { traffic: null } }") },
    Hostile("2,000 headers", "headers, and a scenario may have") {
      whole(steps: "{ get: '/', headers: { \(many(2_000) { "h\($0): '1'" }) } }")
    },
    Hostile("2,000 parameters", "query parameters, and a scenario may have") {
      whole(steps: "{ get: '/', query: { \(many(2_000) { "q\($0): '1'" }) } }")
    },
    Hostile("a million users", nil) { whole(load: "{ users: 1000000, iterations: 1 }") },
    Hostile("more users than any machine has", "must be between") {
      whole(load: "{ users: 9223372036854775807, iterations: 1 }")
    },
    Hostile("a number beyond the integers", "users") { whole(load: "{ users: 99999999999999999999, iterations: 1 }") },
    Hostile("1e308 users", "whole number") { whole(load: "{ users: 1e308, iterations: 1.5 }") },
    Hostile("infinite users", "whole number") { whole(load: "{ users: Infinity, iterations: 1 }") },
    Hostile("NaN users", "whole number") { whole(load: "{ users: NaN, iterations: 1 }") },
    Hostile("a billion years", "expected a duration") { whole(load: "{ users: 1, for: '8760000000000h' }") },
    Hostile("a rate beyond all", "arrivals") { whole(load: "{ arrivals: '1e30/s', for: '1s', max_users: 1 }") },
    Hostile("a burst of 2^62", "must be between") { whole(load: "{ burst: 4611686018427387904 }") },
    Hostile("a million repetitions", nil) { whole(steps: "{ get: '/', repeat: 1000000 }") },
    Hostile("a billion items in a batch", "must be between") {
      whole(steps: "{ post: '/', json_batch: { count: 1000000000, item: 1 } }")
    },
    Hostile("a batch of a gigabyte", "more than the") {
      whole(
        steps: "{ post: '/', json_batch: { count: 1000000, item: { a: '\(String(repeating: "x", count: 1_000))' } } }")
    },
    Hostile("a batch of 50,000 items", nil) {
      whole(steps: "{ post: '/', json_batch: { count: 50000, item: { a: 1 } } }")
    },
    Hostile("a body of a terabyte", "must be between") { whole(steps: "{ post: '/', bytes: '1000GiB' }") },
    Hostile("a huge seed", "a whole number from 0") { whole("seed: -1") },
    Hostile("names of emoji", "cannot be the name") { whole().replacing("'h'", with: "'\u{1F9E8}\u{200D}\u{1F525}'") },
    Hostile("letters with 10,000 accents", "cannot be the name") {
      whole().replacing("'h'", with: "'e\(String(repeating: "\u{301}", count: 10_000))'")
    },
    Hostile("writing that turns around", "unknown key") { whole("'\u{202E}cilbup': 1") },
    Hostile("control characters in a key", "unknown key") { whole("'\\u0000\\u001b[31m': 1") },
    Hostile("half a surrogate", "surrogate") { whole("summary: '\\ud800'") },
    Hostile("a comment without an end", "comment") { whole() + "/*" + String(repeating: "*", count: 100_000) },
    Hostile("a text without an end", "is not closed") { "{ name: '" + String(repeating: "x", count: 100_000) },
    Hostile("100,000 commas", "expected") { "{ name: 'h'" + String(repeating: ",", count: 100_000) },
    Hostile("a million spaces", nil) { whole(String(repeating: " ", count: 1_000_000)) },
    Hostile("data from a pipe", "only regular files are read") { whole("data: { d: { csv: 'fifo' } }") },
    Hostile("data from a directory", "Is a directory") { whole("data: { d: { csv: '.' } }") },
    Hostile("data from /dev/zero", "only regular files are read") { whole("data: { d: { csv: '/dev/zero' } }") },
    Hostile("a body from a pipe", "only regular files are read") { whole(steps: "{ post: '/', file: 'fifo' }") },
    Hostile("certificates from a pipe", "only regular files are read") { whole("client: { ca: 'fifo' }") },
    Hostile("a file that is not there", "No such file") { whole("data: { d: { csv: 'none.csv' } }") },
    Hostile("data of binary", "not UTF-8") { whole("data: { d: { csv: 'binary' } }") },
    Hostile("data with a quote too many", "more faults") { whole("data: { d: { csv: 'ragged.csv' } }") },
    Hostile("variables in a ring", "defines") { whole(steps: "{ get: '/${${a}}' }") },
    Hostile("2,000 variables", "nothing defines") { whole(steps: "{ get: '/\(many(2_000) { "${v\($0)}" })' }") },
  ]
}

@Suite("Scenario files that nobody writes by hand") struct HostileScenarioTests {
  @Test("there are 64 of them at least")
  func count() { #expect(Hostile.texts.count >= 64) }

  @Test("end with a complaint that says where, or with a plan", arguments: Hostile.texts)
  fileprivate func hostile(_ hostile: Hostile) throws {
    var template = Array("/tmp/stampede-tests-XXXXXX".utf8CString)
    let folder = try #require(mkdtemp(&template).map { String(cString: $0) })
    defer {
      for name in ["fifo", "binary", "ragged.csv"] { unlink("\(folder)/\(name)") }
      rmdir(folder)
    }
    mkfifo("\(folder)/fifo", 0o600)
    for (name, bytes) in [
      ("binary", [UInt8](0...255)),
      ("ragged.csv", Array("a,b\n".utf8) + Array(String(repeating: "1\n", count: 50_000).utf8)),
    ] {
      try AppendingFile("\(folder)/\(name)").append(bytes)
    }
    let source = SourceText(name: "h.json5", hostile.text())
    let (scenario, diagnostics) = ScenarioReader.read(
      source,
      options: ReadOptions(readFile: { try FileBytes.contents(of: $0.hasPrefix("/") ? $0 : "\(folder)/\($0)") }))
    let (shown, rest) = Diagnostic.shown(of: diagnostics)
    #expect(shown.count <= 100 && (rest == nil) == (diagnostics.count <= 100))
    let text = shown.map { $0.rendered(in: source) }.joined(separator: "\n")
    // Whatever a key holds, a terminal gets none of it as a command.
    #expect(!text.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" && $0 != "\t" || $0.value == 0x202E })
    if let complaint = hostile.complaint {
      #expect(scenario == nil && text.contains(complaint), "\(text.prefix(2_000))")
      #expect(text.hasPrefix("h.json5:"))
    } else {
      #expect(!diagnostics.contains { $0.severity == .error }, "\(text.prefix(2_000))")
      try Run.check(#require(scenario))
    }
  }

  @Test("what is not shown is counted")
  func rest() {
    let source = SourceText(name: "h.json5", Hostile.whole(Hostile.many(4_412) { "k\($0): 1" }))
    let (_, diagnostics) = ScenarioReader.read(source)
    let (shown, rest) = Diagnostic.shown(of: diagnostics)
    #expect(shown.count == 100 && rest == "and 4,312 more")
  }
}
