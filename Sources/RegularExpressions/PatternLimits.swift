/// What bounds the time and memory that a regular expression can take, whatever it says.
package enum PatternLimits {
  /// Bytes of an expression.
  package static let bytes = 4096
  /// Groups within groups, and quantifiers upon quantifiers.
  package static let depth = 100
  /// Groups that capture.
  package static let captures = 100
  /// Either number of `{n,m}`.
  package static let repetitions = 1000
  /// Instructions, once every repetition is written out.
  package static let instructions = 10_000
  /// What a character of a text can cost at worst, in quarters of a nanosecond (`GapDraft.Cost`).
  static let stepCost = 180
}
