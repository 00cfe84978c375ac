import Foundation
import JSON
import Testing

@testable import Scenario

@Suite("The scenarios that come with the project")
struct ShippedScenarioTests {
  static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
  static let files: [String] = {
    let all = FileManager.default.enumerator(atPath: root.appending(path: "scenarios").path)?.allObjects as? [String]
    return (all ?? []).filter { $0.hasSuffix(".json5") }.sorted()
  }()

  @Test("are read without a word", arguments: files)
  func clean(file: String) throws {
    let url = Self.root.appending(path: "scenarios").appending(path: file)
    let source = SourceText(name: file, bytes: Array(try Data(contentsOf: url)))
    let options = ReadOptions(readFile: { path in
      Array(try Data(contentsOf: url.deletingLastPathComponent().appending(path: path)))
    })
    let base = ScenarioReader.read(source, options: options)
    #expect(base.diagnostics.map { $0.rendered(in: source) } == [])
    let scenario = try #require(base.scenario)
    for profile in scenario.profileNames {
      var options = options
      options.profile = profile
      let (scenario, diagnostics) = ScenarioReader.read(source, options: options)
      #expect(diagnostics.map { $0.rendered(in: source) } == [])
      #expect(scenario?.profile == profile)
    }
  }

  @Test("are there")
  func present() {
    #expect(Self.files.contains("coupon-cap.json5"))
  }
}
