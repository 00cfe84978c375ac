import HTTPMessage
import Testing

/// An input and the name under which it is refused.
struct Refusal: CustomTestStringConvertible, Sendable {
  let why: String
  let text: String
  let error: HTTPMessageError

  init(_ why: String, _ text: String, _ error: HTTPMessageError) {
    self.why = why
    self.text = text
    self.error = error
  }

  var testDescription: String { why }
}

@Suite("Refused messages")
struct RefusalTests {
  @Test("a request is refused by name", arguments: Refusal.requests + Refusal.fields("GET / HTTP/1.1\r\nHost: a\r\n"))
  func request(_ refusal: Refusal) {
    #expect(requests(refusal.text).failure == refusal.error)
  }

  @Test("a response is refused by name", arguments: Refusal.responses + Refusal.fields("HTTP/1.1 200 OK\r\nA: b\r\n"))
  func response(_ refusal: Refusal) {
    #expect(responses(refusal.text).failure == refusal.error)
  }

  @Test(
    "a folded line of a request is refused",
    arguments: [
      "GET / HTTP/1.1\r\nHost: a\r\nA: b\r\n c\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\nA: b\r\n\tc\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA: b\r\n c\r\n\r\n",
    ])
  func fold(_ text: String) { #expect(requests(text).failure == .obsoleteLineFolding) }

  @Test("a chunked body is refused by name", arguments: Refusal.chunks)
  func chunk(_ refusal: Refusal) {
    let head = "Transfer-Encoding: chunked\r\n\r\n"
    #expect(requests("POST / HTTP/1.1\r\nHost: a\r\n" + head + refusal.text).failure == refusal.error)
    #expect(responses("HTTP/1.1 200 OK\r\n" + head + refusal.text).failure == refusal.error)
  }

  @Test("once refused, always refused, and never kept alive")
  func stays() {
    var reader = RequestReader()
    let bad: [UInt8] = Array("GET /\r\n\r\n".utf8)
    let good: [UInt8] = Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
    for input in [bad, good] {
      var offset = 0
      #expect(input.withUnsafeBytes { reader.read($0, from: &offset) } == .failed(.badRequestLine))
      #expect(!reader.keepAlive)
    }
    #expect(reader.finish() == .failed(.badRequestLine))
  }

  @Test("nothing is left of a head that was refused, not even of the one before it")
  func nothingRemains() {
    let good = "HTTP/1.1 200 OK\r\nA: b\r\nContent-Length: 0\r\n\r\n"
    let bad = "HTTP/1.1 200 OK\r\nFirst: one\r\nSecond: two\r\nThird : three\r\n\r\n"
    #expect(responses(bad).remains == "1.1 0  none keepAlive=false  ")
    #expect(responses(good + bad).remains == "1.1 0  none keepAlive=false  ")
    #expect(requests("GET / HTTP/1.1\r\nHost: a\r\nA\r\n").remains == "1.1   none keepAlive=false continue=false  ")
  }

  @Test("a head that is refused as a whole may still be looked at")
  func headRemains() {
    #expect(
      requests("GET /a HTTP/1.1\r\nA: b\r\n\r\n").remains == "1.1 GET /a none keepAlive=false continue=false <A|b> ")
  }

