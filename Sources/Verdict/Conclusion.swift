/// Reasons as they are found, and what they come to: the worst verdict, told by the reasons that led to it.
struct Conclusion {
  private(set) var reasons: [(verdict: Verdict, text: String)] = []

  mutating func add(_ verdict: Verdict, _ text: String) { reasons.append((verdict, text)) }

  /// The worst that was said; `pass` where nothing was.
  var verdict: Verdict { reasons.map(\.verdict).max() ?? .pass }

  /// The reasons for the verdict, as one sentence; `otherwise` where there are none.
  func message(otherwise: String) -> String {
    let worst = verdict
    guard worst != .pass else {
      return ([otherwise] + reasons.map(\.text)).joined(separator: "; ")
    }
    return reasons.filter { $0.verdict == worst }.map(\.text).joined(separator: "; ")
  }
}

/// `1 row`, `2,000 rows`.
func counted(_ number: some BinaryInteger, _ one: String, _ many: String? = nil) -> String {
  "\(Quantity.grouped(number)) \(number == 1 ? one : many ?? one + "s")"
}
