/// What a threshold, an invariant or a whole run came to. Ordered from best to worst.
///
/// A breach is worse than a spoiled run: what a run's own faults could have caused is turned `invalid` before it gets
/// here, so a `fail` that stands beside an `invalid` was proven all the same.
package enum Verdict: String, Sendable, CaseIterable, Comparable {
  case pass
  /// The evidence is too thin for either answer.
  case inconclusive
  /// The generator, the machine or a precondition spoiled it.
  case invalid
  /// Breached.
  case fail

  private var rank: Int {
    switch self {
    case .pass: 0
    case .inconclusive: 1
    case .invalid: 2
    case .fail: 3
    }
  }

  package static func < (left: Verdict, right: Verdict) -> Bool { left.rank < right.rank }

  /// As reports print it: `PASS`.
  package var label: String { rawValue.uppercased() }
}
