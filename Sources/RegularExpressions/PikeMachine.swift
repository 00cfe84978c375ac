/// Finds a match with its captures: runs all ways through a program side by side, in the order of preference.
///
/// After Pike's `sam` and Cox's "Regular Expression Matching: the Virtual Machine Approach". An instruction is visited
/// at most once at each place of the text, by the way that is preferred.
final class PikeMachine {
  /// The ways that have come to a place, the preferred one first, each with where its groups begin and end.
  private struct Threads {
    /// Instructions that take a character, or match.
    var instructions: [Int] = []
    /// `slotCount` for each.
    var slots: [Int] = []

    mutating func removeAll() {
      instructions.removeAll(keepingCapacity: true)
      slots.removeAll(keepingCapacity: true)
    }
  }

  private enum Task {
    case visit(Int)
    /// What was in a slot before the visits that are done with.
    case restore(slot: Int, Int)
  }

  /// A place between two characters.
  private struct Place {
    var index: Int
    var previous: Assertion.Neighbour
    /// The symbol that follows and its length; -1 and 0 at the end.
    var symbol: Int
    var size: Int
    var next: Assertion.Neighbour
  }

  private let program: Program
  private let automaton: PositionAutomaton
  private let slotCount: Int
  private var current = Threads()
  private var following = Threads()
  private var slots: [Int]
  private var tasks: [Task] = []
  private var visits: [Int]
  private var visit = 0

  init(_ program: Program, _ automaton: PositionAutomaton) {
    self.program = program
    self.automaton = automaton
    slotCount = 2 * program.captureCount
    slots = Array(repeating: -1, count: slotCount)
    visits = Array(repeating: 0, count: program.instructions.count)
  }

  /// - Complexity: O(*n* · *m*); memory O(*m* · *c*) for *c* groups.
  func match(in text: UnsafeBufferPointer<UInt8>) -> [Range<Int>?]? {
    var best: ArraySlice<Int>?
    current.removeAll()
    var place = place(at: 0, in: text, after: automaton.edge)
    visit += 1
    while true {
      if best == nil {
        for slot in slots.indices { slots[slot] = -1 }
        add(program.start, to: &current, at: place)
      } else if current.instructions.isEmpty {
        break
      }
      let isEnd = place.size == 0
      let kind = isEnd ? automaton.edge : automaton.alphabet.kinds[place.symbol]
      let after = self.place(at: place.index + place.size, in: text, after: kind)
      following.removeAll()
      visit += 1
      for (thread, instruction) in current.instructions.enumerated() {
        let saved = current.slots[thread * slotCount..<(thread + 1) * slotCount]
        guard case .character(_, let next) = program.instructions[instruction] else {
          // Ways that are less preferred no longer count.
          best = saved
          break
        }
        if !isEnd, takes(instruction, place.symbol) {
          slots.replaceSubrange(slots.indices, with: saved)
          add(next, to: &following, at: after)
        }
      }
      if isEnd { break }
      swap(&current, &following)
      place = after
    }
    guard let best = best.map(Array.init) else { return nil }
    return (0..<program.captureCount).map { best[2 * $0 + 1] < 0 ? nil : best[2 * $0]..<best[2 * $0 + 1] }
  }

  private func place(
    at index: Int, in text: UnsafeBufferPointer<UInt8>, after previous: Assertion.Neighbour
  ) -> Place {
    guard index < text.count, let start = text.baseAddress else {
      return Place(index: index, previous: previous, symbol: -1, size: 0, next: automaton.edge)
    }
    let alphabet = automaton.alphabet
    let (scalar, size) = text[index] < 0x80 ? (UInt32(text[index]), 1) : UTF8Text.decode(start, index, text.count)
    let symbol = alphabet.symbol(of: scalar)
    return Place(index: index, previous: previous, symbol: symbol, size: size, next: alphabet.kinds[symbol])
  }

  private func takes(_ instruction: Int, _ symbol: Int) -> Bool {
    let position = automaton.positionOfInstruction[instruction]
    return automaton.members[symbol * automaton.words + position >> 6] >> UInt64(position & 63) & 1 != 0
  }

  /// Adds what an instruction leads to without taking a character.
  private func add(_ start: Int, to threads: inout Threads, at place: Place) {
    tasks.append(.visit(start))
    while let task = tasks.popLast() {
      switch task {
      case .restore(let slot, let value): slots[slot] = value
      case .visit(let index):
        if visits[index] == visit { continue }
        visits[index] = visit
        switch program.instructions[index] {
        case .character, .match:
          threads.instructions.append(index)
          threads.slots += slots
        case .split(let first, let second):
          tasks.append(.visit(second))
          tasks.append(.visit(first))
        case .assertion(let assertion, let next):
          if assertion.holds(between: place.previous, and: place.next) { tasks.append(.visit(next)) }
        case .save(let slot, let next):
          tasks.append(.restore(slot: slot, slots[slot]))
          slots[slot] = place.index
          tasks.append(.visit(next))
        }
      }
    }
  }
}
