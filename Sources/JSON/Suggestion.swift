/// The name that was probably meant, for "did you mean".
package enum Suggestion {
  /// The nearest of `names` to what was written, or `nil` where none is near.
  ///
  /// Near is a third of the letters or fewer (at most four, and one always, unless there is but one) put in, left out,
  /// exchanged or swapped with their neighbour; letter case, `-` and `_` do not count. Among equals, the first.
  ///
  /// - Complexity: O(names × length²).
  package static func nearest(to written: String, among names: [String]) -> String? {
    let letters = Self.letters(of: written)
    var best: (name: String, distance: Int)?
    for name in names where name != written {
      let candidate = Self.letters(of: name)
      let allowed = min(4, max(max(letters.count, candidate.count) / 3, letters.count > 1 ? 1 : 0))
      let distance = distance(letters, candidate)
      if distance <= allowed, distance < best?.distance ?? .max { best = (name, distance) }
    }
    return best?.name
  }

  /// `did you mean 'name'?`, where one of `names` is near to what was written.
  package static func didYouMean(_ written: String, among names: [String]) -> String? {
    nearest(to: written, among: names).map { "did you mean '\($0)'?" }
  }

  private static func letters(of name: String) -> [Character] {
    // What is longer than any name is no slip of the pen, and would cost its square.
    name.prefix(100).lowercased().filter { $0 != "_" && $0 != "-" }
  }

  /// The optimal string alignment distance.
  private static func distance(_ first: [Character], _ second: [Character]) -> Int {
    var beforeLast: [Int] = []
    var last = Array(0...second.count)
    for row in 0..<first.count {
      var current = [row + 1]
      for column in 0..<second.count {
        var least = min(
          last[column] + (first[row] == second[column] ? 0 : 1), last[column + 1] + 1, current[column] + 1)
        if row > 0, column > 0, first[row] == second[column - 1], first[row - 1] == second[column] {
          least = min(least, beforeLast[column - 1] + 1)
        }
        current.append(least)
      }
      (beforeLast, last) = (last, current)
    }
    return last[second.count]
  }
}
