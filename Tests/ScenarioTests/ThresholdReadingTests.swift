import Testing

@testable import Scenario

@Suite("Thresholds")
struct ThresholdReadingTests {
  private func read(_ thresholds: String) -> Read {
    Read(
      """
      { name: 'test', set_up: [{ name: 'login', get: '/' }],
        traffic: {
          rush: { load: { burst: 10 }, steps: [
            { name: 'issue', post: '/', outcomes: { issued: 201, sold_out: 409 } }] },
          calm: { load: { burst: 10 }, steps: [{ name: 'GET /a:b', get: '/' }] } },
        thresholds: \(thresholds) }
      """)
  }

  private func threshold(_ metric: String, _ text: String) throws -> Threshold {
    try #require(try read("{ '\(metric)': '\(text)' }").valid().thresholds.first)
  }

  @Test(
    "are read with their units",
    arguments: [
      ("latency", "p(95) < 1s", .percentile(95), .less, 1e9),
      ("latency", "p(99.9)<=250ms", .percentile(99.9), .lessOrEqual, 2.5e8),
      ("latency", "  avg   <  1.5s  ", .average, .less, 1.5e9),
      ("service_time", "med > 10us", .median, .greater, 10_000),
      ("ttfb", "min >= 1ns", .minimum, .greaterOrEqual, 1), ("connect_time", "max != 5s", .maximum, .notEqual, 5e9),
      ("latency", "count > 100", .count, .greater, 100), ("wait", "p( 50 ) < 1m", .percentile(50), .less, 6e10),
      ("errors", "rate < 1%", .rate, .less, 0.01), ("errors", "rate < 0.05", .rate, .less, 0.05),
      ("errors", "count == 0", .count, .equal, 0), ("errors", "rate <= 100%", .rate, .lessOrEqual, 1),
      ("requests", "rate > 10/s", .rate, .greater, 10), ("requests", "rate > 600/m", .rate, .greater, 10),
      ("iterations", "count >= 5000", .count, .greaterOrEqual, 5000),
      ("bytes_sent", "count < 10MiB", .count, .less, 10_485_760), ("bytes_received", "rate < 1MB/s", .rate, .less, 1e6),
      ("outcomes{outcome:issued}", "rate > 10 %", .rate, .greater, 0.1),
    ] as [(String, String, Threshold.Aggregation, Threshold.Comparison, Double)])
  func valid(
    metric: String, text: String, aggregation: Threshold.Aggregation, comparison: Threshold.Comparison, bound: Double
  ) throws {
    let threshold = try threshold(metric, text)
    #expect(threshold.aggregation == aggregation)
    #expect(threshold.comparison == comparison)
    #expect(abs(threshold.bound - bound) <= bound * 1e-12)
    #expect(threshold.text == text)
    #expect(!threshold.isDefault)
  }

  @Test(
    "select by group, step and outcome",
    arguments: [
      ("latency{step:issue}", MetricSelector(metric: .latency, step: "issue")),
      (
        "latency{ step : issue , outcome : issued }", MetricSelector(metric: .latency, step: "issue", outcome: "issued")
      ),
      ("latency{group:rush}", MetricSelector(metric: .latency, group: "rush")),
      ("latency{step:GET /a:b}", MetricSelector(metric: .latency, step: "GET /a:b")),
      (
        "requests{group:calm,step:GET /a:b,outcome:ok}",
        MetricSelector(metric: .requests, group: "calm", step: "GET /a:b", outcome: "ok")
      ),
      ("outcomes{outcome:timeout}", MetricSelector(metric: .outcomes, outcome: "timeout")),
      (
        "outcomes{step:issue,outcome:unexpected}",
        MetricSelector(metric: .outcomes, step: "issue", outcome: "unexpected")
      ),
      ("outcomes{outcome:connect_refused}", MetricSelector(metric: .outcomes, outcome: "connect_refused")),
    ])
  func selectors(text: String, expected: MetricSelector) throws {
    #expect(try threshold(text, "count > 1").metric == expected)
  }

