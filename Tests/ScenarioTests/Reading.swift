import JSON
import Testing

@testable import Scenario

/// Reads a scenario and gives it with its diagnostics, rendered.
func read(
  _ text: String, options: ReadOptions = ReadOptions()
) -> (scenario: Scenario?, messages: [String]) {
  let source = SourceText(name: "test.json5", text)
  let (scenario, diagnostics) = ScenarioReader.read(source, options: options)
  return (scenario, diagnostics.map { $0.rendered(in: source) })
}
