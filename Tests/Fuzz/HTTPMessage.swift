// Fuzzes both readers. Three bytes choose the limits, how the input is cut
// and whether responses are to HEAD; the rest is read as requests and as responses. It must be read the same whole, in
// single bytes, and in the chosen pieces; and a request that was accepted must be one that the writer can write.
//
// Each piece lies in an allocation of its own, so that AddressSanitizer sees a read past its end.

@testable import HTTPMessage

@c(LLVMFuzzerTestOneInput)
public func fuzzHTTPMessage(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
  guard let start, count >= 3 else { return 0 }
  let text: [UInt8] = Array(UnsafeBufferPointer(start: start + 3, count: count - 3))
  let limits: HTTPLimits =
    start[0] & 1 == 0
    ? HTTPLimits()
    : HTTPLimits(
      maxHeadBytes: 16 + Int(start[0]), maxHeaderCount: Int(start[0] >> 4), maxChunkLineBytes: 3 + Int(start[0] >> 3),
      maxTrailerBytes: 2 + Int(start[0] >> 2), maxInterimResponses: 2)
  check(RequestReader(limits: limits), text, seed: start[1])
  check(Responses(limits: limits, headOnly: start[2] & 1 == 1), text, seed: start[1])
  return 0
}

private func check(_ reader: some Reader, _ text: [UInt8], seed: UInt8) {
  let whole: [UInt8] = log(reader, text, cut: { _ in text.count })
  guard log(reader, text, cut: { _ in 1 }) == whole else { fatalError("single bytes read as something else") }
  var state: UInt64 = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 | 1
  let pieces: [UInt8] = log(reader, text) { _ in
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return Int(state % (UInt64(seed) % 61 + 2))
  }
  guard pieces == whole else { fatalError("pieces read as something else") }
}

private protocol Reader {
  mutating func read(_ input: UnsafeRawBufferPointer, from offset: inout Int) -> HTTPEvent
  mutating func finish() -> HTTPEvent
  mutating func next()
  var head: String { get }
  var trailers: HTTPHeaders { get }
}

extension RequestReader: Reader {
  fileprivate mutating func next() { begin() }

  fileprivate var head: String {
    "\(method) \(target) \(minorVersion) \(framing) \(keepAlive) \(expectsContinue) \(list(headers))"
  }
}

private struct Responses: Reader {
  var reader: ResponseReader
  let headOnly: Bool

  init(limits: HTTPLimits, headOnly: Bool) {
    reader = ResponseReader(limits: limits)
    self.headOnly = headOnly
    next()
  }

  mutating func read(_ input: UnsafeRawBufferPointer, from offset: inout Int) -> HTTPEvent {
    reader.read(input, from: &offset)
  }

  mutating func finish() -> HTTPEvent { reader.finish() }
  mutating func next() { reader.begin(headOnly: headOnly) }
  var trailers: HTTPHeaders { reader.trailers }

  var head: String {
    "\(reader.status) \(reader.reason) \(reader.minorVersion) \(reader.framing) \(reader.keepAlive) "
      + list(reader.headers)
  }
}

private func list(_ headers: HTTPHeaders) -> String {
  (0..<headers.count).map { "\(headers[$0].name): \(headers[$0].value)\n" }.joined()
}

/// What an accepted request says, written again, reads as the same request.
private func rewrite(_ reader: RequestReader) {
  guard reader.minorVersion > 0 else { return }
  let framingNames: Set<String> = ["content-length", "transfer-encoding"]
  let fields: [(String, String)] = (0..<reader.headers.count).map { reader.headers[$0] }
    .filter { !framingNames.contains($0.0.lowercased()) }
  var wire: [UInt8] = []
  do {
    try HTTPWriter.requestHead(
      into: &wire, method: reader.method, target: reader.target, headers: fields, framing: reader.framing)
  } catch {
    fatalError("a request was read that cannot be written: \(error.name)")
  }
  var again = RequestReader(limits: HTTPLimits(maxHeadBytes: 1 << 20, maxHeaderCount: 1 << 16))
  var offset = 0
  let event: HTTPEvent = wire.withUnsafeBytes { again.read($0, from: &offset) }
  guard event == .head, offset == wire.count, again.method == reader.method, again.target == reader.target,
    again.framing == reader.framing, again.keepAlive == reader.keepAlive,
    again.expectsContinue == reader.expectsContinue,
    list(again.headers).hasPrefix(list(HTTPHeaders(fields)))
  else { fatalError("a request was read, written and read as another") }
}

/// Reads a text in pieces as messages one after the other, and says all that the reader said.
private func log<R: Reader>(_ reader: R, _ text: [UInt8], cut: (Int) -> Int) -> [UInt8] {
  var reader: R = reader
  var log: [UInt8] = []
  var body: [UInt8] = []
  var start = 0
  func note(_ line: String) {
    if !body.isEmpty { log += Array("body \(body.count) ".utf8) + body }
    body = []
    log += Array("\(line)\n".utf8)
  }
  while start < text.count {
    let count: Int = min(cut(start), text.count - start)
    let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 1)
    defer { piece.deallocate() }
    piece.copyBytes(from: text[start..<(start + count)])
    var offset = 0
    pieceLoop: while true {
      let before: Int = offset
      switch reader.read(UnsafeRawBufferPointer(piece), from: &offset) {
      case .needMore:
        guard offset == count else { fatalError("needMore leaves bytes") }
        break pieceLoop
      case .interim(let status): note("interim \(status) \(reader.head)")
      case .head:
        if let requests = reader as? RequestReader { rewrite(requests) }
        note("head \(reader.head)")
      case .body(let range):
        guard !range.isEmpty, range.lowerBound >= before, range.upperBound == offset else {
          fatalError("a body outside of what was consumed")
        }
        body += piece[range]
      case .end:
        note("end at \(start + offset) \(list(reader.trailers))")
        reader.next()
        if offset == count { break pieceLoop }
      case .failed(let fault):
        note("failed \(fault.name) \(reader.head)")
        return log
      }
      guard offset >= before, offset <= count else { fatalError("an offset outside of the input") }
    }
    start += count
  }
  note("finish \(reader.finish())")
  return log
}
