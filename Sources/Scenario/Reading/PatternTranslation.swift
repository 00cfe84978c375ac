import Glibc

/// Turns regular expressions as people write them into POSIX extended ones, which is what answers are searched with.
///
/// Taken over: `\d \D`, classes inside brackets, `\t \n \r`, groups that capture nothing, and lazy quantifiers (whether
/// there is a match does not depend on them). What POSIX has no words for is refused: look-around, back-references,
/// Unicode classes, and characters beyond ASCII in brackets, since the C library compares bytes there.
struct PatternTranslation {
  struct Fault: Error, Hashable {
    var message: String
    var hint: String?
  }

  private let characters: [Character]
  private var index = 0
  private var output = ""
  /// Whether the last thing written was a quantifier, which a `?` makes lazy and a `+` possessive.
  private var followsQuantifier = false

  private init(_ pattern: String) { characters = Array(pattern) }

  /// - Throws: what POSIX lacks, or what the C library says of the result.
  static func posix(_ pattern: String) throws(Fault) -> String {
    var translation = PatternTranslation(pattern)
    try translation.run()
    if let complaint = complaint(about: translation.output) { throw Fault(message: complaint) }
    return translation.output
  }

  private mutating func run() throws(Fault) {
    while index < characters.count {
      let character = characters[index]
      index += 1
      switch character {
      case "\\": try escape()
      case "[": try bracket()
      case "(" where peek == "?": try group()
      case "?" where followsQuantifier: followsQuantifier = false
      case "+" where followsQuantifier:
        throw Fault(message: "possessive quantifiers are not known")
      case "*", "+", "?", "}":
        output.append(character)
        followsQuantifier = true
      default:
        output.append(character)
        followsQuantifier = false
      }
    }
  }

  private var peek: Character? { index < characters.count ? characters[index] : nil }

  private mutating func escape() throws(Fault) {
    followsQuantifier = false
    guard let character = peek else { throw Fault(message: "there is nothing after the last '\\'") }
    index += 1
    switch character {
    case "d": output += "[0-9]"
    case "D": output += "[^0-9]"
    case "w", "W", "s", "S", "b", "B": output += "\\\(character)"
    case "t": output += "\t"
    case "n": output += "\n"
    case "r": output += "\r"
    case _ where character.isASCII && (character.isLetter || character.isNumber):
      throw Fault(
        message: "'\\\(character)' is not known",
        hint: character.isNumber
          ? "there are no back-references" : "there are \\d \\w \\s \\b, their opposites, and \\t \\n \\r")
    case _ where character.isASCII: output += "\\\(character)"
    default: output.append(character)
    }
  }

  private mutating func group() throws(Fault) {
    followsQuantifier = false
    if index + 1 < characters.count, characters[index + 1] == ":" {
      index += 2
      output += "("
    } else {
      throw Fault(message: "look-around and inline options are not known", hint: "groups are ( ) and (?: )")
    }
  }

  /// A set of characters. In POSIX a backslash in it stands for itself; `]` must come first, and `-` last.
  private mutating func bracket() throws(Fault) {
    followsQuantifier = false
    var isNegated = false
    var members = ""
    var hasBracket = false
    var hasDash = false
    var isClosed = false
    if peek == "^" {
      isNegated = true
      index += 1
    }
    while let character = peek {
      index += 1
      switch character {
      case "]" where !members.isEmpty || hasBracket || hasDash: isClosed = true
      case "]": hasBracket = true
      case "[" where peek == ":":
        guard let end = characters[index...].firstIndex(of: "]") else { break }
        members += "[" + String(characters[index...end])
        index = end + 1
      case "\\":
        guard let escaped = peek else { break }
        index += 1
        switch escaped {
        case "d": members += "0-9"
        case "w": members += "[:alnum:]_"
        case "s": members += "[:space:]"
        case "t": members += "\t"
        case "n": members += "\n"
        case "r": members += "\r"
        case "]": hasBracket = true
        case "-": hasDash = true
        case "\\": members += "\\"
        case _ where escaped.isASCII && (escaped.isLetter || escaped.isNumber):
          throw Fault(message: "'\\\(escaped)' is not known in brackets", hint: "there are \\d \\w \\s \\t \\n \\r")
        default: members.append(escaped)
        }
      case _ where !character.isASCII:
        throw Fault(
          message: "characters beyond ASCII cannot stand in brackets", hint: "alternatives can: (가|나)")
      default: members.append(character)
      }
      if isClosed { break }
    }
    guard isClosed else { throw Fault(message: "'[' has no ']'") }
    output += "[" + (isNegated ? "^" : "") + (hasBracket ? "]" : "") + members + (hasDash ? "-" : "") + "]"
  }

  /// What the C library says of an expression; `nil` where nothing.
  private static func complaint(about pattern: String) -> String? {
    if pattern.contains("\0") { return "an expression has no zero bytes" }
    var compiled = regex_t()
    let code = regcomp(&compiled, pattern, REG_EXTENDED | REG_NOSUB)
    if code == 0 {
      regfree(&compiled)
      return nil
    }
    var message = [CChar](repeating: 0, count: 128)
    regerror(code, &compiled, &message, message.count)
    return String(decoding: message.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}
