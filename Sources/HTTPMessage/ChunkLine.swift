/// The state machine over a chunk's size line (RFC 9112, section 7.1), byte by byte.
///
/// ```
/// chunk-size CRLF, or chunk-size chunk-ext CRLF
/// chunk-size    = 1*HEXDIG
/// chunk-ext     = *( BWS ";" BWS chunk-ext-name [ BWS "=" BWS chunk-ext-val ] )
/// chunk-ext-val = token / quoted-string
/// ```
/// Extensions are checked and passed over. Their line must end in CR LF: taking a bare LF for its end where another
/// parser does not is a known way to smuggle a request.
struct ChunkLine {
  enum Step {
    case more
    case size(UInt64)
    case failed(HTTPMessageError)
  }

  private enum State: UInt8 {
    case size, beforeSemicolon, beforeName, name, afterName, beforeValue, value, quoted, escaped, afterQuoted, skipped
    case lineFeed
  }

  private var state: State = .size
  private var size: UInt64 = 0
  private var length = 0
  private let tolerated: HTTPDeviations
  /// Deviations that were met and tolerated.
  private(set) var found: HTTPDeviations = []

  init(tolerating tolerated: HTTPDeviations) { self.tolerated = tolerated }

  mutating func read(_ byte: UInt8, maxBytes: Int) -> Step {
    let step: Step = readStrictly(byte, maxBytes: maxBytes)
    guard !tolerated.isEmpty, case .failed(let fault) = step, length <= maxBytes else { return step }
    return readUnusual(byte, fault)
  }

  /// Goes on after a fault, if it is one that is tolerated.
  private mutating func readUnusual(_ byte: UInt8, _ fault: HTTPMessageError) -> Step {
    if fault == .bareLineFeed, length > 1, tolerated.contains(.bareLineFeeds) {
      found.insert(.bareLineFeeds)
      return .size(size)
    }
    guard fault == .badChunkExtension, byte != .lineFeed else { return .failed(fault) }
    let deviation: HTTPDeviations =
      state == .beforeSemicolon && byte == .carriageReturn ? .blankAfterChunkSize : .oddChunkExtensions
    guard tolerated.contains(deviation) else { return .failed(fault) }
    found.insert(deviation)
    state = byte == .carriageReturn ? .lineFeed : .skipped
    return .more
  }

  private mutating func readStrictly(_ byte: UInt8, maxBytes: Int) -> Step {
    length += 1
    let hasSize: Bool = length > 1
    guard length <= maxBytes else { return .failed(.chunkLineTooLong) }
    switch (state, byte) {
    case (.lineFeed, .lineFeed): return .size(size)
    case (.lineFeed, _): return .failed(.bareCarriageReturn)
    case (_, .lineFeed): return .failed(.bareLineFeed)

    case (.size, _):
      if let digit = byte.hexValue {
        guard size <= UInt64(Int64.max) >> 4 else { return .failed(.chunkSizeOverflow) }
        size = size << 4 | UInt64(digit)
        return .more
      }
      guard hasSize, let next = afterElement(byte) else { return .failed(fault(byte, .badChunkSize)) }
      state = next

    case (.skipped, .carriageReturn): state = .lineFeed
    case (.skipped, _) where byte == .tab || !byte.isControl: break

    case (.beforeSemicolon, .semicolon): state = .beforeName
    case (.beforeSemicolon, _) where byte.isBlank: break

    case (.beforeName, _) where byte.isBlank: break
    case (.beforeName, _) where byte.isToken: state = .name
    case (.name, _) where byte.isToken: break
    case (.name, .equals), (.afterName, .equals): state = .beforeValue
    case (.name, _) where byte.isBlank: state = .afterName
    case (.afterName, .semicolon): state = .beforeName
    case (.afterName, _) where byte.isBlank: break

    case (.beforeValue, _) where byte.isBlank: break
    case (.beforeValue, .quote): state = .quoted
    case (.beforeValue, _) where byte.isToken: state = .value
    case (.value, _) where byte.isToken: break

    case (.quoted, .quote): state = .afterQuoted
    case (.quoted, .backslash): state = .escaped
    case (.quoted, _) where byte == .tab || !byte.isControl: break
    case (.escaped, _) where byte == .tab || !byte.isControl: state = .quoted

    case (.name, _), (.value, _), (.afterQuoted, _):
      guard let next = afterElement(byte) else { return .failed(fault(byte, .badChunkExtension)) }
      state = next
    default:
      return .failed(fault(byte, .badChunkExtension))
    }
    return .more
  }

  /// What may follow a size, or an extension's name or value.
  private func afterElement(_ byte: UInt8) -> State? {
    switch byte {
    case .carriageReturn: .lineFeed
    case .semicolon: .beforeName
    case .space, .tab: .beforeSemicolon
    default: nil
    }
  }

  private func fault(_ byte: UInt8, _ otherwise: HTTPMessageError) -> HTTPMessageError {
    byte.isControl && byte != .tab && byte != .carriageReturn ? .controlCharacter : otherwise
  }
}
