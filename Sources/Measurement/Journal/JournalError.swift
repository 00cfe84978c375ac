/// Why a file of a run cannot be read.
package enum JournalError: Error, Hashable, Sendable, CustomStringConvertible {
  /// There is no complete line.
  case empty
  /// A line is no JSON text. Lines count from 1.
  case notJSON(line: Int, reason: String)
  /// A member is missing or not what it must be; `line` is `nil` where the file is one JSON text.
  case malformed(line: Int?, path: String, problem: String)
  case tooLong(lines: Int)

  package var description: String {
    switch self {
    case .empty: "the journal has no complete line: the run was cut off before it began"
    case .notJSON(let line, let reason): "line \(line): \(reason)"
    case .malformed(let line, let path, let problem):
      (line.map { "line \($0): " } ?? "") + (path.isEmpty ? "the record" : path) + " " + problem
    case .tooLong(let lines): "the journal has more than \(lines) lines"
    }
  }
}
