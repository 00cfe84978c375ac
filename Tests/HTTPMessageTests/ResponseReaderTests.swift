import HTTPMessage
import Testing

@Suite("Responses")
struct ResponseReaderTests {
  typealias Row = RequestReaderTests.Row

  static let closed = RequestReaderTests.closed

  static let rows: [Row] = [
    Row(
      "a counted body", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab",
      "head 1.1 200 OK length(2) keepAlive=true <Content-Length|2>", "body 61 62", "end ", closed),
    Row(
      "an empty body", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
      "head 1.1 200 OK length(0) keepAlive=true <Content-Length|0>", "end ", closed),
    Row(
      "folded fields, each line end with the blanks after it as spaces",
      "HTTP/1.1 200 OK\r\nA: one\r\n two\r\n\t three \r\nB:\r\n x\r\nC: y\r\n \r\nContent-Length: 0\r\n\r\n",
      "head 1.1 200 OK length(0) keepAlive=true <A|one   two  \t three><B|x><C|y><Content-Length|0>", "end ", closed),
    Row(
      "a folded Connection", "HTTP/1.1 200 OK\r\nConnection: x,\r\n close\r\nContent-Length: 0\r\n\r\n",
      "head 1.1 200 OK length(0) keepAlive=false <Connection|x,   close><Content-Length|0>", "end ", closed),
    Row(
      "a folded trailer", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA: b\r\n c\r\n\r\n",
      "head 1.1 200 OK chunked keepAlive=true <Transfer-Encoding|chunked>", "end <A|b   c>", closed),
    Row(
      "a body that lasts until the close", "HTTP/1.1 200 OK\r\n\r\nab",
      "head 1.1 200 OK untilClose keepAlive=false ", "body 61 62", "end "),
    Row(
      "nothing until the close", "HTTP/1.1 200 OK\r\n\r\n", "head 1.1 200 OK untilClose keepAlive=false ", "end "),
    Row(
      "a body until the close that looks like a response", "HTTP/1.0 200 OK\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
      "head 1.0 200 OK untilClose keepAlive=false ",
      "body 48 54 54 50 2f 31 2e 31 20 32 30 30 20 4f 4b d a d a", "end "),
    Row(
      "chunks", "HTTP/1.1 200 OK\r\ntransfer-encoding:chunked\r\n\r\n1\r\na\r\n2\r\nbc\r\n0\r\n\r\n",
      "head 1.1 200 OK chunked keepAlive=true <transfer-encoding|chunked>", "body 61 62 63", "end ", closed),
    Row(
      "chunked in any case", "HTTP/1.1 200 OK\r\nTRANSFER-ENCODING: \tChUnKeD \t\r\n\r\n0\r\n\r\n",
      "head 1.1 200 OK chunked keepAlive=true <TRANSFER-ENCODING|ChUnKeD>", "end ", closed),
    Row(
      "an empty reason", "HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n",
      "head 1.1 200  length(0) keepAlive=true <Content-Length|0>", "end ", closed),
    Row(
      "no reason and no space", "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n",
      "head 1.1 200  length(0) keepAlive=true <Content-Length|0>", "end ", closed),
    Row(
      "a reason of many words", "HTTP/1.1 404 Nicht\tgefunden: \u{e4}!\r\nContent-Length: 0\r\n\r\n",
      "head 1.1 404 Nicht\tgefunden: \u{e4}! length(0) keepAlive=true <Content-Length|0>", "end ", closed),
    Row(
      "a status that nobody registered", "HTTP/1.1 999 ?\r\nContent-Length: 0\r\n\r\n",
      "head 1.1 999 ? length(0) keepAlive=true <Content-Length|0>", "end ", closed),
    Row(
      "204 has no body, whatever it says", "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n",
      "head 1.1 204 No Content none keepAlive=true <Content-Length|5>", "end ", closed),
    Row(
      "304 has no body, whatever it says", "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n",
      "head 1.1 304 Not Modified none keepAlive=true <Content-Length|5>", "end ", closed),
    Row(
      "interim responses before the final one",
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
        + "HTTP/1.1 201 Created\r\nContent-Length: 1\r\n\r\na",
      "interim 100 ", "interim 103 <Link|x>", "head 1.1 201 Created length(1) keepAlive=true <Content-Length|1>",
      "body 61", "end ", closed),
    Row(
      "HTTP/1.0 closes", "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n",
      "head 1.0 200 OK length(0) keepAlive=false <Content-Length|0>", "end ", closed),
    Row(
      "HTTP/1.0 that stays", "HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n",
      "head 1.0 200 OK length(0) keepAlive=true <Content-Length|0><Connection|keep-alive>", "end ", closed),
    Row(
      "close", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: Close\r\n\r\n",
      "head 1.1 200 OK length(0) keepAlive=false <Content-Length|0><Connection|Close>", "end ", closed),
    Row(
      "close in a second field",
      "HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\nConnection: foo,close\r\n\r\n",
      "head 1.1 200 OK length(0) keepAlive=false <Connection|keep-alive><Content-Length|0><Connection|foo,close>",
      "end ", closed),
    Row(
      "keep-alive cannot keep a connection whose body ends it", "HTTP/1.1 200 OK\r\nConnection: keep-alive\r\n\r\n",
      "head 1.1 200 OK untilClose keepAlive=false <Connection|keep-alive>", "end "),
    Row(
      "bytes after the end are the next response", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nab",
      "head 1.1 200 OK length(1) keepAlive=true <Content-Length|1>", "body 61", "end ",
      "failed badStatusLine keepAlive=false"),
  ]

