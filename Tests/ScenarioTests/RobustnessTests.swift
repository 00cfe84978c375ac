import JSON
import Testing

@testable import Scenario

@Suite("Whatever is in a file")
struct RobustnessTests {
  /// Pieces by which files are changed: structure, keys and values of the format, and rubbish.
  private static let pieces: [String] =
    [
      "{", "}", "[", "]", ":", ",", "'", "\"", "null", "true", "0", "-1", "1e999", "NaN", "'30s'", "'x'", "${", "}",
      "$", "\\", "\n", "/*",
    ]
    + KeyTable.all.flatMap(\.keys).map { "\($0): " }

  @Test("reading comes to an end, and every place that it names is in the file")
  func mutants() {
    var random = SeededGenerator(seed: 20)
    let original = Array(ScenarioReadingTests.couponCap.utf8)
    var valid = 0
    for _ in 0..<500 {
      var bytes = original
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let start = Int.random(in: 0...bytes.count, using: &random)
        let end = min(bytes.count, start + Int.random(in: 0...12, using: &random))
        let piece = Bool.random(using: &random) ? Array(Self.pieces.randomElement(using: &random)!.utf8) : []
        bytes.replaceSubrange(start..<end, with: piece)
      }
      let source = SourceText(name: "mutant", bytes: bytes)
      let options = ReadOptions(
        profile: Bool.random(using: &random) ? "ci" : nil, overrides: [(path: "traffic.rush.load.burst", value: "7")])
      let (scenario, diagnostics) = ScenarioReader.read(source, options: options)
      for diagnostic in diagnostics {
        #expect(diagnostic.range.start >= 0 && diagnostic.range.start <= diagnostic.range.end)
        #expect(diagnostic.range.end <= bytes.count, "\(diagnostic.message)")
      }
      #expect((scenario == nil) == diagnostics.contains { $0.severity == .error })
      if scenario != nil { valid += 1 }
    }
    // The changes must not all be fatal, or nothing but syntax was tried.
    #expect(valid > 20)
  }

  @Test("values of every kind at every key are told, not trapped")
  func kinds() throws {
    let root = try #require(JSONReader.read(SourceText(name: "x", ScenarioReadingTests.couponCap)).root).plain
    for replacement: JSONValue in [.null, -1, "x", [.null], ["x": .null]] {
      for count in 0..<200 {
        var left = count
        let mutant = root.replacing(&left, with: replacement)
        if left >= 0 { break }
        let read = Read(mutant.text())
        #expect((read.scenario == nil) == read.diagnostics.contains { $0.severity == .error })
      }
    }
  }
}

extension JSONValue {
  /// The value with its `index`th part, counted through, replaced; `index` ends below 0 where there was one.
  fileprivate func replacing(_ index: inout Int, with replacement: JSONValue) -> JSONValue {
    index -= 1
    if index == -1 { return replacement }
    switch self {
    case .array(let elements): return .array(elements.map { $0.replacing(&index, with: replacement) })
    case .object(let fields):
      return .object(fields.map { JSONField($0.key, $0.value.replacing(&index, with: replacement)) })
    default: return self
    }
  }
}
