import Foundation
import JSON
import Testing

@testable import Scenario

private struct NoSuchFile: Error, CustomStringConvertible {
  var description: String { "no such file" }
}

/// Files with mistakes in them, and what is told of each, to the letter. With `STAMPEDE_UPDATE_GOLDEN=1` in the
/// environment the expectations are written anew.
@Suite("Diagnostics of whole files")
struct GoldenTests {
  static let directory = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden")
  static let files =
    ((try? FileManager.default.contentsOfDirectory(atPath: directory.path)) ?? []).filter { $0.hasSuffix(".json5") }
    .sorted()

  @Test("read as they are kept", arguments: files)
  func golden(file: String) throws {
    let url = Self.directory.appending(path: file)
    let source = SourceText(name: file, bytes: Array(try Data(contentsOf: url)))
    let options = ReadOptions(readFile: { path in
      guard let data = try? Data(contentsOf: Self.directory.appending(path: path)) else { throw NoSuchFile() }
      return Array(data)
    })
    let (scenario, diagnostics) = ScenarioReader.read(source, options: options)
    let text = diagnostics.map { $0.rendered(in: source) + "\n" }.joined()
    let expectation = url.deletingPathExtension().appendingPathExtension("txt")
    if ProcessInfo.processInfo.environment["STAMPEDE_UPDATE_GOLDEN"] == "1" {
      try Data(text.utf8).write(to: expectation)
    }
    let expected = String(decoding: try Data(contentsOf: expectation), as: UTF8.self)
    #expect(text == expected)
    #expect((scenario == nil) == diagnostics.contains { $0.severity == .error })
  }

  @Test("are there")
  func present() { #expect(Self.files.count >= 3) }
}
