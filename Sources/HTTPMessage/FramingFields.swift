/// What the fields of a head say about framing, connection and routing, noted as they go by.
struct FramingFields {
  private(set) var contentLength: UInt64 = 0
  private(set) var hasContentLength = false
  private(set) var hasTransferEncoding = false
  private(set) var connectionClose = false
  private(set) var connectionKeepAlive = false
  private(set) var hasHost = false
  private(set) var expectsContinue = false
  /// The `timeout` of `Keep-Alive` in seconds; negative if none was given.
  private(set) var keepAliveSeconds: Int32 = -1
  /// Deviations that were met in the fields' values and tolerated.
  private(set) var deviations: HTTPDeviations = []

  /// A field that this type takes notice of.
  enum Known: UInt8 {
    case host, expect, connection, keepAlive, contentLength, transferEncoding

    /// A trailer must not change how the message is framed or routed.
    var isForbiddenInTrailers: Bool {
      switch self {
      case .host, .contentLength, .transferEncoding: true
      case .expect, .connection, .keepAlive: false
      }
    }
  }

  /// Recognizes a valid field name.
  ///
  /// - Complexity: O(1): a switch over the length, then two comparisons.
  @inline(__always)
  static func recognize(_ bytes: UnsafePointer<UInt8>, _ start: Int, _ length: Int) -> Known? {
    let name: UnsafePointer<UInt8> = bytes + start
    switch length {
    case 4: return equalsWord(name, 4, "host") ? .host : nil
    case 6: return equalsWord(name, 6, "expect") ? .expect : nil
    case 10:
      return equalsWord(name, 10, "connection") ? .connection : equalsWord(name, 10, "keep-alive") ? .keepAlive : nil
    case 14: return equalsWord(name, 14, "content-length") ? .contentLength : nil
    case 17: return equalsWord(name, 17, "transfer-encoding") ? .transferEncoding : nil
    default: return nil
    }
  }

  /// Notes a field, whose value lies between `start` and `end` without white space around it.
  mutating func note(
    _ field: Known, _ bytes: UnsafePointer<UInt8>, _ start: Int, _ end: Int,
    tolerating tolerated: HTTPDeviations = []
  ) -> HTTPMessageError? {
    switch field {
    case .contentLength: return noteContentLength(bytes, start, end, tolerated)
    case .transferEncoding:
      // One coding alone is understood, and a list is refused even if it were a list of that one.
      guard !hasTransferEncoding, equalsWord(bytes + start, end - start, "chunked") else {
        return noteUnusualCoding(bytes, start, end, tolerated)
      }
      hasTransferEncoding = true
    case .keepAlive: noteKeepAlive(bytes, start, end)
    case .connection:
      var list = TokenList(bytes, start, end)
      while let (first, last) = list.next() {
        if equalsWord(bytes + first, last - first, "close") {
          connectionClose = true
        } else if equalsWord(bytes + first, last - first, "keep-alive") {
          connectionKeepAlive = true
        }
      }
    case .host:
      if hasHost { return .duplicateHost }
      hasHost = true
      for position in start..<end where !bytes[position].isHostCharacter { return .badHost }
    case .expect:
      if equalsWord(bytes + start, end - start, "100-continue") { expectsContinue = true }
    }
    return nil
  }

  /// RFC 9112, section 6.3, rules that hold for both directions: a message that could be read in two ways is refused.
  func contradiction(minorVersion: Int) -> HTTPMessageError? {
    guard hasTransferEncoding else { return nil }
    if hasContentLength { return .contentLengthWithTransferEncoding }
    return minorVersion == 0 ? .transferEncodingInOldVersion : nil
  }

  /// The same, each by its name.
  func contradictions(minorVersion: Int) -> HTTPDeviations {
    var found: HTTPDeviations = []
    guard hasTransferEncoding else { return found }
    if hasContentLength { found.insert(.lengthWithChunked) }
    if minorVersion == 0 { found.insert(.codingInOldVersion) }
    return found
  }

  /// RFC 9112, section 9.3.
  func keepAlive(minorVersion: Int) -> Bool {
    !connectionClose && (minorVersion > 0 || connectionKeepAlive)
  }

  /// Tolerates `identity` before or instead of `chunked`, and a field that repeats `chunked`.
  private mutating func noteUnusualCoding(
    _ bytes: UnsafePointer<UInt8>, _ start: Int, _ end: Int, _ tolerated: HTTPDeviations
  ) -> HTTPMessageError? {
    var isChunked = false
    var list = TokenList(bytes, start, end)
    while let (first, last) = list.next() {
      if !isChunked, equalsWord(bytes + first, last - first, "identity"), tolerated.contains(.identityCoding) {
        deviations.insert(.identityCoding)
      } else if !isChunked, equalsWord(bytes + first, last - first, "chunked"),
        !hasTransferEncoding || tolerated.contains(.repeatedCoding)
      {
        if hasTransferEncoding { deviations.insert(.repeatedCoding) }
        isChunked = true
      } else {
        return .unsupportedTransferCoding
      }
    }
    if isChunked { hasTransferEncoding = true }
    return deviations.isEmpty ? .unsupportedTransferCoding : nil
  }

  /// `Keep-Alive: timeout=5, max=100`, as servers send it (RFC 2068, section 19.7.1.1). What cannot be read says nothing.
  private mutating func noteKeepAlive(_ bytes: UnsafePointer<UInt8>, _ start: Int, _ end: Int) {
    var list = TokenList(bytes, start, end)
    while let (first, last) = list.next() {
      guard last - first > 8, equalsWord(bytes + first, 8, "timeout=") else { continue }
      var seconds: Int32 = 0
      for position in (first + 8)..<last {
        guard bytes[position].isDigit else { return }
        seconds = min(seconds &* 10 &+ Int32(bytes[position] & 0x0F), 100_000_000)
      }
      keepAliveSeconds = seconds
    }
  }

  /// `Content-Length = 1*DIGIT`. A repeated field of the same value is allowed (RFC 9110, section 8.6), a list is not.
  private mutating func noteContentLength(
    _ bytes: UnsafePointer<UInt8>, _ start: Int, _ end: Int, _ tolerated: HTTPDeviations
  ) -> HTTPMessageError? {
    if start == end { return .badContentLength }
    var value: UInt64 = 0
    var overflow = false
    for position in start..<end {
      let byte: UInt8 = bytes[position]
      guard byte.isDigit else {
        for rest in start..<end where bytes[rest] == .comma {
          return tolerated.contains(.lengthList) ? noteLengths(bytes, start, end) : .contentLengthList
        }
        return .badContentLength
      }
      let (tens, tooMany) = value.multipliedReportingOverflow(by: 10)
      let (sum, tooLarge) = tens.addingReportingOverflow(UInt64(byte & 0x0F))
      overflow = overflow || tooMany || tooLarge || sum > UInt64(Int64.max)
      value = overflow ? 0 : sum
    }
    if overflow { return .contentLengthOverflow }
    if hasContentLength && contentLength != value { return .conflictingContentLengths }
    hasContentLength = true
    contentLength = value
    return nil
  }

  private mutating func noteLengths(_ bytes: UnsafePointer<UInt8>, _ start: Int, _ end: Int) -> HTTPMessageError? {
    deviations.insert(.lengthList)
    var list = TokenList(bytes, start, end)
    while let (first, last) = list.next() {
      if let fault = noteContentLength(bytes, first, last, []) { return fault }
    }
    return hasContentLength ? nil : .badContentLength
  }
}
