/// A regular expression as instructions of Thompson's automaton; where two ways go on, the first is preferred.
struct Program: Sendable {
  enum Instruction: Sendable {
    /// Takes a character of the set with this number.
    case character(set: Int, next: Int)
    case split(Int, Int)
    case assertion(Assertion, next: Int)
    /// Notes where the search is.
    case save(slot: Int, next: Int)
    case match
  }

  var instructions: [Instruction]
  var start: Int
  /// All different.
  var sets: [ScalarSet]
  var assertions: Set<Assertion>
  /// The whole match is the first.
  var captureCount: Int
}

/// Writes a tree as instructions, from its end to its beginning, so that each knows what comes after it.
///
/// Repetitions are copies, of which the optional ones stand within each other: `x{1,3}` is `x(x(x)?)?`.
struct ProgramCompiler {
  private var instructions: [Program.Instruction] = [.match]
  private var sets: [ScalarSet] = []
  private var numbers: [ScalarSet: Int] = [:]
  private var assertions: Set<Assertion> = []

  /// - Complexity: O(*n*) in the size that the parser has bounded.
  static func compile(_ syntax: Syntax, captures: Int) -> Program {
    var compiler = ProgramCompiler()
    let start = compiler.emit(.capture(syntax, 0), before: 0)
    return Program(
      instructions: compiler.instructions, start: start, sets: compiler.sets, assertions: compiler.assertions,
      captureCount: captures + 1)
  }

  /// - Returns: the instruction with which `syntax` begins.
  private mutating func emit(_ syntax: Syntax, before next: Int) -> Int {
    switch syntax {
    case .empty: return next
    case .set(let set): return append(.character(set: number(of: set), next: next))
    case .assertion(let assertion):
      assertions.insert(assertion)
      return append(.assertion(assertion, next: next))
    case .capture(let body, let number):
      let end = append(.save(slot: 2 * number + 1, next: next))
      return append(.save(slot: 2 * number, next: emit(body, before: end)))
    case .concatenation(let parts):
      return parts.reversed().reduce(next) { emit($1, before: $0) }
    case .alternation(let branches):
      var entry = emit(branches[branches.count - 1], before: next)
      for branch in branches.dropLast().reversed() { entry = append(.split(emit(branch, before: next), entry)) }
      return entry
    case .repetition(let repetition): return emit(repetition, before: next)
    }
  }

  private mutating func emit(_ repetition: Syntax.Repetition, before next: Int) -> Int {
    var entry = next
    var copies = repetition.minimum
    if let maximum = repetition.maximum {
      for _ in repetition.minimum..<maximum {
        entry = append(split(emit(repetition.body, before: entry), next, repetition.isLazy))
      }
    } else {
      let loop = append(.match)
      let body = emit(repetition.body, before: loop)
      instructions[loop] = split(body, next, repetition.isLazy)
      if copies > 0 {
        entry = body
        copies -= 1
      } else {
        // Were a body that can be empty entered by way of the loop, its empty match would be tried too late.
        entry = repetition.bodyIsNullable ? append(split(body, next, repetition.isLazy)) : loop
      }
    }
    for _ in 0..<copies { entry = emit(repetition.body, before: entry) }
    return entry
  }

  private func split(_ body: Int, _ rest: Int, _ isLazy: Bool) -> Program.Instruction {
    isLazy ? .split(rest, body) : .split(body, rest)
  }

  private mutating func number(of set: ScalarSet) -> Int {
    if let number = numbers[set] { return number }
    numbers[set] = sets.count
    sets.append(set)
    return sets.count - 1
  }

  private mutating func append(_ instruction: Program.Instruction) -> Int {
    instructions.append(instruction)
    return instructions.count - 1
  }
}
