/// The state machine over a message's body, once its framing is known. It copies nothing: its events name ranges of
/// the input.
struct BodyReader {
  private enum State {
    case ended
    case counted
    case untilClose
    case chunkLine
    case chunkData
    case chunkCarriageReturn
    case chunkLineFeed
    case trailers
  }

  private var state: State = .ended
  private(set) var framing: BodyFraming = .none
  /// Bytes to come of the body, or of the chunk.
  private var remaining: UInt64 = 0
  private var line: ChunkLine
  private var trailerReader: HeadReader
  /// The trailer fields; empty until they come.
  private(set) var trailers = HTTPHeaders()
  private let maxChunkLineBytes: Int

  private let tolerated: HTTPDeviations
  /// Deviations that were met in the body and tolerated.
  private var found: HTTPDeviations = []

  /// - Parameters:
  ///   - unfolds: Read folded trailer fields, as in a response.
  ///   - tolerated: Deviations with which the body is read all the same.
  init(limits: HTTPLimits, unfolds: Bool = false, tolerating tolerated: HTTPDeviations = []) {
    self.tolerated = tolerated
    line = ChunkLine(tolerating: tolerated)
    trailerReader = HeadReader(.trailers, limits: limits, unfolds: unfolds, tolerating: tolerated)
    maxChunkLineBytes = limits.maxChunkLineBytes
  }

  mutating func begin(_ framing: BodyFraming) {
    self.framing = framing
    switch framing {
    case .none: state = .ended
    case .length(let length):
      remaining = length
      state = length == 0 ? .ended : .counted
    case .untilClose: state = .untilClose
    case .chunked:
      line = ChunkLine(tolerating: tolerated)
      found = []
      trailerReader.begin()
      state = .chunkLine
    }
  }

  /// Forgets the trailers of an earlier message.
  mutating func clear() {
    if trailers.count > 0 { trailers.removeAll() }
    framing = .none
    state = .ended
  }

  var deviations: HTTPDeviations {
    framing == .chunked ? found.union(trailerReader.scanner.found) : []
  }

  /// The peer has closed.
  mutating func finish() -> HTTPEvent {
    switch state {
    case .ended, .untilClose:
      state = .ended
      return .end
    default: return .failed(.truncated)
    }
  }

  mutating func read(_ input: UnsafeRawBufferPointer, from offset: inout Int) -> HTTPEvent {
    while true {
      let available: Int = input.count - offset
      if case .ended = state { return .end }
      if available <= 0 { return .needMore }
      switch state {
      case .ended: return .end
      case .untilClose: return take(available, &offset)
      case .counted, .chunkData:
        let event: HTTPEvent = take(Int(min(remaining, UInt64(available))), &offset)
        if remaining == 0 { state = state == .counted ? .ended : .chunkCarriageReturn }
        return event
      case .chunkLine:
        let step: ChunkLine.Step = line.read(input[offset], maxBytes: maxChunkLineBytes)
        offset += 1
        switch step {
        case .more: break
        case .failed(let fault): return .failed(fault)
        case .size(let size):
          remaining = size
          found.formUnion(line.found)
          state = size == 0 ? .trailers : .chunkData
        }
      case .chunkCarriageReturn:
        guard input[offset] == .carriageReturn else {
          guard input[offset] == .lineFeed, tolerated.contains(.bareLineFeeds) else {
            return .failed(.chunkNotTerminated)
          }
          found.insert(.bareLineFeeds)
          state = .chunkLineFeed
          continue
        }
        offset += 1
        state = .chunkLineFeed
      case .chunkLineFeed:
        guard input[offset] == .lineFeed else { return .failed(.chunkNotTerminated) }
        offset += 1
        line = ChunkLine(tolerating: tolerated)
        state = .chunkLine
      case .trailers:
        switch trailerReader.read(input, from: &offset, into: &trailers) {
        case .needMore: return .needMore
        case .failed(let fault): return .failed(fault)
        case .complete: state = .ended
        }
      }
    }
  }

  private mutating func take(_ count: Int, _ offset: inout Int) -> HTTPEvent {
    let range: Range<Int> = offset..<(offset + count)
    offset += count
    if state != .untilClose { remaining -= UInt64(count) }
    return .body(range)
  }
}
