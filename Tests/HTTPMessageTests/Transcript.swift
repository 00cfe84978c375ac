import HTTPMessage

/// What both readers have in common, for tests that hold for both.
protocol MessageReader {
  mutating func next()
  mutating func read(_ input: UnsafeRawBufferPointer, from offset: inout Int) -> HTTPEvent
  mutating func finish() -> HTTPEvent
  /// The start line and all that the reader says of the head, in one line.
  var head: String { get }
  var headers: HTTPHeaders { get }
  var trailers: HTTPHeaders { get }
  var keepAlive: Bool { get }
}

extension ResponseReader: MessageReader {
  mutating func next() { begin(headOnly: false) }
  var head: String { "1.\(minorVersion) \(status) \(reason) \(framing) keepAlive=\(keepAlive)" }
}

extension RequestReader: MessageReader {
  mutating func next() { begin() }
  var head: String {
    "1.\(minorVersion) \(method) \(target) \(framing) keepAlive=\(keepAlive) continue=\(expectsContinue)"
  }
}

/// All that a reader said about an input: one line an event, the pieces of a body joined, and how much it consumed.
struct Transcript: Equatable, CustomStringConvertible {
  private(set) var lines: [String] = []
  /// Offsets in the whole input at which messages ended.
  private(set) var ends: [Int] = []
  /// The bodies of all messages, joined.
  private(set) var body: [UInt8] = []
  private(set) var failure: HTTPMessageError?
  /// What the reader says of a message that it refused.
  private(set) var remains = ""

  /// Reads messages one after the other out of an input that comes in `pieces`, and then closes.
  init<Reader: MessageReader>(_ reader: Reader, _ pieces: [[UInt8]]) {
    var reader: Reader = reader
    var base = 0
    for piece in pieces where failure == nil {
      piece.withUnsafeBytes { feed(&reader, $0, base) }
      base += piece.count
    }
    if failure == nil { note(reader.finish(), reader, UnsafeRawBufferPointer(start: nil, count: 0)) }
  }

  init<Reader: MessageReader>(_ reader: Reader, _ text: String) {
    self.init(reader, [Array(text.utf8)])
  }

  var description: String { lines.joined(separator: "\n") }

  private mutating func feed(_ reader: inout some MessageReader, _ input: UnsafeRawBufferPointer, _ base: Int) {
    var offset = 0
    while true {
      let before: Int = offset
      let event: HTTPEvent = reader.read(input, from: &offset)
      note(event, reader, input)
      switch event {
      case .needMore:
        if offset != input.count { lines.append("BROKEN: needMore leaves \(input.count - offset) bytes") }
        return
      case .failed: return
      case .end:
        ends.append(base + offset)
        if offset == input.count {
          // Asked again, it says the same and takes nothing.
          if reader.read(input, from: &offset) != .end { lines.append("BROKEN: no second end") }
          reader.next()
          return
        }
        reader.next()
      case .body(let range):
        if range.isEmpty || range.lowerBound < before || range.upperBound != offset {
          lines.append("BROKEN: body \(range) at \(before)..<\(offset)")
        }
      case .head, .interim: break
      }
    }
  }

  private mutating func note(_ event: HTTPEvent, _ reader: some MessageReader, _ input: UnsafeRawBufferPointer) {
    switch event {
    case .needMore: break
    case .interim(let status): lines.append("interim \(status) \(fields(reader.headers))")
    case .head: lines.append("head \(reader.head) \(fields(reader.headers))")
    case .body(let range):
      let piece: String = input[range].map { String($0, radix: 16) }.joined(separator: " ")
      body += input[range]
      if let last = lines.last, last.hasPrefix("body ") {
        lines[lines.count - 1] = last + " " + piece
      } else {
        lines.append("body " + piece)
      }
    case .end: lines.append("end \(fields(reader.trailers))")
    case .failed(let fault):
      failure = fault
      lines.append("failed \(fault.name) keepAlive=\(reader.keepAlive)")
      // Whatever is left of a message that was refused may be asked for.
      remains = "\(reader.head) \(fields(reader.headers)) \(fields(reader.trailers))"
    }
  }

  private func fields(_ headers: HTTPHeaders) -> String {
    (0..<headers.count).map { "<\(headers[$0].name)|\(headers[$0].value)>" }.joined()
  }
}

/// A transcript of requests, for tables.
func requests(_ text: String, _ limits: HTTPLimits = HTTPLimits()) -> Transcript {
  Transcript(RequestReader(limits: limits), text)
}

/// A transcript of responses, for tables.
func responses(_ text: String, _ limits: HTTPLimits = HTTPLimits()) -> Transcript {
  Transcript(ResponseReader(limits: limits), text)
}

/// The same numbers for the same seed: xorshift64*.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed | 1 }

  mutating func next() -> UInt64 {
    state ^= state >> 12
    state ^= state << 25
    state ^= state >> 27
    return state &* 0x2545_F491_4F6C_DD1D
  }
}
