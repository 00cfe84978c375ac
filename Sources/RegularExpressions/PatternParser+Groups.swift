/// What follows `(?`: the kind of a group, or flags.
extension PatternParser {
  enum GroupKind {
    case plain, flags
    case named(String)
  }

  mutating func groupKind(from start: Int) throws(PatternError) -> GroupKind {
    index += 1
    let first = peek
    switch first {
    case ":":
      index += 1
      return .plain
    case "P" where peek(1) == "<":
      index += 2
      return .named(try groupName(from: start))
    case "<" where peek(1) != "=" && peek(1) != "!":
      index += 1
      return .named(try groupName(from: start))
    case "=", "!", "<":
      index += 1
      throw PatternError(
        "look-around is not supported", at: place(from: start),
        hint: "it cannot be searched for in linear time; use two matchers, or a group for what comes before and after")
    case ">":
      index += 1
      throw PatternError(
        "atomic groups are not supported", at: place(from: start), hint: "groups are ( ), (?: ) and (?<name> )")
    default: return try flagGroup(from: start)
    }
  }

  private mutating func groupName(from start: Int) throws(PatternError) -> String {
    let first = index
    while let scalar = peek, scalar != ">" {
      let isLetter = ScalarSet.words.contains(scalar.value)
      guard isLetter, index > first || !isDigit(scalar) else { break }
      index += 1
    }
    guard peek == ">", index > first else {
      throw PatternError(
        "the group's name is not complete", at: place(from: start),
        hint: "such as (?<name> ), of ASCII letters, digits and _")
    }
    defer { index += 1 }
    return String(String.UnicodeScalarView(scalars[first..<index]))
  }

  /// `i`, `m`, `s`, and after a `-` those that no longer count: to the end of the group they stand in, or of their own.
  private mutating func flagGroup(from start: Int) throws(PatternError) -> GroupKind {
    var isOn = true
    var count = 0
    while let scalar = peek {
      index += 1
      switch scalar {
      case "i": flags.ignoresCase = isOn
      case "m": flags.isMultiline = isOn
      case "s": flags.dotIsAll = isOn
      case "-" where isOn:
        isOn = false
        count = -1
      case ")" where count > 0: return .flags
      case ":" where count > 0: return .plain
      default:
        throw PatternError(
          "'\(String(String.UnicodeScalarView(scalars[start..<index].map(printable))))' begins no group that is known",
          at: place(from: start), hint: "groups are ( ), (?: ), (?<name> ); flags are (?i), (?m), (?s), (?-s)")
      }
      count += 1
    }
    throw PatternError("'(' has no ')'", at: place(from: start))
  }
}
