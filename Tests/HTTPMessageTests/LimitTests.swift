import HTTPMessage
import Testing

@Suite("Limits")
struct LimitTests {
  static let head = "GET / HTTP/1.1\r\nHost: a\r\nX: 0123456789\r\n\r\n"

  @Test("a head of exactly the limit passes, and one byte more does not", arguments: [1, 7, 1_000])
  func headBytes(_ step: Int) {
    let count: Int = Self.head.utf8.count
    for (limit, failure) in [(count, HTTPMessageError.closedBeforeMessage), (count - 1, .headTooLarge)] {
      let reader = RequestReader(limits: HTTPLimits(maxHeadBytes: limit))
      #expect(Transcript(reader, pieces(Self.head, step)).failure == failure)
    }
  }

  @Test("the body does not count as head")
  func bodyIsNotHead() {
    let head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 500\r\n\r\n"
    let text: String = head + String(repeating: "x", count: 500)
    #expect(requests(text, HTTPLimits(maxHeadBytes: head.utf8.count)).body.count == 500)
  }

  @Test("a head that never ends is refused once it reaches the limit, and not later")
  func endlessHead() {
    var reader = ResponseReader(limits: HTTPLimits(maxHeadBytes: 1_000))
    let piece: [UInt8] = Array("HTTP/1.1 200 ".utf8) + Array(repeating: UInt8(ascii: "x"), count: 986)
    var offset = 0
    #expect(piece.withUnsafeBytes { reader.read($0, from: &offset) } == .needMore)
    offset = 0
    #expect([UInt8(ascii: "x")].withUnsafeBytes { reader.read($0, from: &offset) } == .failed(.headTooLarge))
  }

  @Test("as many fields as the limit pass, and one more does not", arguments: [0, 1, 15, 16, 17, 40])
  func fieldCount(_ limit: Int) {
    for (extra, failure) in [(0, HTTPMessageError.closedBeforeMessage), (1, .tooManyHeaders)] {
      let fields: String = (0..<limit + extra).map { "X\($0): y\r\n" }.joined()
      let reader = RequestReader(limits: HTTPLimits(maxHeaderCount: limit))
      let text = "GET / HTTP/1.0\r\n\(fields)\r\n"
      let transcript = Transcript(reader, [Array(text.utf8)])
      #expect(transcript.failure == failure)
      #expect(Transcript(reader, pieces(text, 3)) == transcript)
    }
  }

  @Test("a chunk's size line of exactly the limit passes, and one byte more does not")
  func chunkLine() {
    let start = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    for (limit, failure) in [(7, HTTPMessageError.closedBeforeMessage), (6, .chunkLineTooLong)] {
      let limits = HTTPLimits(maxChunkLineBytes: limit)
      #expect(responses(start + "1;abc\r\nx\r\n0\r\n\r\n", limits).failure == failure)
    }
    #expect(responses(start + String(repeating: "0", count: 300)).failure == .chunkLineTooLong)
  }

  @Test("trailers of exactly the limit pass, and one byte more does not", arguments: [1, 5, 1_000])
  func trailers(_ step: Int) {
    let text = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA: b\r\nC: d\r\n\r\n"
    for (bytes, fields, failure) in [
      (14, 2, HTTPMessageError.closedBeforeMessage), (13, 2, .trailersTooLarge), (14, 1, .tooManyHeaders),
    ] {
      let limits = HTTPLimits(maxHeaderCount: fields, maxTrailerBytes: bytes)
      #expect(Transcript(ResponseReader(limits: limits), pieces(text, step)).failure == failure)
    }
  }

  @Test("as many interim responses as the limit pass, and one more does not")
  func interim() {
    let limits = HTTPLimits(maxInterimResponses: 2)
    let interim = "HTTP/1.1 100 Continue\r\n\r\n"
    let final = "HTTP/1.1 204 No Content\r\n\r\n"
    #expect(responses(interim + interim + final, limits).failure == .closedBeforeMessage)
    #expect(responses(interim + interim + interim + final, limits).failure == .tooManyInterimResponses)
    // The count begins again with each request.
    #expect(
      responses(interim + interim + final + interim + interim + final, limits).failure == .closedBeforeMessage)
  }

  @Test("the largest length and the largest chunk are taken")
  func largest() {
    var reader = ResponseReader()
    for (field, body, framing) in [
      ("Content-Length: 9223372036854775807", "x", BodyFraming.length(UInt64(Int64.max))),
      ("Transfer-Encoding: chunked", "7fffffffFFFFFFFF\r\nx", .chunked),
    ] {
      reader.begin(headOnly: false)
      let input: [UInt8] = Array("HTTP/1.1 200 OK\r\n\(field)\r\n\r\n\(body)".utf8)
      var offset = 0
      input.withUnsafeBytes {
        #expect(reader.read($0, from: &offset) == .head)
        #expect(reader.framing == framing)
        #expect(reader.read($0, from: &offset) == .body(input.count - 1..<input.count))
        #expect(reader.read($0, from: &offset) == .needMore)
      }
    }
  }

  private func pieces(_ text: String, _ step: Int) -> [[UInt8]] {
    let all: [UInt8] = Array(text.utf8)
    return stride(from: 0, to: all.count, by: step).map { Array(all[$0..<min($0 + step, all.count)]) }
  }
}