  struct Place: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let start: String
    let rest: String
    /// Bytes that end the element, and so lead to another fault or to none.
    var ends: Set<UInt8> = []
    let isAllowed: @Sendable (UInt8) -> Bool
  }

  static let places: [Place] = [
    Place(
      testDescription: "a value", start: "HTTP/1.1 200 OK\r\nA: ", rest: "vvv\r\n\r\n",
      isAllowed: { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }),
    Place(
      testDescription: "a reason", start: "HTTP/1.1 200 ", rest: "vvv\r\n\r\n",
      isAllowed: { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }),
    Place(
      testDescription: "a name", start: "HTTP/1.1 200 OK\r\n", rest: "v: x\r\n\r\n",
      ends: [0x3A], isAllowed: isToken),
    Place(
      testDescription: "a target", start: "GET /", rest: "vvv HTTP/1.1\r\nHost: a\r\n\r\n",
      ends: [0x20], isAllowed: { $0 > 0x20 && $0 < 0x7F && $0 != 0x23 }),
    Place(
      testDescription: "a method", start: "G", rest: "v / HTTP/1.1\r\nHost: a\r\n\r\n", ends: [0x20],
      isAllowed: isToken),
  ]

  @Test("every byte that does not belong is refused wherever it stands in", arguments: places)
  func everyByte(_ place: Place) {
    for (filler, length) in [("v", 20), ("-", 20), ("-V", 10), ("~", 9), ("0", 9)].flatMap({ filler, length in
      (0..<length).map { (filler, $0) }
    }) {
      let before = String(repeating: filler, count: length)
      for byte in UInt8.min...UInt8.max where !place.ends.contains(byte) {
        let bytes: [UInt8] = Array((place.start + before).utf8) + [byte] + Array(place.rest.utf8)
        let transcript: Transcript =
          place.start.hasPrefix("HTTP") ? Transcript(ResponseReader(), [bytes]) : Transcript(RequestReader(), [bytes])
        let isAccepted: Bool = transcript.lines[0].hasPrefix("head")
        if isAccepted != place.isAllowed(byte) {
          Issue.record("byte \(byte) after \(before.debugDescription): \(transcript.lines)")
        }
      }
    }
  }

  /// `tchar` of RFC 9110, section 5.6.2, written a second time and another way.
  @Sendable private static func isToken(_ byte: UInt8) -> Bool {
    "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ".utf8.contains(byte)
  }
}

