import Load
import Scenario

/// A data source with its rows as bytes, shared by all workers and never changed.
struct DataPool: Sendable {
  let name: String
  let order: DataSource.Order
  /// How many draws in a row have the same row.
  let each: Int
  /// Several traffic groups draw from it.
  let isShared: Bool
  /// `nil`: without end.
  let count: Int?
  private let sequence: (prefix: [UInt8], width: Int, suffix: [UInt8], start: Int)?
  private let rows: DataRows

  init(_ source: DataSource, isShared: Bool) {
    name = source.name
    self.isShared = isShared
    order = source.order
    each = source.each
    switch source.rows {
    case .sequence(let pattern, let start, let count):
      sequence = (Array(pattern.prefix.utf8), pattern.width, Array(pattern.suffix.utf8), start)
      self.count = count
      rows = DataRows([])
    case .list(let list):
      sequence = nil
      count = list.count
      rows = list
    }
  }

  /// Appends the text of a row's column.
  @inline(__always)
  func append(row: Int, column: Int, _ escaping: Escaping, to output: inout [UInt8]) {
    if let sequence {
      escaping.append(sequence.prefix, to: &output)
      appendDecimal(sequence.start + row, width: sequence.width, to: &output)
      escaping.append(sequence.suffix, to: &output)
    } else {
      escaping.append(rows[row, column], to: &output)
    }
  }
}

/// One worker's share of every data source, so that no row is drawn twice and no worker has to ask another.
///
/// Iteration i of a traffic group has row i, whatever worker does it. Of a source that several groups share, worker w of
/// W draws rows w, w + W, w + 2W, … Where a row is for several iterations, i is divided by their number.
struct DataDraws {
  private var drawn: [Int]
  private let worker: Int
  private let workers: Int

  init(sources: Int, worker: Int, workers: Int) {
    drawn = Array(repeating: 0, count: sources)
    self.worker = worker
    self.workers = workers
  }

  /// The row for an iteration, or `nil` where a `unique` source has run out.
  ///
  /// - Parameter iteration: Its number in its group.
  mutating func draw(
    _ pool: DataPool, at index: Int, iteration: Int, user: Int, from generator: inout SeededGenerator
  ) -> Int? {
    switch pool.order {
    case .perUser:
      let row = user / pool.each
      return pool.count.map { row % $0 } ?? row
    case .random:
      return pool.count.map { Int(generator.below(UInt64($0))) } ?? 0
    case .unique, .cycle:
      var row = iteration / pool.each
      if pool.isShared {
        row = drawn[index] / pool.each * workers + worker
        drawn[index] += 1
      }
      guard let count = pool.count else { return row }
      if row < count { return row }
      return pool.order == .cycle ? row % count : nil
    }
  }
}
