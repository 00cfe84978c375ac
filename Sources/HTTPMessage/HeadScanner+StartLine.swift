// The two kinds of start line (RFC 9112, sections 3 and 4), in the head's state machine.

extension HeadScanner {
  /// `request-line = method SP request-target SP HTTP-version CRLF`, with single spaces and nothing else between.
  mutating func scanRequestLine(_ bytes: UnsafePointer<UInt8>, _ end: Int) -> Outcome? {
    if phase == .method {
      position = firstNotToken(bytes, from: position, to: end)
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
      guard isRequestTarget(bytes + mark, position - mark, bytes + first.lowerBound, first.count) else {
        return .failed(position == mark ? .badRequestLine : .badTarget)
      }
      position += 1
      mark = position
      phase = .requestVersion
    }
    if let outcome = scanVersion(bytes, end, malformed: .badVersion) { return outcome }
    position = mark + 8
    var width = 2
    if let outcome = lineEnd(bytes, end, control: .badRequestLine, width: &width) { return outcome }
    position += width
    phase = .field
    return nil
  }

  /// `status-line = HTTP-version SP status-code SP [ reason-phrase ] CRLF`. The second space may be missing with the
  /// reason: no reading of that is ambiguous, and servers do it.
  mutating func scanStatus(_ bytes: UnsafePointer<UInt8>, _ end: Int) -> Outcome? {
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
    case .lineFeed where tolerated.contains(.bareLineFeeds): position = 12
    default: return .failed(startLineFault(bytes[12], .badStatusLine))
    }
    mark = position
    phase = .reason
    return nil
  }

  /// `HTTP-version = "HTTP/" DIGIT "." DIGIT`, at `mark`. A higher minor version is read as 1.1
  /// (RFC 9110, section 2.5).
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

  private func startLineFault(_ byte: UInt8, _ otherwise: HTTPMessageError) -> HTTPMessageError {
    switch byte {
    case .lineFeed: .bareLineFeed
    case .carriageReturn: section == .response ? .badStatusLine : .badRequestLine
    default: otherwise
    }
  }
}
