/// A program as Glushkov's automaton: a state is the set of *positions*, the instructions that have just taken a
/// character, as bits; a character leads from one such set to the next in a bounded number of operations on words.
///
/// Nearly all positions are followed by their neighbour, which is one shift for 64 of them. Rules add what else follows
/// (`Gap`). What assertions hold in depends on the characters beside a place, so there is a `Gap` for each
/// combination of neighbours that the program can tell apart; without assertions there is one.
final class PositionAutomaton: @unchecked Sendable {
  /// If some positions have been reached, others may follow.
  struct Rule {
    /// The word of the state in which the positions are.
    var source: Int32
    /// The first word that is added to, and how many are.
    var target: Int32
    var count: Int32
    /// Where in `Gap.data` the added words are.
    var offset: Int32
    /// The positions of a rule that adds the same for each; in a table, how far its eight positions are from bit 0.
    var selector: UInt64
  }

  /// What may happen at a place between two characters.
  struct Gap {
    /// Where a match can begin.
    var first: UnsafeMutablePointer<UInt64>
    /// Where one can end, in the words of `lastWords`.
    var last: UnsafeMutablePointer<UInt64>
    var lastWords: Range<Int>
    /// Positions that the next one may follow; the word before the first is 0.
    var shifted: UnsafeMutablePointer<UInt64>
    /// First those that add one word, then those that add several, then the tables: of what follows each combination of
    /// eight positions.
    var rules: UnsafeMutablePointer<Rule>
    var singles: Int
    var spans: Int
    var tables: Int
    var data: UnsafeMutablePointer<UInt64>
    /// Whether the empty text matches here.
    var isNullable: Bool
  }

  let alphabet: Alphabet
  /// Words of a state.
  let words: Int
  /// Of each symbol, the positions that take it.
  let members: UnsafeMutablePointer<UInt64>
  let gaps: [Gap]
  /// By the neighbours, `4 * previous + next`.
  let gapOfNeighbours: [Int]
  /// What a text's ends are; a program without assertions does not tell them from characters.
  let edge: Assertion.Neighbour
  /// Whether a match can begin anywhere but at the text's start.
  let beginsAnywhere: Bool
  /// The byte with which every match begins, whatever is beside it.
  let firstByte: UInt8?
  /// The position of each instruction that takes a character; -1 for others.
  let positionOfInstruction: [Int]

  /// - Throws: `TooComplex` if a character could take more than `PatternLimits.stepCost`.
  /// - Complexity: O(*n* · *m*) in positions and instructions for each gap.
  init(_ program: Program) throws(TooComplex) {
    let alphabet = Alphabet(program)
    // The compiler writes from the end; neighbours in the expression shall be neighbours here.
    var instructionOf: [Int] = []
    for index in program.instructions.indices.reversed() {
      if case .character = program.instructions[index] { instructionOf.append(index) }
    }
    var positionOf = [Int](repeating: -1, count: program.instructions.count)
    for (position, index) in instructionOf.enumerated() { positionOf[index] = position }
    let words = max(1, (instructionOf.count + 63) / 64)

    let edge: Assertion.Neighbour = program.assertions.isEmpty ? .other : .edge
    self.edge = edge
    let (gapOf, truths) = Self.gaps(of: program.assertions, among: Set(alphabet.kinds).union([edge]))
    var drafts: [GapDraft] = []
    for truth in truths {
      drafts.append(
        try GapDraft(program, instructionOf: instructionOf, positionOf: positionOf, words: words, holding: truth))
    }
    gaps = drafts.map { $0.gap() }
    gapOfNeighbours = gapOf

    let possible = alphabet.kinds.flatMap { previous in
      (alphabet.kinds + [edge]).map { gapOf[Int(4 * previous.rawValue + $0.rawValue)] }
    }
    beginsAnywhere = Set(possible).contains { drafts[$0].isNullable || drafts[$0].first.contains { $0 != 0 } }
    firstByte = Self.firstByte(program, drafts, instructionOf)

    members = .allocate(capacity: alphabet.count * words)
    members.initialize(repeating: 0, count: alphabet.count * words)
    let symbols = program.sets.map(alphabet.symbols(in:))
    for (position, index) in instructionOf.enumerated() {
      guard case .character(let set, _) = program.instructions[index] else { continue }
      for symbol in symbols[set] { members[symbol * words + position >> 6] |= 1 << UInt64(position & 63) }
    }
    self.alphabet = alphabet
    self.words = words
    positionOfInstruction = positionOf
  }

