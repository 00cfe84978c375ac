import JSON
import Testing

@testable import Scenario

/// What reading a text gave.
struct Read {
  var scenario: Scenario?
  var diagnostics: [Diagnostic]
  var source: SourceText

  /// Each diagnostic in a line: the part of the source that it points at, what it says, and its hint.
  var told: [String] {
    diagnostics.map { diagnostic in
      let excerpt = String(decoding: source.bytes[diagnostic.range.start..<diagnostic.range.end], as: UTF8.self)
      let hint = diagnostic.hint.map { " (\($0))" } ?? ""
      let severity = diagnostic.severity == .warning ? "warning: " : ""
      return "\(excerpt) → \(severity)\(diagnostic.message)\(hint)"
    }
  }

  init(_ text: String, options: ReadOptions = ReadOptions()) {
    source = SourceText(name: "test.json5", text)
    (scenario, diagnostics) = ScenarioReader.read(source, options: options)
  }
}

/// A scenario that is right, but for what a test puts into it.
func file(
  load: String = "{ users: 1, iterations: 1 }", step: String = "get: '/'", more: String = "", steps: String? = nil,
  group: String = ""
) -> String {
  """
  { name: 'test', \(more)
    traffic: { main: { load: \(load), \(group) steps: \(steps ?? "[{ name: 'one', \(step) }]") } } }
  """
}

extension Read {
  /// Whether one diagnostic reads so; what ends with `…` may go on.
  func tells(_ expected: String) -> Bool {
    told.contains { $0 == expected || (expected.hasSuffix("…") && $0.hasPrefix(expected.dropLast())) }
  }

  /// The scenario, or a failed test that says what was wrong with it. What the reader takes, the schema must take too.
  func valid(_ location: Testing.SourceLocation = #_sourceLocation) throws -> Scenario {
    if let root = JSONReader.read(source).root {
      #expect(SchemaChecker(root: SchemaTests.schema).complaints(root.plain) == [], sourceLocation: location)
    }
    #expect(told == [], sourceLocation: location)
    return try #require(scenario, sourceLocation: location)
  }

  func step(_ location: Testing.SourceLocation = #_sourceLocation) throws -> Step {
    try #require(try valid(location).traffic.first?.steps.first, sourceLocation: location)
  }
}

/// A model's value as text, without the places in the file.
func withoutPlaces(_ value: some Any) -> String {
  String(reflecting: value).replacing(/SourceRange\(start: \d+, end: \d+\)/, with: "·")
}
