/// What follows what in a program if some assertions hold, before it is laid out for `PositionAutomaton`.
struct GapDraft {
  /// Positions that are added, as words from one on.
  private struct Addition: Hashable {
    let target: Int
    private(set) var words: [UInt64]

    init(of positions: [Int]) {
      target = positions.min()! >> 6
      words = Array(repeating: 0, count: positions.max()! >> 6 - target + 1)
      for position in positions { words[position >> 6 - target] |= 1 << UInt64(position & 63) }
    }

    /// The words that any of these adds to.
    static func span(_ additions: [Addition]) -> Range<Int> {
      additions.map(\.target).min()!..<additions.map { $0.target + $0.words.count }.max()!
    }
  }

  /// What the parts of a step cost, in quarters of a nanosecond: measured on one core of a Xeon, in texts that
  /// keep all positions alive.
  private enum Cost {
    static let word = 5
    static func rule(_ addition: Addition) -> Int { addition.words.count == 1 ? 6 : 10 + 2 * addition.words.count }
    static func table(_ span: Range<Int>) -> Int { 10 + 2 * span.count }
  }

  private(set) var first: [UInt64]
  private(set) var isNullable = false
  private var last: [UInt64]
  private var shifted: [UInt64]
  private var rules: [PositionAutomaton.Rule] = []
  private var tables: [PositionAutomaton.Rule] = []
  private var data: [UInt64] = []

  /// - Throws: as soon as the cost of a step is above `PatternLimits.stepCost`.
  init(
    _ program: Program, instructionOf: [Int], positionOf: [Int], words: Int, holding truth: Set<Assertion>
  ) throws(TooComplex) {
    first = Array(repeating: 0, count: words)
    last = first
    shifted = first
    var closure = Closure(program, positionOf, truth)
    closure.run(from: program.start)
    for position in closure.positions { first.insert(position) }
    isNullable = closure.isAccepting

    var cost = Cost.word * words
    for word in 0..<words {
      var sources: [(position: Int, addition: Addition)] = []
      for position in 64 * word..<min(64 * word + 64, instructionOf.count) {
        guard case .character(_, let next) = program.instructions[instructionOf[position]] else { continue }
        closure.run(from: next)
        if closure.isAccepting { last.insert(position) }
        var rest = closure.positions
        if let neighbour = rest.firstIndex(of: position + 1) {
          rest.remove(at: neighbour)
          shifted.insert(position)
        }
        if !rest.isEmpty { sources.append((position, Addition(of: rest))) }
      }
      cost += add(sources, word: word)
      if cost > PatternLimits.stepCost { throw TooComplex() }
    }
  }

  /// Adds the cheaper kind of rules for the positions of a word, and returns what they cost.
  private mutating func add(_ sources: [(position: Int, addition: Addition)], word: Int) -> Int {
    var masks: [Addition: UInt64] = [:]
    var order: [Addition] = []
    for (position, addition) in sources {
      if masks[addition] == nil { order.append(addition) }
      masks[addition, default: 0] |= 1 << UInt64(position & 63)
    }
    let eights = Dictionary(grouping: sources) { $0.position >> 3 }
    let tables = eights.keys.sorted().map { (eight: $0, span: Addition.span(eights[$0]!.map(\.addition))) }
    let cost = order.reduce(0) { $0 + Cost.rule($1) }
    let tableCost = tables.reduce(0) { $0 + Cost.table($1.span) }
    if cost <= tableCost {
      for addition in order {
        rules.append(rule(word, addition.target, addition.words.count, masks[addition]!))
        data += addition.words
      }
      return cost
    }
    for (eight, span) in tables {
      self.tables.append(rule(word, span.lowerBound, span.count, UInt64(8 * eight & 63)))
      for combination in 0..<256 {
        var row = [UInt64](repeating: 0, count: span.count)
        for (position, addition) in eights[eight]! where combination >> (position & 7) & 1 != 0 {
          for index in addition.words.indices {
            row[addition.target - span.lowerBound + index] |= addition.words[index]
          }
        }
        data += row
      }
    }
    return tableCost
  }

  private func rule(_ word: Int, _ target: Int, _ count: Int, _ selector: UInt64) -> PositionAutomaton.Rule {
    .init(
      source: Int32(word), target: Int32(target), count: Int32(count), offset: Int32(data.count), selector: selector)
  }

  /// Copies the draft to memory of its own.
  func gap() -> PositionAutomaton.Gap {
    func copy<Element>(_ elements: [Element]) -> UnsafeMutablePointer<Element> {
      let pointer = UnsafeMutablePointer<Element>.allocate(capacity: max(1, elements.count))
      pointer.initialize(from: elements, count: elements.count)
      return pointer
    }
    let singles = rules.filter { $0.count == 1 }
    let spans = rules.filter { $0.count > 1 }
    let end = last.lastIndex { $0 != 0 }.map { $0 + 1 } ?? 0
    return .init(
      first: copy(first), last: copy(last), lastWords: (last.firstIndex { $0 != 0 } ?? 0)..<end,
      shifted: copy([0] + shifted) + 1, rules: copy(singles + spans + tables), singles: singles.count,
      spans: spans.count, tables: tables.count, data: copy(data), isNullable: isNullable)
  }
}

extension [UInt64] {
  fileprivate mutating func insert(_ position: Int) { self[position >> 6] |= 1 << UInt64(position & 63) }
}

/// The positions that come next after an instruction, if the assertions of a set hold and no others.
private struct Closure {
  private let program: Program
  private let positionOf: [Int]
  private let truth: Set<Assertion>
  private(set) var positions: [Int] = []
  private(set) var isAccepting = false
  private var visits: [Int]
  private var visit = 0
  private var stack: [Int] = []

  init(_ program: Program, _ positionOf: [Int], _ truth: Set<Assertion>) {
    self.program = program
    self.positionOf = positionOf
    self.truth = truth
    visits = Array(repeating: 0, count: program.instructions.count)
  }

  mutating func run(from start: Int) {
    visit += 1
    positions.removeAll(keepingCapacity: true)
    isAccepting = false
    stack.append(start)
    while let index = stack.popLast() {
      if visits[index] == visit { continue }
      visits[index] = visit
      switch program.instructions[index] {
      case .character: positions.append(positionOf[index])
      case .split(let first, let second):
        stack.append(second)
        stack.append(first)
      case .assertion(let assertion, let next): if truth.contains(assertion) { stack.append(next) }
      case .save(_, let next): stack.append(next)
      case .match: isAccepting = true
      }
    }
  }
}
