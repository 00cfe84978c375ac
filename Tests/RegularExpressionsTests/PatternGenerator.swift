/// Draws expressions and texts from a seed, small enough that any way to search is quick.
struct PatternGenerator {
  private var state: UInt64
  /// With lazy quantifiers and `\b`, and with `^` and `$` within: glibc takes them to hold where they do not in repeated
  /// groups, and before line ends.
  var goesBeyondPOSIX = false

  init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

  mutating func below(_ bound: Int) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int((state >> 33) % UInt64(bound))
  }

  mutating func pick(_ choices: [String]) -> String { choices[below(choices.count)] }

  mutating func text() -> String {
    (0..<below(14)).map { _ in pick(["a", "b", "c", "a", "b", "1", " ", "\n", "_", "-"]) }.joined()
  }

  mutating func pattern() -> String {
    goesBeyondPOSIX ? pattern(depth: 3) : pick(["", "", "^"]) + pattern(depth: 3) + pick(["", "", "$"])
  }

  private mutating func pattern(depth: Int) -> String {
    (0...(below(4) == 0 ? 1 : 0)).map { _ in
      (0..<below(4) + (depth == 3 ? 1 : 0)).map { _ in piece(depth) }.joined()
    }.joined(separator: "|")
  }

  private mutating func piece(_ depth: Int) -> String {
    switch below(12) {
    case 0 where goesBeyondPOSIX: return pick(["^", "$", "\\b", "\\B"])
    case 1...3 where depth > 0:
      let group = pick(goesBeyondPOSIX ? ["(", "(?:"] : ["("])
      return group + pattern(depth: depth - 1) + ")" + quantifier()
    default: return atom() + quantifier()
    }
  }

  private mutating func atom() -> String {
    pick([
      "a", "b", "c", "a", "b", ".", "1", " ", "[ab]", "[^a]", "[a-c1]", "[^b-c]", "[[:digit:]_]", "[]a]", "[^]a-]",
      "\\.",
      "[[:space:][:alpha:]]", "\\-",
    ])
  }

  private mutating func quantifier() -> String {
    let greedy = pick(["", "", "", "", "*", "+", "?", "{2}", "{1,2}", "{0,2}", "{1,}", "{0}"])
    return greedy.isEmpty || !goesBeyondPOSIX ? greedy : greedy + pick(["", "?"])
  }
}
