// Fuzzes texts in which variables are filled in: the input stands as path, header, body and expected value of a step.
// Whatever the bytes are, nothing crashes, every diagnostic lies in the scenario and can be shown, and a scenario is
// given if and only if there is no error.

import JSON

@testable import Scenario

@c(LLVMFuzzerTestOneInput)
public func fuzzTemplates(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let text = String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
  let literal = JSONValue.string(text).text()
  for step in [
    "get: \(literal)", "post: '/', text: \(literal)", "post: '/', json: { a: \(literal), b: [\(literal)] }",
    "get: '/', headers: { a: \(literal) }", "get: '/', query: { a: \(literal) }",
    "get: '/', outcomes: { ok: { body: { contains: \(literal), startsWith: \(literal) }, json: { '$.a': \(literal) } } }",
  ] {
    check(
      """
      { name: 'fuzzed', data: { id: ['1', '2'] }, traffic: { main: { load: { users: 1, iterations: 1 }, steps: [
        { name: 'first', get: '/', capture: { token: '$.t' } }, { name: 'second', \(step) } ] } } }
      """)
  }
  return 0
}

private func check(_ text: String) {
  let source = SourceText(name: "fuzzed", bytes: Array(text.utf8))
  let (scenario, diagnostics) = ScenarioReader.read(source, options: ReadOptions())
  require((scenario == nil) == diagnostics.contains { $0.severity == .error }, "no scenario has a reason")
  for diagnostic in diagnostics {
    require(
      0 <= diagnostic.range.start && diagnostic.range.start <= diagnostic.range.end
        && diagnostic.range.end <= source.bytes.count, "a diagnostic lies in the scenario")
    let shown = diagnostic.rendered(in: source)
    require(
      !shown.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" && $0 != "\t" },
      "no control characters reach the terminal")
  }
}

private func require(_ condition: Bool, _ rule: StaticString) {
  guard condition else { fatalError("broken: \(rule)") }
}