extension Refusal {
  /// Faults in header fields, which both directions refuse alike, after a start that has one field already.
  static func fields(_ start: String) -> [Refusal] {
    [
      Refusal("a line that ends in LF alone", "A: b\nC: d\r\n\r\n", .bareLineFeed),
      Refusal("a head that ends in LF alone", "A: b\r\n\n", .bareLineFeed),
      Refusal("a CR in a value", "A: b\rc\r\n\r\n", .bareCarriageReturn),
      Refusal("a CR CR LF at the end of a line", "A: b\r\r\n\r\n", .bareCarriageReturn),
      Refusal("a CR alone where the empty line should be", "A: b\r\n\rX", .bareCarriageReturn),
      Refusal("a NUL in a value", "A: b\0c\r\n\r\n", .controlCharacter),
      Refusal("a NUL in a name", "A\0: b\r\n\r\n", .controlCharacter),
      Refusal("a DEL in a value", "A: b\u{7F}\r\n\r\n", .controlCharacter),
      Refusal("an escape character in a value", "A: \u{1B}[31m\r\n\r\n", .controlCharacter),
      Refusal("a space before the colon", "A : b\r\n\r\n", .spaceBeforeColon),
      Refusal("a tab before the colon", "A\t: b\r\n\r\n", .spaceBeforeColon),
      Refusal("a space in a name", "A B: c\r\n\r\n", .spaceBeforeColon),
      Refusal("a folded Content-Length", "Content-Length: 1\r\n 0\r\n\r\n", .obsoleteLineFolding),
      Refusal("a line without a colon", "A\r\n\r\n", .headerWithoutColon),
      Refusal("a line with nothing before the colon", ": b\r\n\r\n", .emptyHeaderName),
      Refusal("a name in quotes", "\"A\": b\r\n\r\n", .badHeaderName),
      Refusal("a name with a slash", "A/B: b\r\n\r\n", .badHeaderName),
      Refusal("a name with a byte above 127", "Ä: b\r\n\r\n", .badHeaderName),

      Refusal("an empty Content-Length", "Content-Length:\r\n\r\n", .badContentLength),
      Refusal("a Content-Length of white space", "Content-Length:  \t \r\n\r\n", .badContentLength),
      Refusal("a Content-Length with a plus", "Content-Length: +5\r\n\r\nhello", .badContentLength),
      Refusal("a negative Content-Length", "Content-Length: -5\r\n\r\nhello", .badContentLength),
      Refusal("a hexadecimal Content-Length", "Content-Length: 0x5\r\n\r\nhello", .badContentLength),
      Refusal("a Content-Length with a fraction", "Content-Length: 5.0\r\n\r\nhello", .badContentLength),
      Refusal("a Content-Length with an exponent", "Content-Length: 5e0\r\n\r\nhello", .badContentLength),
      Refusal("a Content-Length with a space in it", "Content-Length: 5 5\r\n\r\nhello", .badContentLength),
      Refusal("a Content-Length with an underscore", "Content-Length: 1_0\r\n\r\nhello", .badContentLength),
      Refusal("a Content-Length in other digits", "Content-Length: ٥\r\n\r\nhello", .badContentLength),
      Refusal("a quoted Content-Length", "Content-Length: \"5\"\r\n\r\nhello", .badContentLength),
      Refusal("a list of equal lengths", "Content-Length: 5, 5\r\n\r\nhello", .contentLengthList),
      Refusal("a list of unequal lengths", "Content-Length: 5,6\r\n\r\nhello", .contentLengthList),
      Refusal("a list with one length", "Content-Length: 5,\r\n\r\nhello", .contentLengthList),
      Refusal("2^63 bytes", "Content-Length: 9223372036854775808\r\n\r\n", .contentLengthOverflow),
      Refusal("2^64 + 5 bytes", "Content-Length: 18446744073709551621\r\n\r\nhello", .contentLengthOverflow),
      Refusal(
        "a length of 40 digits", "Content-Length: \(String(repeating: "9", count: 40))\r\n\r\n",
        .contentLengthOverflow),
      Refusal(
        "two lengths that differ", "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello", .conflictingContentLengths),
      Refusal(
        "two lengths that differ, in other case", "Content-Length: 5\r\ncONTENT-lENGTH: 0\r\n\r\nhello",
        .conflictingContentLengths),

      Refusal(
        "Content-Length before Transfer-Encoding",
        "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", .contentLengthWithTransferEncoding),
      Refusal(
        "Content-Length after Transfer-Encoding",
        "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n", .contentLengthWithTransferEncoding),
      Refusal(
        "Content-Length: 0 beside Transfer-Encoding",
        "Transfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n0\r\n\r\n", .contentLengthWithTransferEncoding),
      Refusal("an empty coding", "Transfer-Encoding:\r\n\r\n", .unsupportedTransferCoding),
      Refusal("gzip before chunked", "Transfer-Encoding: gzip, chunked\r\n\r\n", .unsupportedTransferCoding),
      Refusal("chunked before gzip", "Transfer-Encoding: chunked, gzip\r\n\r\n", .unsupportedTransferCoding),
      Refusal("chunked twice in a list", "Transfer-Encoding: chunked, chunked\r\n\r\n", .unsupportedTransferCoding),
      Refusal(
        "chunked twice", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
        .unsupportedTransferCoding),
      Refusal("identity", "Transfer-Encoding: identity\r\n\r\n", .unsupportedTransferCoding),
      Refusal("xchunked", "Transfer-Encoding: xchunked\r\n\r\n", .unsupportedTransferCoding),
      Refusal("chunkedx", "Transfer-Encoding: chunkedx\r\n\r\n", .unsupportedTransferCoding),
      Refusal("chunked with a parameter", "Transfer-Encoding: chunked;q=1\r\n\r\n", .unsupportedTransferCoding),
      Refusal("chunked with a comma before", "Transfer-Encoding: ,chunked\r\n\r\n", .unsupportedTransferCoding),
      Refusal("chunked in quotes", "Transfer-Encoding: \"chunked\"\r\n\r\n", .unsupportedTransferCoding),
    ].map { Refusal($0.why, start + $0.text, $0.error) }
  }

