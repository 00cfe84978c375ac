import Foundation
import HTTPMessage
import Testing

/// The seeds of the fuzz harness (Tests/Fuzz/HTTPMessage.swift), and every input that it ever found to be read wrongly:
/// three bytes of choices, then the text.
@Suite("Corpus")
struct CorpusTests {
  @Test("every file is read the same whole, in single bytes and split at every place, by both readers")
  func replay() throws {
    let folder: URL = try #require(Bundle.module.resourceURL).appendingPathComponent("Corpus")
    let files: [URL] = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
    #expect(files.count >= 25)
    for file in files {
      let text: [UInt8] = Array(try Data(contentsOf: file).dropFirst(3))
      check(RequestReader(), text, file.lastPathComponent)
      check(ResponseReader(), text, file.lastPathComponent)
      let limits = HTTPLimits(
        maxHeadBytes: 64, maxHeaderCount: 2, maxChunkLineBytes: 6, maxTrailerBytes: 8, maxInterimResponses: 1)
      check(RequestReader(limits: limits), text, file.lastPathComponent)
      check(ResponseReader(limits: limits), text, file.lastPathComponent)
    }
  }

  private func check(_ reader: some MessageReader, _ text: [UInt8], _ name: String) {
    let whole = Transcript(reader, [text])
    #expect(!whole.description.contains("BROKEN"), "\(name)")
    #expect(Transcript(reader, text.map { [$0] }) == whole, "\(name)")
    for cut in 1..<max(1, text.count) {
      #expect(Transcript(reader, [Array(text[..<cut]), Array(text[cut...])]) == whole, "\(name), cut at \(cut)")
    }
  }
}
