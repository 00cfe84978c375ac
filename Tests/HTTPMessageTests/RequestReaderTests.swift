import HTTPMessage
import Testing

@Suite("Requests")
struct RequestReaderTests {
  struct Row: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let text: String
    let lines: [String]

    init(_ what: String, _ text: String, _ lines: String...) {
      testDescription = what
      self.text = text
      self.lines = lines
    }
  }

  static let closed = "failed closedBeforeMessage keepAlive=false"

  static let rows: [Row] = [
    Row(
      "a GET", "GET /a?b=c HTTP/1.1\r\nHost: x:80\r\n\r\n",
      "head 1.1 GET /a?b=c none keepAlive=true continue=false <Host|x:80>", "end ", closed),
    Row(
      "an empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n",
      "head 1.1 GET / none keepAlive=true continue=false <Host|>", "end ", closed),
    Row(
      "an IPv6 Host", "GET / HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n",
      "head 1.1 GET / none keepAlive=true continue=false <Host|[::1]:8080>", "end ", closed),
    Row(
      "an empty line before the request", "\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n",
      "head 1.1 GET / none keepAlive=true continue=false <Host|x>", "end ", closed),
    Row(
      "white space around values", "GET / HTTP/1.1\r\nHost:x\r\nA:\t b \t c \t\r\nB:  \r\n\r\n",
      "head 1.1 GET / none keepAlive=true continue=false <Host|x><A|b \t c><B|>", "end ", closed),
    Row(
      "a counted body", "POST / HTTP/1.1\r\nHost: x\r\ncontent-length: 3\r\n\r\nabc",
      "head 1.1 POST / length(3) keepAlive=true continue=false <Host|x><content-length|3>", "body 61 62 63", "end ",
      closed),
    Row(
      "the same length twice, with leading zeros",
      "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 0002\r\n\r\nab",
      "head 1.1 POST / length(2) keepAlive=true continue=false <Host|x><Content-Length|2><Content-Length|0002>",
      "body 61 62", "end ", closed),
    Row(
      "an empty counted body", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nExpect: 100-continue\r\n\r\n",
      "head 1.1 POST / length(0) keepAlive=true continue=false <Host|x><Content-Length|0><Expect|100-continue>",
      "end ", closed),
    Row(
      "a body that waits for 100 Continue",
      "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nExpect: 100-Continue\r\n\r\na",
      "head 1.1 PUT / length(1) keepAlive=true continue=true <Host|x><Content-Length|1><Expect|100-Continue>",
      "body 61", "end ", closed),
    Row(
      "HTTP/1.0 cannot wait for 100 Continue",
      "PUT / HTTP/1.0\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\na",
      "head 1.0 PUT / length(1) keepAlive=false continue=false <Content-Length|1><Expect|100-continue>",
      "body 61", "end ", closed),
    Row(
      "chunks, extensions and trailers",
      "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: Chunked\r\n\r\n"
        + "3\r\nabc\r\n0A;n;m=1 ; q = \"a\\\"b;\t\u{e9}\"\r\n0123456789\r\n000;last\r\nT: u\r\nV:\r\n\r\n",
      "head 1.1 POST / chunked keepAlive=true continue=false <Host|x><Transfer-Encoding|Chunked>",
      "body 61 62 63 30 31 32 33 34 35 36 37 38 39", "end <T|u><V|>", closed),
    Row(
      "trailers are forgotten by the next request",
      "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nT: u\r\n\r\n"
        + "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
      "head 1.1 POST / chunked keepAlive=true continue=false <Host|x><Transfer-Encoding|chunked>", "end <T|u>",
      "head 1.1 GET / none keepAlive=true continue=false <Host|x>", "end ", closed),
    Row(
      "close", "GET / HTTP/1.1\r\nHost: x\r\nConnection: x, CLOSE ,keep-alive\r\n\r\n",
      "head 1.1 GET / none keepAlive=false continue=false <Host|x><Connection|x, CLOSE ,keep-alive>", "end ", closed),
    Row(
      "a word that only holds close", "GET / HTTP/1.1\r\nHost: x\r\nConnection: closed, not-close\r\n\r\n",
      "head 1.1 GET / none keepAlive=true continue=false <Host|x><Connection|closed, not-close>", "end ", closed),
    Row(
      "HTTP/1.0 closes", "GET / HTTP/1.0\r\n\r\n", "head 1.0 GET / none keepAlive=false continue=false ", "end ",
      closed),
    Row(
      "HTTP/1.0 that asks to stay", "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n",
      "head 1.0 GET / none keepAlive=true continue=false <Connection|Keep-Alive>", "end ", closed),
    Row(
      "a higher minor version", "GET / HTTP/1.7\r\nHost: x\r\n\r\n",
      "head 1.7 GET / none keepAlive=true continue=false <Host|x>", "end ", closed),
    Row(
      "an absolute URL", "GET http://a.example/b HTTP/1.1\r\nHost: a.example\r\n\r\n",
      "head 1.1 GET http://a.example/b none keepAlive=true continue=false <Host|a.example>", "end ", closed),
    Row(
      "CONNECT", "CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n\r\n",
      "head 1.1 CONNECT a.example:443 none keepAlive=true continue=false <Host|a.example:443>", "end ", closed),
    Row(
      "OPTIONS *", "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
      "head 1.1 OPTIONS * none keepAlive=true continue=false <Host|x>", "end ", closed),
    Row(
      "a method of one's own", "m-search|1 / HTTP/1.1\r\nHost: x\r\n\r\n",
      "head 1.1 m-search|1 / none keepAlive=true continue=false <Host|x>", "end ", closed),
    Row(
      "pipelined requests",
      "POST /1 HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\naGET /2 HTTP/1.1\r\nHost: x\r\n\r\nGET /3 HTTP/1.1\r\n",
      "head 1.1 POST /1 length(1) keepAlive=true continue=false <Host|x><Content-Length|1>", "body 61", "end ",
      "head 1.1 GET /2 none keepAlive=true continue=false <Host|x>", "end ", "failed truncated keepAlive=false"),
  ]

  @Test("a request is read as it is meant", arguments: rows)
  func reads(_ row: Row) {
    #expect(requests(row.text).lines == row.lines)
  }

  @Test("the end of a message leaves what follows unconsumed")
  func leavesRest() {
    let first = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n"
    let second = "GET / HTTP/1.1\r\nHost: x\r\n\r\n"
    #expect(requests(first + second + first).ends == [67, 67 + 27, 67 + 27 + 67])
    #expect(first.utf8.count == 67 && second.utf8.count == 27)
  }

  @Test("a reader knows whether a request has begun")
  func started() {
    var reader = RequestReader()
    for (piece, hasStarted) in [("", false), ("\r\n", false), ("G", true), ("ET / HTTP/1.1\r\nHost: x\r\n\r\n", true)] {
      var offset = 0
      _ = Array(piece.utf8).withUnsafeBytes { reader.read($0, from: &offset) }
      #expect(reader.hasStarted == hasStarted)
    }
    reader.begin()
    #expect(!reader.hasStarted)
  }
}
