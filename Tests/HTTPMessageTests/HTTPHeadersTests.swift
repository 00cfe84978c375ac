import HTTPMessage
import Testing

@Suite("Header fields")
struct HTTPHeadersTests {
  private let headers = HTTPHeaders([
    ("Content-Type", "text/plain"), ("Vary", "Accept, X-One"), ("set-cookie", "a=1"), ("VARY", " origin ,, x_two"),
    ("Set-Cookie", "b=2"), ("Empty", ""),
  ])

  @Test("names are found without case, values as they are")
  func first() {
    #expect(headers.first("content-type") == "text/plain")
    #expect(headers.first("set-cookie") == "a=1")
    #expect(headers.first("empty") == "")
    #expect(headers.first("content-typ") == nil)
    #expect(headers.first("content-typf") == nil)
    #expect(headers.first("") == nil)
    #expect(headers.valueRange("vary").map { String(decoding: headers.bytes[$0], as: UTF8.self) } == "Accept, X-One")
  }

  @Test("all values of a name come in their order")
  func all() {
    #expect(headers.all("set-cookie") == ["a=1", "b=2"])
    #expect(headers.all("vary") == ["Accept, X-One", " origin ,, x_two"])
    #expect(headers.all("none").isEmpty)
  }

  @Test(
    "a token is found in any of the lists of its name",
    arguments: [
      ("accept", true), ("x-one", true), ("origin", true), ("x_two", true), ("x", false), ("x-on", false),
      ("x-one ", false), ("", false), ("accept, x-one", false),
    ])
  func contains(_ token: String, _ isThere: Bool) {
    #expect(headers.contains("vary", token: token) == isThere)
    #expect(!headers.contains("origin", token: token))
  }

  @Test("names differ that differ only in bit 5 of another character than a letter")
  func exactNames() {
    let headers = HTTPHeaders([("a^b", "1"), ("c_d", "2")])
    #expect(headers.first("a~b") == nil)
    #expect(headers.first("c\u{7F}d") == nil)
    #expect(headers.first("a^b") == "1")
  }

  @Test("fields are counted and listed as they came, and forgotten together")
  func list() {
    var headers: HTTPHeaders = headers
    #expect(headers.count == 6)
    #expect(headers[3] == ("VARY", " origin ,, x_two"))
    headers.removeAll()
    #expect(headers.count == 0 && headers.first("vary") == nil)
    headers.append("A", "b")
    #expect(headers.count == 1 && headers[0] == ("A", "b") && headers.first("a") == "b")
    #expect(HTTPHeaders().first("a") == nil && !HTTPHeaders().contains("a", token: "b"))
  }

  @Test("fields may be added to headers that were read")
  func appendAfterReading() {
    var reader = ResponseReader()
    var offset = 0
    _ = Array("HTTP/1.1 200 OK\r\nA: b\r\n\r\n".utf8).withUnsafeBytes { reader.read($0, from: &offset) }
    var headers: HTTPHeaders = reader.headers
    headers.append("C", "d")
    #expect(headers.first("a") == "b" && headers.first("c") == "d" && headers.count == 2)
    #expect(reader.headers.count == 1)
  }

  @Test("bytes that are not UTF-8 do not trap")
  func notUTF8() {
    var reader = ResponseReader()
    var offset = 0
    let input: [UInt8] =
      Array("HTTP/1.1 200 ".utf8) + [0xFF] + Array("\r\nA: ".utf8) + [0xC3, 0x28] + Array("\r\n\r\n".utf8)
    #expect(input.withUnsafeBytes { reader.read($0, from: &offset) } == .head)
    #expect(reader.reason == "\u{FFFD}")
    #expect(reader.headers.first("a") == "\u{FFFD}(")
  }
}
