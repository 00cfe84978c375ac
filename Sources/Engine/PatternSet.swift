/// Finds every occurrence of many patterns in one pass (A. V. Aho, M. J. Corasick, "Efficient string matching", 1975).
///
/// - Complexity: O(bytes of all patterns) to make, O(n) to search a text of n bytes, however many patterns there are.
struct PatternSet: Sendable {
  typealias State = Int

  /// By state and byte: the state that the byte leads to, if a pattern goes on so.
  private var edges: [Int: State] = [:]
  /// The state of the longest other beginning of a pattern with which a state's text ends.
  private var fallbacks: [State] = [0]
  /// The longest pattern with which a state's text ends; 0 if there is none.
  private var matches: [Int] = [0]
  /// Bytes of a state's text.
  private var depths: [Int] = [0]

  var isEmpty: Bool { depths.count == 1 }

  init(_ patterns: some Sequence<[UInt8]>) {
    var parents: [(state: State, byte: UInt8)] = [(0, 0)]
    for pattern in patterns {
      var state = 0
      for byte in pattern {
        if let next = edges[state << 8 | Int(byte)] {
          state = next
          continue
        }
        edges[state << 8 | Int(byte)] = depths.count
        parents.append((state, byte))
        depths.append(depths[state] + 1)
        matches.append(0)
        fallbacks.append(0)
        state = depths.count - 1
      }
      matches[state] = depths[state]
    }
    for state in depths.indices.dropFirst().sorted(by: { depths[$0] < depths[$1] }) where depths[state] > 1 {
      fallbacks[state] = next(fallbacks[parents[state].state], parents[state].byte)
      if matches[state] == 0 { matches[state] = matches[fallbacks[state]] }
    }
  }

  /// The state after one more byte; the first is 0.
  func next(_ state: State, _ byte: UInt8) -> State {
    var state = state
    while true {
      if let next = edges[state << 8 | Int(byte)] { return next }
      if state == 0 { return 0 }
      state = fallbacks[state]
    }
  }

  /// The length of the longest pattern that ends here; 0 if none does.
  func match(_ state: State) -> Int { matches[state] }

  /// The length of the longest beginning of a pattern that ends here.
  func beginning(_ state: State) -> Int { depths[state] }
}
