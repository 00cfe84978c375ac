/// A text with escapes resolved, and where each of its bytes stands in the text as it was written.
struct SpelledText {
  /// How a program may have written another's text.
  enum Spelling: CaseIterable {
    /// `%2F`, in either case (RFC 3986, section 2.1).
    case percent
    /// The same, and `+` for a space.
    case form
    /// `\u002F`, `\/`, `\n`, `\x2f` and the like.
    case escapes
    /// `&amp;`, `&#38;`, `&#x26;`.
    case entities
  }

  private(set) var bytes: [UInt8] = []
  /// Where the spelling of each byte begins and ends in the original.
  private(set) var starts: [Int] = []
  private(set) var ends: [Int] = []
  /// Bytes of the original.
  let length: Int

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    length = bytes.count
    starts = Array(0..<bytes.count)
    ends = Array(1..<(bytes.count + 1))
  }

  /// The text once its escapes are resolved; `nil` if it has none.
  ///
  /// - Parameter isCut: The text may end within an escape, which is then left out.
  /// - Complexity: O(n).
  func resolved(_ spelling: Spelling, isCut: Bool) -> SpelledText? {
    if spelling == .form, !bytes.contains(UInt8(ascii: "+")) { return nil }
    var text = SpelledText(length: length)
    text.bytes.reserveCapacity(bytes.count)
    var hasEscapes = false
    var index = 0
    while index < bytes.count {
      switch escape(at: index, spelling) {
      case .none:
        text.append(CollectionOfOne(bytes[index]), from: starts[index], to: ends[index])
        index += 1
      case .whole(let count, let resolved):
        text.append(resolved, from: starts[index], to: ends[index + count - 1])
        hasEscapes = true
        index += count
      case .unfinished:
        if isCut {
          hasEscapes = true
          index = bytes.count
        } else {
          text.append(CollectionOfOne(bytes[index]), from: starts[index], to: ends[index])
          index += 1
        }
      }
    }
    return hasEscapes ? text : nil
  }

  private init(length: Int) { self.length = length }

  private mutating func append(_ more: some Collection<UInt8>, from start: Int, to end: Int) {
    for byte in more {
      bytes.append(byte)
      starts.append(start)
      ends.append(end)
    }
  }

  // MARK: - Escapes

  private enum Escape {
    case none
    /// The text ends before it is whole.
    case unfinished
    case whole(count: Int, [UInt8])
  }

  private func escape(at index: Int, _ spelling: Spelling) -> Escape {
    switch (spelling, bytes[index]) {
    case (.percent, UInt8(ascii: "%")), (.form, UInt8(ascii: "%")):
      number(at: index + 1, digits: 2).map { $0.map { .whole(count: 3, [UInt8($0)]) } ?? .unfinished } ?? .none
    case (.form, UInt8(ascii: "+")): .whole(count: 1, [0x20])
    case (.escapes, UInt8(ascii: "\\")): backslash(at: index)
    case (.entities, UInt8(ascii: "&")): entity(at: index)
    default: .none
    }
  }

  /// A number in hexadecimal digits: `nil` if other characters stand there, `.some(nil)` if the text ends before.
  private func number(at index: Int, digits: Int) -> UInt32?? {
    var value: UInt32 = 0
    for position in index..<index + digits {
      guard position < bytes.count else { return .some(nil) }
      guard let digit = Character(Unicode.Scalar(bytes[position])).hexDigitValue, bytes[position] < 0x80 else {
        return nil
      }
      value = value << 4 | UInt32(digit)
    }
    return value
  }

  private func backslash(at index: Int) -> Escape {
    guard index + 1 < bytes.count else { return .unfinished }
    switch bytes[index + 1] {
    case UInt8(ascii: "b"): return .whole(count: 2, [0x08])
    case UInt8(ascii: "f"): return .whole(count: 2, [0x0C])
    case UInt8(ascii: "n"): return .whole(count: 2, [0x0A])
    case UInt8(ascii: "r"): return .whole(count: 2, [0x0D])
    case UInt8(ascii: "t"): return .whole(count: 2, [0x09])
    case UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "\\"), UInt8(ascii: "/"):
      return .whole(count: 2, [bytes[index + 1]])
    case UInt8(ascii: "x"):
      guard let value = number(at: index + 2, digits: 2) else { return .none }
      return value.map { .whole(count: 4, [UInt8($0)]) } ?? .unfinished
    case UInt8(ascii: "u"):
      guard let value = number(at: index + 2, digits: 4) else { return .none }
      guard let unit = value else { return .unfinished }
      if unit & 0xFC00 != 0xD800 { return Self.whole(count: 6, unit) }
      // The first half of a surrogate pair.
      guard index + 6 < bytes.count else { return .unfinished }
      guard bytes[index + 6] == UInt8(ascii: "\\") else { return .none }
      guard index + 7 < bytes.count else { return .unfinished }
      guard bytes[index + 7] == UInt8(ascii: "u"), let second = number(at: index + 8, digits: 4) else { return .none }
      guard let low = second else { return .unfinished }
      guard low & 0xFC00 == 0xDC00 else { return .none }
      return Self.whole(count: 12, 0x10000 + (unit & 0x3FF) << 10 + low & 0x3FF)
    default: return .none
    }
  }

  private static let names: [String: UInt32] = [
    "amp": 0x26, "lt": 0x3C, "gt": 0x3E, "quot": 0x22, "apos": 0x27, "nbsp": 0xA0, "sol": 0x2F, "plus": 0x2B,
    "equals": 0x3D, "num": 0x23, "percnt": 0x25, "AMP": 0x26, "LT": 0x3C, "GT": 0x3E, "QUOT": 0x22,
  ]
  /// Bytes of an entity; what is longer is none.
  private static let longestEntity = 12

  private func entity(at index: Int) -> Escape {
    let end = min(index + Self.longestEntity, bytes.count)
    guard let semicolon = bytes[index..<end].firstIndex(of: UInt8(ascii: ";")) else {
      return end == bytes.count ? .unfinished : .none
    }
    let name = String(decoding: bytes[(index + 1)..<semicolon], as: UTF8.self)
    let value: UInt32? =
      if name.hasPrefix("#x") || name.hasPrefix("#X") {
        UInt32(name.dropFirst(2), radix: 16)
      } else if name.hasPrefix("#") {
        UInt32(name.dropFirst())
      } else {
        Self.names[name]
      }
    return value.map { Self.whole(count: semicolon - index + 1, $0) } ?? .none
  }

  private static func whole(count: Int, _ value: UInt32) -> Escape {
    Unicode.Scalar(value).map { .whole(count: count, Array(String(Character($0)).utf8)) } ?? .none
  }
}
