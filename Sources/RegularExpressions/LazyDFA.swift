import Glibc

/// States of a `PositionAutomaton` that a search has met, with where each symbol led from them, in bounded memory.
///
/// A table that is full is emptied. If it filled up without having been of much use, the search goes on without it for a
/// while, position by position: a text that leads to a new state with every character takes at most
/// `PatternLimits.stepCost` for each, and nothing grows.
final class LazyDFA {
  /// Where a transition leads that is no state.
  private enum Code {
    static let unknown: Int32 = -1
    static let matched: Int32 = -2
    /// Nothing that follows can match.
    static let failed: Int32 = -3
    /// No position is reached; the search can jump to where a match could begin.
    static let idle: Int32 = -4
  }

  private static let memory = 1 << 20
  /// Fewer symbols than this for each state of a table that is full were not worth it.
  private static let symbolsPerState = 16
  /// Bytes that are searched without the table then.
  private static let pause = 1 << 20

  private let automaton: PositionAutomaton
  private let words: Int
  /// Words from one state to the next; the one before each is not used.
  private let pitch: Int
  /// Length of a row: the symbols and the text's end.
  private let stride: Int
  private let capacity: Int
  private var count = 0
  /// A row for each state; states are named by where their row begins.
  private let table: UnsafeMutablePointer<Int32>
  private let states: UnsafeMutablePointer<UInt64>
  private let neighbours: UnsafeMutablePointer<Assertion.Neighbour>
  /// State numbers by hash, -1 where there is none; twice as many as states, or more.
  private let slots: UnsafeMutablePointer<Int32>
  private let slotMask: Int
  /// The state that a step leads to, and another for a search without the table.
  private var next: UnsafeMutablePointer<UInt64>
  private var spare: UnsafeMutablePointer<UInt64>
  /// Symbols that were searched with the table as it is.
  private var symbols = 0
  /// How many bytes are to be searched without the table.
  var bytesWithoutTable = 0
  /// How often the table was emptied; for tests.
  private(set) var resets = 0

  /// Allocates some 1 MiB, of which the system gives what is used.
  init(_ automaton: PositionAutomaton) {
    self.automaton = automaton
    words = automaton.words
    pitch = words + 1
    stride = automaton.alphabet.count + 1
    let bytes = stride * 4 + pitch * 8 + 10
    capacity = max(64, min(4096, Self.memory / bytes))
    table = .allocate(capacity: capacity * stride)
    states = .allocate(capacity: capacity * pitch + 1) + 1
    neighbours = .allocate(capacity: capacity)
    var slotCount = 256
    while slotCount < 2 * capacity { slotCount *= 2 }
    slotMask = slotCount - 1
    slots = .allocate(capacity: slotCount)
    next = .allocate(capacity: pitch) + 1
    spare = .allocate(capacity: pitch) + 1
    (next - 1).initialize(repeating: 0, count: pitch)
    (spare - 1).initialize(repeating: 0, count: pitch)
    (states - 1).initialize(repeating: 0, count: pitch)
    empty()
  }

  deinit {
    table.deallocate()
    (states - 1).deallocate()
    neighbours.deallocate()
    slots.deallocate()
    (next - 1).deallocate()
    (spare - 1).deallocate()
  }

  /// Whether the expression matches anywhere in the text. Allocates nothing.
  ///
  /// - Complexity: O(*n*).
  func matches(_ text: UnsafePointer<UInt8>, _ length: Int) -> Bool {
    if bytesWithoutTable > 0 {
      bytesWithoutTable -= length
      next.update(repeating: 0, count: words)
      return matchesWithoutTable(text, 0, length, after: automaton.edge)
    }
    let alphabet = automaton.alphabet
    let ascii = alphabet.ascii
    let table = table
    var state = 0
    var index = 0
    var counted = 0
    if let byte = automaton.firstByte {
      guard let found = find(byte, text, index, length) else { return false }
      index = found
      counted = found
    }
    while index < length {
      let byte = text[index]
      var symbol: Int
      if byte < 0x80 {
        symbol = Int(ascii[Int(byte)])
        index += 1
      } else {
        let (scalar, size) = UTF8Text.decode(text, index, length)
        symbol = alphabet.symbol(of: scalar)
        index += size
      }
      var target = table[state + symbol]
      if target >= 0 {
        state = Int(target)
        continue
      }
      if target == Code.unknown {
        symbols += index - counted
        counted = index
        target = learn(state, symbol)
      }
      switch target {
      case Code.matched: return true
      case Code.failed: return false
      case Code.idle:
        guard let byte = automaton.firstByte, let found = find(byte, text, index, length) else { return false }
        symbols += index - counted
        counted = found
        index = found
        state = 0
      case Code.unknown:
        return matchesWithoutTable(text, index, length, after: alphabet.kinds[symbol])
      default: state = Int(target)
      }
    }
    symbols += index - counted
    let end = table[state + stride - 1]
    return (end == Code.unknown ? learn(state, stride - 1) : end) == Code.matched
  }