  @Test("may be one, several, or at length")
  func forms() throws {
    let thresholds = try read(
      "{ latency: ['p(95) < 1s', { threshold: 'max < 5s', abort_on_fail: true, delay_abort: '10s' }], errors: { threshold: 'rate < 5%' } }"
    ).valid().thresholds
    #expect(thresholds.map(\.text) == ["p(95) < 1s", "max < 5s", "rate < 5%"])
    #expect(thresholds.map(\.abortOnFail) == [false, true, false])
    #expect(thresholds.map(\.delayAbort) == [0, 10_000_000_000, 0])
  }

  @Test("get a budget on errors where there is none")
  func fallback() throws {
    for text in ["{}", "{ latency: 'p(95) < 1s' }"] {
      let last = try #require(try read(text).valid().thresholds.last)
      #expect(last.isDefault)
      #expect(last.metric == MetricSelector(metric: .errors))
      #expect(last.text == "rate < 1%")
      #expect(last.bound == 0.01)
    }
    let without = try Read(file()).valid()
    #expect(without.thresholds.map(\.isDefault) == [true])
    for text in ["{ errors: 'rate < 5%' }", "{ 'errors{step:issue}': 'count < 5' }"] {
      let thresholds = try read(text).valid().thresholds
      #expect(!thresholds.contains { $0.isDefault })
    }
  }

  @Test(
    "tell what is wrong with a budget",
    arguments: [
      (
        "latency", "p(95) < 1",
        "1 → expected a time such as 200ms, found '1' (a time carries its unit: did you mean '1ms'?)"
      ),
      ("latency", "p(95) < 5%", "5% → expected a time such as 200ms, found '5%' (units are ns us ms s m h)"),
      ("latency", "p95 < 1s", "p95 → unknown aggregation 'p95' (did you mean 'p(95)'?)"),
      ("latency", "average < 1s", "average → unknown aggregation 'average' (did you mean 'avg'?)"),
      (
        "latency", "rate > 1/s",
        "rate → 'rate' is no aggregation of latency (latency has: avg, min, med, max, p(N), count)"
      ),
      ("errors", "p(95) < 1s", "p(95) → 'p(N)' is no aggregation of errors (errors has: rate, count)"),
      ("errors", "value < 1", "value → unknown aggregation 'value' (there are: rate, count)"),
      ("latency", "p(0) < 1s", "p(0) → a percentile is between 0 and 100, both excluded (such as p(95) or p(99.9))"),
      ("latency", "p(100) < 1s", "p(100) → a percentile is between 0 and 100, both excluded …"),
      ("latency", "p(95 < 1s", "p(95  → 'p(' has no ')' (such as p(95))"),
      ("latency", "avg = 1s", "= → unknown comparison '=' (did you mean '=='?)"),
      ("latency", "avg 1s", "1 → a comparison is missing (there are: < <= > >= == !=)"),
      ("latency", "avg < -1s", "-1s → a bound cannot be negative"),
      ("latency", "avg <", "' → the bound is missing (such as 200ms)"),
      ("latency", "< 1s", "< → an aggregation is missing (there are: avg, min, med, max, p(N), count)"),
      ("errors", "rate < 5", "5 → expected a share such as 1%, found '5' (did you mean '5%'?)"),
      ("errors", "rate < 1", "1 → expected a share such as 1%, found '1' (did you mean '1%'?)"),
      (
        "errors", "rate < 500%",
        "500% → expected a share such as 1%, found '500%' (between 0% and 100%, or a fraction such as 0.05)"
      ),
      ("requests", "rate > 10", "10 → expected a rate such as 10/s, found '10' (did you mean '10/s'?)"),
      ("requests", "count > 10/s", "10/s → expected a plain number such as 100, found '10/s' (a count has no unit)"),
      ("bytes_sent", "rate > 10apples/s", "10apples/s → expected bytes in a time such as 10MB/s, found …"),
    ])
  func faults(metric: String, text: String, expected: String) {
    let read = read("{ '\(metric)': '\(text)' }")
    #expect(read.tells(expected), "\(read.told)")
    #expect(read.scenario == nil)
  }

