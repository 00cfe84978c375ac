import JSON
import Scenario

/// What a request needs from the answers before it, as commands that ask for them again.
struct EarlierAnswers {
  typealias Told = ShellText.Told

  /// The variables of the shell that hold it.
  private(set) var names: [Told: String] = [:]
  /// Each sets one of them, in the order in which they can be done.
  private(set) var commands: [String] = []

  /// - Parameters:
  ///   - request: What needs it.
  ///   - steps: What was done before the request, in order.
  ///   - command: The command of one of these, by its place; `nil` where there is none.
  /// - Complexity: O(steps × variables).
  init(for request: CurlCommand, after steps: [Step], command: (Int) -> CurlCommand?) {
    // What each step's answer has to tell. A step needs only what came before it: from the last to the first.
    var wanted: [[Told]] = Array(repeating: [], count: steps.count)
    var asked: [CurlCommand?] = Array(repeating: nil, count: steps.count)
    func want(_ told: [Told], before end: Int) {
      for told in told {
        guard let place = steps[..<end].lastIndex(where: { $0.capture(of: told.variable) != nil }),
          !wanted[place].contains(told)
        else { continue }
        wanted[place].append(told)
      }
    }
    want(request.told, before: steps.count)
    for place in steps.indices.reversed() where !wanted[place].isEmpty {
      asked[place] = command(place)
      if let command = asked[place] { want(command.told, before: place) }
    }
    for place in steps.indices {
      if let command = asked[place], !wanted[place].isEmpty { ask(command, of: steps[place], for: wanted[place]) }
    }
  }

  private mutating func ask(_ command: CurlCommand, of step: Step, for wanted: [Told]) {
    let readers = wanted.compactMap { told in step.capture(of: told.variable).map { AnswerReader($0, told.form) } }
    guard let output = readers.first?.output else { return }
    if readers.count == 1 {
      let name = name(for: wanted[0])
      set(name, to: [command.text(output, names)] + readers[0].filters, keepingEnd: readers[0].endMatters)
      names[wanted[0]] = name
      return
    }
    // What one answer told is asked for once.
    let answer = unused("answer")
    let isMixed = readers.contains { $0.output != output }
    set(
      answer, to: [command.text(isMixed ? .headAndBody : output, names)], keepingEnd: readers.contains(where: \.isWhole)
    )
    taken.insert(answer)
    for (told, reader) in zip(wanted, readers) {
      let name = name(for: told)
      let part = isMixed && reader.output == .body ? ["sed '1,/^\\r*$/d'"] : []
      let source = ["printf %s \"${\(answer)}\""] + part + reader.filters
      set(name, to: source, keepingEnd: reader.endMatters)
      names[told] = name
    }
  }

  /// - Parameter keepingEnd: A shell drops the line ends at a command's end, unless something comes behind them.
  private mutating func set(_ name: String, to pipeline: [String], keepingEnd: Bool) {
    let pipeline = pipeline.joined(separator: " | ")
    commands.append(keepingEnd ? "\(name)=$(\(pipeline); printf x); \(name)=${\(name)%x}" : "\(name)=$(\(pipeline))")
  }

  // MARK: - Names

  private var taken: Set<String> = ["item", "before", "after", "missing"]
  /// What shells themselves use.
  private static let ofShells: Set<String> = ["path", "status", "argv", "prompt", "pipestatus", "_"]

  private mutating func name(for told: Told) -> String {
    var base = ShellText.isName(told.variable) ? told.variable : "value"
    // Those in capitals are the environment's.
    if Self.ofShells.contains(base) || base == base.uppercased() { base += "_" }
    let name = unused(told.form == .plain ? base : "\(base)_\(told.form.rawValue)")
    taken.insert(name)
    return name
  }

  private func unused(_ name: String) -> String {
    var number = 1
    while taken.contains(number == 1 ? name : "\(name)\(number)") { number += 1 }
    return number == 1 ? name : "\(name)\(number)"
  }
}

/// How a command line finds a captured value in what `curl` wrote.
private struct AnswerReader {
  var output: CurlCommand.Output
  /// Commands, each of which reads what the one before it wrote.
  var filters: [String]
  /// What is written may end in line ends that belong to the value.
  var endMatters = false
  /// The value is the whole body, to its last line end.
  var isWhole = false

  init(_ source: Capture.Source, _ form: ShellText.Told.Form) {
    let asForm = Self.jq(form).map { [$0] } ?? []
    switch source {
    case .json(let path):
      output = .body
      endMatters = form == .plain
      let filter = [path.jqFilter] + (asForm.isEmpty ? [] : ["tostring"]) + asForm
      filters = ["jq \(endMatters ? "-jc" : "-rc") \(ShellText.quoted(filter.joined(separator: " | ")))"]
    case .body:
      output = .body
      endMatters = form == .plain
      isWhole = form != .header
      filters = asForm.map { "jq -Rrs \(ShellText.quoted($0))" }
    case .header, .cookie, .status:
      output = .head
      filters = ["awk \(ShellText.quoted(Self.awk(source)))"] + asForm.map { "jq -Rr \(ShellText.quoted($0))" }
    }
    if form == .header, source != .status { filters.append("tr -d '\\000-\\010\\012-\\037\\177'") }
  }

  /// Prints what the head of an answer tells.
  private static func awk(_ source: Capture.Source) -> String {
    switch source {
    case .header(let name):
      "tolower($1) == \(JSONValue.string(name.lowercased() + ":").text()) "
        + "{ sub(/^[^:]*:[ \\t]*/, \"\"); sub(/[ \\t\\r]*$/, \"\"); print; exit }"
    case .cookie(let name):
      // Of several the last counts.
      "tolower($1) == \"set-cookie:\" && index($2, \(JSONValue.string(name + "=").text())) == 1 "
        + "{ sub(/^[^=]*=/, \"\"); sub(/[ \\t\\r]*(;.*)?$/, \"\"); v = $0; n = 1 } END { if (n) print v }"
    case .status, .json, .body: "NR == 1 { print $2; exit }"
    }
  }

  /// Writes a string as its place needs, `nil` where that is as it is; of numbers as RFC 8259 has them, section 6.
  private static func jq(_ form: ShellText.Told.Form) -> String? {
    switch form {
    case .plain, .header: nil
    case .json: "tojson[1:-1]"
    case .number:
      "if test(\"\\\\A-?(0|[1-9][0-9]*)([.][0-9]+)?([eE][+-]?[0-9]+)?\\\\z\") then . else tojson end"
    // What is reserved and means nothing in most URLs is left as it is by `jq` before 1.7.
    case .url:
      #"reduce ("!%21", "\u0027%27", "(%28", ")%29", "*%2A") as $c (@uri; split($c[:1]) | join($c[1:]))"#
    }
  }
}

extension Step {
  /// Where an answer tells a variable; `nil` where none does.
  fileprivate func capture(of variable: String) -> Capture.Source? {
    outcomes.flatMap(\.captures).first { $0.variable == variable }?.source
  }
}

extension JSONPath {
  /// What has `jq` print the value, the first where a wildcard gives several.
  fileprivate var jqFilter: String {
    var filter = ""
    var isLength = false
    for segment in segments {
      switch segment {
      case .member(let name): filter += ShellText.isName(name) ? ".\(name)" : "[\(JSONValue.string(name).text())]"
      case .index(let index): filter += "[\(index)]"
      case .wildcard: filter += "[]"
      case .length: isLength = true
      }
    }
    if !filter.hasPrefix(".") { filter = "." + filter }
    if isPlural { filter = "first(\(filter) | values)" }
    return isLength ? filter + " | length" : filter
  }
}
