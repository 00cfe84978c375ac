/// The state machine over a head or a trailer section: start line and fields, from its first byte to its empty line.
///
/// It is given all bytes of the section that have come so far, and goes on where it stopped: no byte is looked at
/// twice but for the few of a start line's fixed part and a CR whose LF was missing. So any split of the input gives
/// the same result, and input that drips in costs what it costs in one piece.
struct HeadScanner {
  enum Section: UInt8 {
    case request, response, trailers
  }

  enum Outcome {
    case needMore
    case complete
    /// The index of fields has no room: enlarge it and scan again.
    case indexFull
    case failed(HTTPMessageError)
  }

  enum Phase: UInt8 {
    case start, method, target, requestVersion, status, reason, field, name, value
  }

  let section: Section
  var phase: Phase = .start
  /// The next byte to look at. Once the section is complete: its length.
  var position = 0
  /// Where the element being read began.
  var mark = 0
  private var nameEnd = 0
  private(set) var fieldCount = 0

  private(set) var fields = FramingFields()
  var minorVersion = 1
  var status = 0
  /// The start line's two elements of free length: method and target, or reason phrase alone in `second`.
  var first: Range<Int> = 0..<0
  var second: Range<Int> = 0..<0
  /// Bytes before the start line: an empty line that a server passes over (RFC 9112, section 2.2).
  private(set) var skipped = 0

  init(_ section: Section) {
    self.section = section
    phase = section == .trailers ? .field : .start
  }

  /// Scans on, up to `end`, and enters the fields into `index`.
  mutating func scan(
    _ bytes: UnsafePointer<UInt8>, to end: Int, index: UnsafeMutableBufferPointer<HTTPHeaders.Field>
  ) -> Outcome {
    while true {
      switch phase {
      case .start:
        if position == end { return .needMore }
        if section == .response {
          phase = .status
          continue
        }
        if bytes[position] == .carriageReturn, skipped == 0 {
          guard position + 1 < end else { return .needMore }
          guard bytes[position + 1] == .lineFeed else { return .failed(.bareCarriageReturn) }
          position += 2
          skipped = 2
          continue
        }
        mark = position
        phase = .method
      case .method, .target, .requestVersion:
        if let outcome = scanRequestLine(bytes, end) { return outcome }
      case .status:
        if let outcome = scanStatus(bytes, end) { return outcome }
      case .reason:
        position = firstControl(bytes, from: position, to: end)
        if let outcome = lineEnd(bytes, end, control: .badStatusLine) { return outcome }
        second = mark..<position
        position += 2
        phase = .field
      case .field:
        if position == end { return .needMore }
        let byte: UInt8 = bytes[position]
        guard byte.isToken else {
          guard byte == .carriageReturn else { return .failed(beginFault(byte)) }
          guard position + 1 < end else { return .needMore }
          guard bytes[position + 1] == .lineFeed else { return .failed(.bareCarriageReturn) }
          position += 2
          return .complete
        }
        mark = position
        phase = .name
        fallthrough
      case .name:
        let next: Int = firstNotToken(bytes, from: position, to: end)
        position = next
        if next == end { return .needMore }
        guard bytes[next] == .colon else { return .failed(nameFault(bytes[next])) }
        nameEnd = next
        position = next + 1
        phase = .value
        fallthrough
      case .value:
        position = firstControl(bytes, from: position, to: end)
        if let outcome = lineEnd(bytes, end, control: .controlCharacter) { return outcome }
        if fieldCount == index.count { return .indexFull }
        if let fault = endField(bytes, index) { return .failed(fault) }
        position += 2
        phase = .field
      }
    }
  }

  /// Checks that a line ends at `position`, with both of its bytes there.
  @inline(__always)
  func lineEnd(_ bytes: UnsafePointer<UInt8>, _ end: Int, control: HTTPMessageError) -> Outcome? {
    if position &+ 1 < end, bytes[position] == .carriageReturn, bytes[position &+ 1] == .lineFeed { return nil }
    if position == end { return .needMore }
    switch bytes[position] {
    case .carriageReturn: return position + 1 == end ? .needMore : .failed(.bareCarriageReturn)
    case .lineFeed: return .failed(.bareLineFeed)
    default: return .failed(control)
    }
  }

  /// `field-line = field-name ":" OWS field-value OWS`
  @inline(__always)
  private mutating func endField(
    _ bytes: UnsafePointer<UInt8>, _ index: UnsafeMutableBufferPointer<HTTPHeaders.Field>
  ) -> HTTPMessageError? {
    var start: Int = nameEnd &+ 1
    var end: Int = position
    while start < end, bytes[start].isBlank { start &+= 1 }
    while start < end, bytes[end &- 1].isBlank { end &-= 1 }
    if let known = FramingFields.recognize(bytes, mark, nameEnd &- mark) {
      if section == .trailers, known != .connection, known != .expect { return .forbiddenTrailer }
      if let fault = fields.note(known, bytes, start, end) { return fault }
    }
    index[fieldCount] = HTTPHeaders.Field(
      nameStart: UInt32(truncatingIfNeeded: mark), nameEnd: UInt32(truncatingIfNeeded: nameEnd),
      valueStart: UInt32(truncatingIfNeeded: start), valueEnd: UInt32(truncatingIfNeeded: end))
    fieldCount &+= 1
    return nil
  }

  /// Why a field line cannot begin with a byte.
  private func beginFault(_ byte: UInt8) -> HTTPMessageError {
    switch byte {
    case .space, .tab: fieldCount == 0 ? .whitespaceBeforeFirstHeader : .obsoleteLineFolding
    case .colon: .emptyHeaderName
    default: nameFault(byte)
    }
  }

  /// Why a field name cannot go on with a byte.
  private func nameFault(_ byte: UInt8) -> HTTPMessageError {
    switch byte {
    case .space, .tab: .spaceBeforeColon
    case .carriageReturn: .headerWithoutColon
    case .lineFeed: .bareLineFeed
    default: byte.isControl ? .controlCharacter : .badHeaderName
    }
  }
}
