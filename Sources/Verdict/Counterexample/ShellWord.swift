/// Words of a command line as a POSIX shell takes them.
enum ShellWord {
  /// In single quotes where a shell would make something of it.
  static func quoted(_ word: String) -> String {
    let isPlain = word.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"):
        true
      default: "-_./:=,@%+".utf8.contains(byte)
      }
    }
    return isPlain && !word.isEmpty ? word : "'" + word.replacing("'", with: "'\\''") + "'"
  }

  /// The same, with each `${name}` of `variables` left to the shell.
  static func quoted(_ word: String, filling variables: [String]) -> String {
    let present = variables.filter { word.contains("${\($0)}") }
    guard !present.isEmpty else { return quoted(word) }
    let literal = present.reduce(word) { $0.replacing("${\($1)}", with: "") }
    if !literal.utf8.contains(where: { "\"$\\`!".utf8.contains($0) }) { return "\"\(word)\"" }
    // The word is in single quotes but for its variables.
    return present.reduce(quoted(word)) { $0.replacing("${\($1)}", with: "'\"${\($1)}\"'") }
  }

  /// Whether a shell's variable can be called so.
  static func isName(_ text: String) -> Bool {
    guard let first = text.utf8.first, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else { return false }
    return text.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
        true
      default: false
      }
    }
  }
}