  @Test(
    "tell what is wrong with a selector",
    arguments: [
      ("latncy", "latncy → unknown metric 'latncy' (did you mean 'latency'?)"),
      (
        "http_req_duration",
        "http_req_duration → unknown metric 'http_req_duration' (metrics are: latency, service_time, ttfb, connect_time, generator_lag, wait, errors, outcomes, requests, iterations, connections, bytes_sent, bytes_received)"
      ),
      ("latency{step:isue}", "isue → there is no step 'isue' (did you mean 'issue'?)"),
      ("latency{step:login}", "login → the step 'login' is done once and not measured"),
      ("latency{ste:issue}", "ste → unknown tag 'ste' (did you mean 'step'?)"),
      ("latency{group:rsh}", "rsh → there is no traffic group 'rsh' (did you mean 'rush'?)"),
      ("latency{group:calm,step:issue}", "issue → the step 'issue' is in the traffic group 'rush'"),
      ("latency{step:issue,outcome:isued}", "isued → the step 'issue' has no outcome 'isued' (did you mean 'issued'?)"),
      ("latency{outcome:isued}", "isued → no step has an outcome 'isued' (did you mean 'issued'?)"),
      ("latency{group:calm,outcome:issued}", "issued → no step has an outcome 'issued' (outcomes are: ok, …"),
      ("latency{step:issue,step:issue}", "step → the tag 'step' is there twice"),
      ("latency{step}", "step → expected a tag and its value, such as step:issue"),
      ("latency{}", "} → expected a tag and its value, such as step:issue"),
      ("latency{step:issue", "{step:issue → '{' has no '}' (such as latency{step:issue})"),
      ("latency{step:issue} x", "x → nothing can follow the tags"),
      ("connect_time{step:issue}", "step → connect_time has no tag 'step' (it has no tags)"),
      ("iterations{step:issue}", "step → iterations has no tag 'step' (it has: group)"),
      (
        "errors{outcome:timeout}", "outcome → errors has no tag 'outcome' (a single outcome: outcomes{outcome:timeout})"
      ),
      (
        "outcomes{step:issue}",
        "'outcomes{step:issue}' → 'outcomes' needs to know which (such as outcomes{step:issue,outcome:issued})"
      ),
    ])
  func selectorFaults(selector: String, expected: String) {
    let read = read("{ '\(selector)': 'count > 1' }")
    #expect(read.tells(expected), "\(read.told)")
    #expect(read.scenario == nil)
  }

  @Test("with a wrong selector have their budgets looked at all the same")
  func both() {
    #expect(read("{ 'latency{step:isue}': 'p95 < 1s' }").told.count == 2)
  }

  @Test(
    "tell what is wrong with their form",
    arguments: [
      ("{ latency: [] }", "[] → there is no budget (such as 'p(95) < 200ms')"),
      ("{ latency: 5 }", "5 → expected a budget such as 'p(95) < 200ms', found a number"),
      ("{ latency: {} }", "{ → 'threshold' is missing in a threshold"),
      (
        "{ latency: { threshold: 'avg < 1s', abortOnFail: true } }",
        "abortOnFail → unknown key 'abortOnFail' in a threshold (did you mean 'abort_on_fail'?)"
      ),
      (
        "{ latency: { threshold: 'avg < 1s', delay_abort: '1s' } }",
        "delay_abort → 'delay_abort' has no meaning without 'abort_on_fail: true'"
      ),
      ("[]", "[] → expected an object of metrics and their budgets, found a list"),
    ])
  func forms(text: String, expected: String) {
    let read = read(text)
    #expect(read.tells(expected), "\(read.told)")
    #expect(read.scenario == nil)
  }
}
