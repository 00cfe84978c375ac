import Foundation
import Testing

@testable import JSON

/// The inputs from which `bin/fuzz paths` starts: a path in the first line, then JSON.
@Suite("The corpus of paths")
struct PathCorpusTests {
  static let files: [URL] = {
    let folder = Bundle.module.resourceURL!.appending(path: "Paths")
    let files = try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
    return (files ?? []).sorted { $0.path < $1.path }
  }()

  @Test("is there")
  func exists() {
    #expect(Self.files.count >= 10)
  }

  @Test("is refused where a name says so, and else found by the scanner as in the tree", arguments: files)
  func agree(_ file: URL) throws {
    let bytes = Array(try Data(contentsOf: file))
    let line = bytes.firstIndex(of: 0x0A) ?? bytes.count
    let text = String(decoding: bytes[..<line], as: UTF8.self)
    let document = Array(bytes.dropFirst(line + 1))
    guard !file.lastPathComponent.hasPrefix("refused") else {
      #expect(throws: JSONPathError.self) { try JSONPath(text) }
      return
    }
    let path = try JSONPath(text)
    guard let value = try? JSONValue(parsing: document) else { return }
    let found = document.withUnsafeBytes { JSONScanner.find(path, in: $0)?.value }
    #expect(found?.text() == path.first(in: value)?.text())
  }
}
