/// Why a text is not a regular expression.
package struct PatternError: Error, Hashable, Sendable {
  package var message: String
  /// What to write instead, or why there is no such thing.
  package var hint: String?
  /// The part of the expression that is meant, in bytes of its UTF-8.
  package var range: Range<Int>

  package init(_ message: String, at range: Range<Int>, hint: String? = nil) {
    self.message = message
    self.hint = hint
    self.range = range
  }
}