  private func find(_ byte: UInt8, _ text: UnsafePointer<UInt8>, _ start: Int, _ length: Int) -> Int? {
    guard start < length, let found = memchr(text + start, Int32(byte), length - start) else { return nil }
    return UnsafeRawPointer(found) - UnsafeRawPointer(text)
  }

  // MARK: Learning

  /// Finds out where a symbol leads from a state, and notes it.
  ///
  /// - Returns: the state or code; `unknown` if the table is full and not worth filling again. `next` is the state then.
  private func learn(_ row: Int, _ symbol: Int) -> Int32 {
    let number = row / stride
    let state = states + number * pitch
    let isEnd = symbol == stride - 1
    let kind = isEnd ? automaton.edge : automaton.alphabet.kinds[symbol]
    let gap = automaton.gaps[automaton.gap(between: neighbours[number], and: kind)]
    var target = Code.failed
    if automaton.ends(state, at: gap) {
      target = Code.matched
    } else if !isEnd {
      automaton.step(state, over: gap, by: symbol, to: next)
      var union: UInt64 = 0
      for word in 0..<words { union |= next[word] }
      if union != 0 || (automaton.beginsAnywhere && automaton.firstByte == nil) {
        if let known = find(kind) ?? add(kind) {
          target = known
        } else {
          // The row is gone with the others.
          let isWorthIt = symbols >= Self.symbolsPerState * capacity
          resets += 1
          empty()
          if isWorthIt { return find(kind) ?? add(kind)! }
          bytesWithoutTable = Self.pause
          return Code.unknown
        }
      } else if automaton.beginsAnywhere {
        target = Code.idle
      }
    }
    table[row + symbol] = target
    return target
  }

  /// Leaves nothing but the state at a text's start, which is the first.
  private func empty() {
    count = 0
    symbols = 0
    slots.update(repeating: -1, count: slotMask + 1)
    swap(&next, &spare)
    next.update(repeating: 0, count: words)
    _ = find(automaton.edge) ?? add(automaton.edge)
    swap(&next, &spare)
  }

  private func hash(_ kind: Assertion.Neighbour) -> Int {
    var hash = UInt64(kind.rawValue)
    for word in 0..<words {
      hash = (hash ^ next[word]) &* 0x9E37_79B9_7F4A_7C15
      hash ^= hash >> 29
    }
    return Int(truncatingIfNeeded: hash >> 7)
  }

  /// The state with the positions of `next`, if it is known.
  private func find(_ kind: Assertion.Neighbour) -> Int32? {
    var slot = hash(kind) & slotMask
    while slots[slot] >= 0 {
      let number = Int(slots[slot])
      if neighbours[number] == kind {
        let state = states + number * pitch
        var difference: UInt64 = 0
        for word in 0..<words { difference |= state[word] ^ next[word] }
        if difference == 0 { return Int32(number * stride) }
      }
      slot = (slot + 1) & slotMask
    }
    return nil
  }

  /// - Returns: `nil` if the table is full.
  private func add(_ kind: Assertion.Neighbour) -> Int32? {
    guard count < capacity else { return nil }
    let number = count
    count += 1
    (states + number * pitch).update(from: next, count: words)
    neighbours[number] = kind
    (table + number * stride).update(repeating: Code.unknown, count: stride)
    var slot = hash(kind) & slotMask
    while slots[slot] >= 0 { slot = (slot + 1) & slotMask }
    slots[slot] = Int32(number)
    return Int32(number * stride)
  }

  // MARK: Without the table

  /// Goes on with the positions of `next`.
  private func matchesWithoutTable(
    _ text: UnsafePointer<UInt8>, _ start: Int, _ length: Int, after kind: Assertion.Neighbour
  ) -> Bool {
    let automaton = automaton
    let alphabet = automaton.alphabet
    var current = next
    var following = spare
    var previous = kind
    var index = start
    return automaton.gaps.withUnsafeBufferPointer { gaps in
      automaton.gapOfNeighbours.withUnsafeBufferPointer { gapOf in
        alphabet.kinds.withUnsafeBufferPointer { kinds in
          while index < length {
            let byte = text[index]
            var symbol: Int
            if byte < 0x80 {
              symbol = Int(alphabet.ascii[Int(byte)])
              index += 1
            } else {
              let (scalar, size) = UTF8Text.decode(text, index, length)
              symbol = alphabet.symbol(of: scalar)
              index += size
            }
            let kind = kinds[symbol]
            let gap = gaps[gapOf[Int(4 * previous.rawValue + kind.rawValue)]]
            if automaton.ends(current, at: gap) { return true }
            automaton.step(current, over: gap, by: symbol, to: following)
            swap(&current, &following)
            previous = kind
          }
          return automaton.ends(
            current, at: gaps[gapOf[Int(4 * previous.rawValue + automaton.edge.rawValue)]])
        }
      }
    }
  }
}
