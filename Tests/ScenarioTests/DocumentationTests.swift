import Foundation
import JSON
import Testing

@testable import Scenario

@Suite("The reference of the format")
struct DocumentationTests {
  static let text: String = {
    let url = ShippedScenarioTests.root.appending(path: "docs/scenario.md")
    return String(decoding: (try? Data(contentsOf: url)) ?? Data(), as: UTF8.self)
  }()

  /// The blocks marked `json5`, each with the word that says what it is a part of.
  static let examples: [(kind: String, text: String)] = text.split(separator: "\n```json5 ").dropFirst().compactMap {
    guard let line = $0.firstIndex(of: "\n"), let end = $0.firstRange(of: "\n```") else { return nil }
    return (String($0[..<line]), String($0[line..<end.lowerBound]))
  }

  @Test("has examples that are read without a word", arguments: examples.indices)
  func example(index: Int) throws {
    let (kind, text) = Self.examples[index]
    let whole: String
    switch kind {
    case "scenario": whole = text
    case "top": whole = file(more: text)
    case "group": whole = file(steps: "[]").replacing("steps: []", with: text)
    case "step": whole = file(steps: "[{ \(text) }]")
    default:
      Issue.record("unknown kind of example: \(kind)")
      return
    }
    _ = try Read(whole, options: ReadOptions(environment: { _ in "value" })).valid()
  }

  @Test("has many of them, of each kind")
  func present() {
    #expect(Self.examples.count >= 14)
    #expect(Set(Self.examples.map(\.kind)) == ["scenario", "top", "group", "step"])
  }

  @Test("speaks of every key", arguments: KeyTable.all.map(\.name))
  func keys(table: String) throws {
    let keys = try #require(KeyTable.all.first { $0.name == table }).keys
    let code = Self.text.split(separator: "`").joined(separator: " ")
    for key in keys { #expect(code.contains(key), "'\(key)' of \(table)") }
  }

  @Test("lists every metric, built-in outcome and variable")
  func names() {
    let names = Metric.allCases.map(\.rawValue) + BuiltInOutcome.names + BuiltInVariable.plain.keys
    for name in names { #expect(Self.text.contains("`\(name)`") || Self.text.contains("`${\(name)}`"), "\(name)") }
  }
}
