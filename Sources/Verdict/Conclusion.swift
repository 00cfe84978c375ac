/// Reasons as they are found, and what they come to: the worst verdict, told by the reasons that led to it.
struct Conclusion {
  /// A ledger and the answers differ, which may be a matter of time.
  var ledgerDiffers = false
  private(set) var reasons: [(verdict: Verdict, text: String, cause: Finding.Cause?)] = []

  mutating func add(_ verdict: Verdict, _ text: String, cause: Finding.Cause? = nil) {
    reasons.append((verdict, text, cause))
  }

  /// Of the first of the worst reasons that has one.
  var cause: Finding.Cause? {
    verdict == .pass ? nil : reasons.first { $0.verdict == verdict && $0.cause != nil }?.cause
  }

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
