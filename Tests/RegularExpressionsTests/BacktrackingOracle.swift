@testable import RegularExpressions

/// Finds the preferred match as Perl does, by trying one way after another on the tree: exponential, and plainly right.
struct BacktrackingOracle {
  private struct State {
    var index: Int
    var slots: [Int]
  }

  private let syntax: Syntax
  private let captures: Int
  private let text: [Unicode.Scalar]
  private final class Effort { var left = 200_000 }
  private let effort = Effort()
  // What a repetition of nothing is worth differs from engine to engine; cases in which one was tried are left out.

  init(_ source: String, _ text: String) throws {
    let (syntax, names) = try PatternParser.parse(source)
    self.syntax = syntax
    captures = names.count + 1
    self.text = Array(text.unicodeScalars)
  }

  /// In scalars, with two numbers for each group; empty if nothing matches, `nil` if it takes too long, or
  /// repeats nothing.
  func match() -> [Int]? {
    for start in 0...text.count {
      var found: [Int]?
      let isFound = run(syntax, State(index: start, slots: Array(repeating: -1, count: 2 * captures))) { end in
        found = end.slots
        found![0] = start
        found![1] = end.index
        return true
      }
      if effort.left <= 0 { return nil }
      if isFound { return found }
    }
    return []
  }

  private func run(_ syntax: Syntax, _ state: State, _ rest: (State) -> Bool) -> Bool {
    effort.left -= 1
    if effort.left <= 0 { return false }
    switch syntax {
    case .empty: return rest(state)
    case .set(let set):
      guard state.index < text.count, set.contains(text[state.index].value) else { return false }
      return rest(State(index: state.index + 1, slots: state.slots))
    case .assertion(let assertion):
      return assertion.holds(between: neighbour(state.index - 1), and: neighbour(state.index)) && rest(state)
    case .capture(let body, let number):
      var begun = state
      begun.slots[2 * number] = state.index
      return run(body, begun) { end in
        var end = end
        end.slots[2 * number + 1] = end.index
        return rest(end)
      }
    case .concatenation(let parts): return sequence(parts[...], state, rest)
    case .alternation(let branches): return branches.contains { run($0, state, rest) }
    case .repetition(let repetition): return repeated(repetition, 0, state, rest)
    }
  }

  private func sequence(_ parts: ArraySlice<Syntax>, _ state: State, _ rest: (State) -> Bool) -> Bool {
    guard let first = parts.first else { return rest(state) }
    return run(first, state) { sequence(parts.dropFirst(), $0, rest) }
  }

  private func repeated(
    _ repetition: Syntax.Repetition, _ count: Int, _ state: State, _ rest: (State) -> Bool
  ) -> Bool {
    if let maximum = repetition.maximum, count == maximum { return rest(state) }
    func again() -> Bool {
      run(repetition.body, state) { end in
        if end.index == state.index, repetition.maximum == nil, count + 1 >= repetition.minimum {
          effort.left = 0
          return false
        }
        return repeated(repetition, count + 1, end, rest)
      }
    }
    if count < repetition.minimum { return again() }
    return repetition.isLazy ? rest(state) || again() : again() || rest(state)
  }

  private func neighbour(_ index: Int) -> Assertion.Neighbour {
    guard text.indices.contains(index) else { return .edge }
    if ScalarSet.words.contains(text[index].value) { return .word }
    return text[index] == "\n" ? .newline : .other
  }
}
