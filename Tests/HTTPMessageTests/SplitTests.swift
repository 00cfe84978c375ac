import HTTPMessage
import Testing

/// However an input is cut into pieces, the reader says the same: the corpus below and every table of the other tests,
/// cut at every place, into single bytes, and at random.
@Suite("Split input")
struct SplitTests {
  static let requestTexts: [String] =
    RequestReaderTests.rows.map(\.text) + Refusal.requests.map(\.text)
    + Refusal.fields("GET / HTTP/1.1\r\nHost: a\r\n").map(\.text)
    + Refusal.chunks.map { "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + $0.text }
    + SmugglingTests.vectors.map(\.text)

  static let responseTexts: [String] =
    ResponseReaderTests.rows.map(\.text) + Refusal.responses.map(\.text)
    + Refusal.fields("HTTP/1.1 200 OK\r\nA: b\r\n").map(\.text)
    + Refusal.chunks.map { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + $0.text }

  @Test("requests: every split in two, single bytes and random pieces read as the whole")
  func requests() { check(RequestReader(), Self.requestTexts) }

  @Test("responses: every split in two, single bytes and random pieces read as the whole")
  func responses() { check(ResponseReader(), Self.responseTexts) }

  @Test("lenient responses: every split in two, single bytes and random pieces read as the whole")
  func lenient() {
    check(ResponseReader(tolerating: .all), LenientTests.rows.map(\.text) + Self.responseTexts)
  }

  @Test("a tight limit falls at the same byte, however the input is split")
  func limits() {
    for limit in stride(from: 1, to: 70, by: 3) {
      let limits = HTTPLimits(
        maxHeadBytes: limit, maxHeaderCount: 2, maxChunkLineBytes: max(3, limit / 8), maxTrailerBytes: limit)
      check(RequestReader(limits: limits), RequestReaderTests.rows.map(\.text))
      check(ResponseReader(limits: limits), ResponseReaderTests.rows.map(\.text))
    }
  }

  private func check(_ reader: some MessageReader, _ texts: [String]) {
    var random = SeededGenerator(seed: 20)
    for text in texts {
      let bytes: [UInt8] = Array(text.utf8)
      let whole = Transcript(reader, [bytes])
      func compare(_ pieces: [[UInt8]], _ how: @autoclosure () -> String) {
        let split = Transcript(reader, pieces)
        if split != whole {
          Issue.record("\(text.debugDescription), \(how()):\n\(split)\ninstead of\n\(whole)")
        }
      }
      if whole.description.contains("BROKEN") { Issue.record("\(text.debugDescription):\n\(whole)") }
      compare(bytes.map { [$0] }, "byte by byte")
      for cut in 0...bytes.count {
        compare([Array(bytes[..<cut]), Array(bytes[cut...])], "cut at \(cut)")
      }
      for _ in 0..<20 {
        var pieces: [[UInt8]] = []
        var start = 0
        while start < bytes.count {
          let end: Int = min(bytes.count, start + Int.random(in: 0...9, using: &random))
          pieces.append(Array(bytes[start..<end]))
          start = end
        }
        compare(pieces, "in pieces of \(pieces.map(\.count))")
      }
    }
  }
}
