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
    ResultDocument(run.record, Judgement(findings: run.findings, ending: run.record.ending), source: Fixture.source)
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
}
