import Foundation
import Testing

@testable import JSON

/// The inputs from which the fuzzer starts, and each one that it has found to break something.
@Suite struct CorpusTests {
  static let files: [URL] = {
    let folder = Bundle.module.resourceURL!.appending(path: "Corpus")
    let files = try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
    return (files ?? []).sorted { $0.path < $1.path }
  }()

  @Test("the corpus is there")
  func exists() {
    #expect(Self.files.count >= 20)
  }

  @Test("readers, parser, scanner and writer agree on every file", arguments: files)
  func agree(_ file: URL) throws {
    let bytes = Array(try Data(contentsOf: file))
    let value = try? JSONValue(parsing: bytes)
    #expect(accepts(bytes, dialect: .json) == (value != nil))
    let whole = bytes.withUnsafeBytes { JSONScanner.find(JSONPath(segments: [], description: "$"), in: $0)?.value }
    #expect(areIdentical(whole, try? JSONValue(parsing: bytes, keepingNumbers: true)))
    let source = SourceText(name: file.lastPathComponent, bytes: bytes)
    for diagnostic in JSONReader.read(source).diagnostics {
      #expect(diagnostic.rendered(in: source).hasPrefix("\(file.lastPathComponent):"))
    }
    if let value {
      #expect(areIdentical(read(bytes, dialect: .json5).value, value))
      #expect(areIdentical(try JSONValue(parsing: value.text(pretty: true)), value))
    }
  }

  @Test("a file's name says whether it can be read", arguments: files)
  func names(_ file: URL) throws {
    let refused = ["too-deep", "lone-surrogate", "invalid-utf8", "utf16", "unclosed", "missing", "units", "path"]
    let bytes = Array(try Data(contentsOf: file))
    let isRefused = refused.contains { file.lastPathComponent.hasPrefix($0) }
    let isFound = file.lastPathComponent.hasPrefix("crash")
    #expect(isFound || accepts(bytes, dialect: .json5) != isRefused)
    #expect(isFound || isRefused || accepts(bytes, dialect: .json) == (file.pathExtension == "json"))
  }
}
