/// The ends of a worker's two files that could not be written, kept in memory: a full disk costs files, not the verdict.
package struct HistoryTail: Sendable {
  package let worker: Int
  package var operations: [UInt8]
  package var names: [UInt8]

  package init(worker: Int, operations: [UInt8] = [], names: [UInt8] = []) {
    self.worker = worker
    self.operations = operations
    self.names = names
  }

  /// The most that is kept in memory of all workers together, bytes: a million requests.
  package static let limit = 64 << 20
}
