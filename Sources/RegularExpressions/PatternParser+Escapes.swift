/// What a backslash begins.
extension PatternParser {
  enum Escape {
    case scalar(UInt32)
    case set(ScalarSet)
    case assertion(Assertion)
  }

  /// An escape outside of a set, whose backslash has been read.
  mutating func escape(from start: Int) throws(PatternError) -> Item {
    switch try escapeSequence(from: start) {
    case .scalar(let value): return literal(value, from: start)
    case .set(let set): return item(.set(flags.ignoresCase ? CaseFolding.closure(of: set) : set), from: start)
    case .assertion(let assertion): return self.assertion(assertion, from: start)
    }
  }

  /// - Throws: also for letters and digits that mean nothing, so that they can come to mean something.
  mutating func escapeSequence(from start: Int) throws(PatternError) -> Escape {
    guard let scalar = peek else {
      throw PatternError(
        "there is nothing after the last '\\'", at: place(from: start), hint: "the character itself is '\\\\'")
    }
    index += 1
    switch scalar {
    case "d": return .set(.digits)
    case "D": return .set(ScalarSet.digits.inverted)
    case "w": return .set(.words)
    case "W": return .set(ScalarSet.words.inverted)
    case "s": return .set(.spaces)
    case "S": return .set(ScalarSet.spaces.inverted)
    case "p", "P": return .set(try unicodeClass(isNegated: scalar == "P", from: start))
    case "b": return .assertion(.wordBoundary)
    case "B": return .assertion(.noWordBoundary)
    case "A": return .assertion(.textStart)
    case "z": return .assertion(.textEnd)
    case "t": return .scalar(0x09)
    case "n": return .scalar(0x0A)
    case "v": return .scalar(0x0B)
    case "f": return .scalar(0x0C)
    case "r": return .scalar(0x0D)
    case "x": return .scalar(try hexadecimal(digits: 2, from: start))
    case "u": return .scalar(try hexadecimal(digits: 4, from: start))
    case "1"..."9", "k", "g":
      throw PatternError(
        "back-references are not supported", at: place(from: start), hint: "they cannot be searched for in linear time")
    case "0": throw PatternError("'\\0' is not known", at: place(from: start), hint: "a zero byte is '\\x00'")
    case "Z", "G", "K", "Q", "E", "R", "X", "h", "H", "N", "V":
      throw unknownEscape(scalar, from: start)
    case "a"..."z", "A"..."Z": throw unknownEscape(scalar, from: start)
    default: return .scalar(scalar.value)
    }
  }

  private func unknownEscape(_ scalar: Unicode.Scalar, from start: Int) -> PatternError {
    let hint =
      scalar == "Z"
      ? "the text's end is '\\z' or '$'"
      : "there are \\d \\w \\s \\b, their opposites, \\A \\z, \\t \\n \\r \\f \\v, \\x41, \\u00e9, \\x{1F600} and \\p{L}"
    return PatternError("'\\\(scalar)' is not known", at: place(from: start), hint: hint)
  }

  /// So many digits, or up to six in braces.
  private mutating func hexadecimal(digits: Int, from start: Int) throws(PatternError) -> UInt32 {
    let isBraced = peek == "{"
    if isBraced { index += 1 }
    var value: UInt32 = 0
    var count = 0
    while count < (isBraced ? 6 : digits), let scalar = peek,
      let digit = Character(scalar).hexDigitValue, scalar.isASCII
    {
      value = value << 4 | UInt32(digit)
      count += 1
      index += 1
    }
    let letter = scalars[start + 1]
    guard isBraced ? count > 0 && peek == "}" : count == digits else {
      throw PatternError(
        "'\\\(letter)' needs \(digits) hexadecimal digits, or up to 6 in braces", at: place(from: start),
        hint: letter == "x" ? "such as \\x41 or \\x{AC00}" : "such as \\u00e9 or \\u{AC00}")
    }
    if isBraced { index += 1 }
    guard let scalar = Unicode.Scalar(value) else {
      throw PatternError(
        "there is no character with this number", at: place(from: start),
        hint: "characters are 0 to 10FFFF, without D800 to DFFF; one beyond FFFF is written \\u{1F600}")
    }
    return scalar.value
  }

  private mutating func unicodeClass(isNegated: Bool, from start: Int) throws(PatternError) -> ScalarSet {
    var isNegated = isNegated
    var name = String.UnicodeScalarView()
    if peek == "{" {
      index += 1
      if peek == "^" {
        isNegated.toggle()
        index += 1
      }
      while let scalar = peek, scalar != "}" {
        name.append(scalar)
        index += 1
      }
      guard peek == "}" else { throw PatternError("'\\p{' has no '}'", at: place(from: start)) }
      index += 1
    } else if let scalar = peek {
      name.append(scalar)
      index += 1
    }
    guard let set = UnicodeClass.set(named: String(name)) else {
      throw PatternError(
        "there is no such Unicode class", at: place(from: start),
        hint: "there are general categories such as \\p{L}, \\p{Lu}, \\p{Nd}, and the scripts "
          + UnicodeScript.ranges.keys.sorted().map(\.capitalized).joined(separator: ", "))
    }
    return isNegated ? set.inverted : set
  }
}

extension String {
  fileprivate var capitalized: String { prefix(1).uppercased() + dropFirst() }
}
