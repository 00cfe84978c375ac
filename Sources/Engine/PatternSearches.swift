import RegularExpressions

/// A worker's searches for regular expressions: what each has learnt serves the worker's next answers, without a lock.
final class PatternSearches {
  private var searches: [Pattern: PatternSearch] = [:]

  func search(for pattern: Pattern) -> PatternSearch {
    if let search = searches[pattern] { return search }
    let search = PatternSearch(pattern)
    searches[pattern] = search
    return search
  }
}
