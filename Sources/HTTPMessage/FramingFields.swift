/// What the fields of a head say about framing, connection and routing, noted as they go by.
struct FramingFields {
  private(set) var contentLength: UInt64 = 0
  private(set) var hasContentLength = false
  private(set) var hasTransferEncoding = false
  private(set) var connectionClose = false
  private(set) var connectionKeepAlive = false
  private(set) var hasHost = false
  private(set) var expectsContinue = false

  /// A field that this type takes notice of.
  enum Known: UInt8 {
    case host, expect, connection, contentLength, transferEncoding
  }

  /// Recognizes a valid field name. Setting bit 5 lowers a letter, and turns no other token character into a letter
  /// or a hyphen, so that whole words may be compared.
  ///
  /// - Complexity: O(1): a switch over the length, then two comparisons.
  @inline(__always)
  static func recognize(_ bytes: UnsafePointer<UInt8>, _ start: Int, _ length: Int) -> Known? {
    let name: UnsafePointer<UInt8> = bytes + start
    switch length {
    case 4:
      return load32(name, 0) | 0x2020_2020 == 0x7473_6F68 ? .host : nil
    case 6:
      guard load32(name, 0) | 0x2020_2020 == 0x6570_7865 else { return nil }
      return load16(name, 4) | 0x2020 == 0x7463 ? .expect : nil
    case 10:
      guard load64(name, 0) | lowerCase == 0x6974_6365_6E6E_6F63 else { return nil }
      return load16(name, 8) | 0x2020 == 0x6E6F ? .connection : nil
    case 14:
      guard load64(name, 0) | lowerCase == 0x2D74_6E65_746E_6F63 else { return nil }
      return load32(name, 8) | 0x2020_2020 == 0x676E_656C && load16(name, 12) | 0x2020 == 0x6874
        ? .contentLength : nil
    case 17:
      guard load64(name, 0) | lowerCase == 0x7265_6673_6E61_7274 else { return nil }
      return load64(name, 8) | lowerCase == 0x6E69_646F_636E_652D && name[16] | 0x20 == 0x67
        ? .transferEncoding : nil
    default:
      return nil
    }
  }

  /// Notes a field, whose value lies between `start` and `end` without white space around it.
  mutating func note(_ field: Known, _ bytes: UnsafePointer<UInt8>, _ start: Int, _ end: Int) -> HTTPMessageError? {
    switch field {
    case .contentLength: return noteContentLength(bytes, start, end)
    case .transferEncoding:
      // One coding alone is understood, and a list is refused even if it were a list of that one.
      guard !hasTransferEncoding, equalsLowercased(bytes + start, end - start, "chunked") else {
        return .unsupportedTransferCoding
      }
      hasTransferEncoding = true
    case .connection:
      var list = TokenList(bytes, start, end)
      while let (first, last) = list.next() {
        if equalsLowercased(bytes + first, last - first, "close") {
          connectionClose = true
        } else if equalsLowercased(bytes + first, last - first, "keep-alive") {
          connectionKeepAlive = true
        }
      }
    case .host:
      if hasHost { return .duplicateHost }
      hasHost = true
      for position in start..<end where !bytes[position].isHostCharacter { return .badHost }
    case .expect:
      if equalsLowercased(bytes + start, end - start, "100-continue") { expectsContinue = true }
    }
    return nil
  }

  /// RFC 9112, section 6.3, rules that hold for both directions: a message that could be read in two ways is refused.
  func contradiction(minorVersion: Int) -> HTTPMessageError? {
    guard hasTransferEncoding else { return nil }
    if hasContentLength { return .contentLengthWithTransferEncoding }
    return minorVersion == 0 ? .transferEncodingInOldVersion : nil
  }

  /// RFC 9112, section 9.3.
  func keepAlive(minorVersion: Int) -> Bool {
    !connectionClose && (minorVersion > 0 || connectionKeepAlive)
  }

  /// `Content-Length = 1*DIGIT`. A repeated field of the same value is allowed (RFC 9110, section 8.6), a list is not.
  private mutating func noteContentLength(
    _ bytes: UnsafePointer<UInt8>, _ start: Int, _ end: Int
  ) -> HTTPMessageError? {
    if start == end { return .badContentLength }
    var value: UInt64 = 0
    var overflow = false
    for position in start..<end {
      let byte: UInt8 = bytes[position]
      guard byte.isDigit else {
        for rest in start..<end where bytes[rest] == .comma { return .contentLengthList }
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
}

extension UInt8 {
  /// A character of `uri-host [ ":" port ]` (RFC 3986, section 3.2.2): `unreserved`, `sub-delims` without the comma
  /// (which would make a list of hosts), `%`, `:`, and the brackets of an IP literal.
  var isHostCharacter: Bool {
    switch self {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), 0x30...0x39,
      UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"), UInt8(ascii: "%"),
      UInt8(ascii: "!"), UInt8(ascii: "$"), UInt8(ascii: "&"), UInt8(ascii: "'"), UInt8(ascii: "("),
      UInt8(ascii: ")"), UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: ";"), UInt8(ascii: "="),
      UInt8(ascii: ":"), UInt8(ascii: "["), UInt8(ascii: "]"):
      true
    default: false
    }
  }
}

private let lowerCase: UInt64 = 0x2020_2020_2020_2020

@inline(__always)
private func load32(_ bytes: UnsafePointer<UInt8>, _ offset: Int) -> UInt32 {
  UInt32(littleEndian: UnsafeRawPointer(bytes + offset).loadUnaligned(as: UInt32.self))
}

@inline(__always)
private func load16(_ bytes: UnsafePointer<UInt8>, _ offset: Int) -> UInt16 {
  UInt16(littleEndian: UnsafeRawPointer(bytes + offset).loadUnaligned(as: UInt16.self))
}
