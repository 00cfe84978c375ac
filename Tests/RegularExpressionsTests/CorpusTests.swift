import Foundation
import Testing

@testable import RegularExpressions

/// The inputs from which the fuzzer starts, and each one that it has found to break something: an expression in the first
/// line, then a text (Tests/Fuzz/RegularExpressions.swift).
@Suite("The corpus of expressions")
struct CorpusTests {
  static let files: [URL] = {
    let folder = Bundle.module.resourceURL!.appending(path: "Corpus")
    let files = try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
    return (files ?? []).sorted { $0.path < $1.path }
  }()

  @Test("is there")
  func exists() {
    #expect(Self.files.count >= 25)
  }

  @Test("is refused where a name says so, and else found by every way to search", arguments: files)
  func agree(_ file: URL) throws {
    let bytes = Array(try Data(contentsOf: file))
    let line = bytes.firstIndex(of: 0x0A) ?? bytes.count
    let source = String(decoding: bytes[..<line], as: UTF8.self)
    let text = Array(bytes.dropFirst(line + 1))
    guard !file.lastPathComponent.hasPrefix("refused") else {
      let error = #expect(throws: PatternError.self) { try Pattern(source) }
      #expect(error.map { $0.range.upperBound <= source.utf8.count } == true)
      return
    }
    let pattern = try Pattern(source)
    let table = LazyDFA(pattern.automaton)
    (text + [0]).withUnsafeBufferPointer { padded in
      #expect(table.matches(padded.baseAddress!, text.count))
      table.bytesWithoutTable = 1
      #expect(table.matches(padded.baseAddress!, text.count))
    }
    #expect(text.withUnsafeBufferPointer(PikeMachine(pattern.program, pattern.automaton).match) != nil)
  }
}
