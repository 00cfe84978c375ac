import Measurement

/// The recorded requests of a run, read as often as a check needs, one at a time.
///
/// Keys are the source's own numbers: the same text has the same number for every worker, from 1 without gaps.
package protocol OperationSource {
  /// What `Operation.outcome` counts into.
  var series: [SeriesKey] { get }
  /// What the columns of `Operation.keys` hold; `HistoryNeeds.keys` of the scenario.
  var keyNames: [String] { get }
  /// The largest key number there is.
  var keyCount: Int { get }
  /// The text of a key; empty for 0.
  func text(ofKey number: UInt32) -> String
  /// Calls `body` with every operation, in any order, but the same order each time.
  func forEach(_ body: (Operation) -> Void) throws(OperationSourceError)
}

/// Why recorded requests cannot be read: which file, and what is wrong with it.
package struct OperationSourceError: Error, Hashable, CustomStringConvertible {
  package var description: String

  package init(_ description: String) { self.description = description }
}
