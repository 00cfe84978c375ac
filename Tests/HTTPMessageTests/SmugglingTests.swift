import HTTPMessage
import Testing

/// Request smuggling vectors that are public knowledge: CL.TE, TE.CL and their obfuscations (Linhart et al., "HTTP
/// Request Smuggling", 2005; Kettle, "HTTP Desync Attacks: Request Smuggling Reborn", 2019), and bare line feeds in
/// chunks (Weikop, "Funky chunks", 2025). Behind each of them lies `GET /smuggled`, which must never come out.
@Suite("Request smuggling")
struct SmugglingTests {
  struct Vector: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let text: String
    let error: HTTPMessageError

    init(_ what: String, _ error: HTTPMessageError, _ fields: String, _ body: String) {
      testDescription = what
      self.error = error
      text = "POST / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n" + body
    }
  }

  static let smuggled = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"

  static let vectors: [Vector] = [
    Vector(
      "CL.TE", .contentLengthWithTransferEncoding, "Content-Length: 42\r\nTransfer-Encoding: chunked\r\n",
      "0\r\n\r\n" + smuggled),
    Vector(
      "TE.CL", .contentLengthWithTransferEncoding, "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n",
      "26\r\n" + smuggled + "\r\n0\r\n\r\n"),
    Vector(
      "CL.CL", .conflictingContentLengths, "Content-Length: 37\r\nContent-Length: 0\r\n", smuggled),
    Vector("CL.0 by a list", .contentLengthList, "Content-Length: 0, 37\r\n", smuggled),
    Vector("CL with a plus", .badContentLength, "Content-Length: +0\r\n", smuggled),
    Vector("CL with a space before the colon", .spaceBeforeColon, "Content-Length : 37\r\n", smuggled),
    Vector("CL with a NUL", .controlCharacter, "Content-Length: 0\0\r\n", smuggled),
    Vector("CL behind a bare CR", .bareCarriageReturn, "X: y\rContent-Length: 37\r\n", smuggled),
    Vector("CL behind a bare LF", .bareLineFeed, "X: y\nContent-Length: 37\r\n", smuggled),
    Vector(
      "TE.TE: a space before the colon", .spaceBeforeColon, "Transfer-Encoding : chunked\r\nContent-Length: 4\r\n",
      "0\r\n\r\n" + smuggled),
    Vector(
      "TE.TE: xchunked", .unsupportedTransferCoding, "Transfer-Encoding: xchunked\r\n", "0\r\n\r\n" + smuggled),
    Vector(
      "TE.TE: a second, unknown coding", .unsupportedTransferCoding,
      "Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n", "0\r\n\r\n" + smuggled),
    Vector(
      "TE.TE: a first, unknown coding", .unsupportedTransferCoding,
      "Transfer-Encoding: x\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n" + smuggled),
    Vector(
      "TE.TE: a vertical tab before the value", .controlCharacter, "Transfer-Encoding: \u{0B}chunked\r\n",
      "0\r\n\r\n" + smuggled),
    Vector(
      "TE.TE: a folded value", .unsupportedTransferCoding, "Transfer-Encoding:\r\n chunked\r\n",
      "0\r\n\r\n" + smuggled),
    Vector(
      "TE.TE: a field in a folded line", .obsoleteLineFolding, "X: x\r\n Transfer-Encoding: chunked\r\n",
      "0\r\n\r\n" + smuggled),
    Vector(
      "TE.TE: a field behind a bare LF", .bareLineFeed, "X: x\nTransfer-Encoding: chunked\r\n",
      "0\r\n\r\n" + smuggled),
    Vector(
      "TE.TE: chunked in quotes", .unsupportedTransferCoding, "Transfer-Encoding: 'chunked'\r\n",
      "0\r\n\r\n" + smuggled),
    Vector(
      "TE.TE: a byte above 127 behind the coding", .unsupportedTransferCoding, "Transfer-Encoding: chunked\u{A0}\r\n",
      "0\r\n\r\n" + smuggled),
    Vector(
      "TE.TE: identity", .unsupportedTransferCoding, "Transfer-Encoding: identity\r\nContent-Length: 4\r\n",
      "0\r\n\r\n" + smuggled),
    Vector(
      "TERM.EXT: a bare LF ends an extension", .bareLineFeed, "Transfer-Encoding: chunked\r\n",
      "2;\nxx\r\n26\r\n0\r\n\r\n" + smuggled),
    Vector(
      "EXT.TERM: a bare LF within an extension", .bareLineFeed, "Transfer-Encoding: chunked\r\n",
      "10;a\nb\r\n0\r\n\r\n" + smuggled),
    Vector(
      "TERM.SPILL: a bare LF ends a chunk", .chunkNotTerminated, "Transfer-Encoding: chunked\r\n",
      "5\r\nAAAAA\n0\r\n\r\n" + smuggled),
    Vector(
      "SPILL.TERM: bytes after a chunk's data", .chunkNotTerminated, "Transfer-Encoding: chunked\r\n",
      "5\r\nAAAAAXX0\r\n\r\n" + smuggled),
    Vector(
      "a chunk size that wraps around", .chunkSizeOverflow, "Transfer-Encoding: chunked\r\n",
      "10000000000000000\r\n\r\n" + smuggled),
    Vector(
      "a chunk size with 0x", .badChunkSize, "Transfer-Encoding: chunked\r\n", "0x0\r\n\r\n" + smuggled),
    Vector(
      "the length in a trailer", .forbiddenTrailer, "Transfer-Encoding: chunked\r\n",
      "0\r\nContent-Length: 37\r\n\r\n" + smuggled),
  ]

  @Test("a vector is refused, and nothing behind it is read", arguments: vectors)
  func refused(_ vector: Vector) {
    let transcript: Transcript = requests(vector.text)
    #expect(transcript.failure == vector.error)
    #expect(!transcript.description.contains("GET /smuggled"))
  }
}
