import HTTPMessage
import Testing

/// The names and values that decide a message are recognized in any case, and nothing that differs in one letter is.
@Suite("Known fields")
struct KnownFieldTests {
  struct Known: CustomTestStringConvertible, Sendable {
    let testDescription: String
    /// The field's name, or its value, is varied.
    let start: String
    let word: String
    let rest: String
    /// What the reader says of the head where the word is recognized, and only there.
    let effect: String
  }

  static let words: [Known] = [
    Known(
      testDescription: "Host", start: "GET / HTTP/1.1\r\n", word: "host", rest: ": a\r\n\r\n", effect: "head"),
    Known(
      testDescription: "Expect", start: "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n", word: "expect",
      rest: ": 100-continue\r\n\r\n", effect: "continue=true"),
    Known(
      testDescription: "100-continue", start: "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nExpect: ",
      word: "100-continue", rest: "\r\n\r\n", effect: "continue=true"),
    Known(
      testDescription: "Connection", start: "GET / HTTP/1.1\r\nHost: a\r\n", word: "connection",
      rest: ": close\r\n\r\n", effect: "keepAlive=false"),
    Known(
      testDescription: "close", start: "GET / HTTP/1.1\r\nHost: a\r\nConnection: ", word: "close",
      rest: "\r\n\r\n", effect: "keepAlive=false"),
    Known(
      testDescription: "keep-alive", start: "GET / HTTP/1.0\r\nHost: a\r\nConnection: a, ", word: "keep-alive",
      rest: ",b\r\n\r\n", effect: "keepAlive=true"),
    Known(
      testDescription: "Content-Length", start: "PUT / HTTP/1.1\r\nHost: a\r\n", word: "content-length",
      rest: ": 1\r\n\r\n", effect: "length(1)"),
    Known(
      testDescription: "Transfer-Encoding", start: "PUT / HTTP/1.1\r\nHost: a\r\n", word: "transfer-encoding",
      rest: ": chunked\r\n\r\n", effect: " chunked "),
    Known(
      testDescription: "chunked", start: "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: ", word: "chunked",
      rest: "\r\n\r\n", effect: " chunked "),
  ]

  @Test("a word is recognized in any case", arguments: words)
  func anyCase(_ known: Known) {
    let letters: [Character] = Array(known.word)
    let alternating: String = String(
      letters.enumerated().map { $0.offset % 2 == 0 ? Character($0.element.uppercased()) : $0.element })
    for word in [known.word, known.word.uppercased(), alternating] {
      #expect(isRecognized(word, known), "\(word)")
    }
  }

  @Test("a word with one letter changed, left out or added is another word", arguments: words)
  func oneLetter(_ known: Known) {
    let letters: [Character] = Array(known.word)
    for place in letters.indices {
      var left: [Character] = letters
      left.remove(at: place)
      var others: [String] = [String(left)]
      for letter in ["x", "~", "_", "M", "\u{E9}"] as [Character] where letter != letters[place] {
        var changed: [Character] = letters
        changed[place] = letter
        var added: [Character] = letters
        added.insert(letter, at: place)
        others += [String(changed), String(added), known.word + String(letter)]
      }
      for word in others {
        #expect(!isRecognized(word, known), "\(word)")
      }
    }
  }

  private func isRecognized(_ word: String, _ known: Known) -> Bool {
    let line: String = requests(known.start + word + known.rest).lines[0]
    return line.hasPrefix("head") && line.contains(known.effect)
  }
}
