import HTTPMessage
import Testing

@Suite("Lenient reading")
struct LenientTests {
  struct Row: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let text: String
    let deviations: HTTPDeviations
    /// The refusal of a strict reader.
    let error: HTTPMessageError
    var keepAlive = true
  }

  private static let chunked = "Transfer-Encoding: chunked\r\n"

  static let rows: [Row] = [
    Row(
      testDescription: "lines that end in LF", text: "HTTP/1.1 200 OK\nContent-Length: 2\n\nok",
      deviations: .bareLineFeeds, error: .bareLineFeed),
    Row(
      testDescription: "a status without reason, ended by LF", text: "HTTP/1.1 200\nContent-Length: 2\r\n\r\nok",
      deviations: .bareLineFeeds, error: .bareLineFeed),
    Row(
      testDescription: "a folded line that ends in LF",
      text: "HTTP/1.1 200 OK\r\nA: b\n c\nContent-Length: 2\r\n\r\nok",
      deviations: .bareLineFeeds, error: .bareLineFeed),
    Row(
      testDescription: "chunks whose lines end in LF", text: "HTTP/1.1 200 OK\r\n\(chunked)\r\n2\nok\n0\n\n",
      deviations: .bareLineFeeds, error: .bareLineFeed),
    Row(
      testDescription: "a length beside chunks",
      text: "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\(chunked)\r\n2\r\nok\r\n0\r\n\r\n",
      deviations: .lengthWithChunked, error: .contentLengthWithTransferEncoding, keepAlive: false),
    Row(
      testDescription: "chunks in HTTP/1.0",
      text: "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\(chunked)\r\n2\r\nok\r\n0\r\n\r\n",
      deviations: .codingInOldVersion, error: .transferEncodingInOldVersion, keepAlive: false),
    Row(
      testDescription: "the coding identity",
      text: "HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\nContent-Length: 2\r\n\r\nok",
      deviations: .identityCoding, error: .unsupportedTransferCoding),
    Row(
      testDescription: "identity before chunked",
      text: "HTTP/1.1 200 OK\r\nTransfer-Encoding: identity, chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
      deviations: .identityCoding, error: .unsupportedTransferCoding),
    Row(
      testDescription: "chunked in two fields",
      text: "HTTP/1.1 200 OK\r\n\(chunked)\(chunked)\r\n2\r\nok\r\n0\r\n\r\n",
      deviations: .repeatedCoding, error: .unsupportedTransferCoding),
    Row(
      testDescription: "a list of equal lengths", text: "HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\n\r\nok",
      deviations: .lengthList, error: .contentLengthList),
    Row(
      testDescription: "a blank before the colon", text: "HTTP/1.1 200 OK\r\nContent-Length : 2\r\n\r\nok",
      deviations: .blankBeforeColon, error: .spaceBeforeColon),
    Row(
      testDescription: "a name with parentheses", text: "HTTP/1.1 200 OK\r\n(A)(: b\r\nContent-Length: 2\r\n\r\nok",
      deviations: .oddHeaderNames, error: .badHeaderName),
    Row(
      testDescription: "a name of two words", text: "HTTP/1.1 200 OK\r\nA B: c\r\nContent-Length: 2\r\n\r\nok",
      deviations: .oddHeaderNames, error: .spaceBeforeColon),
    Row(
      testDescription: "control characters in a value",
      text: "HTTP/1.1 200 OK\r\nA: a\u{1}b\u{1B}\r\nContent-Length: 2\r\n\r\nok",
      deviations: .controlCharacters, error: .controlCharacter),
    Row(
      testDescription: "blanks after a chunk's size",
      text: "HTTP/1.1 200 OK\r\n\(chunked)\r\n2  \r\nok\r\n0 \r\n\r\n",
      deviations: .blankAfterChunkSize, error: .badChunkExtension),
    Row(
      testDescription: "an extension against the grammar",
      text: "HTTP/1.1 200 OK\r\n\(chunked)\r\n2;;=\"\r\nok\r\n0;\r\n\r\n",
      deviations: .oddChunkExtensions, error: .badChunkExtension),
    Row(
      testDescription: "a length in a trailer",
      text: "HTTP/1.1 200 OK\r\n\(chunked)\r\n2\r\nok\r\n0\r\nContent-Length: 7\r\n\r\n",
      deviations: .framingInTrailers, error: .forbiddenTrailer),
  ]

  @Test("what curl reads is read, noted and counted by name; without being told so it is refused", arguments: rows)
  func read(_ row: Row) {
    #expect(responses(row.text).failure == row.error || responses(row.text).lines.contains("body 6f 6b"))
    #expect(responses(row.text).failure != nil)
    #expect(row.error.isReadLeniently != false)
    var reader = ResponseReader(tolerating: .all)
    // A second time the head is the one before.
    for _ in 1...2 {
      reader.begin(headOnly: false)
      let bytes = Array(row.text.utf8)
      var offset = 0
      var body: [UInt8] = []
      reading: while true {
        switch bytes.withUnsafeBytes({ reader.read($0, from: &offset) }) {
        case .body(let range): body += bytes[range]
        case .head, .interim: break
        case .end: break reading
        case .needMore, .failed:
          Issue.record("\(row.text.debugDescription): \(Transcript(ResponseReader(tolerating: .all), row.text))")
          return
        }
      }
      #expect(String(decoding: body, as: UTF8.self) == "ok")
      #expect(offset == bytes.count)
      let expected: HTTPDeviations =
        row.testDescription == "a name of two words" ? [.oddHeaderNames] : row.deviations
      #expect(reader.deviations == expected)
      #expect(reader.keepAlive == row.keepAlive)
    }
    reader.begin(headOnly: false)
    var offset = 0
    let sound = Array("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".utf8)
    while sound.withUnsafeBytes({ reader.read($0, from: &offset) }) != .end {}
    #expect(reader.deviations.isEmpty)
  }

  @Test(
    "what curl refuses too, or what could be read in two ways, stays refused",
    arguments: [
      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok",
      "HTTP/1.1 200 OK\r\nContent-Length: 2, 3\r\n\r\nok", "HTTP/1.1 200 OK\r\nContent-Length: 2x\r\n\r\nok",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
      "HTTP/1.1 200 OK\r\nA: b\0c\r\n\r\n", "HTTP/1.1 200 OK\r\nnonsense\r\n\r\n", "HTTP/1.1 200 OK\r\n A: b\r\n\r\n",
      "HTTP/1.1 200 OK\r\nA: b\rc\r\n\r\n", "HTTP/1.1 200 OK\r\n: b\r\n\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n 2\r\nok\r\n0\r\n\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok0\r\n\r\n", "SSH-2.0-OpenSSH\r\n",
    ])
  func refused(_ text: String) { #expect(Transcript(ResponseReader(tolerating: .all), text).failure != nil) }

  @Test(
    "the time for which a target keeps idle connections is read",
    arguments: [
      ("Keep-Alive: timeout=5", 5), ("keep-alive: max=100, Timeout=15", 15), ("Keep-Alive: timeout=0", 0),
      ("Keep-Alive: timeout=99999999999", 100_000_000), ("Keep-Alive: timeout=x", -1), ("Keep-Alive: timeout=", -1),
      ("Keep-Alive: max=5", -1), ("Connection: keep-alive", -1), ("Keep-Alivf: timeout=5", -1),
    ])
  func keepAlive(field: String, seconds: Int) {
    var reader = ResponseReader()
    for _ in 1...2 {
      reader.begin(headOnly: false)
      let bytes = Array("HTTP/1.1 200 OK\r\n\(field)\r\nContent-Length: 0\r\n\r\n".utf8)
      var offset = 0
      #expect(bytes.withUnsafeBytes { reader.read($0, from: &offset) } == .head)
      #expect(reader.keepAliveSeconds == seconds)
    }
  }
}
