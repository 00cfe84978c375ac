import HTTPMessage
import Testing

/// A head that has the bytes of the one before is not scanned again: a reader says the same of a message, whatever it has
/// read before.
@Suite("Heads that repeat")
struct RepeatedHeadTests {
  @Test("a response reads the same after itself and after any other, whole and in pieces")
  func responses() { check(ResponseReader(), SplitTests.responseTexts) }

  @Test("a request reads the same after itself and after any other, whole and in pieces")
  func requests() { check(RequestReader(), SplitTests.requestTexts) }

  private func check(_ reader: some MessageReader, _ texts: [String]) {
    var random = SeededGenerator(seed: 7)
    // Where nothing came, what a reader says is still of the message before.
    for text in texts where !text.isEmpty {
      let expected = Transcript(reader, text)
      for round in 0..<6 {
        // Itself, and others that may begin as it does.
        let before = round < 2 ? text : texts.randomElement(using: &random)!
        var pieces = [Array(text.utf8)]
        if round % 2 == 1, pieces[0].count > 1 {
          let cut = Int.random(in: 1..<pieces[0].count, using: &random)
          pieces = [Array(pieces[0][..<cut]), Array(pieces[0][cut...])]
        }
        #expect(Transcript(used(reader, before), pieces) == expected, "after \(before.debugDescription)")
      }
    }
  }

  /// A reader that has read one message, and awaits the next.
  private func used<Reader: MessageReader>(_ reader: Reader, _ text: String) -> Reader {
    var reader = reader
    let bytes: [UInt8] = Array(text.utf8)
    bytes.withUnsafeBytes { input in
      var offset = 0
      while true {
        switch reader.read(input, from: &offset) {
        case .needMore, .failed, .end: return
        case .interim, .head, .body: continue
        }
      }
    }
    reader.next()
    return reader
  }

  @Test("the same head means another body after HEAD, and its fields are there")
  func headOnly() {
    var reader = ResponseReader()
    let bytes: [UInt8] = Array("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nA: b\r\n\r\nhello".utf8)
    for headOnly in [false, true, false, false] {
      reader.begin(headOnly: headOnly)
      let consumed = bytes.withUnsafeBytes { input in
        var offset = 0
        loop: while true {
          switch reader.read(input, from: &offset) {
          case .end, .needMore, .failed: break loop
          case .interim, .head, .body: continue
          }
        }
        return offset
      }
      #expect(consumed == (headOnly ? bytes.count - 5 : bytes.count))
      #expect(reader.status == 200)
      #expect(reader.headers.first("a") == "b")
    }
  }

  @Test("a request says whether its head repeats")
  func isRepeated() {
    var reader = RequestReader()
    var said: [Bool] = []
    for path in ["/a", "/a", "/b", "/b", "/a"] {
      reader.begin()
      let bytes: [UInt8] = Array("GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
      bytes.withUnsafeBytes { input in
        var offset = 0
        #expect(reader.read(input, from: &offset) == .head)
      }
      said.append(reader.isRepeated)
    }
    #expect(said == [false, true, false, true, false])
  }
}
