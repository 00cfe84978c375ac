/// A regular expression, read and ready to be searched for: `PatternSearch` does that.
///
/// Texts are bytes, which are taken for UTF-8: characters are Unicode scalars, and each byte that is not UTF-8 is U+FFFD.
/// The search takes linear time whatever the expression and the text are. Immutable, so that threads can share it.
package struct Pattern: Sendable {
  package let source: String
  /// Of the capturing groups, from the first on; `nil` for those without a name.
  package let captureNames: [String?]
  let program: Program
  let automaton: PositionAutomaton

  /// - Throws: what is wrong and where, also if the expression is beyond `PatternLimits`.
  /// - Complexity: linear in the expression, then in the size of what its repetitions stand for.
  package init(_ source: String) throws(PatternError) {
    let (syntax, names) = try PatternParser.parse(source)
    self.source = source
    captureNames = names
    program = ProgramCompiler.compile(syntax, captures: names.count)
    do {
      automaton = try PositionAutomaton(program)
    } catch {
      throw PatternError(
        "it is too complex to be searched for quickly in every text", at: 0..<source.utf8.count,
        hint: "repeat smaller parts, fewer times, and let fewer of them be optional; + and * cost nothing")
    }
  }
}

extension Pattern: Hashable, CustomStringConvertible {
  package var description: String { source }
  package static func == (left: Pattern, right: Pattern) -> Bool { left.source == right.source }
  package func hash(into hasher: inout Hasher) { hasher.combine(source) }
}
