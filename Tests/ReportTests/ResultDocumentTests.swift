import JSON
import Measurement
import Testing
import Verdict

@testable import Report

@Suite struct ResultDocumentTests {
  private func schema(filePath: String = #filePath) throws -> SchemaChecker {
    let root = filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    let text = try #require(readFile("/\(root)/schema/result.schema.json"))
    return SchemaChecker(root: try JSONValue(parsing: text))
  }

  private func document(_ run: TerminalReportTests.Case) -> ResultDocument {
    ResultDocument(run.record, run.judgement, source: Fixture.source)
  }

  @Test("a result looks as it should", arguments: TerminalReportTests.cases)
  func golden(_ run: TerminalReportTests.Case) throws {
    try expectGolden(String(decoding: document(run).bytes, as: UTF8.self), "\(run.name).json")
  }

  @Test("a result keeps to its schema, also once written and read", arguments: TerminalReportTests.cases)
  func conforms(_ run: TerminalReportTests.Case) throws {
    let checker = try schema()
    #expect(checker.complaints(document(run).value) == [])
    #expect(checker.complaints(try JSONValue(parsing: document(run).bytes)) == [])
  }

  @Test("the schema tells when a member is missing, of another kind, or not known")
  func schemaComplains() throws {
    let checker = try schema()
    guard case .object(var fields) = document(TerminalReportTests.cases[1]).value else { return }
    fields.removeAll { $0.key == "totals" }
    fields.append(JSONField("extra", 1))
    for index in fields.indices {
      switch fields[index].key {
      case "verdict": fields[index].value = "good"
      case "elapsed_ns": fields[index].value = -1
      case "aborts": fields[index].value = ["a", 1]
      case "ending": fields[index].value = ["kind": "completed", "reason": 1.5]
      default: break
      }
    }
    #expect(
      Set(checker.complaints(.object(fields))) == [
        "$: has no totals", "$.extra: is not allowed", "$.verdict: is none of the enumeration",
        "$.elapsed_ns: is too small", "$.aborts[1]: is not of type string",
        "$.ending.reason: is not of type string or null",
      ])
  }

  @Test("a violated invariant carries its counterexample, and totals are where they are looked for")
  func places() throws {
    let value = document(TerminalReportTests.cases[1]).value
    let invariant = try #require(value["findings"]?.array?.first { $0["name"]?.string == "never over-issued" })
    let first = try #require(invariant["counterexample"]?["requests"]?.array?.first)
    #expect(first["sequence"]?.integer == 1001)
    #expect(first["keys"]?["buyer"]?.string == "user-01204")
    #expect(invariant["counterexample"]?["total_requests"]?.integer == 37)
    #expect(value["totals"]?["requests"]?.integer == 5000)
    #expect(value["totals"]?["errors"]?.integer == 0)
    #expect(value["exit_code"]?.integer == 99)
    #expect(
      value["findings"]?.array?.first?["location"] == ["file": "scenarios/coupon-cap.json5", "line": 5, "column": 29])
  }

  @Test("a step's times are of looked-for outcomes, pooled")
  func steps() throws {
    let step = try #require(document(TerminalReportTests.cases[2]).value["steps"]?.array?.first)
    #expect(step["requests"]?.integer == 8000)
    #expect(step["errors"]?.integer == 3000)
    #expect(step["latency"]?["count"]?.integer == 5000)
    #expect(step["outcomes"]?.array?.map { $0["count"]?.integer } == [1000, 4000, 0, 3000])
    #expect(step["outcomes"]?.array?[2]["latency"] == .null)
  }

  @Test("a request that nobody answered in time is an error, and its time counts")
  func timeouts() throws {
    var record = Fixture.coupons()
    record.series[2] = Fixture.series("timeout", .transport, 100, latency: (5000, 5000), service: (5000, 5000))
    record.series.append(Fixture.series("reset", .transport, 10, latency: (1, 1), service: (1, 1)))
    let value = ResultDocument(record, Judgement(findings: [], ending: .completed)).value
    let step = try #require(value["steps"]?.array?.first)
    #expect(step["errors"]?.integer == 110)
    #expect(step["latency"]?["count"]?.integer == 5100)
    #expect(step["latency"]?["max_ns"]?.integer == 5_000_000_000)
    #expect(value["totals"]?["errors"]?.integer == 110)
  }

  @Test("the self-check is there with each rule and each limit, and null where there was no load")
  func selfCheck() throws {
    let check = try #require(document(TerminalReportTests.cases[4]).value["self_check"])
    #expect(check["verdict"] == "invalid" && check["limits"]?["lag_ns"]?.integer == 1_000_000)
    #expect(check["limits"]?["pause_ns"]?.integer == 500_000_000)
    #expect(check["limits"]?["steal"] == .null && check["limits"]?["worker_cpu"]?.double == 0.8)
    let rules = try #require(check["rules"]?.array)
    #expect(rules.map { $0["rule"]?.string } == SelfCheckRule.Name.allCases.map(\.rawValue))
    let lag = try #require(rules.first { $0["rule"] == "lag" })
    #expect(lag["status"] == "invalid" && lag["limit"]?["value"]?.integer == 1_900_000)
    #expect(rules.first { $0["rule"] == "steal" }?["status"] == "not_available")
    #expect(document(TerminalReportTests.cases[3]).value["self_check"] == .null)
  }

  @Test("every status and rule that there is has its word in the schema")
  func words() throws {
    let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    let schema = try JSONValue(parsing: try #require(readFile("/\(root)/schema/result.schema.json")))
    let rule = schema["properties"]?["self_check"]?["properties"]?["rules"]?["items"]?["properties"]
    #expect(rule?["rule"]?["enum"]?.array?.map(\.string) == SelfCheckRule.Name.allCases.map(\.rawValue))
    #expect(rule?["status"]?["enum"]?.array?.map(\.string) == SelfCheckRule.Status.allCases.map(\.rawValue))
  }

  @Test("arrivals of a Poisson group are tested, and those of others are not")
  func arrivals() throws {
    var (record, _) = Fixture.late()
    #expect(
      ResultDocument(record, Judgement(findings: [], ending: .completed)).value["groups"]?.array?[0]["arrival_gaps"]
        == .null)
    let recorder = IntervalRecorder(series: [], groups: [.init(name: "rush", load: "", isOpen: true)])
    // The quantiles of the exponential distribution: as even as can be.
    for gap in [0.13, 0.43, 0.83, 1.39, 2.4, 0.06, 0.6, 1.08] { recorder.recordGap(gap, group: 0) }
    recorder.accumulate(into: &record, start: 0, end: 1, isWarmUp: false)
    let gaps = ResultDocument(record, Judgement(findings: [], ending: .completed)).value["groups"]?.array?[0][
      "arrival_gaps"]
    #expect(gaps?["samples"]?.integer == 8 && (gaps?["anderson_darling"]?.double ?? 9) < 0.3)
    #expect((gaps?["probability"]?.double ?? 0) > 0.9)
  }
}
