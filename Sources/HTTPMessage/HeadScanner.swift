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
    case start, method, target, requestVersion, status, reason, field, name, value, fold
  }

  let section: Section
  /// The section belongs to a response: folded fields are read as if written on one line (RFC 9112, section 5.2).
  private let unfolds: Bool
  let tolerated: HTTPDeviations
  /// Deviations that were met and tolerated.
  private(set) var found: HTTPDeviations = []
  /// A value goes over more than one line, whose ends are to be read as spaces.
  private(set) var isFolded = false
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

  init(_ section: Section, unfolds: Bool, tolerating tolerated: HTTPDeviations) {
    self.section = section
    self.unfolds = unfolds
    self.tolerated = tolerated
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
        var width = 2
        if let outcome = lineEnd(bytes, end, control: .badStatusLine, width: &width) { return outcome }
        second = mark..<position
        position += width
        phase = .field
      case .field:
        if position == end { return .needMore }
        let byte: UInt8 = bytes[position]
        guard byte.isToken else {
          guard byte == .carriageReturn else {
            if let outcome = beginUnusually(byte) { return outcome }
            continue
          }
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
        if bytes[next] == .colon {
          nameEnd = next
        } else if let outcome = endNameUnusually(bytes, end) {
          return outcome
        }
        position &+= 1
        phase = .value
        fallthrough
      case .value:
        position = firstControl(bytes, from: position, to: end)
        var width = 2
        if let outcome = lineEnd(bytes, end, control: .controlCharacter, width: &width) { return outcome }
        if fieldCount == index.count { return .indexFull }
        if let fault = endField(bytes, index) { return .failed(fault) }
        position += width
        phase = .field
      case .fold:
        position = firstControl(bytes, from: position, to: end)
        var width = 2
        if let outcome = lineEnd(bytes, end, control: .controlCharacter, width: &width) { return outcome }
        if let fault = endFold(bytes, index) { return .failed(fault) }
        position += width
        phase = .field
      }
    }
  }

  /// Checks that a line ends at `position`, with all bytes of its end there.
  ///
  /// - Parameter width: 2 at the call; 1 after it if the line ends in LF alone.
  @inline(__always)
  mutating func lineEnd(
    _ bytes: UnsafePointer<UInt8>, _ end: Int, control: HTTPMessageError, width: inout Int
  ) -> Outcome? {
    if position &+ 1 < end, bytes[position] == .carriageReturn, bytes[position &+ 1] == .lineFeed { return nil }
    return unusualLineEnd(bytes, end, control, &width)
  }

  @inline(never)
  private mutating func unusualLineEnd(
    _ bytes: UnsafePointer<UInt8>, _ end: Int, _ control: HTTPMessageError, _ width: inout Int
  ) -> Outcome? {
    while position < end {
      switch bytes[position] {
      case .carriageReturn:
        if position + 1 == end { return .needMore }
        return bytes[position + 1] == .lineFeed ? nil : .failed(.bareCarriageReturn)
      case .lineFeed:
        guard tolerate(.bareLineFeeds) else { return .failed(.bareLineFeed) }
        width = 1
        return nil
      case let byte:
        guard control == .controlCharacter, byte != 0, tolerate(.controlCharacters) else { return .failed(control) }
        position = firstControl(bytes, from: position + 1, to: end)
      }
    }
    return .needMore
  }

  /// Whether a deviation is tolerated; notes that it was met.
  mutating func tolerate(_ deviation: HTTPDeviations) -> Bool {
    guard tolerated.contains(deviation) else { return false }
    found.insert(deviation)
    return true
  }

  /// `field-line = field-name ":" OWS field-value OWS`
  @inline(__always)
  private mutating func endField(
    _ bytes: UnsafePointer<UInt8>, _ index: UnsafeMutableBufferPointer<HTTPHeaders.Field>
  ) -> HTTPMessageError? {
    var start: Int = nameEnd
    // A tolerated blank may stand before it.
    while bytes[start] != .colon { start &+= 1 }
    start &+= 1
    var end: Int = position
    while start < end, bytes[start].isBlank { start &+= 1 }
    while start < end, bytes[end &- 1].isBlank { end &-= 1 }
    if let known = FramingFields.recognize(bytes, mark, nameEnd &- mark) {
      if section == .trailers, known.isForbiddenInTrailers {
        if !tolerate(.framingInTrailers) { return .forbiddenTrailer }
      } else if let fault = fields.note(known, bytes, start, end, tolerating: tolerated) {
        return fault
      }
    }
    index[fieldCount] = HTTPHeaders.Field(
      nameStart: UInt32(truncatingIfNeeded: mark), nameEnd: UInt32(truncatingIfNeeded: nameEnd),
      valueStart: UInt32(truncatingIfNeeded: start), valueEnd: UInt32(truncatingIfNeeded: end))
    fieldCount &+= 1
    return nil
  }

  /// Goes on with a line that begins neither with a name nor with CR; returns how the section ends there, if it does.
  private mutating func beginUnusually(_ byte: UInt8) -> Outcome? {
    if byte.isBlank, unfolds, fieldCount > 0 {
      mark = position
      phase = .fold
    } else if byte == .lineFeed, tolerate(.bareLineFeeds) {
      position += 1
      return .complete
    } else if !byte.isControl, !byte.isBlank, byte != .colon, tolerate(.oddHeaderNames) {
      mark = position
      phase = .name
    } else {
      return .failed(beginFault(byte))
    }
    return nil
  }

  /// Goes on with a name whose tokens end at `position` without a colon; `nil` once `position` is at the colon.
  private mutating func endNameUnusually(_ bytes: UnsafePointer<UInt8>, _ end: Int) -> Outcome? {
    var last: Int = position
    for next in position..<end {
      let byte: UInt8 = bytes[next]
      if byte == .colon {
        if next > last { found.insert(.blankBeforeColon) }
        nameEnd = last
        position = next
        return nil
      }
      if byte.isBlank {
        guard tolerated.contains(.blankBeforeColon) else { return .failed(nameFault(byte)) }
      } else {
        guard !byte.isControl, tolerate(.oddHeaderNames) else { return .failed(nameFault(byte)) }
        last = next + 1
      }
    }
    return .needMore
  }

  /// Ends a line that goes on with the value of the field before it. What decides the framing is not read from two lines.
  private mutating func endFold(
    _ bytes: UnsafePointer<UInt8>, _ index: UnsafeMutableBufferPointer<HTTPHeaders.Field>
  ) -> HTTPMessageError? {
    var start: Int = mark
    var end: Int = position
    while start < end, bytes[start].isBlank { start += 1 }
    while start < end, bytes[end - 1].isBlank { end -= 1 }
    if start == end { return nil }
    var field: HTTPHeaders.Field = index[fieldCount - 1]
    if let known = FramingFields.recognize(bytes, Int(field.nameStart), Int(field.nameEnd - field.nameStart)) {
      guard known == .connection else { return .obsoleteLineFolding }
      if let fault = fields.note(known, bytes, start, end, tolerating: tolerated) { return fault }
    }
    if field.valueStart == field.valueEnd { field.valueStart = UInt32(truncatingIfNeeded: start) }
    field.valueEnd = UInt32(truncatingIfNeeded: end)
    index[fieldCount - 1] = field
    isFolded = true
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