  deinit {
    members.deallocate()
    for gap in gaps {
      gap.first.deallocate()
      gap.last.deallocate()
      (gap.shifted - 1).deallocate()
      gap.rules.deallocate()
      gap.data.deallocate()
    }
  }

  @inline(__always)
  func gap(between previous: Assertion.Neighbour, and next: Assertion.Neighbour) -> Int {
    gapOfNeighbours[Int(4 * previous.rawValue + next.rawValue)]
  }

  /// Whether a match ends at a gap, if these positions have been reached.
  @inline(__always)
  func ends(_ state: UnsafePointer<UInt64>, at gap: Gap) -> Bool {
    if gap.isNullable { return true }
    var common: UInt64 = 0
    for word in gap.lastWords { common |= state[word] & gap.last[word] }
    return common != 0
  }

  /// Writes to `next` the positions that are reached by a symbol from those of `state`, or begin with it. The word before
  /// `state` must be readable.
  ///
  /// Hardly branches: in a text that keeps many positions alive no branch could be foretold.
  ///
  /// - Complexity: `PatternLimits.stepCost`.
  @inline(__always)
  func step(_ state: UnsafePointer<UInt64>, over gap: Gap, by symbol: Int, to next: UnsafeMutablePointer<UInt64>) {
    let words = words
    let shifted = gap.shifted
    for word in 0..<words {
      next[word] =
        gap.first[word] | (state[word] & shifted[word]) << 1 | (state[word - 1] & shifted[word - 1]) >> 63
    }
    var rule = UnsafePointer(gap.rules)
    var end = rule + gap.singles
    while rule < end {
      let isReached: UInt64 = state[Int(rule.pointee.source)] & rule.pointee.selector != 0 ? .max : 0
      next[Int(rule.pointee.target)] |= gap.data[Int(rule.pointee.offset)] & isReached
      rule += 1
    }
    end += gap.spans
    while rule < end {
      if state[Int(rule.pointee.source)] & rule.pointee.selector != 0 {
        let row = gap.data + Int(rule.pointee.offset)
        let target = next + Int(rule.pointee.target)
        for word in 0..<Int(rule.pointee.count) { target[word] |= row[word] }
      }
      rule += 1
    }
    end += gap.tables
    while rule < end {
      let combination = Int(truncatingIfNeeded: state[Int(rule.pointee.source)] >> rule.pointee.selector & 0xFF)
      let count = Int(rule.pointee.count)
      let row = gap.data + (Int(rule.pointee.offset) + combination * count)
      let target = next + Int(rule.pointee.target)
      target[0] |= row[0]
      if count > 1 {
        target[1] |= row[1]
        if count > 2 { for word in 2..<count { target[word] |= row[word] } }
      }
      rule += 1
    }
    let members = members + symbol * words
    for word in 0..<words { next[word] &= members[word] }
  }

  /// The gaps that differ in which assertions hold.
  private static func gaps(
    of assertions: Set<Assertion>, among neighbours: Set<Assertion.Neighbour>
  ) -> (gapOfNeighbours: [Int], truths: [Set<Assertion>]) {
    var truths: [Set<Assertion>] = []
    var gapOf = [Int](repeating: 0, count: 16)
    for previous in neighbours.sorted(by: { $0.rawValue < $1.rawValue }) {
      for next in neighbours.sorted(by: { $0.rawValue < $1.rawValue }) {
        let truth = assertions.filter { $0.holds(between: previous, and: next) }
        let number = truths.firstIndex(of: truth) ?? truths.count
        if number == truths.count { truths.append(truth) }
        gapOf[Int(4 * previous.rawValue + next.rawValue)] = number
      }
    }
    return (gapOf, truths)
  }

  private static func firstByte(_ program: Program, _ drafts: [GapDraft], _ instructionOf: [Int]) -> UInt8? {
    guard drafts.allSatisfy({ !$0.isNullable && $0.first == drafts[0].first }) else { return nil }
    var bytes: Set<UInt8> = []
    for (position, index) in instructionOf.enumerated()
    where drafts[0].first[position >> 6] >> UInt64(position & 63) & 1 != 0 {
      guard case .character(let set, _) = program.instructions[index] else { return nil }
      // Bytes that are not UTF-8 count as U+FFFD and may be any.
      guard let value = program.sets[set].single, value != 0xFFFD, let scalar = Unicode.Scalar(value) else {
        return nil
      }
      bytes.insert(scalar.utf8[scalar.utf8.startIndex])
    }
    return bytes.count == 1 ? bytes.first : nil
  }
}

/// An expression in which too much can follow too much.
struct TooComplex: Error {}
