/// A regular expression as a tree. The parser bounds its height, so that functions over it may call themselves.
indirect enum Syntax: Sendable {
  case empty
  case set(ScalarSet)
  case assertion(Assertion)
  /// A group that captures, with its number from 1.
  case capture(Syntax, Int)
  case concatenation([Syntax])
  /// The first of these is preferred.
  case alternation([Syntax])
  case repetition(Repetition)

  struct Repetition: Sendable {
    var body: Syntax
    var bodyIsNullable: Bool
    var minimum: Int
    /// `nil` for any number.
    var maximum: Int?
    var isLazy: Bool
  }
}

/// What must hold between two characters.
enum Assertion: UInt8, Hashable, Sendable, CaseIterable {
  case textStart, textEnd, lineStart, lineEnd, wordBoundary, noWordBoundary

  /// What a place's neighbour is; only as much as assertions ask for.
  enum Neighbour: UInt8, CaseIterable, Sendable {
    case other, word, newline
    /// No character: the text begins or ends here.
    case edge
  }

  func holds(between previous: Neighbour, and next: Neighbour) -> Bool {
    switch self {
    case .textStart: previous == .edge
    case .textEnd: next == .edge
    case .lineStart: previous == .edge || previous == .newline
    case .lineEnd: next == .edge || next == .newline
    case .wordBoundary: (previous == .word) != (next == .word)
    case .noWordBoundary: (previous == .word) == (next == .word)
    }
  }
}
