import Foundation
import JSON
import Scenario
import Testing

@testable import Verdict

@Suite("What is said of thresholds before the run")
struct EvidenceForecastTests {
  @Test(
    "the fewest requests with which a threshold can pass",
    arguments: [
      (.of(.latency, .percentile(95), .less, 1e9), 400), (.of(.latency, .percentile(99), .less, 1e9), 2000),
      (.of(.latency, .percentile(99.9), .less, 1e9), 20_000), (.of(.latency, .median, .less, 1e9), 40),
      (.of(.latency, .percentile(5), .greater, 1e3), 400), (.of(.errors, .rate, .less, 0.01), 299),
      (.of(.errors, .rate, .less, 0.05), 59), (.of(.errors, .rate, .less, 0.001), 2995),
      (.of(.outcomes, .rate, .greater, 0.9, outcome: "ok"), 29), (.of(.latency, .average, .less, 1e9), nil),
      (.of(.latency, .maximum, .less, 1e9), nil), (.of(.requests, .rate, .greater, 1), nil),
      (.of(.errors, .rate, .lessOrEqual, 0), nil), (.of(.errors, .count, .less, 3), nil),
    ] as [(Threshold, UInt64?)])
  func fewest(threshold: Threshold, needed: UInt64?) {
    #expect(EvidenceRule(threshold)?.fewestToPass == needed)
  }

  private func warnings(_ load: String, _ more: String = "", step: String = "get: '/'", group: String = "") throws
    -> [String]
  {
    let source = SourceText(
      name: "test.json5",
      "{ name: 'test', \(more) traffic: { main: { load: \(load), \(group) steps: [{ name: 'one', \(step) }] } } }")
    let (scenario, _) = ScenarioReader.read(source, options: ReadOptions())
    return EvidenceForecast.warnings(try #require(scenario)).map(\.message)
  }

  @Test(
    "a load that makes too few requests for a verdict is warned of, with the number needed",
    arguments: [
      ("{ burst: 298 }", "", "", 298), ("{ burst: 299 }", "", "", nil), ("{ users: 2, iterations: 100 }", "", "", 200),
      ("{ arrivals: '10/s', for: '20s' }", "", "", 200), ("{ arrivals: '10/s', for: '30s' }", "", "", nil),
      ("{ arrivals: '10/s', for: '30s' }", "warm_up: '10s',", "", 200), ("{ users: 5, for: '10s' }", "", "", nil),
      ("{ users: 5, for: '10s' }", "", "pacing: '1s',", 55),
      ("{ users: 5, for: '10s' }", "", "think_time: '10ms',", nil),
      ("{ burst: 1000 }", "data: { d: { list: ['a', 'b'], order: 'unique' } },", "", 2),
      ("{ burst: 100 }", "verdict: 'point',", "", nil),
    ] as [(String, String, String, Int?)])
  func tooFew(load: String, more: String, group: String, most: Int?) throws {
    let found = try warnings(load, more, step: more.contains("data") ? "get: '/${d}'" : "get: '/'", group: group)
    let expected = most.map {
      "the default budget 'errors: rate < 1%' cannot pass: it takes at least 299 requests, and the load makes at most \($0)"
    }
    #expect(found == (expected.map { [$0] } ?? []))
  }

  @Test("who named no budget is told of one that few requests can keep")
  func hint() throws {
    let text = "{ name: 'test', traffic: { main: { load: { burst: 10 }, steps: [{ get: '/' }] } } }"
    let scenario = try #require(ScenarioReader.read(SourceText(name: "t", text), options: ReadOptions()).scenario)
    let hint = try #require(EvidenceForecast.warnings(scenario).first?.hint)
    #expect(hint.contains("thresholds: { errors: 'count == 0' }"))
    let wise = text.replacing("name: 'test',", with: "name: 'test', thresholds: { errors: 'count == 0' },")
    let other = try #require(ScenarioReader.read(SourceText(name: "t", wise), options: ReadOptions()).scenario)
    #expect(EvidenceForecast.warnings(other).isEmpty)
  }

  @Test("only the requests that a threshold selects count, each repetition of a step one")
  func selected() throws {
    let text = """
      { name: 'test', thresholds: {
          'latency{step:a}': 'p(95) < 1s', 'latency{step:b}': 'p(95) < 1s', latency: 'p(99) < 1s', errors: 'rate < 5%' },
        traffic: {
          x: { load: { burst: 100 }, steps: [{ name: 'a', get: '/' }, { name: 'b', get: '/', repeat: 4 }] },
          y: { load: { burst: 1400 }, steps: [{ name: 'c', get: '/' }] } } }
      """
    let scenario = try #require(ScenarioReader.read(SourceText(name: "t", text), options: ReadOptions()).scenario)
    let told = EvidenceForecast.warnings(scenario).map(\.message)
    #expect(
      told == [
        "'latency{step:a}: p(95) < 1s' cannot pass: it takes at least 400 requests, and the load makes at most 100",
        "'latency: p(99) < 1s' cannot pass: it takes at least 2,000 requests, and the load makes at most 1,900",
      ])
  }

  static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
  static let shipped: [String] = {
    let all = FileManager.default.enumerator(atPath: root.appending(path: "scenarios").path)?.allObjects as? [String]
    return (all ?? []).filter { $0.hasSuffix(".json5") }.sorted()
  }()

  @Test("the scenarios that come with the project can show what they are for, in every profile", arguments: shipped)
  func quiet(file: String) throws {
    let url = Self.root.appending(path: "scenarios").appending(path: file)
    let source = SourceText(name: file, bytes: Array(try Data(contentsOf: url)))
    var options = ReadOptions(readFile: { path in
      Array(try Data(contentsOf: url.deletingLastPathComponent().appending(path: path)))
    })
    let base = try #require(ScenarioReader.read(source, options: options).scenario)
    for profile in [nil] + base.profileNames.map(Optional.some) {
      options.profile = profile
      let scenario = try #require(ScenarioReader.read(source, options: options).scenario)
      let told = ScenarioAdvice.warnings(scenario) + EvidenceForecast.warnings(scenario)
      #expect(told.map { $0.rendered(in: source) } == [], "\(profile ?? "no profile")")
    }
  }

  /// The whole scenarios among the examples of the reference.
  static let examples: [String] = {
    let text = (try? String(contentsOf: root.appending(path: "docs/scenario.md"), encoding: .utf8)) ?? ""
    return text.split(separator: "\n```json5 scenario\n").dropFirst().compactMap { part in
      part.firstRange(of: "\n```").map { String(part[..<$0.lowerBound]) }
    }
  }()

  @Test("the scenarios of the reference can show what they are for", arguments: examples.indices)
  func documented(index: Int) throws {
    let source = SourceText(name: "example-\(index)", Self.examples[index])
    let options = ReadOptions(environment: { _ in "value" })
    let scenario = try #require(ScenarioReader.read(source, options: options).scenario)
    let told = ScenarioAdvice.warnings(scenario) + EvidenceForecast.warnings(scenario)
    #expect(told.map { $0.rendered(in: source) } == [])
  }
}
