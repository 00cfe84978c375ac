/// What the pages of a list have in common that they should not have. Rows stand here by their hash values.
///
/// - Complexity: O(rows) time; about 40 bytes a row.
struct LedgerPages {
  enum Problem: Hashable {
    /// A page is the same as an earlier one. Pages are counted from 1.
    case repeated(page: Int, earlier: Int)
    /// A page begins with what the page before ended with.
    case overlap(page: Int, rows: Int)
  }

  /// Rows that were on an earlier page, too.
  private(set) var repeats = 0
  /// A row is twice on one page: rows do not tell apart what they stand for.
  private(set) var hasRepeatsWithin = false

  private var count = 0
  private var previous: [Int] = []
  private var rows: Set<Int> = []
  /// By the page's own hash: the first page of that kind, and how many there were.
  private var seen: [Int: (first: Int, times: Int)] = [:]
  /// Boundaries between pages so far, and those at which one row was on both sides.
  private var boundaries = 0
  private var overlapsOfOne = 0

  mutating func add(_ page: [Int]) -> Problem? {
    count += 1
    guard !page.isEmpty else { return nil }
    defer { previous = page }
    let distinct = Set(page)
    if distinct.count < page.count { hasRepeatsWithin = true }
    for row in distinct where !rows.insert(row).inserted { repeats += 1 }
    if let problem = repeated(page, isVaried: distinct.count > 1) { return problem }
    if previous.isEmpty { return nil }
    boundaries += 1
    let overlap = Self.overlap(previous, page)
    // One row on both sides may be a row that the target has twice; several in the same order are no chance.
    if overlap > 1, Set(page[..<overlap]).count > 1 { return .overlap(page: count, rows: overlap) }
    if overlap == 1, previous.count == 2, previous[0] != previous[1] { overlapsOfOne += 1 }
    if overlapsOfOne > 1, overlapsOfOne == boundaries { return .overlap(page: count, rows: 1) }
    return nil
  }

  /// A page of one row, or of the same row again and again, may come twice from a target that has that row twice; not thrice.
  private mutating func repeated(_ page: [Int], isVaried: Bool) -> Problem? {
    let known = seen[page.hashValue] ?? (count, 0)
    seen[page.hashValue] = (known.first, known.times + 1)
    return known.times >= (isVaried ? 1 : 2) ? .repeated(page: count, earlier: known.first) : nil
  }

  /// How many rows at the end of `left` are those at the beginning of `right`, in the same order.
  ///
  /// - Complexity: O(n), by the failure function of Knuth, Morris and Pratt.
  static func overlap(_ left: [Int], _ right: [Int]) -> Int {
    var lengths = [0]
    var length = 0
    for row in right.dropFirst() {
      while length > 0, right[length] != row { length = lengths[length - 1] }
      if right[length] == row { length += 1 }
      lengths.append(length)
    }
    length = 0
    // Of `left` no more can match than `right` is long.
    for row in left.suffix(right.count) {
      while length > 0, length == right.count || right[length] != row { length = lengths[length - 1] }
      if right[length] == row { length += 1 }
    }
    return length
  }
}