  @Test("a response is read as it is meant", arguments: rows)
  func reads(_ row: Row) {
    #expect(responses(row.text).lines == row.lines)
  }

  @Test(
    "the answer to HEAD has no body, whatever it says",
    arguments: ["Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n", ""])
  func headOnly(_ field: String) {
    var reader = ResponseReader()
    reader.begin(headOnly: true)
    let input: [UInt8] = Array("HTTP/1.1 200 OK\r\n\(field)\r\nHTTP/1.1".utf8)
    var offset = 0
    input.withUnsafeBytes {
      #expect(reader.read($0, from: &offset) == .head)
      #expect(reader.framing == .none && reader.keepAlive)
      #expect(reader.read($0, from: &offset) == .end)
    }
    #expect(offset == input.count - 8)
    #expect(reader.finish() == .end)
  }

  @Test("an interim response does not use up the request to which it belongs")
  func interimThenHeadOnly() {
    var reader = ResponseReader()
    reader.begin(headOnly: true)
    let input: [UInt8] = Array("HTTP/1.1 103 \r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n".utf8)
    var offset = 0
    input.withUnsafeBytes {
      #expect(reader.read($0, from: &offset) == .interim(status: 103))
      #expect(reader.read($0, from: &offset) == .head)
      #expect(reader.read($0, from: &offset) == .end)
    }
  }

  @Test("unasked-for bytes after the end stay with the caller, and begin the next response if it wants")
  func unsolicited() {
    var reader = ResponseReader()
    let input: [UInt8] = Array("HTTP/1.1 204 \r\n\r\nHTTP/1.1 205 \r\nContent-Length: 0\r\n\r\n".utf8)
    var offset = 0
    input.withUnsafeBytes {
      #expect(reader.read($0, from: &offset) == .head)
      for _ in 0..<3 {
        #expect(reader.read($0, from: &offset) == .end)
        #expect(offset == 17)
      }
      reader.begin(headOnly: false)
      #expect(!reader.hasStarted)
      #expect(reader.read($0, from: &offset) == .head)
      #expect(reader.status == 205)
    }
  }

  @Test("a body until the close ends once")
  func finishTwice() {
    var reader = ResponseReader()
    var offset = 0
    let input: [UInt8] = Array("HTTP/1.1 200 OK\r\n\r\nab".utf8)
    input.withUnsafeBytes {
      #expect(reader.read($0, from: &offset) == .head)
      #expect(reader.read($0, from: &offset) == .body(19..<21))
      #expect(reader.read($0, from: &offset) == .needMore)
      #expect(reader.finish() == .end)
      #expect(reader.finish() == .end)
      #expect(reader.read($0, from: &offset) == .end)
      #expect(reader.framing == .untilClose)
    }
  }

  @Test("the storage is reused: a small message keeps the room of a large one before it")
  func reusesMemory() {
    var reader = ResponseReader()
    for length in [5_000, 1, 1] {
      reader.begin(headOnly: false)
      let value = String(repeating: "b", count: length)
      let input: [UInt8] = Array("HTTP/1.1 200 OK\r\nA: \(value)\r\nContent-Length: 1\r\n\r\na".utf8)
      var offset = 0
      input.withUnsafeBytes { while reader.read($0, from: &offset) != .end {} }
      #expect(reader.headers.first("a") == value)
      #expect(reader.headers.bytes.capacity >= 5_000)
    }
  }

  @Test("headers that are kept stay as they were")
  func keptHeaders() {
    var reader = ResponseReader()
    var kept: [HTTPHeaders] = []
    for value in ["one", "two", "three"] {
      reader.begin(headOnly: false)
      var offset = 0
      let input: [UInt8] = Array("HTTP/1.1 204 \r\nName: \(value)\r\n\r\n".utf8)
      input.withUnsafeBytes { while reader.read($0, from: &offset) != .end {} }
      kept.append(reader.headers)
    }
    #expect(kept.map { $0.first("name") } == ["one", "two", "three"])
  }
}
