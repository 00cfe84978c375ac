/// A whole number that is known from both sides, as far as it is known.
struct Bracket: Sendable, Hashable {
  /// `nil`: there is no saying how small it is.
  var least: Int64?
  /// `nil`: there is no saying how large it is.
  var most: Int64?

  static let zero = Bracket(least: 0, most: 0)

  init(least: Int64?, most: Int64?) {
    self.least = least
    self.most = most
  }

  init(exactly value: Int64) { self.init(least: value, most: value) }

  /// The number, where it is known.
  var value: Int64? { least == most ? least : nil }

  /// No number is in both.
  func isApart(from other: Bracket) -> Bool {
    if let most, let least = other.least, most < least { return true }
    if let least, let most = other.most, least > most { return true }
    return false
  }

  /// Adds a number of this range; beyond 64 bits nothing is known.
  mutating func add(_ lower: Int64, _ upper: Int64) {
    least = least.flatMap { Bracket.sum($0, lower) }
    most = most.flatMap { Bracket.sum($0, upper) }
  }

  private static func sum(_ left: Int64, _ right: Int64) -> Int64? {
    let (sum, overflow) = left.addingReportingOverflow(right)
    return overflow ? nil : sum
  }

  /// `40`, `between 40 and 60`, `at least 40`.
  var text: String {
    switch (least, most) {
    case (let least?, let most?):
      least == most ? Quantity.grouped(least) : "between \(Quantity.grouped(least)) and \(Quantity.grouped(most))"
    case (let least?, nil): "at least \(Quantity.grouped(least))"
    case (nil, let most?): "at most \(Quantity.grouped(most))"
    case (nil, nil): "unknown"
    }
  }
}
