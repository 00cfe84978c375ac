import Foundation
import JSON
import Testing

@testable import Scenario

/// The inputs from which `bin/fuzz` starts with the grammars of a scenario's texts, and those that it found to break one.
@Suite("The corpus of a scenario's texts")
struct CorpusTests {
  private static func files(_ folder: String) -> [URL] {
    let folder = Bundle.module.resourceURL!.appending(path: "Corpus/\(folder)")
    let files = try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
    return (files ?? []).sorted { $0.path < $1.path }
  }

  @Test("is there")
  func exists() {
    for folder in ["thresholds", "templates", "csv"] { #expect(Self.files(folder).count >= 10) }
  }

  @Test("has thresholds, of which those are refused whose names say so", arguments: files("thresholds"))
  func thresholds(_ file: URL) throws {
    let text = String(decoding: try Data(contentsOf: file), as: UTF8.self)
    let lines = text.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    let isSelector = (try? ThresholdParser.selector(lines[0])) != nil
    let metrics = Metric.allCases.filter { (try? ThresholdParser.budget(lines[1], of: $0)) != nil }
    let isRefused = ["refused", "empty", "size"].contains { file.lastPathComponent.hasPrefix($0) }
    #expect((isSelector && !metrics.isEmpty) == !isRefused)
  }

  @Test("has texts with variables, whose faults lie in the scenario", arguments: files("templates"))
  func templates(_ input: URL) throws {
    let literal = JSONValue.string(String(decoding: try Data(contentsOf: input), as: UTF8.self)).text()
    let read = Read(scenario(literal))
    #expect((read.scenario == nil) == read.diagnostics.contains { $0.severity == .error })
    for diagnostic in read.diagnostics {
      #expect(0...read.source.bytes.count ~= diagnostic.range.start && diagnostic.range.end <= read.source.bytes.count)
    }
  }

  private func scenario(_ literal: String) -> String {
    file(
      step: "post: '/', text: \(literal), outcomes: { ok: { body: { contains: \(literal) } } }",
      more: "data: { id: ['1'] },")
  }

  @Test("has tables, of which those have faults whose names say so", arguments: files("csv"))
  func tables(_ file: URL) throws {
    let table = CSVTable(parsing: Array(try Data(contentsOf: file)))
    #expect(table.faults.isEmpty == !file.lastPathComponent.hasPrefix("refused"), "\(table.faults)")
  }
}
