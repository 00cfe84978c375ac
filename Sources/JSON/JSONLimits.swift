/// What every reader of this module refuses, so that they agree with each other.
package enum JSONLimits {
  /// Arrays and objects inside each other, the outermost counted as one. More is refused with an error, long before the
  /// stack of a thread would end.
  package static let depth = 512
}
