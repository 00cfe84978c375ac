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

  private enum Phase: UInt8 {
    case start, method, target, requestVersion, status, reason, field, name, value
  }

  private let section: Section
  private var phase: Phase = .start
  /// The next byte to look at. Once the section is complete: its length.
  private(set) var position = 0
  /// Where the element being read began.
  private var mark = 0
  private var nameEnd = 0
  private(set) var fieldCount = 0

  private(set) var fields = FramingFields()
  private(set) var minorVersion = 1
  private(set) var status = 0
  /// The start line's two elements of free length: method and target, or reason phrase alone in `second`.
  private(set) var first: Range<Int> = 0..<0
  private(set) var second: Range<Int> = 0..<0
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
        var next: Int = position
        while next < end, bytes[next].isToken { next &+= 1 }
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
  private func lineEnd(_ bytes: UnsafePointer<UInt8>, _ end: Int, control: HTTPMessageError) -> Outcome? {
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

// MARK: Start lines

extension HeadScanner {
  /// `request-line = method SP request-target SP HTTP-version CRLF`, with single spaces and nothing else between.
  private mutating func scanRequestLine(_ bytes: UnsafePointer<UInt8>, _ end: Int) -> Outcome? {
    if phase == .method {
      while position < end, bytes[position].isToken { position += 1 }
      if position == end { return .needMore }
      guard bytes[position] == .space, position > mark else {
        return .failed(startLineFault(bytes[position], .badMethod))
      }
      first = mark..<position
      position += 1
      mark = position
      phase = .target
    }
    if phase == .target {
      position = firstNotVisible(bytes, from: position, to: end)
      if position == end { return .needMore }
      guard bytes[position] == .space else { return .failed(startLineFault(bytes[position], .badTarget)) }
      second = mark..<position
      guard isTarget(bytes) else { return .failed(position == mark ? .badRequestLine : .badTarget) }
      position += 1
      mark = position
      phase = .requestVersion
    }
    if let outcome = scanVersion(bytes, end, malformed: .badVersion) { return outcome }
    position = mark + 8
    if let outcome = lineEnd(bytes, end, control: .badRequestLine) { return outcome }
    position += 2
    phase = .field
    return nil
  }

  /// `status-line = HTTP-version SP status-code SP [ reason-phrase ] CRLF`. The second space may be missing with the
  /// reason: no reading of that is ambiguous, and servers do it.
  private mutating func scanStatus(_ bytes: UnsafePointer<UInt8>, _ end: Int) -> Outcome? {
    if let outcome = scanVersion(bytes, end, malformed: .badStatusLine) { return outcome }
    var code = 0
    for offset in 8..<12 {
      guard offset < end else { return .needMore }
      let byte: UInt8 = bytes[offset]
      if offset == 8 {
        guard byte == .space else { return .failed(startLineFault(byte, .badStatusLine)) }
      } else {
        guard byte.isDigit, offset > 9 || byte != 0x30 else { return .failed(startLineFault(byte, .badStatusLine)) }
        code = code &* 10 &+ Int(byte & 0x0F)
      }
    }
    guard end > 12 else { return .needMore }
    status = code
    switch bytes[12] {
    case .space: position = 13
    case .carriageReturn: position = 12
    default: return .failed(startLineFault(bytes[12], .badStatusLine))
    }
    mark = position
    phase = .reason
    return nil
  }

  /// `HTTP-version = "HTTP/" DIGIT "." DIGIT`, at `mark`. A higher minor version is read as 1.1 (RFC 9110, section 2.5).
  @inline(__always)
  private mutating func scanVersion(
    _ bytes: UnsafePointer<UInt8>, _ end: Int, malformed: HTTPMessageError
  ) -> Outcome? {
    if mark &+ 8 <= end, load64(bytes, mark) == 0x312E_312F_5054_5448 {
      minorVersion = 1
      return nil
    }
    return scanOtherVersion(bytes, end, malformed)
  }

  private mutating func scanOtherVersion(
    _ bytes: UnsafePointer<UInt8>, _ end: Int, _ malformed: HTTPMessageError
  ) -> Outcome? {
    let pattern: StaticString = "HTTP/0.0"
    for offset in 0..<8 {
      guard mark + offset < end else { return .needMore }
      let byte: UInt8 = bytes[mark + offset]
      switch offset {
      case 5:
        guard byte.isDigit else { return .failed(startLineFault(byte, malformed)) }
        guard byte == UInt8(ascii: "1") else { return .failed(.unsupportedVersion) }
      case 7:
        guard byte.isDigit else { return .failed(startLineFault(byte, malformed)) }
        minorVersion = Int(byte & 0x0F)
      default:
        guard byte == pattern.utf8Start[offset] else { return .failed(startLineFault(byte, malformed)) }
      }
    }
    return nil
  }

  /// The forms of a request target (RFC 9112, section 3.2). A fragment belongs to none of them.
  private func isTarget(_ bytes: UnsafePointer<UInt8>) -> Bool {
    for position in second where bytes[position] == UInt8(ascii: "#") { return false }
    let target: UnsafePointer<UInt8> = bytes + second.lowerBound
    let isConnect: Bool = isMethod(bytes, "CONNECT")
    switch target[0] {
    case UInt8(ascii: "/"): return !isConnect
    case UInt8(ascii: "*"): return second.count == 1 && isMethod(bytes, "OPTIONS")
    default: return isConnect ? isAuthority(target) : isAbsolute(target)
    }
  }

  /// `authority-form = uri-host ":" port`
  private func isAuthority(_ target: UnsafePointer<UInt8>) -> Bool {
    var digits = 0
    var position: Int = second.count
    while position > 0, target[position - 1].isDigit {
      position -= 1
      digits += 1
    }
    guard digits > 0, position > 1, target[position - 1] == .colon else { return false }
    for offset in 0..<position where !target[offset].isHostCharacter { return false }
    return true
  }

  /// `absolute-form = absolute-URI`, of the schemes with an authority.
  private func isAbsolute(_ target: UnsafePointer<UInt8>) -> Bool {
    let count: Int = second.count
    var length = 0
    while length < count, target[length].isSchemeCharacter { length += 1 }
    return length > 0 && !target[0].isDigit && count > length + 3
      && target[length] == .colon && target[length + 1] == UInt8(ascii: "/") && target[length + 2] == UInt8(ascii: "/")
  }

  private func isMethod(_ bytes: UnsafePointer<UInt8>, _ method: StaticString) -> Bool {
    guard first.count == method.utf8CodeUnitCount else { return false }
    for offset in 0..<first.count where bytes[first.lowerBound + offset] != method.utf8Start[offset] { return false }
    return true
  }

  private func startLineFault(_ byte: UInt8, _ otherwise: HTTPMessageError) -> HTTPMessageError {
    switch byte {
    case .lineFeed: .bareLineFeed
    case .carriageReturn: section == .response ? .badStatusLine : .badRequestLine
    default: otherwise
    }
  }
}

extension UInt8 {
  /// `ALPHA / DIGIT / "+" / "-" / "."`
  fileprivate var isSchemeCharacter: Bool {
    lowercased &- 0x61 < 26 || isDigit || self == UInt8(ascii: "+") || self == UInt8(ascii: "-")
      || self == UInt8(ascii: ".")
  }
}
