import Measurement

/// Recorded requests, read as often as a check needs, one at a time.
package protocol OperationSequence {
  /// What `Operation.outcome` counts into.
  var series: [SeriesKey] { get }
  /// What the columns of `Operation.keys` hold; `HistoryNeeds.keys` of the scenario.
  var keyNames: [String] { get }
  /// The text of a key; empty for 0.
  func text(ofKey number: UInt32) -> String
  /// Calls `body` with every operation, in any order, but the same order each time.
  func forEach(_ body: (Operation) -> Void) throws(OperationSourceError)
}

/// The recorded requests of a run.
///
/// A key's number stands for one text, but one text may have several: what has to know equal keys goes through portions, so
/// that it never needs memory for more than one of them.
package protocol OperationSource: OperationSequence {
  /// What of the recorded requests is missing or damaged, in a sentence; `nil` where all are here.
  var loss: String? { get }
  /// All numbers that a text has as a key.
  func numbers(ofKey text: String) -> Set<UInt32>
  /// In how many portions requests are looked at by key.
  var portionCount: Int { get }
  /// The requests with a part of the keys in `column`: all requests with the same key are in one portion, those without a
  /// key in the first.
  ///
  /// - Parameter columns: Others in which equal keys have to have equal numbers.
  func portion(
    _ index: Int, by column: Int, also columns: [Int]
  ) throws(OperationSourceError) -> any OperationPortion
}

/// Requests with a part of the keys in one column. In this column and those that were asked for, the same text has the
/// same number, from 1 without gaps.
package protocol OperationPortion: OperationSequence {
  /// The largest number of a key in those columns.
  var keyCount: Int { get }
  /// Whether requests with this key are in this portion, where there are any.
  func holds(_ text: String) -> Bool
}

extension OperationSource {
  package var loss: String? { nil }

  /// Calls `body` with one portion after another.
  func forEachPortion(
    by column: Int, also columns: [Int] = [],
    _ body: (any OperationPortion) throws(OperationSourceError) -> Void
  ) throws(OperationSourceError) {
    for index in 0..<portionCount { try body(portion(index, by: column, also: columns)) }
  }
}

/// Why recorded requests cannot be read: which file, and what is wrong with it.
package struct OperationSourceError: Error, Hashable, CustomStringConvertible {
  package var description: String

  package init(_ description: String) { self.description = description }
}