  static let requests: [Refusal] = [
    Refusal("nothing but a line feed", "\n", .bareLineFeed),
    Refusal("a request line that ends in LF alone", "GET / HTTP/1.1\nHost: a\r\n\r\n", .bareLineFeed),
    Refusal("a CR without LF after the request line", "GET / HTTP/1.1\rHost: a\r\n\r\n", .bareCarriageReturn),
    Refusal("HTTP/0.9", "GET /\r\n", .badRequestLine),
    Refusal("a target and no version", "GET / \r\n\r\n", .badRequestLine),
    Refusal("a method alone", "GET\r\n\r\n", .badRequestLine),
    Refusal("two spaces after the method", "GET  / HTTP/1.1\r\n", .badRequestLine),
    Refusal("two spaces after the target", "GET /  HTTP/1.1\r\n", .badVersion),
    Refusal("a space after the version", "GET / HTTP/1.1 \r\n", .badRequestLine),
    Refusal("a tab after the method", "GET\t/ HTTP/1.1\r\n", .badMethod),
    Refusal("a space in the target", "GET /a b HTTP/1.1\r\n", .badVersion),
    Refusal("a space before the method", " GET / HTTP/1.1\r\n", .badMethod),
    Refusal("a method in brackets", "(GET) / HTTP/1.1\r\n", .badMethod),
    Refusal("a TLS handshake", "\u{16}\u{03}\u{01}\u{02}\0\u{01}", .badMethod),
    Refusal("two empty lines before the request", "\r\n\r\nGET / HTTP/1.1\r\n", .badRequestLine),
    Refusal("a CR before the request", "\rGET / HTTP/1.1\r\n", .bareCarriageReturn),
    Refusal("a target that is not a path", "GET index.html HTTP/1.1\r\n", .badTarget),
    Refusal("a target with a fragment", "GET /a#b HTTP/1.1\r\n", .badTarget),
    Refusal("a target with a byte above 127", "GET /é HTTP/1.1\r\n", .badTarget),
    Refusal("a target with a NUL", "GET /\0 HTTP/1.1\r\n", .badTarget),
    Refusal("* for another method than OPTIONS", "GET * HTTP/1.1\r\n", .badTarget),
    Refusal("CONNECT with a path", "CONNECT / HTTP/1.1\r\n", .badTarget),
    Refusal("CONNECT without a port", "CONNECT example.com HTTP/1.1\r\n", .badTarget),
    Refusal("CONNECT without a host", "CONNECT :80 HTTP/1.1\r\n", .badTarget),
    Refusal("host and port for another method", "GET example.com:80 HTTP/1.1\r\n", .badTarget),
    Refusal("an absolute URL without an authority", "GET http:// HTTP/1.1\r\n", .badTarget),
    Refusal("a version in lower case", "GET / http/1.1\r\n", .badVersion),
    Refusal("a version without a dot", "GET / HTTP/11\r\n", .badVersion),
    Refusal("a version of two digits", "GET / HTTP/1.10\r\n", .badRequestLine),
    Refusal("another protocol", "GET / ICAP/1.0\r\n", .badVersion),
    Refusal("HTTP/2.0 without its preface", "GET / HTTP/2.0\r\n", .unsupportedVersion),
    Refusal("the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", .badTarget),
    Refusal("HTTP/0.9 spelled out", "GET / HTTP/0.9\r\n", .unsupportedVersion),
    Refusal("a space before the first field", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", .whitespaceBeforeFirstHeader),
    Refusal("a tab before the first field", "GET / HTTP/1.1\r\n\tHost: a\r\n\r\n", .whitespaceBeforeFirstHeader),
    Refusal("no Host in HTTP/1.1", "GET / HTTP/1.1\r\nA: b\r\n\r\n", .missingHost),
    Refusal("no Host with an absolute URL", "GET http://a/ HTTP/1.1\r\n\r\n", .missingHost),
    Refusal("two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", .duplicateHost),
    Refusal("two equal Hosts", "GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n", .duplicateHost),
    Refusal("two Hosts in HTTP/1.0", "GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n", .duplicateHost),
    Refusal("a Host with a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", .badHost),
    Refusal("a Host with a user", "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", .badHost),
    Refusal("a list of Hosts", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", .badHost),
    Refusal("a Host with a space", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", .badHost),
    Refusal(
      "chunked in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      .transferEncodingInOldVersion),
    Refusal("closed in the request line", "GET /", .truncated),
    Refusal("closed before the empty line", "GET / HTTP/1.1\r\nHost: a\r\n", .truncated),
    Refusal("closed in the body", "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nx", .truncated),
    Refusal("closed before anything", "", .closedBeforeMessage),
    Refusal("closed after an empty line", "\r\n", .closedBeforeMessage),
  ]

  static let responses: [Refusal] = [
    Refusal("a body without a head", "<html>", .badStatusLine),
    Refusal("a banner of SSH", "SSH-2.0-OpenSSH_9.2\r\n", .badStatusLine),
    Refusal("ICY 200 OK", "ICY 200 OK\r\n\r\n", .badStatusLine),
    Refusal("an empty line before the status line", "\r\nHTTP/1.1 200 OK\r\n\r\n", .badStatusLine),
    Refusal("a space before the status line", " HTTP/1.1 200 OK\r\n\r\n", .badStatusLine),
    Refusal("a status line that ends in LF alone", "HTTP/1.1 200 OK\nA: b\r\n\r\n", .bareLineFeed),
    Refusal("a status code and LF alone", "HTTP/1.1 200\n\n", .bareLineFeed),
    Refusal("a CR in the reason", "HTTP/1.1 200 O\rK\r\n\r\n", .bareCarriageReturn),
    Refusal("a NUL in the reason", "HTTP/1.1 200 O\0K\r\n\r\n", .badStatusLine),
    Refusal("a status of two digits", "HTTP/1.1 20 OK\r\n\r\n", .badStatusLine),
    Refusal("a status of four digits", "HTTP/1.1 2000 OK\r\n\r\n", .badStatusLine),
    Refusal("a status below 100", "HTTP/1.1 099 OK\r\n\r\n", .badStatusLine),
    Refusal("a status of letters", "HTTP/1.1 2OO OK\r\n\r\n", .badStatusLine),
    Refusal("a signed status", "HTTP/1.1 +20 OK\r\n\r\n", .badStatusLine),
    Refusal("two spaces before the status", "HTTP/1.1  200 OK\r\n\r\n", .badStatusLine),
    Refusal("a tab before the status", "HTTP/1.1\t200 OK\r\n\r\n", .badStatusLine),
    Refusal("a tab after the status", "HTTP/1.1 200\tOK\r\n\r\n", .badStatusLine),
    Refusal("a reason stuck to the status", "HTTP/1.1 200OK\r\n\r\n", .badStatusLine),
    Refusal("no status", "HTTP/1.1\r\n\r\n", .badStatusLine),
    Refusal("a version in lower case", "http/1.1 200 OK\r\n\r\n", .badStatusLine),
    Refusal("a version of two digits", "HTTP/1.10 200 OK\r\n\r\n", .badStatusLine),
    Refusal("a version without a minor one", "HTTP/1 200 OK\r\n\r\n", .badStatusLine),
    Refusal("HTTP/2 in text", "HTTP/2 200\r\n\r\n", .unsupportedVersion),
    Refusal("HTTP/3.0", "HTTP/3.0 200 OK\r\n\r\n", .unsupportedVersion),
    Refusal("a space before the first field", "HTTP/1.1 200 OK\r\n A: b\r\n\r\n", .whitespaceBeforeFirstHeader),
    Refusal(
      "chunked in HTTP/1.0", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      .transferEncodingInOldVersion),
    Refusal("an upgrade that nobody asked for", "HTTP/1.1 101 Switching Protocols\r\n\r\n", .upgradeNotAsked),
    Refusal(
      "both framings in an interim response",
      "HTTP/1.1 100 Continue\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
      .contentLengthWithTransferEncoding),
    Refusal(
      "both framings where there is no body",
      "HTTP/1.1 204 No Content\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
      .contentLengthWithTransferEncoding),
    Refusal("closed in the status line", "HTTP/1.", .truncated),
    Refusal("closed in the head", "HTTP/1.1 200 OK\r\nA: b\r\n", .truncated),
    Refusal("closed after an interim response", "HTTP/1.1 100 Continue\r\n\r\n", .truncated),
    Refusal("closed in a counted body", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell", .truncated),
    Refusal("closed before anything", "", .closedBeforeMessage),
  ]

  static let chunks: [Refusal] = [
    Refusal("no size", "\r\n", .badChunkSize),
    Refusal("an extension without a size", ";a=b\r\n", .badChunkSize),
    Refusal("a negative size", "-1\r\n", .badChunkSize),
    Refusal("a size with a plus", "+5\r\nhello\r\n", .badChunkSize),
    Refusal("a size with 0x", "0x5\r\nhello\r\n", .badChunkSize),
    Refusal("a size with an underscore", "1_0\r\n", .badChunkSize),
    Refusal("a size that is no number", "zz\r\n", .badChunkSize),
    Refusal("a space before the size", " 5\r\nhello\r\n", .badChunkSize),
    Refusal("a tab before the size", "\t5\r\nhello\r\n", .badChunkSize),
    Refusal("a space after the size", "5 \r\nhello\r\n", .badChunkExtension),
    Refusal("a comma after the size", "5,5\r\nhello\r\n", .badChunkSize),
    Refusal("a NUL after the size", "5\0\r\nhello\r\n", .controlCharacter),
    Refusal("2^63", "8000000000000000\r\n", .chunkSizeOverflow),
    Refusal("2^64 + 5", "10000000000000005\r\nhello\r\n", .chunkSizeOverflow),
    Refusal("a size line that ends in LF alone", "5\nhello\r\n", .bareLineFeed),
    Refusal("a size line that ends in CR alone", "5\rhello\r\n", .bareCarriageReturn),
    Refusal("a size line that ends in CR CR LF", "5\r\r\nhello\r\n", .bareCarriageReturn),
    Refusal("an extension that ends in LF alone", "5;a\nhello\r\n0\r\n\r\n", .bareLineFeed),
    Refusal("a quoted LF in an extension", "5;a=\"b\n\"\r\nhello\r\n", .bareLineFeed),
    Refusal("a quoted CR in an extension", "5;a=\"b\r\n\"\r\nhello\r\n", .badChunkExtension),
    Refusal("a NUL in an extension", "5;a\0\r\nhello\r\n", .controlCharacter),
    Refusal("an extension without a name", "5;\r\nhello\r\n", .badChunkExtension),
    Refusal("an extension without a name and with a value", "5;=b\r\nhello\r\n", .badChunkExtension),
    Refusal("an extension without a value", "5;a=\r\nhello\r\n", .badChunkExtension),
    Refusal("an extension without a semicolon", "5 a\r\nhello\r\n", .badChunkExtension),
    Refusal("two extensions with a space between", "5;a b\r\nhello\r\n", .badChunkExtension),
    Refusal("text after a quoted value", "5;a=\"b\"c\r\nhello\r\n", .badChunkExtension),
    Refusal("a quoted value that does not end", "5;a=\"b\r\nhello\r\n", .badChunkExtension),
    Refusal("white space after an extension", "5;a \r\nhello\r\n", .badChunkExtension),
    Refusal("a chunk that is longer than its size", "5\r\nhello!\r\n0\r\n\r\n", .chunkNotTerminated),
    Refusal("a chunk that ends in LF alone", "5\r\nhello\n0\r\n\r\n", .chunkNotTerminated),
    Refusal("a chunk that ends in CR alone", "5\r\nhello\r0\r\n\r\n", .chunkNotTerminated),
    Refusal("a chunk that is shorter than its size", "6\r\nhello\r\n0\r\n\r\n", .chunkNotTerminated),
    Refusal("an end in LF alone", "0\r\n\n", .bareLineFeed),
    Refusal("a trailer after white space", "0\r\n A: b\r\n\r\n", .whitespaceBeforeFirstHeader),
    Refusal("a trailer without a colon", "0\r\nA\r\n\r\n", .headerWithoutColon),
    Refusal("a request in the place of trailers", "0\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", .spaceBeforeColon),
    Refusal("Content-Length in the trailers", "0\r\nContent-Length: 5\r\n\r\n", .forbiddenTrailer),
    Refusal("Transfer-Encoding in the trailers", "0\r\nTransfer-Encoding: chunked\r\n\r\n", .forbiddenTrailer),
    Refusal("Host in the trailers", "0\r\nHost: b\r\n\r\n", .forbiddenTrailer),
    Refusal("closed in a size line", "5", .truncated),
    Refusal("closed after a size line", "5\r\n", .truncated),
    Refusal("closed in a chunk", "5\r\nhell", .truncated),
    Refusal("closed after a chunk", "5\r\nhello\r\n", .truncated),
    Refusal("closed after the last chunk", "0\r\n", .truncated),
    Refusal("closed in the trailers", "0\r\nA: b\r\n", .truncated),
  ]
}
