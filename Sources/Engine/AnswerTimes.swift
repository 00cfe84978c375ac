/// About how long answers take a user: what it waits for before it tries a target again that is gone.
struct AnswerTimes {
  private var last: UInt64 = 0
  private var before: UInt64 = 0

  /// Nanoseconds from asking to having the answer.
  mutating func add(_ nanoseconds: UInt64) { (last, before) = (nanoseconds, last) }

  /// Nanoseconds: the shorter of the last two, as one of them may have waited for a machine that stood still; `nil` where
  /// there was none.
  var usual: UInt64? {
    if last == 0 { return nil }
    return before == 0 ? last : min(last, before)
  }
}
