import JSON

/// One option of a command.
struct OptionSpecification: Sendable {
  var name: String
  /// What stands for its value in help; `nil` for a switch.
  var value: String?
  var isRepeatable = false
  var help: String

  init(_ name: String, _ value: String? = nil, repeatable: Bool = false, _ help: String) {
    self.name = name
    self.value = value
    isRepeatable = repeatable
    self.help = help
  }
}

/// A command as the command line knows it.
struct CommandSpecification: Sendable {
  var name: String
  /// One line.
  var summary: String
  /// What stands for the positional arguments; empty where there are none.
  var positional = ""
  var positionalCount: ClosedRange<Int> = 0...0
  var options: [OptionSpecification] = []
  var examples: [(command: String, does: String)] = []

  /// - Parameter width: Columns of the terminal.
  func help(width: Int) -> String {
    var text = Self.wrap(summary, to: width).joined(separator: "\n") + "\n\nUsage: stampede \(name)"
    if !options.isEmpty { text += " [options]" }
    if !positional.isEmpty { text += " \(positional)" }
    text += "\n"
    if !options.isEmpty {
      text += "\nOptions:\n"
      let heads = options.map { "  --\($0.name)" + ($0.value.map { " \($0)" } ?? "") }
      text += Self.table(
        zip(heads, options).map { ($0, $1.help + ($1.isRepeatable ? " Repeatable." : "")) }, width: width)
    }
    if !examples.isEmpty {
      text += "\nExamples:\n"
      for example in examples {
        // A command stays in one piece, to be copied.
        text += "  \(example.command)\n"
        for line in Self.wrap(example.does, to: width - 6) { text += "      \(line)\n" }
      }
    }
    return text
  }

  /// What stands at the left, and beside it, wrapped, what it means.
  static func table(_ rows: [(head: String, text: String)], width: Int) -> String {
    let column = (rows.map(\.head.count).max() ?? 0) + 2
    var table = ""
    for row in rows {
      for (index, line) in wrap(row.text, to: width - column).enumerated() {
        let head = index == 0 ? row.head : ""
        table += head + String(repeating: " ", count: column - head.count) + line + "\n"
      }
    }
    return table
  }

  private static func wrap(_ text: String, to width: Int) -> [String] {
    var lines: [String] = []
    var line = ""
    for word in text.split(separator: " ") {
      if !line.isEmpty, line.count + 1 + word.count > max(width, 20) {
        lines.append(line)
        line = ""
      }
      line += (line.isEmpty ? "" : " ") + word
    }
    lines.append(line)
    return lines
  }
}

/// A wrong command line, in words that say what to write instead.
struct UsageError: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

/// The arguments of a command, read.
struct CommandLineArguments {
  private(set) var positional: [String] = []
  private(set) var values: [String: [String]] = [:]
  private(set) var switches: Set<String> = []
  private(set) var wantsHelp = false

  /// Reads `--name value`, `--name=value` and `--switch`; `--` ends the options.
  init(_ words: ArraySlice<String>, for command: CommandSpecification) throws(UsageError) {
    var rest = words
    while let word = rest.popFirst() {
      if word == "--" {
        positional += rest
        break
      }
      if word == "--help" || word == "-h" {
        wantsHelp = true
        continue
      }
      guard word.hasPrefix("-"), word != "-" else {
        positional.append(word)
        continue
      }
      let equals = word.firstIndex(of: "=")
      let name = String((equals.map { word[..<$0] } ?? word[...]).drop { $0 == "-" })
      guard let option = command.options.first(where: { $0.name == name }) else {
        let near = Suggestion.nearest(to: name, among: command.options.map(\.name))
        throw UsageError(
          "'\(command.name)' has no option '\(equals.map { String(word[..<$0]) } ?? word)'"
            + (near.map { ": did you mean '--\($0)'?" } ?? "")
            + "\nSee 'stampede \(command.name) --help'.")
      }
      guard option.value != nil else {
        if equals != nil { throw UsageError("'--\(name)' is a switch and takes no value") }
        switches.insert(name)
        continue
      }
      let value: String
      if let equals {
        value = String(word[word.index(after: equals)...])
      } else if let next = rest.popFirst() {
        value = next
      } else {
        throw UsageError("'--\(name)' needs a value: --\(name) \(option.value!)")
      }
      if values[name] != nil && !option.isRepeatable { throw UsageError("'--\(name)' is given twice") }
      values[name, default: []].append(value)
    }
    if !wantsHelp, !command.positionalCount.contains(positional.count) {
      let given = positional.isEmpty ? "nothing" : positional.map { "'\($0)'" }.joined(separator: ", ")
      throw UsageError(
        command.positional.isEmpty
          ? "'\(command.name)' takes no argument, and \(given) was given"
          : "'\(command.name)' takes \(command.positional), and \(given) was given\n"
            + "See 'stampede \(command.name) --help'.")
    }
  }

  func value(_ name: String) -> String? { values[name]?.first }
  func all(_ name: String) -> [String] { values[name] ?? [] }
  func has(_ name: String) -> Bool { switches.contains(name) }

  /// A whole number in a range.
  func integer(_ name: String, in range: ClosedRange<Int>) throws(UsageError) -> Int? {
    guard let text = value(name) else { return nil }
    guard let number = Int(text), range.contains(number) else {
      throw UsageError(
        "'--\(name) \(text)': a whole number from \(range.lowerBound) to \(range.upperBound) was expected")
    }
    return number
  }

  /// One of a few words.
  func choice(_ name: String, of words: [String]) throws(UsageError) -> String? {
    guard let text = value(name) else { return nil }
    guard words.contains(text) else {
      throw UsageError("'--\(name) \(text)': one of \(words.joined(separator: ", ")) was expected")
    }
    return text
  }
}
