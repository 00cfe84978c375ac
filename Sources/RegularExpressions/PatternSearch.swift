/// Searches texts for one expression, and gets quicker with what it learns from them.
///
/// Not for several threads at once: each has its own. Memory is about 1 MiB at most.
package final class PatternSearch {
  package let pattern: Pattern
  private let automaton: LazyDFA
  private lazy var machine = PikeMachine(pattern.program, pattern.automaton)

  package init(_ pattern: Pattern) {
    self.pattern = pattern
    automaton = LazyDFA(pattern.automaton)
  }

  /// How often memory was full; for tests.
  var resets: Int { automaton.resets }

  /// Whether the expression matches anywhere in a text. Allocates nothing.
  ///
  /// - Complexity: O(*n*): some 3 ns a byte as a rule, some 50 ns at worst.
  package func matches(_ text: UnsafeRawBufferPointer) -> Bool {
    text.withMemoryRebound(to: UInt8.self) { bytes in
      guard let start = bytes.baseAddress else { return withUnsafeBytes(of: 0) { matches(.init(rebasing: $0[..<0])) } }
      return automaton.matches(start, bytes.count)
    }
  }

  package func matches(_ text: String) -> Bool {
    var text = text
    return text.withUTF8 { matches(UnsafeRawBufferPointer($0)) }
  }

  /// The leftmost match, of which the preferred one: of alternatives the first, of repetitions the most, or the fewest
  /// for lazy ones (as in Perl, not the longest as in POSIX). A repetition of nothing is not preferred to one of something,
  /// in which RE2 and Rust agree and Perl differs.
  ///
  /// - Returns: byte ranges of the match and of each capturing group, `nil` for groups that took no part; `nil` if
  ///   nothing matches.
  /// - Complexity: O(*n* · *m*) in the lengths of the text and of the expression's instructions.
  package func match(in text: UnsafeRawBufferPointer) -> [Range<Int>?]? {
    guard matches(text) else { return nil }
    return text.withMemoryRebound(to: UInt8.self) { machine.match(in: $0) }
  }
}
